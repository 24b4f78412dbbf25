"""From a book delta on the socket to its figure on the terminal, in a real pseudo-terminal.

`python -m tests.benchmarks.bench_latency [RATE]` runs the practice exchange at RATE deltas a second
(2,000), the workstation in a terminal of 120x40, and a second client that rests one order after
another at a level some cents deep. That client's own socket says when each delta came and what the
level holds after it; the terminal's bytes say when that figure was shown. A trial whose level
changed again before a frame was painted is not counted. Aim: p95 <= 25 ms.
"""

import asyncio
import json
import os
import random
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import urlopen

import httpx
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from websockets.asyncio.client import connect

from tests.support.practice_bench import Signer
from tests.support.pty import Terminal

PROGRAM = [sys.executable, "-m", "kalshi_tui"]
TRIALS = 150
WARM_UP_S = 4.0
PAUSE_S = (0.03, 0.11)
"""Between two trials: not in step with any frame."""
PATIENCE_S = 1.0
AIM_MS = 25.0
DEEP = 800
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


class Screen:
    """Reads the terminal on a thread of its own and stamps every chunk."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._chunks: list[tuple[int, bytes]] = []
        self._lock = threading.Lock()
        self.bytes = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while select.select([self._terminal.master], [], [], 30)[0]:
            try:
                chunk = os.read(self._terminal.master, 65_536)
            except OSError:
                return
            now = time.perf_counter_ns()
            with self._lock:
                self._chunks.append((now, chunk))
                self.bytes += len(chunk)

    def until(self, mark: bytes) -> None:
        """Wait until something has been shown."""
        end = time.perf_counter() + 20
        while self.when(mark, 0) is None:
            if time.perf_counter() > end:
                raise SystemExit(f"{mark!r} never came")
            time.sleep(0.05)

    def when(self, mark: bytes, since_ns: int) -> int | None:
        """Return when `mark` was first complete on the terminal at or after `since_ns`."""
        with self._lock:
            recent = [each for each in self._chunks[-400:] if each[0] >= since_ns]
        seen = b""
        for at, chunk in recent:
            seen += chunk
            # A depth bar may end between two digits.
            if mark in COLOUR.sub(b"", seen):
                return at
        return None


@contextmanager
def exchange(rate: float | None, state: Path, *, markets: int = 1) -> Iterator[dict[str, Any]]:
    """Run a practice exchange and yield its ready line; None is one where nothing happens."""
    load = ["--preset", "dead"] if rate is None else ["--rate", str(rate)]
    command = [*PROGRAM, "exchange", "--markets", str(markets), *load, "--state", str(state)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def wall_ms() -> int:
    """Return the time that signatures are judged by."""
    return time.time_ns() // 1_000_000


class Trader:
    """The second client: one account, one socket, one order after the other."""

    def __init__(self, ready: dict[str, Any], ticker: str) -> None:
        account = ready["accounts"][0]
        key = load_pem_private_key(Path(account["private_key_path"]).read_bytes(), password=None)
        self._signer = Signer(account["key_id"], key)  # type: ignore[arg-type]
        self._rest = ready["rest"]
        self._ws = ready["ws"]
        self.ticker = ticker
        self.deltas = 0
        self._price = ""
        self._level = 0
        self._own = ""
        self._overtaken_ns = 0
        self._seen: asyncio.Future[tuple[int, int]] | None = None

    async def _call(self, http: httpx.AsyncClient, method: str, path: str, body: object) -> Any:
        url = self._rest + path
        headers = self._signer.headers(method, urlsplit(url).path, wall_ms())
        answer = await http.request(method, url, headers=headers, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def _listen(self, socket: Any) -> None:
        async for text in socket:
            now = time.perf_counter_ns()
            self.deltas += 1
            if self._price not in text:
                continue
            frame = json.loads(text)
            if self._follow(frame["type"], frame["msg"]) and not self._own:
                self._overtaken_ns = self._overtaken_ns or now
            if self._own and self._own == frame["msg"].get("client_order_id"):
                self._own = ""
                self._overtaken_ns = 0
                if self._seen is not None and not self._seen.done():
                    self._seen.set_result((now, self._level))

    def _follow(self, kind: str, msg: dict[str, Any]) -> bool:
        """Keep what the level holds, in hundredths of a contract; True where it changed."""
        if kind == "orderbook_snapshot":
            levels = dict(msg.get("yes_dollars_fp", []))
            self._level = round(float(levels.get(self._price, "0")) * 100)
        elif msg.get("side") == "yes" and msg["price_dollars"] == self._price:
            self._level += round(float(msg["delta_fp"]) * 100)
        else:
            return False
        return True

    async def run(self, screen: Screen, price: int) -> tuple[list[float], float]:
        """Return the latencies in milliseconds and the deltas a second of this market."""
        self._price = f"{price / 10_000:.4f}"
        headers = self._signer.headers("GET", urlsplit(self._ws).path, wall_ms())
        async with (
            connect(self._ws, additional_headers=headers, proxy=None) as socket,
            httpx.AsyncClient(trust_env=False) as http,
        ):
            what = {"channels": ["orderbook_delta"], "market_ticker": self.ticker}
            await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": what}))
            listener = asyncio.create_task(self._listen(socket))
            await asyncio.sleep(WARM_UP_S)
            began, before = time.perf_counter(), self.deltas
            found = [await self._trial(http, screen, at) for at in range(TRIALS)]
            rate = (self.deltas - before) / (time.perf_counter() - began)
            listener.cancel()
        return [each for each in found if each is not None], rate

    async def _trial(self, http: httpx.AsyncClient, screen: Screen, at: int) -> float | None:
        self._seen = asyncio.get_running_loop().create_future()
        self._own = f"bench-{wall_ms()}-{at}"
        began = time.perf_counter_ns()
        order = await self._call(http, "POST", "/portfolio/events/orders", {
            "ticker": self.ticker, "client_order_id": self._own, "side": "bid",
            "count": f"{700 + at}.{13 + at % 80}", "price": self._price,
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        })  # fmt: skip
        came, level = await asyncio.wait_for(self._seen, PATIENCE_S)
        end = time.perf_counter() + PATIENCE_S
        painted = None
        while painted is None and time.perf_counter() < end:
            await asyncio.sleep(0.004)
            painted = screen.when(shown(level), began)
        await self._call(http, "DELETE", f"/portfolio/events/orders/{order['order_id']}", None)
        await asyncio.sleep(random.uniform(*PAUSE_S))
        if painted is None or 0 < self._overtaken_ns < painted:
            return None
        return (painted - came) / 1e6


def deep_place(ready: dict[str, Any]) -> tuple[str, int]:
    """Return a market and a bid level some cents below its touch, in 1/10,000 dollar."""
    with urlopen(f"{ready['control']}/truth", timeout=5) as answer:
        markets = json.load(answer)["markets"]
    for ticker, market in markets.items():
        best = max((round(float(price) * 10_000) for price, _ in market["yes"]), default=0)
        if best > DEEP:
            return ticker, best - DEEP
    raise SystemExit("no market has room below its best bid: try again")


def shown(hundredths: int) -> bytes:
    """Return a size as the ladder shows it."""
    whole, part = divmod(hundredths, 100)
    return f"{whole:,}.{part:02}".encode() if part else f"{whole:,}".encode()


class Figures(NamedTuple):
    """What one run found, in milliseconds, sorted."""

    delays: list[float]
    rate: float
    """Deltas a second of the watched market."""
    bytes_per_s: float


def measure(rate: float) -> Figures:
    """Run the exchange, the workstation and the second client once."""
    with TemporaryDirectory() as home, exchange(rate, Path(home) / "exchange") as ready:
        ticker, price = deep_place(ready)
        account = ready["accounts"][2]
        command = [*PROGRAM, "--rest", ready["rest"], "--ws", ready["ws"], "--market", ticker]
        command += ["--key-id", account["key_id"], "--key-file", account["private_key_path"]]
        env = {"KALSHI_TUI_HOME": home}
        with Terminal.run(command, columns=120, lines=40, env=env) as terminal:
            screen = Screen(terminal)
            screen.until(b"LIVE")
            began = time.perf_counter()
            found, got = asyncio.run(Trader(ready, ticker).run(screen, price))
            rate_bytes = screen.bytes / (time.perf_counter() - began)
    if not found:
        raise SystemExit("no figure was ever shown")
    return Figures(sorted(found), got, rate_bytes)


def main() -> None:
    """Print the figures of one run."""
    found, got, rate_bytes = measure(float(sys.argv[1]) if len(sys.argv) > 1 else 2_000.0)
    p50, p95, p99 = (found[min(len(found) * at // 100, len(found) - 1)] for at in (50, 95, 99))
    print(
        f"delta to terminal at {got:,.0f} deltas/s of the watched market, {len(found)} of {TRIALS} "
        f"trials: p50 {p50:.1f}  p95 {p95:.1f}  p99 {p99:.1f}  max {found[-1]:.1f} ms, aim p95 "
        f"{AIM_MS:.0f}; {rate_bytes / 1000:,.0f} kB/s on the terminal"
    )


if __name__ == "__main__":
    main()
