"""What the exchange says about our account by itself, and what the journal says at start.

Order reports, fills, positions, queue positions and complete sweeps, from the private feed or from
REST; the ledger deduplicates. Sends nothing but the cancels that waited for an order's id.
"""

from collections.abc import Callable, Iterable
from typing import Any

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.checks import Checks
from kalshi_tui.core.entry import OrderEntry
from kalshi_tui.core.orders import BREACHED, HELD, CancelState, OrderEvent, OrderState
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.state import State
from kalshi_tui.core.units import NO_COUNT, Count, count_text, price_text
from kalshi_tui.core.views import Pane

_FILLS = (Pane.FILLS, "")
_POSITIONS = (Pane.POSITIONS, "")
_MARKETS = (Pane.MARKETS, "")


class Reports:
    """The engine's private data."""

    def __init__(self, state: State, entry: OrderEntry, checks: Checks) -> None:
        self._state = state
        self._entry = entry
        self._checks = checks

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts that this side of the engine takes."""
        return {
            e.OrderReported: self._reported,
            e.Filled: self._filled,
            e.PositionReported: self._position,
            e.QueuesReported: self._queues,
            e.Swept: self._swept,
        }

    def trade_ahead(self, trade: e.Traded) -> bool:
        """A public trade at one of our prices moves the queue. Returns True where it did."""
        moved = False
        for order in self._state.ledger.live(trade.ticker):
            at_level = order.terms.price == trade.price and order.terms.side is not trade.taker_side
            if at_level and order.queue is not None:
                order.queue = max(NO_COUNT, Count(order.queue - trade.size))
                order.queue_is_estimate = True
                moved = True
        return moved

    def restore(self, entries: Iterable[fx.JournalEntry]) -> list[fx.Effect]:
        """Replay the journal and settle what the restart decides (TO04, TO35)."""
        ledger = self._state.ledger
        for entry in entries:
            match entry:
                case fx.Intent(coid, terms, wall_ns, external):
                    if coid not in ledger:
                        ledger.open(coid, terms, wall_ns, external=external)
                case fx.StateEntry(coid, state, wall_ns, order_id, detail):
                    if coid in ledger:
                        ledger.restore(coid, state, wall_ns, detail)
                        if order_id:
                            ledger.bind(coid, order_id)
                case fx.OrderEntry(_, report):
                    ledger.reported(report, report.updated_ms * 1_000_000)
                case fx.FillEntry(_, fill):
                    ledger.filled(fill)
                case fx.RequestEntry():
                    ledger.requested(entry)
        return self._settle_restart()

    def _settle_restart(self) -> list[fx.Effect]:
        found: list[fx.Effect] = []
        for order in self._state.ledger.live():
            if order.state is OrderState.INTENT:
                found += self._entry.moved(
                    order, OrderEvent.NOT_SENT, "the program ended before it was sent"
                )
            elif order.state is OrderState.SENDING:
                found += self._entry.moved(
                    order, OrderEvent.LOST, "the program ended before the answer"
                )
        return found

    def _reported(self, fact: e.OrderReported) -> list[fx.Effect]:
        ledger = self._state.ledger
        known = ledger.find(fact.order_id, fact.client_order_id)
        was = known.state if known is not None else None
        entries = ledger.reported(fact, self._state.wall_ns)
        self._entry.touch_orders(fact.ticker)
        found: list[fx.Effect] = [fx.Record(entry) for entry in entries]
        if fact.status is e.ReportedStatus.UNKNOWN:
            text = f"order {fact.order_id} has a status this program does not know"
            found.append(self._state.notice(fx.NoticeLevel.ERROR, text))
        order = ledger.by_order_id(fact.order_id)
        if order is not None:
            self._checks.reported(order)
            if was in BREACHED and was is not None and order.state in HELD:
                self._checks.breached(order, was)
        found += self._entry.alarms()
        if order is not None and order.state is OrderState.RESTING and was is not order.state:
            found.append(fx.Fetch(fx.Read.QUEUES))
        if entries:
            found.append(fx.Fetch(fx.Read.BALANCE))
        return found

    def _filled(self, fact: e.Filled) -> list[fx.Effect]:
        entries = self._state.ledger.filled(fact)
        if not entries:
            return []
        self._checks.filled(fact)
        self._entry.touch_orders(fact.ticker)
        self._state.touch(_FILLS, _POSITIONS)
        verb = "B" if fact.side is BookSide.BID else "S"
        role = "taker" if fact.is_taker else "maker"
        text = f"filled {verb} {count_text(fact.count)} @{price_text(fact.price)} {role}"
        return [
            *(fx.Record(entry) for entry in entries),
            self._state.notice(fx.NoticeLevel.GOOD, text),
            fx.Fetch(fx.Read.BALANCE),
        ]

    def _position(self, fact: e.PositionReported) -> list[fx.Effect]:
        self._state.ledger.stated(fact)
        self._checks.stated(fact)
        self._state.touch(_POSITIONS, _MARKETS, (Pane.LADDER, fact.ticker))
        return []

    def _queues(self, fact: e.QueuesReported) -> list[fx.Effect]:
        for order_id, ahead in fact.queues:
            order = self._state.ledger.by_order_id(order_id)
            if order is not None and order.is_live:
                order.queue, order.queue_is_estimate = ahead, False
                self._entry.touch_orders(order.terms.ticker)
        return []

    def _swept(self, fact: e.Swept) -> list[fx.Effect]:
        ledger = self._state.ledger
        found: list[fx.Effect] = []
        for report in fact.orders:
            found += self._reported(report)
        for fill in fact.fills:
            entries = ledger.filled(fill)
            if entries:
                self._checks.filled(fill)
            found += [fx.Record(entry) for entry in entries]
        for position in fact.positions:
            ledger.stated(position)
            self._checks.stated(position)
        before_ms = fact.begun_wall_ns // 1_000_000
        ledger.flatten_missing((each.ticker for each in fact.positions), before_ms)
        self._state.touch(_FILLS, _POSITIONS, _MARKETS, (Pane.ORDERS, ""), (Pane.STATUS, ""))
        for ticker in self._state.board.states:
            self._state.touch((Pane.LADDER, ticker))
        return [*found, *self._checks.swept(fact), *self._late_cancels()]

    def _late_cancels(self) -> list[fx.Effect]:
        """Cancels that waited for an exchange id, or whose answer was lost, are sent again."""
        waiting = [
            order
            for order in self._state.ledger.live()
            if order.cancel is CancelState.IN_DOUBT and order.order_id
        ]
        return self._entry.cancel_orders(waiting) if waiting else []
