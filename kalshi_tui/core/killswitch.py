"""Runs a KILL: halts, triggers the order groups, cancels all, and does not say done before it is.

The phases are `core.killing`; this module feeds them with answers, complete reads and the time, and
words what they mean. It counts from what the exchange reports of each order, never from the answer
to cancel-all. Works in a session that may not trade: it needs no record.
Source: reliability 8.3, TO37, FC13, FK09, FK10.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.canceling import Canceling
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.groups import Groups
from kalshi_tui.core.killing import FORBIDS, KillEvent, KillPhase, KillProgress, advance
from kalshi_tui.core.ledger import Order
from kalshi_tui.core.orders import CancelEvent, CancelState, RequestKind, RequestState
from kalshi_tui.core.state import State
from kalshi_tui.core.views import Pane
from kalshi_tui.core.wording import orders_words

SECOND = 1_000_000_000
AGAIN_NS = 2 * SECOND
"""Pause before an order's cancel is asked again."""

SCAN_NS = SECOND // 2
"""Pause before a complete read that proved nothing is asked again."""

_STATUS = (Pane.STATUS, "")
_ORDERS = (Pane.ORDERS, "")
_SCANNED = frozenset({KillPhase.VERIFYING, KillPhase.RECHECKING})


class KillSwitch:
    """One KILL at a time; a second press begins it anew."""

    def __init__(self, state: State, canceling: Canceling, groups: Groups) -> None:
        self._state = state
        self._canceling = canceling
        self._groups = groups
        self._orders: dict[str, Order] = {}
        """Every order that was live since the press, by client order id."""
        self._again_ns: dict[str, int] = {}
        self._scan_ns = 0
        self._current_from_ns: int | None = None
        """On the exchange's clock: a read that is not current to this proves nothing."""

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts and commands that this side of the engine takes."""
        return {c.Kill: self._kill, e.CancelAllAnswered: self._answered}

    def _kill(self, _command: c.Kill) -> list[fx.Effect]:
        state = self._state
        state.mode = Mode.VIEW
        state.killed_wall_ns = state.purged_wall_ns = state.wall_ns
        live = state.ledger.live()
        self._orders = {each.client_order_id: each for each in live}
        self._again_ns.clear()
        state.kill = KillProgress(KillPhase.CANCELING, state.wall_ns, len(live), 0, len(live))
        self._canceling.mark(live, CancelEvent.ASKED)
        state.touch(_STATUS, _ORDERS)
        text = f"KILL: canceling everything ({len(live)} known), the keyboard is in VIEW"
        return [
            *self._groups.trigger(),
            fx.SendCancelAll(),
            *self._record(RequestState.PENDING),
            state.notice(fx.NoticeLevel.ERROR, text),
        ]

    def _record(self, outcome: RequestState) -> list[fx.Effect]:
        state = self._state
        if state.read_only or state.kill is None:
            return []
        began = state.kill.begun_wall_ns
        entry = fx.RequestEntry(f"kill-{began}", "", RequestKind.KILL, outcome, state.wall_ns)
        return [fx.Record(entry)]

    def _answered(self, fact: e.CancelAllAnswered) -> list[fx.Effect]:
        state = self._state
        if state.kill is None or state.kill.phase is not KillPhase.CANCELING:
            return []
        live = self._live()
        if not fact.error:
            self._advance(KillEvent.ANSWERED)
            self._canceling.mark(live, CancelEvent.SWEPT_UP)
            self._wait(live)
            return [*self._scan(), fx.Fetch(fx.Read.BALANCE)]
        self._advance(KillEvent.FAILED, fact.error)
        text = f"cancel-all failed ({fact.error}): canceling {orders_words(len(live))} one by one"
        return [
            state.notice(fx.NoticeLevel.ERROR, text),
            *self._cancel(live),
            *self._scan(),
        ]

    def scanned(self, fact: e.ScanCompleted) -> list[fx.Effect]:
        """A complete read of what rests was booked."""
        kill = self._state.kill
        if kill is None or kill.phase not in _SCANNED:
            return []
        if self._current_from_ns is None:
            # The first that began after the cancels: from here on, reads have to reach this far.
            self._current_from_ns = fact.begun_wall_ns
        self._collect()
        if fact.resting:
            text = f"{orders_words(len(fact.resting))} still rest"
            self._advance(KillEvent.LEFT, text)
            self._current_from_ns = None
            return self._cancel(
                [each for each in self._live() if each.order_id and self._is_due(each)]
            )
        if fact.as_of_ns < self._current_from_ns:
            self._advance(KillEvent.LEFT, "the exchange's reads are not current yet")
            return []
        return self._clear()

    def _clear(self) -> list[fx.Effect]:
        state = self._state
        self._advance(KillEvent.CLEAR)
        assert state.kill is not None
        done = f"{orders_words(state.kill.acknowledged)} acknowledged as gone"
        if state.kill.phase is KillPhase.TAIL:
            text = f"KILL: nothing rests, {done}; it is verified again after the exchange's minute"
            return [state.notice(fx.NoticeLevel.WARNING, text)]
        state.killed_wall_ns = None
        text = f"KILL: still nothing rests, {done}"
        return [state.notice(fx.NoticeLevel.WARNING, text), *self.look()]

    def tick(self) -> list[fx.Effect]:
        """Let the tail pass; ask again for what proved nothing."""
        state, kill = self._state, self._state.kill
        if kill is None or kill.phase is KillPhase.DONE:
            return []
        found: list[fx.Effect] = []
        if kill.phase is KillPhase.TAIL and state.purge_until_ns is None:
            self._advance(KillEvent.TAIL_OVER)
            found += self._scan()
        elif kill.phase in _SCANNED and state.mono_ns >= self._scan_ns:
            found += self._scan(is_first=False)
        return [*found, *self.look()]

    def look(self) -> list[fx.Effect]:
        """After whatever was said of an order: count, and cancel what turned up."""
        state, kill = self._state, self._state.kill
        if kill is None or kill.phase in (KillPhase.DONE, KillPhase.CANCELING):
            return []
        self._collect()
        due = [
            order
            for order in self._live()
            if order.order_id and order.cancel is not CancelState.PENDING and self._is_due(order)
        ]
        found = self._cancel(due)
        if kill.phase is not KillPhase.DOUBT or self._live():
            return found
        self._advance(KillEvent.SETTLED)
        assert state.kill is not None
        count = orders_words(state.kill.acknowledged)
        text = f"KILL done: nothing rests and nothing is in doubt; {count} acknowledged as gone"
        return [
            *found,
            *self._record(RequestState.DONE),
            state.notice(fx.NoticeLevel.GOOD, text),
        ]

    def _live(self) -> list[Order]:
        return [order for order in self._orders.values() if order.is_live]

    def _collect(self) -> None:
        """Take in what turned up since; once orders may be placed again, nothing more."""
        kill = self._state.kill
        assert kill is not None
        if kill.phase in FORBIDS:
            exits = self._state.exits
            for order in self._state.ledger.live():
                if order.client_order_id in exits and not order.is_in_doubt:
                    # A flatten's exit never rests, and was asked for since.
                    continue
                self._orders.setdefault(order.client_order_id, order)
        self._count()

    def _count(self) -> None:
        kill = self._state.kill
        assert kill is not None
        left = len(self._live())
        known = len(self._orders)
        counted = replace(kill, known=known, acknowledged=known - left, left=left)
        if counted != kill:
            self._state.kill = counted
            self._state.touch(_STATUS)

    def _advance(self, event: KillEvent, detail: str = "") -> None:
        kill = self._state.kill
        assert kill is not None
        self._state.kill = replace(kill, phase=advance(kill.phase, event), detail=detail)
        self._state.touch(_STATUS)
        self._count()

    def _scan(self, *, is_first: bool = True) -> list[fx.Effect]:
        if is_first:
            self._current_from_ns = None
        self._scan_ns = self._state.mono_ns + SCAN_NS
        return [fx.Fetch(fx.Read.SCAN)]

    def _is_due(self, order: Order) -> bool:
        return self._state.mono_ns >= self._again_ns.get(order.client_order_id, 0)

    def _wait(self, orders: list[Order]) -> None:
        for order in orders:
            self._again_ns[order.client_order_id] = self._state.mono_ns + AGAIN_NS

    def _cancel(self, orders: list[Order]) -> list[fx.Effect]:
        named = [each for each in orders if each.order_id]
        self._wait(named)
        return self._canceling.send(named)
