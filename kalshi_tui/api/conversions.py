"""Frames turned into the facts of `core`: where the socket's names end.

Prices come out on the YES leg whatever the subscription's scale; every number becomes an integer
exactly or not at all; every text is cleaned. Raises `ValueError` (of which `UnitError` is one) for
a frame whose content cannot be true, and nothing else. Knows no sequence and no subscription.
Source: asyncapi.yaml payloads; kalshi `order_direction`.
"""

from collections.abc import Callable
from typing import Any

from kalshi_tui.api import frames
from kalshi_tui.api.decode import (
    SECOND_NS,
    grid_of_ranges,
    order_status_of,
    prevention_of,
    side_of,
)
from kalshi_tui.core.events import (
    BookDelta,
    BookSnapshot,
    Fact,
    Filled,
    GroupChange,
    GroupChanged,
    MarketChanged,
    OrderReported,
    PositionReported,
    Quoted,
    Traded,
)
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.sides import BookSide, Outcome, yes_price
from kalshi_tui.core.text import clean_title, is_identity, is_ticker
from kalshi_tui.core.units import (
    NO_COUNT,
    ONE_DOLLAR,
    Count,
    Money,
    Price,
    complement,
    parse_change,
    parse_count,
    parse_money,
    parse_price,
)

_MILLI = 1_000

_EVENT_STATUS = {
    "activated": MarketStatus.ACTIVE,
    "deactivated": MarketStatus.INACTIVE,
    "determined": MarketStatus.DETERMINED,
    "settled": MarketStatus.FINALIZED,
}
"""What a lifecycle event makes of a market. Events that change no status are absent."""


class _Read(dict[str, Any]):
    """Numbers by their text: a look-up here costs half a call of the parser's own cache."""

    def __init__(self, parse: Callable[[str], Any]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> Any:
        value = self._parse(text)
        if len(self) < _MAX_READ:
            self[text] = value
        return value


_MAX_READ = 65_536
PRICES = _Read(parse_price)
CHANGES = _Read(parse_change)
COMPLEMENTS = _Read(lambda text: complement(parse_price(text)))
"""YES prices of NO levels that are printed at NO prices."""


def delta(body: frames.DeltaBody, yes_scale: bool) -> BookDelta:
    """Return a book change. `yes_scale` is true where NO levels are printed at YES prices."""
    is_bid = body.side == "yes"
    prices = PRICES if is_bid or yes_scale else COMPLEMENTS
    client_id = body.client_order_id
    return BookDelta(
        ticker=body.market_ticker,
        side=BookSide.BID if is_bid else BookSide.ASK,
        price=prices[body.price_dollars],
        change=CHANGES[body.delta_fp],
        clock=max(body.clock, 0),
        ts_ms=body.ts_ms,
        client_order_id=clean_title(client_id) if client_id else "",
    )


def snapshot(body: frames.SnapshotBody, *, yes_scale: bool) -> BookSnapshot:
    """Return a whole book. Snapshots carry no stamp of their own, so `ts_ms` is 0."""
    no_leg = Outcome.YES if yes_scale else Outcome.NO
    return BookSnapshot(
        ticker=body.market_ticker,
        bids=tuple((parse_price(price), parse_count(count)) for price, count in body.yes),
        asks=tuple(
            (yes_price(parse_price(price), no_leg), parse_count(count)) for price, count in body.no
        ),
        clock=max(body.clock, 0),
        ts_ms=0,
    )


def traded(body: frames.TradeBody) -> Traded:
    """Return a public trade."""
    return Traded(
        ticker=body.market_ticker,
        price=parse_price(body.yes_price_dollars),
        size=parse_count(body.count_fp),
        taker_side=side_of(body.taker_book_side, body.taker_outcome_side or body.taker_side),
        trade_id=_identity(body.trade_id, "trade id"),
        ts_ms=body.ts_ms or body.ts * _MILLI,
    )


def quoted(body: frames.TickerBody) -> Quoted:
    """Return the touch and the last price; a side of size 0 or at $0 or $1 is no quote."""
    bid, bid_size = _touch(body.yes_bid_dollars, body.yes_bid_size_fp)
    ask, ask_size = _touch(body.yes_ask_dollars, body.yes_ask_size_fp)
    return Quoted(
        ticker=_ticker(body.market_ticker),
        bid=bid,
        ask=ask,
        bid_size=bid_size,
        ask_size=ask_size,
        last=(parse_price(body.price_dollars) or None) if body.price_dollars else None,
        volume=parse_count(body.volume_fp) if body.volume_fp else NO_COUNT,
        ts_ms=body.ts_ms or body.ts * _MILLI,
    )


def filled(body: frames.FillBody) -> Filled:
    """Return one of our fills."""
    after = body.post_position_fp
    return Filled(
        trade_id=_identity(body.trade_id, "trade id"),
        order_id=_identity(body.order_id, "order id"),
        client_order_id=clean_title(body.client_order_id or ""),
        ticker=_ticker(body.market_ticker),
        side=side_of(body.book_side, body.outcome_side),
        price=parse_price(body.yes_price_dollars),
        count=parse_count(body.count_fp),
        fee=parse_money(body.fee_cost),
        is_taker=body.is_taker,
        ts_ms=body.ts_ms or body.ts * _MILLI,
        position_after=None if after is None else parse_change(after),
    )


def order_reported(body: frames.UserOrderBody) -> OrderReported:
    """Return one of our orders after a change."""
    fees = [
        parse_money(text) for text in (body.taker_fees_dollars, body.maker_fees_dollars) if text
    ]
    created = body.created_ts_ms or 0
    return OrderReported(
        order_id=_identity(body.order_id, "order id"),
        client_order_id=clean_title(body.client_order_id or ""),
        ticker=_ticker(body.ticker),
        side=side_of(body.book_side, body.outcome_side),
        price=parse_price(body.yes_price_dollars),
        status=order_status_of(body.status),
        initial=parse_count(body.initial_count_fp),
        filled=parse_count(body.fill_count_fp),
        remaining=parse_count(body.remaining_count_fp),
        fees=Money(sum(fees)),
        created_ms=created,
        updated_ms=body.last_updated_ts_ms or created,
        expires_ms=body.expiration_ts_ms or None,
        reason=clean_title(body.last_update_reason or ""),
        self_trade_prevention=prevention_of(body.self_trade_prevention_type),
        group_id=clean_title(body.order_group_id or ""),
    )


def position_reported(body: frames.PositionBody) -> PositionReported:
    """Return a market position; the count is signed, positive for YES. The frame has no stamp."""
    return PositionReported(
        ticker=_ticker(body.market_ticker),
        position=parse_change(body.position_fp),
        cost=parse_money(body.position_cost_dollars),
        realized=parse_money(body.realized_pnl_dollars),
        fees=parse_money(body.fees_paid_dollars),
    )


def market_changed(body: frames.LifecycleBody) -> MarketChanged:
    """Return what a lifecycle event changes; its stamps are in seconds."""
    status = _EVENT_STATUS.get(body.event_type)
    if status is MarketStatus.INACTIVE and body.is_deactivated is False:
        status = MarketStatus.ACTIVE
    return MarketChanged(
        ticker=_ticker(body.market_ticker),
        status=status,
        grid=grid_of_ranges(body.price_ranges),
        close_ns=None if body.close_ts is None else body.close_ts * SECOND_NS,
    )


def group_changed(body: frames.GroupUpdateBody) -> GroupChanged | None:
    """Return what happened to an order group; None for an event that changes nothing here."""
    group_id = _identity(body.order_group_id, "group id")
    try:
        return GroupChanged(group_id, GroupChange(body.event_type))
    except ValueError:
        # "created" is told by the answer to its request; a word of next year is counted as drift.
        return None


Report = (
    frames.Trade
    | frames.Ticker
    | frames.Fill
    | frames.UserOrder
    | frames.Position
    | frames.Lifecycle
    | frames.GroupUpdate
)
"""Frames that report something other than a book's content."""

_REPORTS: dict[type[Report], Callable[[Any], Fact | None]] = {
    frames.Trade: traded,
    frames.Ticker: quoted,
    frames.Fill: filled,
    frames.UserOrder: order_reported,
    frames.Position: position_reported,
    frames.Lifecycle: market_changed,
    frames.GroupUpdate: group_changed,
}


def reported(frame: Report) -> Fact | None:
    """Return the fact that a report states; None for one that nothing here uses."""
    convert = _REPORTS.get(type(frame))
    return None if convert is None else convert(frame.msg)


def _touch(price: str | None, size: str | None) -> tuple[Price | None, Count]:
    value = parse_price(price) if price else None
    count = parse_count(size) if size else NO_COUNT
    if value is None or not 0 < value < ONE_DOLLAR or count == 0:
        return None, NO_COUNT
    return value, count


def _ticker(text: str) -> str:
    if not is_ticker(text):
        raise ValueError(f"{clean_title(text)!r} is not a ticker")
    return text


def _identity(text: str, what: str) -> str:
    if not text or not is_identity(text):
        raise ValueError(f"it has no usable {what}")
    return text
