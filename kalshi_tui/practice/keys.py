"""The key pairs of the practice accounts, in files of the exchange's state directory.

Two RSA-2048 and one Ed25519 (the workstation's), made once. The folder is 0700, each private key
0600. Knows neither signatures nor accounts.
Source of the formats: a generated Kalshi key arrives as PKCS#1 (RSA) or PKCS#8 (Ed25519) PEM.
"""

import uuid
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from kalshi_tui.practice.auth import PublicKey
from kalshi_tui.practice.files import FileError, make_private_directory, write_atomically

_INDEX = "keys.json"
_RSA_BITS = 2048
_KINDS = ("rsa", "rsa", "ed25519")


class KeyEntry(msgspec.Struct, frozen=True):
    """One line of the index: the key's id, its kind and its file inside the folder."""

    key_id: str
    kind: str
    file: str


@dataclass(frozen=True, slots=True)
class AccountKey:
    """An account's key: its id, where its private half lies, and the public half."""

    key_id: str
    private_key_path: Path
    public_key: PublicKey


def load_or_make_keys(directory: Path) -> tuple[AccountKey, ...]:
    """Return the three account keys kept in `directory`, making them at the first start.

    Raises `FileError` when a key file is missing or unreadable.
    """
    make_private_directory(directory)
    index = directory / _INDEX
    if not index.exists():
        return _make_keys(directory)
    try:
        entries = msgspec.json.decode(index.read_bytes(), type=list[KeyEntry])
        return tuple(_load_key(directory, entry) for entry in entries)
    except (OSError, ValueError, TypeError, msgspec.DecodeError) as error:
        raise FileError(
            f"The practice keys in {directory} cannot be read ({error}); "
            "move that folder away to get new ones."
        ) from error


def _make_keys(directory: Path) -> tuple[AccountKey, ...]:
    made: list[AccountKey] = []
    entries: list[KeyEntry] = []
    for number, kind in enumerate(_KINDS, start=1):
        private = _generate(kind)
        entry = KeyEntry(key_id=str(uuid.uuid4()), kind=kind, file=f"account-{number}.pem")
        path = directory / entry.file
        write_atomically(path, _pem(private), mode=0o600)
        entries.append(entry)
        made.append(AccountKey(entry.key_id, path, private.public_key()))
    write_atomically(directory / _INDEX, msgspec.json.encode(entries), mode=0o600)
    return tuple(made)


def _generate(kind: str) -> rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65_537, key_size=_RSA_BITS)
    return ed25519.Ed25519PrivateKey.generate()


def _pem(private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    layout = (
        serialization.PrivateFormat.TraditionalOpenSSL
        if isinstance(private, rsa.RSAPrivateKey)
        else serialization.PrivateFormat.PKCS8
    )
    return private.private_bytes(serialization.Encoding.PEM, layout, serialization.NoEncryption())


def _load_key(directory: Path, entry: KeyEntry) -> AccountKey:
    path = directory / entry.file
    # The file is this exchange's own: checking the primes again would cost 50 ms a start.
    private = serialization.load_pem_private_key(
        path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(private, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise TypeError(f"{path.name} is neither an RSA nor an Ed25519 key")
    return AccountKey(entry.key_id, path, private.public_key())
