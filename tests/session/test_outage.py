"""Whatever happens to the exchange or the road to it: STALE in time, back by itself, all agrees.

Real processes and sockets on loopback. Long absences are for the virtual clock; these show that
the pieces meet.
"""

from pathlib import Path

import pytest

from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price, parse_count
from kalshi_tui.core.views import LadderView
from tests.session.manual import SteppedClock
from tests.session.outage import SECOND, Outage

SILENT_S = 3.0
CLOSED_S = 2.0
MARGIN_S = 5.0
"""For a machine that is busy with something else; the exact limits are held on the virtual clock
(`tests/api`)."""


def ready(bench: Outage) -> None:
    bench.until(bench.live_ladder)
    bench.until(lambda: (status := bench.status()) and status.cash is not None)


def stale(bench: Outage) -> LadderView | None:
    ladder = bench.ladder()
    return ladder if ladder is not None and ladder.status is BookStatus.STALE else None


def place(bench: Outage, price: int, count: int) -> str:
    ladder = bench.until(bench.live_ladder)
    return bench.desk.place(
        OrderTerms(ladder.market.ticker, BookSide.BID, Price(price), Count(count))
    )


def rests(bench: Outage, client_order_id: str) -> bool:
    row = bench.row(client_order_id)
    return row is not None and row.state is OrderState.RESTING


def accounts_agree(bench: Outage) -> bool:
    """True where what rests and what is held is, to the order and contract, what the truth says."""
    truth = bench.truth()
    ours = {row.order_id: row.remaining for row in bench.live_rows()}
    theirs = {
        order["order_id"]: parse_count(order["remaining_count_fp"])
        for order in truth["orders"]
        if order["status"] == "resting"
    }
    held = {row.ticker: row.position for row in bench.positions() if row.position}
    stated = {
        each["ticker"]: parse_count(each["position_fp"])
        for each in truth["positions"]
        if parse_count(each["position_fp"].lstrip("-"))
    }
    status = bench.status()
    return ours == theirs and held == stated and status is not None and not status.differences


def trade_a_little(bench: Outage) -> str:
    """Hold a position and an order that rests far below the market."""
    ladder = bench.until(bench.live_ladder)
    assert ladder.best_ask is not None
    taken = place(bench, ladder.best_ask.price, 100)
    bench.until(lambda: bench.positions())
    bench.until(lambda: (row := bench.row(taken)) and row.state is OrderState.EXECUTED)
    resting = place(bench, 100, 300)
    bench.until(lambda: rests(bench, resting))
    return resting


def test_FD20_an_exchange_that_is_halted_makes_the_ladder_stale_within_3_s_and_comes_back(
    tmp_path: Path,
) -> None:
    with Outage(tmp_path, preset="sports") as bench:
        ready(bench)
        trade_a_little(bench)
        bench.stop()
        took = bench.after(lambda: stale(bench))
        assert took <= SILENT_S + MARGIN_S
        status = bench.status()
        assert status is not None
        assert status.connection is ConnectionState.SILENT
        refused = place_now(bench)
        bench.until(lambda: bench.said("not sent"))
        assert bench.row(refused) is None
        bench.go_on()
        bench.until(bench.live_ladder)
        bench.until(lambda: accounts_agree(bench))


def place_now(bench: Outage) -> str:
    ladder = bench.ladder()
    assert ladder is not None
    return bench.desk.place(OrderTerms(ladder.market.ticker, BookSide.BID, Price(200), Count(100)))


def test_TC11_an_exchange_that_is_killed_and_restarted_finds_us_again_and_the_accounts_agree(
    tmp_path: Path,
) -> None:
    with Outage(tmp_path) as bench:
        ready(bench)
        resting = trade_a_little(bench)
        bench.pass_time(0.5)
        bench.kill()
        assert bench.after(lambda: stale(bench)) <= CLOSED_S
        bench.pass_time(3)
        assert stale(bench) is not None
        bench.begin()
        bench.until(bench.live_ladder)
        bench.until(lambda: rests(bench, resting))
        bench.until(lambda: accounts_agree(bench))


def test_FD21_a_reset_in_the_middle_of_a_frame_is_stale_at_once_and_repaired(
    tmp_path: Path,
) -> None:
    with Outage(tmp_path, preset="sports") as bench:
        ready(bench)
        for _ in range(3):
            before = len(bench.notices)
            bench.socket_road.reset()
            bench.until(lambda: bench.said_since(before, "STALE"))  # noqa: B023
            bench.until(bench.live_ladder)
        bench.until(lambda: accounts_agree(bench))


@pytest.mark.parametrize("both", [False, True])
def test_FD20_a_half_open_road_is_noticed_and_left_for_a_new_one(
    tmp_path: Path, both: bool
) -> None:
    with Outage(tmp_path, preset="sports") as bench:
        ready(bench)
        resting = trade_a_little(bench)
        roads = [bench.socket_road, bench.rest_road] if both else [bench.socket_road]
        for road in roads:
            road.blackhole()
        assert bench.after(lambda: stale(bench)) <= SILENT_S + MARGIN_S
        # The account changes while we cannot see it.
        bench.pass_time(1)
        for road in roads:
            road.reset()
            road.flow()
        bench.until(bench.live_ladder)
        bench.until(lambda: rests(bench, resting))
        bench.until(lambda: accounts_agree(bench))


def test_a_slow_road_is_no_reason_to_doubt_a_book(tmp_path: Path) -> None:
    with Outage(tmp_path, preset="quiet") as bench:
        bench.socket_road.slow(0.1)
        ready(bench)
        before = len(bench.notices)
        bench.pass_time(3)
        assert not bench.said_since(before, "STALE")


def test_TC13_after_sleep_the_socket_is_dropped_and_everything_is_read_anew(
    tmp_path: Path,
) -> None:
    clock = SteppedClock()
    with Outage(tmp_path, clock=clock) as bench:
        ready(bench)
        resting = trade_a_little(bench)
        sockets = bench.socket_road.accepted
        clock.asleep_ns += 600 * SECOND
        bench.until(lambda: bench.said("asleep for 600 s"))
        bench.until(lambda: bench.socket_road.accepted > sockets)
        bench.until(lambda: bench.said("is LIVE again"))
        bench.until(lambda: rests(bench, resting))
        status = bench.status()
        assert status is not None
        assert status.resumed_wall_ns is not None


def test_TC14_a_clock_that_is_set_leaves_a_healthy_socket_alone(tmp_path: Path) -> None:
    clock = SteppedClock()
    with Outage(tmp_path, clock=clock) as bench:
        ready(bench)
        sockets = bench.socket_road.accepted
        clock.stepped_ns += 120 * SECOND
        bench.pass_time(3)
        assert bench.socket_road.accepted == sockets
        assert bench.live_ladder() is not None
        resting = place(bench, 100, 100)
        bench.until(lambda: rests(bench, resting))


def test_TC17_a_stream_that_keeps_losing_frames_is_left_for_rest_and_says_so(
    tmp_path: Path,
) -> None:
    with Outage(tmp_path, rate=600) as bench:
        ready(bench)
        bench.control(
            "POST", "/faults", {"fault": "drop_frame", "p": 0.1, "channel": "orderbook_delta"}
        )

        def degraded() -> LadderView | None:
            ladder = bench.ladder()
            is_degraded = ladder is not None and ladder.status is BookStatus.DEGRADED
            return ladder if is_degraded else None

        first = bench.until(degraded)
        bench.until(lambda: (now := degraded()) and now.revision > first.revision + 1)
        place_now(bench)
        bench.until(lambda: bench.said("The book is DEGRADED"))
