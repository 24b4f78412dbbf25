"""Amend, decrease, the dead-man's switch, flatten and KILL against a practice exchange."""

from pathlib import Path
from typing import Any

from kalshi_tui.core.killing import KillPhase, KillProgress
from kalshi_tui.core.orders import OrderState, OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from tests.session.bench import Bench


def place(bench: Bench, price: int, count: int, tif: TimeInForce = TimeInForce.GTC) -> str:
    ladder = bench.until(bench.live_ladder)
    terms = OrderTerms(ladder.market.ticker, BookSide.BID, Price(price), Count(count), tif)
    return bench.desk.place(terms)


def is_in(bench: Bench, key: str, state: OrderState) -> bool:
    row = bench.row(key)
    return row is not None and row.state is state


def rests(bench: Bench, price: int, count: int) -> str:
    key = place(bench, price, count)
    bench.until(lambda: is_in(bench, key, OrderState.RESTING))
    return key


def is_settled(bench: Bench, key: str, price: int) -> bool:
    row = bench.row(key)
    return row is not None and row.change is None and row.price == price


def in_tail(bench: Bench) -> KillProgress | None:
    status = bench.status()
    kill = status.kill if status is not None else None
    return kill if kill is not None and kill.phase is KillPhase.TAIL else None


def of(bench: Bench, key: str) -> dict[str, Any]:
    orders = bench.truth()["orders"]
    return next(each for each in orders if each["client_order_id"] == key)


def resting(bench: Bench) -> int:
    return sum(each["status"] == "resting" for each in bench.truth()["orders"])


def best(bench: Bench) -> tuple[Price, Price]:
    """Wait for a live book and the balance; return bid and ask."""
    bench.until(lambda: (status := bench.status()) and status.cash is not None)
    ladder = bench.until(bench.live_ladder)
    assert ladder.best_bid is not None
    assert ladder.best_ask is not None
    return ladder.best_bid.price, ladder.best_ask.price


def test_an_order_is_amended_decreased_and_guarded_as_the_exchange_says(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        bid, _ = best(bench)
        key = rests(bench, bid - 100, 500)

        bench.desk.amend(key, Price(bid - 200), Count(500))
        bench.until(
            lambda: (row := bench.row(key)) and row.change is None and row.price < bid - 100
        )
        assert of(bench, key)["remaining_count_fp"] == "5.00"

        bench.desk.decrease(key, Count(300))
        bench.until(lambda: (row := bench.row(key)) and (row.initial, row.remaining) == (300, 300))
        assert of(bench, key)["remaining_count_fp"] == "3.00"

        bench.desk.dead_man(True)
        bench.until(lambda: (row := bench.row(key)) and row.expires_s)
        assert of(bench, key)["expiration_time"]
        bench.desk.dead_man(False)
        bench.until(lambda: (row := bench.row(key)) and row.expires_s is None)
        assert not of(bench, key).get("expiration_time")


def test_flatten_cancels_first_and_closes_what_is_held(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        bid, ask = best(bench)
        taken = place(bench, ask, 700, TimeInForce.IOC)
        bench.until(lambda: is_in(bench, taken, OrderState.EXECUTED) and bench.positions())
        key = rests(bench, bid - 300, 100)
        ladder = bench.until(bench.live_ladder)
        bench.desk.flatten(ladder.market.ticker)
        bench.until(lambda: bench.said("is flat: 7 closed"))
        assert of(bench, key)["status"] == "canceled"
        (held,) = bench.truth()["positions"]
        assert held["position_fp"] == "0.00"


def test_kill_reaches_zero_and_counts_what_the_exchange_confirms(tmp_path: Path) -> None:
    with Bench(tmp_path) as bench:
        bid, _ = best(bench)
        keys = [rests(bench, bid - 100 * number, 100 + number) for number in range(1, 4)]
        assert of(bench, keys[-1])["order_group_id"]
        bench.desk.kill()
        bench.until(lambda: resting(bench) == 0)
        kill = bench.until(lambda: in_tail(bench))
        assert (kill.known, kill.acknowledged, kill.left) == (3, 3, 0)
