"""Files of the exchange's state directory, written so that a crash leaves the old or the new one.

Knows nothing of what is inside them.
"""

import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class FileError(Exception):
    """A file or folder that cannot be used. The message is one sentence with the cure."""


def make_private_directory(directory: Path) -> None:
    """Create a folder that only its owner may enter. Raises `FileError`."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
    except OSError as error:
        raise FileError(
            f"The folder {directory} cannot be used ({error.strerror}); "
            "name another one or correct its permissions."
        ) from error


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a file by `data` in one step, durably. Raises `FileError`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)  # the file may be an older, wider one
            with os.fdopen(descriptor, "wb", closefd=False) as stream:
                stream.write(data)
                stream.flush()
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
        _settle(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FileError(
            f"{path} cannot be written ({error.strerror}); free some space or correct its "
            "permissions."
        ) from error


def _settle(directory: Path) -> None:
    """Wait until a renaming in a folder is on the disk: else a power cut could undo it."""
    if os.name != "posix":
        return  # other systems cannot open a folder
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class DirectoryLock:
    """Keeps a second program off a folder for as long as this one lives."""

    def __init__(self, directory: Path) -> None:
        """Take the lock. Raises `FileError` when another program holds it."""
        self._descriptor = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl is None:
            return  # no advisory locks on this system
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise FileError(
                f"Another practice exchange uses {directory}; end it or name another folder."
            ) from error

    def release(self) -> None:
        """Let others in."""
        os.close(self._descriptor)
