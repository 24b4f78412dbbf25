"""Moves orders along their table and says what is to be recorded and shown.

The one place where the parts of the engine that handle orders change an order's state. Owns no
rule: the table is `core.orders`, the record is `core.ledger`.
"""

from kalshi_tui.core import effects as fx
from kalshi_tui.core.ledger import Order
from kalshi_tui.core.orders import IllegalTransitionError, OrderEvent
from kalshi_tui.core.state import State
from kalshi_tui.core.views import Pane
from kalshi_tui.core.wording import order_words

_ORDERS = (Pane.ORDERS, "")
_STATUS = (Pane.STATUS, "")


class Steps:
    """Shared by the parts that handle orders."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.placed: list[str] = []
        """Orders placed in this session, oldest first, for the undo key."""

    def moved(self, order: Order, event: OrderEvent, detail: str) -> list[fx.Effect]:
        """Move an order along the table and return what to record; an alarm if it cannot."""
        state = self._state
        try:
            entries = state.ledger.move(order.client_order_id, event, state.wall_ns, detail)
        except IllegalTransitionError as error:
            return [self.alarm(order, error)]
        self.touch(order.terms.ticker)
        return [*(fx.Record(entry) for entry in entries), *self.alarms()]

    def unrecorded(self, order: Order, event: OrderEvent) -> list[fx.Effect]:
        """Move an order whose new state the shell has journalled, or could not."""
        moved = self.moved(order, event, order.detail)
        return [each for each in moved if not isinstance(each, fx.Record)]

    def alarm(self, order: Order, error: IllegalTransitionError) -> fx.Notify:
        """Return what could not happen, as a notice."""
        return self._state.notice(fx.NoticeLevel.ERROR, f"{order_words(order)}: {error}")

    def alarms(self) -> list[fx.Effect]:
        """Return what the ledger found that should be impossible (TO19, FC08, FC24)."""
        return [
            self._state.notice(fx.NoticeLevel.ERROR, f"ALARM: {text}; F9 cancels everything")
            for text in self._state.ledger.take_alarms()
        ]

    def touch(self, ticker: str) -> None:
        """Mark the views that show orders of a market."""
        self._state.touch(_ORDERS, _STATUS, (Pane.LADDER, ticker))
