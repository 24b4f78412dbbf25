"""From the desk to a practice exchange in its own process, and back: what is shown is the truth."""

import os
import signal
from pathlib import Path

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import OrderState, OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price, count_to_wire, parse_count, parse_money
from kalshi_tui.core.views import OrderRow
from tests.session.bench import Bench


def place(bench: Bench, price: int, count: int, tif: TimeInForce = TimeInForce.GTC) -> str:
    ladder = bench.until(bench.live_ladder)
    terms = OrderTerms(ladder.market.ticker, BookSide.BID, Price(price), Count(count), tif)
    return bench.desk.place(terms)


def reached(bench: Bench, client_order_id: str, state: OrderState) -> OrderRow:
    def check() -> OrderRow | None:
        row = bench.row(client_order_id)
        return row if row is not None and row.state is state else None

    return bench.until(check)


def now_is(bench: Bench, status: BookStatus) -> bool:
    ladder = bench.ladder()
    return ladder is not None and ladder.status is status


def ready(bench: Bench) -> None:
    """Wait for a live book and the balance: then the gate lets orders through."""
    bench.until(bench.live_ladder)
    bench.until(lambda: (status := bench.status()) and status.cash is not None)


def test_orders_rest_cancel_and_fill_as_the_exchange_says(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ready(bench)
        ladder = bench.until(bench.live_ladder)
        assert ladder.best_bid is not None
        assert ladder.best_ask is not None

        resting = place(bench, ladder.best_bid.price, 155)
        row = reached(bench, resting, OrderState.RESTING)
        (order,) = bench.truth()["orders"]
        assert (order["order_id"], order["status"]) == (row.order_id, "resting")
        assert order["remaining_count_fp"] == "1.55"
        bench.until(lambda: (now := bench.row(resting)) and now.queue == ladder.best_bid.size)  # type: ignore[union-attr]

        bench.desk.cancel_last()
        reached(bench, resting, OrderState.CANCELED)
        (order,) = bench.truth()["orders"]
        assert order["status"] == "canceled"

        taken = place(bench, ladder.best_ask.price, 500, TimeInForce.IOC)
        reached(bench, taken, OrderState.EXECUTED)
        (position,) = bench.until(bench.positions)
        account = bench.truth()
        (held,) = account["positions"]
        assert position.position == parse_count(held["position_fp"]) == 500
        assert position.fees == parse_money(held["fees_paid_dollars"])
        (fill,) = bench.until(bench.fills)
        assert fill.trade_id == account["fills"][0]["trade_id"]
        cash = parse_money(account["cash"])
        bench.until(lambda: (status := bench.status()) and status.cash == cash)


def test_kill_leaves_nothing_resting_and_the_keyboard_in_view(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ready(bench)
        placed = [place(bench, 100 * (number + 1), 100) for number in range(3)]
        for each in placed:
            reached(bench, each, OrderState.RESTING)
        bench.desk.kill()
        for each in placed:
            reached(bench, each, OrderState.CANCELED)
        assert {order["status"] for order in bench.truth()["orders"]} == {"canceled"}
        bench.until(lambda: (status := bench.status()) and status.mode is Mode.VIEW)
        late = place(bench, 100, 100)
        bench.until(lambda: bench.said("not sent"))
        assert bench.row(late) is None


def test_a_restart_brings_back_orders_fills_and_positions(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ready(bench)
        resting = place(bench, 100, 155)
        reached(bench, resting, OrderState.RESTING)
        ask = bench.until(bench.live_ladder).best_ask
        assert ask is not None
        taken = place(bench, ask.price, 500, TimeInForce.IOC)
        reached(bench, taken, OrderState.EXECUTED)
    with Bench(tmp_path) as bench:
        ready(bench)
        row = reached(bench, resting, OrderState.RESTING)
        assert not row.external
        reached(bench, taken, OrderState.EXECUTED)
        (position,) = bench.until(bench.positions)
        assert position.position == 500
        bench.desk.cancel([resting])
        reached(bench, resting, OrderState.CANCELED)


def test_FD_a_dropped_frame_makes_the_book_stale_and_it_comes_back_true(tmp_path: Path) -> None:
    with Bench(tmp_path, preset="15m") as bench:
        ready(bench)
        ticker = bench.until(bench.live_ladder).market.ticker
        bench.control(
            "POST", "/faults", {"fault": "drop_frame", "channel": "orderbook_delta", "count": 1}
        )
        bench.until(lambda: bench.said(f"{ticker} is STALE"))
        assert bench.until(bench.live_ladder).market.ticker == ticker
        assert [each.text for each in bench.notices].count("connected") == 1


def test_FD20_a_silent_socket_makes_the_book_stale_and_refuses_orders(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ready(bench)
        ladder = bench.until(bench.live_ladder)
        pid = bench.child.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        bench.until(lambda: (now := bench.ladder()) and now.status is BookStatus.STALE)
        bench.desk.place(OrderTerms(ladder.market.ticker, BookSide.BID, Price(100), Count(100)))
        bench.until(lambda: bench.said("not sent"))
        os.kill(pid, signal.SIGCONT)
        assert bench.truth()["orders"] == []
        bench.until(bench.live_ladder)


def test_TB17_a_market_that_is_determined_is_closed_at_once_by_the_exchanges_own_word(
    tmp_path: Path,
) -> None:
    with Bench(tmp_path) as bench:
        ready(bench)
        ticker = bench.until(bench.live_ladder).market.ticker
        path = f"/market/{ticker}"
        bench.control("POST", path, {"action": "pause"})
        bench.until(lambda: (now := bench.ladder()) and now.market.status is MarketStatus.INACTIVE)
        bench.control("POST", path, {"action": "reactivate"})
        bench.until(lambda: (now := bench.ladder()) and now.market.status is MarketStatus.ACTIVE)
        bench.control("POST", path, {"action": "close"})
        bench.control("POST", path, {"action": "determine", "result": "yes"})
        bench.until(lambda: now_is(bench, BookStatus.CLOSED))
        ladder = bench.ladder()
        assert ladder is not None
        assert ladder.market.status is MarketStatus.DETERMINED


def test_TC02_a_clock_that_is_off_is_put_right_by_the_refused_handshake(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ready(bench)
        bench.control("POST", "/faults", {"fault": "skew", "ms": 60_000})
        bench.control("POST", "/faults", {"fault": "close"})
        bench.until(lambda: [each.text for each in bench.notices].count("connected") == 2)
        bench.until(bench.live_ladder)


def test_a_closed_socket_is_connected_again_and_what_happened_meanwhile_is_swept(
    tmp_path: Path,
) -> None:
    with Bench(tmp_path) as bench:
        ready(bench)
        resting = place(bench, 100, 155)
        reached(bench, resting, OrderState.RESTING)
        bench.control("POST", "/faults", {"fault": "close"})
        bench.until(lambda: [each.text for each in bench.notices].count("connected") == 2)
        bench.until(bench.live_ladder)
        bench.desk.cancel_last()
        reached(bench, resting, OrderState.CANCELED)


def test_the_exchange_process_dying_is_stale_then_everything_is_back(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ready(bench)
        resting = place(bench, 100, 155)
        reached(bench, resting, OrderState.RESTING)
        pid = bench.child.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        bench.until(lambda: (now := bench.status()) and now.connection is not ConnectionState.OPEN)
        bench.until(lambda: bench.said("started again"))
        bench.until(bench.live_ladder)
        (order,) = bench.truth()["orders"]
        assert order["remaining_count_fp"] == count_to_wire(Count(155))
        bench.desk.cancel_last()
        reached(bench, resting, OrderState.CANCELED)


def test_FH04_a_second_workstation_on_the_ledger_looks_on(tmp_path: Path) -> None:
    with Bench(tmp_path) as first:
        ready(first)
        resting = place(first, 100, 155)
        reached(first, resting, OrderState.RESTING)
        with Bench(tmp_path) as second:
            second.until(second.live_ladder)
            status = second.until(second.read_only)
            assert str(os.getpid()) in status.read_only
            assert status.mode is Mode.VIEW
            reached(second, resting, OrderState.RESTING)
            second.desk.cancel([resting])
            second.until(lambda: second.said("using this order ledger"))
            # The exchange ends with the first workstation; the second one carries on.
            first.desk.cancel_last()
            reached(first, resting, OrderState.CANCELED)
            first.desk.close()
            second.until(lambda: [each.text for each in second.notices].count("connected") == 2)
            reached(second, resting, OrderState.CANCELED)
