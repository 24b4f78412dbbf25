"""The gate: microseconds from an order's terms to the verdict, the situation included.

`python -m tests.benchmarks.bench_gate` puts an order that every guard lets pass to an engine with
nothing held, with 49 orders live, and with 49 live beside 50 markets held and 59 orders in the last
minute. Aim: p50 <= 50 us for the gate, which is guards and situation. What is at risk is worked out
for each order and market that moved; "changed" is the gate right after an order in this market
moved and after a position elsewhere did, "replacing" that for an amend.
"""

import gc
from collections.abc import Callable
from time import perf_counter_ns

from kalshi_tui.core import events as e
from kalshi_tui.core import risk
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.orders import OrderEvent, OrderTerms
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.state import State
from kalshi_tui.core.units import Count, Money, Price
from tests.support.facts import NOON_NS, SECOND, TICKER, market, ready_engine, terms

ROUNDS = 5_000
AIM_US = 50
LIVE = 49
HELD = 50
PLACED = 59
WIDE = Limits(orders_per_second=1_000, orders_per_minute=1_000)


def prepared(live: int, held: int, placed: int) -> Engine:
    """Return an engine with so much live, held and placed."""
    engine = ready_engine(limits=WIDE)
    state = engine._state
    tickers = [TICKER, *(f"KX-{number}" for number in range(held))]
    engine.handle(e.MarketsListed(tuple(market(ticker=each) for each in tickers)))
    for ticker in tickers[1:]:
        report = e.PositionReported(ticker, Count(100), Money(400_000), Money(0), Money(0), 1)
        state.ledger.stated(report)
    for number in range(live):
        order = OrderTerms(
            tickers[number % len(tickers)], BookSide.BID, Price(3_000 - number), Count(10)
        )
        state.ledger.open(str(number), order, NOON_NS)
        state.ledger.move(str(number), OrderEvent.SEND, NOON_NS)
        state.ledger.move(str(number), OrderEvent.RESTS, NOON_NS)
    state.placed = tuple(
        risk.Placed(state.mono_ns - SECOND - number, "KX-0", BookSide.BID, Price(1_000))
        for number in reversed(range(placed))
    )
    return engine


def timed(work: Callable[[], object], before: Callable[[], object] = list) -> tuple[int, int]:
    """Return (p50, p99) in nanoseconds; `before` is done each time and not counted."""
    times = []
    for _ in range(ROUNDS):
        before()
        begin = perf_counter_ns()
        work()
        times.append(perf_counter_ns() - begin)
    times.sort()
    return times[ROUNDS // 2], times[ROUNDS * 99 // 100]


def main() -> None:
    """Print the table."""
    order = terms()
    gc.disable()
    for live, held, placed in ((0, 0, 0), (LIVE, 0, 0), (LIVE, HELD, PLACED)):
        state = prepared(live, held, placed)._state

        def gather(state: State = state) -> risk.Situation:
            return state.situation(TICKER, state.exposures.of(TICKER))

        keys = [each.client_order_id for each in state.ledger.live(TICKER)]

        def change(state: State = state, keys: list[str] = keys) -> None:
            if keys:
                state.ledger.change(state.ledger.order(keys[0]), None, NOON_NS)
            state.ledger.stated(
                e.PositionReported("KX-0", Count(100), Money(400_000), Money(0), Money(0), 1)
            )

        def gate(state: State = state) -> risk.Refusal | None:
            return risk.check(order, gather(state), WIDE)

        def replacing(state: State = state, keys: list[str] = keys) -> risk.Refusal | None:
            exposed = state.exposures.of(TICKER, without=keys[0] if keys else "none")
            now = state.situation(TICKER, exposed, replacing="x")
            return risk.check(order, now, WIDE)

        now = gather()
        assert risk.check(order, now, WIDE) is None
        where = f"{live} live, {held} held, {placed} placed"
        rows = (
            ("guards", timed(lambda now=now: risk.check(order, now, WIDE))),  # type: ignore[misc]
            ("situation", timed(gather)),
        )
        for name, (p50, p99) in rows:
            print(f"{where:32} {name:10} p50 {p50 / 1e3:7.1f} us, p99 {p99 / 1e3:7.1f} us")
        total = sum(p50 for _, (p50, _) in rows) / 1e3
        print(f"{where:32} {'gate':10} p50 {total:7.1f} us (wanted {AIM_US})")
        for name, work in (("changed", gate), ("replacing", replacing)):
            p50, p99 = timed(work, change)
            print(f"{where:32} {name:10} p50 {p50 / 1e3:7.1f} us, p99 {p99 / 1e3:7.1f} us")


if __name__ == "__main__":
    main()
