"""The status line: environment, mode, feed, cash, doubt and clock, in words."""

from datetime import tzinfo

from kalshi_tui.core.environments import Environment
from kalshi_tui.core.views import LadderView, StatusView
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.status import status_line
from kalshi_tui.ui.widgets.linegrid import LineGrid


class StatusLine(LineGrid[Line]):
    """One line high. `zone` is the clock's time zone, None the system's."""

    DEFAULT_CSS = "StatusLine { height: 1; background: $panel; }"

    def __init__(
        self,
        environment: Environment,
        *,
        glyphs: Glyphs = UNICODE,
        zone: tzinfo | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, id=id, classes=classes)
        self.environment = environment
        self.zone = zone
        self._view: StatusView | None = None
        self._ladder: LadderView | None = None

    def show(self, view: StatusView | None, ladder: LadderView | None = None) -> None:
        """Take the latest status, and the watched market for its ticker, title and book state."""
        self._view, self._ladder = view, ladder
        self.relayout()

    def relayout(self) -> None:
        width = self.size.width
        if width:
            self.apply([self._line(width)])

    def _line(self, width: int) -> Line:
        return status_line(
            self.environment, self._view, self._ladder, width, self.glyphs, self.zone
        )

    def paint(self, row: Line, width: int) -> Line:
        return row
