"""What every prompt over the trade screen shares: it leaves on Esc, and it may follow the views."""

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from kalshi_tui.core.views import ViewKey

ResultT = TypeVar("ResultT")


class Prompt(ModalScreen[ResultT]):
    """A modal screen. Esc is always the safe answer: it dismisses with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False, id="prompt.leave")
    ]

    def action_leave(self) -> None:
        self.dismiss(None)

    def follow(self, changed: frozenset[ViewKey]) -> None:
        """Views have changed while the prompt is open."""
