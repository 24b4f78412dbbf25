"""The folder of stored keys: one encrypted file and one small record for each.

Owns names, modes and the order of writing: 0700 folder, 0600 files, made exclusively, synced and
renamed into place. Knows neither the keyring nor what is in a key.
Source: reliability catalogue §6.2 (1), FI12-FI14.
"""

import contextlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from kalshi_tui.session.keys import KeyFileLostError, KeyUnusableError, read_private

SHORT = 8
_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Protection(Enum):
    """What keeps a stored key from whoever gets hold of its file."""

    KEYRING = "keyring"
    """Encrypted; a random key-encryption key lies in the system's keyring."""
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a way, not a secret
    """Encrypted with a passphrase that is asked at each start."""
    PLAINTEXT = "plaintext"
    """Nothing but the file's mode; only where the user named this himself."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What is known of a stored key without opening it. Holds no secret."""

    environment: str
    key_id: str
    protection: Protection
    kind: str
    """The key's type in words."""
    store: str
    """The keyring backend that holds the key-encryption key; empty without one."""
    path: Path
    origin: str = ""
    """The file it was added from, which the program leaves alone; empty where it was pasted."""

    @property
    def record(self) -> Path:
        """The small file beside it that holds these facts."""
        return self.path.with_suffix(".json")

    @property
    def service(self) -> str:
        """The name of its one entry in the keyring."""
        return service_name(self.environment, self.key_id)


def service_name(environment: str, key_id: str) -> str:
    """Return the keyring's name for the key-encryption key of one key at one environment."""
    return f"kalshi-tui:{environment}:{key_id}"


def checked_key_id(key_id: str) -> str:
    """Return a key id without the spaces around it. Raises `KeyUnusableError`, echoing nothing:
    what was typed may be the private key.
    """
    bare = key_id.strip()
    if "PRIVATE KEY" in bare:
        raise KeyUnusableError(
            "That is a private key, not its id; it was not kept. "
            "The id is the short code beside the key on Kalshi's page."
        )
    if not _KEY_ID.fullmatch(bare):
        raise KeyUnusableError(
            "That is no key id; copy the short code of letters, digits and dashes from Kalshi's "
            "page."
        )
    return bare


class Vault:
    """The stored keys of all environments below one folder."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def all(self, environment: str) -> tuple[StoredKey, ...]:
        """Return the keys of an environment, by id. Raises `KeyUnusableError`."""
        if not self.directory.is_dir():
            return ()
        found = [self._read(path) for path in sorted(self.directory.glob(f"{environment}-*.json"))]
        return tuple(sorted((key for key in found if key.environment == environment), key=_by_id))

    def find(self, environment: str, key_id: str) -> StoredKey | None:
        """Return one key's record, None where there is none."""
        return next((each for each in self.all(environment) if each.key_id == key_id), None)

    def place(self, environment: str, key_id: str) -> Path:
        """Return where the file of a new key belongs."""
        short = self.directory / f"{environment}-{key_id[:SHORT]}.pem"
        record = short.with_suffix(".json")
        taken = record.exists() and self._read(record).key_id != key_id
        return self.directory / f"{environment}-{key_id}.pem" if taken else short

    def note(self, key: StoredKey) -> None:
        """Write or renew a key's record: before its entry and file are made."""
        fields = asdict(key) | {"protection": key.protection.value, "path": key.path.name}
        self._write(key.record, json.dumps(fields).encode() + b"\n")

    def keep(self, key: StoredKey, pem: bytes) -> None:
        """Write a key's file."""
        self._write(key.path, pem)

    def take(self, key: StoredKey) -> bytes:
        """Return the bytes of a key's file. Raises `KeyFileLostError`, `KeyUnusableError`."""
        if not os.path.lexists(key.path):
            raise KeyFileLostError(
                f"The key file {key.path} is gone; add the key again, or run: "
                f"kalshi-tui keys remove --env {key.environment} --key-id {key.key_id}"
            )
        return read_private(key.path)

    def forget(self, key: StoredKey) -> None:
        """Delete a key's file, then its record."""
        with self._told():
            key.path.unlink(missing_ok=True)
            key.record.unlink(missing_ok=True)

    def _read(self, path: Path) -> StoredKey:
        raw = read_private(path)
        try:
            found = json.loads(raw)
            return StoredKey(
                environment=str(found["environment"]),
                key_id=checked_key_id(str(found["key_id"])),
                protection=Protection(found["protection"]),
                kind=str(found["kind"]),
                store=str(found["store"]),
                path=path.with_suffix(".pem"),
                origin=str(found.get("origin", "")),
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise KeyUnusableError(
                f"The key record {path} is damaged; delete it and add the key again."
            ) from None

    def _write(self, path: Path, content: bytes) -> None:
        """Put `content` at `path` in one step, readable by nobody else at any moment."""
        with self._told():
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_folder()
            # mkstemp: exclusive, no link followed, 0600 whatever the umask.
            handle, name = tempfile.mkstemp(dir=self.directory, prefix=".new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(name, path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            self._sync_folder()

    def _check_folder(self) -> None:
        if os.name != "posix":
            return
        state = self.directory.lstat()
        if stat.S_ISLNK(state.st_mode) or state.st_uid != os.geteuid():
            raise KeyUnusableError(f"{self.directory} is not a folder of your own; move it away.")
        if state.st_mode & 0o077:
            raise KeyUnusableError(
                f"Others can enter the folder {self.directory}; run: chmod 700 {self.directory}"
            )

    def _sync_folder(self) -> None:
        if os.name != "posix":
            return
        handle = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or "it failed"
            raise KeyUnusableError(
                f"The keys in {self.directory} cannot be changed ({reason}); nothing was stored."
            ) from None


def _by_id(key: StoredKey) -> str:
    return key.key_id
