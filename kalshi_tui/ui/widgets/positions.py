"""The positions pane: the watched market in full, the others a line each."""

from collections.abc import Sequence

from kalshi_tui.core.views import LadderView, PositionsView
from kalshi_tui.ui.paint.entry import Entry
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.positions import position_entries, positions_title
from kalshi_tui.ui.widgets.pane import ListPane


class PositionsPane(ListPane):
    """Identity of a row: the ticker."""

    _view: PositionsView | None = None
    _ladder: LadderView | None = None
    _entries: Sequence[Entry] = ()

    def show(self, view: PositionsView | None, ladder: LadderView | None = None) -> None:
        """Take the latest view; `ladder` is the watched market, for exit value and pay-offs."""
        self._view, self._ladder = view, ladder
        self.relayout()

    def heading(self, width: int) -> list[Line]:
        return [positions_title(self._view, self.hint, width, self.glyphs)]

    def identities(self, width: int) -> Sequence[str]:
        self._entries = position_entries(self._view, self._ladder, width, self.glyphs)
        return [identity for identity, _ in self._entries]

    def line(self, at: int, width: int) -> Line:
        return self._entries[at][1]
