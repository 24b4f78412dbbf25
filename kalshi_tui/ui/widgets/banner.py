"""The banner: one line over the size line that is there only while something is wrong.

It stands below the ladder, so that no price moves when it comes or goes.
"""

from kalshi_tui.core.views import LadderView, StatusView
from kalshi_tui.ui.paint.banner import Alarm, alarms, banner_line
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.widgets.linegrid import LineGrid


class Banner(LineGrid[Line]):
    """One line high, or none."""

    DEFAULT_CSS = "Banner { height: 1; display: none; }"

    _alarms: tuple[Alarm, ...] = ()

    def show(self, status: StatusView | None, ladder: LadderView | None) -> None:
        """Take the latest views."""
        found = tuple(alarms(status, ladder))
        if found != self._alarms:
            self._alarms = found
            self.display = bool(found)
            self.relayout()

    def relayout(self) -> None:
        if width := self.size.width:
            self.apply([banner_line(list(self._alarms), width, self.glyphs)])

    def paint(self, row: Line, width: int) -> Line:
        return row
