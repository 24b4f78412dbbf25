"""Private keys from files that only their owner can read, and why a key cannot be had.

Owns the errors of keys (one sentence with the cure each) and the check of a file that holds one.
Nothing of a key is kept, printed or put into an error.
"""

import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from kalshi_tui.api.auth import (
    KeyRefusedError,
    PassphraseMismatchError,
    PassphraseMissingError,
    Signer,
    load_private_key,
)

_MAX_BYTES = 65_536
_OTHERS = 0o077
_OTHERS_WRITE = 0o022


class KeyUnusableError(ValueError):
    """No key can be had from there. The message is one sentence with the cure, and no key text."""


class NoKeyError(KeyUnusableError):
    """No key is set up for the environment, or none with that id."""


class SeveralKeysError(KeyUnusableError):
    """More than one key is stored and none was named."""


class KeyExistsError(KeyUnusableError):
    """A key with that id is stored already; nothing was changed."""


class PassphraseNeededError(KeyUnusableError):
    """The key is encrypted with a passphrase that nobody gave. Ask for it and try again."""


class PassphraseWrongError(KeyUnusableError):
    """The passphrase does not open the key. Ask again."""


class KeyringError(KeyUnusableError):
    """The system's keyring cannot be used. Offer a passphrase; never fall back by yourself."""


class KeyringChangedError(KeyUnusableError):
    """Another keyring than the one that holds the key-encryption key answers now. Ask."""


class KeyringEntryLostError(KeyUnusableError):
    """The key file is there, its key-encryption key is not (or does not fit); add the key again."""


class KeyFileLostError(KeyUnusableError):
    """The key file is gone; what the keyring holds stays until the key is removed."""


@dataclass(frozen=True, slots=True)
class FileMark:
    """What a key's file looked like when it was read."""

    path: Path
    mark: tuple[int, int, int] | None
    """Inode, size and time of the last change in nanoseconds; None where it is gone."""

    @classmethod
    def of(cls, path: Path) -> "FileMark":
        """Look at a file now."""
        try:
            state = path.lstat()
        except OSError:
            return cls(path, None)
        return cls(path, (state.st_ino, state.st_size, state.st_mtime_ns))

    def has_changed(self) -> bool:
        """Return whether the file is another one by now, or gone."""
        return FileMark.of(self.path) != self


def read_private(path: Path, user: int | None = None) -> bytes:
    """Return the bytes of a file that only its owner can read. Raises `KeyUnusableError`.

    Refuses links, files of another user than `user` (this process's), and folders in which others
    may swap it for another.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        if path.is_symlink():
            raise KeyUnusableError(f"{path} is a link; name the private key file itself.")
        with os.fdopen(os.open(path, flags), "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise KeyUnusableError(f"{path} is not a file; name a private key in PEM form.")
            _check_owner(path, state, user)
            return file.read(_MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "it failed"
        raise KeyUnusableError(f"The key {path} cannot be read ({reason}).") from None


def _check_owner(path: Path, state: os.stat_result, user: int | None) -> None:
    if os.name != "posix":
        return
    named = shlex.quote(str(path))
    if state.st_uid != (os.geteuid() if user is None else user):
        raise KeyUnusableError(
            f"The key {path} belongs to another user; take a copy of your own: "
            f"install -m 600 {named} COPY"
        )
    if state.st_mode & _OTHERS:
        raise KeyUnusableError(
            f"Other users of this computer can open the key file (its mode is "
            f"{stat.S_IMODE(state.st_mode):04o}, usual after a download). "
            f"Close it, then try again: chmod 600 {named}"
        )
    folder = path.absolute().parent
    mode = folder.stat().st_mode
    if mode & _OTHERS_WRITE and not mode & stat.S_ISVTX:
        raise KeyUnusableError(
            f"Others can change the folder {folder} and so swap the key in it. Close it, then try "
            f"again: chmod 700 {shlex.quote(str(folder))}"
        )


def read_signer(key_id: str, path: Path, passphrase: str | None = None) -> Signer:
    """Return a signer from a private key file. Raises `KeyUnusableError`."""
    return signer_of(key_id, read_private(path), f"The key {path}", passphrase)


def signer_of(key_id: str, pem: bytes, named: str, passphrase: str | None = None) -> Signer:
    """Return a signer from the bytes of a key, called `named` in errors."""
    try:
        return Signer(key_id, load_private_key(pem, secret_bytes(passphrase)))
    except KeyRefusedError as error:
        raise refused(error, f"{named} cannot be used: ") from None


def secret_bytes(passphrase: str | None) -> bytes | None:
    """Return a passphrase as bytes; what a terminal sent outside UTF-8 stays what it was."""
    return passphrase.encode("utf-8", "surrogateescape") if passphrase else None


def refused(error: KeyRefusedError, before: str = "") -> KeyUnusableError:
    """Return a refused key as an error of this module, with `before` in front of the sentence."""
    return _KINDS.get(type(error), KeyUnusableError)(f"{before}{error}")


_KINDS: dict[type[KeyRefusedError], type[KeyUnusableError]] = {
    PassphraseMissingError: PassphraseNeededError,
    PassphraseMismatchError: PassphraseWrongError,
}
