"""A small practice exchange for tests: one market, two customers, one house trader."""

import pytest

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import PUBLISHED_GRIDS, TickGrid
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.market import Listing
from kalshi_tui.practice.orders import NewOrder, Placed
from kalshi_tui.practice.rejections import Rejection

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
"""Wall nanoseconds at which the tests begin."""

NOW_S = NOW // SECOND

CLOSE = NOW + 3_600 * SECOND

BID, ASK = BookSide.BID, BookSide.ASK


def listing(
    ticker: str = "RAIN",
    *,
    grid: TickGrid = PUBLISHED_GRIDS["linear_cent"],
    fees: FeeSchedule | None = None,
    open_ns: int = 0,
    close_ns: int = CLOSE,
    exchange_index: int = 0,
    settlement_timer_s: int = 60,
) -> Listing:
    """Return the facts of a market."""
    return Listing(
        ticker=ticker,
        event_ticker=f"{ticker}-EVENT",
        series_ticker="WEATHER",
        title="Will it rain?",
        yes_sub_title="Rain",
        no_sub_title="No rain",
        rules="Rain is rain.",
        structure="linear_cent",
        grid=grid,
        fees=FeeSchedule() if fees is None else fees,
        open_ns=open_ns,
        close_ns=close_ns,
        exchange_index=exchange_index,
        settlement_timer_s=settlement_timer_s,
    )


def world(cash: int = 100_000_000) -> Exchange:
    """Return an exchange with market RAIN, customers ann and bob, house trader crowd."""
    exchange = Exchange()
    exchange.list_market(listing(), NOW)
    exchange.open_account("ann", {0: Money(cash)})
    exchange.open_account("bob", {0: Money(cash)})
    exchange.open_house("crowd")
    return exchange


def order(side: BookSide, price: int, size: int, **terms: object) -> NewOrder:
    """Return an order for RAIN: price in 1/10,000 dollar, size in 1/100 contract."""
    return NewOrder("RAIN", side, Price(price), Count(size))._replace(**terms)  # type: ignore[arg-type]


def place(
    exchange: Exchange, account: str, side: BookSide, price: int, size: int, **terms: object
) -> Placed:
    """Place an order for RAIN at `NOW`."""
    return exchange.place(account, order(side, price, size, **terms), NOW)


def refusal(exchange: Exchange, *terms: object, **more: object) -> tuple[int, dict[str, str]]:
    """Return status and error of a place that must be refused, and must change nothing."""
    with pytest.raises(Rejection) as refused:
        place(exchange, *terms, **more)  # type: ignore[arg-type]
    return refused.value.status, refused.value.body()["error"]
