"""What the feed says of itself, for the panel that shows it.

Owns the order and the words of that report; decides and changes nothing.
"""

from kalshi_tui.api.ages import Ages
from kalshi_tui.api.books import Books, BookSync, Rung
from kalshi_tui.api.counters import FeedCounters
from kalshi_tui.api.reconciler import Reconciler
from kalshi_tui.api.subscription import Channel, Subscription
from kalshi_tui.core.events import BookReport, BookStatus, FeedReport, SidReport

_MOST_BOOKS = 50
_RUNGS = {
    Rung.GROUND: "",
    Rung.SNAPSHOT: "get_snapshot",
    Rung.RECYCLE: "resubscribe",
    Rung.RECONNECT: "reconnect",
}
_TRUST = (
    BookStatus.STALE,
    BookStatus.DEGRADED,
    BookStatus.SYNCING,
    BookStatus.EMPTY,
    BookStatus.LIVE,
    BookStatus.CLOSED,
)


def described(
    books: Books,
    subs: Reconciler,
    counters: FeedCounters,
    *,
    epoch: int,
    heard_ns: int | None,
    round_trip_ns: int | None,
    ages: Ages,
    audited_ns: int | None,
) -> FeedReport:
    """Return the report of this moment."""
    doubtful_first = sorted(books, key=lambda book: _TRUST.index(book.status))
    return FeedReport(
        epoch=epoch,
        sids=tuple(_sid(sub, len(books.by_ticker)) for sub in subs.open),
        books=tuple(_book(book) for book in doubtful_first[:_MOST_BOOKS]),
        heard_ns=heard_ns,
        round_trip_ns=round_trip_ns,
        age_p50_ns=ages.share(50),
        age_p99_ns=ages.share(99),
        frames=counters.frames,
        gaps=counters.gaps,
        repairs=counters.repairs,
        reconnects=max(counters.connections - 1, 0),
        audits=counters.audits,
        audit_differences=counters.audit_differences,
        audited_ns=audited_ns,
        unknown=tuple(counters.unknown.items()),
        malformed=tuple(counters.malformed.items()),
        counts=_others(counters),
    )


def _sid(sub: Subscription, wanted: int) -> SidReport:
    is_listed = sub.channel in (Channel.BOOKS, Channel.TRADES)
    return SidReport(
        sid=sub.sid,
        channel=sub.channel.value,
        markets=len(sub.held) if is_listed else wanted,
        seq=sub.seq,
        frames=sub.taken,
        gaps=sub.gaps,
        repairs=sub.repairs,
        heard_ns=sub.heard_ns,
    )


def _book(book: BookSync) -> BookReport:
    is_polled = book.status is BookStatus.DEGRADED
    is_whole = book.status in (BookStatus.LIVE, BookStatus.CLOSED)
    return BookReport(
        ticker=book.ticker,
        status=book.status,
        reason=book.reason,
        since_ns=book.since_ns,
        gaps=book.gaps,
        repairs=book.repairs,
        rung="REST polling" if is_polled else "" if is_whole else _RUNGS[book.rung],
    )


def _others(counters: FeedCounters) -> tuple[tuple[str, int], ...]:
    found = {
        "repeated": counters.repeats,
        "numbered backwards": counters.backwards,
        "of no subscription": counters.unplaced,
        "after the end": counters.late,
        "disbelieved snapshots": counters.disbelieved,
        "unreadable": counters.garbled,
        "orphan subscriptions": counters.orphans,
        "subscriptions lost": counters.subscriptions_lost,
        "reconnects asked": counters.reconnects_asked,
        "quarantines": counters.quarantines,
    }
    return tuple((words, count) for words, count in found.items() if count)
