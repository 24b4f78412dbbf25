"""The practice exchange is started, started again, and ended, whatever it does."""

import asyncio
import os
import sys
import threading
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import unsealed
from kalshi_tui.core.environments import DEMO
from kalshi_tui.core.events import ConnectionState
from kalshi_tui.core.views import Pane, StatusView
from kalshi_tui.session.build import build
from kalshi_tui.session.child import PracticeChild
from kalshi_tui.session.custody import Custody
from kalshi_tui.session.venue import RESTART_S, KalshiVenue, PracticeVenue
from tests.support.keystore import MemoryStore

FAKE = """
import json, os, sys
from pathlib import Path
state = Path(sys.argv[1])
tries = state / "tries"
count = len(tries.read_text()) if tries.exists() else 0
tries.write_text("x" * (count + 1))
if count < int(sys.argv[2]):
    raise SystemExit("not yet")
account = {"key_id": "key", "private_key_path": str(state / "key.pem")}
print(json.dumps({
    "rest": "http://127.0.0.1:1/trade-api/v2", "ws": "ws://127.0.0.1:2/x",
    "control": "", "accounts": [account] * 3, "pid": os.getpid(),
}), flush=True)
sys.stdin.read()
"""
SILENT = "import sys; sys.stdin.read()"


class Stage:
    def __init__(self, directory: Path, fail: int) -> None:
        directory.mkdir()
        key = directory / "key.pem"
        key.touch(0o600)
        key.write_bytes(
            Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        command = [sys.executable, "-c", FAKE, str(directory), str(fail)]
        self.child = PracticeChild(directory, command)
        self.child.spawn()
        self.slept: list[float] = []
        self.told: list[str] = []
        self.back = asyncio.Event()
        self.venue = PracticeVenue(self.child, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def test_the_exchange_is_opened_with_the_key_that_it_names(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "state", fail=0)
    access = await stage.venue.open(stage.told.append)
    assert access.environment.rest_url == "http://127.0.0.1:1/trade-api/v2"
    assert access.key.signer.key_id == "key"
    assert stage.told == []
    await stage.venue.close(1)


async def test_a_start_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "state", fail=2)
    await stage.venue.open(stage.told.append)
    assert len(stage.told) == 2
    assert "exchange.log" in stage.told[0]
    assert stage.slept == list(RESTART_S[:2])
    await stage.venue.close(1)


async def test_a_death_is_told_and_the_exchange_comes_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "state", fail=0)
    await stage.venue.open(stage.told.append)
    first = stage.child.pid
    keeping = asyncio.create_task(stage.venue.keep(stage.told.append, stage.back.set))
    assert first is not None
    os.kill(first, 9)
    async with asyncio.timeout(10):
        await stage.back.wait()
    assert stage.child.pid not in (None, first)
    assert "started again" in stage.told[0]
    keeping.cancel()
    await asyncio.wait({keeping})
    await stage.venue.close(1)


def test_closing_does_not_wait_for_an_exchange_that_never_gets_ready(tmp_path: Path) -> None:
    child = PracticeChild(tmp_path / "state", [sys.executable, "-c", SILENT])
    child.spawn()
    desk, woken = build(state_dir=tmp_path, child=child), threading.Event()
    desk.start(woken.set)
    assert woken.wait(10)
    status = desk.take().views[Pane.STATUS, ""]
    assert isinstance(status, StatusView)
    assert status.connection is ConnectionState.CONNECTING
    assert status.connection_reason == "starting the practice exchange"
    desk.close()
    assert child.pid is None
    assert not [each for each in threading.enumerate() if each.name == "session"]


async def test_FI19_a_key_file_that_changes_is_told_once_and_the_loaded_key_stays(
    tmp_path: Path,
) -> None:
    path = tmp_path / "key.pem"
    path.touch(0o600)
    path.write_bytes(unsealed(Ed25519PrivateKey.generate()))
    names = {"KALSHI_DEMO_KEY_ID": "mine", "KALSHI_DEMO_KEY_FILE": str(path)}
    custody = Custody(tmp_path / "keys", keyring=MemoryStore(), environ=names)
    told: list[str] = []
    looks = 0

    async def sleep(_: float) -> None:
        nonlocal looks
        looks += 1
        assert told == []
        if looks == 3:
            path.write_bytes(unsealed(Ed25519PrivateKey.generate()) + b"\n")

    venue = KalshiVenue(DEMO, lambda environment: custody.signer(environment.name), sleep)
    access = await venue.open(told.append)
    await venue.keep(told.append, lambda: None)
    assert looks == 3
    assert [str(path) in words and "goes on with the key" in words for words in told] == [True]
    assert access.key.signer.flaw() is None
    path.unlink()
    assert access.key.signer.key_id == "mine"
