"""The text field of the command line and the prompts: one line high, and nothing in it blinks.

Owns what may be typed or pasted into it: what a terminal would act on is left out, and a private
key, which belongs into no field of this kind, empties it and is forgotten.
"""

from textual import events
from textual.message import Message
from textual.widgets import Input

from kalshi_tui.core.text import clean_typed

KEY_MARK = "PRIVATE KEY"
"""Stands in the first line of every private key in PEM form."""


class TextField(Input):
    """A compact `Input` with a steady cursor."""

    class KeyPasted(Message):
        """A private key was pasted where none belongs. Carries nothing of it."""

    def __init__(self, placeholder: str = "", *, id: str | None = None) -> None:
        super().__init__(placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in, without what a terminal acts on. Everything typed or pasted comes here."""
        super().replace(clean_typed(text), start, end)

    def _on_paste(self, event: events.Paste) -> None:
        if KEY_MARK in event.text:
            # Textual calls this handler for every class of the widget, the one above included.
            event.prevent_default()
            event.stop()
            self.value = ""
            self.post_message(self.KeyPasted())
