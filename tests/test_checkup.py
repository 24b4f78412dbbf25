"""`kalshi-tui doctor` as a command: what it prints, its JSON and its exit code."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kalshi_tui.checkup import Subject, doctor
from kalshi_tui.core.environments import DEMO, Environment
from kalshi_tui.keychain import Surroundings
from kalshi_tui.session.child import PracticeChild, practice_command
from kalshi_tui.session.custody import Custody
from kalshi_tui.session.keys import KeyringError
from kalshi_tui.session.vault import Protection
from tests.standin import stand_in


class NoKeyring:
    """A system without a keyring."""

    def probe(self) -> str:
        raise KeyringError("This system has no keyring.")

    def get(self, service: str, store: str = "") -> tuple[str, str | None]:
        raise KeyringError("This system has no keyring.")

    def put(self, service: str, secret: str) -> str:
        raise KeyringError("This system has no keyring.")

    def delete(self, service: str) -> bool:
        raise KeyringError("This system has no keyring.")


def look(
    home: Path, environment: Environment, *arguments: str, environ: Mapping[str, str]
) -> Result:
    here = Surroundings(
        home / "keys",
        home / "practice",
        environ,
        asks=False,
        keyring=NoKeyring(),
        environments={"demo": environment},
    )
    return CliRunner().invoke(
        doctor, ["--env", "demo", *arguments], obj=Subject(home / "state", here)
    )


NOBODY = stand_in(DEMO, "http://127.0.0.1:1/trade-api/v2", "ws://127.0.0.1:1/trade-api/ws/v2")


def test_without_key_keyring_and_exchange_each_line_says_what_to_do(tmp_path: Path) -> None:
    result = look(tmp_path, NOBODY, environ={})
    assert result.exit_code == 1
    assert "WARN  keyring: This system has no keyring." in result.stdout
    assert "--protect passphrase" in result.stdout
    said = "FAIL  key: No key is set up for DEMO\n      Run: kalshi-tui keys add --env demo\n"
    assert said in result.stdout
    assert "FAIL  REST: " in result.stdout
    assert "WARN  signature: not tried" in result.stdout
    assert "\x1b" not in result.stdout


def test_its_json_is_one_object_without_colour(tmp_path: Path) -> None:
    found = json.loads(look(tmp_path, NOBODY, "--json", environ={}).stdout)
    assert (found["environment"], found["passed"]) == ("demo", False)
    for each in found["checks"]:
        assert sorted(each) == ["cure", "detail", "name", "passed", "verdict"]
        assert each["verdict"] in ("pass", "warn", "fail")
        assert each["passed"] is (each["verdict"] != "fail")
        assert each["verdict"] == "pass" or each["cure"]


async def test_with_key_and_exchange_it_passes_and_prints_no_secret(tmp_path: Path) -> None:
    directory = tmp_path / "exchange"
    child = PracticeChild(directory, [*practice_command(directory), "--preset", "dead"])
    child.spawn()
    try:
        ready = await child.ready()
        environ = {
            "KALSHI_DEMO_KEY_ID": ready.key_id,
            "KALSHI_DEMO_KEY_FILE": str(ready.key_path),
        }
        demo = stand_in(DEMO, ready.rest_url, ready.socket_url)
        result = await asyncio.to_thread(look, tmp_path, demo, environ=environ)
    finally:
        child.kill()
    assert result.exit_code == 0, result.output
    assert "pass  signature: accepted: GET /trade-api/v2/portfolio/balance at" in result.stdout
    assert ready.key_id not in result.output
    assert ready.key_id[:8] in result.stdout
    for secret in ready.key_path.read_text().splitlines():
        assert secret not in result.output


def test_a_passphrase_that_nobody_can_be_asked_for_is_a_warning(tmp_path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    Custody(tmp_path / "keys", keyring=NoKeyring(), environ={}).add(
        "demo", "k-1", pem, protection=Protection.PASSPHRASE, passphrase="correct horse battery"
    )
    result = look(tmp_path, NOBODY, environ={})
    assert "WARN  key: The key k-1 is opened by its passphrase." in result.stdout
    assert "pass  keyring: none here, and the key does without" in result.stdout
