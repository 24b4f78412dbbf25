"""Reads a pasted private key from the terminal without showing it.

Owns the echo of the terminal for that long. Nothing of what was read is kept here.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from typing import TextIO

from kalshi_tui.session.keys import KeyUnusableError

try:
    import termios
except ImportError:  # Windows
    termios = None  # type: ignore[assignment]

MOST_BYTES = 65_536
_END = re.compile(rb"-----END [A-Z0-9 ]+-----")
_CHUNK = 4_096
_LFLAG = 3
_CC = 6
_GIVEN_UP = (b"\x03", b"\x04")
_PASTE_ON, _PASTE_OFF = b"\x1b[200~", b"\x1b[201~"


def read_pasted(source: TextIO) -> bytes:
    """Read up to the END line of a key, or to the end of the stream. Raises `KeyUnusableError`.

    The line discipline is switched off meanwhile: it would cut a key that is all on one line.
    """
    if not source.isatty():
        return source.buffer.read(MOST_BYTES + 1)
    if termios is None:
        raise KeyUnusableError("This terminal cannot hide a paste; save the key and name its file.")
    with _unseen(source.fileno()):
        return read_key(lambda: os.read(source.fileno(), _CHUNK))


def read_key(read: Callable[[], bytes]) -> bytes:
    """Read pieces until a key is whole; what a terminal sends for Enter becomes a line end."""
    text = b""
    while len(text) <= MOST_BYTES:
        piece = read()
        if not piece or any(each in piece for each in _GIVEN_UP):
            break
        text += piece.replace(b"\r", b"\n").replace(_PASTE_ON, b"").replace(_PASTE_OFF, b"")
        if _END.search(text):
            return text
    raise KeyUnusableError("The paste ended before the key did; copy the whole key and try again.")


@contextlib.contextmanager
def _unseen(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    hidden = termios.tcgetattr(terminal)
    hidden[_LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG)
    hidden[_CC][termios.VMIN], hidden[_CC][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, hidden)
        yield
    finally:
        # What is left of the paste goes with it: the shell must not run it.
        termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
