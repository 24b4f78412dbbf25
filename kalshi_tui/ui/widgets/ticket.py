"""The order ticket: a painted form over the draft in hand. Owns which field is being edited.

There is no text field in it: a key means the same wherever the focus is, and a digit typed here is
a size or a price, never text. Every figure comes from the preview that the strip shows too.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType

from kalshi_tui.core.sides import Action
from kalshi_tui.core.ticket import Draft, TicketError
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.actions import Scope, bindings
from kalshi_tui.ui.form import Form, flipped, with_action, with_post_only
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.paint.ticket import LINES, Field, TicketRow, ticket_line
from kalshi_tui.ui.trader import Trader
from kalshi_tui.ui.widgets.linegrid import LineGrid


class Ticket(LineGrid[TicketRow], can_focus=True):
    """Edits the trader's draft in place; Enter and Esc are the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.TICKET)]

    def __init__(
        self,
        trader: Trader,
        *,
        glyphs: Glyphs = UNICODE,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, id=id, classes=classes)
        self.trader = trader
        self.form = Form()

    def show(self) -> None:
        """Show the draft in hand, or how to begin one."""
        entry = self.trader.entry
        field = self.form.field if self.has_focus and entry.draft is not None else None
        self.apply(
            [
                TicketRow(at, entry.draft, entry.preview, field, self.form.typed, entry.is_armed)
                for at in range(LINES)
            ]
        )

    def paint(self, row: TicketRow, width: int) -> Line:
        return ticket_line(row, width)

    def watch_has_focus(self, value: bool) -> None:
        """Mark the field being edited, or unmark it and forget what was half typed."""
        super().watch_has_focus(value)
        if not value:
            self.form.typed = ""
        self.show()

    def begin(self, field: Field) -> None:
        """Start editing at a field."""
        self.form = Form(field)
        self.show()

    @property
    def unfinished(self) -> str:
        """Why what was typed is no figure yet, or empty."""
        held = self._held()
        return self.form.unfinished(*held) if held else ""

    def _held(self) -> tuple[Draft, LadderView] | None:
        draft, ladder = self.trader.entry.draft, self.trader.store.ladder
        return None if draft is None or ladder is None else (draft, ladder)

    def action_field(self, step: int) -> None:
        self.form.move(step)
        self.show()

    def action_adjust(self, step: int) -> None:
        if held := self._held():
            self._take(lambda: self.form.adjust(step, *held))

    def action_type(self, key: str) -> None:
        if held := self._held():
            self._take(lambda: self.form.type(key, *held))

    def action_erase(self) -> None:
        if held := self._held():
            self._take(lambda: self.form.erase(*held))

    def action_flip(self) -> None:
        if held := self._held():
            self._take(lambda: flipped(held[0]))

    def action_side(self, side: str) -> None:
        if held := self._held():
            self._take(lambda: with_action(held[0], Action(side)))

    def action_post_only(self) -> None:
        if held := self._held():
            self._take(lambda: with_post_only(held[0]))

    def action_preset(self, step: int) -> None:
        entry = self.trader.entry
        entry.step_preset(step)
        if held := self._held():
            self._take(lambda: replace(held[0], count=entry.size))

    def _take(self, change: Callable[[], Draft]) -> None:
        try:
            draft = change()
        except TicketError as refusal:
            self.trader.warn(str(refusal))
            return
        self.trader.edit(draft)
        self.show()
