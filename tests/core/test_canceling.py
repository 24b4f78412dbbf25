"""Cancels and the answers to them."""

import pytest

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import ReportedStatus
from kalshi_tui.core.orders import CancelState, OrderState
from kalshi_tui.core.units import Count, Price
from tests.support.blotter import Blotter, ask_terms, sent
from tests.support.facts import SECOND, TICKER, fill, notices

LOOK = fx.DrillDown("order-1")
CANCEL = fx.SendCancel("order-1", TICKER)


def canceling() -> Blotter:
    desk = Blotter()
    desk.rest()
    desk.tell(c.Cancel(("mine-1",)))
    return desk


def test_TO22_a_cancel_names_order_and_market_and_passes_halt_and_stale_book() -> None:
    desk = Blotter()
    desk.rest()
    desk.tell(c.Arm(Mode.VIEW))
    desk.tell(e.BookStatusChanged(TICKER, e.BookStatus.STALE, "a gap"))
    desk.tell(e.ExchangeStatusRead(True, False))
    assert desk.tell(c.Cancel(("mine-1",))) == [CANCEL]
    assert desk.row().cancel is CancelState.PENDING


def test_TO23_an_acknowledged_cancel_ends_the_order_and_earlier_fills_still_count() -> None:
    desk = canceling()
    desk.tell(e.CancelAcked("order-1", Count(600), desk.now_ms, 12_000_000))
    assert desk.state() is OrderState.CANCELED
    desk.tell(fill())
    assert (desk.state(), desk.row().filled) == (OrderState.CANCELED, 400)


@pytest.mark.parametrize("taken", [0, 300, 999])
def test_INV_8_what_a_cancel_did_not_take_off_counts_before_its_fill_is_told(taken: int) -> None:
    desk = canceling()
    exposures = desk.engine._state.exposures
    before = exposures.of(TICKER).market.at_risk
    effects = desk.tell(e.CancelAcked("order-1", Count(taken), desk.now_ms, 1))
    assert fx.DrillDown("order-1") in effects
    assert desk.row().filled == 1000 - taken
    risk = exposures.of(TICKER).market
    assert (risk.bids, risk.highest) == (1000 - taken, 1000 - taken)
    assert 0 < risk.at_risk <= before
    desk.tell(fill(count=Count(1000 - taken)))
    risk = exposures.of(TICKER).market
    assert (risk.bids, risk.highest) == (0, 1000 - taken)


def test_what_a_cancel_may_have_left_to_fill_is_asked_about_until_a_report_says() -> None:
    desk = Blotter()
    desk.rest()
    desk.tell(c.Decrease("mine-1", Count(500)))
    desk.tell(c.Cancel(("mine-1",)))
    assert LOOK in desk.tell(e.CancelAcked("order-1", Count(400), desk.now_ms, 1))
    assert LOOK in desk.wait(2 * SECOND), "the first read may have failed"
    assert any("we have 0, the exchange says at most 6" in text for text in desk.said())
    archive = fx.DrillDown("order-1", history=True)
    assert desk.tell(e.OrderNotFound("order-1", desk.wall_ns)) == [archive]
    desk.report(status=ReportedStatus.CANCELED, filled=Count(0), remaining=Count(0))
    desk.wait(SECOND)
    assert desk.status().differences == 0
    assert LOOK not in desk.wait(120 * SECOND)


def test_what_a_cancel_did_not_take_off_is_not_filled_where_the_last_report_says_so() -> None:
    desk = canceling()
    desk.tell(e.CancelAcked("order-1", Count(600), desk.now_ms, 1))
    assert desk.row().filled == 400
    desk.report(status=ReportedStatus.CANCELED, filled=Count(100), remaining=Count(0))
    assert desk.row().filled == 100, "another program had decreased it"
    desk.tell(fill(count=Count(100)))
    desk.wait(3 * SECOND)
    assert desk.status().differences == 0


def test_a_cancel_that_took_everything_off_leaves_nothing_to_look_for() -> None:
    desk = canceling()
    effects = desk.tell(e.CancelAcked("order-1", Count(1000), desk.now_ms, 1))
    assert not [each for each in effects if isinstance(each, fx.DrillDown)]
    assert desk.engine._state.exposures.of(TICKER).market.at_risk == 0


def test_INV_8_a_cancel_while_the_size_changes_counts_the_most_until_a_report_says() -> None:
    desk = Blotter()
    desk.rest()
    desk.tell(c.Decrease("mine-1", Count(500)))
    desk.tell(c.Cancel(("mine-1",)))
    desk.tell(e.CancelAcked("order-1", Count(400), desk.now_ms, 1))
    exposures = desk.engine._state.exposures
    assert desk.row().filled == 0
    assert exposures.of(TICKER).market.bids == 600
    desk.report(status=ReportedStatus.CANCELED, filled=Count(100), remaining=Count(0))
    assert exposures.of(TICKER).market.bids == 100
    desk.tell(fill(count=Count(100)))
    assert exposures.of(TICKER).market.bids == 0


def test_TO24_a_404_is_asked_about_and_may_turn_out_executed() -> None:
    desk = canceling()
    assert desk.tell(e.CancelRefused("order-1", 404, "not_found")) == [fx.DrillDown("order-1")]
    assert (desk.state(), desk.row().cancel) == (OrderState.RESTING, CancelState.IN_DOUBT)
    assert desk.status().in_doubt == 1
    desk.report(status=ReportedStatus.EXECUTED, filled=Count(1000), remaining=Count(0))
    assert (desk.state(), desk.row().cancel) == (OrderState.EXECUTED, CancelState.NONE)
    assert desk.status().in_doubt == 0


def test_TO25_a_lost_cancel_is_asked_about_and_asked_again_after_a_complete_read() -> None:
    desk = canceling()
    effects = desk.tell(e.CancelUnknown("order-1", "timeout"))
    assert fx.DrillDown("order-1") in effects
    assert "may still be live" in notices(effects)[0]
    desk.report()
    assert desk.row().cancel is CancelState.IN_DOUBT
    assert CANCEL in desk.tell(e.Swept((), (), (), desk.wall_ns))


@pytest.mark.parametrize("code", ["trading_is_paused", "market_inactive"])
def test_TO26_a_denied_cancel_says_that_the_order_is_still_live(code: str) -> None:
    desk = canceling()
    effects = desk.tell(e.CancelRefused("order-1", 409, code))
    assert "still live" in notices(effects)[0]
    assert (desk.state(), desk.row().cancel) == (OrderState.RESTING, CancelState.NONE)


def test_FC05_a_cancel_that_crosses_a_fill_ends_as_executed() -> None:
    desk = canceling()
    desk.report(status=ReportedStatus.EXECUTED, filled=Count(1000), remaining=Count(0))
    desk.tell(e.CancelRefused("order-1", 404, "not_found"))
    assert (desk.state(), desk.row().cancel) == (OrderState.EXECUTED, CancelState.NONE)


def test_FC06_a_cancel_after_a_partial_fill_keeps_what_was_filled() -> None:
    desk = canceling()
    desk.tell(fill())
    desk.tell(e.CancelAcked("order-1", Count(600), desk.now_ms, 1))
    assert (desk.row().filled, desk.row().remaining) == (400, 0)


@pytest.mark.parametrize("how", ["ack", "report", "fill"])
def test_a_cancel_waits_for_an_order_without_an_id_however_it_becomes_known(how: str) -> None:
    desk = Blotter()
    desk.doubt()
    assert "once it is known" in notices(desk.tell(c.Cancel(("mine-1",))))[0]
    assert desk.row().cancel is CancelState.IN_DOUBT
    match how:
        case "ack":
            found = desk.tell(
                e.Acked("mine-1", "order-1", Count(0), Count(1000), None, desk.now_ms, 1)
            )
        case "report":
            found = desk.report()
        case _:
            found = desk.tell(fill())
    assert sent(found) == [CANCEL]
    assert desk.row().cancel is CancelState.PENDING


def test_everything_is_canceled_in_one_batch_and_the_keyboard_stays_as_it_is() -> None:
    desk = Blotter()
    desk.rest()
    desk.rest("mine-2", "order-2", price=Price(3500))
    desk.doubt("mine-3", **ask_terms())
    effects = desk.tell(c.CancelEverything())
    cancels = (CANCEL, fx.SendCancel("order-2", TICKER))
    assert sent(effects) == [fx.SendCancelBatch(cancels)]
    assert desk.status().mode is Mode.CONFIRM
    assert desk.row("mine-3").cancel is CancelState.IN_DOUBT
