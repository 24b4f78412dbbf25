"""Real sockets for minutes: every stream fault that the exchange knows, books against the truth.

Run by hand: `python -m tests.benchmarks.soak --minutes 10`. The real connection, feed and
engine follow every market while faults come and go; at every calm point (faults off, the exchange's
clock paused) each book has to be LIVE and equal, level by level, to what the exchange says. Prints
the counts of gaps, repairs and reconnects; ends with 1 at the first book that does not agree.
`--each` switches every fault on once, alone, and prints what it did; `--usual-patience` lets the
feed leave the stream after as many faults as on any other day.
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

from kalshi_tui.api.books import AUDIT_EVERY_NS
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
ALONE_S = 3.0
"""How long one fault is left alone with the stream, with `--each`."""
CALM_S = 45.0
"""How long the books may take to agree once nothing is wrong any more: a full repair ladder."""

PATIENCE = Patience(gaps=1_000_000, connections=1_000_000)
"""Without end: quarantined books would be polled, and the stream is what is tried here."""

USUAL = Patience()

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
    "second_sid": {"for_ms": 4_000},
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
    "missing_field": {"count": 1},
    "rename_field": {"count": 1},
    "unknown_enum": {"count": 1},
    "six_decimals": {"count": 1},
    "drop_private": {"p": 0.2},
    "fill_rest_only": {"p": 0.2},
    "duplicate_fill": {"p": 0.2},
}
"""Every fault of a stream, with what it is switched on with."""


class Soak:
    """One run."""

    def __init__(
        self,
        exchange: ReadyExchange,
        chance: random.Random,
        patience: Patience = PATIENCE,
        audit_every_ns: int = AUDIT_EVERY_NS,
    ) -> None:
        self._exchange = exchange
        self._chance = chance
        self._clock = SystemClock()
        self._engine = Engine(mode=Mode.VIEW, limits=Limits())
        signer = read_signer(exchange.key_id, exchange.key_path)
        self.connection = Connection(
            Feed(
                jitter=chance.random,
                patience=patience,
                lifecycle=True,
                audit_every_ns=audit_every_ns,
            ),
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
        self._bag: list[str] = []

    def _absorb(self, *facts: e.Fact) -> None:
        self._engine.handle(e.Tick(self._clock.mono_ns(), self._clock.wall_ns()))
        for fact in facts:
            self.deltas += len(fact.rows) if isinstance(fact, e.BookChanges) else 0
            for effect in self._engine.handle(fact):
                if isinstance(effect, fx.RepairBook):
                    self.connection.repair(effect.ticker, effect.reason, by_audit=effect.by_audit)

    async def rage(self) -> None:
        """Switch faults on for a while, in any order and each as often as the others."""
        for _ in range(5):
            if not self._bag:
                self._bag = self._chance.sample(list(STREAM_FAULTS), len(STREAM_FAULTS))
            await self.switch_on(self._bag.pop())
            await asyncio.sleep(RAGE_S / 5)

    async def switch_on(self, name: str) -> None:
        """Switch one fault on. Fails where the exchange does not take it."""
        self.posted[name] += 1
        answer = await self._control("POST", "/faults", {"fault": name, **STREAM_FAULTS[name]})
        assert "id" in answer, f"{name}: {answer}"

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

    async def stir(self) -> None:
        """Let one market go and want it again: commands, acknowledgements and a first snapshot."""
        wanted = await self.markets()
        self.connection.want(wanted[1:])
        await asyncio.sleep(0.5)
        self.connection.want(wanted)

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


async def run(child: PracticeChild, options: argparse.Namespace) -> int:
    """Run one soak; return the exit code."""
    patience = USUAL if options.usual_patience else PATIENCE
    soak = Soak(await child.ready(), random.Random(options.seed), patience)
    clock = SystemClock()
    carrying = asyncio.create_task(soak.connection.run())
    soak.connection.want(await soak.markets())
    print(f"seed {options.seed}, faults: {', '.join(STREAM_FAULTS)}", flush=True)
    begun_ns, calms = clock.mono_ns(), 0
    problem = await soak.calm()
    if options.each:
        problem, calms = await each_alone(soak)
    while not (problem or options.each) and clock.mono_ns() - begun_ns < options.minutes * 60e9:
        await soak.rage()
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
    never = STREAM_FAULTS.keys() - soak.posted.keys()
    if never:
        print(f"too short for all of them, never on: {', '.join(sorted(never))}")
    return 1 if problem else 0


async def each_alone(soak: Soak) -> tuple[str, int]:
    """Switch every fault on by itself; return what differed and how many calm points held."""
    before = soak.connection.report()
    for calms, name in enumerate(STREAM_FAULTS):
        await soak.switch_on(name)
        await soak.stir()
        await asyncio.sleep(ALONE_S)
        problem = await soak.calm()
        now = soak.connection.report()
        print(
            f"{name:20} gaps {now.gaps - before.gaps:4}  repairs {now.repairs - before.repairs:4}  "
            f"reconnects {now.reconnects - before.reconnects:2}  {problem or 'equal'}",
            flush=True,
        )
        if problem:
            return f"{name}: {problem}", calms
        before = now
    return "", len(STREAM_FAULTS)


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=1_000, help="deltas a second over all markets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", action="store_true", help="every fault once, by itself")
    parser.add_argument("--usual-patience", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as directory:
        state = Path(directory)
        command = [*practice_command(state), "--rate", str(options.rate)]
        child = PracticeChild(state, command)
        child.spawn()
        try:
            return asyncio.run(run(child, options))
        finally:
            child.kill()


if __name__ == "__main__":
    sys.exit(main())
