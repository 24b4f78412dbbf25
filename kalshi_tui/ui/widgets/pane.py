"""A titled list of rows with an optional selection: the base of the rail's panes.

Owns scrolling and the selection, which is pinned to a row's identity and not to its place.
"""

from datetime import tzinfo

from textual.message import Message

from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.widgets.linegrid import LineGrid


class ListPane(LineGrid[Line], can_focus=True):
    """A title line and rows below it. `zone` is the clock's time zone; None is the system's."""

    class Selected(Message):
        """Another row is selected; `identity` is the row's own id, empty for none."""

        def __init__(self, pane: "ListPane", identity: str) -> None:
            super().__init__()
            self.pane = pane
            self.identity = identity

        @property
        def control(self) -> "ListPane":
            return self.pane

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        zone: tzinfo | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, id=id, classes=classes)
        self.zone = zone
        self.selected = ""
        """Identity of the selected row (client order id, ticker, trade id), or empty."""

    def move(self, rows: int) -> None:
        """Move the selection down by `rows` (negative: up)."""

    def page(self, pages: int) -> None:
        """Move the selection by pages."""
