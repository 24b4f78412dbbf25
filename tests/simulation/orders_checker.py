"""Judges what the client shows of orders against what the venue has. Shares no code with it.

INV-4 to INV-9 and INV-11: an intent is at most one order; each order has a record from before it
arrived; what the screen calls failed or over is not there or does not live; a state that is over
does not come back; what may happen at the venue is never more than the client counts with, nor
than the limits; a KILL that says done has left nothing. At the end everything agrees.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.simulation.orders_venue import DOLLAR, Venue, VenueOrder

_ABSENT = frozenset({"rejected", "not sent", "proven absent", "intent"})
_OVER = frozenset({"canceled", "executed"})
_FINAL = _ABSENT - {"intent"} | _OVER
_SENT_AGAIN = frozenset({"not sent", "proven absent"})
_CLEARED = frozenset({"waiting for the tail", "waiting for orders in doubt", "done"})
"""Phases of a KILL that say that nothing rests any more."""

_AGREES = {"resting": "resting", "canceled": "canceled", "executed": "executed"}


@dataclass(frozen=True, slots=True)
class Row:
    """One order as the screen shows it."""

    client_id: str
    order_id: str
    state: str
    filled: int
    remaining: int
    is_busy: bool
    """A cancel, a change or a due read of it is open."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the client shows of the account."""

    rows: Mapping[str, Row]
    positions: Mapping[str, int]
    reach: Mapping[str, tuple[int, int]]
    """Of each market with a book: the lowest and highest position that the client counts with."""
    losses: Mapping[str, tuple[int, int]]
    """Of each market with a book in which it holds something: what it may have lost since the
    beginning if that settles YES and NO, in millionths of a dollar."""
    kill: str
    """How far a KILL is, in one word; empty without one."""
    differences: int


@dataclass(frozen=True, slots=True)
class Caps:
    """The user's limits, in the wire's hundredths."""

    order: int
    position: int
    open_orders: int


@dataclass(slots=True)
class Checker:
    """The verdicts of one schedule."""

    venue: Venue
    caps: Caps
    checks: int = 0
    wrong: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """Every client order id that the user asked for."""
    _final: dict[str, str] = field(default_factory=dict)
    _killed_ns: int = 0
    _kill: str = ""
    _shown: frozenset[str] = frozenset()

    def arrived(self, client_id: str, *, is_recorded: bool, at: int) -> None:
        """An order reached the venue; was it in the record as being sent?"""
        self.checks += 1
        if not is_recorded:
            self._condemn(f"{client_id} was sent without a record", at)

    def restarted(self) -> None:
        """Another life of the client began: what was not on disk is forgotten."""
        self._final.clear()
        self._shown = frozenset()
        self._kill = ""

    def killed(self, at: int) -> None:
        """The user pressed KILL."""
        self._killed_ns = at

    def happened(self, at: int) -> None:
        """Judge what is at the venue by itself."""
        self.checks += 1
        ours = [order for order in self.venue.orders.values() if order.is_ours]
        names = [order.client_id for order in ours]
        for name in {each for each in names if names.count(each) > 1}:
            self._condemn(f"{name} is at the venue {names.count(name)} times", at)
        resting = [order for order in ours if order.status == "resting"]
        if len(resting) > self.caps.open_orders:
            self._condemn(f"{len(resting)} orders rest", at)
        for order in ours:
            if order.filled + order.remaining > self.caps.order:
                self._condemn(f"{order.client_id} is too large", at)
        for ticker in {order.ticker for order in ours}:
            low, high = self._true_reach(ticker)
            if max(high, -low) > self.caps.position:
                self._condemn(f"{ticker} can reach {low} to {high}", at)

    def look(self, screen: Screen, at: int) -> None:
        """Judge the screen now."""
        by_name = self._by_name()
        for name in self._shown - screen.rows.keys():
            self._condemn(f"{name} has left the screen", at)
        self._shown = frozenset(screen.rows)
        for name, row in screen.rows.items():
            self.checks += 1
            there = by_name.get(name, [])
            if row.state in _ABSENT and there:
                self._condemn(f"{name} is called {row.state} and is at the venue", at)
            if row.state in _OVER and any(order.status == "resting" for order in there):
                self._condemn(f"{name} is called {row.state} and rests", at)
            self._look_back(row, at)
        for ticker, (low, high) in screen.reach.items():
            self.checks += 1
            true_low, true_high = self._true_reach(ticker)
            if low > true_low or high < true_high:
                reach = f"{low} to {high} and {true_low} to {true_high} is possible"
                self._condemn(f"{ticker}: the client counts with {reach}", at)
        for ticker, losses in screen.losses.items():
            self.checks += 1
            true = self._true_losses(ticker)
            if losses[0] < true[0] or losses[1] < true[1]:
                self._condemn(f"{ticker}: the client may lose {losses}, and {true} is possible", at)
        self._look_at_kill(screen, at)

    def _look_back(self, row: Row, at: int) -> None:
        was = self._final.get(row.client_id)
        is_again = was in _SENT_AGAIN and row.state in ("intent", "sending", "not sent")
        if was is not None and row.state != was and not is_again and was not in _SENT_AGAIN:
            self._condemn(f"{row.client_id} was {was} and is {row.state}", at)
        if row.state in _FINAL:
            self._final[row.client_id] = row.state

    def _look_at_kill(self, screen: Screen, at: int) -> None:
        was, self._kill = self._kill, screen.kill
        if screen.kill not in _CLEARED or was in ("", screen.kill):
            return
        self.checks += 1
        for order in self.venue.orders.values():
            if order.status == "resting" and order.created_ns < self._killed_ns:
                self._condemn(f"KILL is {screen.kill} and {order.client_id} rests", at)

    def end(self, screen: Screen, recorded: Iterable[str]) -> list[str]:
        """Return what does not agree yet; `recorded` are the intents on the client's disk."""
        self.checks += 1
        found = [f"KILL is {screen.kill}"] if screen.kill not in ("", "done") else []
        found += self._disagreeing(screen)
        found += [text for row in screen.rows.values() if (text := _unsettled(row))]
        found += [f"{each} is lost" for each in recorded if each not in screen.rows]
        unasked = self._by_name().keys() - self.asked
        found += [f"{each} is at the venue unasked" for each in sorted(unasked)]
        for ticker, held in self.venue.positions.items():
            if screen.positions.get(ticker, 0) != held:
                found.append(f"{ticker}: {screen.positions.get(ticker, 0)} held, not {held}")
        for ticker, reach in screen.reach.items():
            true = self._true_reach(ticker, with_strange=True)
            if reach != true:
                found.append(f"{ticker}: the client counts with {reach}, and {true} is possible")
        if screen.differences:
            found.append(f"{screen.differences} differences are open")
        return found

    def _disagreeing(self, screen: Screen) -> list[str]:
        found = []
        by_order_id = {row.order_id: row for row in screen.rows.values() if row.order_id}
        for order in self.venue.orders.values():
            row = by_order_id.get(order.order_id)
            if row is None and not order.is_ours and order.status != "resting":
                # Another program's, come and gone between two reads.
                continue
            if row is None:
                found.append(f"{order.order_id} of {order.client_id} is not on the screen")
            elif row.state != _AGREES[order.status]:
                found.append(f"{row.client_id} is {row.state}, at the venue {order.status}")
            elif order.is_ours and (row.filled, row.remaining) != (order.filled, order.remaining):
                theirs = f"{order.filled} and {order.remaining}"
                found.append(f"{row.client_id} has {row.filled} and {row.remaining}, not {theirs}")
        return found

    def _by_name(self) -> dict[str, list[VenueOrder]]:
        found: dict[str, list[VenueOrder]] = {}
        for order in self.venue.orders.values():
            if order.is_ours:
                found.setdefault(order.client_id, []).append(order)
        return found

    def _true_reach(self, ticker: str, *, with_strange: bool = False) -> tuple[int, int]:
        low = high = self.venue.positions.get(ticker, 0)
        for order in self.venue.resting():
            if order.ticker == ticker and (order.is_ours or with_strange):
                low -= order.remaining if order.side == "ask" else 0
                high += order.remaining if order.side == "bid" else 0
        return low, high

    def _true_losses(self, ticker: str) -> tuple[int, int]:
        """Return what is lost if it settles YES and NO where what hurts then fills."""
        held, (cost, realized) = (
            self.venue.positions.get(ticker, 0),
            self.venue.costs.get(ticker, (0, 0)),
        )
        if_yes = cost - realized - max(held, 0) * DOLLAR
        if_no = cost - realized + min(held, 0) * DOLLAR
        for order in self.venue.resting():
            if order.ticker == ticker and order.is_ours:
                if_yes += (DOLLAR - order.price) * order.remaining if order.side == "ask" else 0
                if_no += order.price * order.remaining if order.side == "bid" else 0
        return if_yes, if_no

    def _condemn(self, text: str, at: int) -> None:
        if len(self.wrong) < 20 and not any(text in each for each in self.wrong):
            self.wrong.append(f"{text} at {at / 1e9:.3f} s")


def _unsettled(row: Row) -> str:
    """Return what about an order is still open at the end, or an empty string."""
    if row.is_busy:
        return f"{row.client_id} is busy"
    if not row.order_id and (row.state not in _FINAL or row.state in _OVER):
        return f"{row.client_id} is {row.state} without an order"
    return ""
