"""Frozen rows for the screen: what a pane shows, computed once, on the session's side.

Only the latest view of a key matters; the mailbox conflates. Owns shapes, no painting and no words.
Prices are YES prices; the NO view is made by the painter.
"""

from dataclasses import dataclass, field
from enum import Enum

from kalshi_tui.core.book import Level
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import (
    BookStatus,
    BudgetReported,
    ConnectionState,
    FeedReport,
    ShardStatus,
    Traded,
)
from kalshi_tui.core.exposure import NO_EXPOSURE, Exposure
from kalshi_tui.core.killing import KillProgress
from kalshi_tui.core.market import Market
from kalshi_tui.core.orders import CancelState, Change, Due, OrderState, TimeInForce
from kalshi_tui.core.reconciliation import Difference
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.situation import Placed
from kalshi_tui.core.text import NO_TEXT, SafeText
from kalshi_tui.core.units import NO_MONEY, Count, Money, Price


class Pane(Enum):
    """The kinds of view; with a ticker they make a key."""

    STATUS = "status"
    LADDER = "ladder"
    ORDERS = "orders"
    POSITIONS = "positions"
    FILLS = "fills"
    TAPE = "tape"
    MARKETS = "markets"
    FEED = "feed"
    DIFFERENCES = "differences"


ViewKey = tuple[Pane, str]
"""(pane, ticker); the ticker is empty where a pane spans all markets."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """The status line."""

    mode: Mode
    connection: ConnectionState
    connection_reason: str
    latency_ns: int | None
    cash: Money | None
    """None until the balance has been read."""
    locked: Money
    """What our live orders reserve, at their limit prices."""
    exchange_active: bool
    trading_active: bool
    mono_ns: int
    wall_ns: int
    in_doubt: int
    """Orders whose outcome is unknown."""
    read_only: str = ""
    """Why this session cannot send at all, or empty."""
    killed_wall_ns: int | None = None
    """When KILL was pressed and until the cancel-all tail has passed."""
    resume_text: SafeText = NO_TEXT
    """While the exchange or its trading is paused: when it comes back, in its own words."""
    maintenance: str = ""
    """One sentence while the exchange is in a maintenance window, else empty."""
    drift: str = ""
    """What changed on the wire for the watched market, so that it takes no orders; else empty."""
    differences: int = 0
    """Reconciliation items that are still open."""
    open_key: bool = False
    """True where the key to the exchange lies in a file that nothing protects."""
    lagging_ns: int | None = None
    """The age of what arrives, once it is too old to trade on; None while it is not."""
    resumed_wall_ns: int | None = None
    """When this computer last woke up; None where it did not sleep."""
    shards: tuple[tuple[int, Money], ...] = ()
    """Cash by exchange index, where the balance said so."""
    at_risk: Money = NO_MONEY
    """What everything held and live can cost at worst, as the gate counts it."""
    day_loss: Money = NO_MONEY
    """Lost since the trading day began; negative for a gain."""
    reducing: str = ""
    """Why only what reduces may be sent until the next trading day, or empty."""
    placed: tuple[Placed, ...] = ()
    """What passed the gate in the last minute, oldest first."""
    purge_until_ns: int | None = None
    """Until when a cancel-all may still catch new orders (wall time); None where none may."""
    ledger_fault: str = ""
    """Why no intent can be recorded now, or empty."""
    one_key_left_ns: int | None = None
    """How long ONE-KEY still holds without a command; None in other modes."""
    day_note: str = ""
    """Since when the day's result is counted, where that is not its begin."""
    shard_states: tuple[ShardStatus, ...] = ()
    offset_ns: int | None = 0
    """How far the exchange's clock is from ours; None until that was measured."""
    budget: BudgetReported | None = None
    """The account's rate limits; None until they have been read."""
    kill: KillProgress | None = None
    """How far the last KILL is; None where none was pressed."""
    breaker: str = ""
    """Why an order group lets nothing in, in one sentence, else empty."""
    resolving: int = 0
    """Orders from before the start still to be resolved; no new order goes out until then."""
    dead_man: bool = False
    """New orders expire soon unless this program renews them."""
    dead_man_misses: int = 0
    """Renewals in a row that failed; from two on the user is told."""


@dataclass(frozen=True, slots=True)
class OwnLevel:
    """Our own orders at one price and side."""

    price: Price
    side: BookSide
    count: Count
    """Remaining contracts of all of them."""
    orders: int
    queue: Count | None
    """Contracts ahead of the first of them; None while unknown."""
    is_estimate: bool
    """True when trades or changes since the last reading make `queue` an upper bound."""
    unsettled: bool
    """True when one of them is in flight or in doubt."""


@dataclass(frozen=True, slots=True)
class LadderView:
    """One market's book with our own orders in it."""

    market: Market
    status: BookStatus
    reason: str
    since_mono_ns: int
    """When the status began."""
    bids: tuple[Level, ...]
    """Best first."""
    asks: tuple[Level, ...]
    """Best first."""
    own: tuple[OwnLevel, ...]
    last: Traded | None
    position: Count
    position_cost: Money
    revision: int
    """Grows with every change of this book."""
    repaired_wall_ns: int | None = None
    """When it last became LIVE again after a doubt; None before the first repair."""
    repaired_after_ns: int = 0
    """How long that doubt lasted."""
    repair_reason: str = ""
    """What that doubt was, in one sentence without its end."""
    read_only: str = ""
    """Why this market takes no new orders from here, or empty."""
    exposure: Exposure = NO_EXPOSURE
    """What the gate knows of the account for an order here."""

    @property
    def best_bid(self) -> Level | None:
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> Level | None:
        return self.asks[0] if self.asks else None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order, live ones first, newest first within."""

    client_order_id: str
    order_id: str
    ticker: str
    side: BookSide
    price: Price
    initial: Count
    filled: Count
    remaining: Count
    state: OrderState
    cancel: CancelState
    time_in_force: TimeInForce
    post_only: bool
    queue: Count | None
    queue_is_estimate: bool
    created_wall_ns: int
    detail: str
    """Why it was rejected, canceled or is in doubt, in one sentence."""
    external: bool
    """Seen at the exchange without an intent here."""
    doubt_wall_ns: int | None = None
    """Since when its outcome, its cancel or its change is in doubt."""
    abandoned: bool = False
    """The user no longer waits for it; it still counts and is matched if it appears."""
    change: Change | None = None
    """An amend or decrease under way or in doubt."""
    due: Due = Due.NONE
    aliases: tuple[str, ...] = ()
    """Client order ids that it had before amends changed them."""
    guarded: bool = False
    """It lives by the dead-man's switch: its expiry is renewed by this program."""
    expires_s: int | None = None


@dataclass(frozen=True, slots=True)
class OrdersView:
    live: tuple[OrderRow, ...]
    done: tuple[OrderRow, ...]


@dataclass(frozen=True, slots=True)
class PositionRow:
    ticker: str
    position: Count
    cost: Money
    realized: Money
    fees: Money
    bid: Price | None
    ask: Price | None


@dataclass(frozen=True, slots=True)
class PositionsView:
    rows: tuple[PositionRow, ...]


@dataclass(frozen=True, slots=True)
class FillRow:
    trade_id: str
    order_id: str
    ticker: str
    side: BookSide
    price: Price
    count: Count
    fee: Money
    is_taker: bool
    ts_ms: int


@dataclass(frozen=True, slots=True)
class FillsView:
    """Newest first."""

    rows: tuple[FillRow, ...]


@dataclass(frozen=True, slots=True)
class TapeView:
    """Public trades of one market, newest first."""

    ticker: str
    rows: tuple[Traded, ...]


@dataclass(frozen=True, slots=True)
class MarketRow:
    market: Market
    bid: Price | None
    ask: Price | None
    last: Price | None
    volume: Count
    position: Count


@dataclass(frozen=True, slots=True)
class MarketsView:
    rows: tuple[MarketRow, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class AuditRow:
    """The last comparison of a LIVE book with a second copy of it."""

    ticker: str
    wall_ns: int
    source: str
    """Where the copy came from, in words."""
    agrees: bool | None
    """None where the two could not be compared."""
    detail: str


@dataclass(frozen=True, slots=True)
class FeedView:
    """What the feed panel shows."""

    report: FeedReport
    audit: AuditRow | None
    """None before the first audit."""
    reconnects: int
    """Connections that had to be opened anew since the program started."""
    watched: str


@dataclass(frozen=True, slots=True)
class DifferencesView:
    """Where the exchange's account and ours disagreed: open ones first, newest first within."""

    rows: tuple[Difference, ...] = ()


View = (
    StatusView
    | LadderView
    | OrdersView
    | PositionsView
    | FillsView
    | TapeView
    | MarketsView
    | FeedView
    | DifferencesView
)
