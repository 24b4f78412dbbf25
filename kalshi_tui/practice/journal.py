"""The file in which an exchange's state grows: what was decided stands here before anyone hears it.

One file of lines, each a checksum and one commit: a list of (key, value) that counts as a whole or
not at all; a later value replaces an earlier one, null takes it away. A commit is on the disk when
`append` returns. At each start, and whenever most of the file is out of date, it is written anew
with only the last values, in one atomic step. Knows nothing of what the keys mean.

A crash can leave half a line at the end: it was never acknowledged and is dropped. Anything else
that does not fit is damage and refused, because a state with a hole would lose money silently.
"""

import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from kalshi_tui.practice.files import FileError, write_atomically

JOURNAL_FILE = "journal.log"

VERSION = 2
"""Version of the file and of what its keys mean. Another one is refused, never guessed at."""

Key: TypeAlias = tuple[str, ...]
Put: TypeAlias = tuple[Key, Any]
"""A key and its new value: anything that `msgspec` writes, a `msgspec.Raw`, or None."""

LEAST_BYTES = 16 * 2**20
"""A file smaller than this is never rewritten while the exchange runs."""

_FIRST_FILE = "state.json"
"""Where version 1 stood."""

_PRODUCT = "kalshi-tui practice state"
_RENEW = "start with --reset-practice to begin anew."

_ENCODER = msgspec.json.Encoder()
_COMMIT = msgspec.json.Decoder(list[tuple[Key, msgspec.Raw]])
_NULL = b"null"


class Header(msgspec.Struct, frozen=True, array_like=True):
    """The first line: whose file it is, and its version."""

    product: str
    version: int


def read(directory: Path) -> dict[Key, msgspec.Raw] | None:
    """Return the last value of every key, or None at the first start. Raises `FileError`."""
    path = directory / JOURNAL_FILE
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        _refuse_first_version(directory)
        return None
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror}); {_RENEW}") from error
    # What follows the last newline is no line; a line that does not fit is torn only at the end.
    bodies = [_open(line) for line in lines[:-1]]
    while bodies and bodies[-1] is None:
        bodies.pop()
    if not bodies or bodies[0] is None:
        raise FileError(f"{path} holds no practice state; {_RENEW}")
    _check_header(path, bodies[0])
    return _fold(path, bodies[1:])


def _refuse_first_version(directory: Path) -> None:
    path = directory / _FIRST_FILE
    if path.exists():
        raise _other_version(path, 1)


def _other_version(path: Path, version: int) -> FileError:
    return FileError(
        f"{path} has version {version} and this program reads version {VERSION}; "
        "use the version that wrote it, or start with --reset-practice."
    )


def _open(line: bytes) -> bytes | None:
    """Return what a line says, or None where its checksum does not fit."""
    body = line[9:]
    return body if line[:9] == _seal(body) else None


def _seal(body: bytes) -> bytes:
    return b"%08x " % zlib.crc32(body)


def _line(body: bytes) -> bytes:
    return _seal(body) + body + b"\n"


def _check_header(path: Path, body: bytes) -> None:
    try:
        header = msgspec.json.decode(body, type=Header)
    except msgspec.DecodeError:
        header = Header("", 0)
    if header.product != _PRODUCT:
        raise FileError(f"{path} holds no practice state; {_RENEW}")
    if header.version != VERSION:
        raise _other_version(path, header.version)


def _fold(path: Path, bodies: Iterable[bytes | None]) -> dict[Key, msgspec.Raw]:
    found: dict[Key, msgspec.Raw] = {}
    for body in bodies:
        try:
            commit = [] if body is None else _COMMIT.decode(body)
        except msgspec.DecodeError:
            body = None
        if body is None:
            raise FileError(f"{path} is damaged in its middle; {_RENEW}")
        for key, value in commit:
            if bytes(value) == _NULL:
                found.pop(key, None)
            else:
                found[key] = value.copy()  # the decoder lends a view of the whole line
    return found


class Journal:
    """The open file of one running exchange. Its folder must be locked by this process."""

    def __init__(self, directory: Path, kept: Mapping[Key, Any], least: int = LEAST_BYTES) -> None:
        """Write the file anew with `kept` and open it for more. Raises `FileError`."""
        self._path = directory / JOURNAL_FILE
        self._least = least
        self._descriptor = -1
        self._size = self._limit = 0
        self.renew(kept)

    @property
    def is_long(self) -> bool:
        """True when most of the file may be out of date: `renew` it at leisure."""
        return self._size > self._limit

    def append(self, puts: Iterable[Put]) -> None:
        """Write one commit and wait until it is on the disk. Raises `FileError`."""
        line = _line(_ENCODER.encode(list(puts)))
        try:
            left = memoryview(line)
            while left:
                left = left[os.write(self._descriptor, left) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise FileError(
                f"{self._path} cannot be written ({error.strerror}); free some space or correct "
                "its permissions, and start again."
            ) from error
        self._size += len(line)

    def renew(self, kept: Mapping[Key, Any]) -> None:
        """Replace the file by the last values alone, in one step. Raises `FileError`."""
        head = _line(_ENCODER.encode(Header(_PRODUCT, VERSION)))
        rows = (_line(_ENCODER.encode([(key, value)])) for key, value in kept.items())
        data = head + b"".join(rows)
        write_atomically(self._path, data)
        self.close()
        try:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            raise FileError(
                f"{self._path} cannot be opened ({error.strerror}); correct its permissions."
            ) from error
        self._size = len(data)
        self._limit = max(self._least, 4 * len(data))

    def close(self) -> None:
        """Let the file go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
