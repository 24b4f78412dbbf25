"""The practice key file: private, readable, and never echoed."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.session.keys import FileMark, KeyUnusableError, read_private, read_signer

PEM = Ed25519PrivateKey.generate().private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.touch(0o600)
    path.write_bytes(PEM)
    return path


def test_a_private_file_gives_a_signer_that_shows_nothing(key_file: Path) -> None:
    signer = read_signer("key-id", key_file)
    assert signer.key_id == "key-id"
    assert "key-id" not in repr(signer)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused_with_the_cure(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(KeyUnusableError, match="chmod 600"):
        read_signer("key-id", key_file)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusableError, match="No such file"):
        read_signer("key-id", tmp_path / "key.pem")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusableError):
        read_signer("key-id", tmp_path)


def test_what_is_not_a_key_is_refused_without_echoing_it(key_file: Path) -> None:
    secret = PEM.decode().splitlines()[1]
    key_file.write_text(f"-----BEGIN PRIVATE KEY-----\n{secret[:-9]}\n-----END PRIVATE KEY-----\n")
    with pytest.raises(KeyUnusableError) as caught:
        read_signer("key-id", key_file)
    assert secret[:8] not in str(caught.value)
    assert caught.value.__cause__ is None


def test_FI_a_key_id_that_is_no_key_id_is_refused(key_file: Path) -> None:
    with pytest.raises(KeyUnusableError):
        read_signer("key\n", key_file)


def test_FI13_a_file_of_another_user_is_refused(key_file: Path) -> None:
    with pytest.raises(KeyUnusableError, match="another user"):
        read_private(key_file, user=key_file.stat().st_uid + 1)


def test_FI13_a_downloaded_file_is_refused_with_its_mode_and_the_line_to_run(
    key_file: Path,
) -> None:
    named = key_file.rename(key_file.with_name("my key.txt"))
    named.chmod(0o644)
    with pytest.raises(KeyUnusableError) as caught:
        read_private(named)
    assert "mode is 0644" in str(caught.value)
    assert str(caught.value).endswith(f"try again: chmod 600 '{named}'")


def test_FI13_a_folder_in_which_others_may_swap_the_key_is_refused(key_file: Path) -> None:
    key_file.parent.chmod(0o777)
    with pytest.raises(KeyUnusableError, match=f"chmod 700 {key_file.parent}"):
        read_private(key_file)


@pytest.mark.parametrize("change", ["content", "replaced", "gone"])
def test_FI19_a_change_of_the_file_is_seen(key_file: Path, change: str) -> None:
    mark = FileMark.of(key_file)
    assert not mark.has_changed()
    if change == "content":
        key_file.write_bytes(PEM + b"\n")
    elif change == "replaced":
        other = key_file.with_name("other.pem")
        other.write_bytes(PEM)
        other.rename(key_file)
    else:
        key_file.unlink()
    assert mark.has_changed()
