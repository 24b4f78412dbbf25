"""Pauses by shard, ticks and fees that change mid-life, early close and reopening."""

import pytest

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS, MarketStatus
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import (
    CloseMoved,
    EventFeesChanged,
    MarketListed,
    StatusChanged,
    TicksChanged,
)
from kalshi_tui.practice.orders import Amendment, OrderStatus, UpdateReason
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import (
    ASK,
    BID,
    CLOSE,
    NOW,
    SECOND,
    listing,
    order,
    place,
    refusal,
    world,
)

HALF = FeeSchedule(FeeType.QUADRATIC, 500_000)
DOUBLE = FeeSchedule(FeeType.QUADRATIC, 2_000_000)


def two_shards() -> Exchange:
    """Return an exchange with RAIN on shard 0 and SNOW on shard 1, and cash on both."""
    exchange = world()
    exchange.list_market(listing("SNOW", exchange_index=1), NOW)
    exchange.deposit("ann", Money(50_000_000), NOW, 1)
    exchange.take_happenings()
    return exchange


def test_a_listed_market_is_told_of() -> None:
    exchange = Exchange()
    exchange.list_market(listing(), NOW)
    assert exchange.take_happenings() == [MarketListed("RAIN", NOW)]


def test_a_trading_pause_cancels_what_asked_for_it_and_keeps_the_rest() -> None:
    exchange = two_shards()
    goes = place(exchange, "ann", BID, 4_000, 100, cancel_on_pause=True).order_id
    stays = place(exchange, "ann", BID, 4_000, 100).order_id
    elsewhere = exchange.place(
        "ann", order(BID, 4_000, 100, ticker="SNOW", cancel_on_pause=True), NOW
    ).order_id
    exchange.set_trading(False, NOW, 0)
    assert exchange.order("ann", goes).reason is UpdateReason.HALT_CANCEL
    assert exchange.order("ann", stays).status is OrderStatus.RESTING
    assert exchange.order("ann", elsewhere).status is OrderStatus.RESTING
    assert refusal(exchange, "ann", BID, 4_000, 100)[1]["code"] == "trading_is_paused"
    assert exchange.place("ann", order(BID, 4_000, 100, ticker="SNOW"), NOW).remaining == 100
    exchange.cancel("ann", stays, NOW)
    assert (exchange.is_trading(0), exchange.is_open(0), exchange.is_trading(1)) == (
        False,
        True,
        True,
    )
    exchange.set_trading(True, NOW)
    assert place(exchange, "ann", BID, 4_000, 100).remaining == 100


def test_an_exchange_pause_of_one_shard_stops_that_one_only() -> None:
    exchange = two_shards()
    rain = place(exchange, "ann", BID, 4_000, 100).order_id
    snow = exchange.place("ann", order(BID, 4_000, 100, ticker="SNOW"), NOW).order_id
    exchange.set_exchange(False, NOW, 1)
    with pytest.raises(Rejection, match="exchange_is_paused"):
        exchange.cancel("ann", snow, NOW)
    exchange.cancel("ann", rain, NOW)
    assert (exchange.exchange_active, exchange.is_open(1)) == (True, False)
    exchange.set_exchange(True, NOW)
    exchange.cancel("ann", snow, NOW)


def test_reactivation_cancels_everything_and_a_pause_nothing() -> None:
    exchange = world()
    placed = place(exchange, "ann", BID, 4_000, 100).order_id
    exchange.pause_market("RAIN", NOW)
    assert exchange.order("ann", placed).status is OrderStatus.RESTING
    exchange.reactivate_market("RAIN", NOW)
    assert exchange.order("ann", placed).reason is UpdateReason.HALT_CANCEL
    assert exchange.markets["RAIN"].book.all_orders() == []


def test_resting_orders_outlive_a_change_of_the_grid_and_new_ones_obey_it() -> None:
    exchange = world()
    exchange.take_happenings()
    deci, cent = PUBLISHED_GRIDS["deci_cent"], PUBLISHED_GRIDS["linear_cent"]
    exchange.change_ticks("RAIN", "deci_cent", deci, NOW)
    assert exchange.take_happenings() == [TicksChanged("RAIN", "deci_cent", deci, NOW)]
    placed = place(exchange, "ann", BID, 4_010, 300)
    exchange.change_ticks("RAIN", "linear_cent", cent, NOW)
    assert refusal(exchange, "ann", BID, 4_010, 100)[1]["code"] == "invalid_price"
    smaller = Amendment("RAIN", BID, Price(4_010), Count(200))
    assert exchange.amend("ann", placed.order_id, smaller, NOW).remaining == 200
    with pytest.raises(Rejection, match="invalid_price"):
        exchange.amend("ann", placed.order_id, smaller._replace(price=Price(4_020)), NOW)
    assert place(exchange, "crowd", ASK, 4_000, 200).cost == 200 * 4_010
    assert exchange.markets["RAIN"].structure == "linear_cent"


def test_an_event_override_beats_the_series_until_it_is_cleared() -> None:
    exchange = two_shards()
    market = exchange.markets["RAIN"]
    exchange.override_fees("RAIN-EVENT", DOUBLE, NOW)
    assert exchange.take_happenings() == [EventFeesChanged("RAIN-EVENT", DOUBLE, NOW)]
    exchange.change_series_fees("WEATHER", HALF, NOW)
    assert (market.fees, exchange.markets["SNOW"].fees) == (DOUBLE, HALF)
    exchange.override_fees("RAIN-EVENT", None, NOW)
    assert market.fees == HALF
    assert exchange.override_of("RAIN-EVENT") is None
    assert [each.schedule for each in exchange.event_fee_changes] == [DOUBLE, None]
    assert exchange.list_market(listing("HAIL"), NOW).fees == HALF


def test_an_announced_change_comes_at_its_time() -> None:
    exchange = world()
    change = exchange.change_series_fees("WEATHER", HALF, NOW, NOW + 60 * SECOND)
    assert exchange.series_fee_changes == [change]
    exchange.advance(NOW + 59 * SECOND)
    assert exchange.markets["RAIN"].fees == FeeSchedule()
    exchange.advance(NOW + 60 * SECOND)
    assert exchange.markets["RAIN"].fees == HALF
    place(exchange, "crowd", ASK, 5_000, 10_000)
    assert place(exchange, "ann", BID, 5_000, 10_000).fees == 875_000


def test_fee_changes_of_an_earlier_run_are_taken_up() -> None:
    earlier = world()
    earlier.override_fees("RAIN-EVENT", DOUBLE, NOW)
    earlier.change_series_fees("WEATHER", HALF, NOW, CLOSE)
    exchange = world()
    exchange.restore_fees(earlier.series_fee_changes, earlier.event_fee_changes, NOW)
    exchange.advance(NOW)
    assert exchange.markets["RAIN"].fees == DOUBLE
    assert exchange.tariff.series_schedule("WEATHER", DOUBLE) == DOUBLE
    exchange.advance(CLOSE)
    assert exchange.tariff.series_schedule("WEATHER", DOUBLE) == HALF


def test_an_early_close_and_a_reopening_are_told_as_new_close_times() -> None:
    exchange = world()
    placed = place(exchange, "ann", BID, 4_000, 100).order_id
    exchange.take_happenings()
    exchange.close_market("RAIN", NOW + SECOND)
    with pytest.raises(Rejection, match="market_inactive"):
        exchange.cancel("ann", placed, NOW + SECOND)
    exchange.advance(NOW + 2 * SECOND)
    exchange.move_close("RAIN", CLOSE, NOW + 3 * SECOND)
    found = exchange.take_happenings()
    assert [e.close_ns for e in found if isinstance(e, CloseMoved)] == [NOW + SECOND, CLOSE]
    assert [e.after for e in found if isinstance(e, StatusChanged)] == [
        MarketStatus.CLOSED,
        MarketStatus.ACTIVE,
    ]
    assert exchange.order("ann", placed).reason is UpdateReason.CLOSE_CANCEL
    fresh = exchange.place("ann", order(BID, 4_000, 100), NOW + 3 * SECOND)
    assert fresh.remaining == 100
    exchange.advance(CLOSE)
    assert exchange.markets["RAIN"].status is MarketStatus.CLOSED


def test_trading_leaves_the_time_of_the_last_other_change_alone() -> None:
    exchange = world()
    place(exchange, "ann", BID, 4_000, 100)
    place(exchange, "crowd", ASK, 4_000, 100)
    assert exchange.markets["RAIN"].updated_ns == 0
    exchange.pause_market("RAIN", NOW + SECOND)
    assert exchange.markets["RAIN"].updated_ns == NOW + SECOND
