"""The status line: environment, mode, feed, cash, doubt and clock, in words."""

from datetime import tzinfo

from kalshi_tui.core.environments import Environment
from kalshi_tui.core.views import LadderView, StatusView
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.widgets.linegrid import LineGrid


class StatusLine(LineGrid[Line]):
    """One line high. `zone` is the clock's time zone; None is the system's."""

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

    def show(self, view: StatusView | None, ladder: LadderView | None = None) -> None:
        """Take the latest status, and the watched market for its ticker, title and book state."""
