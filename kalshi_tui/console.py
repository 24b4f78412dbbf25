"""Asks the terminal what it is: size, colours, keys, and the tmux around it.

Owns the questions and how long an answer may take; what the answers mean is `session.terminal`'s.
The terminal is left as it was found.
"""

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Mapping

from kalshi_tui.session.terminal import MANY_COLOURS, SOME_COLOURS, Terminal, Tmux

_ASK = b"\x1b[?u\x1b[c"
"""The keyboard protocol, then what every terminal answers: its answer ends the wait."""
_ANSWER_S = 0.3
_TMUX_S = 2.0
_MOST = 200


def terminal(environ: Mapping[str, str]) -> Terminal:
    """Return what there is to know about the terminal of this process."""
    size = shutil.get_terminal_size()
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return Terminal(
        is_terminal=is_terminal,
        kind=environ.get("TERM", "unknown"),
        encoding=getattr(sys.stdout, "encoding", "") or "unknown",
        columns=size.columns,
        lines=size.lines,
        colours=colours(environ),
        no_colour=bool(environ.get("NO_COLOR")),
        kitty=_speaks_kitty() if is_terminal else None,
        tmux=_tmux() if is_terminal and environ.get("TMUX") else None,
    )


def colours(environ: Mapping[str, str]) -> int:
    """Return how many colours the variables promise."""
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return MANY_COLOURS
    kind = environ.get("TERM", "")
    if kind.endswith("-direct") or sys.platform == "win32":
        return MANY_COLOURS
    return SOME_COLOURS if "256" in kind or "kitty" in kind or "ghostty" in kind else 8


def _speaks_kitty() -> bool | None:
    try:
        import termios
        import tty
    except ImportError:
        return None
    stream = sys.stdin.fileno()
    before = termios.tcgetattr(stream)
    try:
        tty.setcbreak(stream)
        os.write(sys.stdout.fileno(), _ASK)
        return speaks_kitty(_answer(stream))
    except (OSError, termios.error):
        return None
    finally:
        termios.tcsetattr(stream, termios.TCSAFLUSH, before)


def speaks_kitty(answer: bytes) -> bool | None:
    """Return what an answer to the question says; None where there was none."""
    if b"\x1b[?" not in answer:
        return None
    return any(part.partition(b"u")[0].isdigit() and b"u" in part for part in answer.split(b"?"))


def _answer(stream: int) -> bytes:
    found = b""
    while not found.endswith(b"c") and len(found) < _MOST:
        ready, _, _ = select.select([stream], [], [], _ANSWER_S)
        if not ready:
            break
        found += os.read(stream, _MOST)
    return found


def _tmux() -> Tmux:
    escape = _option("-sv", "escape-time")
    through = _option("-gv", "allow-passthrough")
    return Tmux(
        escape_ms=int(escape) if escape.isdigit() else None,
        passes_through=None if not through else through != "off",
        keys=_option("-sv", "extended-keys"),
    )


def _option(kind: str, name: str) -> str:
    program = shutil.which("tmux")
    if program is None:
        return ""
    try:
        found = subprocess.run(
            [program, "show-options", kind, name],
            capture_output=True,
            timeout=_TMUX_S,
            check=False,
            text=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip()
