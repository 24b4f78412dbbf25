"""The positions pane: the watched market in full, the others a line each."""

from kalshi_tui.core.views import LadderView, PositionsView
from kalshi_tui.ui.widgets.pane import ListPane


class PositionsPane(ListPane):
    """Identity of a row: the ticker."""

    def show(self, view: PositionsView | None, ladder: LadderView | None = None) -> None:
        """Take the latest view; `ladder` is the watched market, for exit value and pay-offs."""
