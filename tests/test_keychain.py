"""`kalshi-tui keys`: a contract for scripts, and a minute's work for a newcomer."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import sealed, unsealed
from kalshi_tui.keychain import Surroundings, keys, surroundings
from kalshi_tui.session.vault import service_name
from tests.support.keystore import MemoryStore
from tests.support.pty import Terminal

ROOT = Path(__file__).resolve().parents[1]
KEY = Ed25519PrivateKey.generate()
PEM = unsealed(KEY)
ID = "a952bcbe-ec3b-4b5b-b8f9-11dae589608c"
ADD = ("add", "--env", "demo", "--key-id", ID, "--no-test")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def here(tmp_path: Path, store: MemoryStore) -> Surroundings:
    return Surroundings(tmp_path / "keys", tmp_path / "practice", {}, asks=True, keyring=store)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "download.key"
    path.touch(0o600)
    path.write_bytes(PEM)
    return path


def run(here: Surroundings, *arguments: str, typed: bytes | str = "") -> Result:
    return CliRunner().invoke(keys, list(arguments), input=typed, obj=here)


def passed(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(result: Result) -> str:
    assert result.exit_code == 1, result.output
    sentence = result.stderr.strip()
    assert "\n" not in sentence
    assert "Traceback" not in result.output
    return sentence


def test_a_key_is_added_from_a_file_listed_and_removed(
    here: Surroundings, key_file: Path, store: MemoryStore
) -> None:
    shown = passed(run(here, *ADD, "--key-file", str(key_file)))
    assert "the keyring SecretService.Keyring opens it" in shown
    assert f"rm {key_file}" in shown, "the user is told of the copy he still has"
    assert key_file.read_bytes() == PEM
    assert f"demo  {ID}  Ed25519  keyring SecretService.Keyring" in passed(run(here, "list"))
    (listed,) = json.loads(passed(run(here, "list", "--json")))
    assert sorted(listed) == ["environment", "key_id", "kind", "path", "protection", "store"]
    assert "No key is stored" in passed(run(here, "list", "--env", "prod"))
    page = "https://demo.kalshi.co"
    assert page in passed(run(here, "remove", "--env", "demo", typed="y\n"))
    assert store.secrets == {}
    assert "keys add" in passed(run(here, "list"))


def test_a_key_is_added_from_stdin(here: Surroundings) -> None:
    passed(run(here, *ADD, "--key-file", "-", typed=PEM))
    assert "Ed25519" in passed(run(here, "list"))


def test_without_options_it_names_the_page_and_asks(here: Surroundings, key_file: Path) -> None:
    asked = run(here, "add", "--env", "demo", "--no-test", typed=f"{ID}\n{key_file}\n")
    assert "https://demo.kalshi.co/account/profile" in passed(asked)
    assert ID in passed(run(here, "list"))


def test_removing_asks_first(here: Surroundings, key_file: Path) -> None:
    passed(run(here, *ADD, "--key-file", str(key_file)))
    assert run(here, "remove", "--env", "demo", typed="n\n").exit_code == 1
    assert ID in passed(run(here, "list"))


def test_FB13_a_key_that_cannot_be_used_stores_nothing(here: Surroundings, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.touch(0o600)
    bad.write_bytes(PEM.replace(b"\n", b"\\n"))
    sentence = refused(run(here, *ADD, "--key-file", str(bad)))
    assert sentence.startswith("Nothing was stored: ")
    assert PEM.decode().splitlines()[1][:12] not in sentence
    assert not here.directory.exists()


def test_FI13_a_file_that_others_can_read_is_refused_with_the_chmod_line(
    here: Surroundings, key_file: Path
) -> None:
    key_file.chmod(0o644)
    assert f"chmod 600 {key_file}" in refused(run(here, *ADD, "--key-file", str(key_file)))


def test_FB12_an_encrypted_key_asks_for_its_passphrase(here: Surroundings, key_file: Path) -> None:
    key_file.write_bytes(sealed(KEY, b"theirs"))
    asked = run(here, *ADD, "--key-file", str(key_file), typed="wrong\ntheirs\n")
    passed(asked)
    assert "The passphrase is wrong" in asked.stderr
    assert "theirs" not in asked.output
    passed(run(here, "remove", "--env", "demo", "--yes"))
    alone = replace(here, asks=False)
    assert "passphrase is needed" in refused(run(alone, *ADD, "--key-file", str(key_file)))


def test_plaintext_needs_its_name_and_is_told_in_red(here: Surroundings, key_file: Path) -> None:
    stored = CliRunner().invoke(
        keys, [*ADD, "--key-file", str(key_file), "--protect", "plaintext"], obj=here, color=True
    )
    assert "\x1b[31mStored UNENCRYPTED" in stored.stdout
    listed = CliRunner().invoke(keys, ["list"], obj=here, color=True)
    assert "\x1b[31m" in listed.stdout


def test_FI08_another_keyring_is_asked_about(
    here: Surroundings, key_file: Path, store: MemoryStore
) -> None:
    passed(run(here, *ADD, "--key-file", str(key_file)))
    store.name = "another"
    asked = run(here, "test", "--env", "demo", typed="n\n")
    assert asked.exit_code == 1
    assert "another answers now" in asked.stderr
    assert "another answers now" in refused(run(replace(here, asks=False), "test", "--env", "demo"))
    assert len(store.puts) == 1


def test_the_audit_names_every_place_with_its_mode(
    here: Surroundings, key_file: Path, store: MemoryStore
) -> None:
    passed(run(here, *ADD, "--key-file", str(key_file)))
    key_file.chmod(0o644)
    (here.directory / ".new-abc").touch(0o600)
    (here.directory / "demo-stray.pem").touch(0o640)
    named = replace(
        here,
        environ={"KALSHI_DEMO_KEY_FILE": str(key_file), "OLD_KEY": PEM.decode(), "HOME": "/"},
    )
    found = run(named, "audit", "--env", "demo", "--json")
    assert found.exit_code == 1, "something is wrong"
    places = {each["where"]: each for each in json.loads(found.stdout)["demo"]}
    stored = here.directory / "demo-a952bcbe.pem"
    assert places[str(stored)]["mode"] == "0600"
    assert places[str(stored)]["problem"] == ""
    assert places[f"keyring {store.name}: {service_name('demo', ID)}"]["problem"] == ""
    assert places[str(here.directory / ".new-abc")]["problem"]
    assert places[str(here.directory / "demo-stray.pem")]["problem"]
    assert "chmod 600" in places[str(key_file)]["problem"]
    assert "unset OLD_KEY" in places["OLD_KEY"]["problem"]
    assert len(places) == 7
    assert PEM.decode().splitlines()[1] not in found.output
    shown = run(named, "audit").stdout
    assert "0644" in shown
    assert "prod: 0 places" in shown


def test_the_audit_passes_where_all_is_well(
    here: Surroundings, key_file: Path, store: MemoryStore
) -> None:
    passed(run(here, *ADD, "--key-file", "-", typed=PEM))
    assert "demo: 3 places" in passed(run(here, "audit"))
    store.secrets.clear()
    assert "It is gone" in run(here, "audit").stdout
    store.broken = "get"
    assert "locked" in run(here, "audit").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["add"],
        ["add", "--env", "practice"],
        ["add", "--env", "demo", "--protect", "none"],
        ["test"],
        ["remove"],
        ["nonsense"],
    ],
)
def test_wrong_usage_exits_with_two(here: Surroundings, arguments: list[str]) -> None:
    assert run(here, *arguments).exit_code == 2


def test_no_variable_reaches_the_addresses_or_the_folder_of_another_user(tmp_path: Path) -> None:
    found = surroundings({"KALSHI_TUI_HOME": str(tmp_path)}, asks=False)
    assert found.directory == tmp_path / "state" / "keys"
    assert {name: each.rest_host for name, each in found.environments.items()} == {
        "demo": "external-api.demo.kalshi.co",
        "prod": "external-api.kalshi.com",
    }


def variables(tmp_path: Path) -> dict[str, str]:
    return {
        "KALSHI_TUI_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def until(terminal: Terminal, words: bytes) -> None:
    """Read until the program says `words`."""
    for _ in range(100):
        terminal.read(0.1)
        if words in terminal.output:
            return
    pytest.fail(f"it never said {words!r}: {bytes(terminal.output)!r}")


def test_FI16_a_pasted_key_and_a_typed_passphrase_are_never_shown(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kalshi_tui", "keys", *ADD, "--protect", "passphrase"]
    phrase = "seven green bottles"
    with Terminal.run(command, columns=80, lines=24, env=variables(tmp_path)) as terminal:
        until(terminal, b"Private key file")
        terminal.send("\n")
        until(terminal, b"Paste it now")
        terminal.send("\x1b[200~" + PEM.decode().replace("\n", "\r") + "\x1b[201~")
        until(terminal, b"New passphrase")
        terminal.send(f"{phrase}\n")
        until(terminal, b"Repeat")
        terminal.send(f"{phrase}\n")
        until(terminal, b"Start: kalshi-tui --env demo")
        seen = bytes(terminal.output)
    assert phrase.encode() not in seen
    assert [line for line in PEM.splitlines() if line in seen] == []
    assert (tmp_path / "state" / "keys" / "demo-a952bcbe.pem").exists()


def test_a_paste_that_is_given_up_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    command = [
        "sh",
        "-c",
        f"{sys.executable} -m kalshi_tui keys {' '.join(ADD)}; stty -a; echo end",
    ]
    with Terminal.run(command, columns=80, lines=24, env=variables(tmp_path)) as terminal:
        until(terminal, b"Private key file")
        terminal.send("\n")
        until(terminal, b"Paste it now")
        terminal.send(PEM.decode()[:40] + "\x04")
        until(terminal, b"end\r\n")
        seen = bytes(terminal.output)
    assert b"The paste ended before the key did" in seen
    assert b" echo " in seen
    assert b" icanon " in seen


def test_FI16_no_secret_is_taken_from_an_argument() -> None:
    for command in keys.commands.values():
        for option in command.params:
            assert "passphrase" not in (option.name or "")
            assert "secret" not in (option.name or "")


def test_the_whole_program_offers_the_keys_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kalshi_tui", "keys", "list", "--json"]
    environ = {**os.environ, **variables(tmp_path)}
    done = subprocess.run(command, env=environ, capture_output=True, timeout=60, check=True)
    assert json.loads(done.stdout) == []
