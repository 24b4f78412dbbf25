"""The system's keyring: what each kind of it can do to us, in real child processes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kalshi_tui.session.courier import PROBE
from kalshi_tui.session.keyring import LIMIT_S, SystemKeyring
from kalshi_tui.session.keys import KeyringError
from tests.support import rings

ROOT = Path(__file__).resolve().parents[2]
SERVICE = "kalshi-tui:demo:key-1"
KEK = "k" * 44

Ring = Callable[..., SystemKeyring]


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    """Return a keyring whose backend is one of `tests.support.rings`, or keyring's own."""

    def make(backend: str, limit_s: float = 20) -> SystemKeyring:
        name = backend if "." in backend else f"{rings.PREFIX}{backend}"
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHON_KEYRING_BACKEND": name,
            "RING_FILE": str(tmp_path / "ring.json"),
            "HOME": str(tmp_path),
        }
        return SystemKeyring(environ=environ, limit_s=limit_s)

    return make


def entries(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "ring.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return found


def test_a_good_keyring_keeps_a_secret_over_processes_and_forgets_it_on_demand(ring: Ring) -> None:
    good = ring("Good")
    assert good.probe() == f"{rings.PREFIX}Good"
    assert good.get(SERVICE) == (f"{rings.PREFIX}Good", None)
    assert good.put(SERVICE, KEK) == f"{rings.PREFIX}Good"
    assert ring("Good").get(SERVICE)[1] == KEK
    assert good.delete(SERVICE) is True
    assert good.delete(SERVICE) is False


REFUSED = [
    ("FI01", "keyring.backends.fail.Keyring", "no keyring"),
    ("FI02", "keyring.backends.null.Keyring", "forgets"),
    ("FI02", "Forgets", "forgets"),
    ("FI03", "Locked", "locked"),
    ("FI04", "NoBus", "locked"),
    ("FI05", "Tiny", "error"),
    ("FI06", "Full", "full"),
    ("FI07", "Truncates", "another secret"),
    ("FI07", "Alters", "another secret"),
    ("FI09", "PlaintextKeyring", "plain text"),
    ("FI09", "ChainOfPlaintext", "plain text"),
    ("FI10", "Denied", "refused access"),
    ("chain", "ChainOfNone", "no keyring"),
    ("read", "ReadsOnly", "no keyring"),
    ("dead", "Dies", "error"),
    ("loud", "Chatty", "error"),
    ("stay", "NoDelete", "error"),
]


@pytest.mark.parametrize(("row", "backend", "words"), REFUSED)
def test_FI01_FI02_FI04_FI06_FI07_FI09_FI10_a_bad_keyring_is_found_by_the_probe(
    ring: Ring, tmp_path: Path, row: str, backend: str, words: str
) -> None:
    with pytest.raises(KeyringError, match=words) as caught:
        ring(backend).probe()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert "passphrase" in sentence, "the way out is named"
    assert caught.value.__cause__ is None
    if backend != "NoDelete":
        assert entries(tmp_path) == {}, "nothing is left behind"


@pytest.mark.parametrize("backend", ["Hangs", "HangsWithChild"])
def test_FI03_a_keyring_that_waits_for_ever_is_given_up_with_all_it_started(
    ring: Ring, backend: str
) -> None:
    with pytest.raises(KeyringError, match="did not answer within 1 s") as caught:
        ring(backend, limit_s=1).probe()
    assert "locked" in str(caught.value)


def test_FI03_nothing_that_a_hanging_keyring_started_lives_on(ring: Ring, tmp_path: Path) -> None:
    with pytest.raises(KeyringError):
        ring("HangsWithChild", limit_s=1).probe()
    lock = "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX)"
    # The lock is free once child and grandchild are gone.
    path = str(tmp_path / "ring.json.lock")
    subprocess.run([sys.executable, "-c", lock, path], timeout=20, check=True)


def test_FI03_the_limit_is_five_seconds() -> None:
    assert LIMIT_S == 5


def test_FI05_a_key_encryption_key_fits_where_a_private_key_does_not(ring: Ring) -> None:
    windows = ring("Windows")
    assert windows.probe()
    windows.put(SERVICE, KEK)
    assert windows.get(SERVICE)[1] == KEK
    with pytest.raises(KeyringError):
        windows.put("kalshi-tui:demo:pem", "p" * 1_704)


def test_FI07_an_entry_that_is_there_is_never_written_over(ring: Ring) -> None:
    good = ring("Good")
    good.put(SERVICE, KEK)
    with pytest.raises(KeyringError, match="left as it was"):
        good.put(SERVICE, "n" * 44)
    assert good.put(SERVICE, KEK), "the same again is no change"
    assert good.get(SERVICE)[1] == KEK


def test_FI07_a_secret_that_comes_back_altered_is_deleted_again(ring: Ring, tmp_path: Path) -> None:
    assert ring("AltersKeys").probe()
    with pytest.raises(KeyringError, match="another secret"):
        ring("AltersKeys").put(SERVICE, KEK)
    assert entries(tmp_path) == {}


def test_FI06_a_store_that_fills_up_after_the_probe_is_named(ring: Ring, tmp_path: Path) -> None:
    assert ring("FullForKeys").probe()
    with pytest.raises(KeyringError, match="is full"):
        ring("FullForKeys").put(SERVICE, KEK)
    assert entries(tmp_path) == {}


def test_a_module_in_the_working_folder_is_not_imported(
    ring: Ring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("keyring.py", "json.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'caught')!r}, 'w')\nraise SystemExit")
    monkeypatch.chdir(tmp_path)
    ring("Good").put(SERVICE, KEK)
    assert not (tmp_path / "caught").exists()


def test_a_chain_writes_to_the_link_that_keeps_and_names_it(ring: Ring, tmp_path: Path) -> None:
    chain = ring("Chained")
    assert chain.probe() == f"{rings.PREFIX}Good"
    assert chain.put(SERVICE, KEK) == f"{rings.PREFIX}Good"
    assert chain.get(SERVICE, f"{rings.PREFIX}Good") == (f"{rings.PREFIX}Good", KEK)
    assert chain.get("kalshi-tui:demo:none", f"{rings.PREFIX}Good")[0] == f"{rings.PREFIX}Good"
    assert list(entries(tmp_path)) == [f"{SERVICE}|kalshi-tui"]


def test_a_secret_in_a_backends_error_or_output_does_not_come_out(ring: Ring) -> None:
    with pytest.raises(KeyringError) as caught:
        ring("Chatty").put(SERVICE, KEK)
    assert KEK not in str(caught.value)
    assert KEK not in repr(caught.value.__context__)


def test_a_child_that_cannot_be_started_is_one_sentence() -> None:
    with pytest.raises(KeyringError, match="failed"):
        SystemKeyring(command=["no-such-program"]).probe()


@pytest.mark.parametrize("said", ["", "[]", "nonsense", '{"fault": "never heard of"}'])
def test_a_child_that_answers_nonsense_is_one_sentence(said: str) -> None:
    command = [sys.executable, "-c", f"print({said!r})"]
    with pytest.raises(KeyringError, match="failed"):
        SystemKeyring(command=command).probe()


def test_the_secret_goes_through_the_pipe_and_not_through_arguments_or_variables(
    tmp_path: Path,
) -> None:
    seen = tmp_path / "seen"
    spy = f"import sys, os; open({str(seen)!r}, 'w').write(repr((sys.argv, dict(os.environ))))"
    with pytest.raises(KeyringError):
        SystemKeyring(command=[sys.executable, "-c", spy]).put(SERVICE, KEK)
    assert KEK not in seen.read_text()
    assert repr(SystemKeyring()) == "SystemKeyring()"


def test_the_probe_is_as_long_as_a_real_secret_and_deleted(ring: Ring, tmp_path: Path) -> None:
    with pytest.raises(KeyringError):
        ring("NoDelete").probe()
    ((name, value),) = entries(tmp_path).items()
    assert name.startswith(PROBE)
    assert len(value) == len(KEK)
