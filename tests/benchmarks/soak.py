"""Real sockets for minutes: every stream fault that the exchange knows, books against the truth.

Run by hand: `python -m tests.benchmarks.soak --minutes 10`. The real connection, feed and
engine follow every market while faults come and go; at every calm point (faults off, the exchange's
clock paused) each book has to be LIVE and equal, level by level, to what the exchange says. Prints
the counts of gaps, repairs and reconnects; ends with 1 at the first book that does not agree.
"""

import argparse
import asyncio
import json
import random
import sys
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kalshi_tui.api.feed import Feed
from kalshi_tui.api.quarantine import Patience
from kalshi_tui.api.socket import open_socket
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import parse_count, parse_price
from kalshi_tui.session.child import PracticeChild, ReadyExchange, practice_command
from kalshi_tui.session.clock import SystemClock
from kalshi_tui.session.connection import Connection
from kalshi_tui.session.keys import read_signer

RAGE_S = 10.0
CALM_S = 45.0
"""How long the books may take to agree once nothing is wrong any more: a full repair ladder."""

PATIENCE = Patience(gaps=1_000_000, connections=1_000_000)
"""Without end: quarantined books would be polled, and the stream is what is tried here."""

STREAM_FAULTS: dict[str, dict[str, object]] = {
    "drop_frame": {"p": 0.002},
    "duplicate_frame": {"p": 0.002},
    "swap_frames": {"p": 0.002},
    "delay_frame": {"p": 0.002, "ms": 300},
    "lose_snapshot": {"count": 3},
    "unnumbered_ok": {"p": 0.5},
    "renumber": {"count": 1},
    "trade_before_delta": {"p": 0.05},
    "crossed_burst": {"count": 1},
    "burst": {"count": 1, "n": 500},
    "overflow": {"count": 1},
    "ws_error": {"count": 1, "code": 18},
    "stall": {"count": 1, "ms": 4_000},
    "silent_sid": {"count": 1, "ms": 4_000},
    "no_ping": {"for_ms": 5_000},
    "half_open": {"count": 1},
    "close": {"count": 1},
    "reset": {"count": 1},
    "reject_handshake": {"count": 1, "status": 503},
    "bad_json": {"count": 1},
    "huge_frame": {"count": 1, "bytes": 2_000_000},
    "unknown_type": {"p": 0.002},
    "new_field": {"p": 0.002},
    "unknown_enum": {"count": 1},
    "drop_private": {"p": 0.2},
}
"""What is switched on, for those of these that the exchange knows. `missing_field` and its like are
left out: they make a market read-only by design."""


class Soak:
    """One run."""

    def __init__(self, exchange: ReadyExchange, chance: random.Random) -> None:
        self._exchange = exchange
        self._chance = chance
        self._clock = SystemClock()
        self._engine = Engine(mode=Mode.VIEW, limits=Limits())
        signer = read_signer(exchange.key_id, exchange.key_path)
        self.connection = Connection(
            Feed(jitter=chance.random, patience=PATIENCE),
            lambda on_life: open_socket(
                exchange.socket_url,
                lambda path: signer.headers("GET", path, self._clock.wall_ns() // 1_000_000),
                on_life=on_life,
            ),
            absorb=self._absorb,
            sweep=lambda: None,
            clock=self._clock,
            draw=chance.random,
        )
        self.deltas = 0
        self.levels = 0
        self.posted: Counter[str] = Counter()

    def _absorb(self, *facts: e.Fact) -> None:
        self._engine.handle(e.Tick(self._clock.mono_ns(), self._clock.wall_ns()))
        for fact in facts:
            self.deltas += len(fact.rows) if isinstance(fact, e.BookChanges) else 0
            for effect in self._engine.handle(fact):
                if isinstance(effect, fx.RepairBook):
                    self.connection.repair(effect.ticker, effect.reason, by_audit=effect.by_audit)

    async def known_faults(self) -> list[str]:
        """Ask the exchange which of the stream faults it knows."""
        answer = await self._control("POST", "/faults", {"fault": "none"})
        words = json.dumps(answer).replace(",", " ").replace(".", " ").replace('"', " ").split()
        return [name for name in STREAM_FAULTS if name in words]

    async def rage(self, faults: list[str]) -> None:
        """Switch faults on at random for a while."""
        for _ in range(5):
            name = self._chance.choice(faults)
            self.posted[name] += 1
            await self._control("POST", "/faults", {"fault": name, **STREAM_FAULTS[name]})
            await asyncio.sleep(RAGE_S / 5)

    async def calm(self) -> str:
        """Return what still differs from the truth when time is up, or an empty string."""
        await self._control("DELETE", "/faults")
        await self._control("POST", "/clock", {"action": "pause"})
        end_ns = self._clock.mono_ns() + round(CALM_S * 1e9)
        problem = "nothing was compared"
        while problem and self._clock.mono_ns() < end_ns:
            await asyncio.sleep(0.2)
            problem = self._difference(await self._control("GET", "/truth"))
        await self._control("POST", "/clock", {"action": "resume"})
        return problem

    def _difference(self, truth: Any) -> str:
        levels = 0
        for ticker, market in truth["markets"].items():
            state = self._engine._state.board.states.get(ticker)
            if state is None or state.status is not e.BookStatus.LIVE:
                return f"{ticker} is {state.status.value if state else 'absent'}"
            bids = {parse_price(price): parse_count(count) for price, count in market["yes"]}
            asks = {
                10_000 - parse_price(price): parse_count(count) for price, count in market["no"]
            }
            if dict(state.book.levels(BookSide.BID)) != bids:
                return f"{ticker}: the bids differ"
            if dict(state.book.levels(BookSide.ASK)) != asks:
                return f"{ticker}: the asks differ"
            levels += len(bids) + len(asks)
        self.levels += levels
        return ""

    async def markets(self) -> list[str]:
        return list((await self._control("GET", "/truth"))["markets"])

    async def _control(self, method: str, path: str, body: object = None) -> Any:
        return await asyncio.to_thread(self._call, method, path, body)

    def _call(self, method: str, path: str, body: object) -> Any:
        request = urllib.request.Request(
            self._exchange.rest_url.replace("/trade-api/v2", f"/practice{path}"),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            text = error.read()
        return json.loads(text) if text else None


async def run(child: PracticeChild, minutes: float, seed: int) -> int:
    """Run one soak; return the exit code."""
    soak = Soak(await child.ready(), random.Random(seed))
    clock = SystemClock()
    carrying = asyncio.create_task(soak.connection.run())
    soak.connection.want(await soak.markets())
    faults = await soak.known_faults()
    print(f"seed {seed}, faults: {', '.join(faults)}", flush=True)
    begun_ns, calms, problem = clock.mono_ns(), 0, ""
    while not problem and clock.mono_ns() - begun_ns < minutes * 60e9:
        await soak.rage(faults)
        problem = await soak.calm()
        calms += not problem
    seconds = (clock.mono_ns() - begun_ns) / 1e9
    report = soak.connection.report()
    carrying.cancel()
    await asyncio.wait({carrying})
    print(f"{seconds:.0f} s, {soak.deltas:,} deltas ({soak.deltas / seconds:,.0f}/s)")
    print(f"faults switched on: {dict(soak.posted)}")
    print(
        f"gaps {report.gaps}, repairs {report.repairs}, reconnects {report.reconnects}, "
        f"frames {report.frames:,}"
    )
    print(f"other counts: {dict(report.counts)}, malformed {dict(report.malformed)}")
    print(f"calm points {calms}, levels compared {soak.levels:,}; {problem or 'all equal'}")
    return 1 if problem else 0


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=1_000, help="deltas a second over all markets")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory() as directory:
        state = Path(directory)
        command = [*practice_command(state), "--rate", str(options.rate)]
        child = PracticeChild(state, command)
        child.spawn()
        try:
            return asyncio.run(run(child, options.minutes, options.seed))
        finally:
            child.kill()


if __name__ == "__main__":
    sys.exit(main())
