"""The account's history bodies turned into `core.records`: where Kalshi's names end.

Every number exactly or not at all; a field that money hangs on is required, a deprecated one is
not. Raises `BodyError` for a record that cannot be read, so that it can be kept and read later by
a better program. Knows no page and no store.
Source: openapi.yaml `Fill`, `Order`, `Settlement`, `MarketPosition`, `Deposit`, `Withdrawal`.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct, field

from kalshi_tui.api.decode import (
    SECOND_NS,
    identity_of,
    optional_stamp_ns,
    order_status_of,
    read_body,
    side_of,
    stamp_ns,
    strictly,
    ticker_of,
)
from kalshi_tui.core.completeness import Cutoff, RecordKind
from kalshi_tui.core.records import (
    FillRecord,
    OrderRecord,
    PaymentKind,
    PaymentRecord,
    PaymentStatus,
    PositionRecord,
    Result,
    SettlementRecord,
)
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import (
    NO_MONEY,
    Count,
    Money,
    Price,
    parse_change,
    parse_count,
    parse_money,
    parse_price,
)

_CENT = 10_000
_Word = TypeVar("_Word", bound=Enum)


class _Fill(Struct, frozen=True):
    order_id: str
    price: str = field(name="yes_price_dollars")
    size: str = field(name="count_fp")
    fee: str = field(name="fee_cost")
    is_taker: bool
    fill_id: str | None = None
    trade_id: str | None = None
    ticker: str | None = None
    market_ticker: str | None = None
    book_side: str | None = None
    outcome_side: str | None = None
    created_time: str | None = None
    ts: int | None = None
    subaccount_number: int | None = None
    exchange_index: int | None = None


class _Order(Struct, frozen=True):
    order_id: str
    ticker: str
    status: str
    price: str = field(name="yes_price_dollars")
    initial: str = field(name="initial_count_fp")
    filled: str = field(name="fill_count_fp")
    remaining: str = field(name="remaining_count_fp")
    client_order_id: str | None = None
    book_side: str | None = None
    outcome_side: str | None = None
    taker_cost: str | None = field(name="taker_fill_cost_dollars", default=None)
    maker_cost: str | None = field(name="maker_fill_cost_dollars", default=None)
    taker_fees: str | None = field(name="taker_fees_dollars", default=None)
    maker_fees: str | None = field(name="maker_fees_dollars", default=None)
    created_time: str | None = None
    last_update_time: str | None = None
    subaccount_number: int | None = None
    exchange_index: int | None = None


class _Settlement(Struct, frozen=True):
    ticker: str
    market_result: str
    yes_count: str = field(name="yes_count_fp")
    yes_cost: str = field(name="yes_total_cost_dollars")
    no_count: str = field(name="no_count_fp")
    no_cost: str = field(name="no_total_cost_dollars")
    revenue: int
    settled_time: str
    fee: str = field(name="fee_cost")
    event_ticker: str | None = None
    exchange_index: int | None = None


class _Position(Struct, frozen=True):
    ticker: str
    position: str = field(name="position_fp")
    exposure: str = field(name="market_exposure_dollars")
    realized: str = field(name="realized_pnl_dollars")
    fees: str = field(name="fees_paid_dollars")
    traded: str | None = field(name="total_traded_dollars", default=None)
    last_updated_ts: str | None = None
    exchange_index: int | None = None


class _Payment(Struct, frozen=True):
    id: str
    status: str
    amount_cents: int
    created_ts: int
    type: str | None = None
    fee_cents: int = 0
    finalized_ts: int | None = None


class _Cutoff(Struct, frozen=True):
    market_settled_ts: str | None = None
    trades_created_ts: str | None = None
    orders_updated_ts: str | None = None
    market_positions_last_updated_ts: str | None = None


class _Ended(Struct, frozen=True):
    ticker: str
    event_ticker: str | None = None
    result: str | None = None
    value: str | None = field(name="settlement_value_dollars", default=None)
    settlement_ts: str | None = None


class Ended(NamedTuple):
    """How a market ended: what a settlement that no endpoint gives is rebuilt from."""

    ticker: str
    event_ticker: str
    result: Result
    value: Price | None
    """Payment of a YES contract, exactly."""
    settled_ns: int


_FILL = msgspec.json.Decoder(_Fill)


@strictly("fill")
def fill(raw: bytes | msgspec.Raw, subaccount: int = 0) -> FillRecord:
    """Return a fill; `subaccount` is the one that was asked for, where the body names none."""
    body = _FILL.decode(raw)
    at_ns = optional_stamp_ns(body.created_time)
    if at_ns is None:
        if body.ts is None:
            raise ValueError("it has no time")
        at_ns = body.ts * SECOND_NS
    return FillRecord(
        at_ns,
        identity_of(body.fill_id or body.trade_id, "fill id"),
        identity_of(body.order_id, "order id"),
        ticker_of(body.ticker or body.market_ticker),
        side_of(body.book_side, body.outcome_side),
        parse_price(body.price),
        _positive(body.size),
        parse_money(body.fee),
        body.is_taker,
        subaccount if body.subaccount_number is None else body.subaccount_number,
        body.exchange_index or 0,
    )


@strictly("order")
def order(raw: bytes | msgspec.Raw, subaccount: int = 0) -> OrderRecord:
    """Return an order as last reported."""
    body = msgspec.json.decode(raw, type=_Order)
    created = optional_stamp_ns(body.created_time) or 0
    return OrderRecord(
        created,
        identity_of(body.order_id, "order id"),
        clean_title(body.client_order_id or ""),
        ticker_of(body.ticker),
        side_of(body.book_side, body.outcome_side),
        parse_price(body.price),
        order_status_of(body.status),
        parse_count(body.initial),
        parse_count(body.filled),
        parse_count(body.remaining),
        _money(body.taker_cost),
        _money(body.maker_cost),
        _money(body.taker_fees),
        _money(body.maker_fees),
        optional_stamp_ns(body.last_update_time) or created,
        subaccount if body.subaccount_number is None else body.subaccount_number,
        body.exchange_index or 0,
    )


@strictly("settlement")
def settlement(raw: bytes | msgspec.Raw, subaccount: int = 0) -> SettlementRecord:
    """Return a settlement. Its value comes in whole cents, so a scalar's exact value is unknown."""
    body = msgspec.json.decode(raw, type=_Settlement)
    # `void` was said until June 2026 for what is a scalar now.
    word = "scalar" if body.market_result == "void" else body.market_result
    return SettlementRecord(
        stamp_ns(body.settled_time),
        ticker_of(body.ticker),
        ticker_of(body.event_ticker) if body.event_ticker else "",
        _word(Result, word),
        parse_count(body.yes_count),
        parse_money(body.yes_cost),
        parse_count(body.no_count),
        parse_money(body.no_cost),
        Money(body.revenue * _CENT),
        parse_money(body.fee),
        None,
        subaccount,
        body.exchange_index or 0,
    )


@strictly("position")
def position(raw: bytes | msgspec.Raw, subaccount: int = 0) -> PositionRecord:
    """Return a position as the exchange states it."""
    body = msgspec.json.decode(raw, type=_Position)
    return PositionRecord(
        optional_stamp_ns(body.last_updated_ts) or 0,
        ticker_of(body.ticker),
        parse_change(body.position),
        parse_money(body.exposure),
        parse_money(body.realized),
        parse_money(body.fees),
        _money(body.traded),
        subaccount,
        body.exchange_index or 0,
    )


def deposit(raw: bytes | msgspec.Raw, subaccount: int = 0) -> PaymentRecord:
    """Return a deposit; money comes to the primary account whatever `subaccount` says."""
    return _payment(raw, PaymentKind.DEPOSIT)


def withdrawal(raw: bytes | msgspec.Raw, subaccount: int = 0) -> PaymentRecord:
    """Return a withdrawal."""
    return _payment(raw, PaymentKind.WITHDRAWAL)


@strictly("payment")
def _payment(raw: bytes | msgspec.Raw, kind: PaymentKind) -> PaymentRecord:
    body = msgspec.json.decode(raw, type=_Payment)
    try:
        status = PaymentStatus(body.status)
    except ValueError:
        status = PaymentStatus.UNKNOWN
    created = body.created_ts * SECOND_NS
    return PaymentRecord(
        created if body.finalized_ts is None else body.finalized_ts * SECOND_NS,
        identity_of(body.id, "id"),
        kind,
        status,
        clean_title(body.type or ""),
        Money(body.amount_cents * _CENT),
        Money(body.fee_cents * _CENT),
        created,
    )


@strictly("cut-off")
def cutoff(raw: bytes) -> Cutoff:
    """Return the four cut-offs; one that is missing stays None."""
    body = read_body(raw, _Cutoff)
    return Cutoff(
        optional_stamp_ns(body.market_settled_ts),
        optional_stamp_ns(body.trades_created_ts),
        optional_stamp_ns(body.orders_updated_ts),
        optional_stamp_ns(body.market_positions_last_updated_ts),
    )


@strictly("market's result")
def ended(raw: bytes | msgspec.Raw) -> Ended | None:
    """Return how a market ended, or None for one that was not settled."""
    body = msgspec.json.decode(raw, type=_Ended)
    settled_ns = optional_stamp_ns(body.settlement_ts)
    if settled_ns is None or not body.result:
        return None
    value = parse_price(body.value) if body.value else None
    event = ticker_of(body.event_ticker) if body.event_ticker else ""
    return Ended(ticker_of(body.ticker), event, _word(Result, body.result), value, settled_ns)


AnyRecord = FillRecord | OrderRecord | SettlementRecord | PositionRecord | PaymentRecord

READERS: dict[RecordKind, Callable[[bytes | msgspec.Raw, int], AnyRecord]] = {
    RecordKind.FILLS: fill,
    RecordKind.ORDERS: order,
    RecordKind.SETTLEMENTS: settlement,
    RecordKind.POSITIONS: position,
    RecordKind.DEPOSITS: deposit,
    RecordKind.WITHDRAWALS: withdrawal,
}
"""How each kind of record is read: (body, subaccount asked for)."""


def _positive(text: str) -> Count:
    size = parse_count(text)
    if size == 0:
        raise ValueError("it is of no contracts")
    return size


def _money(text: str | None) -> Money:
    return parse_money(text) if text else NO_MONEY


def _word(kind: type[_Word], text: str) -> _Word:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{clean_title(text)!r} is not a {kind.__name__.lower()}") from None
