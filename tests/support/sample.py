"""Small hand-made views for the painters' tests: one market with orders, trades and a position."""

from collections.abc import Iterable
from dataclasses import replace

from kalshi_tui.core.book import Level
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus, ConnectionState, Traded
from kalshi_tui.core.market import PUBLISHED_GRIDS, Market, MarketStatus, TickGrid
from kalshi_tui.core.orders import CancelState, OrderState, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import (
    FillRow,
    FillsView,
    LadderView,
    OrderRow,
    OrdersView,
    OwnLevel,
    PositionRow,
    PositionsView,
    StatusView,
    TapeView,
)

SECOND = 1_000_000_000
WALL_NS = 1_795_444_325 * SECOND
"""2026-11-23 14:32:05 UTC."""

MONO_NS = 1_000 * SECOND
TICKER = "KXFEDDEC-26DEC-C25"

CENT = PUBLISHED_GRIDS["linear_cent"]
TAPERED = PUBLISHED_GRIDS["tapered_deci_cent"]


def levels(*pairs: tuple[int, int]) -> tuple[Level, ...]:
    """Return levels from (price, count) in units."""
    return tuple(Level(Price(price), Count(count)) for price, count in pairs)


def market(grid: TickGrid | None = CENT, ticker: str = TICKER) -> Market:
    return Market(
        ticker=ticker,
        event_ticker="KXFEDDEC-26DEC",
        title=clean_title("Fed cuts 25bp in December?"),
        status=MarketStatus.ACTIVE,
        grid=grid,
        close_ns=WALL_NS + 18 * 86_400 * SECOND + 3_600 * SECOND,
        subtitle=clean_title("25bp cut"),
        fees_known=True,
        volume=Count(4_821_000),
    )


def own(
    price: int, side: BookSide, count: int, queue: int | None, *, estimate: bool = False
) -> OwnLevel:
    return OwnLevel(
        price=Price(price),
        side=side,
        count=Count(count),
        orders=1,
        queue=None if queue is None else Count(queue),
        is_estimate=estimate,
        unsettled=False,
    )


BIDS = levels(
    (3700, 12_000), (3600, 45_050), (3500, 120_000), (3400, 8_025), (3300, 250_000),
    (3200, 60_000), (3100, 7_500), (3000, 310_040), (2500, 12_345_678), (900, 100),
)  # fmt: skip
ASKS = levels(
    (3800, 9_500), (3900, 31_075), (4000, 150_000), (4100, 22_000), (4200, 500_000),
    (4300, 4_000), (4400, 250), (4500, 80_000), (9000, 4_200),
)  # fmt: skip
OWN = (
    own(3600, BookSide.BID, 1_000, 30_000),
    own(3500, BookSide.BID, 2_500, 41_000, estimate=True),
    own(4100, BookSide.ASK, 1_000, 2_000),
)


def trade(price: int, size: int, side: BookSide, seconds: int = 0) -> Traded:
    stamp = WALL_NS // 1_000_000 - seconds * 1_000
    return Traded(TICKER, Price(price), Count(size), side, f"t{seconds}", stamp)


def ladder(
    *,
    bids: Iterable[Level] = BIDS,
    asks: Iterable[Level] = ASKS,
    own_levels: Iterable[OwnLevel] = OWN,
    grid: TickGrid | None = CENT,
    status: BookStatus = BookStatus.LIVE,
    reason: str = "",
    ticker: str = TICKER,
    last: Traded | None = None,
    position: int = 4_000,
    cost: int = 13_680_000,
) -> LadderView:
    return LadderView(
        market=market(grid, ticker),
        status=status,
        reason=reason,
        since_mono_ns=MONO_NS - 3_200_000_000,
        bids=tuple(bids),
        asks=tuple(asks),
        own=tuple(own_levels),
        last=last if last is not None else trade(3800, 1_200, BookSide.BID),
        position=Count(position),
        position_cost=Money(cost),
        revision=1,
    )


def tapered() -> LadderView:
    """A tail market whose tick is a tenth of a cent below 10 and above 90."""
    return ladder(
        grid=TAPERED,
        bids=levels((960, 34_000), (950, 120_050), (940, 7_500), (930, 500_000), (700, 88_000)),
        asks=levels((980, 21_025), (990, 100_000), (1000, 640_000), (1100, 215_000)),
        own_levels=(own(950, BookSide.BID, 5_000, 64_000),),
        last=trade(980, 1_200, BookSide.BID),
    )


def status(**changes: object) -> StatusView:
    view = StatusView(
        mode=Mode.CONFIRM,
        connection=ConnectionState.OPEN,
        connection_reason="",
        latency_ns=9_400_000,
        cash=Money(1_204_550_000),
        locked=Money(17_100_000),
        exchange_active=True,
        trading_active=True,
        mono_ns=MONO_NS,
        wall_ns=WALL_NS,
        in_doubt=0,
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def order(number: int = 1, **changes: object) -> OrderRow:
    row = OrderRow(
        client_order_id=f"c{number}",
        order_id=f"o{number}",
        ticker=TICKER,
        side=BookSide.BID,
        price=Price(3600),
        initial=Count(1_000),
        filled=Count(0),
        remaining=Count(1_000),
        state=OrderState.RESTING,
        cancel=CancelState.NONE,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        queue=Count(30_000),
        queue_is_estimate=False,
        created_wall_ns=WALL_NS,
        detail="",
        external=False,
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def orders() -> OrdersView:
    return OrdersView(
        live=(
            order(1),
            order(
                2,
                price=Price(3500),
                remaining=Count(2_500),
                queue=Count(41_000),
                queue_is_estimate=True,
            ),
            order(3, side=BookSide.ASK, price=Price(4100), queue=Count(0), filled=Count(400)),
            order(4, state=OrderState.IN_DOUBT, queue=None, price=Price(3400)),
            order(5, ticker="KXHURNYC-26-CAT3", price=Price(950), remaining=Count(5_000)),
        ),
        done=(
            order(6, state=OrderState.EXECUTED, filled=Count(1_000), remaining=Count(0)),
            order(7, state=OrderState.REJECTED, detail="Not enough cash for this order."),
        ),
    )


def fill(number: int, **changes: object) -> FillRow:
    row = FillRow(
        trade_id=f"f{number}",
        order_id=f"o{number}",
        ticker=TICKER,
        side=BookSide.BID,
        price=Price(3420),
        count=Count(4_000),
        fee=Money(0),
        is_taker=False,
        ts_ms=WALL_NS // 1_000_000 - number * 60_000,
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def fills() -> FillsView:
    return FillsView(
        rows=(
            fill(1),
            fill(2, side=BookSide.ASK, count=Count(1_050), is_taker=True, fee=Money(161_700)),
            fill(3, ticker="KXHURNYC-26-CAT3", price=Price(885)),
        )
    )


def tape() -> TapeView:
    return TapeView(
        ticker=TICKER,
        rows=tuple(
            trade(3700 + 100 * (at % 2), 550 + at * 1_225, (BookSide.ASK, BookSide.BID)[at % 2], at)
            for at in range(40)
        ),
    )


def positions() -> PositionsView:
    def row(ticker: str, position: int, cost: int, bid: int, ask: int) -> PositionRow:
        return PositionRow(
            ticker=ticker,
            position=Count(position),
            cost=Money(cost),
            realized=Money(1_200_000),
            fees=Money(320_000),
            bid=Price(bid),
            ask=Price(ask),
        )

    return PositionsView(
        rows=(
            row(TICKER, 4_000, 13_680_000, 3700, 3800),
            row("KXHURNYC-26-CAT1", -5_000, 17_500_000, 3100, 3300),
            row("KXCPI-26NOV-T3", 1_500, 9_150_000, 6100, 6200),
        )
    )
