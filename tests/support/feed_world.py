"""The real feed, book and engine against a model venue, on a virtual clock, with seeded faults.

One seed is one schedule: chaos, then calm. `tests.simulation.checker` judges what the engine shows.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from random import Random

from kalshi_tui.api.feed import Feed
from kalshi_tui.api.quarantine import Patience
from kalshi_tui.core import effects as fx
from kalshi_tui.core.board import BookState
from kalshi_tui.core.book import Book
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookSnapshot, BookStatus, Fact, Tick
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from tests.simulation.checker import Checker, Shown
from tests.support.feed_venue import Emitted, TrueBook, Venue

TICKERS = ["AAA-1", "BBB-2", "CCC-3"]
MS = 1_000_000
SECOND = 1_000 * MS
STEPS_NS = (20 * MS, 20 * MS, 150 * MS)
"""Length of a step, drawn once a schedule: quick loss against long silence."""
CALM_STEP_NS = 100 * MS
CALM_LEAST = 20
"""Quiet steps at least: a frame that was lost last of all shows only with the next one."""
CALM_LIMIT_NS = 60 * SECOND
"""Every book has to be LIVE so long after the last fault."""
POLL_NS = 2 * SECOND
WALL_NS = 1_790_000_000 * SECOND
_REFUSALS = (18, 27)

_EMPTY = Shown("EMPTY", {})

FeedFactory = Callable[..., Feed]


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances, each per frame, per command or per step."""

    drop: float = 0.0
    """A frame is lost."""
    repeat: float = 0.0
    """A frame comes twice."""
    swap: float = 0.0
    """Two frames change places."""
    delay: float = 0.0
    """A frame comes after many that were sent later."""
    ghost: float = 0.0
    """Frames of a connection come after its end."""
    garble: float = 0.0
    """A frame is cut off."""
    lose_snapshot: float = 0.0
    lose_ack: float = 0.0
    lose_command: float = 0.0
    refuse: float = 0.0
    """A command is answered with an error."""
    disorder: float = 0.0
    """Commands sent together are carried out in another order."""
    overflow: float = 0.0
    """The venue ends the subscription with error 25 and loses part of what was on its way."""
    disconnect: float = 0.0
    half_open: float = 0.0
    """Nothing comes any more until the connection is given up."""
    stall: float = 0.0
    """Nothing comes for a while."""
    renumber: float = 0.0
    """Numbers begin anew without a word."""
    rewant: float = 0.0
    """The user wants other markets."""

    def times(self, factor: float) -> "Faults":
        return Faults(*(getattr(self, each.name) * factor for each in fields(self)))

    def without(self, name: str) -> "Faults":
        return replace(self, **{name: 0.0})


USUAL = Faults(
    drop=0.01,
    repeat=0.01,
    swap=0.01,
    delay=0.005,
    ghost=0.3,
    garble=0.001,
    lose_snapshot=0.1,
    lose_ack=0.05,
    lose_command=0.1,
    refuse=0.02,
    disorder=0.2,
    overflow=0.004,
    disconnect=0.004,
    half_open=0.001,
    stall=0.002,
    renumber=0.003,
    rewant=0.01,
)
NO_FAULTS = Faults()
_ACKS = frozenset({"ok", "subscribed", "unsubscribed"})


class World:
    """One schedule. The same seed always runs the same way."""

    def __init__(
        self,
        seed: int,
        faults: Faults = USUAL,
        feed: FeedFactory = Feed,
        *,
        numbers_acks: bool | None = None,
    ) -> None:
        self.rng = rng = Random(seed)
        self.venue = Venue(rng, TICKERS)
        self.venue.numbers_acks = rng.random() < 0.7 if numbers_acks is None else numbers_acks
        self.venue.snapshots_race = rng.random() < 0.5
        self.venue.acks_late = rng.random() < 0.5
        self.venue.prints_trades = rng.random() < 0.3
        # A stream as bad as this one would be in quarantine for good.
        patience = Patience() if rng.random() < 0.15 else Patience(gaps=999, connections=999)
        self.feed = feed(
            jitter=rng.random,
            private=False,
            patience=patience,
            audit_every_ns=rng.choice((60, 2)) * SECOND,
        )
        self.engine = Engine(mode=Mode.VIEW, limits=Limits())
        self.checker = Checker()
        self.seen: Counter[str] = Counter()
        self._screen: dict[str, tuple[BookState, int, Shown]] = {}
        self.now = SECOND
        self._step_ns = rng.choice(STEPS_NS)
        self._faults = faults
        self._commands: list[str] = []
        self._late: list[tuple[int, Emitted]] = []
        self._is_stalled = False
        self._is_dead = False
        self._reconnect_at: int | None = self.now
        self._polled_ns = 0
        self._wanted = list(TICKERS)

    def run(self, chaos: int = 200) -> Checker:
        """Run `chaos` steps with faults, then quiet ones until all is LIVE or a minute is over."""
        self.want(TICKERS)
        for _ in range(chaos):
            self.step(self._faults)
        self._is_stalled = False
        self._step_ns = CALM_STEP_NS
        self.want(TICKERS)
        end = self.now + CALM_LIMIT_NS
        for _ in range(CALM_LEAST):
            self.step(NO_FAULTS)
        while self.now < end and not self.is_settled():
            self.step(NO_FAULTS)
        self.checker.end(self.screen(), self.venue.truth)
        return self.checker

    def is_settled(self) -> bool:
        """True when nothing is on its way and every wanted book is LIVE and the venue's.

        A stream that the venue ended without a word looks LIVE until it is asked; the calm has room
        for that.
        """
        if self.venue.wire or self._late or self._commands:
            return False
        truth = self.venue.truth
        return all(
            shown.status == "LIVE" and shown.levels == truth[ticker]
            for ticker, shown in self.screen().items()
        )

    # -- one step ---------------------------------------------------------------------------------

    def step(self, faults: Faults) -> None:
        """Let one step of time pass."""
        self.now += self._step_ns
        if self._reconnect_at is not None:
            if self.now >= self._reconnect_at:
                self._connect()
            return
        # At the very end the venue rests, so that what was sent last can arrive.
        if faults is not NO_FAULTS or self.rng.random() < 0.5:
            self.venue.trade_on()
        self._misbehave(faults)
        if self._reconnect_at is None:
            self._deliver(faults)
        if self._reconnect_at is None:
            self._carry_commands(faults)
            self._tick()

    def _misbehave(self, faults: Faults) -> None:
        if faults is NO_FAULTS:
            return
        if self._happens("overflow", faults.overflow):
            self.venue.overflow()
        if self._happens("renumber", faults.renumber):
            self.venue.renumber()
        if self._happens("stall", faults.stall):
            self._is_stalled = not self._is_stalled
        if self._happens("half_open", faults.half_open):
            self._is_dead = True
        if self._happens("rewant", faults.rewant):
            self.want(self.rng.sample(TICKERS, self.rng.randrange(1, len(TICKERS) + 1)))
        if self._happens("disconnect", faults.disconnect):
            self._disconnect("The connection broke.", faults)

    def want(self, tickers: list[str]) -> None:
        """Want these markets; what is shown of others is forgotten, as the engine does it."""
        self._wanted = list(tickers)
        self.engine._state.board.drop(tickers)
        self.feed.want(tickers, self.now)
        self._collect()

    def _happens(self, name: str, chance: float) -> bool:
        # No draw for what cannot happen: a calm step is cheap.
        happens = chance > 0 and self.rng.random() < chance
        if happens:
            self.seen[name] += 1
        return happens

    def _connect(self) -> None:
        self._reconnect_at = None
        self._is_stalled = self._is_dead = False
        self.venue.reset()
        self.checker.connected()
        self._late.clear()
        self._commands.clear()
        self.feed.connecting(self.now)
        self.feed.connected(self.now)
        self._collect()

    def _disconnect(self, reason: str, faults: Faults = NO_FAULTS) -> None:
        self.feed.disconnected(self.now, reason)
        self._commands.clear()
        self._collect()
        for frame in self.venue.wire:
            if self._happens("ghost", faults.ghost):
                self.feed.receive(frame.data, self.now)
                self._collect()
        self.checker.offline(self.screen(), self.now)
        self._reconnect_at = self.now + self.rng.randrange(10, 300) * MS

    # -- frames and commands ----------------------------------------------------------------------

    def _deliver(self, faults: Faults) -> None:
        if self._is_stalled or self._is_dead:
            return
        wire = self.venue.wire
        for _ in range(int(self.rng.random() * 5)):
            if not wire or self._reconnect_at is not None:
                break
            frame = wire.pop(0)
            if self._is_lost(frame, faults):
                continue
            if self._happens("delay", faults.delay):
                self._late.append((self.now + self.rng.randrange(1, 30) * self._step_ns, frame))
                continue
            if wire and self._happens("swap", faults.swap):
                self._give(wire.pop(0))
            if self._happens("garble", faults.garble):
                frame = replace(frame, data=frame.data[: self.rng.randrange(len(frame.data) - 2)])
            self._give(frame)
            if self._happens("repeat", faults.repeat):
                self._give(frame)
        while self._late and self._late[0][0] <= self.now and self._reconnect_at is None:
            self._give(self._late.pop(0)[1])

    def _is_lost(self, frame: Emitted, faults: Faults) -> bool:
        if frame.kind in _ACKS and self._happens("lose_ack", faults.lose_ack):
            return True
        if frame.kind == "orderbook_snapshot" and self._happens(
            "lose_snapshot", faults.lose_snapshot
        ):
            return True
        return self._happens("drop", faults.drop)

    def _give(self, frame: Emitted) -> None:
        if self._reconnect_at is not None:
            return
        self.feed.receive(frame.data, self.now)
        self.checker.delivered(frame.number, frame.books)
        self._collect()
        self.checker.look(self.screen(), self.now)
        if self.feed.reconnect_reason:
            self._give_up()

    def _carry_commands(self, faults: Faults) -> None:
        if not self._commands:
            return
        count = self.rng.randrange(0, len(self._commands) + 1)
        due, self._commands = self._commands[:count], self._commands[count:]
        if self._happens("disorder", faults.disorder):
            self.rng.shuffle(due)
        for text in due:
            if self._is_dead or self._is_stalled or self._happens("lose", faults.lose_command):
                continue
            if self._happens("refuse", faults.refuse):
                self.venue.refuse(text, self.rng.choice(_REFUSALS))
            else:
                self.venue.command(text)

    def _tick(self) -> None:
        deadline = self.feed.next_deadline(self.now)
        assert deadline is not None
        if self.now >= deadline:
            self.feed.tick(self.now)
            after = self.feed.next_deadline(self.now)
            assert after is not None
            assert after > self.now or self.feed.take_ping(self.now) or self.feed.reconnect_reason
        if self.feed.take_ping(self.now) and not self._is_stalled and not self._is_dead:
            self.feed.ponged(self.now)
        self._poll()
        self._collect()
        if self.feed.reconnect_reason:
            self._give_up()

    def _poll(self) -> None:
        if self.now - self._polled_ns < POLL_NS:
            return
        self._polled_ns = self.now
        for ticker in self.feed.degraded():
            self.seen["polled"] += 1
            self.feed.polled(snapshot_of(ticker, self.venue.copy(ticker)), self.now)

    def _give_up(self) -> None:
        self.seen["asked to reconnect"] += 1
        self._disconnect(self.feed.reconnect_reason)

    # -- the client's side ------------------------------------------------------------------------

    def _collect(self) -> None:
        facts: list[Fact] = self.feed.facts()
        if facts:
            self.engine.handle(Tick(self.now, WALL_NS + self.now))
        while facts:
            for fact in facts:
                for effect in self.engine.handle(fact):
                    self._carry_out(effect)
            facts = self.feed.facts()
        self._commands += self.feed.outgoing()

    def _carry_out(self, effect: fx.Effect) -> None:
        if not isinstance(effect, fx.RepairBook):
            return
        self.seen["repair asked by the engine"] += 1
        if effect.by_audit:
            self.checker.alarmed([effect.reason])
        self.feed.repair(effect.ticker, effect.reason, self.now, by_audit=effect.by_audit)

    def screen(self) -> dict[str, Shown]:
        """Return what the user sees of each wanted market."""
        states = self.engine._state.board.states
        found = {}
        for ticker in self._wanted:
            state = states.get(ticker)
            if state is None:
                found[ticker] = _EMPTY
            elif state.status is not BookStatus.LIVE:
                found[ticker] = Shown(state.status.value, {})
            else:
                known = self._screen.get(ticker)
                if known is None or known[0] is not state or known[1] != state.revision:
                    known = (state, state.revision, Shown("LIVE", levels_of(state.book)))
                    self._screen[ticker] = known
                found[ticker] = known[2]
        return found


def levels_of(book: Book) -> TrueBook:
    """Return a book in the venue's shape."""
    return {
        f"{word} {price}": size
        for word, side in (("yes", BookSide.BID), ("no", BookSide.ASK))
        for price, size in book.levels(side)
    }


def snapshot_of(ticker: str, book: TrueBook) -> BookSnapshot:
    """Return a true book as REST gives it, without a clock."""
    sides: dict[str, list[tuple[Price, Count]]] = {"yes": [], "no": []}
    for key, size in book.items():
        side, price = key.split()
        sides[side].append((Price(int(price)), Count(size)))
    return BookSnapshot(ticker, tuple(sides["yes"]), tuple(sides["no"]), 0, 0)
