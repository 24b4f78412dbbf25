"""A workstation that is killed in the middle of its orders knows them all at the next start."""

import subprocess
import sys
from pathlib import Path

from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.views import OrderRow, OrdersView, Pane
from tests.session.bench import Bench

_BURST = """
import sys
from pathlib import Path

from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from tests.session.bench import Bench

with Bench(Path(sys.argv[1])) as bench:
    ladder = bench.until(bench.live_ladder)
    bench.until(lambda: (status := bench.status()) and status.cash is not None)
    for number in range(9):
        terms = OrderTerms(ladder.market.ticker, BookSide.BID, Price(100), Count(100))
        print(bench.desk.place(terms), flush=True)
    sys.stdin.read()
"""


def all_rows(bench: Bench) -> dict[str, OrderRow]:
    view = bench.views.get((Pane.ORDERS, ""))
    rows = (*view.live, *view.done) if isinstance(view, OrdersView) else ()
    return {row.client_order_id: row for row in rows}


def test_FH01_after_a_kill_no_order_is_lost_doubled_or_unknown(tmp_path: Path) -> None:
    for seen in (1, 5, 9):
        state = tmp_path / str(seen)
        burst = subprocess.Popen(
            [sys.executable, "-c", _BURST, str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert burst.stdin is not None
        assert burst.stdout is not None
        with burst.stdin, burst.stdout:
            for _ in range(seen):
                assert burst.stdout.readline()
            burst.kill()
            burst.wait()
        _settled(state)


def _settled(state: Path) -> None:
    with Bench(state) as bench:
        bench.until(bench.live_ladder)
        bench.until(lambda: (status := bench.status()) and status.cash is not None)
        undecided = (OrderState.SENDING, OrderState.IN_DOUBT, OrderState.INTENT)
        there = {order["client_order_id"]: order for order in bench.truth()["orders"]}

        def all_found() -> bool:
            rows = all_rows(bench)
            return there.keys() <= rows.keys() and all(
                rows[each].state not in undecided for each in there
            )

        bench.until(all_found)
        rows = all_rows(bench)
        assert len(there) == len(bench.truth()["orders"])
        assert not any(rows[each].external for each in there)
        for each, row in rows.items():
            # What the exchange does not have was never sent, or is still in doubt: never failed.
            if each not in there:
                assert row.state in (OrderState.NOT_SENT, OrderState.IN_DOUBT), row
