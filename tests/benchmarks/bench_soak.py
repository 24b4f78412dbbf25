"""Eight hours of books at 100 messages a second, as fast as they go, through the program.

`python -m tests.benchmarks.bench_soak [FRAMES]` prints, for each tenth of 2.9 million frames, its
seconds and the memory at its end. Real feed, engine, publisher, mailbox and screen in a pseudo-
terminal of 120x40; only the socket is missing: the frames are made in the session's thread. Aims:
memory flat after the first tenth, no tenth slower than the second.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from kalshi_tui.api.feed import Feed
from kalshi_tui.core import events as e
from kalshi_tui.core.commands import Command
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode, loopback_environment
from kalshi_tui.core.market import PUBLISHED_GRIDS, Market, MarketStatus
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import NO_COUNT
from kalshi_tui.session.clock import SystemClock
from kalshi_tui.session.desk import Desk
from kalshi_tui.session.loop import Loop
from kalshi_tui.session.mailbox import Mailbox
from kalshi_tui.session.publisher import Publisher
from kalshi_tui.session.vigil import Vigil
from kalshi_tui.ui.app import run
from tests.support.pty import Terminal

FRAMES = 2_900_000
TENTHS = 10
MARKETS = 12
BATCH = 50
TICKERS = [f"KXSOAK-26DEC-T{number:02d}" for number in range(MARKETS)]
SECOND = 1_000_000_000
_GAP = 987_654_321
"""Stands where a frame carries its number, which is the book's clock too."""


class Found(NamedTuple):
    """Seconds and resident kilobytes of each tenth."""

    seconds: list[float]
    memory_kb: list[int]

    @property
    def growth(self) -> float:
        """Memory at the end over that after the second tenth."""
        return self.memory_kb[-1] / self.memory_kb[1]

    @property
    def slowdown(self) -> float:
        """The last three tenths over the three after the first, at their best."""
        return min(self.seconds[-3:]) / min(self.seconds[1:4])


def opening() -> Iterator[bytes]:
    """Return the acknowledgements and a snapshot of each book."""
    for number, channel in enumerate(("orderbook_delta", "trade", "ticker"), 1):
        yield coded({"type": "subscribed", "id": number,
                     "msg": {"channel": channel, "sid": number}})  # fmt: skip
    for seq, ticker in enumerate(TICKERS, 1):
        sides = {
            f"{leg}_dollars_fp": [[f"0.{cents:02d}00", "5000.00"] for cents in prices]
            for leg, prices in (("yes", range(10, 50)), ("no", range(51, 91)))
        }
        body = {"market_ticker": ticker, "market_id": "0" * 36, "clock": 0, **sides}
        yield coded({"type": "orderbook_snapshot", "sid": 1, "seq": seq, "msg": body})


def coded(body: dict[str, object]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


def templates() -> list[tuple[int, int, bytes]]:
    """Return frames with gaps for the number: whatever comes into a book goes out again."""
    made = []
    for at in range(8_000):
        step = at % 4_000
        ticker, leg = TICKERS[step % MARKETS], ("yes", "no")[step // 2 % 2]
        cents = (10 if leg == "yes" else 51) + step // 7 % 40
        change = f"{'' if at < 4_000 else '-'}{1 + step % 90}.25"
        made.append((1, {"market_ticker": ticker, "market_id": "0" * 36, "clock": _GAP,
                         "price_dollars": f"0.{cents:02d}00", "delta_fp": change,
                         "side": leg, "ts_ms": 1_795_356_201_123 + at}))  # fmt: skip
        if at % 10 == 0:
            made.append((2, {"market_ticker": ticker, "trade_id": f"t{at}", "count_fp": "3.00",
                             "yes_price_dollars": "0.4900", "no_price_dollars": "0.5100",
                             "taker_side": leg, "ts": 1_795_356_201,
                             "ts_ms": 1_795_356_201_123 + at}))  # fmt: skip
    kinds = {1: "orderbook_delta", 2: "trade"}
    found = []
    for sid, body in made:
        whole = coded({"type": kinds[sid], "sid": sid, "seq": _GAP, "msg": body})
        gap = str(_GAP).encode()
        found.append((sid, whole.count(gap), whole.replace(gap, b"%d")))
    return found


class Soak:
    """A session whose socket never waits."""

    def __init__(self, mailbox: Mailbox, frames: int, report: Path) -> None:
        clock = self._clock = SystemClock()
        self._frames = frames
        self._report = report
        self._engine = Engine(mode=Mode.VIEW, limits=Limits())
        self._publisher = Publisher(
            self._engine,
            mailbox,
            clock,
            fps=60,
            call_later=lambda delay, call: asyncio.get_running_loop().call_later(delay, call),
        )
        self._loop = Loop(
            self._engine,
            run=lambda effects: None,
            publish=self._publisher.touch,
            notify=self._publisher.notify,
            vigil=Vigil(clock),
            lapsed=lambda lapse: None,
        )
        self._feed = Feed(jitter=lambda: 0.5, private=False)
        self._ending = asyncio.Event()

    def take(self, command: Command) -> None:
        self._loop.absorb(command)

    def stop(self, within_s: float) -> None:
        self._ending.set()

    async def run(self) -> None:
        """Play everything, then leave the program."""
        now = self._clock.mono_ns()
        self._feed.connecting(now)
        self._feed.want(TICKERS, now)
        self._feed.connected(now)
        grid = PUBLISHED_GRIDS["linear_cent"]
        self._loop.absorb(
            e.MarketsListed(
                tuple(
                    Market(ticker=ticker, event_ticker="KXSOAK-26DEC", title=clean_title("Soak"),
                           status=MarketStatus.ACTIVE, grid=grid, close_ns=now + (1 << 60),
                           fees_known=True, volume=NO_COUNT)
                    for ticker in TICKERS
                )
            )
        )  # fmt: skip
        self._hand_over(list(opening()))
        seconds, memory = await self._play()
        counters = self._feed.counters
        faults = counters.gaps + sum(counters.malformed.values())
        faults += sum(self._feed.status(each) is not e.BookStatus.LIVE for each in TICKERS)
        self._report.write_text(json.dumps([seconds, memory, faults]))
        os.kill(os.getpid(), 15)
        await self._ending.wait()

    async def _play(self) -> tuple[list[float], list[int]]:
        made, numbers = templates(), {1: MARKETS, 2: 0}
        seconds: list[float] = []
        memory: list[int] = []
        done = at = 0
        for tenth in range(1, TENTHS + 1):
            began = self._clock.mono_ns()
            while done < self._frames * tenth // TENTHS:
                batch = []
                for _ in range(BATCH):
                    sid, gaps, frame = made[at]
                    at = (at + 1) % len(made)
                    numbers[sid] += 1
                    batch.append(frame % ((numbers[sid],) * gaps))
                self._hand_over(batch)
                done += BATCH
                # The screen gets its turns, as between two reads of a socket.
                await asyncio.sleep(0)
            seconds.append((self._clock.mono_ns() - began) / SECOND)
            memory.append(resident_kb())
        return seconds, memory

    def _hand_over(self, frames: list[bytes]) -> None:
        now = self._clock.mono_ns()
        self._feed.receive_all(frames, now)
        self._feed.outgoing()
        if self._feed.take_ping(now):
            self._feed.ponged(now)
        self._loop.absorb(*self._feed.facts())


def resident_kb() -> int:
    """Return the resident memory of this process (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def measure(frames: int) -> Found:
    """Run the soak in a terminal of its own."""
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "tests.benchmarks.bench_soak", str(frames), str(report)]
        with Terminal.run(command, columns=120, lines=40, env={}) as terminal:
            while terminal.process.poll() is None:
                terminal.read(1.0)
                del terminal.output[:-4_000]
        if not report.exists():
            raise RuntimeError(bytes(terminal.output).decode(errors="replace"))
        seconds, memory, gaps = json.loads(report.read_text())
    if gaps:
        raise RuntimeError(f"{gaps} faults of the feed where there are none")
    return Found(seconds, memory)


def child(frames: int, report: Path) -> None:
    """Run the program over the session above."""
    environment = loopback_environment("http://127.0.0.1:1", "ws://127.0.0.1:1")
    desk = Desk(
        environment,
        Limits(),
        Mailbox(),
        lambda mailbox: Soak(mailbox, frames, report),
        clock=SystemClock(),
    )
    run(desk, market=TICKERS[0])


def main() -> None:
    if len(sys.argv) > 2:
        child(int(sys.argv[1]), Path(sys.argv[2]))
        return
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES
    found = measure(frames)
    for tenth, (seconds, memory) in enumerate(zip(*found, strict=True), 1):
        rate = frames / TENTHS / seconds
        print(f"{tenth * 10:>4} %: {seconds:7.2f} s {rate:>9,.0f} frames/s {memory:>9,} kB")
    print(
        f"memory {found.growth:.3f} times that of the second tenth (aim 1.02), "
        f"time {found.slowdown:.2f} times (aim 1.1)"
    )


if __name__ == "__main__":
    main()
