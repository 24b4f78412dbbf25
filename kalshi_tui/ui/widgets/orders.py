"""The orders pane: working orders first, finished ones dimmed below."""

from kalshi_tui.core.views import OrdersView
from kalshi_tui.ui.widgets.pane import ListPane


class OrdersPane(ListPane):
    """Identity of a row: the client order id."""

    def show(self, view: OrdersView | None, ticker: str = "") -> None:
        """Take the latest view; orders of `ticker` (the watched market) omit their ticker."""
