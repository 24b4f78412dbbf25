"""Candles: minutes from what happened, longer periods from minutes, and the quiet ones between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.candles import MOST_CANDLES, Candle, Candles
from kalshi_tui.practice.happenings import BookChanged, TradePrinted
from kalshi_tui.practice.market import ListedMarket
from tests.support.exchange_world import listing

SECOND = 1_000_000_000
LISTING = listing()
NOON = 1_800_000_000 // 86_400 * 86_400 + 43_200
"""Unix seconds of a noon: the boundary of every period."""


def market() -> ListedMarket:
    return ListedMarket(LISTING, MarketStatus.ACTIVE, LISTING.grid, LISTING.fees, LISTING.close_ns)


def trade(price: int, size: int, at_s: int) -> TradePrinted:
    return TradePrinted(LISTING.ticker, "t", Price(price), Count(size), BookSide.BID, at_s * SECOND)


def quote(at_s: int) -> BookChanged:
    return BookChanged(
        LISTING.ticker, BookSide.BID, Price(4_000), Count(100), 1, at_s * SECOND, "", ""
    )


def read(candles: Candles, start_s: int, end_s: int, minutes: int = 1) -> list[Candle]:
    return list(candles.read(LISTING.ticker, start_s, end_s, minutes, end_s))


def test_a_minute_has_its_trades_and_ends_inclusively() -> None:
    candles, listed = Candles(), {LISTING.ticker: market()}
    prints = [
        trade(5_000, 100, NOON + 1),
        trade(4_800, 300, NOON + 30),
        trade(4_900, 100, NOON + 60),
    ]
    candles.note([*prints, trade(5_100, 100, NOON + 61)], listed)
    first, second = read(candles, NOON, NOON + 120)
    assert first.end_s == NOON + 60
    assert first.trades is not None
    assert (first.trades.open, first.trades.high) == (5_000, 5_000)
    assert (first.trades.low, first.trades.close) == (4_800, 4_900)
    assert (first.volume, first.mean, first.previous) == (500, 4_860, None)
    assert (second.volume, second.previous) == (100, 4_900)


def test_a_quiet_minute_carries_quotes_and_the_last_price_on() -> None:
    candles, listed = Candles(), {LISTING.ticker: market()}
    candles.note([trade(5_000, 100, NOON + 1)], listed)
    candles.note([quote(NOON + 200)], listed)
    found = read(candles, NOON, NOON + 240)
    assert [each.end_s - NOON for each in found] == [60, 120, 180, 240]
    assert [each.volume for each in found] == [100, 0, 0, 0]
    assert all(each.previous == 5_000 and each.trades is None for each in found[1:])
    assert {(each.bid.close, each.ask.close) for each in found} == {(0, 10_000)}


def test_what_was_before_the_start_can_be_carried_to_its_first_boundary() -> None:
    candles, listed = Candles(), {LISTING.ticker: market()}
    assert candles.latest_before(LISTING.ticker, NOON, 60) is None
    candles.note([trade(5_000, 100, NOON + 1)], listed)
    found = candles.latest_before(LISTING.ticker, NOON + 4_000, 60)
    assert found is not None
    assert (found.end_s, found.previous, found.trades) == (NOON + 7_200, 5_000, None)


def test_one_answer_never_holds_more_than_so_many_candles() -> None:
    candles, listed = Candles(), {LISTING.ticker: market()}
    candles.note([trade(5_000, 100, NOON + 1)], listed)
    assert len(read(candles, 0, NOON + 60 * (MOST_CANDLES + 10))) == MOST_CANDLES
    assert read(candles, NOON + 120, NOON) == []
    assert read(Candles(), 0, NOON) == []


@pytest.mark.parametrize("minutes", [1, 60, 1440])
@given(
    prints=st.lists(
        st.tuples(st.integers(1, 900), st.integers(1, 99), st.integers(1, 500)),
        min_size=1,
        max_size=30,
    )
)
def test_a_longer_period_is_its_trades_taken_together(
    minutes: int, prints: list[tuple[int, int, int]]
) -> None:
    candles, listed = Candles(), {LISTING.ticker: market()}
    happened = [
        trade(cents * 100, size, NOON + at_s * minutes) for at_s, cents, size in sorted(prints)
    ]
    candles.note(happened, listed)
    end_s = NOON + 1_000 * minutes
    found = list(candles.read(LISTING.ticker, 0, end_s, minutes, end_s))
    period = minutes * 60
    for candle in found:
        inside = [
            each
            for each in happened
            if candle.end_s - period < -(-each.at_ns // SECOND) <= candle.end_s
        ]
        if not inside:
            assert candle.trades is None
            continue
        prices = [each.price for each in inside]
        assert candle.trades is not None
        assert (candle.trades.open, candle.trades.close) == (prices[0], prices[-1])
        assert (candle.trades.low, candle.trades.high) == (min(prices), max(prices))
        assert candle.volume == sum(each.size for each in inside)
