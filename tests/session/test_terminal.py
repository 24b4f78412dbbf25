"""What the doctor says of a terminal."""

import pytest

from kalshi_tui.session.doctor import Check, Verdict
from kalshi_tui.session.terminal import MANY_COLOURS, Terminal, Tmux, check_terminal

GOOD = Terminal(True, "xterm-256color", "utf-8", 120, 40, MANY_COLOURS)


def found(terminal: Terminal) -> dict[str, Check]:
    return {check.name: check for check in check_terminal(terminal)}


def test_a_good_terminal_passes_in_everything() -> None:
    checks = found(GOOD)
    assert list(checks) == ["terminal", "colours", "characters", "keys"]
    assert {check.verdict for check in checks.values()} == {Verdict.GOOD}
    assert "120x40" in checks["terminal"].detail


@pytest.mark.parametrize(
    ("terminal", "name", "verdict", "cure"),
    [
        (Terminal(True, "xterm", "utf-8", 79, 24), "terminal", Verdict.FAIL, "80x24"),
        (Terminal(True, "xterm", "utf-8", 80, 23), "terminal", Verdict.FAIL, "80x24"),
        (Terminal(True, "dumb", "utf-8", 80, 24), "terminal", Verdict.FAIL, "in a terminal"),
        (Terminal(False, "xterm", "utf-8", 80, 24), "terminal", Verdict.GOOD, "that you trade in"),
        (Terminal(True, "xterm", "ascii", 80, 24), "characters", Verdict.WARN, "UTF-8"),
        (Terminal(True, "xterm", "utf-8", 80, 24, 8), "colours", Verdict.WARN, "256color"),
        (Terminal(True, "screen", "utf-8", 80, 24, 256), "colours", Verdict.GOOD, "truecolor"),
        (
            Terminal(True, "xterm", "utf-8", 80, 24, no_colour=True),
            "colours",
            Verdict.WARN,
            "Unset",
        ),
        (
            Terminal(True, "tmux", "utf-8", 80, 24, tmux=Tmux(500, False, "off")),
            "tmux",
            Verdict.WARN,
            "escape-time 10",
        ),
        (
            Terminal(True, "tmux", "utf-8", 80, 24, tmux=Tmux(10, True, "on")),
            "tmux",
            Verdict.GOOD,
            "",
        ),
        (
            Terminal(True, "tmux", "utf-8", 80, 24, tmux=Tmux(None, None, "")),
            "tmux",
            Verdict.GOOD,
            "",
        ),
    ],
)
def test_the_terminal_is_judged_by_what_the_screen_needs(
    terminal: Terminal, name: str, verdict: Verdict, cure: str
) -> None:
    check = found(terminal)[name]
    assert check.verdict is verdict
    assert cure in check.cure


@pytest.mark.parametrize(("kitty", "words"), [(True, "Kitty"), (False, "usual"), (None, "not")])
def test_the_keys_say_what_the_terminal_answered(kitty: bool | None, words: str) -> None:
    terminal = Terminal(True, "xterm", "utf-8", 80, 24, kitty=kitty)
    assert words in found(terminal)["keys"].detail
