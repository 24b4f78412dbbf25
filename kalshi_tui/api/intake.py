"""Frames in the order of arrival: placed with their subscription, counted, then believed or not.

Owns the order of these steps. Nothing of a frame reaches a book unless its number proves that none
before it is missing. Sends nothing.
Source: reliability TS01, TS03, TB04 to TB10, TB19 to TB21.
"""

from collections.abc import Sequence

import msgspec

from kalshi_tui.api import conversions, frames
from kalshi_tui.api.ages import Ages
from kalshi_tui.api.answers import Answers
from kalshi_tui.api.audits import Audits
from kalshi_tui.api.books import Books, BookSync
from kalshi_tui.api.conversions import CHANGES, COMPLEMENTS, PRICES
from kalshi_tui.api.counters import FeedCounters
from kalshi_tui.api.drift import Drift, looks_flipped
from kalshi_tui.api.frames import NO_SEQ
from kalshi_tui.api.lifecycle import take_event
from kalshi_tui.api.quarantine import Quarantine
from kalshi_tui.api.reconciler import Reconciler
from kalshi_tui.api.stash import Stash
from kalshi_tui.api.subscription import Channel, Order, Subscription
from kalshi_tui.core.events import (
    BookChanges,
    BookCounted,
    BookDelta,
    BookSnapshot,
    BookStatus,
    Change,
    Fact,
    MarketChanged,
)
from kalshi_tui.core.sides import BookSide

_BID, _ASK, _LIVE = BookSide.BID, BookSide.ASK, BookStatus.LIVE
_PRIVATE_TYPES = frozenset({"fill", "user_order", "market_position"})
_BOOK_TYPES = frozenset({"orderbook_delta", "orderbook_snapshot"})
_NOT_PLAIN = (msgspec.MsgspecError, RecursionError, ValueError, KeyError)
"""Not as specified, not exact, or not of a subscription or a book that is known here."""

_Answer = frames.Ok | frames.ErrorFrame | frames.Unsubscribed
_Numbered = (
    frames.Delta
    | frames.Snapshot
    | frames.Trade
    | frames.Lifecycle
    | frames.GroupUpdate
    | _Answer
    | frames.Unknown
    | frames.Malformed
)
_Placed = _Numbered | frames.Ticker | frames.Fill | frames.UserOrder | frames.Position


class Intake:
    """Takes the frames of one connection after the other; appends facts to a given list."""

    def __init__(
        self,
        facts: list[Fact],
        books: Books,
        subs: Reconciler,
        counters: FeedCounters,
        audits: Audits,
        quarantine: Quarantine,
        *,
        yes_scale: bool,
        count_every: int,
    ) -> None:
        self._facts = facts
        self._books = books
        self._by_ticker = books.by_ticker
        self._subs = subs
        self._by_sid = subs.by_sid
        self._answers = Answers(subs, books)
        self._counters = counters
        self._audits = audits
        self._quarantine = quarantine
        self._drift = Drift(counters)
        self.ages = Ages()
        self._count_every = count_every
        self._yes_scale = yes_scale
        self._asks = PRICES if yes_scale else COMPLEMENTS
        self._stash: Stash[_Placed] = Stash(counters)

    def reset(self) -> None:
        """A connection ended."""
        self._stash.clear()
        self._drift.reset()
        self._tell(self.ages.reset())

    @property
    def deadline_ns(self) -> int:
        """When kept frames are given up or a lag ends by itself; far off where neither is."""
        kept = self._stash.deadline_ns
        return kept if self.ages.ends_ns is None else min(kept, self.ages.ends_ns)

    def tick(self, now: int) -> None:
        """Give up what was waited for too long."""
        self._stash.tick(now)
        self._tell(self.ages.tick(now))
        if self.ages.is_hopeless(now):
            self._subs.ask_reconnect("Messages have been arriving old for 5 s.")

    def _tell(self, fact: Fact | None) -> None:
        if fact is not None:
            self._facts.append(fact)

    def take(self, batch: Sequence[bytes | str], now: int) -> None:
        """Take text frames. Nine of ten are plain: the next change of a book that is LIVE.

        Such a frame goes the short way, which is one piece because each call in it would cost a
        tenth of reading the frame. It does all or nothing: whatever is not plain in any respect
        goes the long way, which takes plain frames as well, and to the same end.
        """
        decode, by_sid, by_ticker, facts = frames.decode, self._by_sid, self._by_ticker, self._facts
        bids, asks, sizes, newest, sid = PRICES, self._asks, CHANGES, None, None
        rows: list[Change] = []
        for data in batch:
            frame = None
            try:
                frame = decode(data)
                if type(frame) is frames.Delta:
                    newest, body = frame, frame.msg
                    if frame.sid != sid:
                        sub, sid = by_sid[frame.sid], frame.sid
                    book = by_ticker[body.market_ticker]
                    is_bid = body.side == "yes"
                    price = (bids if is_bid else asks)[body.price_dollars]
                    change, clock = sizes[body.delta_fp], body.clock
                    if (
                        frame.seq == sub.next_seq
                        and book.status is _LIVE
                        and clock >= book.clock
                        and book.uncounted > 1
                        and not (book.request_id or body.client_order_id)
                    ):
                        sub.next_seq += 1
                        sub.last_data = data
                        book.clock = clock
                        book.uncounted -= 1
                        if not rows:
                            facts.append(BookChanges(rows))
                        side = _BID if is_bid else _ASK
                        rows.append((book.ticker, side, price, change, clock, body.ts_ms))
                        continue
            except _NOT_PLAIN:
                pass
            # The long way may say something itself, and change what is subscribed.
            rows, sid = [], None
            self._long(frame, data, now)
        self._after(batch, newest, now)

    def _after(self, batch: Sequence[bytes | str], newest: frames.Delta | None, now: int) -> None:
        """Take what one change tells of all that arrived together with it."""
        if newest is not None:
            self._tell(self.ages.note(newest.msg.ts_ms, now))
            sub = self._by_sid.get(newest.sid)
            if sub is not None:
                sub.heard_ns = now
                if self._drift.is_new("orderbook_delta"):
                    self._drift.look(sub.last_data)
        if self._drift.counted(len(batch)):
            self._drift.look(batch[-1])

    def _long(self, frame: frames.Frame | None, data: bytes | str, now: int) -> None:
        if frame is None:
            self._odd(data, now)
        else:
            self._other(frame, data, now)

    def _other(self, frame: _Placed | frames.Subscribed, data: bytes | str, now: int) -> None:
        if isinstance(frame, frames.Subscribed):
            self._subscribed(frame, now)
        else:
            self._place(frame, data, now)

    def _odd(self, data: bytes | str, now: int) -> None:
        self._drift.look(data)
        try:
            frame = frames.read(data)
        except frames.FrameError as error:
            # Whatever it was, it may have been numbered: nothing after it is certain.
            self._counters.garbled += 1
            self._subs.doubt_books(str(error))
            self._subs.ask_reconnect(str(error))
            return
        self._other(frame, data, now)

    # -- placing and counting ---------------------------------------------------------------------

    def _subscribed(self, frame: frames.Subscribed, now: int) -> None:
        if self._answers.subscribed(frame, now) is not None:
            self._release(frame.msg.sid, now)

    def _release(self, sid: int, now: int) -> None:
        """Take the frames that came before their sid was announced, in their order."""
        for frame, data in self._stash.take(sid):
            self._place(frame, data, now)

    def _place(self, frame: _Placed, data: bytes | str, now: int) -> None:
        """Find the frame's subscription, count its number, then take its content."""
        sub = self._by_sid.get(frame.sid)
        if sub is None and frame.sid:
            if isinstance(frame, frames.Ok):
                self._merged(frame, data, now)
            elif isinstance(frame, frames.ErrorFrame) and frame.id:
                self._answers.refused(frame, None, now)
            elif self._subs.is_waiting:
                self._stash.keep(frame.sid, frame, data, now)
            else:
                self._counters.unplaced += 1
            return
        if not isinstance(frame, frames.Unknown | frames.Malformed):
            kind = str(frame.__struct_config__.tag)
            if self._drift.is_new(kind):
                self._drift.look(data)
        if sub is not None:
            sub.heard_ns = now
            if isinstance(frame, _Numbered) and frame.seq != NO_SEQ:
                if not self._counts(sub, frame, data, now):
                    return
            else:
                sub.frames += 1
        self._content(frame, sub, now)

    def _merged(self, frame: frames.Ok, data: bytes | str, now: int) -> None:
        """A subscribe was answered by `ok`: the exchange had that channel's sid already."""
        bound = self._answers.ok(frame, None, now)
        if bound is not None:
            self._release(bound.sid, now)
            if frame.seq != NO_SEQ:
                self._counts(bound, frame, data, now)

    def _counts(self, sub: Subscription, frame: _Numbered, data: bytes | str, now: int) -> bool:
        """Count a numbered frame. Returns False where its content must not be used."""
        order = sub.count(frame.seq, data)
        if order is Order.NEXT:
            return True
        if order is Order.REPEAT:
            self._counters.repeats += 1
            return False
        if order is Order.BACK:
            self._counters.backwards += 1
            self._subs.renumbered(sub, "The exchange's frame numbers went back.")
            # Only an open command may be left: the subscription is closed after its answer.
            return isinstance(frame, _Answer)
        self._gap(sub, now)
        # What shows the gap changes no book; an acknowledgement still acknowledges.
        return not isinstance(frame, frames.Delta | frames.Snapshot)

    def _gap(self, sub: Subscription, now: int) -> None:
        self._counters.gaps += 1
        sub.gaps += 1
        if sub.channel is Channel.BOOKS:
            for book in self._books.named(sub.held):
                book.gaps += 1
            why = self._quarantine.gap(now)
            if why:
                self._subs.quarantine(why, self._quarantine.until_ns)
        elif sub.channel is Channel.LIFECYCLE:
            # It may have told of the end of any market: each is asked for over REST.
            self._books.status_wanted += self._by_ticker
        self._subs.doubt_all(sub, "A frame of the exchange is missing.")

    # -- content ----------------------------------------------------------------------------------

    def _content(self, frame: _Placed, sub: Subscription | None, now: int) -> None:
        match frame:
            case frames.Delta() if sub is not None:
                self._delta(frame.msg, sub, now)
            case frames.Snapshot() if sub is not None:
                self._snapshot(frame, now)
            case frames.Delta() | frames.Snapshot():
                self._counters.unplaced += 1
            case frames.Ok():
                self._answers.ok(frame, sub, now)
            case frames.ErrorFrame():
                self._answers.refused(frame, sub, now)
            case frames.Unsubscribed():
                self._answers.unsubscribed(sub)
            case frames.Unknown():
                self._unknown(frame, sub)
            case frames.Malformed():
                self._malformed(frame, sub, now)
            case _:
                self._report(frame)

    def _delta(self, body: frames.DeltaBody, sub: Subscription, now: int) -> None:
        book = self._by_ticker.get(body.market_ticker)
        if book is None:
            return
        try:
            delta = conversions.delta(body, self._yes_scale)
        except ValueError as error:
            self._wrong(book, str(error), now)
            return
        self._change(book, delta, sub, now)

    def _change(self, book: BookSync, delta: BookDelta, sub: Subscription, now: int) -> None:
        """Take a change of a book whose contents are not simply on: clocks, rings, repairs."""
        clock = delta.clock
        if clock < book.clock and clock:
            self._subs.wrong(book, "The exchange's clock of the market went back.", now)
            return
        if book.status is _LIVE:
            book.clock = clock
            self._facts.append(delta)
            book.uncounted -= 1
            if not book.uncounted:
                self._count(book, sub)
            if not book.request_id:
                return
        book.ring.append(delta)

    def _count(self, book: BookSync, sub: Subscription) -> None:
        book.uncounted = self._count_every
        book.counted += self._count_every
        last = sub.next_seq - 1
        self._facts.append(BookCounted(book.ticker, sub.sid, last, book.clock, book.counted))

    def _snapshot(self, frame: frames.Snapshot, now: int) -> None:
        book = self._by_ticker.get(frame.msg.market_ticker)
        if book is None:
            return
        is_copy = book.is_audited and frame.id == book.request_id
        if not is_copy and not book.believes(frame.id):
            self._counters.disbelieved += 1
            return
        try:
            snapshot = conversions.snapshot(frame.msg, yes_scale=self._yes_scale)
        except ValueError as error:
            self._wrong(book, str(error), now)
            return
        if self._is_flipped(book, snapshot, now):
            return
        if is_copy:
            self._tell(self._audits.take(book, snapshot, frame.msg.clock, now))
            return
        tail = book.tail(frame.msg.clock)
        if tail is None:
            self._subs.wrong(book, "The snapshot is older than the changes that are kept.", now)
        else:
            self._books.accept(book, snapshot, tail, now)

    def _is_flipped(self, book: BookSync, snapshot: BookSnapshot, now: int) -> bool:
        """Judge the scale of NO prices: once may be a crossing in the making, twice is not."""
        if not looks_flipped(snapshot):
            book.flips = 0
            return False
        book.flips += 1
        if book.flips > 1:
            self._tell(self._drift.flipped(book.ticker))
        self._wrong(book, "The book is crossed as if NO prices were on the other scale.", now)
        return True

    def _report(self, frame: conversions.Report) -> None:
        if isinstance(frame, frames.Trade) and frame.msg.market_ticker not in self._by_ticker:
            return
        try:
            fact = conversions.reported(frame)
        except ValueError as error:
            self._counters.note_malformed(str(error))
            if isinstance(frame, frames.Fill | frames.UserOrder | frames.Position):
                self._subs.sweep_wanted = True
            return
        if fact is None:
            return
        self._facts.append(fact)
        if isinstance(fact, MarketChanged):
            take_event(fact, self._books, self._subs, self._audits)

    def _unknown(self, frame: frames.Unknown, sub: Subscription | None) -> None:
        """Count a type that is new. Among the books it may change one, so they are audited."""
        is_new = self._drift.unknown_type(frame.type)
        if is_new and sub is not None and sub.channel is Channel.BOOKS:
            named = self._by_ticker.get(frame.ticker)
            for book in self._books if named is None else (named,):
                self._audits.hurry(book)

    def _malformed(self, frame: frames.Malformed, sub: Subscription | None, now: int) -> None:
        if frame.type in _PRIVATE_TYPES:
            self._subs.sweep_wanted = True
        if frame.type in _BOOK_TYPES | _PRIVATE_TYPES:
            self._tell(self._drift.missing(frame.type, frame.ticker, frame.reason))
        book = self._by_ticker.get(frame.ticker) if frame.type in _BOOK_TYPES else None
        if book is not None:
            self._wrong(book, frame.reason, now)
            return
        self._counters.note_malformed(frame.reason)
        if frame.type in _BOOK_TYPES and sub is not None and not frame.ticker:
            self._subs.doubt_all(sub, frame.reason)

    def _wrong(self, book: BookSync, reason: str, now: int) -> None:
        self._counters.note_malformed(reason)
        self._subs.wrong(book, reason, now)
