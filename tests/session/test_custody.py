"""Keys in custody: kept encrypted, opened again, never confused, never lost to a failure."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import PrivateKey, load_private_key, sealed, unsealed
from kalshi_tui.session.custody import Custody
from kalshi_tui.session.keys import (
    KeyExistsError,
    KeyFileLostError,
    KeyringChangedError,
    KeyringEntryLostError,
    KeyringError,
    KeyUnusableError,
    NoKeyError,
    PassphraseNeededError,
    PassphraseWrongError,
    SeveralKeysError,
)
from kalshi_tui.session.vault import Protection, service_name
from tests.support.keystore import MemoryStore

ED = Ed25519PrivateKey.generate()
PEM = unsealed(ED)
OTHER_PEM = unsealed(Ed25519PrivateKey.generate())
RSA: PrivateKey = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
ID = "a952bcbe-ec3b-4b5b-b8f9-11dae589608c"
PHRASE = "four words of a song"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keys"


@pytest.fixture
def custody(folder: Path, store: MemoryStore) -> Custody:
    return Custody(folder, keyring=store, environ={})


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


@pytest.mark.parametrize("key", [ED, RSA], ids=["ed25519", "rsa"])
def test_a_key_is_stored_encrypted_and_opened_by_a_later_start(
    custody: Custody, folder: Path, store: MemoryStore, key: PrivateKey
) -> None:
    stored = custody.add("demo", ID, unsealed(key))
    assert stored.path == folder / "demo-a952bcbe.pem"
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in stored.path.read_bytes()
    assert list(store.secrets) == [f"kalshi-tui:demo:{ID}"]
    assert len(store.secrets[stored.service]) == 44

    again = Custody(folder, keyring=store, environ={})
    assert again.stored("demo") == (stored,)
    credential = again.signer("demo")
    assert (credential.environment, credential.signer.key_id) == ("demo", ID)
    assert not credential.is_plaintext
    opened = load_private_key(stored.path.read_bytes(), store.secrets[stored.service].encode())
    assert opened.public_key() == key.public_key()


def test_FI14_files_and_folder_are_private_whatever_the_umask(
    custody: Custody, folder: Path, open_umask: None
) -> None:
    custody.add("demo", ID, PEM)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_the_environments_do_not_see_each_others_keys(custody: Custody, folder: Path) -> None:
    demo = custody.add("demo", ID, PEM)
    with pytest.raises(NoKeyError, match="PROD"):
        custody.signer("prod")
    with pytest.raises(NoKeyError, match="PROD"):
        custody.signer("prod", ID)
    # Somebody renames the files: the keyring's entry is still the one of demo.
    for path in (demo.path, demo.record):
        text = path.read_bytes().replace(b'"demo"', b'"prod"')
        moved = folder / path.name.replace("demo-", "prod-")
        moved.touch(0o600)
        moved.write_bytes(text)
    with pytest.raises(KeyringEntryLostError):
        custody.signer("prod")
    with pytest.raises(NoKeyError, match="practice"):
        custody.signer("practice")


def test_two_ids_that_begin_alike_get_files_of_their_own(custody: Custody) -> None:
    first, second = custody.add("demo", ID, PEM), custody.add("demo", ID[:8] + "-2", OTHER_PEM)
    assert first.path != second.path
    with pytest.raises(SeveralKeysError, match="KALSHI_DEMO_KEY_ID"):
        custody.signer("demo")
    assert custody.signer("demo", second.key_id).signer.key_id == second.key_id
    custody.remove("demo", first.key_id)
    assert custody.stored("demo") == (second,)


@pytest.mark.parametrize("call", ["probe", "get", "put"])
def test_FI06_FI07_a_keyring_that_fails_loses_nothing_and_leaves_nothing(
    custody: Custody, folder: Path, store: MemoryStore, call: str
) -> None:
    store.broken = call
    with pytest.raises(KeyringError):
        custody.add("demo", ID, PEM)
    assert files(folder) == {}
    assert store.secrets == {}
    store.broken = ""
    kept = custody.add("demo", ID, PEM)
    before, secrets = files(folder), dict(store.secrets)
    store.broken = call if call != "put" else "get"
    with pytest.raises(KeyringError):
        custody.add("demo", ID, OTHER_PEM, replace_stored=True)
    assert (files(folder), store.secrets) == (before, secrets)
    store.broken = ""
    assert custody.signer("demo").signer.key_id == kept.key_id


def test_FI01_FI04_no_protection_is_weakened_by_itself(
    custody: Custody, folder: Path, store: MemoryStore
) -> None:
    store.broken = "probe"
    with pytest.raises(KeyringError, match="passphrase"):
        custody.add("demo", ID, PEM)
    stored = custody.add("demo", ID, PEM, protection=Protection.PASSPHRASE, passphrase=PHRASE)
    assert stored.protection is Protection.PASSPHRASE
    assert store.puts == []
    with pytest.raises(PassphraseNeededError):
        custody.signer("demo")
    with pytest.raises(PassphraseWrongError):
        custody.signer("demo", passphrase="something else!")
    assert custody.signer("demo", passphrase=PHRASE).signer.key_id == ID
    assert PHRASE.encode() not in b"".join(files(folder).values())


@pytest.mark.parametrize("passphrase", [None, "", "short", "x" * 1_001])
def test_a_passphrase_that_will_not_do_is_refused(custody: Custody, passphrase: str | None) -> None:
    with pytest.raises(KeyUnusableError, match=r"12 characters|1000 bytes"):
        custody.add("demo", ID, PEM, protection=Protection.PASSPHRASE, passphrase=passphrase)
    assert custody.stored("demo") == ()


@pytest.mark.parametrize(
    "phrase", ["wörter die nicht passen", "latin-1 over ssh \udcfc", "x" * 1_000]
)
def test_any_passphrase_that_a_terminal_sends_is_taken(custody: Custody, phrase: str) -> None:
    custody.add("demo", ID, PEM, protection=Protection.PASSPHRASE, passphrase=phrase)
    assert custody.signer("demo", passphrase=phrase).signer.key_id == ID


def test_plaintext_is_kept_only_by_name_and_says_so(custody: Custody) -> None:
    stored = custody.add("demo", ID, PEM, protection=Protection.PLAINTEXT)
    assert stored.path.read_bytes() == PEM
    credential = custody.signer("demo")
    assert credential.is_plaintext
    assert "PLAINTEXT" in credential.source


def test_FI08_another_keyring_than_last_time_is_asked_about_and_nothing_is_copied(
    custody: Custody, store: MemoryStore
) -> None:
    custody.add("demo", ID, PEM)
    store.name = "kwallet.DBusKeyring"
    for _ in range(2):
        with pytest.raises(KeyringChangedError, match=r"SecretService.Keyring.*kwallet"):
            custody.signer("demo")
    assert len(store.puts) == 1
    assert custody.signer("demo", other_keyring=True).signer.key_id == ID
    assert custody.signer("demo").signer.key_id == ID, "the answer is remembered"
    assert len(store.puts) == 1


def test_FI11_a_lost_entry_is_named_the_file_stays_and_the_key_can_be_added_again(
    custody: Custody, store: MemoryStore
) -> None:
    stored = custody.add("demo", ID, PEM)
    before = stored.path.read_bytes()
    store.secrets.clear()
    with pytest.raises(KeyringEntryLostError, match="was not touched") as caught:
        custody.signer("demo")
    assert "--replace" in str(caught.value)
    assert stored.path.read_bytes() == before
    with pytest.raises(KeyExistsError):
        custody.add("demo", ID, PEM)
    custody.add("demo", ID, PEM, replace_stored=True)
    assert custody.signer("demo").signer.key_id == ID


def test_FI11_an_entry_that_does_not_fit_is_named(custody: Custody, store: MemoryStore) -> None:
    stored = custody.add("demo", ID, PEM)
    store.secrets[stored.service] = "A" * 43 + "="
    with pytest.raises(KeyringEntryLostError, match="does not fit"):
        custody.signer("demo")
    store.secrets[stored.service] = "not one of ours"
    with pytest.raises(KeyringEntryLostError, match="does not fit"):
        custody.add("demo", ID, PEM, replace_stored=True)


def test_FI12_a_lost_file_is_named_and_the_entry_stays_until_the_key_is_removed(
    custody: Custody, store: MemoryStore
) -> None:
    stored = custody.add("demo", ID, PEM)
    secret = store.secrets[stored.service]
    stored.path.unlink()
    with pytest.raises(KeyFileLostError, match="keys remove"):
        custody.signer("demo")
    assert store.secrets == {stored.service: secret}
    custody.add("demo", ID, PEM)
    assert store.secrets == {stored.service: secret}, "the entry is used again, not rewritten"
    stored.path.unlink()
    custody.remove("demo", ID)
    assert store.secrets == {}


def test_a_key_whose_entry_cannot_be_deleted_is_kept_whole(
    custody: Custody, folder: Path, store: MemoryStore
) -> None:
    custody.add("demo", ID, PEM)
    before = files(folder)
    store.broken = "delete"
    with pytest.raises(KeyringError):
        custody.remove("demo", ID)
    assert files(folder) == before
    custody.remove("demo", ID, leaves_entry=True)
    assert files(folder) == {}


class Dying(MemoryStore):
    """The program is killed once the entry is made."""

    def put(self, service: str, secret: str) -> str:
        super().put(service, secret)
        raise SystemExit


def test_a_kill_between_entry_and_file_leaves_what_the_next_add_completes(folder: Path) -> None:
    store = Dying()
    with pytest.raises(SystemExit):
        Custody(folder, keyring=store, environ={}).add("demo", ID, PEM)
    ((service, secret),) = store.secrets.items()
    after = MemoryStore()
    after.secrets[service] = secret
    custody = Custody(folder, keyring=after, environ={})
    with pytest.raises(KeyFileLostError):
        custody.signer("demo")
    custody.add("demo", ID, PEM)
    assert custody.signer("demo").signer.key_id == ID
    assert after.puts == []


class Spoiling(MemoryStore):
    """The disk goes away while the keyring is asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def put(self, service: str, secret: str) -> str:
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()
        self.folder.write_text("")
        return super().put(service, secret)


def test_an_entry_whose_file_cannot_be_written_is_taken_back(folder: Path) -> None:
    store = Spoiling(folder)
    with pytest.raises(KeyUnusableError, match="cannot be changed"):
        Custody(folder, keyring=store, environ={}).add("demo", ID, PEM)
    assert store.secrets == {}


def test_FI13_a_folder_or_file_that_others_reach_is_refused_with_the_chmod_line(
    custody: Custody, folder: Path
) -> None:
    stored = custody.add("demo", ID, PEM)
    stored.path.chmod(0o644)
    with pytest.raises(KeyUnusableError, match=f"chmod 600 {stored.path}"):
        custody.signer("demo")
    stored.path.chmod(0o600)
    folder.chmod(0o777)
    with pytest.raises(KeyUnusableError, match=f"chmod 700 {folder}"):
        custody.signer("demo")
    folder.chmod(0o750)
    with pytest.raises(KeyUnusableError, match=f"chmod 700 {folder}"):
        custody.add("prod", ID, PEM)


def test_FI13_a_link_in_the_place_of_a_key_is_refused(custody: Custody, tmp_path: Path) -> None:
    stored = custody.add("demo", ID, PEM)
    stored.path.rename(tmp_path / "elsewhere.pem")
    stored.path.symlink_to(tmp_path / "elsewhere.pem")
    with pytest.raises(KeyUnusableError, match="is a link"):
        custody.signer("demo")


def test_a_file_without_a_record_is_not_written_over(custody: Custody, folder: Path) -> None:
    stored = custody.add("demo", ID, PEM)
    stored.record.unlink()
    with pytest.raises(KeyExistsError, match="in the way"):
        custody.add("demo", ID, OTHER_PEM, replace_stored=True)
    assert stored.path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"key_id": 3',
        "[]",
        "null",
        "{}",
        "[" * 60_000,
        '{"environment": "demo", "key_id": "/"}',
    ],
)
def test_a_damaged_record_is_one_sentence(custody: Custody, text: str) -> None:
    stored = custody.add("demo", ID, PEM)
    stored.record.write_text(text)
    with pytest.raises(KeyUnusableError, match="damaged"):
        custody.signer("demo")


def test_a_state_directory_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, store: MemoryStore
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    custody = Custody(tmp_path / "state" / "keys", keyring=store, environ={})
    with pytest.raises(KeyUnusableError, match="cannot be changed"):
        custody.add("demo", ID, PEM)


VARIABLES = "KALSHI_DEMO_KEY_ID", "KALSHI_DEMO_KEY_FILE"


@pytest.fixture
def pem_file(tmp_path: Path) -> Path:
    path = tmp_path / "own.pem"
    path.touch(0o600)
    path.write_bytes(PEM)
    return path


def test_variables_name_the_key_of_one_environment(
    folder: Path, store: MemoryStore, pem_file: Path
) -> None:
    names = dict(zip(VARIABLES, (ID, str(pem_file)), strict=True))
    custody = Custody(folder, keyring=store, environ=names)
    assert custody.signer("demo").signer.key_id == ID
    with pytest.raises(NoKeyError):
        custody.signer("prod")
    with pytest.raises(NoKeyError, match="KALSHI_DEMO_KEY_ID"):
        Custody(folder, keyring=store, environ={VARIABLES[1]: str(pem_file)}).signer("demo")


def test_a_shared_pair_of_variables_is_never_read(
    folder: Path, store: MemoryStore, pem_file: Path
) -> None:
    shared = {
        f"KALSHI_{name}": value
        for value, names in (
            (ID, ("KEY_ID", "API_KEY_ID", "API_KEY", "ACCESS_KEY")),
            (str(pem_file), ("KEY_FILE", "PRIVATE_KEY_PATH", "PRIVATE_KEY_FILE")),
            (PEM.decode(), ("PRIVATE_KEY", "API_SECRET")),
        )
        for name in names
    }
    for environment in ("demo", "prod"):
        with pytest.raises(NoKeyError):
            Custody(folder, keyring=store, environ=shared).signer(environment)


def test_the_id_variable_alone_chooses_among_stored_keys(
    custody: Custody, folder: Path, store: MemoryStore
) -> None:
    custody.add("demo", ID, PEM)
    custody.add("demo", "second", OTHER_PEM)
    chosen = Custody(folder, keyring=store, environ={VARIABLES[0]: "second"})
    assert chosen.signer("demo").signer.key_id == "second"
    other = Custody(folder, keyring=store, environ={VARIABLES[0]: "third"})
    with pytest.raises(NoKeyError, match=r"third \(KALSHI_DEMO_KEY_ID names it\)"):
        other.signer("demo")


def test_a_session_key_comes_from_a_descriptor_and_is_stored_nowhere(
    custody: Custody, folder: Path, store: MemoryStore
) -> None:
    reading, writing = os.pipe()
    os.write(writing, PEM)
    os.close(writing)
    credential = custody.session_key("demo", ID, reading)
    assert credential.signer.key_id == ID
    assert "this session" in credential.source
    assert (files(folder), store.secrets) == ({}, {})
    with pytest.raises(KeyUnusableError, match="Descriptor"):
        custody.session_key("demo", ID, reading)
    with pytest.raises(NoKeyError, match="KALSHI_DEMO_KEY_ID"):
        custody.session_key("demo", "", 0)


def test_FB12_an_encrypted_key_is_taken_with_its_passphrase_and_kept_under_our_own(
    custody: Custody, store: MemoryStore
) -> None:
    encrypted = sealed(ED, b"theirs")
    with pytest.raises(PassphraseNeededError):
        custody.add("demo", ID, encrypted)
    stored = custody.add("demo", ID, encrypted, pem_passphrase="theirs")
    assert load_private_key(stored.path.read_bytes(), store.secrets[stored.service].encode())


@pytest.mark.parametrize("key_id", ["", "  ", "a b", "../up", "ключ", "x" * 65, "-rf", "a\nb"])
def test_what_is_no_key_id_is_refused(custody: Custody, key_id: str) -> None:
    with pytest.raises(KeyUnusableError, match="no key id"):
        custody.add("demo", key_id, PEM)


def test_FI17_a_private_key_in_the_field_of_the_id_is_neither_kept_nor_echoed(
    custody: Custody, folder: Path
) -> None:
    with pytest.raises(KeyUnusableError, match="not its id") as caught:
        custody.add("demo", PEM.decode(), PEM)
    assert PEM.decode().splitlines()[1] not in str(caught.value)
    assert files(folder) == {}


def test_FI20_a_key_out_of_a_plaintext_env_file_is_wrapped_and_the_file_left(
    custody: Custody, tmp_path: Path
) -> None:
    env = tmp_path / ".env"
    env.write_bytes(b'KALSHI_API_KEY_ID=x\nKALSHI_PRIVATE_KEY="' + PEM + b'"\nDEBUG=1\n')
    before = env.read_bytes()
    stored = custody.add("demo", ID, before, origin=env)
    assert stored.origin == str(env)
    assert env.read_bytes() == before
    assert PEM.splitlines()[1] not in stored.path.read_bytes()


def test_nothing_of_a_key_shows_in_what_custody_gives_out(
    custody: Custody, store: MemoryStore
) -> None:
    stored = custody.add("demo", ID, PEM)
    secrets = [PEM.decode().splitlines()[1], store.secrets[service_name("demo", ID)]]
    shown = f"{custody!r} {stored!r} {custody.signer('demo')!r} {stored.record.read_text()}"
    assert [each for each in secrets if each in shown] == []
