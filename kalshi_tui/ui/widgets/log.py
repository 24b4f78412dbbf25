"""The log: what happened, newest first, as many lines as the pane is high."""

from collections.abc import Iterable

from kalshi_tui.core.effects import Notify
from kalshi_tui.ui.widgets.pane import ListPane


class LogPane(ListPane):
    """Keeps the last 500 notices. One line high it shows the newest."""

    def add(self, notices: Iterable[Notify]) -> None:
        """Append notices, oldest first."""
