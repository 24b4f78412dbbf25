"""Cancels: by order, side, market, all, and the answers to them.

A cancel passes no guard but a session that may not send at all. It is idempotent by the order's id,
so one whose answer is lost is asked again; a 404 means "not live any more", which may mean
executed. Owns the cancel sub-state of orders; KILL is `core.killswitch`.
Source: reliability TO22 to TO26, FC05, FC23.
"""

from collections.abc import Callable, Sequence
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.checks import Checks
from kalshi_tui.core.ledger import Order
from kalshi_tui.core.orders import CancelEvent, CancelState, OrderEvent
from kalshi_tui.core.state import State
from kalshi_tui.core.steps import Steps
from kalshi_tui.core.wording import order_words

_NOT_FOUND = 404


class Canceling:
    """The engine's cancels."""

    def __init__(self, state: State, steps: Steps, checks: Checks) -> None:
        self._state = state
        self._steps = steps
        self._checks = checks

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts and commands that this side of the engine takes."""
        return {
            c.Cancel: self._cancel,
            c.CancelMarket: self._cancel_market,
            c.CancelEverything: self._cancel_everything,
            c.CancelLast: self._cancel_last,
            e.CancelAcked: self._acked,
            e.CancelRefused: self._refused,
            e.CancelUnknown: self._unknown,
        }

    def _cancel(self, command: c.Cancel) -> list[fx.Effect]:
        ledger = self._state.ledger
        orders = [ledger.order(each) for each in command.client_order_ids if each in ledger]
        return self.cancel([order for order in orders if order.is_live])

    def _cancel_market(self, command: c.CancelMarket) -> list[fx.Effect]:
        orders = self._state.ledger.live(command.ticker)
        return self.cancel([each for each in orders if command.side in (None, each.terms.side)])

    def _cancel_everything(self, _command: c.CancelEverything) -> list[fx.Effect]:
        return self.cancel(self._state.ledger.live())

    def _cancel_last(self, _command: c.CancelLast) -> list[fx.Effect]:
        ledger, placed = self._state.ledger, self._steps.placed
        while placed:
            order = ledger.order(placed[-1])
            if order.is_live and order.cancel is CancelState.NONE:
                return self.cancel([order])
            placed.pop()
        text = "nothing to undo: no order placed in this session is live"
        return [self._state.notice(fx.NoticeLevel.INFO, text)]

    def cancel(self, orders: Sequence[Order]) -> list[fx.Effect]:
        """Cancel orders at once; those whose id is not known yet, as soon as it is."""
        state = self._state
        if state.read_only:
            return [state.notice(fx.NoticeLevel.WARNING, state.read_only)]
        if not orders:
            return [state.notice(fx.NoticeLevel.INFO, "no live order of yours there")]
        found: list[fx.Effect] = []
        for order in orders:
            if not order.order_id:
                self.mark([order], CancelEvent.NAMELESS)
                text = f"{order_words(order)} has no exchange id yet: it is canceled once it is"
                found.append(state.notice(fx.NoticeLevel.WARNING, f"{text} known"))
        return [*found, *self.send([each for each in orders if each.order_id])]

    def send(self, orders: Sequence[Order]) -> list[fx.Effect]:
        """Ask for the cancel of orders whose ids are known, in one batch where there are more."""
        self.mark(orders, CancelEvent.ASKED)
        cancels = tuple(fx.SendCancel(each.order_id, each.terms.ticker) for each in orders)
        return [fx.SendCancelBatch(cancels)] if len(cancels) > 1 else [*cancels]

    def mark(self, orders: Sequence[Order], event: CancelEvent) -> None:
        """Apply an event to the cancels of orders."""
        for order in orders:
            self._state.ledger.cancel(order, event, self._state.wall_ns)
            self._steps.touch(order.terms.ticker)

    def again(self) -> list[fx.Effect]:
        """After a complete read: ask again for cancels whose answer was lost."""
        waiting = [
            order
            for order in self._state.ledger.live()
            if order.cancel is CancelState.IN_DOUBT and order.order_id
        ]
        return self.send(waiting)

    def named(self, order: Order) -> list[fx.Effect]:
        """The exchange's id of an order is known now: send the cancel that waited for it."""
        if order.cancel is CancelState.IN_DOUBT and order.is_live and order.order_id:
            return self.send([order])
        return []

    def _acked(self, fact: e.CancelAcked) -> list[fx.Effect]:
        order = self._state.ledger.by_order_id(fact.order_id)
        if order is None:
            return []
        milliseconds = fact.round_trip_ns // 1_000_000
        text = f"canceled {order_words(order)} {milliseconds}ms"
        read: list[fx.Effect] = [fx.Fetch(fx.Read.BALANCE)]
        if order.is_live:
            # Less taken off than remained: it filled meanwhile, and that counts from now on.
            self._state.ledger.reduced(order, fact.reduced_by)
            if order.unbooked:
                # Such a read may fail: it is asked again until what was filled is known.
                self._checks.curtailed(order)
                read.append(fx.DrillDown(order.order_id))
        return [
            *self._steps.moved(order, OrderEvent.CANCELS, "by you"),
            self._state.notice(fx.NoticeLevel.INFO, text),
            *read,
        ]

    def _refused(self, fact: e.CancelRefused) -> list[fx.Effect]:
        order = self._state.ledger.by_order_id(fact.order_id)
        if order is None or not order.is_live:
            return []
        if fact.status == _NOT_FOUND:
            # Not live any more, which may mean executed: only a read can tell.
            self.mark([order], CancelEvent.GONE)
            return [fx.DrillDown(order.order_id)]
        self.mark([order], CancelEvent.DENIED)
        text = f"cancel refused ({fact.status} {fact.code}): {order_words(order)} is still live"
        return [self._state.notice(fx.NoticeLevel.ERROR, text)]

    def _unknown(self, fact: e.CancelUnknown) -> list[fx.Effect]:
        order = self._state.ledger.by_order_id(fact.order_id)
        if order is None or not order.is_live:
            return []
        self.mark([order], CancelEvent.LOST)
        text = f"cancel in doubt ({fact.reason}): {order_words(order)} may still be live"
        return [
            self._state.notice(fx.NoticeLevel.ERROR, text),
            fx.DrillDown(order.order_id),
        ]
