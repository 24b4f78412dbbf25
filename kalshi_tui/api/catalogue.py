"""Markets, events and series turned into `core`'s words.

One market that cannot be read leaves the others of its page alone. Knows no account and no order.
Source: openapi.yaml `Market`, `EventData`, `Series`; kalshi `fixed_point_migration`.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import msgspec

from kalshi_tui.api import schemas
from kalshi_tui.api.decode import (
    fee_type_of,
    grid_of_ranges,
    identity_of,
    market_status_of,
    multiplier_of,
    optional_stamp_ns,
    read_body,
    strictly,
    ticker_of,
)
from kalshi_tui.api.errors import BodyError
from kalshi_tui.core.events import MarketsListed, Quoted
from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import Market
from kalshi_tui.core.text import SafeText, clean, clean_heading, clean_title
from kalshi_tui.core.units import (
    NO_COUNT,
    ONE_DOLLAR,
    Count,
    Price,
    parse_change,
    parse_count,
    parse_price,
)


def _touch(price: str | None, size: str | None) -> tuple[Price | None, Count]:
    """Return a quote; empty sides come as $0 or $1 with size 0, never as null.

    Closed markets were recorded with sizes below zero: those are no quotes either.
    """
    count = NO_COUNT if size is None else parse_change(size)
    value = None if price is None else parse_price(price)
    if value is None or not 0 < value < ONE_DOLLAR or (size is not None and count <= 0):
        return None, NO_COUNT
    return value, count


@strictly("market")
def market(body: schemas.MarketBody, event_title: str = "") -> Market:
    """Return a market; a scalar one gets no grid, so that it can only be looked at."""
    is_binary = (body.market_type or "binary") == "binary"
    close_ns = optional_stamp_ns(body.close_time)
    return Market(
        ticker=ticker_of(body.ticker),
        event_ticker=identity_of(body.event_ticker, "event ticker"),
        title=clean_heading(body.title or event_title or body.ticker),
        status=market_status_of(body.status),
        grid=grid_of_ranges(body.price_ranges) if is_binary else None,
        close_ns=0 if close_ns is None else close_ns,
        subtitle=clean_heading(body.yes_sub_title or body.subtitle or ""),
        rules=clean(" ".join(text for text in (body.rules_primary, body.rules_secondary) if text)),
        exchange_index=body.exchange_index or 0,
        volume=parse_count(body.volume) if body.volume else NO_COUNT,
    )


@strictly("quote")
def quoted(body: schemas.MarketBody) -> Quoted:
    """Return the touch that a market object carries; `ts_ms` is 0, for it has no stamp."""
    bid, bid_size = _touch(body.bid, body.bid_size)
    ask, ask_size = _touch(body.ask, body.ask_size)
    last = parse_price(body.last) if body.last else None
    return Quoted(
        ticker=ticker_of(body.ticker),
        bid=bid,
        ask=ask,
        bid_size=bid_size,
        ask_size=ask_size,
        last=last or None,
        volume=parse_count(body.volume) if body.volume else NO_COUNT,
        ts_ms=0,
    )


def listing(items: Iterable[msgspec.Raw], event_title: str = "") -> tuple[MarketsListed, int]:
    """Return the readable markets of a page, and how many were not readable.

    A market whose quote cannot be read comes without one.
    """
    markets: list[Market] = []
    quotes: list[Quoted] = []
    skipped = 0
    for item in items:
        try:
            body = read_body(item, schemas.MarketBody)
            markets.append(market(body, event_title))
        except BodyError:
            skipped += 1
            continue
        with suppress(BodyError):
            quotes.append(quoted(body))
    return MarketsListed(tuple(markets), tuple(quotes)), skipped


@dataclass(frozen=True, slots=True)
class SeriesRead:
    """A series and what its markets charge unless their event overrides it."""

    ticker: str
    title: SafeText
    category: SafeText
    fees: FeeSchedule


@dataclass(frozen=True, slots=True)
class EventRead:
    """An event with the markets that came with it. None means: no override of the series."""

    event_ticker: str
    series_ticker: str
    title: SafeText
    subtitle: SafeText
    category: SafeText
    mutually_exclusive: bool
    fee_type: FeeType | None
    fee_multiplier: int | None
    listed: MarketsListed
    skipped: int = 0
    """Markets that could not be read."""


@strictly("series")
def series(body: schemas.SeriesBody) -> SeriesRead:
    """Return a series; a fee model that cannot be read exactly is UNKNOWN, never guessed."""
    kind, multiplier = fee_type_of(body.fee_type), multiplier_of(body.fee_multiplier)
    fees = FeeSchedule(FeeType.UNKNOWN)
    if kind is not None and multiplier is not None:
        fees = FeeSchedule(kind, multiplier)
    return SeriesRead(
        ticker=identity_of(body.ticker, "ticker"),
        title=clean_title(body.title or ""),
        category=clean_title(body.category or ""),
        fees=fees,
    )


@strictly("event")
def event(body: schemas.EventBody, markets: Iterable[msgspec.Raw] = ()) -> EventRead:
    """Return an event with its markets."""
    title = clean_heading(body.title or body.event_ticker)
    listed, skipped = listing(markets, title)
    kind, multiplier = fee_type_of(body.fee_type), multiplier_of(body.fee_multiplier)
    if body.fee_multiplier is not None and multiplier is None:
        kind = FeeType.UNKNOWN
    return EventRead(
        event_ticker=identity_of(body.event_ticker, "ticker"),
        series_ticker=identity_of(body.series_ticker, "series ticker"),
        title=title,
        subtitle=clean_title(body.sub_title or ""),
        category=clean_title(body.category or ""),
        mutually_exclusive=bool(body.mutually_exclusive),
        fee_type=kind,
        fee_multiplier=multiplier,
        listed=listed,
        skipped=skipped,
    )


def fees_of(series_read: SeriesRead, event_read: EventRead | None = None) -> FeeSchedule:
    """Return what a market charges: the event's override beats the series, each part by itself."""
    if event_read is None:
        return series_read.fees
    kind = event_read.fee_type or series_read.fees.fee_type
    multiplier = event_read.fee_multiplier
    return FeeSchedule(kind, series_read.fees.multiplier if multiplier is None else multiplier)


def market_answer(data: bytes) -> MarketsListed:
    """Return the one market of `GET /markets/{ticker}`. Raises `BodyError`."""
    body = read_body(data, schemas.MarketAnswer).market
    return MarketsListed((market(body),), (quoted(body),))


def event_answer(data: bytes) -> EventRead:
    """Return the event of `GET /events/{ticker}`. Raises `BodyError`."""
    answer = read_body(data, schemas.EventAnswer)
    return event(answer.event, answer.event.markets or answer.markets or ())


def event_item(data: bytes | msgspec.Raw) -> EventRead:
    """Return one event of a page. Raises `BodyError`."""
    body = read_body(data, schemas.EventBody)
    return event(body, body.markets or ())
