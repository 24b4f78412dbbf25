"""The real feed and the real book against a model venue, on a virtual clock, with seeded faults.

One seed is one schedule: chaos, then calm. The oracle asks after every frame that the client was
given: is each LIVE book exactly the true book as of the newest frame of that subscription that
reached the client? That condemns wrong contents and books that stopped moving alike. After the calm
every wanted book has to be LIVE.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from random import Random

from kalshi_tui.api.feed import Feed
from kalshi_tui.core.book import Book, BookError
from kalshi_tui.core.events import BookDelta, BookSnapshot, BookStatus, BookStatusChanged
from kalshi_tui.core.sides import BookSide
from tests.support.feed_venue import Emitted, TrueBook, Venue

TICKERS = ["AAA-1", "BBB-2", "CCC-3"]
MS = 1_000_000
STEPS_NS = (20 * MS, 20 * MS, 150 * MS)
"""Length of a step, drawn once a schedule: quick loss against long silence."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances, each per frame or per step."""

    drop: float = 0.0
    repeat: float = 0.0
    swap: float = 0.0
    lose_command: float = 0.0
    overflow: float = 0.0
    disconnect: float = 0.0
    stall: float = 0.0
    renumber: float = 0.0
    rewant: float = 0.0

    def times(self, factor: float) -> "Faults":
        return Faults(*(getattr(self, name) * factor for name in self.__slots__))


USUAL = Faults(
    drop=0.01,
    repeat=0.01,
    swap=0.01,
    lose_command=0.1,
    overflow=0.004,
    disconnect=0.004,
    stall=0.002,
    renumber=0.003,
    rewant=0.01,
)
NO_FAULTS = Faults()


@dataclass(slots=True)
class Outcome:
    """What a schedule showed."""

    checks: int = 0
    wrong: list[str] = field(default_factory=list)
    not_live: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)


class World:
    """One schedule. The same seed always runs the same way."""

    def __init__(self, seed: int, faults: Faults = USUAL, feed: Feed | None = None) -> None:
        self.rng = Random(seed)
        self.venue = Venue(self.rng, TICKERS)
        self.venue.numbers_acks = self.rng.random() < 0.7
        self.venue.snapshots_race = self.rng.random() < 0.5
        self.venue.acks_late = self.rng.random() < 0.5
        self.feed = feed or Feed(jitter=self.rng.random, private=False)
        self.now = 1_000_000_000
        self.outcome = Outcome()
        self._step_ns = self.rng.choice(STEPS_NS)
        self._faults = faults
        self._commands: list[str] = []
        self._books: defaultdict[str, Book] = defaultdict(Book)
        self._status: dict[str, BookStatus] = {}
        self._newest: dict[str, TrueBook] | None = None
        self._newest_number = 0
        self._is_stalled = False
        self._reconnect_at: int | None = self.now
        self._wanted = list(TICKERS)

    def run(self, chaos: int = 200, calm: int = 3_000) -> Outcome:
        """Run `chaos` steps with faults, then up to `calm` quiet ones until all is LIVE."""
        self._want(TICKERS)
        for _ in range(chaos):
            self._step(self._faults)
        self._is_stalled = False
        self._want(TICKERS)
        for _ in range(calm):
            self._step(NO_FAULTS)
            if self._is_settled():
                break
        self.outcome.not_live = [
            ticker for ticker in TICKERS if self._status.get(ticker) is not BookStatus.LIVE
        ]
        return self.outcome

    def _is_settled(self) -> bool:
        return not self.venue.wire and all(
            self._status.get(ticker) is BookStatus.LIVE for ticker in TICKERS
        )

    # -- one step ---------------------------------------------------------------------------------

    def _step(self, faults: Faults) -> None:
        self.now += self._step_ns
        if self._reconnect_at is not None:
            if self.now >= self._reconnect_at:
                self._connect()
            return
        self.venue.trade_on()
        self._misbehave(faults)
        if self._reconnect_at is None:
            self._deliver(faults)
            self._carry_commands(faults)
            self._tick()

    def _misbehave(self, faults: Faults) -> None:
        if self._happens("overflow", faults.overflow):
            self.venue.overflow()
        if self._happens("renumber", faults.renumber):
            self.venue.renumber()
        if self._happens("stall", faults.stall):
            self._is_stalled = True
        if self._happens("rewant", faults.rewant):
            self._want(self.rng.sample(TICKERS, self.rng.randrange(1, len(TICKERS) + 1)))
        if self._happens("disconnect", faults.disconnect):
            self._disconnect("The connection broke.")

    def _want(self, tickers: list[str]) -> None:
        self._wanted = list(tickers)
        for ticker in set(self._status) - set(tickers):
            # As the engine does: nothing is kept of a book that nobody wants.
            del self._status[ticker]
            self._books.pop(ticker, None)
        self.feed.want(tickers, self.now)
        self._collect()

    def _happens(self, name: str, chance: float) -> bool:
        happens = self.rng.random() < chance
        self.outcome.seen[name] += happens
        return happens

    def _connect(self) -> None:
        self._reconnect_at = None
        self._is_stalled = False
        self.venue.reset()
        self._newest = None
        self._commands.clear()
        self.feed.connecting(self.now)
        self.feed.connected(self.now)
        self._collect()

    def _disconnect(self, reason: str) -> None:
        self.feed.disconnected(self.now, reason)
        self._commands.clear()
        self._collect()
        self._reconnect_at = self.now + self.rng.randrange(10, 300) * MS

    def _deliver(self, faults: Faults) -> None:
        if self._is_stalled:
            return
        wire = self.venue.wire
        for _ in range(min(self.rng.randrange(0, 5), len(wire))):
            if not wire:
                return
            frame = wire.pop(0)
            if self._happens("drop", faults.drop):
                continue
            if wire and self._happens("swap", faults.swap):
                self._give(wire.pop(0))
            self._give(frame)
            if self._happens("repeat", faults.repeat):
                self._give(frame)

    def _give(self, frame: Emitted) -> None:
        self.feed.receive(frame.data, self.now)
        if frame.books is not None and frame.number > self._newest_number:
            self._newest, self._newest_number = frame.books, frame.number
        self._collect()
        self._check()

    def _carry_commands(self, faults: Faults) -> None:
        count = self.rng.randrange(0, len(self._commands) + 1)
        due, self._commands = self._commands[:count], self._commands[count:]
        for text in due:
            if self._is_stalled or self._happens("lose_command", faults.lose_command):
                continue
            self.venue.command(text)

    def _tick(self) -> None:
        deadline = self.feed.next_deadline(self.now)
        assert deadline is not None
        if self.now >= deadline:
            self.feed.tick(self.now)
            after = self.feed.next_deadline(self.now)
            assert after is not None
            assert after > self.now or self.feed.take_ping(self.now) or self.feed.reconnect_reason
        if self.feed.take_ping(self.now) and not self._is_stalled:
            self.feed.ponged(self.now)
        self._collect()
        if self.feed.reconnect_reason:
            self.outcome.seen["asked to reconnect"] += 1
            self._disconnect(self.feed.reconnect_reason)

    # -- the client's side ------------------------------------------------------------------------

    def _collect(self) -> None:
        self._commands += self.feed.outgoing()
        for fact in self.feed.facts():
            match fact:
                case BookSnapshot():
                    self._books[fact.ticker].replace(fact.bids, fact.asks)
                case BookDelta():
                    self._apply(fact)
                case BookStatusChanged():
                    self._status[fact.ticker] = fact.status
                    self.outcome.seen[fact.status.value] += 1
                case _:
                    pass

    def _apply(self, delta: BookDelta) -> None:
        if self._status.get(delta.ticker) is not BookStatus.LIVE:
            self.outcome.wrong.append(f"{delta.ticker}: a delta came out while not LIVE")
        try:
            self._books[delta.ticker].apply(delta.side, delta.price, delta.change)
        except BookError as error:
            self.outcome.wrong.append(f"{delta.ticker}: {error}")

    def _check(self) -> None:
        newest = self._newest
        if newest is None:
            return
        for ticker in self._wanted:
            if self._status.get(ticker) is BookStatus.LIVE:
                self.outcome.checks += 1
                if held(self._books[ticker]) != newest[ticker]:
                    self.outcome.wrong.append(f"{ticker} at {self.now}")


def held(book: Book) -> TrueBook:
    """Return a book in the venue's shape."""
    return {
        f"{word} {level.price}": level.size
        for word, side in (("yes", BookSide.BID), ("no", BookSide.ASK))
        for level in book.levels(side)
    }
