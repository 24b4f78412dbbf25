"""What a terminal answers to questions never counts as keys.

A reply that Textual does not know is handed on by it character by character, as if typed: the `c`
at the end of "\\x1b[?62c" would cancel an order, the `b` of a colour would begin one. Owns which
sequences are replies. A key is never held back: function keys, KILL among them, end any reply.
"""

import re
from collections.abc import Iterable
from types import FunctionType
from typing import Any

from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.message import Message

_REPLY = re.compile(
    # Device attributes, status, keyboard protocol: none of them is a key or something that
    # Textual reads (modes, cursor position, in-band resizes).
    r"\x1b\[(?:[?>=][0-9;:]*[cnuSR]|[0-9][0-9;]*[cn]|[345689];[0-9]+;[0-9]+t)"
    # Operating system commands, device control strings and their like, with their end.
    r"|\x1b[\]P_^X][^\x07\x1b]+(?:\x07|\x1b\\|(?=\x1b[^\\]))"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[?>=][0-9;:]*|[\]P_^X][^\x07\x1b]+\x1b?)\Z")
_LONGEST = 4_096
_PATIENCE = 2
"""How often the parser may look without news until the rest of a reply is given up."""


class Replies:
    """Takes what a terminal sends and returns what of it is for the parser."""

    def __init__(self) -> None:
        self._held = ""
        self._looks = 0

    def take(self, text: str) -> str:
        """Return `text` without replies; an unfinished one is held for its rest."""
        text, self._held, self._looks = self._held + text, "", 0
        text = _REPLY.sub("", text)
        unfinished = _UNFINISHED.search(text)
        if unfinished is None:
            return text
        if len(unfinished[0]) <= _LONGEST:
            self._held = unfinished[0]
        return text[: unfinished.start()]

    def look(self) -> None:
        """Give up waiting for the rest of a reply after a while."""
        self._looks += 1
        if self._looks >= _PATIENCE:
            self._held = ""


class DeafParser(XTermParser):
    """Textual's parser, which does not hear replies."""

    def __init__(self, debug: bool = False) -> None:
        self._replies = Replies()
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """Parse what is not a reply; nothing to parse is not the end."""
        kept = self._replies.take(data)
        return super().feed(kept) if kept or not data else ()

    def tick(self) -> Iterable[Message]:
        """Let time pass."""
        self._replies.look()
        return super().tick()


def deaf(driver: type[Driver]) -> type[Driver]:
    """Return `driver` with a parser that does not hear replies; as it is where it has another.

    Textual's reader makes its parser by a global name: the same code is given another one. A test
    pins that.
    """
    reader: Any = getattr(driver, "run_input_thread", None)
    if reader is None or "XTermParser" not in reader.__code__.co_names:
        return driver
    names = {**reader.__globals__, "XTermParser": DeafParser}
    copy = FunctionType(reader.__code__, names, reader.__name__)
    return type("DeafDriver", (driver,), {"run_input_thread": copy})
