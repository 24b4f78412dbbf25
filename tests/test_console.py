"""What the terminal and its variables say."""

import pytest

from kalshi_tui.console import colours, speaks_kitty


@pytest.mark.parametrize(
    ("answer", "speaks"),
    [
        (b"\x1b[?0u\x1b[?62;c", True),
        (b"\x1b[?15u\x1b[?62;4c", True),
        (b"\x1b[?62;1;2;4c", False),
        (b"\x1b[?1;2c", False),
        (b"", None),
        (b"b", None),
    ],
)
def test_the_keyboard_protocol_is_known_by_its_answer(answer: bytes, speaks: bool | None) -> None:
    assert speaks_kitty(answer) is speaks


@pytest.mark.parametrize(
    ("environ", "least"),
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, 1 << 24),
        ({"TERM": "xterm-direct"}, 1 << 24),
        ({"TERM": "screen-256color"}, 256),
        ({"TERM": "linux"}, 8),
        ({}, 8),
    ],
)
def test_colours_are_what_the_variables_promise(environ: dict[str, str], least: int) -> None:
    assert colours(environ) == least
