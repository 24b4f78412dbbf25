"""Determination, dispute, settlement: the statuses, the timer and the money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.units import ONE_DOLLAR, Count, Money, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import (
    BookCleared,
    CloseMoved,
    MarketDetermined,
    MarketResult,
    MarketSettled,
    OrderUpdated,
    PositionUpdated,
    SettlementPaid,
    StatusChanged,
)
from kalshi_tui.practice.orders import UpdateReason
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import ASK, BID, CLOSE, NOW, SECOND, place, world

YES, NO, SCALAR = MarketResult.YES, MarketResult.NO, MarketResult.SCALAR


def held(yes: int, no: int) -> Exchange:
    """Return an exchange in which ann holds `yes` YES at 60 cents and bob `no` NO at 40."""
    exchange = world()
    for account, side, size in (("ann", BID, yes), ("bob", ASK, no)):
        if size:
            place(exchange, "crowd", side.other, 6_000, size)
            place(exchange, account, side, 6_000, size)
    exchange.take_happenings()
    return exchange


def kinds(exchange: Exchange) -> list[str]:
    """Return the kinds of what happened, and the new status where one is told."""
    return [
        each.after.value if isinstance(each, StatusChanged) else type(each).__name__
        for each in exchange.take_happenings()
    ]


def status(exchange: Exchange) -> str:
    """Return the market's status in the wire's word."""
    return exchange.markets["RAIN"].status.value


def test_a_market_is_determined_and_paid_when_its_timer_runs_out() -> None:
    exchange = held(500, 300)
    market = exchange.markets["RAIN"]
    exchange.advance(CLOSE + SECOND)
    exchange.take_happenings()
    exchange.determine("RAIN", YES, CLOSE + 2 * SECOND)
    assert (market.result, market.value, market.status) == (
        YES,
        ONE_DOLLAR,
        MarketStatus.DETERMINED,
    )
    assert kinds(exchange) == ["determined", "MarketDetermined"]
    assert exchange.next_due_ns() == CLOSE + 62 * SECOND
    exchange.advance(CLOSE + 100 * SECOND)
    assert market.settled_ns == CLOSE + 62 * SECOND
    assert kinds(exchange) == [
        "SettlementPaid",
        "PositionUpdated",
        "SettlementPaid",
        "PositionUpdated",
        "finalized",
        "MarketSettled",
    ]


def test_yes_gets_the_dollar_and_no_gets_nothing() -> None:
    exchange = held(500, 300)
    before = {name: account.available() for name, account in exchange.accounts.items()}
    exchange.determine("RAIN", YES, NOW)
    exchange.settle("RAIN", NOW)
    ann, bob = exchange.accounts["ann"], exchange.accounts["bob"]
    assert ann.available() - before["ann"] == 5_000_000
    assert bob.available() == before["bob"]
    assert ann.settlements[0].revenue == 5_000_000
    report = ann.positions()[0]
    assert (report.net, report.cost, report.realized_pnl) == (0, 0, 2_000_000)
    assert report.settled_ns == NOW
    assert bob.positions()[0].realized_pnl == -300 * 4_000


def test_the_record_names_gross_totals_and_not_what_was_left() -> None:
    exchange = held(500, 0)
    place(exchange, "crowd", BID, 7_000, 200)
    place(exchange, "ann", ASK, 7_000, 200)
    exchange.determine("RAIN", NO, NOW)
    exchange.settle("RAIN", NOW)
    (paid,) = exchange.accounts["ann"].settlements
    assert (paid.yes_count, paid.yes_cost) == (500, 500 * 6_000)
    assert (paid.no_count, paid.no_cost) == (200, 200 * 3_000)
    assert (paid.net, paid.revenue, paid.value, paid.result) == (300, 0, 0, NO)
    assert paid.fees == sum(fill.fee for fill in exchange.accounts["ann"].fills)


@pytest.mark.parametrize(
    ("value", "yes", "no"), [(5_000, 1_500_000, 1_500_000), (4_555, 1_360_000, 1_630_000)]
)
def test_a_scalar_pays_whole_cents_and_keeps_the_rest_as_a_fee(
    value: int, yes: int, no: int
) -> None:
    exchange = held(300, 300)
    exchange.determine("RAIN", SCALAR, NOW, Price(value))
    exchange.settle("RAIN", NOW)
    for name, revenue, exact in (("ann", yes, 300 * value), ("bob", no, 300 * (10_000 - value))):
        account = exchange.accounts[name]
        (paid,) = account.settlements
        assert paid.revenue == revenue
        assert paid.fees == sum(fill.fee for fill in account.fills) + exact - revenue


@given(
    st.integers(1, 5_000),
    st.integers(1, 5_000),
    st.integers(0, 10_000),
    st.sampled_from([BID, ASK]),
)
def test_no_micro_dollar_is_made_or_lost_by_a_settlement(
    yes: int, no: int, value: int, extra: object
) -> None:
    exchange = held(yes, no)
    if extra is BID:
        place(exchange, "ann", BID, 1_000, 77)
    money = sum(sum(each.cash.values()) for each in exchange.accounts.values())
    money += sum(each.cash for each in exchange.house.values())
    market = exchange.markets["RAIN"]
    held_back = market.open_interest * ONE_DOLLAR
    exchange.determine("RAIN", SCALAR, NOW, Price(value))
    exchange.settle("RAIN", NOW)
    after = sum(sum(each.cash.values()) for each in exchange.accounts.values())
    after += sum(each.cash for each in exchange.house.values())
    taken = sum(
        paid.fees - sum(fill.fee for fill in account.fills)
        for account in exchange.accounts.values()
        for paid in account.settlements
    )
    assert money + held_back == after + taken
    assert all(account.available() % 100 == 0 for account in exchange.accounts.values())
    assert 0 <= taken < 20_000


def test_determining_an_open_market_closes_it_early_and_says_so() -> None:
    exchange = held(100, 0)
    resting = place(exchange, "ann", BID, 1_000, 100).order_id
    exchange.take_happenings()
    exchange.determine("RAIN", YES, NOW + SECOND)
    moved, *rest = exchange.take_happenings()
    assert moved == CloseMoved("RAIN", NOW + SECOND, NOW + SECOND)
    assert [each.after for each in rest if isinstance(each, StatusChanged)] == [
        MarketStatus.CLOSED,
        MarketStatus.DETERMINED,
    ]
    exchange.advance(NOW + 2 * SECOND)
    assert exchange.order("ann", resting).reason is UpdateReason.CLOSE_CANCEL
    assert any(isinstance(each, BookCleared) for each in exchange.take_happenings())


def test_a_settlement_before_the_clearing_cancels_what_still_rests_first() -> None:
    exchange = held(100, 0)
    place(exchange, "ann", ASK, 9_000, 100)
    exchange.take_happenings()
    exchange.determine("RAIN", YES, NOW)
    exchange.settle("RAIN", NOW)
    found = exchange.take_happenings()
    canceled = [index for index, each in enumerate(found) if isinstance(each, OrderUpdated)]
    paid = [index for index, each in enumerate(found) if isinstance(each, SettlementPaid)]
    assert canceled[0] < paid[0]
    assert isinstance(found[paid[0] + 1], PositionUpdated)
    assert isinstance(found[-1], MarketSettled)


def test_a_dispute_stops_the_timer_and_another_result_starts_it_again() -> None:
    exchange = held(100, 0)
    exchange.determine("RAIN", YES, NOW)
    exchange.dispute("RAIN", NOW + SECOND)
    exchange.advance(NOW + 1_000 * SECOND)
    assert status(exchange) == "disputed"
    exchange.take_happenings()
    exchange.determine("RAIN", NO, NOW + 1_001 * SECOND)
    assert status(exchange) == "amended"
    told = [each for each in exchange.take_happenings() if isinstance(each, MarketDetermined)]
    assert [(each.result, each.value) for each in told] == [(NO, 0)]
    exchange.advance(NOW + 1_061 * SECOND)
    assert status(exchange) == "finalized"
    assert exchange.accounts["ann"].settlements[0].revenue == 0


def test_the_timer_that_a_dispute_stopped_does_not_pay_later() -> None:
    exchange = held(100, 0)
    exchange.determine("RAIN", YES, NOW)
    exchange.dispute("RAIN", NOW + SECOND)
    exchange.determine("RAIN", YES, NOW + 30 * SECOND)
    exchange.advance(NOW + 89 * SECOND)
    assert status(exchange) == "determined"
    exchange.advance(NOW + 90 * SECOND)
    assert status(exchange) == "finalized"


def test_a_dispute_that_changes_nothing_ends_as_determined() -> None:
    exchange = held(100, 0)
    exchange.determine("RAIN", YES, NOW)
    exchange.dispute("RAIN", NOW)
    exchange.determine("RAIN", YES, NOW)
    assert exchange.markets["RAIN"].status is MarketStatus.DETERMINED


def test_what_cannot_be_is_refused() -> None:
    exchange = held(100, 0)
    for command in (exchange.dispute, exchange.settle):
        with pytest.raises(Rejection, match="market_inactive"):
            command("RAIN", NOW)
    for value in (None, Price(10_001), Price(-1)):
        with pytest.raises(Rejection, match="invalid_parameters"):
            exchange.determine("RAIN", SCALAR, NOW, value)
    exchange.determine("RAIN", YES, NOW)
    exchange.settle("RAIN", NOW)
    with pytest.raises(Rejection, match="market_inactive"):
        exchange.determine("RAIN", NO, NOW)
    with pytest.raises(Rejection, match="market_inactive"):
        exchange.move_close("RAIN", CLOSE, NOW)
    assert exchange.accounts["ann"].settlements[0].result is YES


def test_who_is_flat_gets_a_record_of_nothing_and_who_never_traded_gets_none() -> None:
    exchange = held(100, 0)
    place(exchange, "crowd", BID, 6_000, 100)
    place(exchange, "ann", ASK, 6_000, 100)
    place(exchange, "bob", BID, 1_000, 100)
    exchange.determine("RAIN", YES, NOW)
    exchange.settle("RAIN", NOW)
    (paid,) = exchange.accounts["ann"].settlements
    assert (paid.net, paid.revenue) == (Count(0), Money(0))
    assert exchange.accounts["bob"].settlements == []
