"""Facts: everything that can happen to the engine, as frozen values.

The wire's names end in `api.decode`; from here on these are the only words. Prices are YES prices,
times are nanoseconds and named after their clock (`mono_ns`, `wall_ns`); `ts_ms` is the exchange's
own stamp in milliseconds. Those of the stream itself are kept in `core.stream`,
the answers to our own writes in `core.answers`; both belong here.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kalshi_tui.core.answers import (
    Acked,
    AmendAcked,
    AmendRefused,
    AmendUnknown,
    BudgetReported,
    CancelAcked,
    CancelAllAnswered,
    CancelRefused,
    CancelUnknown,
    DecreaseAcked,
    DecreaseRefused,
    DecreaseUnknown,
    GroupChange,
    GroupChanged,
    GroupFailed,
    GroupMade,
    JournalFailed,
    NotSent,
    OrderNotFound,
    OutcomeUnknown,
    ProvenAbsent,
    Refused,
    Sending,
)
from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import Market, MarketStatus, TickGrid
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.stream import (
    AuditSource,
    BookAudited,
    BookChanges,
    BookCounted,
    BookDelta,
    BookReport,
    BookSnapshot,
    BookStatus,
    BookStatusChanged,
    Change,
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
    "AmendAcked",
    "AmendRefused",
    "AmendUnknown",
    "AuditSource",
    "BalanceReported",
    "BookAudited",
    "BookChanges",
    "BookCounted",
    "BookDelta",
    "BookReport",
    "BookSnapshot",
    "BookStatus",
    "BookStatusChanged",
    "BudgetReported",
    "CancelAcked",
    "CancelAllAnswered",
    "CancelRefused",
    "CancelUnknown",
    "Change",
    "ClockMeasured",
    "ConnectionChanged",
    "ConnectionState",
    "DecreaseAcked",
    "DecreaseRefused",
    "DecreaseUnknown",
    "ExchangeStatusRead",
    "Fact",
    "FeedReport",
    "FeesRead",
    "Filled",
    "GroupChange",
    "GroupChanged",
    "GroupFailed",
    "GroupMade",
    "JournalFailed",
    "Lagging",
    "LatencyMeasured",
    "MarketChanged",
    "MarketsListed",
    "NotSent",
    "OrderNotFound",
    "OrderReported",
    "OutcomeUnknown",
    "PositionReported",
    "ProvenAbsent",
    "QueuesReported",
    "Quoted",
    "Refused",
    "ReportedStatus",
    "RequestFailed",
    "ScanCompleted",
    "Sending",
    "ShardStatus",
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
class ShardStatus:
    """One shard (openapi.yaml `ExchangeIndexStatus`)."""

    index: int
    exchange_active: bool
    trading_active: bool

    @property
    def is_trading(self) -> bool:
        return self.exchange_active and self.trading_active


@dataclass(frozen=True, slots=True)
class ClockMeasured:
    """What to add to our wall clock to get the exchange's."""

    offset_ns: int


@dataclass(frozen=True, slots=True)
class ExchangeStatusRead:
    exchange_active: bool
    trading_active: bool
    resume_text: SafeText = NO_TEXT
    shards: tuple[ShardStatus, ...] = ()
    """Each shard by itself; empty where that was not said."""


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
    group_id: str = ""
    """`order_group_id`, where given."""


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
    """To when it is current on the exchange's clock: private facts with a later stamp are newer."""


@dataclass(frozen=True, slots=True)
class ScanCompleted:
    """A complete, error-free read of every resting order of the account, all pages."""

    resting: tuple[OrderReported, ...]
    begun_wall_ns: int
    """When its first request was sent, on the exchange's clock."""
    as_of_ns: int
    """To when the exchange's reads were current, asked before the scan began."""


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """A read failed; `what` names it in the user's words."""

    what: str
    reason: str


Fact = (
    BookSnapshot
    | BookDelta
    | BookChanges
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
    | ClockMeasured
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
    | AmendAcked
    | AmendRefused
    | AmendUnknown
    | DecreaseAcked
    | DecreaseRefused
    | DecreaseUnknown
    | ProvenAbsent
    | OrderNotFound
    | GroupMade
    | GroupChanged
    | GroupFailed
    | BudgetReported
    | ScanCompleted
    | RequestFailed
)
