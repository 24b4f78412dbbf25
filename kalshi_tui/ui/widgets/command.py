"""The command line: one text field that is there only while it is wanted."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from kalshi_tui.ui.sentence import EXAMPLES
from kalshi_tui.ui.widgets.field import TextField


class CommandLine(Horizontal):
    """Takes the size line's place. Enter hands the sentence over, Esc is the screen's."""

    class Spoken(Message):
        """A sentence was entered."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def compose(self) -> ComposeResult:
        yield Static(":", id="command-mark", markup=False)
        yield TextField(EXAMPLES, id="command-text")

    def open(self) -> None:
        """Show the line, empty, and take the focus."""
        self.display = True
        field = self.query_one(TextField)
        field.value = ""
        # Not `focus()`, which waits its turn: the next key already belongs to this field.
        self.screen.set_focus(field)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Spoken(event.value))
