"""The log: what happened, newest first, as many lines as the pane is high."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import tzinfo

from kalshi_tui.core.effects import Notify
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.log import notice_lines
from kalshi_tui.ui.widgets.pane import ListPane

KEPT = 200


class LogPane(ListPane):
    """Keeps the last 200 notices. One line high it shows the newest; higher, it wraps long ones."""

    DEFAULT_CSS = "LogPane { height: 1; }"

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        zone: tzinfo | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, zone=zone, id=id, classes=classes)
        self._notices: deque[Notify] = deque(maxlen=KEPT)
        self._lines: list[Line] = []

    def add(self, notices: Iterable[Notify]) -> None:
        """Append notices, oldest first."""
        self._notices.extendleft(notices)
        self.relayout()

    def identities(self, width: int) -> Sequence[str]:
        wrap = self.size.height > 1
        self._lines = [
            line
            for notice in self._notices
            for line in notice_lines(notice, width, self.glyphs, self.zone, wrap=wrap)
        ]
        return [""] * len(self._lines)

    def line(self, at: int, width: int) -> Line:
        return self._lines[at]
