"""The feed on a real socket: 20,000 frames a second, and 1,000 markets from nothing to LIVE.

`python -m tests.benchmarks.bench_socket`. The server is a process of its own that writes frames
made beforehand; what is measured is the client: how far behind it falls, how long 1,000 books take
to be LIVE again after a reconnect, and the memory they need.
"""

import asyncio
import json
import multiprocessing
import resource
import time
from multiprocessing.connection import Connection
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from kalshi_tui.api.feed import Feed
from kalshi_tui.api.socket import Socket, SocketError, open_socket
from kalshi_tui.core.book import Book
from kalshi_tui.core.events import BookChanges, BookSnapshot, BookStatus, BookStatusChanged

RATE = 20_000
SECONDS = 5
MARKETS = 1_000
LEVELS = 30
BEHIND_AIM_MS = 100
LIVE_AIM_S = 3.0
MEMORY_AIM_MB = 150
_BATCH = 40


def raw(frame: dict[str, Any]) -> bytes:
    """Return a text frame as a server writes it on the wire."""
    body = json.dumps(frame, separators=(",", ":")).encode() + b"\n"
    size = bytes([len(body)]) if len(body) < 126 else b"\x7e" + len(body).to_bytes(2, "big")
    return b"\x81" + size + body


def snapshot(ticker: str, seq: int) -> bytes:
    """Return a whole book of 30 levels a side."""
    body: dict[str, Any] = {"market_ticker": ticker, "market_id": "0" * 36, "clock": 0}
    body["yes_dollars_fp"] = [[f"0.{cents:02d}00", "900.00"] for cents in range(11, 11 + LEVELS)]
    body["no_dollars_fp"] = [[f"0.{cents:02d}00", "900.00"] for cents in range(60, 60 + LEVELS)]
    return raw({"type": "orderbook_snapshot", "sid": 1, "seq": seq, "msg": body})


def deltas(tickers: list[str], first: int, count: int) -> list[bytes]:
    """Return changes that go up and down, so that no level ever goes below zero."""
    frames = []
    for number in range(count):
        body = {
            "market_ticker": tickers[number // 2 % len(tickers)],
            "market_id": "dc6d447a-6935-4d94-af4b-400da73f3992",
            "clock": 1 + number,
            "price_dollars": f"0.{11 + number // 2 % LEVELS}00",
            "delta_fp": "-5.00" if number % 2 else "5.00",
            "side": "yes",
            "ts": "2026-11-22T14:03:21.123456Z",
            "ts_ms": 1_795_356_201_123,
        }
        frame = {"type": "orderbook_delta", "sid": 1, "seq": first + number, "msg": body}
        frames.append(raw({**frame, "sending_ts_ms": 1_795_356_201_124}))
    return frames


async def answer(ws: ServerConnection, rate: int) -> None:
    """Grant what is asked for; then stream changes, if any."""
    sids = {"orderbook_delta": 1, "trade": 2, "ticker": 3}
    held: list[str] = []
    async for text in ws:
        command = json.loads(text)
        if command["cmd"] == "update_subscription":
            held += command["params"]["market_tickers"]
            await add(ws, command, held)
            continue
        (channel,) = command["params"]["channels"]
        body = {"channel": channel, "sid": sids[channel]}
        await ws.send(json.dumps({"type": "subscribed", "id": command["id"], "msg": body}))
        tickers = command["params"].get("market_tickers", [])
        if channel != "orderbook_delta":
            continue
        held += tickers
        for seq, ticker in enumerate(tickers, 1):
            ws.transport.write(snapshot(ticker, seq))
        if rate:
            frames = deltas(tickers, len(tickers) + 1, rate * SECONDS)
            await asyncio.sleep(0.5)
            await stream(ws, frames, rate)


async def add(ws: ServerConnection, command: dict[str, Any], held: list[str]) -> None:
    """Add markets to the order books, or to the trades without their list."""
    (sid,), tickers = command["params"]["sids"], command["params"]["market_tickers"]
    answered = {"type": "ok", "id": command["id"], "sid": sid}
    if sid != 1:
        del held[-len(tickers) :]
        await ws.send(json.dumps(answered))
        return
    first = len(held) - len(tickers) + 1
    await ws.send(json.dumps({**answered, "seq": first, "msg": {"market_tickers": held}}))
    for seq, ticker in enumerate(tickers, first + 1):
        ws.transport.write(snapshot(ticker, seq))


async def stream(ws: ServerConnection, frames: list[bytes], rate: int) -> None:
    """Write the frames at a steady rate, then say when the last one left."""
    begun = time.monotonic()
    for start in range(0, len(frames), _BATCH):
        wait = begun + start / rate - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        ws.transport.write(b"".join(frames[start : start + _BATCH]))
    body = {"took": time.monotonic() - begun, "ended": time.monotonic()}
    await ws.send(json.dumps({"type": "end_of_bench", "sid": 0, "msg": body}))


def server(port: Connection, rate: int) -> None:
    """Serve until the process is ended; tells its port."""

    async def forever() -> None:
        async with serve(
            lambda ws: answer(ws, rate), "127.0.0.1", 0, compression=None, max_queue=None
        ) as listening:
            port.send(next(iter(listening.sockets)).getsockname()[1])
            await asyncio.Event().wait()

    asyncio.run(forever())


class Client:
    """The product's socket, feed and books."""

    def __init__(self, tickers: list[str]) -> None:
        self.feed = Feed(jitter=lambda: 0.5, private=False)
        self.feed.want(tickers, time.monotonic_ns())
        self.books = {ticker: Book() for ticker in tickers}
        self.live = 0
        self.changes = 0

    async def connect(self, url: str) -> Socket:
        """Open a connection and subscribe."""
        self.feed.connecting(time.monotonic_ns())
        socket = await open_socket(url, lambda _: {})
        self.feed.connected(time.monotonic_ns())
        for text in self.feed.outgoing():
            await socket.send(text)
        return socket

    async def pulse(self, socket: Socket) -> None:
        """Keep the feed's deadlines and send what it has to say."""
        while True:
            self.feed.tick(time.monotonic_ns())
            for text in self.feed.outgoing():
                await socket.send(text)
            await asyncio.sleep(0.01)

    async def drain(self, socket: Socket) -> list[bytes]:
        """Take what has arrived."""
        batch = await socket.receive()
        self.feed.receive_all(batch, time.monotonic_ns())
        for fact in self.feed.facts():
            match fact:
                case BookChanges():
                    for ticker, side, price, change, _, _ in fact.rows:
                        self.books[ticker].apply(side, price, change)
                    self.changes += len(fact.rows)
                case BookSnapshot():
                    self.books[fact.ticker].replace(fact.bids, fact.asks)
                case BookStatusChanged():
                    self.live += (fact.status is BookStatus.LIVE) - (
                        fact.status is BookStatus.STALE
                    )
                case _:
                    pass
        return batch


async def keep_up(url: str) -> tuple[float, float, int]:
    """Return seconds the server streamed, milliseconds behind at its end, changes applied."""
    client = Client([f"KXBENCH-26NOV22T{number:03d}" for number in range(200)])
    socket = await client.connect(url)
    while True:
        batch = await client.drain(socket)
        ends = [data for data in batch if b"end_of_bench" in data]
        if ends:
            body = json.loads(ends[0])["msg"]
            behind = (time.monotonic() - body["ended"]) * 1_000
            await socket.close()
            return body["took"], behind, client.changes


async def come_back(url: str) -> tuple[float, float]:
    """Return seconds from a reconnect to all LIVE, and the peak memory added in MB."""
    before = peak_mb()
    client = Client([f"KXBENCH-26NOV22T{number:04d}-B{number}" for number in range(MARKETS)])
    took = 0.0
    for _ in range(2):
        begun = time.monotonic()
        socket = await client.connect(url)
        pulse = asyncio.create_task(client.pulse(socket))
        while client.live < MARKETS:
            try:
                await client.drain(socket)
            except SocketError as error:
                raise SystemExit(error.reason) from None
        took = time.monotonic() - begun
        pulse.cancel()
        await socket.close()
        client.feed.disconnected(time.monotonic_ns(), "The benchmark reconnects.")
        client.feed.facts()
        client.live = 0
    return took, peak_mb() - before


def peak_mb() -> float:
    """Return the most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def served(rate: int) -> tuple[multiprocessing.Process, str]:
    """Start a server; returns its process and address."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=server, args=(theirs, rate), daemon=True)
    process.start()
    return process, f"ws://127.0.0.1:{ours.recv()}/"


def main() -> None:
    """Print two lines of figures; the exit code says whether the aims were met."""
    process, url = served(0)
    live_s, memory = asyncio.run(come_back(url))
    process.terminate()
    print(
        f"{MARKETS:,} markets of {2 * LEVELS} levels: reconnect to all LIVE {live_s:.2f} s "
        f"(aim {LIVE_AIM_S:g}), whole process {peak_mb():.0f} MB, of it {memory:.0f} MB for them "
        f"(aim {MEMORY_AIM_MB})"
    )
    whole = peak_mb()
    process, url = served(RATE)
    took, behind, changes = asyncio.run(keep_up(url))
    process.terminate()
    print(
        f"{changes:,} changes over 200 markets in {took:.2f} s = {changes / took:,.0f} a second: "
        f"{behind:.0f} ms behind at the end (aim {BEHIND_AIM_MS})"
    )
    is_met = behind <= BEHIND_AIM_MS and live_s <= LIVE_AIM_S and whole <= MEMORY_AIM_MB
    raise SystemExit(not is_met)


if __name__ == "__main__":
    main()
