"""The calendar of the practice exchange: openings, expiries, closes and pauses."""

import pytest

from kalshi_tui.core.market import PUBLISHED_GRIDS, MarketStatus
from kalshi_tui.core.units import Money, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import BookChanged, BookCleared, OrderUpdated, StatusChanged
from kalshi_tui.practice.lifecycle import CLEARING_NS
from kalshi_tui.practice.orders import OrderStatus, UpdateReason
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import (
    ASK,
    BID,
    CLOSE,
    NOW,
    NOW_S,
    SECOND,
    listing,
    order,
    place,
    refusal,
    world,
)


def test_an_order_expires_on_its_second_whenever_that_is_noticed() -> None:
    exchange = world()
    placed = place(exchange, "ann", BID, 4_800, 100, expires_s=NOW_S + 5)
    exchange.take_happenings()
    exchange.advance(NOW + 5 * SECOND - 1)
    assert exchange.take_happenings() == []
    assert exchange.next_due_ns() == NOW + 5 * SECOND
    exchange.advance(NOW + 8 * SECOND)
    change, update = exchange.take_happenings()
    assert isinstance(change, BookChanged)
    assert change.at_ns == NOW + 5 * SECOND
    assert isinstance(update, OrderUpdated)
    assert update.order.reason is UpdateReason.EXPIRY_CANCEL
    assert exchange.order("ann", placed.order_id).status is OrderStatus.CANCELED
    assert exchange.accounts["ann"].available() == 100_000_000


def test_a_command_meets_no_order_that_has_expired_before_it() -> None:
    exchange = world()
    place(exchange, "ann", BID, 4_800, 100, expires_s=NOW_S + 5)
    placed = exchange.place("bob", order(ASK, 4_800, 100), NOW + 5 * SECOND)
    assert placed.filled == 0


def test_a_market_opens_closes_and_is_cleared_by_the_calendar() -> None:
    exchange = Exchange()
    exchange.list_market(listing(open_ns=NOW + SECOND), NOW)
    exchange.open_account("ann", {0: Money(1_000_000)})
    assert exchange.markets["RAIN"].status is MarketStatus.INITIALIZED
    assert refusal(exchange, "ann", BID, 5_000, 100)[1]["code"] == "market_inactive"
    placed = exchange.place("ann", order(BID, 5_000, 100), NOW + SECOND)
    exchange.take_happenings()
    exchange.advance(CLOSE)
    assert exchange.markets["RAIN"].status.value == "closed"
    with pytest.raises(Rejection) as refused:
        exchange.cancel("ann", placed.order_id, CLOSE)
    assert (refused.value.status, refused.value.code) == (400, "market_inactive")
    assert exchange.cancel_all("ann", CLOSE) == []
    exchange.advance(CLOSE + CLEARING_NS)
    closed, change, update, cleared = exchange.take_happenings()
    assert closed == StatusChanged("RAIN", MarketStatus.ACTIVE, MarketStatus.CLOSED, CLOSE)
    assert isinstance(change, BookChanged)
    assert isinstance(update, OrderUpdated)
    assert update.order.reason is UpdateReason.CLOSE_CANCEL
    assert cleared == BookCleared("RAIN", CLOSE + CLEARING_NS)
    assert exchange.accounts["ann"].available() == 1_000_000


def test_a_paused_market_takes_cancels_only_and_its_return_cancels_the_rest() -> None:
    exchange = world()
    first = place(exchange, "ann", BID, 5_000, 100)
    second = place(exchange, "ann", BID, 5_000, 100)
    exchange.pause_market("RAIN", NOW)
    assert refusal(exchange, "ann", BID, 5_000, 100)[1]["code"] == "market_inactive"
    assert exchange.cancel("ann", first.order_id, NOW).reduced_by == 100
    exchange.reactivate_market("RAIN", NOW)
    assert exchange.order("ann", second.order_id).reason is UpdateReason.HALT_CANCEL
    assert place(exchange, "ann", BID, 5_000, 100).remaining == 100


def test_a_trading_pause_takes_cancels_and_an_exchange_pause_takes_nothing() -> None:
    exchange = world()
    placed = place(exchange, "ann", BID, 5_000, 100)
    exchange.trading_active = False
    assert refusal(exchange, "ann", BID, 5_000, 100)[0:1] == (409,)
    exchange.exchange_active = False
    assert refusal(exchange, "ann", BID, 5_000, 100)[1]["code"] == "exchange_is_paused"
    with pytest.raises(Rejection, match="exchange_is_paused"):
        exchange.cancel("ann", placed.order_id, NOW)
    exchange.exchange_active = True
    assert exchange.cancel("ann", placed.order_id, NOW).reduced_by == 100


def test_a_change_of_the_grid_keeps_what_rests_and_holds_for_what_comes() -> None:
    exchange = world()
    place(exchange, "ann", BID, 5_000, 100)
    exchange.markets["RAIN"].grid = PUBLISHED_GRIDS["center_half_edge_half_cent"]
    assert place(exchange, "ann", BID, 5_050, 100).remaining == 100
    assert exchange.markets["RAIN"].book.best_bid == Price(5_050)


def test_a_close_that_was_moved_happens_at_its_new_time_only() -> None:
    exchange = world()
    exchange.move_close("RAIN", CLOSE + SECOND, NOW)
    exchange.advance(CLOSE)
    assert exchange.place("ann", order(BID, 5_000, 100), CLOSE).remaining == 100
    exchange.advance(CLOSE + SECOND)
    assert exchange.markets["RAIN"].status is MarketStatus.CLOSED


def test_a_closed_market_with_a_later_close_trades_again() -> None:
    exchange = world()
    exchange.close_market("RAIN", NOW)
    exchange.advance(NOW + CLEARING_NS)
    exchange.move_close("RAIN", CLOSE, NOW + SECOND)
    placed = exchange.place("ann", order(BID, 5_000, 100), NOW + SECOND)
    assert exchange.order("ann", placed.order_id).status is OrderStatus.RESTING
    exchange.advance(CLOSE)
    assert exchange.markets["RAIN"].status is MarketStatus.CLOSED
