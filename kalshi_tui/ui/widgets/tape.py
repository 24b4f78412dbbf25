"""The tape: public trades of the watched market, newest first."""

from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.views import TapeView
from kalshi_tui.ui.widgets.pane import ListPane


class TapePane(ListPane):
    """Identity of a row: the trade id."""

    def show(self, view: TapeView | None, outcome: Outcome = Outcome.YES) -> None:
        """Take the latest view, in prices of `outcome`."""
