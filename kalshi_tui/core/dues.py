"""Orders that should have been heard of by now: expired, swept away by the exchange, or not listed.

Nothing is assumed: an order that is due counts until a read says what it is. Such a read is asked
for after a pause that grows while it changes nothing. A 404 counts only past the barrier, twice,
and then among the historical orders too; an error never counts (finding 7: errors taken for "not
found" lost six live orders of another program). Sends no order and cancels none.
Source: reliability TO30, TO31, TO32, TO38, FC18, FC20.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.ledger import Order
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import Due, OrderState
from kalshi_tui.core.state import State
from kalshi_tui.core.steps import Steps
from kalshi_tui.core.wording import order_words

SECOND = 1_000_000_000
EXPIRY_GRACE_NS = 2 * SECOND
CANCEL_GRACE_NS = 5 * SECOND
LAST_PAUSE_NS = 60 * SECOND
BARRIER_NS = 32 * SECOND
"""After this much a request can do nothing any more: the signature's window and a margin."""

NOT_FOUND_TWICE = 2
LOOK_EVERY_NS = SECOND // 4

_SWEEPING = frozenset({MarketStatus.CLOSED, MarketStatus.DETERMINED, MarketStatus.FINALIZED})


@dataclass(slots=True)
class _Wait:
    """When an order is read again."""

    at_ns: int
    pause_ns: int


class Dues:
    """The engine's overdue orders."""

    def __init__(self, state: State, steps: Steps) -> None:
        self._state = state
        self._steps = steps
        self._waits: dict[str, _Wait] = {}
        self._not_found: dict[str, int] = {}
        self._inactive: set[str] = set()
        self._look_ns = 0

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts that this side of the engine takes."""
        return {e.OrderNotFound: self._on_not_found}

    def expect_cancel(self, order: Order) -> None:
        """The exchange has swept this order away, or is about to."""
        if order.state is OrderState.RESTING and order.due is Due.NONE:
            self._mark(order, Due.CANCEL, CANCEL_GRACE_NS)

    def market_changed(self, fact: e.MarketChanged) -> None:
        """A market that opens again has canceled what rested; so has one that closed."""
        if fact.status is MarketStatus.INACTIVE:
            self._inactive.add(fact.ticker)
        is_reactivated = fact.status is MarketStatus.ACTIVE and fact.ticker in self._inactive
        if is_reactivated or fact.status in _SWEEPING:
            self._inactive.discard(fact.ticker)
            for order in self._state.ledger.live(fact.ticker):
                self.expect_cancel(order)

    def heard(self, order: Order) -> None:
        """The exchange has said something about this order."""
        self._not_found.pop(order.client_order_id, None)

    def paused(self) -> None:
        """Trading has paused: orders that asked for it are canceled."""
        for order in self._state.ledger.live():
            if order.terms.cancel_on_pause:
                self.expect_cancel(order)

    def swept(self, fact: e.Swept) -> None:
        """A complete read was booked: what rests here and is not listed there is missing."""
        listed = {each.order_id for each in fact.orders}
        for order in self._state.ledger.live():
            is_older = max(order.created_wall_ns, order.updated_ms * 1_000_000) < fact.begun_wall_ns
            is_missing = order.order_id not in listed and order.state is OrderState.RESTING
            if is_missing and is_older and order.due is Due.NONE:
                self._mark(order, Due.MISSING, SECOND)

    def tick(self) -> list[fx.Effect]:
        """Find what is due by the clock, and ask for the reads that are."""
        state = self._state
        if state.mono_ns < self._look_ns:
            return []
        self._look_ns = state.mono_ns + LOOK_EVERY_NS
        found: list[fx.Effect] = []
        for order in state.ledger.live():
            if order.state is OrderState.RESTING:
                self._look(order)
            if order.due is not Due.NONE and order.order_id:
                found += self._ask(order)
        for key in [each for each in self._waits if not state.ledger.order(each).is_live]:
            del self._waits[key]
            self._not_found.pop(key, None)
        return found

    def _look(self, order: Order) -> None:
        if order.due is not Due.NONE:
            return
        wall_ns, expires_s = self._state.wall_ns, order.terms.expires_s
        if expires_s is not None and wall_ns >= expires_s * SECOND + EXPIRY_GRACE_NS:
            self._mark(order, Due.EXPIRY, 0)
            return
        market = self._state.board.markets.get(order.terms.ticker)
        # A market closes by the clock, without an event.
        if market is not None and market.close_ns and wall_ns >= market.close_ns:
            self._mark(order, Due.CANCEL, CANCEL_GRACE_NS)

    def _mark(self, order: Order, due: Due, grace_ns: int) -> None:
        order.due = due
        self._steps.touch(order.terms.ticker)
        wait = self._waits.get(order.client_order_id)
        if wait is None:
            pause_ns = max(grace_ns, SECOND)
            self._waits[order.client_order_id] = _Wait(self._state.mono_ns + grace_ns, pause_ns)

    def _ask(self, order: Order) -> list[fx.Effect]:
        state = self._state
        wait = self._waits.setdefault(order.client_order_id, _Wait(state.mono_ns, SECOND))
        if state.mono_ns < wait.at_ns or state.connection is not e.ConnectionState.OPEN:
            return []
        wait.at_ns = state.mono_ns + wait.pause_ns
        wait.pause_ns = min(wait.pause_ns * 2, LAST_PAUSE_NS)
        return [fx.DrillDown(order.order_id, history=order.due is Due.UNKNOWN)]

    def _on_not_found(self, fact: e.OrderNotFound) -> list[fx.Effect]:
        order = self._state.ledger.by_order_id(fact.order_id)
        if order is None:
            return []
        if not order.is_live:
            # What is over moves to the archive, where its last word still is (FE13).
            is_next = not (order.is_filled_as_stated or fact.history)
            return [fx.DrillDown(order.order_id, history=True)] if is_next else []
        known_ns = max(order.created_wall_ns, order.updated_ms * 1_000_000)
        if fact.as_of_ns < known_ns + BARRIER_NS:
            return []
        key = order.client_order_id
        self._not_found[key] = self._not_found.get(key, 0) + 1
        if self._not_found[key] < NOT_FOUND_TWICE:
            return []
        if not fact.history:
            return [fx.DrillDown(order.order_id, history=True)]
        if order.due is Due.UNKNOWN:
            return []
        self._mark(order, Due.UNKNOWN, LAST_PAUSE_NS)
        text = f"ALARM: {order_words(order)} is nowhere at the exchange; it counts as live"
        return [self._state.notice(fx.NoticeLevel.ERROR, text)]
