"""A terminal that goes away: noticing it, and letting go of it so that the program can end.

A shell whose window closes sends SIGHUP and then SIGCONT, and at SIGCONT Textual takes up the
terminal anew; its writer then dies of the first write, its queue fills, and leaving waits for ever.
Owns file descriptors and that end; knows no screen.
"""

import errno
import os
import select
from collections.abc import Callable, MutableMapping
from threading import Timer

STREAMS = (0, 1, 2)
"""Standard input, output and error."""
PATIENCE_S = 3.0
"""How long the screen may take to end by itself."""


def refuses_color(environ: MutableMapping[str, str]) -> bool:
    """True where NO_COLOR is set to anything; an empty one, which asks for nothing, is removed.

    Textual takes an empty one for a set one. Source: https://no-color.org.
    """
    if environ.get("NO_COLOR"):
        return True
    environ.pop("NO_COLOR", None)
    return False


def is_gone(stream: int) -> bool:
    """True where a stream was a terminal and the terminal has been hung up."""
    try:
        os.get_terminal_size(stream)
    except OSError as error:
        return error.errno == errno.EIO
    return False


def takes_output(stream: int = STREAMS[2]) -> bool:
    """False while a terminal reads nothing and its buffer is full. The screen is drawn on stderr.

    True where that cannot be asked: not a terminal, or Windows, whose consoles always read.
    """
    try:
        return not os.isatty(stream) or bool(select.select([], [stream], [], 0)[1])
    except (OSError, ValueError):
        return True


def let_go(streams: tuple[int, ...] = STREAMS) -> bool:
    """Point streams whose terminal is gone at nothing: reads end and writes succeed.

    Returns True where there was one. Streams that still work are left alone.
    """
    gone = [stream for stream in streams if is_gone(stream)]
    if gone:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in gone:
            os.dup2(nothing, stream)
        os.close(nothing)
    return bool(gone)


def end_soon(close: Callable[[], None]) -> None:
    """End the program after `PATIENCE_S` by `close`, if it has not ended by itself until then.

    For a screen that waits for a terminal which is gone.
    """
    timer = Timer(PATIENCE_S, _end, (close,))
    timer.daemon = True
    timer.start()


def _end(close: Callable[[], None]) -> None:
    try:
        close()
    finally:
        os._exit(0)
