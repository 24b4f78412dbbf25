"""From a key in a real terminal to the order's request on the wire, and what hanging reads cost it.

`python -m tests.benchmarks.bench_orders [RATE]` runs the practice exchange at RATE deltas a second
(2,000) and the workstation in a terminal of 120x40 that reaches it through a proxy of this program.
The key is written to the terminal, the proxy says when the request's first bytes came: between lie
key handling, gate, journal commit, signature and send. Aim: p50 <= 4 ms, p95 <= 10 ms.
Then the sending side alone, with its journal, against an exchange that never answers a read: how
long an order takes without and with 100 reads hanging. Aim: p95 within 5 ms of each other.
"""

import asyncio
import contextlib
import random
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import Signer
from kalshi_tui.api.errors import ApiError
from kalshi_tui.api.limits import AccountLimits, RateLimits
from kalshi_tui.api.rest import RestClient
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.clock import SystemClock
from kalshi_tui.session.dispatch import Dispatcher
from kalshi_tui.session.journal import Journal
from kalshi_tui.session.tasks import Tasks
from tests.benchmarks.bench_latency import PROGRAM, Screen, deep_place, exchange
from tests.support.pty import Terminal

TRIALS = 100
WARM_UP_S = 4.0
PAUSE_S = (0.3, 0.5)
"""Between the verb and the key that sends, and after it: not in step with any frame."""
PATIENCE_S = 2.0
AIMS_MS = (4.0, 10.0)

READS = 100
ROUNDS = 4
SUBMITS = 60
"""A round, without and with the reads: what else the machine does falls on both."""
AIM_READS_MS = 5.0

ORDER = b"POST /trade-api/v2/portfolio/events/orders "
LIMITS = """
[limits]
orders_per_second = 100
orders_per_minute = 100000
open_orders = 1000
order_cost = 100000
total_risk = 1000000
event_risk = 1000000
"""


def shown(found: list[float]) -> str:
    """Return the percentiles of some milliseconds."""
    found = sorted(found)
    p50, p95, p99 = (found[min(len(found) * at // 100, len(found) - 1)] for at in (50, 95, 99))
    return f"p50 {p50:.2f}  p95 {p95:.2f}  p99 {p99:.2f}  max {found[-1]:.2f} ms"


class Tap:
    """A proxy on loopback that stamps the first bytes of each order's request."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._seen = threading.Event()
        self._at_ns = 0
        self.port = 0
        threading.Thread(target=self._main, daemon=True).start()
        self._up.wait()

    def expect(self) -> None:
        """Forget what came before."""
        self._seen.clear()

    def wait(self) -> int | None:
        """Return when the next order's request came."""
        return self._at_ns if self._seen.wait(PATIENCE_S) else None

    def _main(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._up.set()
        await server.serve_forever()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65_536):
                if chunk.startswith(ORDER):
                    self._at_ns = time.perf_counter_ns()
                    self._seen.set()
                writer.write(chunk)
        writer.close()


def key_to_wire(rate: float) -> list[float]:
    """Measure with the workstation in a terminal; return the milliseconds of each order."""
    with TemporaryDirectory() as home, exchange(rate, Path(home) / "exchange") as ready:
        ticker, price = deep_place(ready)
        tap = Tap(urlsplit(ready["rest"]).port or 0)
        account = ready["accounts"][2]
        rest = ready["rest"].replace(str(urlsplit(ready["rest"]).port), str(tap.port))
        command = [*PROGRAM, "--rest", rest, "--ws", ready["ws"], "--market", ticker]
        command += ["--key-id", account["key_id"], "--key-file", account["private_key_path"]]
        settings = Path(home) / "config" / "settings.toml"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(LIMITS)
        with Terminal.run(
            command, columns=120, lines=40, env={"KALSHI_TUI_HOME": home}
        ) as terminal:
            screen = Screen(terminal)
            screen.until(b"LIVE")
            time.sleep(WARM_UP_S)
            found = [_trial(terminal, tap, price, number) for number in range(TRIALS)]
    came = [each for each in found if each is not None]
    if not came:
        raise SystemExit("no order ever reached the wire")
    print(
        f"key to wire at {rate:,.0f} deltas/s, {len(came)} of {TRIALS} trials: {shown(came)}, aim "
        f"p50 {AIMS_MS[0]:.0f}, p95 {AIMS_MS[1]:.0f}"
    )
    return came


def _trial(terminal: Terminal, tap: Tap, price: int, number: int) -> float | None:
    """Send one order from the strip, and cancel it."""
    terminal.send(f"1@{(price - 100 * (number % 3)) // 100}b")
    time.sleep(random.uniform(*PAUSE_S))
    tap.expect()
    began = time.perf_counter_ns()
    terminal.send("\r")
    came = tap.wait()
    time.sleep(random.uniform(*PAUSE_S))
    terminal.send("u")
    time.sleep(random.uniform(*PAUSE_S))
    return None if came is None else (came - began) / 1e6


class Silent:
    """An exchange that answers orders at once and reads never."""

    def __init__(self) -> None:
        self.at_ns: dict[str, int] = {}
        self.hanging = 0
        self.over = asyncio.Event()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                now = time.perf_counter_ns()
                if not head.startswith(b"POST"):
                    self.hanging += 1
                    await self.over.wait()
                    return
                size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
                order = msgspec.json.decode(await reader.readexactly(size))
                name = order["client_order_id"]
                self.at_ns[name] = now
                answer = {
                    "order_id": f"o-{name}",
                    "client_order_id": name,
                    "fill_count": "0.00",
                    "remaining_count": order["count"],
                    "ts_ms": 1,
                }
                body = msgspec.json.encode(answer)
                head = f"HTTP/1.1 201 Created\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                writer.write(head + body)


@contextlib.asynccontextmanager
async def sending(
    directory: Path, silent: Silent, answered: Callable[[e.Fact], None]
) -> AsyncIterator[tuple[Dispatcher, RestClient]]:
    """Run the sending side, its journal on the disk, against `silent`."""
    clock = SystemClock()
    server = await asyncio.start_server(silent.accept, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/trade-api/v2"
    limits = RateLimits(AccountLimits("prestige", 100_000, 100_000, 100_000, 100_000))
    signer = Signer("key", Ed25519PrivateKey.generate())
    rest = RestClient(url, signer, limits, clock=clock.wall_ns, monotonic=clock.mono_ns)
    wall_ns = clock.wall_ns()
    journal = Journal(directory / "l.sqlite", environment="x", account="key", wall_ns=wall_ns)
    unused: Any = None
    async with asyncio.TaskGroup() as group:
        tasks = Tasks(group, print)
        yield (
            Dispatcher(
                ledger=journal, orders=rest, books=unused, read=unused, drill_down=unused,
                write=unused, notify=unused, absorb=answered, tasks=tasks, clock=clock,
            ),
            rest,
        )  # fmt: skip
    await rest.aclose()
    journal.close()
    silent.over.set()
    server.close()
    await asyncio.sleep(0.05)


async def submit_latency(directory: Path) -> tuple[list[float], list[float], int]:
    """Return milliseconds from the effect to the wire, without and with reads hanging."""
    silent, done = Silent(), asyncio.Event()

    def answered(fact: e.Fact) -> None:
        if isinstance(fact, e.Acked):
            done.set()

    terms = OrderTerms("KX-A", BookSide.BID, Price(5_600), Count(100))
    async with sending(directory, silent, answered) as (dispatcher, rest):

        async def measure(name: str) -> list[float]:
            found: list[float] = []
            for number in range(SUBMITS):
                coid = f"{name}-{number}"
                done.clear()
                began = time.perf_counter_ns()
                intent = fx.Intent(coid, terms, 1)
                dispatcher.run([fx.Record(intent), fx.Submit(coid, terms)])
                await done.wait()
                found.append((silent.at_ns[coid] - began) / 1e6)
                await asyncio.sleep(0.002)
            return found

        await measure("warm")
        alone: list[float] = []
        beside: list[float] = []
        hanging = 0
        for turn in range(ROUNDS):
            alone += await measure(f"alone-{turn}")
            reads = [asyncio.create_task(_swallow(rest.exchange_status())) for _ in range(READS)]
            silent.hanging = 0
            await asyncio.sleep(0.3)
            beside += await measure(f"beside-{turn}")
            hanging = silent.hanging
            for each in reads:
                each.cancel()
            await asyncio.gather(*reads, return_exceptions=True)
    return alone, beside, hanging


async def _swallow(read: Awaitable[object]) -> None:
    with contextlib.suppress(ApiError):
        await read


def hanging_reads() -> None:
    """Measure what reads that hang cost an order."""
    with TemporaryDirectory() as directory:
        alone, beside, hanging = asyncio.run(submit_latency(Path(directory)))
    alone.sort()
    beside.sort()
    at = len(alone) * 95 // 100
    print(f"submit to wire, no other request: {shown(alone)}")
    print(
        f"submit to wire, {READS} reads waiting ({hanging} at the exchange): {shown(beside)}; "
        f"p95 differs by {abs(beside[at] - alone[at]):.2f} ms, aim {AIM_READS_MS:.0f}"
    )


def main() -> None:
    """Print the figures of one run."""
    hanging_reads()
    key_to_wire(float(sys.argv[1]) if len(sys.argv) > 1 else 2_000.0)


if __name__ == "__main__":
    main()
