"""Orders as the practice exchange holds them: terms in, resting order, report out.

`Order` is what the book queues and all that a house order ever is; `CustomerOrder` adds what a
customer can read back. Owns no rule. Prices are YES prices, times wall or virtual nanoseconds.
Source: openapi.yaml `CreateOrderV2Request`, `Order`; asyncapi.yaml `user_order`.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, NO_MONEY, ONE_DOLLAR, Count, Money, Price

AUTO_ROUTE = -1
"""The `exchange_index` that lets the exchange find the shard by the market's ticker."""


class OrderStatus(Enum):
    """The words of the wire's `status`."""

    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"


class UpdateReason(Enum):
    """The words of the wire's `last_update_reason`; NONE is left out of a frame."""

    NONE = ""
    DECREASE = "Decrease"
    AMEND = "Amend"
    MARGIN_CANCEL = "MarginCancel"
    SELF_TRADE_CANCEL = "SelfTradeCancel"
    EXPIRY_CANCEL = "ExpiryCancel"
    CLOSE_CANCEL = "CloseCancel"
    HALT_CANCEL = "HaltCancel"
    TRADE = "Trade"
    POST_ONLY_CROSS_CANCEL = "PostOnlyCrossCancel"
    REDUCE_ONLY_CANCEL = "ReduceOnlyCancel"
    SETTLEMENT_BOUNDS_CANCEL = "SettlementBoundsCancel"


class NewOrder(NamedTuple):
    """What a create request asks for. A named tuple: the crowd makes thousands a second."""

    ticker: str
    side: BookSide
    price: Price
    size: Count
    time_in_force: TimeInForce = TimeInForce.GTC
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.TAKER_AT_CROSS
    client_order_id: str = ""
    """Empty where the client sent none; a given one is burned for ever once accepted."""
    post_only: bool = False
    reduce_only: bool = False
    expires_s: int | None = None
    """Unix seconds; only with GTC."""
    cancel_on_pause: bool = False
    order_group_id: str = ""
    exchange_index: int = AUTO_ROUTE
    """A shard is asked for itself: a market that is elsewhere is not found there."""


class Amendment(NamedTuple):
    """What an amend request asks for: the whole of the new terms, changed or not."""

    ticker: str
    side: BookSide
    price: Price
    total: Count
    """What is filled already plus what shall rest."""
    client_order_id: str = ""
    """Where given it must be the order's own."""
    updated_client_order_id: str = ""
    """The order's name from now on; it is burned like that of a new order."""
    expires_s: int | None = None
    """None keeps the expiry, 0 removes it, another one must be in the future."""


class CancelItem(NamedTuple):
    """One entry of a batch cancel."""

    order_id: str
    exchange_index: int | None = None
    """The shard that is asked; None finds the order wherever it is."""


@dataclass(slots=True, eq=False)
class Order:
    """One order in a queue. Identity is the object; `before` and `after` belong to the book."""

    order_id: str
    account_id: str
    ticker: str
    side: BookSide
    price: Price
    remaining: Count
    place: int = 0
    """Arrival number in its book; a smaller one at the same price is served first."""
    before: "Order | None" = None
    after: "Order | None" = None


@dataclass(slots=True, eq=False)
class CustomerOrder(Order):
    """A customer's order with everything that REST and the private feed say about it."""

    client_order_id: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.TAKER_AT_CROSS
    post_only: bool = False
    reduce_only: bool = False
    expires_s: int | None = None
    cancel_on_pause: bool = False
    order_group_id: str = ""
    exchange_index: int = 0
    initial: Count = NO_COUNT
    filled: Count = NO_COUNT
    status: OrderStatus = OrderStatus.RESTING
    reason: UpdateReason = UpdateReason.NONE
    created_ns: int = 0
    updated_ns: int = 0
    taker_cost: Money = NO_MONEY
    """Cost of taker fills on the order's own leg: price for a bid, 1 - price for an ask."""
    maker_cost: Money = NO_MONEY
    taker_fees: Money = NO_MONEY
    maker_fees: Money = NO_MONEY
    accumulator: Money = NO_MONEY
    """Fee rounding held back for this order (`core.fees.charge_fill`)."""

    @property
    def unit_collateral(self) -> int:
        """What one count unit costs on the order's own leg, in price units."""
        return self.price if self.side is BookSide.BID else ONE_DOLLAR - self.price

    def report(self) -> "OrderReport":
        """Return the order as it stands now."""
        return OrderReport(
            self.order_id,
            self.client_order_id,
            self.account_id,
            self.ticker,
            self.exchange_index,
            self.side,
            self.price,
            self.status,
            self.initial,
            self.filled,
            self.remaining,
            self.taker_cost,
            self.maker_cost,
            self.taker_fees,
            self.maker_fees,
            self.time_in_force,
            self.self_trade_prevention,
            self.post_only,
            self.reduce_only,
            self.cancel_on_pause,
            self.order_group_id,
            self.expires_s,
            self.created_ns,
            self.updated_ns,
            self.reason,
        )


class OrderReport(NamedTuple):
    """A frozen picture of a customer's order."""

    order_id: str
    client_order_id: str
    account_id: str
    ticker: str
    exchange_index: int
    side: BookSide
    price: Price
    """The limit, not the fill price."""
    status: OrderStatus
    initial: Count
    filled: Count
    remaining: Count
    """0 once canceled, whatever was left."""
    taker_cost: Money
    maker_cost: Money
    taker_fees: Money
    maker_fees: Money
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    post_only: bool
    reduce_only: bool
    cancel_on_pause: bool
    order_group_id: str
    expires_s: int | None
    created_ns: int
    updated_ns: int
    reason: UpdateReason


class Placed(NamedTuple):
    """The answer to a create. The averages are exact sums: divide by `filled` for the wire."""

    order_id: str
    client_order_id: str
    filled: Count
    remaining: Count
    """What rests; 0 for an order that is done, also when it was canceled."""
    cost: Money
    """Sum of YES price x count over the fills: the average fill price is cost / filled."""
    fees: Money
    at_ns: int


class Canceled(NamedTuple):
    """The answer to a cancel."""

    order_id: str
    client_order_id: str
    reduced_by: Count
    at_ns: int


class Amended(NamedTuple):
    """The answer to an amend."""

    order_id: str
    client_order_id: str
    filled: Count
    """What this amend traded, not what the order had traded before."""
    remaining: Count
    """What rests now; 0 for an order that is done."""
    resized: bool
    """True when what rests changed, by a fill or by the new total."""
    cost: Money
    """Sum of YES price x count over the fills of this amend."""
    fees: Money
    at_ns: int


class Decreased(NamedTuple):
    """The answer to a decrease."""

    order_id: str
    client_order_id: str
    remaining: Count
    at_ns: int
