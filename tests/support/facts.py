"""Builders of the core's values, so that a test states only what it is about."""

from dataclasses import replace
from typing import Any

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.book import Level
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.market import PUBLISHED_GRIDS, Market, MarketStatus
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import LadderView

TICKER = "KXFED-26DEC-C25"
SECOND = 1_000_000_000
NOON_NS = 1_800_000_000 * SECOND


def market(**changes: Any) -> Market:
    """Return an active linear-cent market with known fees that closes in a day."""
    base = Market(
        ticker=TICKER,
        event_ticker="KXFED-26DEC",
        title=clean_title("Fed cuts 25bp in December?"),
        status=MarketStatus.ACTIVE,
        grid=PUBLISHED_GRIDS["linear_cent"],
        close_ns=NOON_NS + 86_400 * SECOND,
        fees_known=True,
    )
    return replace(base, **changes)


def terms(**changes: Any) -> OrderTerms:
    """Return a bid for 10 at 36 cents."""
    return replace(OrderTerms(TICKER, BookSide.BID, Price(3600), Count(1000)), **changes)


def levels(*pairs: tuple[int, int]) -> tuple[Level, ...]:
    """Return levels from (price, size) pairs."""
    return tuple(Level(Price(price), Count(size)) for price, size in pairs)


BIDS = levels((3700, 12_000), (3600, 45_050), (3500, 120_000))
ASKS = levels((3800, 9_500), (3900, 31_075), (4000, 150_000))


def ladder(**changes: Any) -> LadderView:
    """Return a LIVE ladder: 37 x 120 / 38 x 95."""
    base = LadderView(
        market=market(),
        status=e.BookStatus.LIVE,
        reason="",
        since_mono_ns=0,
        bids=BIDS,
        asks=ASKS,
        own=(),
        last=None,
        position=Count(0),
        position_cost=Money(0),
        revision=1,
    )
    return replace(base, **changes)


def report(**changes: Any) -> e.OrderReported:
    """Return a report of a resting bid for 10 at 36 cents."""
    base = e.OrderReported(
        order_id="order-1",
        client_order_id="mine-1",
        ticker=TICKER,
        side=BookSide.BID,
        price=Price(3600),
        status=e.ReportedStatus.RESTING,
        initial=Count(1000),
        filled=Count(0),
        remaining=Count(1000),
        fees=Money(0),
        created_ms=NOON_NS // 1_000_000,
        updated_ms=NOON_NS // 1_000_000,
    )
    return replace(base, **changes)


def fill(**changes: Any) -> e.Filled:
    """Return a maker fill of 4 at 36 cents."""
    base = e.Filled(
        trade_id="trade-1",
        order_id="order-1",
        client_order_id="mine-1",
        ticker=TICKER,
        side=BookSide.BID,
        price=Price(3600),
        count=Count(400),
        fee=Money(0),
        is_taker=False,
        ts_ms=NOON_NS // 1_000_000 + 5,
    )
    return replace(base, **changes)


def ready_engine(*, mode: Mode = Mode.CONFIRM, limits: Limits | None = None) -> Engine:
    """Return an engine that is connected, funded and watches a LIVE market."""
    engine = Engine(mode=mode, limits=limits or Limits())
    engine.handle(e.Tick(SECOND, NOON_NS))
    engine.handle(e.ConnectionChanged(e.ConnectionState.OPEN, epoch=1))
    engine.handle(e.BalanceReported(Money(1_000_000_000), Money(0)))
    engine.handle(e.MarketsListed((market(),)))
    engine.handle(e.BookSnapshot(TICKER, BIDS, ASKS, 1, 0))
    engine.handle(e.BookStatusChanged(TICKER, e.BookStatus.LIVE))
    engine.take_dirty()
    return engine


def notices(effects: list[fx.Effect]) -> list[str]:
    """Return the texts of the notices among some effects."""
    return [each.text for each in effects if isinstance(each, fx.Notify)]
