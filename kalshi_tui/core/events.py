"""Facts: everything that can happen to the engine, as frozen values.

The wire's names end in `api.decode`; from here on these are the only words. Prices are YES prices,
times are nanoseconds and named after their clock (`mono_ns`, `wall_ns`); `ts_ms` is the exchange's
own stamp in milliseconds. Those of the stream itself are kept in `core.stream` and belong here.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import Market, MarketStatus, TickGrid
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.stream import (
    AuditSource,
    BookAudited,
    BookCounted,
    BookDelta,
    BookReport,
    BookSnapshot,
    BookStatus,
    BookStatusChanged,
    ConnectionChanged,
    ConnectionState,
    FeedReport,
    Lagging,
    LatencyMeasured,
    SidReport,
    WireDrifted,
)
from kalshi_tui.core.text import NO_TEXT, SafeText
from kalshi_tui.core.units import Count, Money, Price

__all__ = [
    "Acked",
    "AuditSource",
    "BalanceReported",
    "BookAudited",
    "BookCounted",
    "BookDelta",
    "BookReport",
    "BookSnapshot",
    "BookStatus",
    "BookStatusChanged",
    "CancelAcked",
    "CancelAllAnswered",
    "CancelRefused",
    "CancelUnknown",
    "ConnectionChanged",
    "ConnectionState",
    "ExchangeStatusRead",
    "Fact",
    "FeedReport",
    "FeesRead",
    "Filled",
    "JournalFailed",
    "Lagging",
    "LatencyMeasured",
    "MarketChanged",
    "MarketsListed",
    "NotSent",
    "OrderReported",
    "OutcomeUnknown",
    "PositionReported",
    "QueuesReported",
    "Quoted",
    "Refused",
    "ReportedStatus",
    "RequestFailed",
    "Sending",
    "SidReport",
    "Slept",
    "Swept",
    "Tick",
    "Traded",
    "WireDrifted",
]


class Traded(NamedTuple):
    """A public trade."""

    ticker: str
    price: Price
    size: Count
    taker_side: BookSide
    trade_id: str
    ts_ms: int


@dataclass(frozen=True, slots=True)
class Tick:
    """The time, told once before each batch of facts and at least once a second."""

    mono_ns: int
    wall_ns: int


@dataclass(frozen=True, slots=True)
class Slept:
    """This computer was asleep: everything from before is doubtful."""

    asleep_ns: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """The ticker channel: the touch and last price of a market that may have no book here.

    A side without quotes is None (the wire prints 0.0000 or 1.0000 with size 0).
    """

    ticker: str
    bid: Price | None
    ask: Price | None
    bid_size: Count
    ask_size: Count
    last: Price | None
    volume: Count
    ts_ms: int


@dataclass(frozen=True, slots=True)
class MarketsListed:
    """Markets read over REST: new ones are added, known ones replaced."""

    markets: tuple[Market, ...]
    quotes: tuple[Quoted, ...] = ()


@dataclass(frozen=True, slots=True)
class FeesRead:
    """The fee schedule of markets, after the series and the event's override were read."""

    tickers: tuple[str, ...]
    fees: FeeSchedule


@dataclass(frozen=True, slots=True)
class MarketChanged:
    """A lifecycle event; None leaves a value as it is."""

    ticker: str
    status: MarketStatus | None = None
    grid: TickGrid | None = None
    close_ns: int | None = None


@dataclass(frozen=True, slots=True)
class ExchangeStatusRead:
    exchange_active: bool
    trading_active: bool
    resume_text: SafeText = NO_TEXT


class ReportedStatus(Enum):
    """An order's status as the exchange words it."""

    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OrderReported:
    """An order as the exchange describes it, from the private feed or from REST."""

    order_id: str
    client_order_id: str
    ticker: str
    side: BookSide
    price: Price
    status: ReportedStatus
    initial: Count
    filled: Count
    remaining: Count
    fees: Money
    """Taker and maker fees so far."""
    created_ms: int
    updated_ms: int
    expires_ms: int | None = None
    reason: SafeText = NO_TEXT
    """`last_update_reason`, where given."""
    time_in_force: TimeInForce | None = None
    post_only: bool | None = None
    self_trade_prevention: SelfTradePrevention | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """One fill of one of our orders."""

    trade_id: str
    order_id: str
    client_order_id: str
    """Empty where the source does not carry it (REST)."""
    ticker: str
    side: BookSide
    price: Price
    count: Count
    fee: Money
    is_taker: bool
    ts_ms: int
    position_after: Count | None = None
    """Signed position after this fill, where the source carries it."""


@dataclass(frozen=True, slots=True)
class PositionReported:
    """A market position as the exchange states it."""

    ticker: str
    position: Count
    cost: Money
    """Cost of the net position."""
    realized: Money
    fees: Money
    ts_ms: int = 0


@dataclass(frozen=True, slots=True)
class BalanceReported:
    """Available cash, net of what resting orders reserve, summed and per exchange shard."""

    cash: Money
    portfolio: Money
    shards: tuple[tuple[int, Money], ...] = ()


@dataclass(frozen=True, slots=True)
class QueuesReported:
    """Contracts ahead of each of our resting orders, by order id."""

    queues: tuple[tuple[str, Count], ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """A complete private read after a (re)subscription: what rests is exactly `orders`."""

    orders: tuple[OrderReported, ...]
    fills: tuple[Filled, ...]
    positions: tuple[PositionReported, ...]
    begun_wall_ns: int
    """When the first request of the sweep was sent: newer private facts are newer than it."""


@dataclass(frozen=True, slots=True)
class Sending:
    """An order was signed and recorded; its first byte may leave now."""

    client_order_id: str
    sign_wall_ns: int


@dataclass(frozen=True, slots=True)
class Acked:
    """A create was answered 201."""

    client_order_id: str
    order_id: str
    filled: Count
    remaining: Count
    average_price: Price | None
    ts_ms: int
    round_trip_ns: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A create was refused, definitely. `code` and `detail` are the exchange's words."""

    client_order_id: str
    status: int
    code: str
    detail: SafeText = NO_TEXT


@dataclass(frozen=True, slots=True)
class NotSent:
    """A create provably never left this machine."""

    client_order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """A create was sent and its answer is lost or unreadable."""

    client_order_id: str
    reason: str
    exists: bool = False
    """True for 409 order_already_exists: absence is impossible."""


@dataclass(frozen=True, slots=True)
class JournalFailed:
    """An intent could not be committed; nothing was sent."""

    client_order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CancelAcked:
    order_id: str
    reduced_by: Count
    ts_ms: int
    round_trip_ns: int


@dataclass(frozen=True, slots=True)
class CancelRefused:
    """A cancel was refused. 404 means "not live any more", not "never existed"."""

    order_id: str
    status: int
    code: str


@dataclass(frozen=True, slots=True)
class CancelUnknown:
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CancelAllAnswered:
    """Cancel-all was answered (204) or failed (`error` is one sentence)."""

    error: str = ""


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """A read failed; `what` names it in the user's words."""

    what: str
    reason: str


Fact = (
    BookSnapshot
    | BookDelta
    | Traded
    | Tick
    | ConnectionChanged
    | LatencyMeasured
    | BookStatusChanged
    | BookCounted
    | BookAudited
    | Lagging
    | WireDrifted
    | FeedReport
    | Slept
    | Quoted
    | MarketsListed
    | FeesRead
    | MarketChanged
    | ExchangeStatusRead
    | OrderReported
    | Filled
    | PositionReported
    | BalanceReported
    | QueuesReported
    | Swept
    | Sending
    | Acked
    | Refused
    | NotSent
    | OutcomeUnknown
    | JournalFailed
    | CancelAcked
    | CancelRefused
    | CancelUnknown
    | CancelAllAnswered
    | RequestFailed
)
