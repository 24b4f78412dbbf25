"""Outputs of the engine: what the shell has to do, in this order, as frozen values.

`Record` always comes before the `Submit` it protects. When a record cannot be committed, the shell
drops the submits of that list and answers `JournalFailed`; cancels still leave.
"""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.core.events import Filled, OrderReported
from kalshi_tui.core.orders import OrderState, OrderTerms, RequestKind, RequestState
from kalshi_tui.core.units import Count, Price


@dataclass(frozen=True, slots=True)
class Intent:
    """An order that is about to be sent. Committed before the first byte."""

    client_order_id: str
    terms: OrderTerms
    wall_ns: int
    external: bool = False
    """True for an order that was found at the exchange and not sent from here."""


@dataclass(frozen=True, slots=True)
class StateEntry:
    """An order's state changed; `order_id` once it is known, `detail` in one sentence."""

    client_order_id: str
    state: OrderState
    wall_ns: int
    order_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OrderEntry:
    """What the exchange said about an order."""

    client_order_id: str
    report: OrderReported


@dataclass(frozen=True, slots=True)
class FillEntry:
    """A fill, under the client order id that it belongs to (empty for an external order)."""

    client_order_id: str
    fill: Filled


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """A request about an order, or its outcome. An amend's is committed before it is sent."""

    request_id: str
    client_order_id: str
    """Empty for KILL."""
    kind: RequestKind
    state: RequestState
    wall_ns: int
    price: Price | None = None
    count: Count | None = None
    """Total contracts of an amend; those that remain of a decrease."""
    expires_s: int | None = None
    detail: str = ""


JournalEntry = Intent | StateEntry | OrderEntry | FillEntry | RequestEntry


@dataclass(frozen=True, slots=True)
class Record:
    """Commit an entry to the journal before going on."""

    entry: JournalEntry


@dataclass(frozen=True, slots=True)
class Submit:
    """Sign and send one order, once."""

    client_order_id: str
    terms: OrderTerms


@dataclass(frozen=True, slots=True)
class SubmitBatch:
    """Sign and send several orders in one request, once. Answered order by order (TO36)."""

    submits: tuple[Submit, ...]


@dataclass(frozen=True, slots=True)
class SendAmend:
    """Amend one order, once. `terms` are the whole new terms; the count is the total."""

    request_id: str
    order_id: str
    client_order_id: str
    """As the exchange knows it now; an amend from here never changes it."""
    terms: OrderTerms
    expires_s: int | None = None
    """None: say nothing of the expiry; 0: take it away."""


@dataclass(frozen=True, slots=True)
class SendDecrease:
    """Leave `remaining` contracts of an order resting (`reduce_to`), once."""

    request_id: str
    order_id: str
    ticker: str
    remaining: Count


@dataclass(frozen=True, slots=True)
class SendCancel:
    """Cancel one order. The ticker is needed to route it."""

    order_id: str
    ticker: str


@dataclass(frozen=True, slots=True)
class SendCancelBatch:
    """Cancel several orders; sent in requests that fit the bucket, answered one by one."""

    cancels: tuple[SendCancel, ...]


@dataclass(frozen=True, slots=True)
class SendCancelAll:
    """Cancel every order of the account."""


@dataclass(frozen=True, slots=True)
class MakeGroup:
    """Make an order group on a shard; more than `limit` matched in 15 s trigger it."""

    shard: int
    limit: Count


@dataclass(frozen=True, slots=True)
class TriggerGroup:
    """Cancel every order of a group and let none in until it is reset."""

    group_id: str
    shard: int


@dataclass(frozen=True, slots=True)
class ResetGroup:
    """Let orders into a triggered group again."""

    group_id: str
    shard: int


@dataclass(frozen=True, slots=True)
class WatchBooks:
    """The set of markets whose books are wanted; replaces the previous set."""

    tickers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepairBook:
    """The engine found a book wrong: the feed marks it STALE and fetches it anew."""

    ticker: str
    reason: str
    by_audit: bool = False
    """True where only a second copy differs: no frame is known to be missing."""


class Read(Enum):
    """A REST read that the engine wants, at the next chance; repeats are merged."""

    BALANCE = "balance"
    QUEUES = "queue positions"
    SWEEP = "orders, fills and positions"
    SCAN = "every resting order"
    """Answered by `ScanCompleted`, with the time to which the read is current."""
    EXCHANGE_STATUS = "exchange status"


@dataclass(frozen=True, slots=True)
class Fetch:
    what: Read


@dataclass(frozen=True, slots=True)
class DrillDown:
    """Read one order and its fills over REST: what we booked does not add up to it (FE13).

    A 404 is answered by `OrderNotFound`; an error proves nothing.
    """

    order_id: str
    history: bool = False
    """Look among the historical orders too."""


class TrailKind(Enum):
    """Why a line was written to a book's trail."""

    COUNT = "count"
    """So many changes have passed."""
    LIVE = "live"
    DOUBT = "doubt"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class WriteTrail:
    """A line for the file that lets a drift be dated afterwards. Never waited for."""

    ticker: str
    kind: TrailKind
    wall_ns: int
    checksum: int
    """CRC-32 of the top ten levels of both sides."""
    sid: int = 0
    seq: int = 0
    clock: int = 0
    changes: int = 0
    detail: str = ""


class NoticeLevel(Enum):
    """How loud a notice is."""

    INFO = "info"
    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notify:
    """One sentence for the log line. Never conflated, unlike views."""

    level: NoticeLevel
    text: str
    wall_ns: int


Effect = (
    Record
    | Submit
    | SubmitBatch
    | SendAmend
    | SendDecrease
    | SendCancel
    | SendCancelBatch
    | SendCancelAll
    | MakeGroup
    | TriggerGroup
    | ResetGroup
    | WatchBooks
    | RepairBook
    | Fetch
    | DrillDown
    | WriteTrail
    | Notify
)
