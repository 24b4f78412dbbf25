"""A panel of lines over the trade screen that follows the views while it is open.

Owns which stretch of the lines is in sight; what they say is the subclass's and `paint`'s.
"""

from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import MouseScrollDown, MouseScrollUp
from textual.widgets import Static

from kalshi_tui.core.views import ViewKey
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.window import clamp
from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.store import Store
from kalshi_tui.ui.widgets.linegrid import LineGrid

_PAGE = 10
_ALL = 10_000


class PanelGrid(LineGrid[Line]):
    """The panel's lines. Owns how far it is scrolled."""

    def __init__(self, store: Store, *, glyphs: Glyphs, zone: tzinfo | None, id: str) -> None:
        super().__init__(glyphs=glyphs, id=id)
        self.store = store
        self.zone = zone
        self._first = 0

    def lines(self, width: int) -> list[Line]:
        """Return the whole panel in lines of `width` cells."""
        raise NotImplementedError

    def scroll(self, lines: int) -> None:
        """Show what lies `lines` further down (negative: up)."""
        self._first += lines
        self.relayout()

    def relayout(self) -> None:
        width, height = self.size
        if not width:
            return
        lines = self.lines(width)
        self._first = clamp(self._first, height, len(lines))
        self.apply(lines[self._first : self._first + height])

    def paint(self, row: Line, width: int) -> Line:
        return row

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.scroll(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.scroll(-3)


class PanelScreen(Prompt[None]):
    """Esc leaves. `concerned` are the views that change it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(-1)", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("pageup", f"scroll({-_PAGE})", show=False),
        Binding("pagedown,space", f"scroll({_PAGE})", show=False),
        Binding("home", f"scroll({-_ALL})", show=False),
        Binding("end", f"scroll({_ALL})", show=False),
        Binding("enter,q", "leave", show=False),
    ]

    concerned: ClassVar[frozenset[ViewKey]] = frozenset()

    def __init__(self, store: Store, glyphs: Glyphs = UNICODE, zone: tzinfo | None = None) -> None:
        super().__init__()
        self.store = store
        self.glyphs = glyphs
        self.zone = zone

    def grid(self) -> PanelGrid:
        """Return the panel's lines, for this screen."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog panel"):
            yield self.grid()
            yield Static("Up Down scroll, Esc leaves.", classes="dialog-hint", markup=False)

    def follow(self, changed: frozenset[ViewKey]) -> None:
        if changed & self.concerned:
            self.query_one(PanelGrid).relayout()

    def action_scroll(self, lines: int) -> None:
        self.query_one(PanelGrid).scroll(lines)
