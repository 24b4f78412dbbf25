"""The market-data and private feed as a pure protocol: bytes and times in, facts and commands out.

Calling contract. There is no socket, clock, key or task in here; `now` is always monotonic
nanoseconds and never goes back. Three verbs move data:

1. `receive(data, now)` for every text frame, in the order of arrival, or `receive_all` for those
   that arrived together (cheaper);
2. `facts()` takes what has happened since the last call, in order;
3. `outgoing()` takes the text frames to send, in order. Send all of them or end the connection.

Around them: `connecting` before an attempt, then `connect_failed`, or `connected` and later
`disconnected`; never hand in a frame of an older socket. `want` and `repair` may be called at any
time. `heard` for life without a frame (a ping of the exchange), `ponged` for the answer to our own
ping, `take_ping` for whether to send one now. Hand in what was received before calling `tick`; call
`tick` at `next_deadline` at the latest. After any of these calls look at `facts`, `outgoing`,
`take_ping`, `take_sweep_wanted` and `reconnect_reason`. Where `reconnect_reason` is not empty,
abandon the socket, call `disconnected` with it and connect again with the usual backoff.

No method raises for anything that the exchange may send. Until a book is LIVE none of its deltas
come out; it becomes LIVE by a `BookSnapshot`, the status, then the deltas that the snapshot lacks.
After a gap every book of the sid is STALE in the same call. Private channels have no numbers: when
they are granted anew, or one of their frames could not be read, `take_sweep_wanted` asks for a REST
sweep.
Source: asyncapi.yaml; reliability §4; recordings/README facts 3 and 4.
"""

from collections.abc import Callable, Iterable, Sequence

from kalshi_tui.api.audits import Audits
from kalshi_tui.api.books import AUDIT_EVERY_NS, Books
from kalshi_tui.api.counters import FeedCounters
from kalshi_tui.api.intake import Intake
from kalshi_tui.api.liveness import Liveness, Verdict
from kalshi_tui.api.quarantine import Patience, Quarantine
from kalshi_tui.api.reconciler import Reconciler
from kalshi_tui.api.report import described
from kalshi_tui.api.subscription import PRIVATE, Channel
from kalshi_tui.core.events import (
    BookSnapshot,
    BookStatus,
    BookStatusChanged,
    ConnectionChanged,
    ConnectionState,
    Fact,
    FeedReport,
    LatencyMeasured,
)

_USUAL_PATIENCE = Patience()


class Feed:
    """One feed over any number of connections, one at a time. See the module's contract."""

    def __init__(
        self,
        *,
        jitter: Callable[[], float],
        yes_scale: bool = True,
        private: bool = True,
        lifecycle: bool = False,
        groups: bool = False,
        count_every: int = 1_000,
        audit_every_ns: int = AUDIT_EVERY_NS,
        patience: Patience = _USUAL_PATIENCE,
    ) -> None:
        """`jitter` returns numbers in [0, 1). `yes_scale` asks for NO levels at YES prices.

        `private` is false for a connection without a key; `lifecycle` subscribes market events,
        `groups` those of order groups.
        Every `count_every` changes of a book a `BookCounted` comes out, every `audit_every_ns`
        each LIVE book is audited. `patience` says after how many faults books are read over REST
        for a while.
        """
        channels = [Channel.BOOKS, Channel.TRADES, Channel.QUOTES]
        channels += PRIVATE if private else ()
        channels += [Channel.LIFECYCLE] if lifecycle else []
        channels += [Channel.GROUPS] if groups else []
        self.counters = FeedCounters()
        self.epoch = 0
        """Counts connection attempts; sids mean nothing outside their own."""
        self._facts: list[Fact] = []
        self._books = Books(self._facts, count_every, audit_every_ns)
        self._subs = Reconciler(channels, self._books, self.counters, jitter, yes_scale=yes_scale)
        self._quarantine = Quarantine(patience)
        self._audits = Audits(self._books, self._subs, self.counters)
        self._intake = Intake(
            self._facts,
            self._books,
            self._subs,
            self.counters,
            self._audits,
            self._quarantine,
            yes_scale=yes_scale,
            count_every=count_every,
        )
        self._round_trip_ns: int | None = None
        self._liveness: Liveness | None = None
        self._is_silent = False

    # -- what comes out ---------------------------------------------------------------------------

    def facts(self) -> list[Fact]:
        """Take the facts since the last call, in order."""
        taken = self._facts[:]
        self._facts.clear()
        return taken

    def outgoing(self) -> list[str]:
        """Take the text frames to send, in order."""
        taken = self._subs.commands[:]
        self._subs.commands.clear()
        return taken

    def take_ping(self, now: int) -> bool:
        """Return whether to send a ping now; answering it is reported with `ponged`."""
        if self._liveness is None or not self._liveness.wants_ping(now):
            return False
        self._liveness.pinged(now)
        return True

    def take_sweep_wanted(self) -> bool:
        """Return once whether orders, fills and positions have to be read over REST."""
        wanted, self._subs.sweep_wanted = self._subs.sweep_wanted, False
        return wanted

    @property
    def reconnect_reason(self) -> str:
        """Why the connection has to be abandoned, in one sentence; empty while it is good."""
        return self._subs.reconnect_reason

    def next_deadline(self, now: int) -> int | None:
        """Return when `tick` has to be called at the latest; None while not connected."""
        if self._liveness is None:
            return None
        verdict = self._liveness.verdict(now)
        if (verdict is not Verdict.ALIVE and not self._is_silent) or (
            verdict is Verdict.DEAD and not self.reconnect_reason
        ):
            return now
        due = [self._liveness.next_change(now), self._subs.alarm_ns, self._intake.deadline_ns]
        if not self._is_silent:
            due.append(self._audits.deadline_ns)
        return min(due)

    def status(self, ticker: str) -> BookStatus:
        """Return how far a market's book can be trusted; EMPTY where it is not wanted."""
        book = self._books.by_ticker.get(ticker)
        return BookStatus.EMPTY if book is None else book.status

    def refusals(self) -> dict[str, str]:
        """Return the channels that the exchange refused on this connection, with its words."""
        return self._subs.refusals()

    # -- the connection ---------------------------------------------------------------------------

    def connecting(self, now: int) -> int:
        """An attempt begins. Returns its epoch."""
        self._end("The connection was replaced.", now)
        self.epoch += 1
        self._say(ConnectionState.CONNECTING)
        return self.epoch

    def connected(self, now: int) -> None:
        """The handshake succeeded: subscribe everything that is wanted."""
        self._books.now = now
        self._liveness = Liveness(now)
        self._is_silent = False
        self.counters.connections += 1
        self._subs.reset(is_open=True)
        self._say(ConnectionState.OPEN)
        self._subs.run(now)

    def connect_failed(self, now: int, reason: str, *, refused: bool = False) -> None:
        """The attempt failed; `refused` where trying again is useless until the user acts.

        Market data is public: after a refusal the books are DEGRADED and read over REST.
        """
        self._end(reason, now)
        if refused:
            self._books.degrade_all(reason)
        self._say(ConnectionState.REFUSED if refused else ConnectionState.IDLE, reason)

    def disconnected(self, now: int, reason: str) -> None:
        """The connection is gone: every book is STALE, or DEGRADED where that comes too often."""
        was_open = self._liveness is not None
        self._end(reason, now)
        why = self._quarantine.lost(now) if was_open else ""
        if why:
            self._subs.quarantine(why, self._quarantine.until_ns)
        self._say(ConnectionState.IDLE, reason)

    def heard(self, now: int) -> None:
        """Something other than a frame arrived: the connection lives."""
        if self._liveness is not None:
            self._liveness.heard_ns = now
            if self._is_silent:
                self._revive(now)

    def ponged(self, now: int) -> None:
        """Our ping was answered."""
        if self._liveness is None:
            return
        round_trip = self._liveness.ponged(now)
        self.heard(now)
        if round_trip is not None:
            self._round_trip_ns = round_trip
            self._facts.append(LatencyMeasured(round_trip))

    def _end(self, reason: str, now: int) -> None:
        self._books.now = now
        self._liveness = None
        self._is_silent = False
        self._intake.reset()
        self._subs.reset(is_open=False)
        for book in self._books:
            if book.status is BookStatus.EMPTY:
                book.forget()
            else:
                self._books.doubt(book, reason)

    def _revive(self, now: int) -> None:
        self._is_silent = False
        self._say(ConnectionState.OPEN)
        self._subs.run(now)

    def _say(self, state: ConnectionState, reason: str = "") -> None:
        self._facts.append(ConnectionChanged(state, reason, self.epoch))

    # -- what is wanted ---------------------------------------------------------------------------

    def want(self, books: Iterable[str], now: int) -> None:
        """Replace the set of markets whose order book and trades are wanted."""
        self._books.now = now
        if self._books.want(books):
            self._subs.is_dirty = True
            self._act(now)

    def repair(self, ticker: str, reason: str, now: int, *, by_audit: bool = False) -> None:
        """The book's contents proved wrong: it is STALE now and fetched anew.

        Does nothing where a repair is under way: what was wrong is from before it. `by_audit` where
        the comparison of a `BookAudited` proved it.
        """
        self._books.now = now
        book = self._books.by_ticker.get(ticker)
        if book is not None and book.status is BookStatus.LIVE:
            self.counters.audit_differences += by_audit
            self._subs.wrong(book, reason, now)
            self._act(now)

    def degraded(self) -> tuple[str, ...]:
        """Return the markets whose book has to be polled over REST, every 2 s."""
        return tuple(book.ticker for book in self._books if book.status is BookStatus.DEGRADED)

    def polled(self, snapshot: BookSnapshot, now: int) -> None:
        """A DEGRADED market's book was read over REST: it is shown, and stays DEGRADED."""
        book = self._books.by_ticker.get(snapshot.ticker)
        if book is not None and book.status is BookStatus.DEGRADED:
            # Said each time: an earlier answer may have failed to come.
            self._facts.append(BookStatusChanged(book.ticker, book.status, book.reason))
            self._facts.append(snapshot)

    def unpolled(self, ticker: str, reason: str) -> None:
        """A DEGRADED market's book could not be read over REST: what is shown is STALE."""
        if self.status(ticker) is BookStatus.DEGRADED:
            self._facts.append(BookStatusChanged(ticker, BookStatus.STALE, reason))

    def closed(self, ticker: str, reason: str, now: int) -> None:
        """The market has ended, by its close time or by what REST says."""
        self._books.now = now
        for book in self._books.named([ticker]):
            self._books.close(book, reason)
            self._subs.is_dirty = True
        self._act(now)

    def reopened(self, ticker: str, now: int) -> None:
        """REST says that a market which counted as ended is active."""
        self._books.now = now
        for book in self._books.named([ticker]):
            self._books.reopen(book)
            self._subs.is_dirty = True
        self._act(now)

    def take_status_wanted(self) -> tuple[str, ...]:
        """Take the markets whose status has to be read over REST: the socket gives no book."""
        taken = tuple(dict.fromkeys(self._books.status_wanted))
        self._books.status_wanted.clear()
        return taken

    def set_clock(self, ahead_ns: int | None) -> None:
        """The exchange's wall clock is `ahead_ns` ahead of our monotonic one.

        None where that is not known or means nothing: then no message is called old.
        """
        self._intake.ages.ahead_ns = ahead_ns

    def lag(self, reason: str, now: int) -> None:
        """We are slow ourselves: nothing is sent until a message arrives fresh, or for 1 s."""
        change = self._intake.ages.slow(reason, now)
        if change is not None:
            self._facts.append(change)

    def maintenance(self, is_paused: bool, now: int) -> None:
        """The exchange pauses or is back; after it market clocks may begin anew."""
        if is_paused:
            return
        for book in self._books:
            book.clock = book.floor = 0
        self._subs.sweep_wanted = True

    def report(self, now: int) -> FeedReport:
        """Return what the feed panel shows."""
        return described(
            self._books,
            self._subs,
            self.counters,
            epoch=self.epoch,
            heard_ns=self._liveness.heard_ns if self._liveness is not None else None,
            round_trip_ns=self._round_trip_ns,
            ages=self._intake.ages,
            audited_ns=self._audits.answered_ns,
        )

    def tick(self, now: int) -> None:
        """Act on every deadline that has passed. Receive first, then tick."""
        if self._liveness is None:
            return
        self._books.now = now
        verdict = self._liveness.verdict(now)
        if verdict is not Verdict.ALIVE and not self._is_silent:
            self._is_silent = True
            reason = "Nothing was heard for 3 s."
            self._subs.doubt_books(reason)
            self._say(ConnectionState.SILENT, reason)
        if verdict is Verdict.DEAD:
            self._subs.ask_reconnect("Nothing was heard from the exchange for 11 s.")
        self._intake.tick(now)
        self._subs.tick(now)
        if not self._is_silent:
            self._audits.tick(now)
        self._act(now)

    def _act(self, now: int) -> None:
        # Nothing is asked of a connection that does not answer: it would all come due at once.
        if self._subs.is_dirty and not self._is_silent:
            self._subs.run(now)

    # -- what comes in ----------------------------------------------------------------------------

    def receive(self, data: bytes | str, now: int) -> None:
        """Take one text frame of the current connection."""
        self.receive_all((data,), now)

    def receive_all(self, batch: Sequence[bytes | str], now: int) -> None:
        """Take the text frames that arrived together, in their order."""
        if self._liveness is None:
            self.counters.late += len(batch)
            return
        self._books.now = now
        self.heard(now)
        self.counters.frames += len(batch)
        self._intake.take(batch, now)
        self._act(now)
