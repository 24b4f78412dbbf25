"""The system's keyring, at arm's length: every call is a child process with a time limit.

A locked Secret Service waits for ever and importing the library takes 0.4 s, so neither happens
here. Owns the words for what a keyring can do wrong. Holds no secret; passes it through a pipe,
never through arguments, variables or files. Source: reliability catalogue §6.2, FI01-FI10.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import kalshi_tui
from kalshi_tui.session.keys import KeyringError

LIMIT_S = 5.0


class KeyStore(Protocol):
    """Keeps short secrets by name. Every method raises `KeyringError`."""

    def probe(self) -> str:
        """Write, read back and delete a value of full size; return the store's name."""
        ...

    def get(self, service: str, store: str = "") -> tuple[str, str | None]:
        """Return the name of the store that has it, and the secret, None where there is none.

        `store` is the one to look in first; it is also named where it is there without an entry.
        """
        ...

    def put(self, service: str, secret: str) -> str:
        """Store a new secret, read it back and return the store's name. Never overwrites."""
        ...

    def delete(self, service: str) -> bool:
        """Forget a secret; False where there was none."""
        ...


class SystemKeyring:
    """The keyring of the operating system, through `session.courier` in a child process."""

    def __init__(
        self,
        command: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        # -P: a file keyring.py in the folder that the program is started in must not be imported.
        own = [sys.executable, "-P", "-m", "kalshi_tui.session.courier"]
        self._command = list(command or own)
        self._environ = environ
        self._limit_s = limit_s

    def __repr__(self) -> str:
        return "SystemKeyring()"

    def probe(self) -> str:
        """Return the store's name once it gave back what it took. Raises `KeyringError`."""
        return str(self._ask({"do": "probe"}).get("store", ""))

    def get(self, service: str, store: str = "") -> tuple[str, str | None]:
        """Return the store's name and the secret. Raises `KeyringError`."""
        found = self._ask({"do": "get", "service": service, "store": store})
        secret = found.get("secret")
        return str(found.get("store", "")), secret if isinstance(secret, str) else None

    def put(self, service: str, secret: str) -> str:
        """Store a new secret and return the store's name. Raises `KeyringError`."""
        return str(self._ask({"do": "put", "service": service, "secret": secret}).get("store", ""))

    def delete(self, service: str) -> bool:
        """Forget a secret. Raises `KeyringError`."""
        return self._ask({"do": "delete", "service": service}).get("found") is True

    def _ask(self, request: Mapping[str, str]) -> dict[str, object]:
        try:
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._variables(),
                # A backend that asks on the terminal would draw over the screen and read its keys;
                # and what it starts itself has to end with it.
                start_new_session=True,
            )
        except OSError:
            raise KeyringError(_WORDS["failed"].format(store="it")) from None
        try:
            answer, _ = child.communicate(json.dumps(request).encode(), self._limit_s)
        except subprocess.TimeoutExpired:
            raise KeyringError(_WORDS["slow"].format(limit=f"{self._limit_s:g}")) from None
        finally:
            _end(child)
        return _answer(answer)

    def _variables(self) -> dict[str, str]:
        """Return the child's variables, with the package importable where it is not installed."""
        variables = dict(os.environ if self._environ is None else self._environ)
        root = Path(kalshi_tui.__file__).parents[1]
        if root.name not in ("site-packages", "dist-packages"):
            others = variables.get("PYTHONPATH")
            variables["PYTHONPATH"] = os.pathsep.join([str(root), *([others] if others else [])])
        return variables


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child with all that it started; nothing happens where it has ended by itself."""
    if child.poll() is None:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
        child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _answer(line: bytes) -> dict[str, object]:
    """Return the child's answer. The text of a backend's error never travels, only its class."""
    answer: object = None
    # Said below: the decoder's error holds the document, which may hold the secret.
    with contextlib.suppress(ValueError):
        answer = json.loads(line)
    if not isinstance(answer, dict):
        raise KeyringError(_WORDS["failed"].format(store="it"))
    fault = answer.get("fault")
    if fault is None:
        return answer
    words = _WORDS.get(str(fault), _WORDS["failed"])
    raise KeyringError(words.format(store=answer.get("store") or "it"))


_INSTEAD = "unlock or repair it, or protect the key with a passphrase"
_WORDS = {
    "none": "This system has no keyring that can hold a secret; protect the key with a passphrase.",
    "plaintext": (
        "The keyring {store} writes secrets in plain text and is not used; "
        "protect the key with a passphrase."
    ),
    "slow": f"The keyring did not answer within {{limit}} s (is it locked?); {_INSTEAD}.",
    "locked": f"The keyring {{store}} is locked; {_INSTEAD}.",
    "denied": f"The keyring {{store}} refused access; allow it, {_INSTEAD}.",
    "full": "The keyring {store} is full; delete entries you do not need, or use a passphrase.",
    "forgets": "The keyring {store} takes a secret and forgets it; use a passphrase.",
    "altered": "The keyring {store} gave back another secret than it got; use a passphrase.",
    "taken": "The keyring {store} has an entry of that name already; it was left as it was.",
    "failed": f"The keyring failed ({{store}} reports an error); {_INSTEAD}.",
}
