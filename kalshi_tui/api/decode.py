"""Wire values and the account's bodies turned into `core`'s words: where Kalshi's names end.

Every text is cleaned here and every number becomes an integer here, exactly or not at all. A value
that is missing where money or size hangs on it is an error, never a zero. The small converters at
the top (which raise `ValueError`) serve the catalogue and the socket's frames as well; the
functions that take a whole body raise `BodyError` and nothing else.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, wraps
from typing import NamedTuple, ParamSpec, TypeVar

import msgspec

from kalshi_tui.api import schemas
from kalshi_tui.api.errors import BodyError
from kalshi_tui.api.limits import AccountLimits, EndpointCosts
from kalshi_tui.core.events import (
    BalanceReported,
    BookSnapshot,
    ExchangeStatusRead,
    Filled,
    OrderReported,
    PositionReported,
    QueuesReported,
    ReportedStatus,
    ShardStatus,
)
from kalshi_tui.core.fees import FeeType
from kalshi_tui.core.market import GridError, MarketStatus, TickBand, TickGrid
from kalshi_tui.core.orders import SelfTradePrevention
from kalshi_tui.core.sides import BookSide, Outcome, yes_price
from kalshi_tui.core.text import clean, clean_title, is_identity, is_ticker
from kalshi_tui.core.units import (
    Count,
    Money,
    Price,
    parse_change,
    parse_count,
    parse_money,
    parse_price,
)

SECOND_NS = 1_000_000_000
MILLI_NS = 1_000_000
_CENT_IN_MONEY = 10_000
_MULTIPLIER_ONE = 1_000_000
_MAX_MULTIPLIER = 1_000
_ZERO_YEAR = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))",
    re.ASCII,
)


class Cutoff(NamedTuple):
    """Wall nanoseconds of the exchange: what ended before them is only in the archive."""

    orders_updated_ns: int
    trades_created_ns: int


class Group(NamedTuple):
    """An order group as the exchange describes it."""

    group_id: str
    shard: int
    limit: Count | None
    trips: bool
    """Whether passing the limit cancels its orders."""
    order_ids: tuple[str, ...] | None
    """None where they were not told."""


_T = TypeVar("_T")
_P = ParamSpec("_P")


def read_body(data: bytes | msgspec.Raw, kind: type[_T]) -> _T:
    """Decode JSON into a schema. Raises `BodyError`, which names a missing or wrong field."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BodyError(f"The answer is not as specified: {error}") from None


def strictly(what: str) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Turn every value error of a converter into a `BodyError` that says of what."""

    def wrap(convert: Callable[_P, _T]) -> Callable[_P, _T]:
        @wraps(convert)
        def inner(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            try:
                return convert(*args, **kwargs)
            except (ValueError, OverflowError) as error:
                raise BodyError(f"The exchange's {what} cannot be read: {error}") from None

        return inner

    return wrap


def stamp_ns(text: str) -> int:
    """Return an RFC 3339 time as Unix nanoseconds; the fraction has 0 to 9 digits.

    Kalshi trims the fraction's trailing zeros. Raises `ValueError`.
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        raise ValueError(f"{clean(text, 40)!r} is not a time")
    year, month, day, hour, minute, second = (int(match[n]) for n in range(1, 7))
    whole = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _EPOCH
    if match[8]:
        offset = timedelta(hours=int(match[9]), minutes=int(match[10]))
        whole = whole - offset if match[8] == "+" else whole + offset
    seconds = whole.days * 86_400 + whole.seconds
    return seconds * SECOND_NS + int((match[7] or "").ljust(9, "0"))


def optional_stamp_ns(text: str | None) -> int | None:
    """Return a time, or None for null, an empty text and Go's zero time (year 1)."""
    if not text or text.startswith(f"{_ZERO_YEAR:04d}-"):
        return None
    return stamp_ns(text)


def _milliseconds(text: str | None) -> int:
    nanoseconds = optional_stamp_ns(text)
    return 0 if nanoseconds is None else nanoseconds // MILLI_NS


def side_of(book_side: str | None, outcome_side: str | None) -> BookSide:
    """Return the side of the YES book; `outcome_side` serves where `book_side` is absent.

    Raises `ValueError`: a side is never guessed.
    """
    if book_side in ("bid", "ask"):
        return BookSide(book_side)
    if not book_side and outcome_side in ("yes", "no"):
        return BookSide.BID if outcome_side == "yes" else BookSide.ASK
    raise ValueError(f"{clean(str(book_side), 40)!r} is not a book side")


@lru_cache(maxsize=256)
def _grid(ranges: tuple[tuple[str, str, str], ...]) -> TickGrid | None:
    try:
        return TickGrid(
            TickBand(parse_price(start), parse_price(end), parse_price(step))
            for start, end, step in ranges
        )
    except (GridError, ValueError):
        return None


def grid_of_ranges(ranges: Iterable[schemas.PriceRange] | None) -> TickGrid | None:
    """Return the tick grid, or None where the ranges are missing, overlap or leave a gap."""
    return _grid(tuple((each.start, each.end, each.step) for each in ranges or ()))


def market_status_of(text: str) -> MarketStatus:
    """Return the status; a word that is not known becomes UNKNOWN, which is not traded."""
    try:
        return MarketStatus(text)
    except ValueError:
        return MarketStatus.UNKNOWN


def order_status_of(text: str) -> ReportedStatus:
    """Return an order's status; a word that is not known becomes UNKNOWN."""
    try:
        return ReportedStatus(text)
    except ValueError:
        return ReportedStatus.UNKNOWN


def prevention_of(text: str | None) -> SelfTradePrevention | None:
    """Return the self-trade prevention, or None where absent or not known."""
    try:
        return SelfTradePrevention(text)
    except ValueError:
        return None


def fee_type_of(text: str | None) -> FeeType | None:
    """Return the fee model, None where absent, UNKNOWN where its formula is not known here."""
    if not text:
        return None
    try:
        return FeeType(text)
    except ValueError:
        return FeeType.UNKNOWN


def multiplier_of(value: Decimal | None) -> int | None:
    """Return a fee multiplier in millionths, exactly, or None where that is not possible."""
    if value is None or not value.is_finite() or not 0 <= value <= _MAX_MULTIPLIER:
        return None
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    if not isinstance(exponent, int) or len(digits) > 20 or not -20 <= exponent <= 3:
        return None
    millionths = value * _MULTIPLIER_ONE
    return int(millionths) if millionths == int(millionths) else None


def levels_of(
    levels: Iterable[schemas.Level] | None, outcome: Outcome
) -> tuple[tuple[Price, Count], ...]:
    """Return the levels of one leg as (YES price, count). Raises `ValueError`."""
    return tuple(
        (yes_price(parse_price(price), outcome), parse_count(count))
        for price, count in levels or ()
    )


def identity_of(text: str | None, what: str) -> str:
    """Return an id that can stand in a path and on a screen. Raises `ValueError`."""
    if not text or not is_identity(text):
        raise ValueError(f"it has no usable {what}")
    return text


def ticker_of(text: str | None) -> str:
    """Return a ticker that can only be read as one. Raises `ValueError`."""
    if not text or not is_ticker(text):
        raise ValueError(f"{clean(text or '', 40)!r} is not a ticker")
    return text


@strictly("order book")
def snapshot(ticker: str, body: schemas.BookAnswer) -> BookSnapshot:
    """Return a whole book read over REST, which carries neither clock nor stamp."""
    book = body.book or body.old_book or schemas.BookBody()
    return BookSnapshot(
        ticker=ticker,
        bids=levels_of(book.yes, Outcome.YES),
        asks=levels_of(book.no, Outcome.NO),
        clock=0,
        ts_ms=0,
    )


@strictly("order")
def order(body: schemas.OrderBody) -> OrderReported:
    """Return an order as REST describes it."""
    fees = [parse_money(text) for text in (body.taker_fees, body.maker_fees) if text]
    expires_ns = optional_stamp_ns(body.expiration_time)
    created = _milliseconds(body.created_time)
    return OrderReported(
        order_id=identity_of(body.order_id, "order id"),
        client_order_id=clean_title(body.client_order_id or ""),
        ticker=ticker_of(body.ticker),
        side=side_of(body.book_side, body.outcome_side),
        price=parse_price(body.price),
        status=order_status_of(body.status),
        initial=parse_count(body.initial),
        filled=parse_count(body.filled),
        remaining=parse_count(body.remaining),
        fees=Money(sum(fees)),
        created_ms=created,
        updated_ms=_milliseconds(body.last_update_time) or created,
        expires_ms=None if expires_ns is None else expires_ns // MILLI_NS,
        reason=clean_title(body.last_update_reason or ""),
        self_trade_prevention=prevention_of(body.self_trade_prevention_type),
        group_id=clean_title(body.order_group_id or ""),
    )


@strictly("fill")
def fill(body: schemas.FillBody) -> Filled:
    """Return a fill as REST describes it; it carries no client order id (join by order id)."""
    stamp_ms = _milliseconds(body.created_time) or (body.ts or 0) * 1_000
    return Filled(
        trade_id=identity_of(body.trade_id or body.fill_id, "trade id"),
        order_id=identity_of(body.order_id, "order id"),
        client_order_id="",
        ticker=ticker_of(body.ticker or body.market_ticker),
        side=side_of(body.book_side, body.outcome_side),
        price=parse_price(body.price),
        count=parse_count(body.count),
        fee=parse_money(body.fee),
        is_taker=body.is_taker,
        ts_ms=stamp_ms,
    )


@strictly("position")
def position(body: schemas.PositionBody) -> PositionReported:
    """Return a market position; the count is signed, positive for YES."""
    return PositionReported(
        ticker=ticker_of(body.ticker),
        position=parse_change(body.position),
        cost=parse_money(body.exposure),
        realized=parse_money(body.realized),
        fees=parse_money(body.fees),
        ts_ms=_milliseconds(body.last_updated_ts),
    )


@strictly("balance")
def balance(body: schemas.BalanceAnswer) -> BalanceReported:
    """Return the balance; exact dollars where given, else whole cents, never an assumed zero."""
    if body.balance_dollars:
        cash = parse_money(body.balance_dollars)
    elif body.balance is not None:
        cash = Money(body.balance * _CENT_IN_MONEY)
    else:
        raise ValueError("it names no amount")
    shards = tuple(
        (shard.exchange_index, parse_money(shard.balance)) for shard in body.balance_breakdown or ()
    )
    return BalanceReported(cash, Money(body.portfolio_value * _CENT_IN_MONEY), shards)


@strictly("queue positions")
def queues(body: schemas.QueuesAnswer) -> QueuesReported:
    """Return the contracts ahead of each resting order."""
    return QueuesReported(
        tuple(
            (identity_of(each.order_id, "order id"), parse_count(each.ahead))
            for each in body.queue_positions or ()
        )
    )


@strictly("time stamp")
def as_of_ns(body: schemas.StampAnswer) -> int:
    """Return to when the account's data is current, in wall nanoseconds."""
    return stamp_ns(body.as_of_time)


@strictly("archive's cutoff")
def cutoff(body: schemas.CutoffAnswer) -> Cutoff:
    """Return from when on orders and fills are still among the live ones."""
    return Cutoff(stamp_ns(body.orders_updated_ts), stamp_ns(body.trades_created_ts))


@strictly("order group")
def group(body: schemas.GroupBody, group_id: str = "") -> Group:
    """Return an order group; one that was read alone does not say its id."""
    limit, orders = body.contracts_limit_fp, body.orders
    return Group(
        group_id=identity_of(group_id or body.id, "group id"),
        shard=body.exchange_index,
        limit=parse_count(limit) if limit else None,
        trips=body.is_auto_cancel_enabled,
        order_ids=None
        if orders is None
        else tuple(identity_of(each, "order id") for each in orders),
    )


def groups(body: schemas.GroupsAnswer) -> tuple[Group, ...]:
    """Return the account's order groups."""
    return tuple(group(each) for each in body.order_groups or ())


@strictly("limits")
def account_limits(body: schemas.LimitsAnswer) -> AccountLimits:
    """Return the account's token buckets."""
    return AccountLimits(
        tier=clean_title(body.usage_tier or ""),
        read_refill=body.read.refill_rate,
        read_capacity=body.read.bucket_capacity,
        write_refill=body.write.refill_rate,
        write_capacity=body.write.bucket_capacity,
    )


@strictly("endpoint costs")
def endpoint_costs(body: schemas.CostsAnswer) -> EndpointCosts:
    """Return what each endpoint costs."""
    table = tuple(
        (clean_title(each.method), clean_title(each.path), each.cost)
        for each in body.endpoint_costs or ()
    )
    return EndpointCosts(default=body.default_cost, table=table)


def exchange_status(body: schemas.StatusAnswer) -> ExchangeStatusRead:
    """Return whether the exchange and its trading are up, with the resume time as it was said."""
    resume = clean_title(body.exchange_estimated_resume_time or "")
    shards = tuple(
        ShardStatus(each.exchange_index, each.exchange_active, each.trading_active)
        for each in body.exchange_index_statuses or ()
    )
    return ExchangeStatusRead(body.exchange_active, body.trading_active, resume, shards)
