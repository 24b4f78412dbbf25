"""The market line: touch, spread, mid, last trade, volume and time to close."""

from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.widgets.linegrid import LineGrid


class MarketLine(LineGrid[Line]):
    """One line high."""

    def show(self, view: LadderView | None, wall_ns: int, outcome: Outcome = Outcome.YES) -> None:
        """Take the latest book; `wall_ns` is the present for the time to close."""
