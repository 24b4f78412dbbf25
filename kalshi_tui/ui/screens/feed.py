"""The feed panel over the trade screen: `:feed`. The lines are `paint.feed`'s."""

from typing import ClassVar

from kalshi_tui.core.views import Pane, ViewKey
from kalshi_tui.ui.paint.feed import Look, feed_lines
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.screens.panel import PanelGrid, PanelScreen


class FeedGrid(PanelGrid):
    """What the connection carries, what was lost, what was proven since."""

    def lines(self, width: int) -> list[Line]:
        store = self.store
        look = Look(width, self.glyphs, self.zone, store.mono_ns)
        return feed_lines(store.feed, store.differences, store.status, look)


class FeedScreen(PanelScreen):
    """Esc leaves."""

    concerned: ClassVar[frozenset[ViewKey]] = frozenset(
        {(Pane.FEED, ""), (Pane.DIFFERENCES, ""), (Pane.STATUS, "")}
    )

    def grid(self) -> PanelGrid:
        return FeedGrid(self.store, glyphs=self.glyphs, zone=self.zone, id="feed-lines")
