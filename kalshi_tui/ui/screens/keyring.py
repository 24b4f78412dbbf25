"""The prompt for a key to one environment: made on Kalshi's page, tried there, stored here.

Owns the order of the steps and their words. Reads, asks and stores through the entrance, on a
thread; nothing of a private key is ever shown.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.widgets.field import KEY_MARK, TextField
from kalshi_tui.ui.widgets.secret import KeyField, PassphraseField

if TYPE_CHECKING:
    from kalshi_tui.session.entrance import Entrance, NewKey

_LONGEST_PATH = 1_024
_HINT = "Tab next, Enter goes on, Esc leaves."


class KeyScreen(Prompt[str]):
    """Dismisses with the id of a key that is stored and opened, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "stored(-1)", show=False),
        Binding("down", "stored(1)", show=False),
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
    ]

    def __init__(self, entrance: "Entrance", name: str, reason: str = "") -> None:
        super().__init__()
        self._entrance = entrance
        self._where = name
        self._record = entrance.record(name)
        self._reason = reason
        self._stored: tuple[str, ...] = ()
        self._needs_passphrase = False
        self._new: NewKey | None = None
        """A key that the exchange accepted: one more Enter stores it."""
        self._is_busy = False

    def compose(self) -> ComposeResult:
        word = self._record.word
        with Vertical(classes="dialog", id="keyring"):
            yield Static(f"A key for {word}", classes="dialog-title", markup=False)
            yield Static(
                f"1  Make a key on {self._record.key_page} under API keys.\n"
                "   The scopes read and write::trade are enough.",
                markup=False,
            )
            yield Static("2  Its id", markup=False)
            yield TextField("the code beside the key on that page", id="key-id")
            yield Static("3  The private key", markup=False)
            yield KeyField("name its file, or paste the key itself", id="key-pem")
            yield Static("   Its own passphrase", id="key-opening-label", markup=False)
            yield PassphraseField("the key is encrypted", id="key-opening")
            yield Static("4  A passphrase to keep it with", id="key-lock-label", markup=False)
            yield PassphraseField("12 characters or more; asked at each start", id="key-lock")
            yield PassphraseField("the same once more", id="key-again")
            yield Static(id="key-store", markup=False, classes="dialog-hint")
            yield Static(self._reason, id="key-said", markup=False)
            yield Static(_HINT, id="key-hint", classes="dialog-hint", markup=False)

    def on_mount(self) -> None:
        self._show_opening(False)
        self._show_lock(False)
        self.set_focus(self.query_one("#key-id"))
        self.run_worker(self._look(), group="keyring")

    async def _look(self) -> None:
        """Find out what is stored and what can keep a key."""
        from kalshi_tui.session.keys import KeyringError, KeyUnusableError

        try:
            found = await asyncio.to_thread(self._entrance.stored, self._where)
            self._stored = tuple(each.key_id for each in found)
        except KeyUnusableError as error:
            self._say(str(error))
        if self._stored:
            field = self.query_one("#key-id", TextField)
            field.placeholder = f"{len(self._stored)} stored: Up and Down choose, or type a new id"
        line = self.query_one("#key-store", Static)
        line.update("Looking for a keyring ...")
        try:
            store = await asyncio.to_thread(self._entrance.probe)
        except KeyringError as error:
            line.update(str(error))
            self._show_lock(True)
        else:
            line.update(f"Kept in an encrypted file that {store} opens.")

    def _show_opening(self, is_shown: bool) -> None:
        for name in ("#key-opening", "#key-opening-label"):
            self.query_one(name).display = is_shown

    def _show_lock(self, is_shown: bool) -> None:
        self._needs_passphrase = is_shown
        for name in ("#key-lock", "#key-again", "#key-lock-label"):
            self.query_one(name).display = is_shown

    def _say(self, text: str, hint: str = _HINT) -> None:
        if self.is_mounted:
            self.query_one("#key-said", Static).update(text)
            self.query_one("#key-hint", Static).update(hint)

    # What is typed.

    def action_stored(self, step: int) -> None:
        """Put the id of another stored key into the field."""
        field = self.query_one("#key-id", TextField)
        if self.focused is field and self._stored:
            known = field.value in self._stored
            at = self._stored.index(field.value) + step if known else min(step, 0)
            field.value = self._stored[at % len(self._stored)]
            field.cursor_position = len(field.value)

    def on_input_changed(self) -> None:
        """Whatever was accepted was another key."""
        self._new = None

    def on_key_field_given(self) -> None:
        self._new = None
        self.query_one("#key-pem", KeyField).focus()

    def on_text_field_key_pasted(self) -> None:
        self._say("That was a private key: it belongs into the field below, and was not kept.")
        self.query_one("#key-pem").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._is_busy:
            return
        if self._new is not None:
            self.run_worker(self._keep(self._new), group="keyring")
        elif (missing := self._missing()) is not None:
            self.set_focus(missing)
        elif (
            self._typed("key-id") in self._stored and not self._key().pem and not self._key().value
        ):
            self.dismiss(self._typed("key-id"))
        elif not (self._needs_passphrase and self._is_refused()):
            self.run_worker(self._try(), group="keyring")

    def _typed(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _key(self) -> KeyField:
        return self.query_one("#key-pem", KeyField)

    def _missing(self) -> Input | None:
        """Return the first field that still has to be filled in."""
        name = self._typed("key-id")
        if not name:
            return self.query_one("#key-id", Input)
        if name in self._stored:
            return None
        return next(self._empty(), None)

    def _is_refused(self) -> bool:
        """Say what is wrong with the new passphrase, before anybody is asked about the key."""
        lock, again = self.query_one("#key-lock", Input), self.query_one("#key-again", Input)
        reason = self._entrance.weakness(lock.value)
        if not reason and again.value != lock.value:
            reason = "The two passphrases differ; type both again."
        if reason:
            lock.value = again.value = ""
            self.set_focus(lock)
            self._say(reason)
        return bool(reason)

    def _empty(self) -> Iterator[Input]:
        if self._key().is_empty:
            yield self._key()
        for field in self.query(PassphraseField):
            if field.display and not field.value:
                yield field

    # What is done with it.

    async def _try(self) -> None:
        from kalshi_tui.session.inquiry import KeyNotAcceptedError
        from kalshi_tui.session.keys import KeyUnusableError, PassphraseNeededError

        self._is_busy = True
        try:
            new = await asyncio.to_thread(self._read)
            self._say(f"Asking {self._record.word} ...")
            found = await asyncio.to_thread(self._entrance.examine, self._where, new)
        except PassphraseNeededError as error:
            self._show_opening(True)
            self.set_focus(self.query_one("#key-opening"))
            self._say(str(error))
        except (KeyUnusableError, KeyNotAcceptedError) as error:
            self._say(str(error))
        else:
            self._new = new
            self._say("\n".join(found), "Enter stores the key, Esc leaves without.")
        finally:
            self._is_busy = False

    def _read(self) -> "NewKey":
        from kalshi_tui.session.keys import KeyUnusableError

        field = self._key()
        key_id, opened_by = self._typed("key-id"), self.query_one("#key-opening", Input).value
        if field.pem:
            return self._entrance.read(key_id, field.pem, opened_by or None)
        path = Path(field.value.strip().strip("'\"")).expanduser()
        if KEY_MARK in field.value or len(field.value) > _LONGEST_PATH or not path.exists():
            # Not named: what was typed may be a part of the key.
            raise KeyUnusableError("There is no file of that name; check the path.")
        return self._entrance.read_file(key_id, path, opened_by or None)

    async def _keep(self, new: "NewKey") -> None:
        from kalshi_tui.session.keys import KeyringError, KeyUnusableError

        self._is_busy = True
        lock = self.query_one("#key-lock", Input)
        try:
            await asyncio.to_thread(
                lambda: self._entrance.keep(self._where, new, passphrase=lock.value or None)
            )
        except KeyringError as error:
            self._show_lock(True)
            self.set_focus(lock)
            self._say(f"{error} Nothing was stored yet.")
        except KeyUnusableError as error:
            self._say(str(error))
        else:
            self._key().forget()
            self.dismiss(new.key_id)
        finally:
            self._is_busy = False
