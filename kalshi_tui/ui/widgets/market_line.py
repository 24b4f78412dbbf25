"""The market line: touch, spread, mid, last trade, volume and time to close."""

from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.quote import market_line
from kalshi_tui.ui.widgets.linegrid import LineGrid


class MarketLine(LineGrid[Line]):
    """One line high."""

    DEFAULT_CSS = "MarketLine { height: 1; }"

    _view: LadderView | None = None
    _wall_ns = 0
    _outcome = Outcome.YES

    def show(self, view: LadderView | None, wall_ns: int, outcome: Outcome = Outcome.YES) -> None:
        """Take the latest book; `wall_ns` is the present for the time to close."""
        self._view, self._wall_ns, self._outcome = view, wall_ns, outcome
        self.relayout()

    def relayout(self) -> None:
        width = self.size.width
        if width:
            line = market_line(self._view, self._wall_ns, self._outcome, width, self.glyphs)
            self.apply([line])

    def paint(self, row: Line, width: int) -> Line:
        return row
