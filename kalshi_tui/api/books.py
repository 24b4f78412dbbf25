"""How far each market's book can be trusted, and what its repair waits for.

One small machine per market: EMPTY, SYNCING, LIVE, STALE, DEGRADED, CLOSED. Owns which snapshot may
be believed, which deltas it leaves to apply, and the repair ladder: `get_snapshot`, then the market
deleted and added again, then a new connection, then DEGRADED. Holds no book: contents are
`core.book`'s. Sends nothing: `api.reconciler` reads what is needed here and asks the exchange.
Source: reliability TB01 to TB22 (content truth is `clock`, transport truth is `seq`).
"""

from collections import deque
from collections.abc import Iterable, Iterator
from enum import Enum, IntEnum

from kalshi_tui.api.frames import NO_CLOCK
from kalshi_tui.api.liveness import SECOND_NS
from kalshi_tui.core.events import BookDelta, BookSnapshot, BookStatus, BookStatusChanged, Fact

RING = 256
"""Deltas kept per market while a snapshot is waited for, to be applied after an older one."""

AUDIT_EVERY_NS = 60 * SECOND_NS
"""How often each LIVE book is compared with a second copy."""

SETTLED_NS = 10 * SECOND_NS
"""A book that was LIVE this long is cured: its next fault starts on the first rung."""

DEGRADED_RETRY_NS = 10 * SECOND_NS
"""How often a DEGRADED book tries the ladder again."""


class Need(Enum):
    """What a market's repair waits for us to do."""

    NOTHING = "nothing"
    SNAPSHOT = "get_snapshot"
    RECYCLE = "delete and add again"


class Rung(IntEnum):
    """How far the repair ladder has been climbed."""

    GROUND = 0
    SNAPSHOT = 1
    RECYCLE = 2
    RECONNECT = 3
    """Used once between two times of being LIVE: other books pay for it."""


class BookSync:
    """The machine of one market."""

    __slots__ = (
        "audit_due_ns",
        "clock",
        "counted",
        "deadline_ns",
        "expects_initial",
        "flips",
        "floor",
        "gaps",
        "is_audited",
        "live_since_ns",
        "need",
        "reason",
        "reconnected",
        "repairs",
        "request_id",
        "ring",
        "rung",
        "since_ns",
        "status",
        "ticker",
        "uncounted",
    )

    def __init__(self, ticker: str, count_every: int = 1_000) -> None:
        self.ticker = ticker
        self.reason = ""
        self.since_ns = 0
        """When it got its status."""
        self.gaps = 0
        self.repairs = 0
        self.flips = 0
        """Snapshots in a row that look as if NO prices were on the other scale."""
        self.uncounted = count_every
        """Changes still to come until their count is told."""
        self.counted = 0
        self.is_audited = False
        """True while the snapshot that is waited for is for comparison only."""
        self.audit_due_ns = 0
        self.status = BookStatus.EMPTY
        self.need = Need.NOTHING
        self.rung = Rung.GROUND
        self.reconnected = False
        self.request_id = 0
        """The `get_snapshot` whose answer is waited for; 0 for none."""
        self.expects_initial = False
        """True while the first snapshot of a (re)subscription is waited for."""
        self.deadline_ns: int | None = None
        self.live_since_ns = 0
        self.clock = 0
        """Of the newest change that the book includes; 0 where frames carry none."""
        self.floor = 0
        """Of the book when a snapshot was asked for while LIVE: the ring begins there."""
        self.ring: deque[BookDelta] = deque(maxlen=RING)

    def forget(self) -> None:
        """Drop everything that was learned from frames: something before now is missing."""
        self.ring.clear()
        self.clock = 0
        self.floor = 0
        self.request_id = 0
        self.is_audited = False
        self.expects_initial = False
        self.deadline_ns = None

    def believes(self, request_id: int) -> bool:
        """True where a snapshot with this command id (0 for none) may become the book.

        While LIVE any snapshot in sequence may: at close the exchange sends an empty one unasked.
        After a doubt only the answer to a question asked since, or the first of a subscription:
        one that was on its way already may be older than what was lost.
        """
        if self.status is BookStatus.CLOSED:
            return False
        if request_id:
            return request_id == self.request_id
        return self.status is BookStatus.LIVE or self.expects_initial

    def tail(self, clock: int) -> list[BookDelta] | None:
        """Return the kept deltas that a snapshot of `clock` does not include.

        None where the ring no longer reaches back to it. Without a clock the order of arrival is
        all there is: the snapshot includes what came before it.
        """
        if clock == NO_CLOCK:
            return []
        ring = self.ring
        lowest = self.floor if self.request_id else self.clock
        if clock < lowest or (len(ring) == RING and clock < ring[0].clock):
            return None
        return [delta for delta in ring if delta.clock > clock]


class Books:
    """Every wanted market's machine. Appends the facts it makes to the list it was given."""

    def __init__(
        self,
        facts: list[Fact],
        count_every: int = 1_000,
        audit_every_ns: int = AUDIT_EVERY_NS,
    ) -> None:
        self._facts = facts
        self._count_every = count_every
        self.audit_every_ns = audit_every_ns
        self.by_ticker: dict[str, BookSync] = {}
        self.now = 0
        """The time of what is being handled; set by the feed at each of its doors."""
        self.held_until_ns = 0
        """Before this time nothing that comes by socket is believed (quarantine)."""
        self.held_reason = ""
        self.status_wanted: list[str] = []
        """Markets that gave no book: what are they? Asked over REST."""

    def __iter__(self) -> Iterator[BookSync]:
        return iter(self.by_ticker.values())

    def want(self, tickers: Iterable[str]) -> bool:
        """Replace the wanted set; known markets keep their state. Returns whether it changed."""
        wanted = dict.fromkeys(tickers)
        known = self.by_ticker
        if wanted.keys() == known.keys():
            return False
        # The same dict stays in use: the feed's quick path holds it.
        kept = {
            ticker: known.get(ticker) or BookSync(ticker, self._count_every) for ticker in wanted
        }
        known.clear()
        known.update(kept)
        return True

    def named(self, tickers: Iterable[str]) -> list[BookSync]:
        """Return the wanted ones among `tickers`."""
        return [book for ticker in tickers if (book := self.by_ticker.get(ticker)) is not None]

    def begin(self, book: BookSync) -> None:
        """A subscription that includes this market was sent: wait for its first snapshot."""
        if self.now < self.held_until_ns:
            self.degrade(book, self.held_reason, self.now)
            return
        book.forget()
        book.expects_initial = True
        book.need = Need.NOTHING
        if book.status is not BookStatus.DEGRADED:
            self.tell(book, BookStatus.SYNCING)

    def doubt(self, book: BookSync, reason: str) -> None:
        """Something may be missing: nothing more is believed until a new snapshot proves it."""
        was_live = book.status is BookStatus.LIVE
        book.rung = Rung.SNAPSHOT if was_live else max(book.rung, Rung.SNAPSHOT)
        self._fall(book, Need.SNAPSHOT, reason)

    def wrong(self, book: BookSync, reason: str, now: int) -> None:
        """The contents cannot be true. A fault that comes back soon climbs the ladder."""
        is_first = book.rung is Rung.GROUND or now - book.live_since_ns >= SETTLED_NS
        if book.status is BookStatus.LIVE and is_first:
            self.doubt(book, reason)
        else:
            self.climb(book, reason, now, may_reconnect=False)

    def climb(self, book: BookSync, reason: str, now: int, *, may_reconnect: bool = True) -> bool:
        """A step of the repair failed: take the next. Returns True to ask for a new connection."""
        if book.rung < Rung.RECYCLE:
            book.rung = Rung(book.rung + 1)
            need = Need.SNAPSHOT if book.rung is Rung.SNAPSHOT else Need.RECYCLE
            self._fall(book, need, reason)
            return False
        others_live = any(
            other.status is BookStatus.LIVE for other in self if other.ticker != book.ticker
        )
        if others_live or book.reconnected or not may_reconnect:
            self.degrade(book, reason, now)
            return False
        book.rung = Rung.RECONNECT
        book.reconnected = True
        self._fall(book, Need.NOTHING, reason)
        return True

    def degrade(self, book: BookSync, reason: str, now: int) -> None:
        """The socket does not give this book; the ladder is tried again later, without end."""
        book.forget()
        book.need = Need.NOTHING
        book.rung = Rung.GROUND
        book.deadline_ns = max(now + DEGRADED_RETRY_NS, self.held_until_ns)
        if book.status is not BookStatus.DEGRADED and now >= self.held_until_ns:
            self.status_wanted.append(book.ticker)
        self.tell(book, BookStatus.DEGRADED, reason)

    def degrade_all(self, reason: str) -> None:
        """The socket gives no books for now."""
        for book in self:
            if book.status is not BookStatus.CLOSED:
                self.degrade(book, reason, self.now)

    def reopen(self, book: BookSync) -> None:
        """A market that counted as ended is active after all: its book is fetched anew."""
        if book.status is BookStatus.CLOSED:
            book.status = BookStatus.EMPTY
            self._fall(book, Need.SNAPSHOT, "The market is open again.")

    def close(self, book: BookSync, reason: str) -> None:
        """The market has ended: nothing is repaired any more."""
        book.forget()
        book.need = Need.NOTHING
        self.tell(book, BookStatus.CLOSED, reason)

    def accept(
        self, book: BookSync, snapshot: BookSnapshot, tail: list[BookDelta], now: int
    ) -> None:
        """Make the book LIVE: the snapshot, the verdict, then what the snapshot lacks."""
        if book.status is not BookStatus.LIVE:
            book.live_since_ns = now
            book.audit_due_ns = now + self.audit_every_ns
        book.is_audited = False
        book.need = Need.NOTHING
        book.request_id = 0
        book.expects_initial = False
        book.reconnected = False
        book.deadline_ns = None
        book.clock = max(snapshot.clock, tail[-1].clock if tail else 0)
        book.ring.clear()
        self._facts.append(snapshot)
        self.tell(book, BookStatus.LIVE)
        self._facts.extend(tail)

    def tell(self, book: BookSync, status: BookStatus, reason: str = "") -> None:
        """Set the status; say so where it is another one."""
        if book.status is not status:
            book.status = status
            book.reason = reason
            book.since_ns = self.now
            self._facts.append(BookStatusChanged(book.ticker, status, reason))

    def _fall(self, book: BookSync, need: Need, reason: str) -> None:
        if self.now < self.held_until_ns and book.status is not BookStatus.CLOSED:
            self.degrade(book, self.held_reason, self.now)
            return
        book.forget()
        if book.status is BookStatus.CLOSED:
            book.need = Need.NOTHING
            return
        book.need = need
        if book.status is not BookStatus.DEGRADED:
            self.tell(book, BookStatus.STALE, reason)
