"""How far the books on the screen can be trusted, as the engine sees it.

Takes contents and verdicts of the feed, and looks at what only contents show: impossible levels,
books that stay crossed, second copies that differ. Asks for repairs and for lines in the trail;
makes no book LIVE by itself and sends nothing.
Source: reliability TB08, TB09, TB13, TB15, TC09, TC13; design §5 (repair ladder, checksums).
"""

from collections.abc import Callable, Container
from typing import Any

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.book import Book, BookError, Level
from kalshi_tui.core.crossing import Crossings
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.state import State
from kalshi_tui.core.units import Count, Price, count_text, price_text
from kalshi_tui.core.views import AuditRow, FeedView, Pane

SECOND = 1_000_000_000

_STATUS = (Pane.STATUS, "")
_FEED = (Pane.FEED, "")
_RANK = {Mode.VIEW: 0, Mode.CONFIRM: 1, Mode.ONE_KEY: 2}
_DOUBTFUL = frozenset({e.BookStatus.STALE, e.BookStatus.DEGRADED})


Fell = Callable[[str, BookSide, Price, int, Count], None]
"""Takes market, side, price, time in milliseconds, and what is left of a level."""


class Trust:
    """The engine's market data, and its doubts."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._start_mode = state.mode
        self._crossings = Crossings()
        self._crossed: set[str] = set()
        self._report: e.FeedReport | None = None
        self._audit: AuditRow | None = None

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts that this side of the engine takes."""
        return {
            e.BookSnapshot: self._snapshot,
            e.BookStatusChanged: self._status_changed,
            e.BookCounted: self._counted,
            e.BookAudited: self._audited,
            e.Lagging: self._lagging,
            e.WireDrifted: self._drifted,
            e.FeedReport: self._reported,
            e.Slept: self._slept,
        }

    def feed_view(self) -> FeedView | None:
        """Return what the feed panel shows; None before the feed has reported."""
        if self._report is None:
            return None
        return FeedView(self._report, self._audit, self._report.reconnects, self._state.watched)

    def tick(self) -> list[fx.Effect]:
        """Ask for the repair of books that have been crossed for too long."""
        if not self._crossed:
            return []
        due = self._crossings.due(self._state.mono_ns)
        self._crossed.difference_update(due)
        return [fx.RepairBook(each, "The book stayed crossed.") for each in due]

    def changes(self, fact: e.BookChanges, queued: Container[str], fell: Fell) -> list[fx.Effect]:
        """Apply changes of books; ask for a repair where one is impossible.

        `fell` is told of levels that became smaller in the markets of `queued`.
        """
        found: list[fx.Effect] = []
        apply, look_crossed = self._state.board.change, self._look_crossed
        for ticker, side, price, change, clock, ts_ms in fact.rows:
            problem = apply(ticker, side, price, change)
            if problem:
                found.append(fx.RepairBook(ticker, problem))
                continue
            look_crossed(ticker, clock or ts_ms)
            if change < 0 and ticker in queued:
                self._tell_fall(ticker, side, price, ts_ms, fell)
        return found

    def _tell_fall(self, ticker: str, side: BookSide, price: Price, ts_ms: int, fell: Fell) -> None:
        state = self._state.board.states.get(ticker)
        if state is not None and state.status is e.BookStatus.LIVE:
            fell(ticker, side, price, ts_ms, state.book.size_at(side, price))

    def _snapshot(self, fact: e.BookSnapshot) -> list[fx.Effect]:
        problem = self._state.board.snapshot(fact)
        if problem:
            return [fx.RepairBook(fact.ticker, problem)]
        self._look_crossed(fact.ticker, fact.clock or fact.ts_ms)
        return []

    def _look_crossed(self, ticker: str, stamp: int) -> None:
        book = self._state.board.states.get(ticker)
        if book is None:
            return
        is_crossed = book.book.is_crossed
        if is_crossed or ticker in self._crossed:
            self._crossings.look(ticker, is_crossed, stamp, self._state.mono_ns)
            (self._crossed.add if is_crossed else self._crossed.discard)(ticker)

    def _status_changed(self, fact: e.BookStatusChanged) -> list[fx.Effect]:
        state = self._state
        book = state.board.state(fact.ticker)
        was_doubtful_since = book.doubt_mono_ns
        is_new = state.board.status_changed(fact, state.mono_ns, state.wall_ns)
        if fact.status is not e.BookStatus.LIVE:
            self._crossings.forget(fact.ticker)
            self._crossed.discard(fact.ticker)
        if not is_new or fact.ticker != state.watched:
            return []
        checksum = book.book.checksum()
        if fact.status in _DOUBTFUL:
            text = f"{fact.ticker} is {fact.status.value}: {fact.reason}"
            return [
                state.notice(fx.NoticeLevel.WARNING, text),
                self._line(fact.ticker, fx.TrailKind.DOUBT, checksum, detail=text),
            ]
        if fact.status is not e.BookStatus.LIVE:
            return []
        found: list[fx.Effect] = [self._line(fact.ticker, fx.TrailKind.LIVE, checksum)]
        if was_doubtful_since is not None:
            milliseconds = (state.mono_ns - was_doubtful_since) // 1_000_000
            text = f"{fact.ticker} is LIVE again after {milliseconds:,} ms"
            found.append(state.notice(fx.NoticeLevel.GOOD, text))
        return found

    def _counted(self, fact: e.BookCounted) -> list[fx.Effect]:
        book = self._state.board.states.get(fact.ticker)
        if book is None:
            return []
        line = fx.WriteTrail(
            fact.ticker,
            fx.TrailKind.COUNT,
            self._state.wall_ns,
            book.book.checksum(),
            fact.sid,
            fact.seq,
            fact.clock,
            fact.changes,
        )
        return [line]

    def _audited(self, fact: e.BookAudited) -> list[fx.Effect]:
        state, ticker = self._state, fact.snapshot.ticker
        book = state.board.states.get(ticker)
        if book is None or book.status is not e.BookStatus.LIVE:
            return []
        detail = _compare(book.book, fact)
        source = fact.source.value
        self._audit = AuditRow(ticker, state.wall_ns, source, not detail, detail)
        state.touch(_FEED)
        checksum = book.book.checksum()
        words = detail or f"agrees with {source}"
        line = self._line(ticker, fx.TrailKind.AUDIT, checksum, fact.snapshot.clock, words)
        if not detail:
            return [line]
        text = f"{ticker}: the book differs from {source}: {detail}"
        return [
            line,
            state.notice(fx.NoticeLevel.ERROR, f"ALARM {text}; fetched anew"),
            fx.RepairBook(ticker, f"The audit by {source} differs: {detail}.", by_audit=True),
        ]

    def _line(
        self, ticker: str, kind: fx.TrailKind, checksum: int, clock: int = 0, detail: str = ""
    ) -> fx.WriteTrail:
        wall_ns = self._state.wall_ns
        return fx.WriteTrail(ticker, kind, wall_ns, checksum, clock=clock, detail=detail)

    def _lagging(self, fact: e.Lagging) -> list[fx.Effect]:
        state = self._state
        was, state.lagging_ns = state.lagging_ns, fact.age_ns or None
        state.touch(_STATUS)
        if was is None and state.lagging_ns is not None:
            text = f"LAGGING: {fact.reason or 'what arrives is old'}; new orders wait"
            return [state.notice(fx.NoticeLevel.WARNING, text)]
        if was is not None and state.lagging_ns is None:
            return [state.notice(fx.NoticeLevel.GOOD, "what arrives is fresh again")]
        return []

    def _drifted(self, fact: e.WireDrifted) -> list[fx.Effect]:
        state = self._state
        if fact.ticker in state.drift:
            return []
        state.drift[fact.ticker] = fact.change
        for ticker, book in state.board.states.items():
            book.read_only = state.drift_of(ticker)
            state.touch((Pane.LADDER, ticker))
        state.touch(_STATUS)
        what = fact.ticker or "Every market"
        text = f"{what} is read-only from here on: {fact.change}"
        return [state.notice(fx.NoticeLevel.ERROR, text)]

    def _reported(self, fact: e.FeedReport) -> list[fx.Effect]:
        self._report = fact
        self._state.touch(_FEED)
        return []

    def _slept(self, fact: e.Slept) -> list[fx.Effect]:
        """Everything on the screen is from before the sleep: nothing of it may be sent."""
        state = self._state
        seconds = (fact.asleep_ns + SECOND // 2) // SECOND
        reason = f"This computer was asleep for {seconds:,} s."
        state.board.stale_all(reason, state.mono_ns)
        state.mode = min(state.mode, self._start_mode, key=_RANK.__getitem__)
        state.resumed_wall_ns = state.wall_ns
        state.touch(_STATUS)
        text = f"{reason} Connecting anew; the keyboard is in {state.mode.value}."
        return [state.notice(fx.NoticeLevel.WARNING, text)]


def _compare(book: Book, fact: e.BookAudited) -> str:
    """Return the first level that differs in words, or an empty string."""
    copy = Book()
    try:
        copy.replace(fact.snapshot.bids, fact.snapshot.asks)
        for delta in fact.tail:
            copy.apply(delta.side, delta.price, delta.change)
    except BookError as error:
        return f"the copy is not possible, {error}"
    for side in BookSide:
        ours, theirs = book.levels(side), copy.levels(side)
        if ours != theirs:
            return _first_difference(side, ours, theirs)
    return ""


def _first_difference(side: BookSide, ours: tuple[Level, ...], theirs: tuple[Level, ...]) -> str:
    best = max if side is BookSide.BID else min
    price = best(level.price for level in set(ours) ^ set(theirs))
    have = next((level.size for level in ours if level.price == price), None)
    states = next((level.size for level in theirs if level.price == price), None)
    words = ["nothing" if size is None else count_text(size) for size in (have, states)]
    return f"{side.value} {price_text(price)} is {words[0]} here and {words[1]} there"
