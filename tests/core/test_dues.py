"""Orders that should have been heard of by now."""

import pytest

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.dues import BARRIER_NS, CANCEL_GRACE_NS, EXPIRY_GRACE_NS, LAST_PAUSE_NS
from kalshi_tui.core.events import ReportedStatus
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import Due, OrderState
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView, Pane
from tests.support.blotter import Blotter
from tests.support.facts import NOON_NS, SECOND, TICKER, fill, market, notices

LOOK = fx.DrillDown("order-1")
ARCHIVE = fx.DrillDown("order-1", history=True)


def test_TO30_an_expiry_that_has_passed_is_asked_about_and_not_assumed() -> None:
    desk = Blotter()
    desk.rest(expires_s=NOON_NS // SECOND + 10)
    assert LOOK not in desk.wait(10 * SECOND)
    assert LOOK in desk.wait(EXPIRY_GRACE_NS)
    assert (desk.state(), desk.row().due) == (OrderState.RESTING, Due.EXPIRY)
    assert desk.row().remaining == 1000
    desk.report(status=ReportedStatus.CANCELED, remaining=Count(0), reason="ExpiryCancel")
    assert (desk.state(), desk.row().due) == (OrderState.CANCELED, Due.NONE)


def test_TO30_an_expiry_that_was_moved_elsewhere_is_no_longer_due() -> None:
    desk = Blotter()
    desk.rest(expires_s=NOON_NS // SECOND + 10)
    desk.wait(13 * SECOND)
    desk.report(expires_ms=NOON_NS // 1_000_000 + 3_600_000)
    assert desk.row().due is Due.NONE
    assert LOOK not in desk.wait(60 * SECOND)


def test_TO31_a_market_that_opens_again_has_canceled_what_rested() -> None:
    desk = Blotter()
    desk.rest()
    desk.tell(e.MarketChanged(TICKER, MarketStatus.INACTIVE))
    desk.tell(e.MarketChanged(TICKER, MarketStatus.ACTIVE))
    assert (desk.state(), desk.row().due) == (OrderState.RESTING, Due.CANCEL)
    assert LOOK not in desk.wait(CANCEL_GRACE_NS - SECOND)
    assert LOOK in desk.wait(SECOND)


def test_TO31_a_market_that_was_active_all_along_has_canceled_nothing() -> None:
    desk = Blotter()
    desk.rest()
    desk.tell(e.MarketChanged(TICKER, MarketStatus.ACTIVE))
    assert desk.row().due is Due.NONE


def test_TO31_a_market_closes_by_the_clock_without_an_event() -> None:
    desk = Blotter()
    desk.tell(e.MarketsListed((market(close_ns=NOON_NS + 30 * SECOND),)))
    desk.rest()
    desk.wait(29 * SECOND)
    assert desk.row().due is Due.NONE
    desk.wait(2 * SECOND)
    assert desk.row().due is Due.CANCEL
    assert LOOK in desk.wait(CANCEL_GRACE_NS)


@pytest.mark.parametrize("status", [MarketStatus.CLOSED, MarketStatus.DETERMINED])
def test_TO31_FC18_a_market_that_closes_sweeps_its_orders(status: MarketStatus) -> None:
    desk = Blotter()
    desk.rest()
    desk.tell(e.MarketChanged(TICKER, status))
    assert desk.row().due is Due.CANCEL


def test_TO31_a_pause_sweeps_only_what_asked_for_it() -> None:
    desk = Blotter()
    desk.rest()
    desk.rest("mine-2", "order-2", cancel_on_pause=True, price=desk.row().price - 100)
    desk.tell(e.ExchangeStatusRead(True, False))
    assert (desk.row().due, desk.row("mine-2").due) == (Due.NONE, Due.CANCEL)


def test_TO32_an_order_that_a_complete_read_does_not_list_is_missing_and_still_counts() -> None:
    desk = Blotter()
    desk.rest()
    desk.wait(SECOND)
    desk.tell(e.Swept((), (), (), desk.wall_ns))
    assert (desk.row().due, desk.row().remaining) == (Due.MISSING, 1000)
    assert LOOK in desk.wait(2 * SECOND)


def test_TO32_a_read_that_is_older_than_the_order_proves_nothing() -> None:
    desk = Blotter()
    desk.wait(SECOND)
    desk.rest()
    desk.tell(e.Swept((), (), (), desk.wall_ns - SECOND))
    assert desk.row().due is Due.NONE


def missing() -> Blotter:
    desk = Blotter()
    desk.rest()
    desk.wait(SECOND)
    desk.tell(e.Swept((), (), (), desk.wall_ns))
    desk.wait(BARRIER_NS + SECOND)
    return desk


def test_TO32_two_404s_past_the_barrier_lead_to_the_archive_and_then_to_an_alarm() -> None:
    desk = missing()
    assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns)) == []
    assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns)) == [ARCHIVE]
    effects = desk.tell(e.OrderNotFound("order-1", desk.wall_ns, history=True))
    assert "ALARM" in notices(effects)[0]
    row = desk.row()
    assert (row.state, row.due, row.remaining) == (OrderState.RESTING, Due.UNKNOWN, 1000)
    assert desk.status().in_doubt == 1
    assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns, history=True)) == []


def test_FE13_an_order_that_is_over_and_not_found_is_looked_for_in_the_archive() -> None:
    desk = Blotter()
    desk.rest()
    desk.tell(fill())
    desk.report(status=ReportedStatus.CANCELED, remaining=Count(0), filled=Count(0))
    assert LOOK in desk.wait(2 * SECOND)
    assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns)) == [ARCHIVE]
    assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns, history=True)) == []


def test_an_order_that_is_over_and_adds_up_is_not_looked_for_in_the_archive() -> None:
    desk = Blotter()
    desk.rest()
    desk.report(status=ReportedStatus.CANCELED, remaining=Count(0), filled=Count(0))
    assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns)) == []


def test_TO32_a_404_before_the_barrier_never_counts() -> None:
    desk = Blotter()
    desk.rest()
    for _ in range(10):
        assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns + BARRIER_NS - 1)) == []


def test_TO32_an_error_never_counts_and_a_report_begins_the_count_anew() -> None:
    desk = missing()
    desk.tell(e.OrderNotFound("order-1", desk.wall_ns))
    for _ in range(10):
        desk.tell(e.RequestFailed("the fills of order order-1", "no route"))
    desk.report()
    assert desk.row().due is Due.NONE
    desk.wait(BARRIER_NS + SECOND)
    assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns)) == []


def test_404s_of_orders_that_are_over_or_unknown_are_nothing() -> None:
    desk = missing()
    assert desk.tell(e.OrderNotFound("nobody", desk.wall_ns)) == []
    desk.gone("order-1")
    for _ in range(3):
        assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns)) == []


def test_reads_of_what_stays_due_come_ever_more_rarely_and_never_end() -> None:
    desk = missing()
    found = desk.wait(600 * SECOND)
    looks = sum(each == LOOK for each in found)
    # The differences list looks as well, on its own pauses that end at a minute.
    assert 600 * SECOND // LAST_PAUSE_NS <= looks <= 30


def test_nothing_is_asked_without_a_connection() -> None:
    desk = missing()
    desk.tell(e.ConnectionChanged(e.ConnectionState.IDLE, "gone"))
    assert LOOK not in desk.wait(120 * SECOND)


def test_FC20_a_reactivation_that_swept_everything_leaves_no_ghost_within_five_seconds() -> None:
    desk = Blotter()
    desk.rest()
    desk.rest("mine-2", "order-2", price=Price(3500))
    desk.tell(e.MarketChanged(TICKER, MarketStatus.INACTIVE))
    desk.tell(e.MarketChanged(TICKER, MarketStatus.ACTIVE))
    asked = desk.wait(5 * SECOND)
    assert {each for each in asked if isinstance(each, fx.DrillDown)} == {
        fx.DrillDown("order-1"),
        fx.DrillDown("order-2"),
    }
    # Until the exchange says so they count: they may have been spared.
    assert desk.engine._state.exposures.of(TICKER).market.bids == 2000
    for number in (1, 2):
        desk.gone(f"order-{number}", client_order_id=f"mine-{number}", reason="HaltCancel")
    ladder = desk.engine.view((Pane.LADDER, TICKER))
    assert isinstance(ladder, LadderView)
    assert ladder.own == ()
    assert desk.engine._state.exposures.of(TICKER).market.bids == 0
