"""Much at once: a screen that stands still, many markets, and endpoints that are not there.

Real processes and sockets on loopback; the long forms are behind the marker.
"""

import asyncio
import random
import threading
from pathlib import Path

import pytest

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView
from kalshi_tui.session.child import PracticeChild, practice_command
from tests.benchmarks.bench_orders import key_to_wire
from tests.benchmarks.soak import Soak
from tests.session.outage import Outage

SLOWEST_MS = 20.0
INFORMATION = (
    "/exchange/announcements",
    "/account/limits",
    "/account/endpoint_costs",
    "/api_keys",
    "/portfolio/orders/queue_positions",
)
"""Endpoints that only tell something: trading goes on without them."""


@pytest.mark.parametrize("seconds", [0.5, pytest.param(5.0, marks=pytest.mark.simulation)])
def test_FD22_a_screen_that_stands_still_holds_neither_the_stream_nor_orders_up(
    tmp_path: Path, seconds: float
) -> None:
    with Outage(tmp_path, rate=1_000, markets=4) as bench:
        bench.until(bench.live_ladder)
        bench.until(lambda: (status := bench.status()) and status.cash is not None)
        before = bench.until(bench.live_ladder)
        sockets = bench.socket_road.accepted
        placed = bench.desk.place(
            OrderTerms(before.market.ticker, BookSide.BID, Price(100), Count(100))
        )
        # Nothing is taken meanwhile, as where the terminal takes no output.
        threading.Event().wait(seconds)
        delivery = bench.desk.take()
        found = [each for each in delivery.views.values() if isinstance(each, LadderView)]
        bench.views.update(delivery.views)
        assert [each.status for each in found] == [BookStatus.LIVE], "the newest alone waits"
        assert found[0].revision > before.revision + 100 * seconds, "the stream went on"
        row = bench.row(placed)
        assert row is not None
        assert row.state is OrderState.RESTING, "it went at once and not when the screen woke"
        assert bench.socket_road.accepted == sockets, "pings were answered; nobody hung up"
        status = bench.until(bench.status)
        assert status.lagging_ns is None


def test_FF17_endpoints_that_only_inform_may_be_gone_and_the_start_is_as_ever(
    tmp_path: Path,
) -> None:
    bench = Outage(tmp_path)
    for path in INFORMATION:
        fault = {"fault": "http_error", "status": 404, "endpoint": f"GET {path}"}
        bench.control("POST", "/faults", fault)
    with bench:
        ladder = bench.until(bench.live_ladder)
        bench.until(lambda: (status := bench.status()) and status.cash is not None)
        bench.until(lambda: bench.said("could not read the account's limits"))
        placed = bench.desk.place(
            OrderTerms(ladder.market.ticker, BookSide.BID, Price(100), Count(100))
        )
        bench.until(lambda: (row := bench.row(placed)) and row.state is OrderState.RESTING)


@pytest.mark.simulation
async def test_FL09_400_markets_at_5000_messages_a_second_lose_nothing(tmp_path: Path) -> None:
    options = ["--preset", "sports", "--markets", "400", "--rate", "5000"]
    child = PracticeChild(tmp_path, [*practice_command(tmp_path), *options])
    child.spawn()
    try:
        soak = Soak(await child.ready(), random.Random(1))
        carrying = asyncio.create_task(soak.connection.run())
        soak.connection.want(await soak.markets())
        assert await soak.calm() == ""
        await asyncio.sleep(20)
        assert await soak.calm() == ""
        report = soak.connection.report()
        assert (report.gaps, report.reconnects) == (0, 0)
        carrying.cancel()
        await asyncio.wait({carrying})
    finally:
        child.kill()


@pytest.mark.simulation
def test_FL10_while_2000_messages_a_second_are_painted_99_of_100_orders_leave_within_20_ms() -> (
    None
):
    found = key_to_wire(2_000)
    assert len([each for each in found if each > SLOWEST_MS]) <= len(found) // 100
