"""Amends and decreases: what is asked, what came of it, and whether the queue place is kept.

An order has at most one change open; further wishes wait for it, the last one counts. Until it is
settled the worse of old and new counts as exposure. One whose answer is lost is never sent again by
itself: a read has to show what came of it, or, past the barrier, that nothing did. The table is
`core.orders.REQUESTS`. Source: reliability TO27, TO28, TO29, FC10, FC11; kalshi-api 5.4 (amend).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.ledger import Order
from kalshi_tui.core.orders import (
    REQUESTS,
    CancelState,
    Change,
    OrderState,
    OrderTerms,
    RequestEvent,
    RequestKind,
    RequestState,
)
from kalshi_tui.core.state import State
from kalshi_tui.core.steps import Steps
from kalshi_tui.core.units import Count, Price, count_text
from kalshi_tui.core.wording import order_words, terms_words

SECOND = 1_000_000_000
BARRIER_NS = 38 * SECOND
"""After this much an amend can do nothing any more and reads show it: the signature's window of
30 s, its margin of 2 s, and the lag of reads."""

LOOK_NS = 2 * SECOND
"""Pause between two reads of an order whose change is in doubt."""

RENEWAL = "renew-"
"""Begins the request id of an expiry that the dead-man's switch renews: it is not journalled."""


def keeps_queue(terms: OrderTerms, price: Price, count: Count) -> bool:
    """Tell whether an amend to `price` and a total of `count` keeps the place in the queue.

    Only the expiry or a smaller size does (openapi.yaml `AmendOrderV2Request`, design 5b).
    """
    return price == terms.price and count <= terms.count


class Amending:
    """The engine's amends."""

    def __init__(self, state: State, steps: Steps) -> None:
        self._state = state
        self._steps = steps
        self._waiting: dict[str, c.Amend | c.Decrease] = {}
        self._open: dict[str, Order] = {}
        self._ghosts: dict[str, int] = {}
        """Until when a renewal that was given up may still be carried out, in wall time."""
        self._asked = 0
        self._look_ns = 0

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts and commands that this side of the engine takes."""
        return {
            c.Amend: self._amend,
            c.Decrease: self._decrease,
            e.AmendAcked: self._amend_acked,
            e.AmendRefused: self._refused,
            e.AmendUnknown: self._unknown,
            e.DecreaseAcked: self._decrease_acked,
            e.DecreaseRefused: self._refused,
            e.DecreaseUnknown: self._unknown,
        }

    # What is asked

    def _amend(self, command: c.Amend) -> list[fx.Effect]:
        order, refusal = self._find(command)
        if order is None or refusal:
            return self._deny(refusal)
        if order.change is not None:
            return self._defer(order, command)
        terms = order.terms
        expires_s = None if command.expires_s == (terms.expires_s or 0) else command.expires_s
        if (command.price, command.count) == (terms.price, terms.count) and expires_s is None:
            return self._deny("nothing about it changes")
        if command.count <= order.filled:
            filled = count_text(order.filled)
            return self._deny(f"{filled} of it are filled already: cancel the rest instead")
        refusal = self._gate(order, command, expires_s)
        if refusal:
            return self._deny(refusal)
        return self.ask(order, RequestKind.AMEND, command.price, command.count, expires_s)

    def _gate(self, order: Order, command: c.Amend, expires_s: int | None) -> str:
        """Put what would remain to the gate; less of the same at the same price passes it."""
        terms = order.terms
        if keeps_queue(terms, command.price, command.count):
            if expires_s and expires_s * SECOND <= self._state.wall_ns:
                return "The expiry is in the past."
            return self._state.read_only
        state = self._state
        cap = state.limits.in_mode(state.mode).order_count
        if command.count > max(cap, terms.count):
            # What was filled of it before is of the same order.
            return f"{count_text(command.count)} in all is over your cap of {count_text(cap)}."
        # What was stated as filled and is not booked is in no position yet: it counts as well.
        rest = replace(
            terms,
            price=command.price,
            count=Count(command.count - (order.filled if order.external else order.booked)),
            expires_s=terms.expires_s if expires_s is None else expires_s or None,
        )
        denied = state.admit(rest, command.confirmed, replacing=order.client_order_id)
        return denied.text if denied is not None else ""

    def _decrease(self, command: c.Decrease) -> list[fx.Effect]:
        order, refusal = self._find(command)
        if order is None or refusal:
            return self._deny(refusal)
        if order.change is not None:
            return self._defer(order, command)
        if not 0 < command.count < order.remaining:
            left = count_text(order.remaining)
            return self._deny(f"{left} of it rest: it can only be left with fewer, and not none")
        return self.ask(order, RequestKind.DECREASE, order.terms.price, command.count, None)

    def _find(self, command: c.Amend | c.Decrease) -> tuple[Order | None, str]:
        """Return the order, and why it cannot be changed."""
        ledger = self._state.ledger
        if self._state.read_only:
            return None, self._state.read_only
        if command.client_order_id not in ledger:
            return None, "no order of yours is known by that id"
        order = ledger.order(command.client_order_id)
        if order.state is not OrderState.RESTING or not order.order_id:
            return order, f"{order_words(order)} is {order.state.value}: only what rests changes"
        if order.cancel is not CancelState.NONE:
            return order, f"a cancel of {order_words(order)} is under way"
        if order.change is not None and order.change.state is RequestState.IN_DOUBT:
            return order, f"the last change of {order_words(order)} is in doubt: cancel works"
        if self._state.wall_ns < self._ghosts.get(order.client_order_id, 0):
            # It carries the price and size of its time, and would bring them back.
            return order, f"a renewal of {order_words(order)} may still come: cancel works"
        return order, ""

    def _defer(self, order: Order, command: c.Amend | c.Decrease) -> list[fx.Effect]:
        self._waiting[order.client_order_id] = command
        return []

    def _deny(self, why: str) -> list[fx.Effect]:
        return [self._state.notice(fx.NoticeLevel.WARNING, f"not changed: {why}")]

    def ask(
        self,
        order: Order,
        kind: RequestKind,
        price: Price,
        count: Count,
        expires_s: int | None,
        *,
        prefix: str = "",
    ) -> list[fx.Effect]:
        """Record a change and send it, once. `count` is as in `core.orders.Change`."""
        state = self._state
        self._asked += 1
        request_id = f"{prefix}{order.client_order_id}-{state.wall_ns}-{self._asked}"
        if order.change is not None:
            # A renewal whose answer was lost is followed by the next: it may still come.
            self._ghosts[order.client_order_id] = order.change.asked_wall_ns + BARRIER_NS
        change = Change(
            request_id, kind, RequestState.PENDING, price, count, expires_s, state.wall_ns
        )
        state.ledger.change(order, change, state.wall_ns)
        self._open[order.client_order_id] = order
        self._steps.touch(order.terms.ticker)
        send: fx.Effect
        if kind is RequestKind.DECREASE:
            send = fx.SendDecrease(request_id, order.order_id, order.terms.ticker, count)
        else:
            terms = replace(order.terms, price=price, count=count)
            send = fx.SendAmend(
                request_id, order.order_id, order.exchange_client_id, terms, expires_s
            )
        return [*self._entry(order, change), send]

    def _entry(self, order: Order, change: Change) -> list[fx.Effect]:
        if change.request_id.startswith(RENEWAL):
            return []
        return [
            fx.Record(
                fx.RequestEntry(
                    change.request_id,
                    order.client_order_id,
                    change.kind,
                    change.state,
                    self._state.wall_ns,
                    change.price,
                    change.count,
                    change.expires_s,
                )
            )
        ]

    # What came of it

    def _amend_acked(self, fact: e.AmendAcked) -> list[fx.Effect]:
        order = self._answered(fact.request_id, fact.order_id)
        if order is None or order.change is None:
            return []
        change, before = order.change, order.terms
        self._state.ledger.amended(order, change, fact.remaining, fact.ts_ms)
        found = self._settle(order, RequestEvent.ACKED)
        if change.request_id.startswith(RENEWAL):
            return found
        if not keeps_queue(before, change.price, change.count):
            order.queue = None
        if fact.remaining == 0:
            # Filled, or a post-only order that would have crossed: only a report says which.
            found.append(fx.DrillDown(order.order_id))
        milliseconds = fact.round_trip_ns // 1_000_000
        text = f"amended {terms_words(before)} to {order_words(order)} {milliseconds}ms"
        return [
            *found,
            self._state.notice(fx.NoticeLevel.INFO, text),
            fx.Fetch(fx.Read.BALANCE),
            fx.Fetch(fx.Read.QUEUES),
            *self._next(order),
        ]

    def _decrease_acked(self, fact: e.DecreaseAcked) -> list[fx.Effect]:
        order = self._answered(fact.request_id, fact.order_id)
        if order is None or order.change is None:
            return []
        self._state.ledger.amended(order, order.change, fact.remaining, fact.ts_ms)
        found = self._settle(order, RequestEvent.ACKED)
        milliseconds = fact.round_trip_ns // 1_000_000
        text = f"decreased {order_words(order)} to {count_text(fact.remaining)} {milliseconds}ms"
        return [
            *found,
            self._state.notice(fx.NoticeLevel.INFO, text),
            fx.Fetch(fx.Read.BALANCE),
            # How much was filled before it, only a report says.
            fx.DrillDown(order.order_id),
            *self._next(order),
        ]

    def _refused(self, fact: e.AmendRefused | e.DecreaseRefused) -> list[fx.Effect]:
        order = self._answered(fact.request_id, fact.order_id)
        if order is None:
            return []
        is_sent = fact.status != 0
        event = RequestEvent.REFUSED if is_sent else RequestEvent.NOT_SENT
        found = self._settle(order, event)
        self._waiting.pop(order.client_order_id, None)
        if is_sent:
            # It may be over, or filled beyond the new total (FC11): only a read can tell.
            found.append(fx.DrillDown(order.order_id))
        if fact.request_id.startswith(RENEWAL):
            return found
        why = ": ".join(part for part in (fact.code, fact.detail) if part)
        head = f"change refused ({fact.status} {why})" if is_sent else f"change not sent ({why})"
        text = f"{head}: {order_words(order)} is as it was"
        return [self._state.notice(fx.NoticeLevel.ERROR, text), *found]

    def _unknown(self, fact: e.AmendUnknown | e.DecreaseUnknown) -> list[fx.Effect]:
        order = self._answered(fact.request_id, fact.order_id)
        if order is None:
            return []
        found = self._settle(order, RequestEvent.LOST)
        self._waiting.pop(order.client_order_id, None)
        if not fact.request_id.startswith(RENEWAL):
            text = f"change in doubt ({fact.reason}): {order_words(order)} may be old or new"
            found.append(self._state.notice(fx.NoticeLevel.ERROR, f"{text}, the worse counts"))
        return [*found, fx.DrillDown(order.order_id)]

    def _answered(self, request_id: str, order_id: str) -> Order | None:
        """Return the order whose open change an answer is about; an older answer is nothing."""
        order = self._state.ledger.by_order_id(order_id)
        if order is None or order.change is None or order.change.request_id != request_id:
            return None
        return order

    def _settle(self, order: Order, event: RequestEvent) -> list[fx.Effect]:
        """Apply an event to the open change, and return what to record."""
        state, change = self._state, order.change
        assert change is not None
        after = REQUESTS[change.state, event]
        if after is change.state:
            return []
        settled = replace(change, state=after)
        is_open = after is RequestState.IN_DOUBT
        state.ledger.change(order, settled if is_open else None, state.wall_ns)
        if not is_open:
            self._open.pop(order.client_order_id, None)
        self._steps.touch(order.terms.ticker)
        return self._entry(order, settled)

    def _next(self, order: Order) -> list[fx.Effect]:
        """Ask for what was wished for meanwhile."""
        command = self._waiting.pop(order.client_order_id, None)
        if command is None or order.change is not None:
            return []
        return self._amend(command) if isinstance(command, c.Amend) else self._decrease(command)

    # What is seen of it

    def look(self) -> list[fx.Effect]:
        """After whatever was said of an order: see whether an open change is settled by it."""
        found: list[fx.Effect] = []
        for order in list(self._open.values()):
            if order.change is None:
                self._open.pop(order.client_order_id, None)
            elif not order.is_live:
                found += self._settle(order, RequestEvent.ENDED)
        return found

    def reported(self, order: Order, report: e.OrderReported) -> list[fx.Effect]:
        """A report of this order was booked."""
        change = order.change
        if change is None or report.status is not e.ReportedStatus.RESTING:
            return []
        if _shows(change, report):
            return [*self._settle(order, RequestEvent.SEEN), *self._next(order)]
        is_past = self._state.wall_ns - change.asked_wall_ns >= BARRIER_NS
        if change.state is not RequestState.IN_DOUBT or not is_past:
            return []
        text = f"the change never happened: {order_words(order)} is as it was"
        return [
            *self._settle(order, RequestEvent.UNCHANGED),
            self._state.notice(fx.NoticeLevel.WARNING, text),
        ]

    def restored(self) -> list[fx.Effect]:
        """After the journal was replayed: a change whose answer was not awaited is in doubt."""
        found: list[fx.Effect] = []
        for order in self._state.ledger.live():
            if order.change is not None:
                self._open[order.client_order_id] = order
                found += self._settle(order, RequestEvent.LOST)
        return found

    def tick(self) -> list[fx.Effect]:
        """Read orders whose change is in doubt."""
        state = self._state
        if not self._open or state.mono_ns < self._look_ns:
            return []
        self._look_ns = state.mono_ns + LOOK_NS
        return [
            fx.DrillDown(order.order_id)
            for order in self._open.values()
            if order.change is not None
            and order.change.state is RequestState.IN_DOUBT
            and order.order_id
        ]


def _shows(change: Change, report: e.OrderReported) -> bool:
    """Tell whether a report shows an order as the change wanted it."""
    if change.kind is RequestKind.DECREASE:
        return report.remaining <= change.count
    if (report.price, report.filled + report.remaining) != (change.price, change.count):
        return False
    return change.expires_s is None or (report.expires_ms or 0) // 1_000 == change.expires_s
