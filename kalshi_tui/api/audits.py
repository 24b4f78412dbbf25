"""When a LIVE book is compared with a second copy from the exchange, and what the copy leaves out.

Owns the schedule and the one `get_snapshot` that is on its way for it. The comparison itself is the
engine's, which holds the book on the screen. A book that is audited stays LIVE; an answer that does
not come is no fault of the book. A stream of books that falls silent is asked early: one that is
held back looks just like a quiet one, and pings are answered all the same.
Source: reliability TB13, TC08.
"""

from kalshi_tui.api.books import Books, BookSync
from kalshi_tui.api.counters import FeedCounters
from kalshi_tui.api.liveness import SECOND_NS
from kalshi_tui.api.reconciler import SNAPSHOT_NS, Reconciler
from kalshi_tui.api.subscription import Channel
from kalshi_tui.core.events import AuditSource, BookAudited, BookSnapshot, BookStatus

_MOST = 8
"""Books asked for at a time."""

QUIET_NS = 5 * SECOND_NS
"""Silence of all books after which one of them is audited out of its turn; doubled while it lasts,
up to the usual interval."""


class Audits:
    """The audits of one feed."""

    def __init__(self, books: Books, subs: Reconciler, counters: FeedCounters) -> None:
        self._books = books
        self._subs = subs
        self._counters = counters
        self.answered_ns: int | None = None
        self.deadline_ns = 0
        """When the schedule has to be looked at again."""
        self._quiet_ns = QUIET_NS

    def hurry(self, book: BookSync) -> None:
        """Audit this book at the next chance, with a copy that is asked for from now on."""
        if book.is_audited:
            self._give_up(book, 0)
        book.audit_due_ns = 0
        self.deadline_ns = 0

    def tick(self, now: int) -> None:
        """Give up answers that did not come, and ask for the books whose turn it is."""
        if now < self.deadline_ns:
            return
        due: list[BookSync] = []
        mute_since: int | None = None
        self.deadline_ns = min(now + self._books.audit_every_ns, self._mind_silence(now))
        for book in self._books:
            if book.status is not BookStatus.LIVE:
                continue
            if now >= book.audit_due_ns and book.is_audited:
                mute_since = book.audit_due_ns - SNAPSHOT_NS
                self._give_up(book, now)
            elif now >= book.audit_due_ns and len(due) < _MOST:
                due.append(book)
            self.deadline_ns = min(self.deadline_ns, max(book.audit_due_ns, now + SECOND_NS))
        if mute_since is not None and self._looks_mute(mute_since):
            return
        if due and self._subs.ask_copies(due, now):
            for book in due:
                book.is_audited = True
                book.floor = book.clock
                book.audit_due_ns = now + SNAPSHOT_NS

    def _mind_silence(self, now: int) -> int:
        """Make one book due where nothing of the books has come for a while.

        Returns when to look again; a stream that was quiet for long may have woken meanwhile.
        """
        subs = self._subs.by_sid.values()
        sub = next((each for each in subs if each.channel is Channel.BOOKS), None)
        if sub is None or sub.heard_ns is None:
            return now + QUIET_NS
        if sub.heard_ns != self.answered_ns:
            self._quiet_ns = QUIET_NS
        if now < sub.heard_ns + self._quiet_ns:
            return min(sub.heard_ns + self._quiet_ns, now + QUIET_NS)
        live = [book for book in self._books if book.status is BookStatus.LIVE]
        if live and not any(book.is_audited for book in live):
            min(live, key=lambda book: book.audit_due_ns).audit_due_ns = now
            self._quiet_ns = min(2 * self._quiet_ns, self._books.audit_every_ns)
        return now + SECOND_NS

    def _looks_mute(self, since_ns: int) -> bool:
        """Doubt the books where nothing of them has come after this time, not even an answer.

        Pings may be answered all the same: what is sent is being held back somewhere (TC08). Where
        other channels go on the subscription is opened anew, else the connection.
        """
        heard = {sub.channel: sub.heard_ns or 0 for sub in self._subs.by_sid.values()}
        if heard.get(Channel.BOOKS, 0) > since_ns:
            return False
        reason = "The stream gives nothing, not even what was asked for."
        self._subs.doubt_books(reason)
        if max(heard.values(), default=0) <= since_ns:
            self._subs.ask_reconnect(reason)
        return True

    def take(
        self, book: BookSync, snapshot: BookSnapshot, clock: int, now: int
    ) -> BookAudited | None:
        """Take the copy that was asked for. None where it cannot be compared any more."""
        tail = book.tail(clock)
        self._give_up(book, now)
        if tail is None:
            return None
        self._counters.audits += 1
        self.answered_ns = now
        return BookAudited(snapshot, tuple(tail), AuditSource.SOCKET)

    def _give_up(self, book: BookSync, now: int) -> None:
        book.is_audited = False
        book.request_id = 0
        book.ring.clear()
        book.audit_due_ns = now + self._books.audit_every_ns
