"""What the practice exchange did, in the order in which the wire tells it.

Owns the words between the rules and the server; holds no behaviour. Public happenings carry no
secret: `account_id` on a book change only lets the server annotate the owner's own delta.
Times are the exchange's nanoseconds, prices YES prices, counts 1/100 contract.
Source: recorded traffic: one delta per order event; the makers' deltas, the rest, the trades.
"""

from enum import Enum
from typing import NamedTuple, TypeAlias

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import MarketStatus, TickGrid
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.practice.orders import OrderReport


class GroupEvent(Enum):
    """The words of the wire's `event_type` of an order group."""

    CREATED = "created"
    TRIGGERED = "triggered"
    RESET = "reset"
    DELETED = "deleted"
    LIMIT_UPDATED = "limit_updated"


class MarketResult(Enum):
    """The words of the wire's `result` and `market_result`."""

    YES = "yes"
    NO = "no"
    SCALAR = "scalar"


class BookChanged(NamedTuple):
    """One order event in one market's book: exactly one delta on the wire."""

    ticker: str
    side: BookSide
    price: Price
    change: Count
    """Signed."""
    clock: int
    """The market's clock after this change; starts at 1."""
    at_ns: int
    account_id: str
    """The customer whose order this is; empty for the crowd."""
    client_order_id: str


class TradePrinted(NamedTuple):
    """One public trade: one per maker order that was hit."""

    ticker: str
    trade_id: str
    price: Price
    size: Count
    taker_side: BookSide
    at_ns: int


class Fill(NamedTuple):
    """One customer's side of a trade."""

    trade_id: str
    order_id: str
    client_order_id: str
    ticker: str
    exchange_index: int
    side: BookSide
    price: Price
    size: Count
    is_taker: bool
    fee: Money
    post_position: Count
    """Signed position after this fill."""
    at_ns: int


class PositionReport(NamedTuple):
    """A frozen picture of one customer's position in one market."""

    ticker: str
    exchange_index: int
    net: Count
    """Signed: + YES, - NO."""
    cost: Money
    """What the contracts still held were bought for, fees excluded."""
    realized_pnl: Money
    """Of closed contracts, fees excluded."""
    fees_paid: Money
    fee_cost: Money
    """The share of the fees that belongs to the contracts still held."""
    total_traded: Money
    """Sum over fills of what the order's leg cost."""
    volume: Count
    updated_ns: int
    settled_ns: int = 0
    """When the position was paid out; 0 while it was not."""


class Settlement(NamedTuple):
    """What one customer got for one market."""

    ticker: str
    event_ticker: str
    exchange_index: int
    result: MarketResult
    value: Price
    """What one YES contract paid."""
    yes_count: Count
    """All that was ever bought as YES (bids), not what was still held."""
    yes_cost: Money
    no_count: Count
    no_cost: Money
    revenue: Money
    """Whole cents."""
    fees: Money
    """Of all fills, and what the rounding of a sub-cent value took."""
    net: Count
    """Signed position that was paid out."""
    at_ns: int


class FillMade(NamedTuple):
    """A customer's order was filled."""

    account_id: str
    fill: Fill


class OrderUpdated(NamedTuple):
    """A customer's order was created or changed."""

    account_id: str
    order: OrderReport


class PositionUpdated(NamedTuple):
    """A customer's position changed. One a command, after its fills."""

    account_id: str
    position: PositionReport


class BookCleared(NamedTuple):
    """A closed market's book is empty for good: the server sends an empty snapshot."""

    ticker: str
    at_ns: int


class StatusChanged(NamedTuple):
    """A market changed its status."""

    ticker: str
    before: MarketStatus
    after: MarketStatus
    at_ns: int


class MarketListed(NamedTuple):
    """A market was created: the wire's `created`."""

    ticker: str
    at_ns: int


class CloseMoved(NamedTuple):
    """A market closes at another time than was said: the wire's `close_date_updated`."""

    ticker: str
    close_ns: int
    at_ns: int


class MarketDetermined(NamedTuple):
    """A result was found, or another one after a dispute: the wire's `determined`."""

    ticker: str
    result: MarketResult
    value: Price
    """What one YES contract pays; NO pays the rest of the dollar."""
    at_ns: int


class MarketSettled(NamedTuple):
    """Every position was paid out: the wire's `settled`."""

    ticker: str
    at_ns: int


class TicksChanged(NamedTuple):
    """A market trades on another grid; resting orders stay. `price_level_structure_updated`."""

    ticker: str
    structure: str
    grid: TickGrid
    at_ns: int


class EventFeesChanged(NamedTuple):
    """An event's fee override was set, or cleared (None): the wire's `event_fee_update`."""

    event_ticker: str
    override: FeeSchedule | None
    at_ns: int


class SettlementPaid(NamedTuple):
    """A customer's position was paid out. No frame of its own; a `PositionUpdated` follows."""

    account_id: str
    settlement: Settlement


class CashMoved(NamedTuple):
    """A customer's cash, or what shall be done with it, changed otherwise than by trading and
    settlement. No frame."""

    account_id: str
    at_ns: int


class GroupUpdated(NamedTuple):
    """An order group changed: one frame of `order_group_updates` for its owner."""

    account_id: str
    group_id: str
    event: GroupEvent
    limit: Count | None
    """Only with CREATED and LIMIT_UPDATED."""
    at_ns: int


Happening: TypeAlias = (
    BookChanged
    | TradePrinted
    | FillMade
    | OrderUpdated
    | PositionUpdated
    | BookCleared
    | StatusChanged
    | MarketListed
    | CloseMoved
    | MarketDetermined
    | MarketSettled
    | TicksChanged
    | EventFeesChanged
    | SettlementPaid
    | CashMoved
    | GroupUpdated
)
