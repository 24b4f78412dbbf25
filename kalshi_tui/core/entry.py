"""Order entry inside the engine: place, batch, resend, abandon, and the answers to orders.

Owns when an order is recorded, sent, doubted and let go. The gate is behind `State.admit`, the
table is `core.orders`, the record is `core.ledger`; this module ties them together and words the
notices. Cancels are `core.canceling`; what the exchange says unasked is `core.reports`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.canceling import Canceling
from kalshi_tui.core.checks import Checks
from kalshi_tui.core.groups import Groups
from kalshi_tui.core.guardian import Guardian
from kalshi_tui.core.orders import (
    SAID_TO_EXIST,
    UNSETTLED,
    IllegalTransitionError,
    OrderEvent,
    OrderState,
    OrderTerms,
    RequestKind,
    RequestState,
)
from kalshi_tui.core.state import State
from kalshi_tui.core.steps import Steps
from kalshi_tui.core.wording import order_words, orders_words, outcome_words, terms_words

_ABSENT = frozenset({OrderState.NOT_SENT, OrderState.PROVEN_ABSENT})


class OrderEntry:
    """The engine's order entry."""

    def __init__(
        self,
        state: State,
        checks: Checks,
        steps: Steps,
        canceling: Canceling,
        groups: Groups,
        guardian: Guardian,
    ) -> None:
        self._state = state
        self._checks = checks
        self._steps = steps
        self._canceling = canceling
        self._groups = groups
        self._guardian = guardian
        self._resent: set[str] = set()
        self._held: dict[str, c.Place] = {}
        """Orders that wait for the group of their shard; they are at no gate yet."""

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts and commands that this side of the engine takes."""
        return {
            c.Place: self._place,
            c.PlaceBatch: self._place_batch,
            c.Resend: self._resend,
            c.Abandon: self._abandon,
            e.Sending: self._sending,
            e.Acked: self._acked,
            e.Refused: self._refused,
            e.NotSent: self._not_sent,
            e.OutcomeUnknown: self._unknown,
            e.ProvenAbsent: self._proven_absent,
            e.JournalFailed: self._journal_failed,
        }

    # What is asked

    def place(self, command: c.Place) -> list[fx.Effect]:
        """Put one order to the gate now; it is recorded and sent, or refused with its reason."""
        return self._send([command])

    def _place(self, command: c.Place) -> list[fx.Effect]:
        return self._send(self._hold([command]))

    def _place_batch(self, command: c.PlaceBatch) -> list[fx.Effect]:
        return self._send(self._hold(command.orders))

    def _hold(self, places: Sequence[c.Place]) -> list[c.Place]:
        """Return what can go at once; the rest waits until its group is there."""
        now: list[c.Place] = []
        for each in places:
            if self._groups.is_awaited(each.terms.ticker):
                self._held.setdefault(each.client_order_id, each)
            else:
                now.append(each)
        return now

    def release(self) -> list[fx.Effect]:
        """Put what waited to the gate, as the world is now, once its group is there or late."""
        if not self._held:
            return []
        held = list(self._held.values())
        self._held.clear()
        return self._send(self._hold(held))

    def halt(self) -> None:
        """KILL: what waits is not sent."""
        self._held.clear()

    def _send(self, places: Sequence[c.Place]) -> list[fx.Effect]:
        """Each passes the gate by itself, with those before it counted as live (FK04)."""
        state = self._state
        notices: list[fx.Effect] = []
        records: list[fx.Effect] = []
        submits: list[fx.Submit] = []
        for each in places:
            if each.client_order_id in state.ledger:
                # The same ticket again: a double tap or a key that repeats (TO02).
                continue
            is_exit = each.client_order_id in state.exits
            terms = self._groups.dressed(self._guardian.dressed(each.terms), is_exit=is_exit)
            why = self._denial(terms, each.confirmed, is_exit=is_exit)
            if why:
                named = f" ({terms_words(terms)})" if len(places) > 1 else ""
                notices.append(state.notice(fx.NoticeLevel.WARNING, f"not sent{named}: {why}"))
                continue
            intent = state.ledger.open(each.client_order_id, terms, state.wall_ns)
            self._guardian.placed(state.ledger.order(each.client_order_id), each.terms)
            self._steps.placed.append(each.client_order_id)
            self._steps.touch(terms.ticker)
            records.append(fx.Record(intent))
            submits.append(fx.Submit(each.client_order_id, terms))
        return [*notices, *records, *_submit(submits)]

    def _denial(
        self, terms: OrderTerms, confirmed: frozenset[str], *, is_exit: bool = False
    ) -> str:
        """Return why an order may not go out, or an empty string; then it is counted."""
        state = self._state
        if state.is_unread:
            must = f": {orders_words(state.unread)} must be resolved first" if state.unread else ""
            return f"The account has not been read since the start{must}."
        breaker = self._groups.refusal(terms.ticker)
        if breaker and not is_exit:
            return breaker
        refusal = state.admit(terms, confirmed, is_exit=is_exit)
        return refusal.text if refusal is not None else ""

    def _resend(self, command: c.Resend) -> list[fx.Effect]:
        state, key = self._state, command.client_order_id
        if key not in state.ledger:
            return self._warn("not sent: no order of yours is known by that id")
        order = state.ledger.order(key)
        if order.state not in _ABSENT:
            text = f"not sent: {order_words(order)} is {order.state.value}"
            return self._warn(f"{text}; only what provably never arrived is sent again")
        # By itself it is an order like any other, also where it was a flatten's exit.
        state.exits.discard(key)
        # An identical order within a moment is what was asked for here.
        why = self._denial(order.terms, command.confirmed | {"repeat"})
        if why:
            return self._warn(f"not sent: {why}")
        record: fx.JournalEntry = fx.RequestEntry(
            f"resend-{key}-{state.wall_ns}",
            key,
            RequestKind.RESEND,
            RequestState.PENDING,
            state.wall_ns,
        )
        if not order.is_recorded:
            # Its intent never reached the journal: it is committed now, before the first byte.
            record = fx.Intent(key, order.terms, state.wall_ns)
        else:
            self._resent.add(key)
        order.abandoned = False
        self._steps.placed.append(key)
        return [
            fx.Record(record),
            *self._steps.moved(order, OrderEvent.RESEND, "sent again by you"),
            fx.Submit(key, order.terms),
        ]

    def _abandon(self, command: c.Abandon) -> list[fx.Effect]:
        state, key = self._state, command.client_order_id
        if key not in state.ledger or state.ledger.order(key).state is not OrderState.IN_DOUBT:
            return self._warn("only an order in doubt can be given up")
        order = state.ledger.order(key)
        if order.abandoned:
            return []
        order.abandoned = True
        self._steps.touch(order.terms.ticker)
        entry = fx.RequestEntry(
            f"abandon-{key}", key, RequestKind.ABANDON, RequestState.DONE, state.wall_ns
        )
        text = f"{order_words(order)} is given up: it still counts, and is matched if it appears"
        return [fx.Record(entry), *self._warn(text)]

    def _warn(self, text: str) -> list[fx.Effect]:
        return [self._state.notice(fx.NoticeLevel.WARNING, text)]

    # What came of it

    def _sending(self, fact: e.Sending) -> list[fx.Effect]:
        # The shell has journalled this state itself, with the time in the signature.
        order = self._state.ledger.order(fact.client_order_id)
        return self._steps.unrecorded(order, OrderEvent.SEND)

    def _acked(self, fact: e.Acked) -> list[fx.Effect]:
        state, ledger = self._state, self._state.ledger
        order = ledger.order(fact.client_order_id)
        was_awaited = order.state in UNSETTLED
        try:
            entries = ledger.acked(
                fact.client_order_id, fact.order_id, fact.filled, fact.remaining, state.wall_ns
            )
        except IllegalTransitionError as error:
            return [self._steps.alarm(order, error)]
        self._checks.reported(order)
        found: list[fx.Effect] = [*(fx.Record(entry) for entry in entries), *self._steps.alarms()]
        self._steps.touch(order.terms.ticker)
        milliseconds = fact.round_trip_ns // 1_000_000
        if was_awaited and order.state is not OrderState.IN_DOUBT:
            text = f"ack {order_words(order)}: {outcome_words(order)}, {milliseconds}ms"
            found.append(state.notice(fx.NoticeLevel.INFO, text))
        found += self._canceling.named(order)
        found.append(fx.Fetch(fx.Read.BALANCE))
        if order.state is OrderState.RESTING:
            found.append(fx.Fetch(fx.Read.QUEUES))
        return found

    def _refused(self, fact: e.Refused) -> list[fx.Effect]:
        detail = ": ".join(part for part in (fact.code, fact.detail) if part)
        order = self._state.ledger.order(fact.client_order_id)
        text = f"refused by the exchange ({fact.status} {detail}): {order_words(order)}"
        return [
            *self._steps.moved(order, OrderEvent.REFUSED, detail),
            self._state.notice(fx.NoticeLevel.ERROR, text),
        ]

    def _not_sent(self, fact: e.NotSent) -> list[fx.Effect]:
        order = self._state.ledger.order(fact.client_order_id)
        text = f"not sent ({fact.reason}): {order_words(order)}"
        return [
            *self._steps.moved(order, OrderEvent.NOT_SENT, fact.reason),
            self._state.notice(fx.NoticeLevel.ERROR, text),
        ]

    def _unknown(self, fact: e.OutcomeUnknown) -> list[fx.Effect]:
        order = self._state.ledger.order(fact.client_order_id)
        event = OrderEvent.EXISTS if fact.exists else OrderEvent.LOST
        reason = SAID_TO_EXIST if fact.exists else fact.reason
        found = self._steps.moved(order, event, reason)
        if order.state is not OrderState.IN_DOUBT:
            return found
        if fact.exists:
            order.detail = SAID_TO_EXIST
        text = f"IN DOUBT ({fact.reason}): {order_words(order)} - it counts until proven"
        return [
            *found,
            self._state.notice(fx.NoticeLevel.ERROR, text),
            fx.Fetch(fx.Read.SWEEP),
        ]

    def _proven_absent(self, fact: e.ProvenAbsent) -> list[fx.Effect]:
        order = self._state.ledger.order(fact.client_order_id)
        if order.state is not OrderState.IN_DOUBT or order.is_said_to_exist:
            # It turned up while the proof was on its way here, or only cannot be found.
            return []
        text = f"the exchange never had {order_words(order)}: it can be sent again"
        return [
            *self._steps.moved(order, OrderEvent.ABSENT, "the exchange provably never had it"),
            *self._warn(text),
        ]

    def _journal_failed(self, fact: e.JournalFailed) -> list[fx.Effect]:
        order = self._state.ledger.order(fact.client_order_id)
        if fact.client_order_id not in self._resent:
            order.is_recorded = False
        found = self._steps.unrecorded(order, OrderEvent.NOT_SENT)
        order.detail = fact.reason
        text = f"not sent, because it could not be recorded: {fact.reason}"
        return [*found, self._state.notice(fx.NoticeLevel.ERROR, text)]


def _submit(submits: Sequence[fx.Submit]) -> list[fx.Effect]:
    if len(submits) > 1:
        return [fx.SubmitBatch(tuple(submits))]
    return [*submits]
