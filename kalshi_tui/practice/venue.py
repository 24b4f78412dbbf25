"""The running exchange as its servers see it: rules, crowd, time, keys, faults and listeners.

Owns the order of two things: everything that is due happens before a customer's command, and what
a command did is written to the tape and told to every subscriber before its answer leaves. Must not
know HTTP or sockets.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kalshi_tui.practice.auth import KeyRing
from kalshi_tui.practice.clock import Clock
from kalshi_tui.practice.crowd import Crowd
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.faults import Registry
from kalshi_tui.practice.happenings import OrderUpdated, TradePrinted
from kalshi_tui.practice.hub import Hub
from kalshi_tui.practice.listings import Catalogue

TAPE_LENGTH = 20_000
"""Public trades that can be read back; older ones are forgotten."""


def _nothing() -> None:
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
    on_change: Callable[[], None] = _nothing
    """Called when a customer's state changed, so that it can be saved."""
    on_wake: Callable[[], None] = _nothing
    """Called when the time of the next event may have moved."""

    def begin(self) -> int:
        """Do everything that is due and return the time; call it before a customer's command."""
        now_ns = self.clock.now_ns()
        self.run(now_ns)
        return now_ns

    def run(self, now_ns: int, most: int | None = None) -> bool:
        """Do what is due; after `most` steps of the crowd return True while more is due."""
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
        self.tape.extend(each for each in happenings if isinstance(each, TradePrinted))
        self.hub.publish(happenings, now_ns)
        if any(isinstance(each, OrderUpdated) for each in happenings):
            self.on_change()

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
