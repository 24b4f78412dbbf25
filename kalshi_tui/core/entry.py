"""Order entry inside the engine: place, cancel, kill, and the answers to them.

Owns when an order is recorded, sent, doubted and let go. The gate is `core.risk`, the table is
`core.orders`, the record is `core.ledger`; this module ties them together and words the notices.
What the exchange says unasked is `core.reports`.
"""

from collections.abc import Callable
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.checks import Checks
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.ledger import Order
from kalshi_tui.core.orders import (
    CancelState,
    IllegalTransitionError,
    OrderEvent,
    OrderState,
)
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.state import PURGE_NS, State
from kalshi_tui.core.units import count_text, price_text
from kalshi_tui.core.views import Pane

_ORDERS = (Pane.ORDERS, "")
_FILLS = (Pane.FILLS, "")
_POSITIONS = (Pane.POSITIONS, "")
_STATUS = (Pane.STATUS, "")
_MARKETS = (Pane.MARKETS, "")


_LATER_COMMANDS: tuple[type, ...] = (
    c.PlaceBatch,
    c.Amend,
    c.Decrease,
    c.Resend,
    c.Abandon,
    c.Flatten,
    c.Reverse,
    c.DeadMan,
)
_LATER_FACTS: tuple[type, ...] = (
    e.AmendAcked,
    e.AmendRefused,
    e.AmendUnknown,
    e.DecreaseAcked,
    e.DecreaseRefused,
    e.DecreaseUnknown,
    e.OrderNotFound,
    e.GroupMade,
    e.GroupChanged,
    e.GroupFailed,
    e.ScanCompleted,
)


class OrderEntry:
    """The engine's order side."""

    def __init__(self, state: State, checks: Checks) -> None:
        self._state = state
        self._checks = checks
        self._placed: list[str] = []

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts and commands that this side of the engine takes."""
        return {
            c.Place: self._place,
            c.Cancel: self._cancel,
            c.CancelMarket: self._cancel_market,
            c.CancelLast: self._cancel_last,
            c.Kill: self._kill,
            e.Sending: self._sending,
            e.Acked: self._acked,
            e.Refused: self._refused,
            e.NotSent: self._not_sent,
            e.OutcomeUnknown: self._unknown,
            e.JournalFailed: self._journal_failed,
            e.CancelAcked: self._cancel_acked,
            e.CancelRefused: self._cancel_refused,
            e.CancelUnknown: self._cancel_unknown,
            e.CancelAllAnswered: self._cancel_all_answered,
            e.ProvenAbsent: self._proven_absent,
            e.BudgetReported: self._budget,
            c.CancelEverything: self._cancel_everything,
            **dict.fromkeys(_LATER_COMMANDS, self._not_yet),
            **dict.fromkeys(_LATER_FACTS, self._ignored),
        }

    def _proven_absent(self, fact: e.ProvenAbsent) -> list[fx.Effect]:
        order = self._state.ledger.order(fact.client_order_id)
        text = f"the exchange never had {_words(order)}: it can be sent again"
        return [
            *self.moved(order, OrderEvent.ABSENT, "the exchange provably never had it"),
            self._state.notice(fx.NoticeLevel.WARNING, text),
        ]

    def _budget(self, fact: e.BudgetReported) -> list[fx.Effect]:
        self._state.budget = fact
        self._state.touch(_STATUS)
        return []

    def _cancel_everything(self, _command: c.CancelEverything) -> list[fx.Effect]:
        return self.cancel_orders(self._state.ledger.live())

    def _not_yet(self, command: c.Command) -> list[fx.Effect]:
        text = f"{type(command).__name__} is not available yet; nothing was sent"
        return [self._state.notice(fx.NoticeLevel.WARNING, text)]

    def _ignored(self, _fact: e.Fact) -> list[fx.Effect]:
        return []

    def tick(self) -> None:
        """Let the tail of a KILL pass."""
        killed = self._state.killed_wall_ns
        if killed is not None and self._state.wall_ns - killed >= PURGE_NS:
            self._state.killed_wall_ns = None
            self._state.touch(_STATUS)

    def _place(self, command: c.Place) -> list[fx.Effect]:
        state, terms = self._state, command.terms
        if command.client_order_id in state.ledger:
            return []
        refusal = state.admit(terms, command.confirmed)
        if refusal is not None:
            return [state.notice(fx.NoticeLevel.WARNING, f"not sent: {refusal.text}")]
        intent = state.ledger.open(command.client_order_id, terms, state.wall_ns)
        self._placed.append(command.client_order_id)
        self.touch_orders(terms.ticker)
        return [fx.Record(intent), fx.Submit(command.client_order_id, terms)]

    def _cancel(self, command: c.Cancel) -> list[fx.Effect]:
        ledger = self._state.ledger
        orders = [ledger.order(each) for each in command.client_order_ids if each in ledger]
        return self.cancel_orders([order for order in orders if order.is_live])

    def _cancel_market(self, command: c.CancelMarket) -> list[fx.Effect]:
        orders = self._state.ledger.live(command.ticker)
        return self.cancel_orders(
            [each for each in orders if command.side in (None, each.terms.side)]
        )

    def _cancel_last(self, _command: c.CancelLast) -> list[fx.Effect]:
        ledger = self._state.ledger
        while self._placed:
            order = ledger.order(self._placed[-1])
            if order.is_live and order.cancel is CancelState.NONE:
                return self.cancel_orders([order])
            self._placed.pop()
        text = "nothing to undo: no order placed in this session is live"
        return [self._state.notice(fx.NoticeLevel.INFO, text)]

    def cancel_orders(self, orders: list[Order]) -> list[fx.Effect]:
        """Cancels pass no guard but a read-only session, and are sent at once."""
        state = self._state
        if state.read_only:
            return [state.notice(fx.NoticeLevel.WARNING, state.read_only)]
        if not orders:
            return [state.notice(fx.NoticeLevel.INFO, "no live order of yours there")]
        found: list[fx.Effect] = []
        for order in orders:
            self.touch_orders(order.terms.ticker)
            if not order.order_id:
                order.cancel = CancelState.IN_DOUBT
                text = f"{_words(order)} has no exchange id yet: it is canceled once it is known"
                found.append(state.notice(fx.NoticeLevel.WARNING, text))
                continue
            order.cancel = CancelState.PENDING
            found.append(fx.SendCancel(order.order_id, order.terms.ticker))
        return found

    def _kill(self, _command: c.Kill) -> list[fx.Effect]:
        state = self._state
        state.mode = Mode.VIEW
        state.touch(_STATUS, _ORDERS)
        if state.read_only:
            return [state.notice(fx.NoticeLevel.WARNING, state.read_only)]
        state.killed_wall_ns = state.purged_wall_ns = state.wall_ns
        live = state.ledger.live()
        for order in live:
            order.cancel = CancelState.PENDING
            self.touch_orders(order.terms.ticker)
        text = f"KILL: canceling everything ({len(live)} known), the keyboard is in VIEW"
        return [fx.SendCancelAll(), state.notice(fx.NoticeLevel.ERROR, text)]

    def _sending(self, fact: e.Sending) -> list[fx.Effect]:
        order = self._state.ledger.order(fact.client_order_id)
        # The shell has journalled this state itself, with the time in the signature.
        self._step(order, OrderEvent.SEND)
        return []

    def _acked(self, fact: e.Acked) -> list[fx.Effect]:
        state, ledger = self._state, self._state.ledger
        order = ledger.order(fact.client_order_id)
        was_awaited = order.state in (OrderState.SENDING, OrderState.IN_DOUBT)
        try:
            entries = ledger.acked(
                fact.client_order_id, fact.order_id, fact.filled, fact.remaining, state.wall_ns
            )
        except IllegalTransitionError as error:
            return [self._alarm(order, error)]
        self._checks.reported(order)
        found: list[fx.Effect] = [*(fx.Record(entry) for entry in entries), *self.alarms()]
        self.touch_orders(order.terms.ticker)
        milliseconds = fact.round_trip_ns // 1_000_000
        if was_awaited:
            text = f"ack {_words(order)}: {_outcome(order)}, {milliseconds}ms"
            found.append(state.notice(fx.NoticeLevel.INFO, text))
        if order.cancel is CancelState.IN_DOUBT and order.is_live:
            found += self.cancel_orders([order])
        found.append(fx.Fetch(fx.Read.BALANCE))
        if order.state is OrderState.RESTING:
            found.append(fx.Fetch(fx.Read.QUEUES))
        return found

    def _refused(self, fact: e.Refused) -> list[fx.Effect]:
        detail = ": ".join(part for part in (fact.code, fact.detail) if part)
        order = self._state.ledger.order(fact.client_order_id)
        text = f"refused by the exchange ({fact.status} {detail}): {_words(order)}"
        return [
            *self.moved(order, OrderEvent.REFUSED, detail),
            self._state.notice(fx.NoticeLevel.ERROR, text),
        ]

    def _not_sent(self, fact: e.NotSent) -> list[fx.Effect]:
        order = self._state.ledger.order(fact.client_order_id)
        text = f"not sent ({fact.reason}): {_words(order)}"
        return [
            *self.moved(order, OrderEvent.NOT_SENT, fact.reason),
            self._state.notice(fx.NoticeLevel.ERROR, text),
        ]

    def _unknown(self, fact: e.OutcomeUnknown) -> list[fx.Effect]:
        order = self._state.ledger.order(fact.client_order_id)
        event = OrderEvent.EXISTS if fact.exists else OrderEvent.LOST
        found = self.moved(order, event, fact.reason)
        if order.state is not OrderState.IN_DOUBT:
            return found
        text = f"IN DOUBT ({fact.reason}): {_words(order)} - it counts until proven"
        return [
            *found,
            self._state.notice(fx.NoticeLevel.ERROR, text),
            fx.Fetch(fx.Read.SWEEP),
        ]

    def _journal_failed(self, fact: e.JournalFailed) -> list[fx.Effect]:
        order = self._state.ledger.order(fact.client_order_id)
        self._step(order, OrderEvent.NOT_SENT)
        order.detail = fact.reason
        self.touch_orders(order.terms.ticker)
        text = f"not sent, because it could not be recorded: {fact.reason}"
        return [self._state.notice(fx.NoticeLevel.ERROR, text)]

    def _cancel_acked(self, fact: e.CancelAcked) -> list[fx.Effect]:
        order = self._state.ledger.by_order_id(fact.order_id)
        if order is None:
            return []
        milliseconds = fact.round_trip_ns // 1_000_000
        text = f"canceled {_words(order)} {milliseconds}ms"
        return [
            *self.moved(order, OrderEvent.CANCELS, "by you"),
            self._state.notice(fx.NoticeLevel.INFO, text),
            fx.Fetch(fx.Read.BALANCE),
        ]

    def _cancel_refused(self, fact: e.CancelRefused) -> list[fx.Effect]:
        order = self._state.ledger.by_order_id(fact.order_id)
        if order is None or not order.is_live:
            return []
        self.touch_orders(order.terms.ticker)
        if fact.status == 404:
            # Not live any more, which may mean executed: only a read can tell.
            order.cancel = CancelState.IN_DOUBT
            return [fx.Fetch(fx.Read.SWEEP)]
        order.cancel = CancelState.NONE
        text = f"cancel refused ({fact.status} {fact.code}): {_words(order)} is still live"
        return [self._state.notice(fx.NoticeLevel.ERROR, text)]

    def _cancel_unknown(self, fact: e.CancelUnknown) -> list[fx.Effect]:
        order = self._state.ledger.by_order_id(fact.order_id)
        if order is None or not order.is_live:
            return []
        order.cancel = CancelState.IN_DOUBT
        self.touch_orders(order.terms.ticker)
        text = f"cancel in doubt ({fact.reason}): {_words(order)} may still be live"
        return [
            self._state.notice(fx.NoticeLevel.ERROR, text),
            fx.Fetch(fx.Read.SWEEP),
        ]

    def _cancel_all_answered(self, fact: e.CancelAllAnswered) -> list[fx.Effect]:
        live = self._state.ledger.live()
        if not fact.error:
            return [fx.Fetch(fx.Read.SWEEP), fx.Fetch(fx.Read.BALANCE)]
        text = f"cancel-all failed ({fact.error}): canceling {len(live)} orders one by one"
        return [
            self._state.notice(fx.NoticeLevel.ERROR, text),
            *(fx.SendCancel(each.order_id, each.terms.ticker) for each in live if each.order_id),
            fx.Fetch(fx.Read.SWEEP),
        ]

    def _step(self, order: Order, event: OrderEvent) -> None:
        self._state.ledger.move(order.client_order_id, event, self._state.wall_ns, order.detail)
        self.touch_orders(order.terms.ticker)

    def moved(self, order: Order, event: OrderEvent, detail: str) -> list[fx.Effect]:
        """Move an order along the table and return what to record; an alarm if it cannot."""
        try:
            entries = self._state.ledger.move(
                order.client_order_id, event, self._state.wall_ns, detail
            )
        except IllegalTransitionError as error:
            return [self._alarm(order, error)]
        self.touch_orders(order.terms.ticker)
        return [fx.Record(entry) for entry in entries]

    def alarms(self) -> list[fx.Effect]:
        """Return what the ledger found that should be impossible (TO19, FC08, FC24)."""
        return [
            self._state.notice(fx.NoticeLevel.ERROR, f"ALARM: {text}; F9 cancels everything")
            for text in self._state.ledger.take_alarms()
        ]

    def _alarm(self, order: Order, error: IllegalTransitionError) -> fx.Notify:
        return self._state.notice(fx.NoticeLevel.ERROR, f"{_words(order)}: {error}")

    def touch_orders(self, ticker: str) -> None:
        """Mark the views that show orders of a market."""
        self._state.touch(_ORDERS, _STATUS, (Pane.LADDER, ticker))


def _words(order: Order) -> str:
    verb = "B" if order.terms.side is BookSide.BID else "S"
    return f"{verb} {count_text(order.terms.count)} @{price_text(order.terms.price)}"


def _outcome(order: Order) -> str:
    if order.state is OrderState.EXECUTED:
        return "filled"
    if order.state is OrderState.RESTING:
        return "rests" if order.filled == 0 else f"{count_text(order.filled)} filled, rests"
    return f"{count_text(order.filled)} filled, the rest canceled"
