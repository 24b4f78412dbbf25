"""Replies of a terminal never do what a key does, and keys always come through."""

import pytest
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, Paste

from kalshi_tui.ui.actions import ACTIONS
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.replies import DeafParser, Replies, deaf
from tests.support.desk import ScriptedDesk

REPLIES = (
    "\x1b[?62;22c", "\x1b[>1;10;0c", "\x1b[=1c", "\x1b[62c", "\x1b[24;80R", "\x1b[?24;80R",
    "\x1b[0n", "\x1b[?997;1n", "\x1b[?2026;2$y", "\x1b[?1u", "\x1b[8;40;120t", "\x1b[4;800;600t",
    "\x1bP1+r544e=787465726d\x1b\\", "\x1b]11;rgb:0000/0000/bbbb\x1b\\", "\x1b]4;1;rgb:cc/0/0\x07",
    "\x1bP>|xterm(390)\x1b\\", "\x1b_Gi=31;OK\x1b\\", "\x1b]52;c;YjEw\x07",
)  # fmt: skip
BOUND = {key for action in ACTIONS for key in action.keys}


def keys(parser: XTermParser, *chunks: str) -> list[str]:
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return [event.key for event in events if isinstance(event, Key)]


def test_FJ16_without_the_filter_a_reply_would_type() -> None:
    assert "c" in keys(XTermParser(), "\x1b[?62;22c", "")
    assert "b" in keys(XTermParser(), "\x1b]11;rgb:0000/0000/bbbb\x1b\\", "")


@pytest.mark.parametrize("reply", REPLIES)
def test_FJ16_a_reply_is_no_key(reply: str) -> None:
    assert keys(DeafParser(), reply) == []
    assert keys(DeafParser(), f"a{reply}b") == ["a", "b"]


@pytest.mark.parametrize("reply", REPLIES)
def test_FJ16_nor_is_one_that_arrives_in_two_pieces(reply: str) -> None:
    for at in range(3, len(reply)):
        assert not BOUND & set(keys(DeafParser(), reply[:at], reply[at:]))


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("b", "b"), ("\r", "enter"), ("\x1b[20~", "f9"), ("\x1b[A", "up"), ("\x1b[1;5A", "ctrl+up"),
        ("\x11", "ctrl+q"), ("\x1bOP", "f1"), ("\x1b[98u", "b"),
    ],
)  # fmt: skip
def test_keys_come_through_as_they_are(sent: str, key: str) -> None:
    assert keys(DeafParser(), sent) == keys(XTermParser(), sent)
    assert keys(DeafParser(), sent) == [key]


def test_no_key_that_textual_knows_is_taken_for_a_reply() -> None:
    taken = [sequence for sequence in ANSI_SEQUENCES_KEYS if Replies().take(sequence) != sequence]
    assert taken == []


@pytest.mark.parametrize("broken", ["\x1b]11;rgb:00", "\x1bP1+r54", "\x1b[?6"])
def test_FJ16_kill_comes_through_a_reply_that_never_ends(broken: str) -> None:
    assert keys(DeafParser(), broken, "\x1b[20~")[-1:] == ["f9"]
    assert keys(DeafParser(), f"{broken}\x1b[20~")[-1:] == ["f9"]


def test_after_a_moment_the_rest_of_a_reply_is_given_up() -> None:
    replies = Replies()
    assert replies.take("\x1b]11;rgb:00") == ""
    replies.look()
    replies.look()
    assert replies.take("q") == "q"


def test_a_paste_is_still_a_paste() -> None:
    (event,) = DeafParser().feed("\x1b[200~hello\x1b[201~")
    assert isinstance(event, Paste)
    assert event.text == "hello"


def test_the_workstation_reads_its_terminal_through_the_filter() -> None:
    assert "XTermParser" in LinuxDriver.run_input_thread.__code__.co_names
    assert "XTermParser" in LinuxDriver.run_input_thread.__globals__
    reader = deaf(LinuxDriver).run_input_thread  # type: ignore[attr-defined]
    assert reader.__globals__["XTermParser"] is DeafParser
    assert Workstation(ScriptedDesk({})).driver_class.__name__ == "DeafDriver"
