"""What every prompt over the trade screen shares: Esc leaves, Enter answers what was read."""

from collections.abc import Callable
from typing import ClassVar, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from kalshi_tui.core.keyboard import answers
from kalshi_tui.core.views import ViewKey
from kalshi_tui.ui.messages import stamp_ns, toolkit_ns

ResultT = TypeVar("ResultT")

TOO_SOON = "Too soon: read it, then press Enter."


class Prompt(ModalScreen[ResultT]):
    """A modal screen. Esc is always the safe answer: it dismisses with None.

    `clock` tells the time in nanoseconds as the toolkit stamps keys with it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False, id="prompt.leave")
    ]

    def __init__(self, clock: Callable[[], int] = toolkit_ns) -> None:
        super().__init__()
        self._clock = clock
        self._shown_ns: int | None = None
        self._pressed_ns = 0

    def on_mount(self) -> None:
        self.call_after_refresh(self._note_shown)

    def _note_shown(self) -> None:
        self._shown_ns = self._clock()

    def on_key(self, event: events.Key) -> None:
        """Note when the key was pressed. One that set out before the prompt stood never comes."""
        self._pressed_ns = stamp_ns(event)

    def is_answered(self) -> bool:
        """Tell whether the last key answers what was read; else say that it came too soon."""
        if self._shown_ns is not None and answers(self._pressed_ns, self._shown_ns):
            return True
        for hint in self.query(".dialog-hint").results(Static):
            hint.update(TOO_SOON)
        return False

    def action_leave(self) -> None:
        self.dismiss(None)

    def follow(self, changed: frozenset[ViewKey]) -> None:
        """Views have changed while the prompt is open."""
