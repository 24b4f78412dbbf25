"""The limits panel over the trade screen: `:limits`. The lines are `paint.limits`'."""

from datetime import tzinfo
from typing import ClassVar

from kalshi_tui.core.risk import Limits
from kalshi_tui.core.views import Pane, ViewKey
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.limits import limit_lines
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.screens.panel import PanelGrid, PanelScreen
from kalshi_tui.ui.store import Store


class LimitsGrid(PanelGrid):
    """Each cap beside what is used of it."""

    def __init__(
        self, store: Store, limits: Limits, *, glyphs: Glyphs, zone: tzinfo | None, id: str
    ) -> None:
        super().__init__(store, glyphs=glyphs, zone=zone, id=id)
        self.limits = limits

    def lines(self, width: int) -> list[Line]:
        store = self.store
        live = len(store.live_orders)
        return limit_lines(self.limits, store.status, store.ladder, live, width, self.glyphs)


class LimitsScreen(PanelScreen):
    """Esc leaves. Nothing can be changed here: caps are the settings'."""

    concerned: ClassVar[frozenset[ViewKey]] = frozenset({(Pane.STATUS, ""), (Pane.ORDERS, "")})

    def __init__(
        self, store: Store, limits: Limits, glyphs: Glyphs = UNICODE, zone: tzinfo | None = None
    ) -> None:
        super().__init__(store, glyphs, zone)
        self.limits = limits

    def grid(self) -> PanelGrid:
        return LimitsGrid(
            self.store, self.limits, glyphs=self.glyphs, zone=self.zone, id="limits-lines"
        )
