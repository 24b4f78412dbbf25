"""What is subscribed against what is wanted, and the commands that make them equal.

Owns every command: its id, its deadline and what its answer changes. At most one command that
changes a subscription is on its way per subscription; the list in an `ok` is the truth about the
markets of its sid. A lost answer is looked up with `list_subscriptions`, never guessed.
Decodes nothing and judges no content. Times are monotonic nanoseconds.
Source: reliability TS01 to TS17; asyncapi.yaml error codes.
"""

from collections.abc import Callable, Iterable

from kalshi_tui.api.books import Books, BookSync, Need
from kalshi_tui.api.counters import FeedCounters
from kalshi_tui.api.liveness import SECOND_NS
from kalshi_tui.api.subscription import (
    PRIVATE,
    Channel,
    CommandKind,
    Pending,
    Subscription,
    SubscriptionState,
    list_command,
    subscribe_command,
    unsubscribe_command,
    update_command,
)
from kalshi_tui.core.events import BookStatus

ACK_NS = 5 * SECOND_NS
"""How long an acknowledgement may take."""
SNAPSHOT_NS = 3 * SECOND_NS
"""How long a snapshot may take, the first one included: numbers cannot show that it was lost."""
SETTLE_NS = 150_000_000
"""Pause between two changes of one subscription, so that flipping through markets is no storm."""
_CHUNK = 500
NEVER = 1 << 62
"""Later than any time."""


class Reconciler:
    """The subscriptions of the current connection."""

    def __init__(
        self,
        channels: Iterable[Channel],
        books: Books,
        counters: FeedCounters,
        jitter: Callable[[], float],
        *,
        yes_scale: bool,
    ) -> None:
        self._books = books
        self._counters = counters
        self._jitter = jitter
        self._yes_scale = yes_scale
        self._subs = {channel: Subscription(channel) for channel in channels}
        self._last_id = 0
        self.by_sid: dict[int, Subscription] = {}
        self.commands: list[str] = []
        self.is_open = False
        self.is_dirty = False
        self.sweep_wanted = False
        self.reconnect_reason = ""
        self.alarm_ns = NEVER
        """No deadline is earlier than this."""

    # -- the connection ---------------------------------------------------------------------------

    def reset(self, *, is_open: bool) -> None:
        """A connection began or ended: everything keyed by sid is gone."""
        for sub in self._subs.values():
            sub.reset()
        self.by_sid.clear()
        self.commands.clear()
        self.is_open = self.is_dirty = is_open
        self.sweep_wanted = False
        self.reconnect_reason = ""

    def ask_reconnect(self, reason: str) -> None:
        """Give the connection up; the first reason stands."""
        if self.is_open and not self.reconnect_reason:
            self.reconnect_reason = reason
            self._counters.reconnects_asked += 1

    @property
    def open(self) -> list[Subscription]:
        """The subscriptions that have a sid."""
        return list(self.by_sid.values())

    def refusals(self) -> dict[str, str]:
        """Return what the exchange refused on this connection, by channel."""
        return {channel.value: sub.refusal for channel, sub in self._subs.items() if sub.refusal}

    @property
    def is_waiting(self) -> bool:
        """True while a channel was asked for and its sid is not known yet."""
        return any(sub.state is SubscriptionState.OPENING for sub in self._subs.values())

    def bind(self, sub: Subscription, sid: int, held: list[str] | None, now: int) -> None:
        """The exchange granted a sid; `held` where it named the markets."""
        asked = sub.pending.tickers if sub.pending else ()
        sub.bind(sid)
        sub.held = set(asked if held is None else held)
        sub.pending = None
        self.by_sid[sid] = sub
        self.is_dirty = True
        self.arm_first(sub, now)
        private = [self._subs[each] for each in PRIVATE if each in self._subs]
        if sub.channel in PRIVATE and all(
            each.refusal or each.state is SubscriptionState.OPEN for each in private
        ):
            self.sweep_wanted = True

    # -- losses -----------------------------------------------------------------------------------

    def lost(self, sub: Subscription, reason: str, now: int) -> None:
        """The subscription is dead: it is opened anew after a pause."""
        self._counters.subscriptions_lost += 1
        self.by_sid.pop(sub.sid, None)
        self.doubt_all(sub, reason)
        sub.close()
        self.pause(sub, now)

    def renumbered(self, sub: Subscription, reason: str) -> None:
        """The numbering itself is in doubt: only a new subscription gives a new beginning."""
        self.doubt_all(sub, reason)
        sub.recycle = True
        self.is_dirty = True

    def doubt_all(self, sub: Subscription, reason: str) -> None:
        """Every book of this sid is in doubt."""
        if sub.channel is Channel.BOOKS:
            self.doubt_books(reason)

    def doubt_books(self, reason: str) -> None:
        """Every book that the connection feeds is in doubt."""
        books = self._subs.get(Channel.BOOKS)
        held = books.held if books is not None else ()
        for book in self._books:
            # A LIVE one may not be held yet: its snapshot can come before the acknowledgement.
            if book.status is BookStatus.LIVE or book.expects_initial or book.ticker in held:
                self.doubt(book, reason)

    def doubt(self, book: BookSync, reason: str) -> None:
        """This book is in doubt."""
        self._books.doubt(book, reason)
        self.arm(book.deadline_ns)
        self.is_dirty = True

    def quarantine(self, reason: str, until_ns: int) -> None:
        """The stream fails too often: nothing of it is believed for a while."""
        self._counters.quarantines += 1
        self._books.held_until_ns, self._books.held_reason = until_ns, reason
        self._books.degrade_all(reason)
        self.arm(until_ns)

    def degrade_all(self, sub: Subscription, reason: str, now: int) -> None:
        """The exchange gives no books at all on this connection."""
        if sub.channel is Channel.BOOKS:
            for book in self._books:
                self._degrade(book, reason, now)

    def bar(self, sub: Subscription, tickers: Iterable[str], reason: str, now: int) -> None:
        """Leave these markets alone until their next try."""
        tickers = [ticker for ticker in tickers if ticker not in sub.held]
        sub.barred.update(tickers)
        if sub.channel is Channel.BOOKS:
            for book in self._books.named(tickers):
                self._degrade(book, reason, now)

    def _degrade(self, book: BookSync, reason: str, now: int) -> None:
        self._books.degrade(book, reason, now)
        self.arm(book.deadline_ns)

    def climb(self, book: BookSync, reason: str, now: int) -> None:
        """A step of this book's repair failed: take the next."""
        if self._books.climb(book, reason, now):
            self.ask_reconnect(reason)
        self.arm(book.deadline_ns)
        self.is_dirty = True

    def wrong(self, book: BookSync, reason: str, now: int) -> None:
        """This book's contents cannot be true."""
        self._books.wrong(book, reason, now)
        self.arm(book.deadline_ns)
        self.is_dirty = True

    # -- deadlines --------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Act on every deadline that has passed."""
        if now < self.alarm_ns or not self.is_open:
            return
        self.alarm_ns = NEVER
        self.is_dirty = True
        for sub in self._subs.values():
            pending = sub.pending
            if pending is not None and now >= pending.deadline_ns:
                self.look_up(sub, pending, now)
            elif pending is not None:
                self.arm(pending.deadline_ns)
        for book in list(self._books):
            if book.deadline_ns is not None and now >= book.deadline_ns:
                self._overdue(book, now)
            else:
                self.arm(book.deadline_ns)

    def _overdue(self, book: BookSync, now: int) -> None:
        if book.status is BookStatus.DEGRADED and not (book.request_id or book.expects_initial):
            for sub in self._subs.values():
                sub.barred.discard(book.ticker)
            self.doubt(book, "")
            return
        self.climb(book, "No snapshot came within 3 s.", now)

    def look_up(self, sub: Subscription, pending: Pending, now: int) -> None:
        """An answer is missing: ask what exists, and give the connection up if that fails too."""
        if pending.kind is CommandKind.LIST:
            self.ask_reconnect("The exchange does not answer commands.")
            return
        command_id = self._next_id()
        sub.pending = Pending(
            command_id, CommandKind.LIST, pending.tickers, now + ACK_NS, pending.kind
        )
        self.arm(now + ACK_NS)
        self._send(list_command(command_id))

    # -- commands ---------------------------------------------------------------------------------

    def run(self, now: int) -> None:
        """Send whatever brings the exchange's subscriptions nearer to the wanted ones."""
        self.is_dirty = False
        if not self.is_open:
            return
        for sub in self._subs.values():
            self._advance(sub, now)
        books = self._subs.get(Channel.BOOKS)
        if books is not None and books.state is SubscriptionState.OPEN and not books.recycle:
            self._ask_snapshots(books, now)

    def _advance(self, sub: Subscription, now: int) -> None:
        if sub.pending is not None or sub.refusal:
            return
        if now < sub.not_before_ns:
            self.arm(sub.not_before_ns)
            return
        wanted = self._wanted(sub)
        if sub.state is SubscriptionState.ABSENT:
            if wanted is None or wanted:
                self._open(sub, tuple(wanted or ())[:_CHUNK], now)
        elif sub.recycle or wanted == []:
            self._close(sub, now)
        elif wanted is not None:
            self._update(sub, wanted, now)

    def _wanted(self, sub: Subscription) -> list[str] | None:
        """Return the markets this channel is wanted for; None where it takes no list."""
        if sub.channel not in (Channel.BOOKS, Channel.TRADES):
            return None
        return [
            book.ticker
            for book in self._books
            if book.status is not BookStatus.CLOSED and book.ticker not in sub.barred
        ]

    def _open(self, sub: Subscription, tickers: tuple[str, ...], now: int) -> None:
        sub.state = SubscriptionState.OPENING
        command_id = self._expect(sub, CommandKind.SUBSCRIBE, tickers, now)
        self._send(subscribe_command(command_id, sub.channel, tickers, yes_scale=self._yes_scale))
        self._begin(sub, tickers)

    def _close(self, sub: Subscription, now: int) -> None:
        sub.state = SubscriptionState.CLOSING
        command_id = self._expect(sub, CommandKind.UNSUBSCRIBE, (), now)
        self._send(unsubscribe_command(command_id, sub.sid))

    def _update(self, sub: Subscription, wanted: list[str], now: int) -> None:
        again = set()
        if sub.channel is Channel.BOOKS:
            again = {book.ticker for book in self._books if book.need is Need.RECYCLE}
        keep = set(wanted) - again
        add = tuple(ticker for ticker in wanted if ticker not in sub.held)[:_CHUNK]
        drop = tuple(sorted(sub.held - keep))[:_CHUNK]
        if add:
            self.change(sub, CommandKind.ADD, add, now)
        elif drop and len(drop) == len(sub.held):
            # A subscription without markets may not exist; this one is opened anew instead.
            self._close(sub, now)
        elif drop:
            self.change(sub, CommandKind.DELETE, drop, now)
        if add or drop:
            sub.not_before_ns = now + SETTLE_NS

    def change(
        self, sub: Subscription, kind: CommandKind, tickers: tuple[str, ...], now: int
    ) -> None:
        """Add markets to a subscription or delete them."""
        command_id = self._expect(sub, kind, tickers, now)
        self._send(update_command(command_id, sub.sid, kind.value, tickers))
        if kind is CommandKind.ADD:
            self._begin(sub, tickers)

    def _ask_snapshots(self, sub: Subscription, now: int) -> None:
        # A market that is leaving, or may have left, still answers but sends no changes.
        is_adding = sub.pending is None or sub.pending.kind is CommandKind.ADD
        leaving = () if is_adding or sub.pending is None else sub.pending.tickers
        needy = [
            book
            for book in self._books
            if book.ticker in sub.held and book.ticker not in leaving and self._lacks(book)
        ]
        for start in range(0, len(needy), _CHUNK):
            chunk = needy[start : start + _CHUNK]
            command_id = self._next_id()
            for book in chunk:
                book.need = Need.NOTHING
                book.request_id = command_id
                book.deadline_ns = now + SNAPSHOT_NS
                book.repairs += 1
            sub.repairs += len(chunk)
            self._counters.repairs += len(chunk)
            self.arm(now + SNAPSHOT_NS)
            self._ask(command_id, sub, chunk)

    def _ask(self, command_id: int, sub: Subscription, books: list[BookSync]) -> None:
        tickers = tuple(book.ticker for book in books)
        self._send(update_command(command_id, sub.sid, "get_snapshot", tickers))

    def ask_copies(self, books: list[BookSync], now: int) -> bool:
        """Ask for second copies of LIVE books. Returns False where that has to wait."""
        sub = self._subs.get(Channel.BOOKS)
        if sub is None or sub.state is not SubscriptionState.OPEN or sub.pending or sub.recycle:
            return False
        command_id = self._next_id()
        for book in books:
            book.request_id = command_id
        self._ask(command_id, sub, books)
        return True

    def _lacks(self, book: BookSync) -> bool:
        if book.need is Need.SNAPSHOT:
            return True
        if book.status is not BookStatus.EMPTY:
            return False
        # Wanted again before it was let go: it is held, and no first snapshot will come.
        self._books.tell(book, BookStatus.SYNCING)
        return True

    def _begin(self, sub: Subscription, tickers: Iterable[str]) -> None:
        if sub.channel is Channel.BOOKS:
            for book in self._books.named(tickers):
                self._books.begin(book)
                self.arm(book.deadline_ns)

    def arm_first(self, sub: Subscription, now: int) -> None:
        """The exchange has taken the markets on: their first snapshots are due from now."""
        if sub.channel is not Channel.BOOKS:
            return
        for book in self._books.named(sub.held):
            if book.expects_initial and book.deadline_ns is None:
                book.deadline_ns = now + SNAPSHOT_NS
                self.arm(book.deadline_ns)

    def _expect(
        self, sub: Subscription, kind: CommandKind, tickers: tuple[str, ...], now: int
    ) -> int:
        command_id = self._next_id()
        sub.pending = Pending(command_id, kind, tickers, now + ACK_NS)
        self.arm(now + ACK_NS)
        return command_id

    def waiting_for(self, command_id: int) -> Subscription | None:
        """Return the subscription whose command has this id, or None."""
        if command_id:
            for sub in self._subs.values():
                if sub.pending is not None and sub.pending.id == command_id:
                    return sub
        return None

    def end_orphan(self, sid: int) -> None:
        """Give back a subscription that nobody waits for."""
        self._counters.orphans += 1
        self._send(unsubscribe_command(self._next_id(), sid))

    def pause(self, sub: Subscription, now: int) -> None:
        """Pause before the next command: 0.2 to 1 s, so that many clients do not return at once."""
        sub.not_before_ns = now + SECOND_NS // 5 + int(self._jitter() * 0.8 * SECOND_NS)
        self.is_dirty = True

    def arm(self, deadline_ns: int | None) -> None:
        """Make sure that `tick` acts at this time at the latest."""
        if deadline_ns is not None and deadline_ns < self.alarm_ns:
            self.alarm_ns = deadline_ns

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _send(self, command: str) -> None:
        self.commands.append(command)
