"""The single-writer lock of a ledger, with the name of who holds it.

An advisory lock on a file beside the ledger: the system drops it however its holder ends, so a
crash never leaves a ledger locked. Owns no database.
"""

import json
import os
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_INFO_OFFSET = 16
"""Windows locks byte ranges for reading too, so the holder's name starts behind the locked one."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a ledger open for writing."""

    pid: int
    host: str
    started_wall_ns: int


class HeldError(RuntimeError):
    """Another program holds the lock; `holder` is None where it left no name."""

    def __init__(self, holder: Holder | None) -> None:
        who = f"process {holder.pid} on {holder.host}" if holder else "another program"
        super().__init__(f"{who} is using this order ledger; close it to trade here.")
        self.holder = holder


class Ownership:
    """Held from construction until `release`. Raises `HeldError`, or `OSError` where the file
    cannot be made."""

    def __init__(self, path: Path, started_wall_ns: int) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o600)
        try:
            _lock(self._descriptor)
        except OSError:
            holder = _read_holder(self._descriptor)
            os.close(self._descriptor)
            raise HeldError(holder) from None
        self._sign(started_wall_ns)

    def _sign(self, started_wall_ns: int) -> None:
        name = {"pid": os.getpid(), "host": socket.gethostname(), "started": started_wall_ns}
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, _INFO_OFFSET, os.SEEK_SET)
        os.write(self._descriptor, json.dumps(name).encode())

    def release(self) -> None:
        """Let the next program in. The file stays: removing it would race with that program."""
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def holder_of(path: Path) -> Holder | None:
    """Return who holds a lock, None where nobody does.

    The lock itself is left alone: whoever tries it keeps a workstation that starts just then out.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW)
    except OSError:
        return None
    try:
        holder = _read_holder(descriptor)
        return holder if holder is not None and _is_held(descriptor, holder) else None
    finally:
        os.close(descriptor)


def _is_held(descriptor: int, holder: Holder) -> bool:
    if sys.platform == "win32":
        try:
            # A locked byte cannot be read by others.
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.read(descriptor, 1)
        except OSError:
            return True
        return False
    # The name stays when its program ends; on another machine that cannot be told.
    if holder.host != socket.gethostname():
        return True
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read_holder(descriptor: int) -> Holder | None:
    try:
        os.lseek(descriptor, _INFO_OFFSET, os.SEEK_SET)
        name = json.loads(os.read(descriptor, 1_000))
        return Holder(int(name["pid"]), str(name["host"]), int(name["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
