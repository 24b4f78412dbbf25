"""What the practice exchange bears on this machine: one table of delays, round trips and memory.

Run it by hand: `python -m tests.benchmarks.bench_exchange`; `--only start --only matching` picks
rows, `--seconds` and `--minutes` shorten the loads. The exchange runs with `--state`, so that every
order waits for the disk. The exchange, the reader of the feed and the
one who trades are processes of their own, as in life. Delays are receipt minus the delta's own
stamp, both by this machine's clock. The exit code says whether every aim was met.
"""

import asyncio
import contextlib
import dataclasses
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import click
import httpx
import msgspec

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.listings import catalogue
from kalshi_tui.practice.orders import NewOrder
from kalshi_tui.practice.server import Ready, ServeConfig
from kalshi_tui.practice.server import main as serve
from tests.support.exchange_world import NOW, listing
from tests.support.practice_bench import Signer, terms
from tests.support.practice_live import Live, say, signers

REPOSITORY = Path(__file__).resolve().parents[2]
ORDERS = "/portfolio/events/orders"

HOT = 10
HOT_RATE = 100.0
CALM = 500
CALM_RATE = 2.0
FLOOD = 2_000.0
RESTING = 10_000


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    found: str
    aim: str
    is_met: bool


@click.command()
@click.option("--only", "chosen", multiple=True, help="Only these parts.")
@click.option("--seconds", default=60, help="How long each load lasts.")
@click.option("--minutes", default=10.0, help="How long the memory is watched.")
def main(chosen: tuple[str, ...], seconds: int, minutes: float) -> None:
    """Measure and print."""
    parts: dict[str, Callable[[], list[Row]]] = {
        "start": measure_start,
        "matching": measure_matching,
        "flood": lambda: measure_flood(seconds),
        "profile": lambda: measure_profile(seconds, seconds),
        "resting": measure_resting,
        "memory": lambda: measure_profile(max(10, round(minutes * 60)), 0),
    }
    failed = False
    for name in chosen or parts:
        for row in parts[name]():
            failed |= not row.is_met
            verdict = "ok" if row.is_met else "MISSED"
            print(f"{row.what:<58} {row.found:<34} {row.aim:<22} {verdict}", flush=True)
    sys.exit(failed)


# ------------------------------------------------------------------------------------- processes


@contextlib.contextmanager
def exchange(config: ServeConfig) -> Iterator[Ready]:
    """Run an exchange in a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "ready.json"
        context = multiprocessing.get_context("spawn")
        # With --state: what is measured includes the disk.
        state = Path(directory) / "state"
        settings = dataclasses.replace(config, ready_file=file, state=state)
        process = context.Process(target=_serve, args=(settings,))
        process.start()
        try:
            while not file.exists():
                if not process.is_alive():
                    raise SystemExit("the exchange did not start")
                time.sleep(0.01)
            yield msgspec.json.decode(file.read_bytes(), type=Ready)
        finally:
            process.terminate()
            process.join()


def _serve(config: ServeConfig) -> None:
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for the life of the process
    sys.exit(serve(config))


@contextlib.contextmanager
def reader(ready: Ready) -> Iterator[Connection]:
    """Read everything in a process of its own; the connection hands out its figures when asked."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_read, args=(ready, theirs))
    process.start()
    ours.recv()
    try:
        yield ours
    finally:
        process.terminate()
        process.join()


class _Message(msgspec.Struct):
    ts: str = ""
    ts_ms: int = 0


class _Frame(msgspec.Struct):
    type: str
    msg: msgspec.Raw = msgspec.Raw(b"null")


def _read(ready: Ready, pipe: Connection) -> None:
    asyncio.run(_read_all(ready, pipe))


async def _read_all(ready: Ready, pipe: Connection) -> None:
    """Subscribe to everything and note the delay of each delta, in ms since the start."""
    frame, message = msgspec.json.Decoder(_Frame), msgspec.json.Decoder(_Message)
    delays: list[tuple[float, float]] = []
    async with (
        trader(ready, 1) as (live, me),
        live.connect(me, max_size=None, max_queue=None) as feed,
    ):
        tickers = await all_tickers(live)
        channels = ["orderbook_delta", "trade", "ticker", "fill", "user_orders", "market_positions"]
        await say(feed, "subscribe", channels=channels, market_tickers=tickers)
        pipe.send("reading")
        begun = time.time()
        while True:
            data = await feed.recv(decode=False)
            if not data.startswith(b'{"type":"orderbook_delta"'):
                continue
            now = time.time()
            stamp = message.decode(frame.decode(data).msg).ts
            delays.append((now - begun, now - _seconds(stamp)))
            if pipe.poll():
                pipe.recv()
                pipe.send(delays)


def _seconds(stamp: str) -> float:
    """Return the Unix time of an RFC 3339 stamp."""
    return datetime.fromisoformat(stamp).timestamp()


@contextlib.asynccontextmanager
async def trader(ready: Ready, number: int) -> AsyncIterator[tuple[Live, Signer]]:
    """Return a client of the exchange and one of its accounts."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        live = Live(ready, http, signers(ready))
        yield live, live.accounts[number]


async def all_tickers(live: Live) -> list[str]:
    """Return every open market, page by page."""
    found: list[str] = []
    cursor = ""
    while True:
        page = (await live.call("GET", f"/markets?limit=1000&status=open&cursor={cursor}")).json()
        found += [each["ticker"] for each in page["markets"]]
        cursor = page["cursor"]
        if not cursor:
            return found


# ----------------------------------------------------------------------------------------- parts


def measure_start() -> list[Row]:
    """From the start of the process to the ready line."""
    rows = []
    for what, options, aim in (
        ("start to ready, default", [], 0.8),
        ("start to ready, 500 markets", ["--markets", "500"], 1.5),
    ):
        took = statistics.median(_start(options) for _ in range(5))
        rows.append(Row(what, f"{took:.2f} s", f"<= {aim} s", took <= aim))
    return rows


def _start(options: Sequence[str]) -> float:
    command = [sys.executable, "-m", "kalshi_tui", "exchange", *options]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        process.stdout.readline()
        took = time.perf_counter() - begun
        process.terminate()
    return took


def measure_matching() -> list[Row]:
    """Orders a second through the whole rulebook, in this process, without a server."""
    chance, count = Random(7), 100_000
    world = Exchange()
    world.list_market(listing(), NOW)
    world.open_house("crowd")
    orders = []
    for _ in range(count):
        side = chance.choice((BookSide.BID, BookSide.ASK))
        middle = 50 - 6 if side is BookSide.BID else 50 + 6
        cents = min(99, max(1, round(chance.gauss(middle, 4))))
        size = Count(chance.randrange(1, 50) * 100)
        orders.append(NewOrder("RAIN", side, Price(cents * 100), size))
    begun = time.perf_counter()
    for number, order in enumerate(orders):
        world.place("crowd", order, NOW)
        if number % 1_000 == 0:
            world.take_happenings()
    rate = count / (time.perf_counter() - begun)
    return [Row("matching in process", f"{rate:,.0f} orders/s", ">= 50,000/s", rate >= 50_000)]


def measure_flood(seconds: int) -> list[Row]:
    """2,000 deltas a second over the written catalogue, one client subscribed to everything."""
    with exchange(_config(rate=FLOOD)) as ready, reader(ready) as pipe:
        time.sleep(seconds)
        delays = _delays(pipe)
    return _delay_rows(f"default markets, {FLOOD:,.0f} deltas/s", delays, seconds)


def measure_profile(seconds: int, trade_seconds: int) -> list[Row]:
    """500 markets x 2/s and 10 x 100/s; somebody trades all the while."""
    label = f"{CALM} x {CALM_RATE:g}/s + {HOT} x {HOT_RATE:g}/s"
    with exchange(_config(markets=CALM + HOT, rates=_rates())) as ready, reader(ready) as pipe:
        if not trade_seconds:
            return _watch_memory(ready.pid, pipe, label, seconds)
        trips = asyncio.run(_trade(ready, trade_seconds))
        delays = _delays(pipe)
    rows = _delay_rows(label, delays, seconds)
    for what, times in trips.items():
        rows.append(_trip_row(f"{label}: {what}", times, 15.0))
    return rows


def _watch_memory(pid: int, pipe: Connection, label: str, seconds: int) -> list[Row]:
    # Until the bounded histories (tape, clocks of the crowd) are full, they grow to their bound.
    warm = min(300, seconds // 2)
    time.sleep(warm)
    _delays(pipe)
    before = _resident(pid)
    time.sleep(seconds)
    after = _resident(pid)
    growth = (after - before) / before * 100
    return [
        Row(
            f"{label}: memory over {seconds / 60:g} min (after {warm} s)",
            f"{before:.0f} -> {after:.0f} MB ({growth:+.1f} %)",
            "flat (<= +5 %)",
            growth <= 5.0,
        )
    ]


def _resident(pid: int) -> float:
    """Return a process's resident megabytes."""
    found = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True, text=True
    )
    return int(found.stdout) / 1024


def measure_resting() -> list[Row]:
    """10,000 orders of one account rest; what do one more, one fewer and a question cost?"""
    with exchange(_config()) as ready:
        return asyncio.run(_rest_many(ready))


async def _rest_many(ready: Ready) -> list[Row]:
    create: list[float] = []
    cancel: list[float] = []
    ask: list[float] = []
    async with trader(ready, 0) as (live, me):
        tickers = await all_tickers(live)
        ids = []
        for number in range(RESTING):
            order = terms(ticker=tickers[number % len(tickers)], price="0.0100", count="0.01")
            ids.append((await live.call("POST", ORDERS, me, order)).json()["order_id"])
        for number in range(500):
            order = terms(ticker=tickers[number % len(tickers)], price="0.0100", count="0.01")
            begun = time.perf_counter()
            new = (await live.call("POST", ORDERS, me, order)).json()["order_id"]
            create.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            path = f"/portfolio/orders/{ids[number * 17]}/queue_position"
            assert (await live.call("GET", path, me)).status_code == 200
            ask.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            path = f"{ORDERS}/{new}?market_ticker={order['ticker']}"
            assert (await live.call("DELETE", path, me)).status_code == 200
            cancel.append(time.perf_counter() - begun)
    label = f"{RESTING:,} resting orders of one account"
    return [
        _trip_row(f"{label}: create", create, 5.0),
        _trip_row(f"{label}: queue position", ask, 5.0),
        _trip_row(f"{label}: cancel", cancel, 5.0),
    ]


async def _trade(ready: Ready, seconds: int) -> dict[str, list[float]]:
    """Create and cancel some thirty orders a second and time each answer."""
    trips: dict[str, list[float]] = {"create": [], "cancel": []}
    async with trader(ready, 0) as (live, me):
        tickers = await all_tickers(live)
        end = time.perf_counter() + seconds
        number = 0
        while time.perf_counter() < end:
            number += 1
            order = terms(ticker=tickers[number % len(tickers)], price="0.0100", count="1.00")
            begun = time.perf_counter()
            answer = await live.call("POST", ORDERS, me, order)
            trips["create"].append(time.perf_counter() - begun)
            assert answer.status_code == 201, answer.text
            await asyncio.sleep(0.02)
            begun = time.perf_counter()
            path = f"{ORDERS}/{answer.json()['order_id']}?market_ticker={order['ticker']}"
            assert (await live.call("DELETE", path, me)).status_code == 200
            trips["cancel"].append(time.perf_counter() - begun)
            await asyncio.sleep(0.02)
    return trips


# --------------------------------------------------------------------------------------- figures


def _config(**changes: object) -> ServeConfig:
    return ServeConfig(tier="unlimited", **changes)  # type: ignore[arg-type]


def _rates() -> dict[str, float]:
    """Return the wanted deltas a second by ticker. The 15-minute market's name is not stable."""
    listed = catalogue(time.time_ns(), markets=CALM + HOT).markets
    tickers = [each.listing.ticker for each in listed]
    rates = dict.fromkeys(tickers, CALM_RATE)
    rates.update(dict.fromkeys(tickers[:HOT], HOT_RATE))
    return rates


def _delays(pipe: Connection) -> list[tuple[float, float]]:
    pipe.send("figures")
    found: list[tuple[float, float]] = pipe.recv()
    return found


def _delay_rows(label: str, delays: list[tuple[float, float]], seconds: int) -> list[Row]:
    last = delays[-1][0]
    early = [delay for at, delay in delays if at <= 10]
    late = [delay for at, delay in delays if at >= last - 10]
    rate = len(delays) / last
    p99 = _quantile(early, 0.99), _quantile(late, 0.99)
    found = (
        f"p50 {_ms(early, 0.5)} -> {_ms(late, 0.5)}, p99 {_ms(early, 0.99)} -> {_ms(late, 0.99)} ms"
    )
    grows = p99[1] > max(2 * p99[0], p99[0] + 0.050)
    return [
        Row(
            f"{label}: delivered over {last:.0f} s",
            f"{rate:,.0f} deltas/s",
            ">= 1,900/s",
            rate >= 1_900,
        ),
        Row(f"{label}: delay, first -> last 10 s", found, "no growth", not grows),
    ]


def _trip_row(what: str, times: list[float], aim_ms: float) -> Row:
    found = f"p50 {_ms(times, 0.5)}, p99 {_ms(times, 0.99)} ms (n={len(times)})"
    return Row(what, found, f"p99 <= {aim_ms:g} ms", _quantile(times, 0.99) * 1000 <= aim_ms)


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _ms(values: Sequence[float], share: float) -> str:
    return f"{_quantile(values, share) * 1000:.1f}"


if __name__ == "__main__":
    main()
