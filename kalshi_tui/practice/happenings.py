"""What the practice exchange did, in the order in which the wire tells it.

Owns the words between the rules and the server; holds no behaviour. Public happenings carry no
secret: `account_id` on a book change only lets the server annotate the owner's own delta.
Times are the exchange's nanoseconds, prices YES prices, counts 1/100 contract.
Source: recorded traffic: one delta per order event; the makers' deltas, the rest, the trades.
"""

from typing import NamedTuple, TypeAlias

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.practice.orders import OrderReport


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


Happening: TypeAlias = (
    BookChanged
    | TradePrinted
    | FillMade
    | OrderUpdated
    | PositionUpdated
    | BookCleared
    | StatusChanged
)
