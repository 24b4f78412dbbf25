"""The prompt before the keyboard is armed: where real money trades, its name has to be typed."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from kalshi_tui.core.environments import Environment
from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.widgets.field import TextField


class ArmPrompt(Prompt[bool]):
    """Dismisses with True when the user agreed, else with None."""

    # A binding, not a `key_` method: that would let Enter fall through to the order keys below.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "agree", show=False)]

    def __init__(self, environment: Environment) -> None:
        super().__init__()
        self.environment = environment

    def compose(self) -> ComposeResult:
        word = self.environment.word
        what = "Orders will trade real money." if self.environment.real_money else "No real money."
        how = f"Type {word} and press Enter" if self.environment.real_money else "Enter arms"
        with Vertical(classes="dialog"):
            title = f"Arm the keyboard: {word} to CONFIRM"
            yield Static(title, classes="dialog-title", markup=False)
            yield Static(f"{what} Every order still waits for Enter on the strip.", markup=False)
            yield TextField()
            yield Static(f"{how}, Esc leaves it in VIEW.", classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        field = self.query_one(TextField)
        field.display = self.environment.real_money
        if self.environment.real_money:
            self.set_focus(field)
        else:
            self.set_focus(None)

    def action_agree(self) -> None:
        """Agree, where nothing has to be typed."""
        if not self.environment.real_money:
            self.dismiss(True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip() == self.environment.word:
            self.dismiss(True)
        else:
            event.input.value = ""
