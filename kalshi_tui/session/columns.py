"""What the history is written out as: tables, columns, meanings.

Columns are a promise: none is renamed or moved, new ones come last. Prices, counts and money are
exact decimal text; times are UTC with microseconds, and beside them nanoseconds as whole numbers.
Writes nothing.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from kalshi_tui.core.completeness import RecordKind
from kalshi_tui.core.lots import Basis, Closed
from kalshi_tui.core.positions import leg_price
from kalshi_tui.core.profit import Books, event_of, series_of
from kalshi_tui.core.records import FillRecord, SettlementRecord
from kalshi_tui.core.settlements import settlement_profit, value_of
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import count_to_wire, money_to_wire, notional, price_to_wire
from kalshi_tui.session.chronicle import History

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Value = str | int | bool | None


class Column(NamedTuple):
    """One column: its name, what it means, how it comes out of a record."""

    name: str
    meaning: str
    value: Callable[[Any], Value]


class Table(NamedTuple):
    """One kind of export."""

    name: str
    columns: tuple[Column, ...]
    records: Callable[[History, int | None, int | None], Iterator[Any]]


def time_text(at_ns: int) -> str:
    """Return a UTC time with microseconds: what is finer stays in the nanosecond column."""
    moment = _EPOCH + timedelta(microseconds=at_ns // 1_000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _stored(*kinds: RecordKind) -> Callable[[History, int | None, int | None], Iterator[Any]]:
    def read(history: History, since_ns: int | None, until_ns: int | None) -> Iterator[Any]:
        for kind in kinds:
            yield from history.records(kind, since_ns=since_ns, until_ns=until_ns)

    return read


def _closed(history: History, since_ns: int | None, until_ns: int | None) -> Iterator[Closed]:
    """Yield tax lots closed in the range; the books need the whole history before it."""
    books = Books(Basis.FIFO)
    for posting in books.take_all(history.money()):
        closed, books.closed = books.closed, []
        if (since_ns is None or posting.at_ns >= since_ns) and (
            until_ns is None or posting.at_ns < until_ns
        ):
            yield from closed


def _leg(fill: FillRecord) -> str:
    return "yes" if fill.side is BookSide.BID else "no"


def _settlement_value(paid: SettlementRecord) -> str | None:
    value = value_of(paid)
    return None if value is None else price_to_wire(value)


_AT = (
    Column("time", "when it happened, UTC", lambda r: time_text(r.at_ns)),
    Column("time_ns", "the same in Unix nanoseconds", lambda r: r.at_ns),
)
_MARKET = (
    Column("ticker", "the market", lambda r: r.ticker),
    Column("event", "the event, read off the ticker", lambda r: event_of(r.ticker)),
    Column("series", "the series, read off the ticker", lambda r: series_of(r.ticker)),
)
_SUBACCOUNT = Column("subaccount", "0 is the primary one", lambda r: r.subaccount)


_FILLS: tuple[Column, ...] = (
    *_AT,
    *_MARKET,
    Column("fill_id", "the trade; with order_id the fill's identity", lambda r: r.fill_id),
    Column("order_id", "the exchange's id of the order", lambda r: r.order_id),
    Column("book_side", "bid buys YES, ask buys NO", lambda r: r.side.value),
    Column("outcome", "the leg that was bought or netted: yes or no", _leg),
    Column("yes_price", "dollars for a YES contract", lambda r: price_to_wire(r.price)),
    Column(
        "leg_price",
        "dollars for a contract of the leg",
        lambda r: price_to_wire(leg_price(r.side, r.price)),
    ),
    Column("count", "contracts", lambda r: count_to_wire(r.size)),
    Column(
        "cost",
        "leg_price x count in dollars, netting not counted",
        lambda r: money_to_wire(notional(leg_price(r.side, r.price), r.size)),
    ),
    Column("fee", "dollars charged, rebate taken off", lambda r: money_to_wire(r.fee)),
    Column("is_taker", "true where our order took", lambda r: r.is_taker),
    _SUBACCOUNT,
)

_ORDERS: tuple[Column, ...] = (
    *_AT,
    *_MARKET,
    Column("order_id", "the exchange's id", lambda r: r.order_id),
    Column("client_order_id", "our id", lambda r: r.client_order_id),
    Column("book_side", "bid buys YES, ask buys NO", lambda r: r.side.value),
    Column("yes_price", "limit in dollars for a YES contract", lambda r: price_to_wire(r.price)),
    Column("status", "resting, canceled, executed or unknown", lambda r: r.status.value),
    Column("initial", "contracts asked for", lambda r: count_to_wire(r.initial)),
    Column("filled", "contracts filled", lambda r: count_to_wire(r.filled)),
    Column("remaining", "contracts that rest", lambda r: count_to_wire(r.remaining)),
    Column("taker_cost", "dollars", lambda r: money_to_wire(r.taker_cost)),
    Column("maker_cost", "dollars", lambda r: money_to_wire(r.maker_cost)),
    Column("taker_fees", "dollars", lambda r: money_to_wire(r.taker_fees)),
    Column("maker_fees", "dollars", lambda r: money_to_wire(r.maker_fees)),
    Column("updated", "when it last changed, UTC", lambda r: time_text(r.updated_ns)),
    _SUBACCOUNT,
)

_SETTLEMENTS: tuple[Column, ...] = (
    *_AT,
    Column("ticker", "the market", lambda r: r.ticker),
    Column("event", "the event", lambda r: r.event_ticker or event_of(r.ticker)),
    Column("series", "the series, read off the ticker", lambda r: series_of(r.ticker)),
    Column("result", "yes, no or scalar", lambda r: r.result.value),
    Column("value", "dollars a YES contract paid; empty if unknown", _settlement_value),
    Column("position", "contracts paid: + YES, - NO", lambda r: count_to_wire(r.net)),
    Column("yes_count", "all YES ever bought", lambda r: count_to_wire(r.yes_count)),
    Column("yes_cost", "dollars", lambda r: money_to_wire(r.yes_cost)),
    Column("no_count", "all NO ever bought", lambda r: count_to_wire(r.no_count)),
    Column("no_cost", "dollars", lambda r: money_to_wire(r.no_cost)),
    Column("revenue", "dollars paid", lambda r: money_to_wire(r.revenue)),
    Column("fees", "dollars, of all fills and the rounding", lambda r: money_to_wire(r.fees)),
    Column("profit", "dollars the market made, fees taken off", lambda r: _profit(r)),
    Column("is_rebuilt", "true where no endpoint gives the record", lambda r: r.is_rebuilt),
    _SUBACCOUNT,
)


def _profit(paid: SettlementRecord) -> str:
    return money_to_wire(settlement_profit(paid))


_POSITIONS: tuple[Column, ...] = (
    *_AT,
    *_MARKET,
    Column("position", "contracts held: + YES, - NO", lambda r: count_to_wire(r.position)),
    Column("cost", "dollars that the position cost", lambda r: money_to_wire(r.cost)),
    Column("realized", "dollars, the exchange's figure", lambda r: money_to_wire(r.realized)),
    Column("fees", "dollars", lambda r: money_to_wire(r.fees)),
    Column("traded", "dollars", lambda r: money_to_wire(r.traded)),
    _SUBACCOUNT,
)

_PAYMENTS: tuple[Column, ...] = (
    *_AT,
    Column("kind", "deposit or withdrawal", lambda r: r.kind.value),
    Column("id", "the exchange's id", lambda r: r.payment_id),
    Column("status", "only applied ones are in the balance", lambda r: r.status.value),
    Column("method", "ach, wire, crypto, debit or apm", lambda r: r.method),
    Column("amount", "dollars", lambda r: money_to_wire(r.amount)),
    Column("fee", "dollars", lambda r: money_to_wire(r.fee)),
    Column("created", "when it was made, UTC", lambda r: time_text(r.created_ns)),
)

_LOTS: tuple[Column, ...] = (
    *_MARKET,
    Column("outcome", "the leg that was held: yes or no", lambda r: r.outcome.value),
    Column("opened", "when it was bought, UTC", lambda r: time_text(r.opened_ns)),
    Column("closed", "when it was sold, netted or paid out, UTC", lambda r: time_text(r.closed_ns)),
    Column("count", "contracts", lambda r: count_to_wire(r.size)),
    Column("cost", "dollars, fees not counted", lambda r: money_to_wire(r.cost)),
    Column("proceeds", "dollars, fees not counted", lambda r: money_to_wire(r.proceeds)),
    Column("fees", "dollars, of opening and closing", lambda r: money_to_wire(r.fees)),
    Column("profit", "proceeds - cost - fees", lambda r: money_to_wire(r.profit)),
)

TABLES: dict[str, Table] = {
    each.name: each
    for each in (
        Table("fills", _FILLS, _stored(RecordKind.FILLS)),
        Table("orders", _ORDERS, _stored(RecordKind.ORDERS)),
        Table("settlements", _SETTLEMENTS, _stored(RecordKind.SETTLEMENTS)),
        Table("positions", _POSITIONS, _stored(RecordKind.POSITIONS)),
        Table("payments", _PAYMENTS, _stored(RecordKind.DEPOSITS, RecordKind.WITHDRAWALS)),
        Table("lots", _LOTS, _closed),
    )
}
"""What can be written out. `lots` are tax lots, first in first out."""
