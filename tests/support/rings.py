"""Keyrings that misbehave, for the child process: chosen by keyring's own PYTHON_KEYRING_BACKEND.

Each keeps its entries in the file that RING_FILE names, so that they outlive the child.
"""

import fcntl
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError, PasswordSetError

PREFIX = "tests.support.rings."
WINDOWS_LIMIT = 1_280


class Good(KeyringBackend):
    """Keeps what it gets."""

    priority = 5

    def _entries(self) -> dict[str, str]:
        path = Path(os.environ["RING_FILE"])
        found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def _save(self, entries: dict[str, str]) -> None:
        Path(os.environ["RING_FILE"]).write_text(json.dumps(entries))

    def get_password(self, service: str, username: str) -> str | None:
        return self._entries().get(f"{service}|{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._save(self._entries() | {f"{service}|{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        entries = self._entries()
        if entries.pop(f"{service}|{username}", None) is None:
            raise PasswordDeleteError("not found")
        self._save(entries)


class Another(Good):
    """The same behaviour under another name: the system was set up anew."""


class Forgets(Good):
    def set_password(self, service: str, username: str, password: str) -> None:
        return None


class Hangs(Good):
    """A locked Secret Service whose prompt nobody sees."""

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(600)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        time.sleep(600)


class HangsWithChild(Hangs):
    """Started another program, which holds on to the pipe."""

    def set_password(self, service: str, username: str, password: str) -> None:
        held = os.open(os.environ["RING_FILE"] + ".lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(held, fcntl.LOCK_EX)
        os.fork()
        time.sleep(600)


class Locked(Good):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.get_password(service, username)


class NoBus(Good):
    def get_password(self, service: str, username: str) -> str | None:
        raise InitError("Failed to create the collection")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.get_password(service, username)


class Windows(Good):
    """Windows Credential Manager through keyring: 1,280 characters and no more."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password) > WINDOWS_LIMIT:
            raise OSError(1783, "CredWrite", "The stub received bad data")
        super().set_password(service, username, password)


class Tiny(Good):
    """Takes a short probe and refuses the real thing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password) > 16:
            raise PasswordSetError(f"too long: {password}")
        super().set_password(service, username, password)


class Full(Good):
    """Windows error 8: the store has no room left."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(8, "CredWrite", "Not enough memory resources are available")


class FullForKeys(Full):
    """Has room for the probe only."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if "probe" in service:
            Good.set_password(self, service, username, password)
        else:
            super().set_password(service, username, password)


class Truncates(Good):
    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password[:20])


class Alters(Good):
    def get_password(self, service: str, username: str) -> str | None:
        found = super().get_password(service, username)
        return None if found is None else found.swapcase()


class AltersKeys(Alters):
    """Gives the probe back whole, and nothing else."""

    def get_password(self, service: str, username: str) -> str | None:
        if "probe" in service:
            return Good.get_password(self, service, username)
        return super().get_password(service, username)


class Denied(Good):
    """macOS: the user pressed Deny."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Can't get password from keychain: (-128, 'Unknown Error')")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise PasswordSetError("Can't store password on keychain: (-128, 'Unknown Error')")


class Chatty(Good):
    """Prints what it stores and puts it into its error."""

    def set_password(self, service: str, username: str, password: str) -> None:
        sys.stdout.write(password)
        sys.stderr.write(password)
        raise RuntimeError(f"cannot store {password}")


class Dies(Good):
    """Takes the whole process with it, as a crash in a system library does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        os.abort()


class NoDelete(Good):
    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError("not allowed")


class ReadsOnly(Good):
    """The keyring of a package index: never stores."""

    priority = 9

    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


def _plaintext() -> Any:
    """Return a class as the package keyrings.alt has it, which writes in plain text."""
    return type("PlaintextKeyring", (Good,), {"__module__": "keyrings.alt.file"})


PlaintextKeyring = _plaintext()


class Chained(ChainerBackend):
    """keyring's own chain over a backend that only reads and one that keeps."""

    backends = (ReadsOnly(), Good())  # type: ignore[no-untyped-call]


class ChainOfPlaintext(ChainerBackend):
    backends = (PlaintextKeyring(),)


class ChainOfNone(ChainerBackend):
    backends = ()
