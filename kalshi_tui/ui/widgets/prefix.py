"""The size line: presets, and the pending prefix translated while it is typed."""

from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.strip import SizeRow, size_line
from kalshi_tui.ui.widgets.linegrid import LineGrid


class SizeLine(LineGrid[SizeRow]):
    """One line above the strip."""

    def show(self, row: SizeRow) -> None:
        """Show the presets and the pending text."""
        self.apply((row,))

    def paint(self, row: SizeRow, width: int) -> Line:
        return size_line(row, width, self.glyphs.rule, self.glyphs.ellipsis)
