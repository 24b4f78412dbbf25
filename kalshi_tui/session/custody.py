"""The keys to Kalshi: which are stored, how each is opened, added and removed.

One `Custody` serves all environments; nothing of one environment opens a key of another. Every
call may block (a keyring takes up to 5 s, RSA 0.05 s): make it on a thread. No fallback is taken
that the user did not name. Never logs, and gives keys only inside a `Signer`.
Source: reliability catalogue §6.2.
"""

import base64
import binascii
import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kalshi_tui.api.auth import (
    KeyRefusedError,
    PrivateKey,
    Signer,
    is_same_key,
    kind_of,
    load_private_key,
    sealed,
    unsealed,
)
from kalshi_tui.core.environments import KALSHI, Environment
from kalshi_tui.session.keyring import KeyStore, SystemKeyring
from kalshi_tui.session.keys import (
    FileMark,
    KeyExistsError,
    KeyringChangedError,
    KeyringEntryLostError,
    KeyringError,
    KeyUnusableError,
    NoKeyError,
    PassphraseNeededError,
    PassphraseWrongError,
    SeveralKeysError,
    read_signer,
    refused,
    secret_bytes,
    signer_of,
)
from kalshi_tui.session.vault import Protection, StoredKey, Vault, checked_key_id

LEAST_PASSPHRASE = 12
"""PKCS#8 stretches a passphrase little: a short one is found by trying."""
MOST_PASSPHRASE_BYTES = 1_000
"""PKCS#8 as `cryptography` writes it ends at 1,023."""
_KEK_BYTES = 32
_MOST_DESCRIPTOR = 65_536


@dataclass(frozen=True, slots=True)
class Credential:
    """A key that may be used at one environment and nowhere else."""

    environment: str
    signer: Signer
    source: str
    """Where it came from, in words for the screen."""
    is_plaintext: bool = False
    """True where the file lies open by the user's own choice: shown red."""
    file: FileMark | None = None
    """The file it was read from, so that a change can be told; the key itself stays loaded."""


class Custody:
    """The stored keys below `directory`, those that variables name, and the keyring behind."""

    def __init__(
        self,
        directory: Path,
        *,
        keyring: KeyStore | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._vault = Vault(directory)
        self._keyring = keyring or SystemKeyring()
        self._environ = os.environ if environ is None else environ

    @property
    def directory(self) -> Path:
        return self._vault.directory

    def probe(self) -> str:
        """Return the keyring's name once it took and gave back a full-size value.

        Raises `KeyringError`: then offer a passphrase.
        """
        return self._keyring.probe()

    def stored(self, environment: str) -> tuple[StoredKey, ...]:
        """Return the keys stored for an environment, by id. Raises `KeyUnusableError`."""
        return self._vault.all(environment)

    def wanted(self, environment: str, key_id: str = "") -> str:
        """Return the id of the key to use: the one named, the one the variable names, or the only
        one stored. Raises `NoKeyError` or `SeveralKeysError`.
        """
        record = _record(environment)
        name = key_id or self._environ.get(record.key_id_variable, "")
        if name:
            return checked_key_id(name)
        keys = self.stored(environment)
        if not keys:
            raise NoKeyError(
                f"No key is set up for {record.word}; run: kalshi-tui keys add --env {environment}"
            )
        if len(keys) > 1:
            raise SeveralKeysError(
                f"{len(keys)} keys are stored for {record.word}; name one in the variable "
                f"{record.key_id_variable}."
            )
        return keys[0].key_id

    def named_file(self, environment: str) -> Path | None:
        """Return the private key file that the environment's variable names, if it is set."""
        named = self._environ.get(_record(environment).key_file_variable, "")
        return Path(named).expanduser() if named else None

    def signer(
        self,
        environment: str,
        key_id: str = "",
        *,
        passphrase: str | None = None,
        other_keyring: bool = False,
    ) -> Credential:
        """Open the key of an environment. Raises a `KeyUnusableError`.

        `PassphraseNeededError` and `PassphraseWrongError` ask for `passphrase`;
        `KeyringChangedError` asks whether the keyring that answers now may be used
        (`other_keyring`); `KeyringError` can be helped by a passphrase-protected copy only.
        """
        path = self.named_file(environment)
        if path is not None and not key_id:
            mark = FileMark.of(path)
            signer = read_signer(self._variable_id(environment), path, passphrase)
            return Credential(environment, signer, f"file {path}", file=mark)
        key = self._known(environment, self.wanted(environment, key_id))
        mark = FileMark.of(key.path)
        pem = self._vault.take(key)
        secret = self._secret(key, passphrase, other_keyring=other_keyring)
        try:
            signer = signer_of(key.key_id, pem, f"The key {key.path}", secret)
        except PassphraseWrongError:
            if key.protection is Protection.KEYRING:
                raise _unfit(key) from None
            raise
        is_plain = key.protection is Protection.PLAINTEXT
        return Credential(environment, signer, _source(key), is_plain, mark)

    def session_key(
        self, environment: str, key_id: str, descriptor: int, passphrase: str | None = None
    ) -> Credential:
        """Read a private key from an open file descriptor; nothing of it is stored.

        Raises `KeyUnusableError`. The descriptor is used up: ask for the passphrase of an encrypted
        key before.
        """
        name = checked_key_id(key_id) if key_id else self._variable_id(environment)
        try:
            with os.fdopen(descriptor, "rb") as file:
                pem = file.read(_MOST_DESCRIPTOR + 1)
        except (OSError, ValueError):
            raise KeyUnusableError(
                f"Descriptor {descriptor} cannot be read; open one for the program, as in: "
                "--session-key 3 3<FILE"
            ) from None
        signer = signer_of(name, pem, "The key for this session", passphrase)
        return Credential(environment, signer, "given for this session only")

    def add(
        self,
        environment: str,
        key_id: str,
        pem: bytes,
        *,
        pem_passphrase: str | None = None,
        protection: Protection = Protection.KEYRING,
        passphrase: str | None = None,
        replace_stored: bool = False,
        origin: Path | None = None,
    ) -> StoredKey:
        """Store a private key so that a restart finds it; return its record.

        `pem_passphrase` opens `pem`; `passphrase` is the one to protect it with from now on
        (`Protection.PASSPHRASE`); `origin` is the file that `pem` was read from. Raises
        `KeyUnusableError`: then nothing was stored, and what was stored before is as it was.
        """
        name = checked_key_id(key_id)
        key = _loaded(pem, pem_passphrase)
        before = self._vault.find(environment, name)
        path = self._place(environment, name, before, protection if replace_stored else None)
        came_from = str(origin.absolute()) if origin else ""
        record = StoredKey(environment, name, protection, kind_of(key), "", path, came_from)
        try:
            content, record = self._protect(record, key, passphrase)
            # What the store gives back has to open it, before anything of before is replaced.
            if not is_same_key(_loaded(content, self._secret(record, passphrase)), key):
                raise KeyUnusableError("The key did not come back as it was encrypted; try again.")
            self._vault.note(record)
            self._vault.keep(record, content)
        except KeyUnusableError:
            if before is None:
                self._undo(record)
            raise
        return record

    def remove(self, environment: str, key_id: str, *, leaves_entry: bool = False) -> StoredKey:
        """Delete a stored key: its keyring entry first, then its file and record.

        Raises `NoKeyError`, or `KeyringError` where the entry cannot be deleted: nothing is
        deleted then, unless `leaves_entry`.
        """
        key = self._known(environment, checked_key_id(key_id))
        if key.protection is Protection.KEYRING and not leaves_entry:
            self._keyring.delete(key.service)
        self._vault.forget(key)
        return key

    def _undo(self, record: StoredKey) -> None:
        """Take back a key that was begun; an entry that cannot be deleted opens nothing."""
        if record.store:
            with contextlib.suppress(KeyringError):
                self._keyring.delete(record.service)
        self._vault.forget(record)

    def _variable_id(self, environment: str) -> str:
        record = _record(environment)
        name = self._environ.get(record.key_id_variable, "")
        if not name:
            raise NoKeyError(
                f"The key id is missing: set {record.key_id_variable} to the id of that key."
            )
        return checked_key_id(name)

    def _place(
        self,
        environment: str,
        key_id: str,
        before: StoredKey | None,
        replacing: Protection | None,
    ) -> Path:
        """Return where the file goes; `replacing` is how it will be protected, if it may replace
        the one of before. Raises `KeyExistsError`.
        """
        path = before.path if before else self._vault.place(_record(environment).name, key_id)
        if not os.path.lexists(path) or (before and replacing is before.protection):
            return path
        if before is None:
            raise KeyExistsError(f"{path} is in the way and has no record; move it away.")
        words = f"already, protected by {before.protection.value}" if replacing else "already"
        raise KeyExistsError(
            f"This key is stored for {environment.upper()} {words}; remove it first: "
            f"kalshi-tui keys remove --env {environment} --key-id {key_id}"
        )

    def _known(self, environment: str, key_id: str) -> StoredKey:
        key = self._vault.find(environment, key_id)
        if key is None:
            variable = _record(environment).key_id_variable
            named = f" ({variable} names it)" if self._environ.get(variable) == key_id else ""
            raise NoKeyError(
                f"No key with the id {key_id}{named} is stored for {environment.upper()}; see: "
                f"kalshi-tui keys list --env {environment}"
            )
        return key

    def _secret(
        self, key: StoredKey, passphrase: str | None, *, other_keyring: bool = False
    ) -> str | None:
        """Return what opens the file, None for an open one."""
        if key.protection is Protection.PLAINTEXT:
            return None
        if key.protection is Protection.PASSPHRASE:
            if not passphrase:
                raise PassphraseNeededError(f"The key {key.key_id} is opened by its passphrase.")
            return passphrase
        store, secret = self._keyring.get(key.service, key.store)
        if store != key.store and not other_keyring:
            raise KeyringChangedError(
                f"The key was stored with the keyring {key.store}, but {store} answers now; "
                "go back to it, or allow the new one."
            )
        if secret is None:
            raise KeyringEntryLostError(
                f"The keyring {store} has no entry for {key.key_id} any more; the key file "
                f"{key.path} was not touched. Add the key again with --replace."
            )
        if store != key.store:
            self._vault.note(replace(key, store=store))
        return secret

    def _protect(
        self, record: StoredKey, key: PrivateKey, passphrase: str | None
    ) -> tuple[bytes, StoredKey]:
        """Return the file's content and the completed record."""
        if record.protection is Protection.PLAINTEXT:
            return unsealed(key), record
        if record.protection is Protection.PASSPHRASE:
            return sealed(key, check_passphrase(passphrase)), record
        probed = self._keyring.probe()
        # An entry is made once and never rewritten: one that is there already is used again.
        store, secret = self._keyring.get(record.service, probed)
        if store != probed:
            raise KeyringError("The keyring changed while it was being used; try again.")
        if secret is None:
            secret = base64.b64encode(secrets.token_bytes(_KEK_BYTES)).decode("ascii")
            if self._vault.find(record.environment, record.key_id) is None:
                # So that an entry is known of even where the program dies before the file is made.
                self._vault.note(replace(record, store=store))
            self._keyring.put(record.service, secret)
        elif not _is_kek(secret):
            raise _unfit(record)
        return sealed(key, secret.encode()), replace(record, store=store)


def _record(environment: str) -> Environment:
    if environment not in KALSHI:
        raise NoKeyError(f"No keys are kept for {environment}; choose one of {', '.join(KALSHI)}.")
    return KALSHI[environment]


def _source(key: StoredKey) -> str:
    if key.protection is Protection.KEYRING:
        return f"encrypted file and keyring {key.store}"
    if key.protection is Protection.PASSPHRASE:
        return "encrypted file and passphrase"
    return "PLAINTEXT file"


def check_passphrase(passphrase: str | None) -> bytes:
    """Return a new passphrase as bytes. Raises `KeyUnusableError` for one that will not do."""
    secret = secret_bytes(passphrase) or b""
    if len(passphrase or "") < LEAST_PASSPHRASE:
        raise KeyUnusableError(
            f"A passphrase needs at least {LEAST_PASSPHRASE} characters; "
            "take a few words that do not belong together."
        )
    if len(secret) > MOST_PASSPHRASE_BYTES:
        raise KeyUnusableError(f"A passphrase has at most {MOST_PASSPHRASE_BYTES} bytes.")
    return secret


def _loaded(pem: bytes, passphrase: str | None) -> PrivateKey:
    try:
        return load_private_key(pem, secret_bytes(passphrase))
    except KeyRefusedError as error:
        raise refused(error) from None


def _is_kek(secret: str) -> bool:
    try:
        return len(base64.b64decode(secret, validate=True)) == _KEK_BYTES
    except (ValueError, binascii.Error):
        return False


def _unfit(key: StoredKey) -> KeyringEntryLostError:
    return KeyringEntryLostError(
        f"The keyring's entry for {key.key_id} does not fit its key file; remove the key and add "
        f"it again: kalshi-tui keys remove --env {key.environment} --key-id {key.key_id}"
    )
