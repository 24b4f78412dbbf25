"""Fields that take a secret: a passphrase that is not shown, a private key that is pasted or named.

Owns what of it is ever in the field: dots for a passphrase, a count for a key. A pasted key never
becomes the field's value, so neither a screen nor a log can show it.
"""

from textual import events
from textual.message import Message
from textual.widgets import Input

from kalshi_tui.ui.widgets.field import KEY_MARK, TextField

_MOST = 65_536


class PassphraseField(Input):
    """Shows a dot for each character."""

    def __init__(self, placeholder: str = "", *, id: str | None = None) -> None:
        super().__init__(
            placeholder=placeholder, password=True, compact=True, select_on_focus=False, id=id
        )
        self.cursor_blink = False


class KeyField(TextField):
    """The path of a key file is typed into it; the key itself is pasted into it and held apart."""

    class Given(Message):
        """A private key was pasted."""

    def __init__(self, placeholder: str = "", *, id: str | None = None) -> None:
        super().__init__(placeholder, id=id)
        self._usual = placeholder
        self._pem = b""

    @property
    def pem(self) -> bytes:
        """The key that was pasted; empty where a path was typed, or nothing."""
        return self._pem

    @property
    def is_empty(self) -> bool:
        return not (self._pem or self.value.strip())

    def forget(self) -> None:
        """Hold no key any more."""
        self._pem = b""
        self.value = ""
        self.placeholder = self._usual

    def _on_paste(self, event: events.Paste) -> None:
        if KEY_MARK not in event.text:
            return
        # Textual calls this handler for every class of the widget, those above included.
        event.prevent_default()
        event.stop()
        self._pem = event.text[:_MOST].encode()
        self.value = ""
        self.placeholder = f"a private key of {len(event.text):,} characters, not shown"
        self.post_message(self.Given())

    def watch_value(self) -> None:
        """A path that is typed takes the pasted key's place."""
        if self.value and self._pem:
            self._pem = b""
            self.placeholder = self._usual
