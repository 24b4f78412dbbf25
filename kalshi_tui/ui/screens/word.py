"""A prompt that is agreed to with Enter, or with a word that has to be typed."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from kalshi_tui.ui.messages import toolkit_ns
from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.widgets.field import TextField


class WordPrompt(Prompt[str]):
    """Dismisses with what was typed (empty where no word is asked for), on Esc with None."""

    def __init__(
        self,
        title: str,
        lines: tuple[str, ...],
        *,
        word: str,
        hint: str,
        clock: Callable[[], int] = toolkit_ns,
    ) -> None:
        super().__init__(clock)
        self.word = word
        self._title = title
        self._lines = lines
        self._hint = hint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="dialog-title", markup=False)
            for line in self._lines:
                yield Static(line, markup=False)
            yield TextField()
            yield Static(self._hint, classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        field = self.query_one(TextField)
        field.display = bool(self.word)
        self.set_focus(field if self.word else None)

    def key_enter(self) -> None:
        """Agree, where nothing has to be typed."""
        if not self.word and self.is_answered():
            self.dismiss("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not self.is_answered():
            return
        if event.value.strip() == self.word:
            self.dismiss(self.word)
        else:
            event.input.value = ""
