"""The fills pane: our executions, newest first."""

from collections.abc import Sequence

from kalshi_tui.core.views import FillRow, FillsView
from kalshi_tui.ui.paint.fills import fill_line, fills_title
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.widgets.pane import ListPane


class FillsPane(ListPane):
    """Identity of a row: the trade id."""

    _view: FillsView | None = None
    _rows: tuple[FillRow, ...] = ()
    _ticker = ""

    def show(self, view: FillsView | None, ticker: str = "") -> None:
        """Take the latest view; fills of `ticker` (the watched market) omit their ticker."""
        self._view, self._ticker = view, ticker
        self._rows = view.rows if view is not None else ()
        self.relayout()

    def heading(self, width: int) -> list[Line]:
        return [fills_title(self._view, self.hint, width, self.glyphs)]

    def identities(self, width: int) -> Sequence[str]:
        return [row.trade_id for row in self._rows]

    def line(self, at: int, width: int) -> Line:
        return fill_line(self._rows[at], self._ticker, width, self.glyphs, self.zone)
