"""The desk's commands on a practice exchange in its own process: what is shown is the truth."""

from pathlib import Path
from typing import Any

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView, StatusView
from tests.session.bench import Bench


def ready(bench: Bench) -> LadderView:
    """Wait until the gate lets orders through."""
    bench.until(bench.live_ladder)

    def settled() -> StatusView | None:
        status = bench.status()
        return status if status and status.cash is not None and status.budget else None

    bench.until(settled)
    ladder = bench.until(bench.live_ladder)
    assert ladder.status is BookStatus.LIVE
    return ladder


def order(bench: Bench, client_order_id: str) -> dict[str, Any]:
    """Return an order as the exchange has it."""
    orders = bench.truth()["orders"]
    found: dict[str, Any] = next(
        each for each in orders if each["client_order_id"] == client_order_id
    )
    return found


def rests(bench: Bench, client_order_id: str, price: int, remaining: int) -> None:
    """Wait until the screen shows an order so, and hold it against the exchange."""

    def shown() -> object:
        row = bench.row(client_order_id)
        return (
            row
            and row.state is OrderState.RESTING
            and (row.price, row.remaining) == (price, remaining)
        )

    bench.until(shown)
    true = order(bench, client_order_id)
    assert true["yes_price_dollars"] == f"0.{price:04d}"
    assert true["remaining_count_fp"] == f"{remaining / 100:.2f}"


def gone(bench: Bench, client_order_id: str) -> None:
    """Wait until an order is shown as canceled, and hold it against the exchange."""
    bench.until(lambda: (row := bench.row(client_order_id)) and row.state is OrderState.CANCELED)
    assert order(bench, client_order_id)["status"] == "canceled"


def next_second(bench: Bench) -> None:
    """Wait until the engine was told the time once more."""
    was = bench.status()
    assert was is not None
    bench.until(lambda: (now := bench.status()) and now.wall_ns > was.wall_ns)


def grouped(bench: Bench, ticker: str) -> str:
    """Place orders until one is in its shard's group, which is made once the account was read."""
    for price in range(100, 1_000, 100):
        placed = bench.desk.place(OrderTerms(ticker, BookSide.BID, Price(price), Count(100)))
        rests(bench, placed, price, 100)
        if order(bench, placed).get("order_group_id"):
            return placed
        bench.desk.cancel([placed])
        gone(bench, placed)
        next_second(bench)
    raise AssertionError("no order was put into a group")


def test_orders_are_placed_in_a_batch_changed_and_taken_off(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ticker = ready(bench).market.ticker
        terms = [
            OrderTerms(ticker, BookSide.BID, Price(100 * each), Count(1_000)) for each in (1, 2, 3)
        ]
        first, second, third = bench.desk.place_batch(terms)
        for number, each in enumerate((first, second, third), 1):
            rests(bench, each, 100 * number, 1_000)
        bench.desk.amend(first, Price(400), Count(1_200))
        rests(bench, first, 400, 1_200)
        bench.desk.decrease(first, Count(300))
        rests(bench, first, 400, 300)

        bench.desk.cancel([second])
        gone(bench, second)
        bench.desk.cancel_everything()
        for each in (first, third):
            gone(bench, each)
        assert not bench.live_rows()


def test_a_position_is_flattened_and_never_through_zero(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ladder = ready(bench)
        assert ladder.best_ask is not None
        ticker = ladder.market.ticker
        size = Count(min(ladder.best_ask.size, 500))
        taken = bench.desk.place(OrderTerms(ticker, BookSide.BID, ladder.best_ask.price, size))
        bench.until(lambda: (row := bench.row(taken)) and row.state is OrderState.EXECUTED)
        bench.until(lambda: any(row.position == size for row in bench.positions()))
        resting = bench.desk.place(OrderTerms(ticker, BookSide.BID, Price(100), Count(100)))
        rests(bench, resting, 100, 100)
        bench.desk.flatten(ticker)
        gone(bench, resting)
        bench.until(lambda: all(row.position == 0 for row in bench.positions()))
        (held,) = bench.truth()["positions"]
        assert held["position_fp"] == "0.00"


def test_what_is_left_of_the_budget_is_shown(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ticker = ready(bench).market.ticker
        status = bench.status()
        assert status is not None
        assert status.budget is not None
        assert (status.budget.write_capacity, status.budget.reserve) == (100, 20)
        placed = bench.desk.place(OrderTerms(ticker, BookSide.BID, Price(100), Count(100)))
        bench.until(lambda: (now := bench.status()) and now.budget and now.budget.write_left < 100)
        rests(bench, placed, 100, 100)


def test_TO38_a_group_that_trips_at_the_exchange_is_told_and_its_orders_are_gone(
    tmp_path: Path,
) -> None:
    with Bench(tmp_path) as bench:
        placed = grouped(bench, ready(bench).market.ticker)
        bench.control("POST", "/faults", {"fault": "trigger_group"})
        gone(bench, placed)
        bench.until(lambda: bench.said("breaker tripped"))
        bench.until(lambda: (status := bench.status()) and status.mode is Mode.VIEW)


def test_kill_takes_off_a_batch_and_leaves_the_keyboard_in_view(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        ticker = ready(bench).market.ticker
        placed = bench.desk.place_batch(
            [OrderTerms(ticker, BookSide.BID, Price(100 * each), Count(100)) for each in (1, 2)]
        )
        for number, each in enumerate(placed, 1):
            rests(bench, each, 100 * number, 100)
        bench.desk.kill()
        for each in placed:
            gone(bench, each)
        bench.until(lambda: bench.said("KILL"))
        bench.until(lambda: (status := bench.status()) and status.mode is Mode.VIEW)
        assert {each["status"] for each in bench.truth()["orders"]} == {"canceled"}
