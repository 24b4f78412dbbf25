"""The order strip: one line that says what Enter will do. Owns nothing but its line."""

from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.strip import StripRow, strip_line
from kalshi_tui.ui.widgets.linegrid import LineGrid


class Strip(LineGrid[StripRow]):
    """One line; the same preview object as the ticket's."""

    def show(self, row: StripRow) -> None:
        """Show a draft under review, or a note."""
        self.apply((row,))

    def paint(self, row: StripRow, width: int) -> Line:
        return strip_line(row, width, self.glyphs.rule, self.glyphs.ellipsis)
