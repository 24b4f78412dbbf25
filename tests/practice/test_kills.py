"""kill -9 at any moment under load: whatever was acknowledged is there afterwards.

A small sample by default; `pytest -m simulation tests/practice/test_kills.py -s` kills a hundred
times and prints what was held against the exchange.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
import msgspec
import pytest

from kalshi_tui.practice.server import Ready
from tests.support.practice_live import Live, signers
from tests.support.witness import ORDERS, Witness, cash_from_fills, micro

REPOSITORY = Path(__file__).resolve().parents[2]
WAIT_S = 20
PROGRAM = (
    "import sys; from pathlib import Path; "
    "from kalshi_tui.practice.server import ServeConfig, main; "
    "sys.exit(main(ServeConfig(state=Path(sys.argv[1]), markets=4, rate=200.0, tier='unlimited')))"
)


@pytest.fixture
def spawn() -> Iterator["Spawn"]:
    """Starts exchanges; none outlives its test."""
    found = Spawn()
    yield found
    found.kill()


class Spawn:
    """One exchange at a time, in a process of its own."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, directory: Path) -> Ready:
        """Start an exchange and return its ready line."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(directory)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        assert self.process.stdout is not None
        return msgspec.json.decode(self.process.stdout.readline(), type=Ready)

    def kill(self) -> None:
        """End it as a power cut ends a program."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.communicate()
            self.process = None


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.simulation
async def test_a_kill_under_load_loses_nothing_that_was_acknowledged(
    tmp_path: Path, spawn: Spawn, request: pytest.FixtureRequest
) -> None:
    full = request.config.getoption("markexpr") == "simulation"
    kills, chance = (100 if full else 2), Random(20261122)
    witnesses = [Witness("ann", Random(1)), Witness("bob", Random(2))]
    lost: list[str] = []
    async with asyncio.timeout(WAIT_S * kills):
        for _ in range(kills):
            ready = spawn.start(tmp_path)
            lost += await _session(ready, witnesses, spawn, chance.uniform(0.02, 0.3))
        ready = spawn.start(tmp_path)
        lost += await _session(ready, witnesses, spawn, None)
        lost += await _wrong_cash(ready)
    told = sum(each.answers for each in witnesses), sum(each.frames for each in witnesses)
    held = f"{told[0]} answers and {told[1]} private frames held, {len(lost)} lost"
    sys.stdout.write(f"\n{kills} kills: {held}\n")
    assert lost == []
    assert min(told) > 5 * kills


async def _session(
    ready: Ready, witnesses: list[Witness], spawn: Spawn, seconds: float | None
) -> list[str]:
    """Compare what was told with what is there, then trade until the kill (None: do not)."""
    async with httpx.AsyncClient(trust_env=False) as http:
        live = Live(ready, http, signers(ready))
        truth = (await live.control("truth"))["accounts"]
        lost = []
        for witness, me in zip(witnesses, live.accounts, strict=False):
            lost += witness.missing(truth[me.key_id])
        if seconds is None:
            return lost
        tickers = [each for each in await _tickers(live) if not each.startswith("KXBTC15M")]
        tasks, listening = [], []
        for witness, me in zip(witnesses, live.accounts, strict=False):
            listening.append(asyncio.Event())
            tasks.append(asyncio.create_task(witness.listen(live, me, listening[-1])))
            tasks.append(asyncio.create_task(witness.trade(live, me, tickers)))
        await asyncio.gather(*(each.wait() for each in listening))
        await asyncio.sleep(seconds)
        spawn.kill()
        await asyncio.gather(*tasks)
        return lost


async def _wrong_cash(ready: Ready) -> list[str]:
    """Cancel what rests; then an account must have its deposits and what its fills moved."""
    async with httpx.AsyncClient(trust_env=False) as http:
        live = Live(ready, http, signers(ready))
        wrong = []
        for me in live.accounts[:2]:
            assert (await live.call("DELETE", ORDERS, me)).status_code == 204
            account = (await live.control("truth"))["accounts"][me.key_id]
            deposits = (await live.call("GET", "/portfolio/deposits", me)).json()["deposits"]
            deposited = sum(each["amount_cents"] for each in deposits) * 10_000
            expected = cash_from_fills(deposited, account["fills"][::-1])
            if micro(account["cash"]) != expected:
                wrong.append(f"cash {account['cash']} instead of {expected} micro-dollars")
        return wrong


async def _tickers(live: Live) -> list[str]:
    markets = (await live.call("GET", "/markets?status=open")).json()["markets"]
    return [each["ticker"] for each in markets]
