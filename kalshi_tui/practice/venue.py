"""The running exchange as its servers see it: rules, crowd, time, keys, faults and listeners.

Owns the order of two things: everything that is due happens before a customer's command, and what
a command did is written to the tape and told to every subscriber before its answer leaves. Must not
know HTTP or sockets.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kalshi_tui.practice import rejections
from kalshi_tui.practice.auth import UNKNOWN_KEY, AuthError, Identity, KeyRing
from kalshi_tui.practice.candles import Candles
from kalshi_tui.practice.clock import Clock
from kalshi_tui.practice.crowd import Crowd
from kalshi_tui.practice.deeds import Deeds
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.faults import Registry, Target
from kalshi_tui.practice.happenings import Happening, TradePrinted
from kalshi_tui.practice.hindsight import Hindsight
from kalshi_tui.practice.hub import Hub
from kalshi_tui.practice.limits import Turnstile
from kalshi_tui.practice.listings import Catalogue
from kalshi_tui.practice.messages import EventFacts
from kalshi_tui.practice.policy import Policy

_NS_PER_MS = 1_000_000

LATE_NS = 50_000_000
"""How far the crowd may lag behind before others get their turn while it catches up."""

TAPE_LENGTH = 20_000
"""Public trades that can be read back; older ones are forgotten."""


def _nothing() -> None:
    return None


def _forget(happenings: Sequence[Happening], now_ns: int) -> None:
    return None


@dataclass(slots=True)
class Venue:
    """Everything one practice exchange is made of."""

    exchange: Exchange
    crowd: Crowd | None
    """None leaves the books to the customers."""
    catalogue: Catalogue
    clock: Clock
    keys: KeyRing
    faults: Registry
    hub: Hub
    tape: deque[TradePrinted] = field(default_factory=lambda: deque(maxlen=TAPE_LENGTH))
    """Public trades, oldest first."""
    policy: Policy = field(default_factory=Policy)
    """How customers are treated."""
    turnstile: Turnstile = field(default_factory=Turnstile)
    candles: Candles = field(default_factory=Candles)
    keep: Callable[[Sequence[Happening], int], None] = _forget
    """Puts what happened on the disk, with the time. When it raises, nobody is told anything."""
    on_wake: Callable[[], None] = _nothing
    """Called when the time of the next event may have moved."""

    hindsight: Hindsight = field(init=False)
    """What reads show when they lag."""
    _deeds: Deeds = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Tell the hub what events are announced with."""
        self.hub.describe = self._describe
        self.hindsight = Hindsight(self.exchange.accounts, self.faults)
        self.hindsight.lag_ms = self.policy.read_lag_ms
        self._deeds = Deeds(self.exchange, self.crowd)

    def wall_ns(self) -> int:
        """Return the wall time that this exchange believes in; the fault `skew` shifts it."""
        skewed = self.faults.standing("skew", Target(), self.clock.now_ns())
        shift = 0 if skewed is None else skewed.whole("ms") * _NS_PER_MS
        return self.clock.wall_ns() + shift

    def identify(self, headers: Mapping[str, str], method: str, path: str) -> Identity:
        """Return who signed a request. Raises `AuthError`, or `Rejection` for a key without right.

        `headers` must find names in lower case; `path` is as it was sent, without its query.
        """
        identity = self.keys.identify(headers, method, path, self.wall_ns() // _NS_PER_MS)
        if self.faults:
            self._check_key(identity.key_id, method)
        return identity

    def is_key(self, state: str, key_id: str) -> bool:
        """Return whether one of the faults `scope` and `expire_key` is on for a key."""
        return bool(self.faults.standing(state, Target(account=key_id), self.clock.now_ns()))

    def _check_key(self, key_id: str, method: str) -> None:
        target, now_ns = Target(account=key_id), self.clock.now_ns()
        if self.faults.standing("revoke_key", target, now_ns):
            raise AuthError(UNKNOWN_KEY)
        if method == "GET":
            return
        if self.faults.standing("scope", target, now_ns):
            raise rejections.insufficient_scope()
        if self.faults.standing("expire_key", target, now_ns):
            raise rejections.region_expired()

    def strike(self, now_ns: int) -> None:
        """Do what the switched-on faults ask for, save to connections."""
        self.hub.strike(now_ns)
        deeds = self.faults.deeds(now_ns)
        for fault in deeds:
            self._deeds.perform(fault, now_ns)
        if deeds:
            self.settle(now_ns)
        self.faults.expire(now_ns)

    def begin(self) -> int:
        """Do everything that is due and return the time; call it before a customer's command."""
        now_ns = self.clock.now_ns()
        self.run(now_ns)
        return now_ns

    def run(self, now_ns: int, most: int | None = None) -> bool:
        """Do what is due; after `most` steps of the crowd return True while more is due."""
        self.hindsight.watch()
        more = self.crowd is not None and self.crowd.run_until(now_ns, most)
        if not more:
            self.exchange.advance(now_ns)
        self.settle(now_ns)
        return more

    def settle(self, now_ns: int) -> None:
        """Tell everyone what happened. Call it after a command, before its answer leaves."""
        happenings = self.exchange.take_happenings()
        if not happenings:
            return
        self.keep(happenings, now_ns)
        self.candles.note(happenings, self.exchange.markets)
        self.tape.extend(each for each in happenings if isinstance(each, TradePrinted))
        self.hindsight.note(happenings, now_ns)
        self.hub.publish(happenings, now_ns)

    def _describe(self, event_ticker: str) -> EventFacts | None:
        for event in self.catalogue.events:
            if event.ticker == event_ticker:
                return EventFacts(event.title, event.sub_title, event.mutually_exclusive)
        return None

    def is_late(self) -> bool:
        """Return True when so much is due that a command should not wait for it in one piece."""
        return self.crowd is not None and self.crowd.next_time() < self.clock.now_ns() - LATE_NS

    def next_due_ns(self) -> int | None:
        """Return when something happens next, in virtual time."""
        known = (
            None if self.crowd is None else self.crowd.next_time(),
            self.exchange.next_due_ns(),
            self.hub.next_tick_ns(),
            self.faults.next_start_ns(self.clock.now_ns()),
        )
        return min((each for each in known if each is not None), default=None)

    def shards(self) -> tuple[int, ...]:
        """Return the exchange indexes that have markets, ascending; 0 always."""
        found = {each.listing.exchange_index for each in self.exchange.markets.values()}
        return tuple(sorted({0} | found))

    def trades(self, tickers: Iterable[str] | None = None) -> list[TradePrinted]:
        """Return public trades, newest first, of some markets or of all."""
        if tickers is None:
            return list(reversed(self.tape))
        wanted = frozenset(tickers)
        return [each for each in reversed(self.tape) if each.ticker in wanted]
