"""The fills pane: our executions, newest first."""

from kalshi_tui.core.views import FillsView
from kalshi_tui.ui.widgets.pane import ListPane


class FillsPane(ListPane):
    """Identity of a row: the trade id."""

    def show(self, view: FillsView | None) -> None:
        """Take the latest view."""
