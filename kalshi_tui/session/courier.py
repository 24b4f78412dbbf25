"""The child process that talks to the keyring: one request on stdin, one answer on stdout.

Owns which backends are refused and what a round trip has to prove. Must not print, log or pass on
the text of a backend's error: it may hold the secret.
Source: reliability catalogue §6.2 (3), FI01-FI10; keyring's backends fail, null and chainer.
"""

import contextlib
import json
import os
import secrets
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from kalshi_tui.session.process import harden

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

USER = "kalshi-tui"
PROBE = "kalshi-tui:probe"
PROBE_CHARS = 44
"""As long as a key-encryption key: a store that takes one character may cut or refuse this."""

_WINDOWS_NO_STORAGE = 8
_PLAINTEXT = ("plaintext", "keyrings.alt", "unencrypted")

_T = TypeVar("_T")
Answer = dict[str, str | bool | None]


class _FaultError(Exception):
    """A fault by the word that `session.keyring` has a sentence for."""

    def __init__(self, word: str, store: str = "") -> None:
        super().__init__(word)
        self.word = word
        self.store = store


def main() -> int:
    """Answer one request. The exit code is 0 whenever there is an answer."""
    harden()
    out = os.fdopen(os.dup(1), "wb")
    # A backend that prints must not spoil the answer.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    return serve(sys.stdin.buffer, out)


def serve(source: BinaryIO, out: BinaryIO) -> int:
    """Read a request from `source`, write the answer to `out`."""
    request = json.loads(source.read())
    try:
        answer = _run(request)
    except _FaultError as fault:
        answer = {"fault": fault.word, "store": fault.store}
    out.write(json.dumps(answer).encode())
    out.close()
    return 0


def _run(request: dict[str, str]) -> Answer:
    backends = _usable(request.get("store", ""))
    if request["do"] == "probe":
        return {"store": name_of(_probed(backends))}
    service = request["service"]
    holder, held = _holder(backends, service)
    if request["do"] == "get":
        return {"store": name_of(holder), "secret": held}
    if request["do"] == "delete":
        return {"store": name_of(holder), "found": _delete(holder, service)}
    secret = request["secret"]
    if held is None:
        holder = _put(backends, service, secret)
    elif held != secret:
        raise _FaultError("taken", name_of(holder))
    return {"store": name_of(holder)}


def name_of(backend: "KeyringBackend") -> str:
    """Return a backend's name: its class with the module, which does not change by itself."""
    kind = type(backend)
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("keyring.backends.")


def _probed(backends: "list[KeyringBackend]") -> "KeyringBackend":
    """Return the backend that gave back what it took, and leave nothing in it."""
    value = secrets.token_urlsafe(64)[:PROBE_CHARS]
    try:
        backend = _put(backends, PROBE, value)
    except _FaultError:
        for each in backends:
            with contextlib.suppress(_FaultError):
                _delete(each, PROBE)
        raise
    _delete(backend, PROBE)
    return backend


def _holder(backends: "list[KeyringBackend]", service: str) -> "tuple[KeyringBackend, str | None]":
    """Return the first backend that has an entry, or the first of all, with the secret."""
    for backend in backends:
        held = _get(backend, service)
        if held is not None:
            return backend, held
    return backends[0], None


def _usable(named: str) -> "list[KeyringBackend]":
    """Return the backends that may hold a secret, at least one: the `named` one, then best first.

    A chain is taken apart: it would write to whichever link takes the secret. Raises the fault.
    """
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = _guarded("", keyring.get_keyring)
    links = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
    faults = {name_of(each): _refusal(each) for each in links}
    usable = [each for each in links if not faults[name_of(each)]]
    if usable:
        return sorted(usable, key=lambda each: name_of(each) != named)
    plain = [name for name, word in faults.items() if word == "plaintext"]
    if plain:
        raise _FaultError("plaintext", plain[0])
    raise _FaultError(next(iter(faults.values()), "none"), next(iter(faults), ""))


def _refusal(backend: "KeyringBackend") -> str:
    """Return why a backend is refused by what it is, empty where it may be tried."""
    name = name_of(backend).lower()
    if any(word in name for word in _PLAINTEXT):
        return "plaintext"
    if name.startswith("fail."):
        return "none"
    return "forgets" if name.startswith("null.") else ""


def _put(backends: "list[KeyringBackend]", service: str, secret: str) -> "KeyringBackend":
    """Store a secret and read it back; what does not come back whole is deleted again."""
    backend = next((each for each in backends if _takes(each, service, secret)), None)
    if backend is None:
        raise _FaultError("none")
    read = _get(backend, service)
    if read == secret:
        return backend
    if read is not None:
        _delete(backend, service)
    raise _FaultError("forgets" if read is None else "altered", name_of(backend))


def _takes(backend: "KeyringBackend", service: str, secret: str) -> bool:
    """Store a secret; False where the backend only reads, as those of package indexes do."""

    def store() -> bool:
        try:
            backend.set_password(service, USER, secret)
        except NotImplementedError:
            return False
        return True

    return _guarded(name_of(backend), store)


def _get(backend: "KeyringBackend", service: str) -> str | None:
    found: object = _guarded(name_of(backend), lambda: backend.get_password(service, USER))
    return found if isinstance(found, str) else None


def _delete(backend: "KeyringBackend", service: str) -> bool:
    """Delete an entry; False where there was none or the store will not say."""
    if _get(backend, service) is None:
        return False
    _guarded(name_of(backend), lambda: backend.delete_password(service, USER))
    return True


def _guarded(store: str, call: Callable[[], _T]) -> _T:
    fault: _FaultError
    try:
        return call()
    except Exception as error:
        fault = _FaultError(_word(error), store)
    # Raised outside the handler: the backend's error must not travel along.
    raise fault


def _word(error: BaseException) -> str:
    """Return the word for a backend's error, by its class and number, never by its text alone."""
    from keyring.errors import InitError, KeyringLocked, NoKeyringError

    name = type(error).__name__
    number = error.args[0] if error.args else None
    if isinstance(error, NoKeyringError):
        return "none"
    if number == _WINDOWS_NO_STORAGE:
        return "full"
    if "Denied" in name or "-128" in str(error) or "-25293" in str(error):
        # macOS: the user said no (errSecUserCanceled), or authorisation failed.
        return "denied"
    locked = isinstance(error, KeyringLocked | InitError) or "Locked" in name or "Prompt" in name
    return "locked" if locked else "failed"


if __name__ == "__main__":
    sys.exit(main())
