"""A titled list of rows with an optional selection: the base of the rail's panes.

Owns scrolling and the selection, which is pinned to a row's identity and not to its place: when
that row goes away nothing is selected, so that a key never acts on a row that moved under it.
"""

from collections.abc import Sequence
from datetime import tzinfo

from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message

from kalshi_tui.ui.paint.entry import selected
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.window import clamp, keeping
from kalshi_tui.ui.widgets.linegrid import LineGrid

WHEEL_ROWS = 3


class ListPane(LineGrid[Line], can_focus=True):
    """A title line and rows below it.

    `zone` is the clock's time zone, None the system's; `hint` stands at the right of the title
    (the key that focuses the pane).
    """

    class Selected(Message):
        """Another row is selected; `identity` is the row's own id, empty for none."""

        def __init__(self, pane: "ListPane", identity: str) -> None:
            super().__init__()
            self.pane = pane
            self.identity = identity

        @property
        def control(self) -> "ListPane":
            return self.pane

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        zone: tzinfo | None = None,
        hint: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, id=id, classes=classes)
        self.zone = zone
        self.hint = hint
        self.selected = ""
        """Identity of the selected row (client order id, ticker, trade id), or empty."""
        self._identities: Sequence[str] = ()
        self._first = 0

    def heading(self, width: int) -> list[Line]:
        """Return the lines that do not scroll; a subclass overrides it."""
        return []

    def identities(self, width: int) -> Sequence[str]:
        """Return every row's identity; an empty one cannot be selected."""
        return ()

    def line(self, at: int, width: int) -> Line:
        """Return row `at`. Asked for rows in sight alone."""
        raise NotImplementedError

    def move(self, rows: int) -> None:
        """Move the selection down by `rows` (negative: up); from none, to the first row."""
        places = [at for at, identity in enumerate(self._identities) if identity]
        if not places:
            return
        here = next((at for at in places if self._identities[at] == self.selected), None)
        index = 0 if here is None else places.index(here) + rows
        self._select_at(places[max(0, min(index, len(places) - 1))])

    def page(self, pages: int) -> None:
        """Move the selection by pages."""
        self.move(pages * max(self._room, 1))

    def unselect(self) -> None:
        """Select nothing and show the newest rows again."""
        self._first = 0
        self._select("")
        self.relayout()

    @property
    def _room(self) -> int:
        width, height = self.size
        return max(height - len(self.heading(width)), 0)

    def _select(self, identity: str) -> None:
        if identity != self.selected:
            self.selected = identity
            self.post_message(self.Selected(self, identity))

    def _select_at(self, at: int) -> None:
        self._select(self._identities[at])
        self._first = keeping(at, self._first, self._room, len(self._identities))
        self.relayout()

    def relayout(self) -> None:
        width, height = self.size
        if not width or not height:
            return
        heading = self.heading(width)
        self._identities = self.identities(width)
        if self.selected and self.selected not in self._identities:
            self._select("")
        room = max(height - len(heading), 0)
        self._first = clamp(self._first, room, len(self._identities))
        last = min(self._first + room, len(self._identities))
        body = [self._row(at, width) for at in range(self._first, last)]
        self.apply([*heading, *body][:height])

    def _row(self, at: int, width: int) -> Line:
        line = self.line(at, width)
        is_selected = self.selected and self._identities[at] == self.selected
        return selected(line) if is_selected else line

    def paint(self, row: Line, width: int) -> Line:
        return row

    def on_click(self, event: Click) -> None:
        place = event.get_content_offset(self)
        if place is None:
            return
        at = self._first + place.y - (self.size.height - self._room)
        if self._first <= at < len(self._identities) and self._identities[at]:
            self._select_at(at)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self._first += WHEEL_ROWS
        self.relayout()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self._first -= WHEEL_ROWS
        self.relayout()
