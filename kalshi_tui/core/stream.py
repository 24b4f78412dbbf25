"""What the stream says of itself and of its books: the facts of market data that bear trust.

Owns the words for how far a book and a connection can be trusted, the books' contents on their way
to `core.book`, and what the feed reports about itself. `core.events` hands them all on: import them
from there. Prices are YES prices, times monotonic nanoseconds, `ts_ms` the exchange's own stamp.
The contents are named tuples because thousands are made each second and a frozen dataclass costs
three times as much to build; plain changes come many in one fact, as bare tuples, for a quarter.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price


class ConnectionState(Enum):
    """The socket, in the words of the status line."""

    IDLE = "offline"
    CONNECTING = "connecting"
    OPEN = "connected"
    SILENT = "silent"
    """Open, but nothing has come within the liveness limit: every book is STALE."""
    REFUSED = "refused"
    """The exchange refused the key: no retry until the user acts."""


class BookStatus(Enum):
    """How far a market's book can be trusted. LIVE means provably gap-free."""

    EMPTY = "EMPTY"
    SYNCING = "SYNCING"
    LIVE = "LIVE"
    STALE = "STALE"
    DEGRADED = "DEGRADED"
    CLOSED = "CLOSED"


class BookSnapshot(NamedTuple):
    """A whole book. Levels are (YES price, count), in any order."""

    ticker: str
    bids: tuple[tuple[Price, Count], ...]
    asks: tuple[tuple[Price, Count], ...]
    clock: int
    """The exchange's clock of this market; 0 where the frame carried none."""
    ts_ms: int


class BookDelta(NamedTuple):
    """A signed change of one level."""

    ticker: str
    side: BookSide
    price: Price
    change: Count
    clock: int
    ts_ms: int
    client_order_id: str
    """Set when our own order caused the change, else empty."""


Change = tuple[str, BookSide, Price, Count, int, int]
"""The first six fields of a `BookDelta` that was not caused by our own order."""


class BookChanges(NamedTuple):
    """Changes of any books that arrived one after the other, in their order."""

    rows: list[Change]

    def deltas(self) -> list[BookDelta]:
        """Return each change as the fact that it is."""
        return [BookDelta(*row, client_order_id="") for row in self.rows]


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    state: ConnectionState
    reason: str = ""
    """One sentence for the user where the state is not OPEN."""
    epoch: int = 0
    """Counts connections; everything keyed by sid dies with its epoch."""


@dataclass(frozen=True, slots=True)
class LatencyMeasured:
    """Round trip of our own ping."""

    round_trip_ns: int


@dataclass(frozen=True, slots=True)
class BookStatusChanged:
    ticker: str
    status: BookStatus
    reason: str = ""


class BookCounted(NamedTuple):
    """So many changes of this book have come out: the moment to write a checksum of it down."""

    ticker: str
    sid: int
    seq: int
    """Number of the frame whose change came out just before this fact."""
    clock: int
    """The exchange's clock of the market at that change; 0 where frames carry none."""
    changes: int
    """Changes since the program started."""


class AuditSource(Enum):
    """Where the other copy of a book came from."""

    SOCKET = "get_snapshot"
    REST = "REST"


@dataclass(frozen=True, slots=True)
class BookAudited:
    """A second copy of a LIVE book, to be compared and never shown.

    The book on the screen has to be `snapshot` with `tail` applied, level by level.
    """

    snapshot: BookSnapshot
    tail: tuple[BookDelta, ...]
    """Changes that came out already and that the copy does not include."""
    source: AuditSource


@dataclass(frozen=True, slots=True)
class Lagging:
    """Messages arrive old: what they say is true but late. No order goes out until it ends."""

    age_ns: int
    """How old the last message was; 0 where the lag has ended."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WireDrifted:
    """The exchange's wire is not as specified in a way that could mean money."""

    ticker: str
    """The market that is read-only from now on; empty where it concerns all of them."""
    change: str
    """One sentence that says what changed."""


@dataclass(frozen=True, slots=True)
class SidReport:
    """One subscription of the current connection."""

    sid: int
    channel: str
    markets: int
    seq: int | None
    """Last number; None where the channel is not numbered or nothing numbered has come."""
    frames: int
    gaps: int
    repairs: int
    heard_ns: int | None


@dataclass(frozen=True, slots=True)
class BookReport:
    """One wanted book and its repair."""

    ticker: str
    status: BookStatus
    reason: str
    since_ns: int
    gaps: int
    repairs: int
    rung: str
    """The step of the repair ladder in words; empty while nothing is repaired."""


@dataclass(frozen=True, slots=True)
class FeedReport:
    """What the feed panel shows. Times are monotonic nanoseconds."""

    epoch: int
    sids: tuple[SidReport, ...] = ()
    books: tuple[BookReport, ...] = ()
    """The doubtful ones first, at most 50."""
    heard_ns: int | None = None
    round_trip_ns: int | None = None
    age_p50_ns: int | None = None
    """Age of recent messages by the exchange's clock; None before it is known."""
    age_p99_ns: int | None = None
    frames: int = 0
    gaps: int = 0
    repairs: int = 0
    reconnects: int = 0
    audits: int = 0
    audit_differences: int = 0
    audited_ns: int | None = None
    """When the last audit was answered."""
    unknown: tuple[tuple[str, int], ...] = ()
    """Types, fields and words that the specification does not have, each named."""
    malformed: tuple[tuple[str, int], ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    """Whatever else is counted, in words."""
