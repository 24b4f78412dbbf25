"""The dead-man's switch: orders that die soon after this program does.

While it is on, an order that would rest for ever gets an expiry 90 s ahead, which is renewed every
30 s by an amend of the expiry alone: that keeps its place in the queue. A lost renewal is harmless,
for the next one renews; from two in a row the user is told. What sets its own expiry is left alone.
After a restart nothing is renewed: what was guarded lapses, which is the safe direction.
Source: reliability 8.4, FK11, FK12, FK13; openapi.yaml `AmendOrderV2Request.expiration_time`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.amending import RENEWAL, Amending
from kalshi_tui.core.ledger import Order
from kalshi_tui.core.orders import (
    CancelState,
    OrderState,
    OrderTerms,
    RequestKind,
    RequestState,
    TimeInForce,
)
from kalshi_tui.core.state import State
from kalshi_tui.core.views import Pane
from kalshi_tui.core.wording import orders_words

SECOND = 1_000_000_000
LIFE_S = 90
RENEW_NS = 30 * SECOND
TOLD_MISSES = 2
"""Renewals missed in a row from which the user is told (FK12)."""

A_TICK = 5
"""Renewals in one go, a second apart: half of the smallest budget (10 tokens each of 100 a s)."""

_STATUS = (Pane.STATUS, "")
_ANSWERS = (e.AmendAcked, e.AmendRefused, e.AmendUnknown)


@dataclass(slots=True)
class _Watch:
    """A guarded order."""

    order: Order
    renewed_ns: int
    """When its last renewal was asked for."""
    misses: int = 0


class Guardian:
    """The engine's dead-man's switch."""

    def __init__(self, state: State, amending: Amending) -> None:
        self._state = state
        self._amending = amending
        self._watched: dict[str, _Watch] = {}
        self._look_ns = 0

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the commands that this side of the engine takes."""
        return {c.DeadMan: self._switch}

    def dressed(self, terms: OrderTerms) -> OrderTerms:
        """Return terms that die soon, where the switch is on and they would rest for ever."""
        if not self._state.dead_man or not _rests_for_ever(terms):
            return terms
        return replace(terms, expires_s=self._expiry_s(), cancel_on_pause=True)

    def placed(self, order: Order, wanted: OrderTerms) -> None:
        """An order was placed: guard it where the switch gave it its expiry."""
        if order.terms.expires_s != wanted.expires_s:
            self._guard(order)

    def _guard(self, order: Order, renewed_ns: int | None = None) -> None:
        order.guarded = True
        at_ns = self._state.mono_ns if renewed_ns is None else renewed_ns
        self._watched[order.client_order_id] = _Watch(order, at_ns)

    def _expiry_s(self) -> int:
        return self._state.wall_ns // SECOND + LIFE_S

    def _switch(self, command: c.DeadMan) -> list[fx.Effect]:
        state = self._state
        if state.dead_man == command.on:
            return []
        state.dead_man = command.on
        state.touch(_STATUS)
        if not command.on:
            self._release()
            text = "the dead-man's switch is off: its expiries are taken away"
            return [state.notice(fx.NoticeLevel.WARNING, text)]
        ours = [
            order
            for order in state.ledger.live()
            if not order.external and _rests_for_ever(order.terms)
        ]
        for order in ours:
            # Long enough ago to be renewed at once: it has no expiry yet.
            self._guard(order, state.mono_ns - RENEW_NS)
        text = f"the dead-man's switch is on: orders die {LIFE_S} s after this program"
        pause = "in a pause they lapse, for nothing can be renewed then"
        head = f"{text}; {orders_words(len(ours))} that rest get it too; {pause}"
        return [state.notice(fx.NoticeLevel.INFO, head)]

    def _release(self) -> None:
        """Let the next renewals take the expiries away."""
        for watch in self._watched.values():
            watch.renewed_ns = self._state.mono_ns - RENEW_NS

    def tick(self) -> list[fx.Effect]:
        """Renew what is due, oldest first, a few at a time."""
        state = self._state
        if not self._watched or state.mono_ns < self._look_ns:
            return []
        self._look_ns = state.mono_ns + SECOND
        for key in [key for key, watch in self._watched.items() if not watch.order.is_live]:
            self._drop(key)
        due = [
            watch
            for watch in self._watched.values()
            if state.mono_ns - watch.renewed_ns >= RENEW_NS and _can_renew(watch.order)
        ]
        due.sort(key=lambda watch: watch.renewed_ns)
        found: list[fx.Effect] = []
        for watch in due[:A_TICK]:
            watch.renewed_ns = state.mono_ns
            found += self._renew(watch.order)
        return found

    def _renew(self, order: Order) -> list[fx.Effect]:
        terms = order.terms
        expires_s = self._expiry_s() if self._state.dead_man else 0
        return self._amending.ask(
            order, RequestKind.AMEND, terms.price, terms.count, expires_s, prefix=RENEWAL
        )

    def _drop(self, key: str) -> None:
        watch = self._watched.pop(key)
        watch.order.guarded = False
        self._tell()

    def after(self, item: e.Fact | c.Command) -> list[fx.Effect]:
        """Count what became of renewals."""
        if not isinstance(item, _ANSWERS) or not item.request_id.startswith(RENEWAL):
            return []
        order = self._state.ledger.by_order_id(item.order_id)
        watch = self._watched.get(order.client_order_id) if order is not None else None
        if watch is None:
            return []
        if isinstance(item, e.AmendAcked):
            watch.misses = 0
            if not self._state.dead_man:
                self._drop(watch.order.client_order_id)
            self._tell()
            return []
        watch.misses += 1
        # The next look asks again: a third of its life is gone, two thirds are left.
        watch.renewed_ns = min(watch.renewed_ns, self._state.mono_ns - RENEW_NS // 2)
        return self._tell()

    def _tell(self) -> list[fx.Effect]:
        """Show the worst of the misses; say so once it is worth saying."""
        state = self._state
        before = state.dead_man_misses
        state.dead_man_misses = max((each.misses for each in self._watched.values()), default=0)
        if state.dead_man_misses == before:
            return []
        state.touch(_STATUS)
        if state.dead_man_misses != TOLD_MISSES or before > TOLD_MISSES:
            return []
        text = f"{TOLD_MISSES} renewals in a row failed: guarded orders lapse within {LIFE_S} s"
        return [state.notice(fx.NoticeLevel.ERROR, text)]


def _rests_for_ever(terms: OrderTerms) -> bool:
    return terms.time_in_force is TimeInForce.GTC and terms.expires_s is None


def _can_renew(order: Order) -> bool:
    """Nothing else may be open on it: a renewal carries price and size, and would revert them."""
    change = order.change
    is_free = change is None or (
        change.state is RequestState.IN_DOUBT and change.request_id.startswith(RENEWAL)
    )
    return order.state is OrderState.RESTING and order.cancel is CancelState.NONE and is_free
