"""The text field of the command line and the prompts: one line high, and nothing in it blinks."""

from textual.widgets import Input


class TextField(Input):
    """A compact `Input` with a steady cursor."""

    def __init__(self, placeholder: str = "", *, id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False
