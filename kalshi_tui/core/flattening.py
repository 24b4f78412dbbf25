"""Flatten and reverse: cancel, wait for the answers, close with one reduce-only IOC, say the rest.

Rule 1: everything about which phase follows which stands in `TRANSITIONS`.
Rule 2: the exit is sent only when no order of the market can trade any more and every fill that was
stated is booked; it is reduce-only, so that the exchange itself never lets it through zero. It is
sent once; what a thin book leaves over is reported, not chased.
Rule 3: a flatten works in every mode, and under KILL; a reverse opens risk and needs an armed
keyboard. Owns the sequence of each market. Source: issue "flatten"; ladder-ux 4.6, 5; kalshi-api
5.4 (`reduce_only` needs IOC).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core.canceling import Canceling
from kalshi_tui.core.caps import exit_price
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.ledger import Order
from kalshi_tui.core.orders import OrderState, OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.state import State
from kalshi_tui.core.units import Count, Price, count_text
from kalshi_tui.core.wording import orders_words

SECOND = 1_000_000_000
LATE_NS = 10 * SECOND
"""How long the answers to the cancels are waited for."""

BOOKED_NS = 2 * SECOND
"""How long a fill that was stated is waited for; the private feed brings it within milliseconds."""

REVERSED = "-r"
"""Ends the client order id of the entry that follows an exit."""


class FlattenPhase(Enum):
    """How far a flatten is."""

    CANCELING = "canceling"
    CLOSING = "closing"
    OPENING = "opening"
    DONE = "done"


class FlattenEvent(Enum):
    """What can happen to it."""

    SETTLED = "settled"
    """No order of the market can trade, and every fill stated is booked."""
    FLAT_ALREADY = "flat already"
    LATE = "late"
    """The cancels were not answered in time."""
    DENIED = "denied"
    """The order may not or could not be sent."""
    CLOSED = "closed"
    LEFT = "left"
    """The exit is over and something is left."""
    REVERSES = "reverses"
    """The exit is over, nothing is left, and the other side is to be opened."""
    OPENED = "opened"


_P, _E = FlattenPhase, FlattenEvent

TRANSITIONS: dict[tuple[FlattenPhase, FlattenEvent], FlattenPhase] = {
    (_P.CANCELING, _E.SETTLED): _P.CLOSING,
    (_P.CANCELING, _E.FLAT_ALREADY): _P.DONE,
    (_P.CANCELING, _E.LATE): _P.DONE,
    (_P.CLOSING, _E.DENIED): _P.DONE,
    (_P.CLOSING, _E.CLOSED): _P.DONE,
    (_P.CLOSING, _E.LEFT): _P.DONE,
    (_P.CLOSING, _E.REVERSES): _P.OPENING,
    (_P.OPENING, _E.DENIED): _P.DONE,
    (_P.OPENING, _E.OPENED): _P.DONE,
}
"""What the table does not list is an error of this program."""

Sender = Callable[[c.Place], list[fx.Effect]]
"""Puts an order to the gate and returns what is to be done; nothing is placed where it refuses."""


@dataclass(slots=True)
class _Job:
    ticker: str
    client_order_id: str
    began_ns: int
    reverses: bool
    confirmed: frozenset[str]
    orders: list[Order] = field(default_factory=list)
    """What was live in the market when it began."""
    phase: FlattenPhase = _P.CANCELING
    held: Count = Count(0)
    """The signed position that the exit closes."""
    settled_ns: int | None = None
    """Since when only fills are waited for."""


class Flattening:
    """The engine's flattens, one for each market at a time."""

    def __init__(self, state: State, canceling: Canceling, send: Sender) -> None:
        self._state = state
        self._canceling = canceling
        self._send = send
        self._jobs: dict[str, _Job] = {}

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the commands that this side of the engine takes."""
        return {c.Flatten: self._flatten, c.Reverse: self._reverse}

    def _flatten(self, command: c.Flatten) -> list[fx.Effect]:
        return self._begin(command.ticker, command.client_order_id, frozenset(), reverses=False)

    def _reverse(self, command: c.Reverse) -> list[fx.Effect]:
        return self._begin(
            command.ticker, command.client_order_id, command.confirmed, reverses=True
        )

    def _begin(
        self, ticker: str, key: str, confirmed: frozenset[str], *, reverses: bool
    ) -> list[fx.Effect]:
        state = self._state
        if state.read_only:
            return self._say(fx.NoticeLevel.WARNING, state.read_only)
        if reverses and state.mode is Mode.VIEW:
            return self._say(fx.NoticeLevel.WARNING, "The keyboard is in VIEW: press A to arm it.")
        if ticker in self._jobs:
            return self._say(fx.NoticeLevel.INFO, f"{ticker} is being flattened already")
        job = _Job(ticker, key, state.mono_ns, reverses, confirmed)
        job.orders = state.ledger.live(ticker)
        self._jobs[ticker] = job
        found: list[fx.Effect] = []
        if job.orders:
            count = orders_words(len(job.orders))
            found += self._say(fx.NoticeLevel.INFO, f"flatten {ticker}: canceling {count} first")
            found += self._canceling.cancel(job.orders)
        return [*found, *self._look(job)]

    def halt(self) -> None:
        """KILL: nothing more is sent."""
        self._jobs.clear()

    def look(self) -> list[fx.Effect]:
        """After whatever was said of an order, and with the time: take the next step."""
        found: list[fx.Effect] = []
        for job in list(self._jobs.values()):
            found += self._look(job)
        return found

    def _look(self, job: _Job) -> list[fx.Effect]:
        match job.phase:
            case _P.CANCELING:
                return self._wait(job)
            case _P.CLOSING:
                return self._closing(job)
            case _P.OPENING:
                return self._opening(job)
            case _P.DONE:
                return []

    def _wait(self, job: _Job) -> list[fx.Effect]:
        state = self._state
        live = state.ledger.live(job.ticker)
        if live:
            if state.mono_ns - job.began_ns < LATE_NS:
                return []
            text = f"{job.ticker} is not flattened: {orders_words(len(live))} may still be live"
            return self._end(job, _E.LATE, fx.NoticeLevel.ERROR, text)
        if not self._is_booked(job, job.orders):
            return []
        job.held = state.ledger.position(job.ticker).count
        if job.held == 0:
            return self._end(
                job, _E.FLAT_ALREADY, fx.NoticeLevel.GOOD, f"{job.ticker} is flat: nothing to close"
            )
        self._step(job, _E.SETTLED)
        # A fill that was stated and never came is taken off: no more than is really held.
        risk = state.exposures.of(job.ticker).market
        count = risk.closable(_against(job.held), job.held)
        return self._place(job, job.client_order_id, count, reduce_only=True)

    def _is_booked(self, job: _Job, orders: list[Order]) -> bool:
        """Tell whether every fill that was stated is booked, or was waited for long enough."""
        if all(order.booked >= order.reported_filled for order in orders):
            job.settled_ns = None
            return True
        now = self._state.mono_ns
        if job.settled_ns is None:
            job.settled_ns = now
        return now - job.settled_ns >= BOOKED_NS

    def _place(self, job: _Job, key: str, count: int, *, reduce_only: bool) -> list[fx.Effect]:
        """Place against the position, as far through the market as the collar lets it."""
        state = self._state
        side = _against(job.held)
        price = self._price(job.ticker, side)
        if price is None:
            what = "bid" if side is BookSide.ASK else "ask"
            text = f"{job.ticker}: there is no {what} to trade against; {self._holds(job)}"
            return self._end(job, _E.DENIED, fx.NoticeLevel.ERROR, text)
        cap = state.limits.in_mode(state.mode).order_count
        terms = OrderTerms(
            job.ticker,
            side,
            price,
            Count(min(count, cap)),
            TimeInForce.IOC,
            reduce_only=reduce_only,
        )
        confirmed = job.confirmed | {"repeat"}
        if reduce_only and not job.reverses:
            state.exits.add(key)
        found = self._send(c.Place(key, terms, frozenset(confirmed)))
        if key in state.ledger:
            return found
        state.exits.discard(key)
        text = f"{job.ticker} is not closed; {self._holds(job)}"
        return [*found, *self._end(job, _E.DENIED, fx.NoticeLevel.ERROR, text)]

    def _price(self, ticker: str, side: BookSide) -> Price | None:
        board = self._state.board
        book, market = board.states.get(ticker), board.markets.get(ticker)
        if book is None or market is None or market.grid is None:
            return None
        is_sale = side is BookSide.ASK
        touch = book.book.best_bid if is_sale else book.book.best_ask
        if touch is None:
            return None
        return exit_price(market.grid, side, touch, self._state.limits)

    def _closing(self, job: _Job) -> list[fx.Effect]:
        exit_order = self._state.ledger.order(job.client_order_id)
        if exit_order.is_live or not self._is_booked(job, [exit_order]):
            return []
        left = self._state.ledger.position(job.ticker).count
        if exit_order.state not in (OrderState.EXECUTED, OrderState.CANCELED):
            text = f"{job.ticker} is not closed: {exit_order.state.value}; {self._holds(job)}"
            return self._end(job, _E.DENIED, fx.NoticeLevel.ERROR, text)
        if left == 0:
            if job.reverses:
                self._step(job, _E.REVERSES)
                key = job.client_order_id + REVERSED
                return self._place(job, key, abs(job.held), reduce_only=False)
            text = f"{job.ticker} is flat: {count_text(Count(abs(job.held)))} closed"
            return self._end(job, _E.CLOSED, fx.NoticeLevel.GOOD, text)
        text = f"{job.ticker}: the book was too thin within your collar; {self._holds(job)}"
        return self._end(job, _E.LEFT, fx.NoticeLevel.WARNING, text)

    def _opening(self, job: _Job) -> list[fx.Effect]:
        entry = self._state.ledger.order(job.client_order_id + REVERSED)
        if entry.is_live or not self._is_booked(job, [entry]):
            return []
        text = f"{job.ticker} is reversed; {self._holds(job)}"
        return self._end(job, _E.OPENED, fx.NoticeLevel.GOOD, text)

    def _holds(self, job: _Job) -> str:
        held = self._state.ledger.position(job.ticker).count
        return f"you hold {count_text(held)}" if held else "you hold nothing"

    def _step(self, job: _Job, event: FlattenEvent) -> None:
        job.phase = TRANSITIONS[job.phase, event]
        if job.phase is _P.DONE:
            self._jobs.pop(job.ticker, None)

    def _end(
        self, job: _Job, event: FlattenEvent, level: fx.NoticeLevel, text: str
    ) -> list[fx.Effect]:
        self._step(job, event)
        return self._say(level, text)

    def _say(self, level: fx.NoticeLevel, text: str) -> list[fx.Effect]:
        return [self._state.notice(level, text)]


def _against(held: Count) -> BookSide:
    return BookSide.ASK if held > 0 else BookSide.BID
