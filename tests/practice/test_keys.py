"""The key pairs of the practice accounts."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kalshi_tui.practice.files import FileError
from kalshi_tui.practice.keys import load_or_make_keys


def test_keys_are_made_once_and_read_back(tmp_path: Path) -> None:
    directory = tmp_path / "keys"
    made = load_or_make_keys(directory)
    assert [type(each.public_key).__name__ for each in made] == [
        "RSAPublicKey",
        "RSAPublicKey",
        "Ed25519PublicKey",
    ]
    assert len({each.key_id for each in made}) == 3
    again = load_or_make_keys(directory)
    assert [(each.key_id, each.private_key_path) for each in again] == [
        (each.key_id, each.private_key_path) for each in made
    ]
    for before, after in zip(made, again, strict=True):
        assert before.public_key == after.public_key


def test_the_private_files_are_pem_and_the_owners_alone(tmp_path: Path) -> None:
    made = load_or_make_keys(tmp_path)
    kinds = []
    for each in made:
        data = each.private_key_path.read_bytes()
        kinds.append(data.split(b"\n")[0])
        key = load_pem_private_key(data, password=None)
        assert isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)
        assert key.public_key() == each.public_key
        if os.name == "posix":
            assert stat.S_IMODE(each.private_key_path.stat().st_mode) == 0o600
    assert kinds == [b"-----BEGIN RSA PRIVATE KEY-----"] * 2 + [b"-----BEGIN PRIVATE KEY-----"]


@pytest.mark.parametrize("damage", ["index", "missing", "garbage"])
def test_damaged_keys_are_said_in_one_sentence(tmp_path: Path, damage: str) -> None:
    made = load_or_make_keys(tmp_path)
    if damage == "index":
        (tmp_path / "keys.json").write_bytes(b"[{}]")
    elif damage == "missing":
        made[0].private_key_path.unlink()
    else:
        made[2].private_key_path.write_text("no key")
    with pytest.raises(FileError, match="move that folder away"):
        load_or_make_keys(tmp_path)
