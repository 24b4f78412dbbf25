"""The prompts on the way into an environment: a passphrase, and a plain yes or no."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.widgets.secret import PassphraseField


class PassphrasePrompt(Prompt[str]):
    """Dismisses with the passphrase, or None."""

    def __init__(self, title: str, reason: str) -> None:
        super().__init__()
        self._heading = title
        self._reason = reason

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title", markup=False)
            yield Static(self._reason, id="reason", markup=False)
            yield PassphraseField()
            yield Static("Enter opens the key, Esc leaves.", classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(PassphraseField))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value:
            self.dismiss(event.value)


class Question(Prompt[bool]):
    """Dismisses with True where the user agreed with Enter, else with None."""

    # A binding, not a `key_` method: that would let Enter fall through to the order keys below.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "agree", show=False)]

    def __init__(self, title: str, text: str, yes: str) -> None:
        super().__init__()
        self._heading = title
        self._text = text
        self._yes = yes

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title", markup=False)
            yield Static(self._text, markup=False)
            hint = f"Enter: {self._yes}. Esc leaves."
            yield Static(hint, classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        self.set_focus(None)

    def action_agree(self) -> None:
        self.dismiss(True)
