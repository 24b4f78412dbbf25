"""Whether the screen can be shown well in a terminal, for the doctor.

Pure: what was found out about the terminal is an argument.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kalshi_tui.session.doctor import Check, failed, passed, warned

LEAST_COLUMNS, LEAST_LINES = 80, 24
MANY_COLOURS, SOME_COLOURS = 1 << 24, 256
ESCAPE_MS = 50
"""tmux holds Esc back for its escape-time; beyond this the key feels stuck."""


@dataclass(frozen=True, slots=True)
class Tmux:
    """What tmux is set to."""

    escape_ms: int | None
    passes_through: bool | None
    """`allow-passthrough`."""
    keys: str
    """`extended-keys`."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What was found out about the terminal."""

    is_terminal: bool
    kind: str
    """`TERM`."""
    encoding: str
    columns: int
    lines: int
    colours: int = MANY_COLOURS
    no_colour: bool = False
    """`NO_COLOR` is set."""
    kitty: bool | None = None
    """Whether it speaks the Kitty keyboard protocol; None where it was not asked."""
    tmux: Tmux | None = None


def check_terminal(terminal: Terminal) -> Iterator[Check]:
    """Yield whether the screen can be shown here, and how well."""
    if not terminal.is_terminal:
        cure = "Run this in the terminal that you trade in to have it looked at."
        yield passed("terminal", "not looked at: the output does not go to one", cure)
        return
    yield _screen(terminal)
    if terminal.kind == "dumb":
        return
    yield _colours(terminal)
    yield _characters(terminal)
    yield _keys(terminal)
    if terminal.tmux is not None:
        yield _tmux(terminal.tmux)


def _screen(terminal: Terminal) -> Check:
    if terminal.kind == "dumb":
        return failed("terminal", "it cannot place text", "Run the workstation in a terminal.")
    detail = f"{terminal.kind}, {terminal.columns}x{terminal.lines}"
    if terminal.columns < LEAST_COLUMNS or terminal.lines < LEAST_LINES:
        cure = f"Make it at least {LEAST_COLUMNS}x{LEAST_LINES}; below that only one line is shown."
        return failed("terminal", detail, cure)
    return passed("terminal", detail)


def _colours(terminal: Terminal) -> Check:
    if terminal.no_colour:
        return warned("colours", "NO_COLOR is set", "Unset it to have bids and asks coloured.")
    if terminal.colours >= MANY_COLOURS:
        return passed("colours", "16 million")
    if terminal.colours >= SOME_COLOURS:
        cure = "Themes are shown with near colours; set COLORTERM=truecolor if it can do more."
        return passed("colours", f"{terminal.colours}", cure)
    cure = "Set TERM=xterm-256color if the terminal can do it."
    return warned("colours", f"only {terminal.colours}", cure)


def _characters(terminal: Terminal) -> Check:
    if terminal.encoding.lower().replace("-", "") == "utf8":
        return passed("characters", terminal.encoding)
    cure = "Set a UTF-8 locale; until then only ASCII characters are used."
    return warned("characters", terminal.encoding, cure)


def _keys(terminal: Terminal) -> Check:
    if terminal.kitty is None:
        return passed("keys", "the terminal was not asked")
    if terminal.kitty:
        return passed("keys", "Kitty keyboard protocol: every key is told apart")
    return passed("keys", "the usual keys; no binding needs more")


def _tmux(tmux: Tmux) -> Check:
    through = {True: "on", False: "off", None: "not known"}[tmux.passes_through]
    wait = "not known" if tmux.escape_ms is None else f"{tmux.escape_ms} ms"
    detail = f"passthrough {through}, extended-keys {tmux.keys or 'off'}, escape-time {wait}"
    if tmux.escape_ms is not None and tmux.escape_ms > ESCAPE_MS:
        cure = "Put `set -sg escape-time 10` into ~/.tmux.conf: Esc is held back until then."
        return warned("tmux", detail, cure)
    return passed("tmux", detail)
