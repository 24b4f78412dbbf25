"""The orders pane: working orders first, finished ones dimmed below. Shows, never sends."""

from collections.abc import Sequence

from kalshi_tui.core.views import OrderRow, OrdersView
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.orders import order_line, orders_title
from kalshi_tui.ui.widgets.pane import ListPane


class OrdersPane(ListPane):
    """Identity of a row: the client order id, or the order id of an order that is not ours."""

    _view: OrdersView | None = None
    _rows: tuple[OrderRow, ...] = ()
    _ticker = ""
    _doubtful = False
    _wall_ns = 0

    def show(
        self,
        view: OrdersView | None,
        ticker: str = "",
        *,
        doubtful: bool = False,
        wall_ns: int = 0,
    ) -> None:
        """Take the latest view; orders of `ticker` (the watched market) omit their ticker.

        `doubtful` marks the queues of that market as estimates: its book is not LIVE. `wall_ns` is
        the present: the ages of doubts run with it.
        """
        has_ages = view is not None and any(row.doubt_wall_ns is not None for row in view.live)
        is_same = view is self._view and (ticker, doubtful) == (self._ticker, self._doubtful)
        if is_same and not (has_ages and wall_ns != self._wall_ns):
            return
        self._wall_ns = wall_ns
        self._view, self._ticker, self._doubtful = view, ticker, doubtful
        self._rows = (*view.live, *view.done) if view is not None else ()
        self.relayout()

    def heading(self, width: int) -> list[Line]:
        return [orders_title(self._view, self.hint, width, self.glyphs)]

    def identities(self, width: int) -> Sequence[str]:
        return [row.client_order_id or row.order_id for row in self._rows]

    def line(self, at: int, width: int) -> Line:
        row = self._rows[at]
        doubtful = self._doubtful and row.ticker == self._ticker
        return order_line(
            row, self._ticker, width, self.glyphs, doubtful=doubtful, wall_ns=self._wall_ns
        )
