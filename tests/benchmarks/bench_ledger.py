"""The ledger with 100,000 orders: a start, a page of the list, a commit.

`python -m tests.benchmarks.bench_ledger [ORDERS]` builds a ledger in a temporary directory and
prints one line each; aims: start (integrity check, history, engine ready) <= 1 s, a page of 50
orders <= 50 ms. The file is in the page cache when it is opened; a commit costs what the disk does.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from kalshi_tui.core import risk
from kalshi_tui.core.effects import FillEntry, Intent, JournalEntry, OrderEntry, StateEntry
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import Filled, OrderReported, ReportedStatus
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.session import history
from kalshi_tui.session.journal import Journal, ledger_path

ORDERS = 100_000
LIVE_EVERY = 1_000
"""One order in so many is still resting."""

RUNS = 5
_MILLI = 1_000_000


def life(number: int) -> Iterator[JournalEntry]:
    """Yield what an order leaves behind: two reports and one fill, or a cancel, or it rests."""
    coid, order_id = f"{number:08x}-0000-4000-8000-000000000000", f"order-{number:08x}"
    wall_ns = 1_700_000_000_000_000_000 + number * 10**9
    ms = wall_ns // _MILLI
    ticker = f"KXBENCH-26-T{number % 40}"
    terms = OrderTerms(ticker, BookSide.BID, Price(100 + number % 9_000), Count(100))
    yield Intent(coid, terms, wall_ns)
    yield StateEntry(coid, OrderState.SENDING, wall_ns)
    yield StateEntry(coid, OrderState.RESTING, wall_ns, order_id)
    resting = report(coid, order_id, terms, ms, ReportedStatus.RESTING, 0)
    yield OrderEntry(coid, resting)
    if number % LIVE_EVERY == 0:
        return
    if number % 2:
        yield StateEntry(coid, OrderState.CANCELED, wall_ns, order_id, "by you")
        yield OrderEntry(coid, report(coid, order_id, terms, ms, ReportedStatus.CANCELED, 0))
        return
    yield FillEntry(coid, fill(number, coid, order_id, terms, ms))
    yield OrderEntry(coid, report(coid, order_id, terms, ms, ReportedStatus.EXECUTED, 100))
    yield StateEntry(coid, OrderState.EXECUTED, wall_ns, order_id)


def report(
    coid: str, order_id: str, terms: OrderTerms, ms: int, status: ReportedStatus, filled: int
) -> OrderReported:
    """Return what the exchange says of an order."""
    return OrderReported(
        order_id=order_id,
        client_order_id=coid,
        ticker=terms.ticker,
        side=terms.side,
        price=terms.price,
        status=status,
        initial=terms.count,
        filled=Count(filled),
        remaining=Count(terms.count if status is ReportedStatus.RESTING else 0),
        fees=Money(0),
        created_ms=ms,
        updated_ms=ms,
    )


def fill(number: int, coid: str, order_id: str, terms: OrderTerms, ms: int) -> Filled:
    """Return the one fill of an order."""
    return Filled(
        trade_id=f"trade-{number:08x}",
        order_id=order_id,
        client_order_id=coid,
        ticker=terms.ticker,
        side=terms.side,
        price=terms.price,
        count=terms.count,
        fee=Money(17_500),
        is_taker=False,
        ts_ms=ms,
        position_after=None,
    )


def open_journal(path: Path) -> Journal:
    """Open the ledger as the workstation does."""
    return Journal(path, environment="practice", account="bench", wall_ns=1)


def build(path: Path, orders: int) -> int:
    """Write a ledger and return how many entries it has."""
    entries = 0
    with closing(open_journal(path)) as journal:
        for first in range(0, orders, 1_000):
            batch = [each for number in range(first, first + 1_000) for each in life(number)]
            journal.record(batch)
            entries += len(batch)
    return entries


def start(path: Path) -> None:
    """Open the ledger and bring an engine up from it."""
    with closing(open_journal(path)) as journal:
        engine = Engine(mode=Mode.CONFIRM, limits=risk.Limits())
        engine.restore(journal.working())


def measured(work: Callable[[], object]) -> list[float]:
    """Return the milliseconds of each run."""
    found = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        found.append((time.perf_counter() - begun) * 1_000)
    return found


def page_of(path: Path, orders: int) -> Callable[[], object]:
    """Return what reads a page from the middle of the list."""
    middle = f"{orders // 2:08x}-0000-4000-8000-000000000000"
    return lambda: history.page(path, limit=50, before=middle)


def commits(path: Path, orders: int) -> list[float]:
    """Return the milliseconds of 500 commits of one intent each."""
    found = []
    with closing(open_journal(path)) as journal:
        for number in range(orders, orders + 500):
            entry = next(life(number))
            begun = time.perf_counter()
            journal.record([entry])
            found.append((time.perf_counter() - begun) * 1_000)
    return found


def syncs(directory: Path) -> list[float]:
    """Return the milliseconds of 100 syncs of two pages: what a commit costs at least."""
    found = []
    with (directory / "bare").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(b"x" * 8_192)
            begun = time.perf_counter()
            os.fsync(file.fileno())
            found.append((time.perf_counter() - begun) * 1_000)
    return found


def main() -> None:
    """Print the figures."""
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    with TemporaryDirectory(prefix="kalshi-tui-bench-") as directory:
        path = ledger_path(Path(directory), "bench")
        begun = time.perf_counter()
        entries = build(path, orders)
        print(f"ledger: {orders:,} orders, {entries:,} entries, {path.stat().st_size:,} bytes")
        print(f"  built in {time.perf_counter() - begun:.1f} s")
        tell("start", measured(lambda: start(path)), 1_000)
        for words, work in (
            ("the newest page", lambda: history.page(path, limit=50)),
            ("a page in the middle", page_of(path, orders)),
            ("live orders only", lambda: history.page(path, limit=50, live_only=True)),
            ("one market's page", lambda: history.page(path, limit=50, ticker="KXBENCH-26-T7")),
            ("a market without orders", lambda: history.page(path, limit=50, ticker="KX-NONE")),
        ):
            tell(words, measured(work), 50)
        times, bare = commits(path, orders), syncs(path.parent)
        p99 = quantiles(times, n=100)[98]
        print(f"commit of an intent: p50 {median(times):.2f} ms, p99 {p99:.2f} ms")
        print(f"  of which the disk's sync alone: p50 {median(bare):.2f} ms")


def tell(words: str, times: list[float], aim_ms: int) -> None:
    """Print one line."""
    figures = f"median {median(times):.1f} ms, worst {max(times):.1f} ms"
    print(f"{words}: {figures} (aim <= {aim_ms:,} ms)")


if __name__ == "__main__":
    main()
