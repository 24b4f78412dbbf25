"""Keys typed at a picture of the past: which are dropped, and that it is said."""

import contextlib
import os
import pty

import pytest
from textual import events

from kalshi_tui.ui import terminal
from kalshi_tui.ui.sight import LATE_S, SETTLE_S, Sight
from tests.support.workstation import seated


def late(sight: Sight, made: float, now: float) -> None:
    sight.handle(made, now, is_taken=True)


def fill(stream: int) -> None:
    """Write until nothing more is taken."""
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(stream, b"x" * 4_096)


def drops(sight: Sight, made: float, now: float, action: str = "order.buy", key: str = "b") -> bool:
    return sight.is_blind(made, now) and sight.drops(action, key)


def test_a_key_at_the_present_picture_is_never_dropped() -> None:
    sight = Sight()
    late(sight, 10.0, 10.4)
    assert not drops(sight, 10.3, 10.4)
    assert sight.take_words() == ""


@pytest.mark.parametrize(
    ("action", "key", "is_dropped"),
    [
        ("order.buy", "b", True),
        ("order.lift", "L", True),
        ("order.send", "enter", True),
        ("", "enter", True),
        ("size.type", "7", True),
        ("arm.up", "A", True),
        ("cancel.cursor", "x", False),
        ("app.kill", "f9", False),
        ("arm.down", "a", False),
        ("cursor.up", "up", False),
        ("", "q", False),
    ],
)
def test_only_what_opens_risk_is_dropped(action: str, key: str, is_dropped: bool) -> None:
    sight = Sight()
    late(sight, 10.0, 13.0)
    assert drops(sight, 11.0, 13.0, action, key) is is_dropped


def test_a_key_typed_just_before_the_screen_goes_on_is_dropped_too() -> None:
    sight = Sight()
    late(sight, 10.0, 13.0)
    assert drops(sight, 12.99, 13.0)
    assert drops(sight, 13.0 + SETTLE_S / 2, 13.2)
    assert not drops(sight, 13.0 + SETTLE_S, 13.3)
    assert sight.take_words().startswith("2 keys were typed while the screen stood still")
    assert sight.take_words() == ""


def test_a_terminal_that_takes_nothing_blinds_before_the_screen_itself_waits() -> None:
    sight = Sight()
    sight.handle(10.0, 10.0, is_taken=False)
    assert not drops(sight, 10.1, 10.1)
    sight.handle(10.0 + LATE_S, 10.0 + LATE_S, is_taken=False)
    assert drops(sight, 10.6, 10.6)
    sight.handle(12.0, 12.0, is_taken=True)
    assert drops(sight, 12.1, 12.1)
    assert not drops(sight, 12.0 + SETTLE_S, 12.3)


def test_a_full_terminal_is_seen_to_take_nothing() -> None:
    master, slave = pty.openpty()
    try:
        assert terminal.takes_output(slave)
        os.set_blocking(slave, False)
        fill(slave)
        assert not terminal.takes_output(slave)
        while os.read(master, 65_536) and not terminal.takes_output(slave):
            pass
        assert terminal.takes_output(slave)
    finally:
        os.close(master)
        os.close(slave)


def test_what_is_no_terminal_takes_everything() -> None:
    read, write = os.pipe()
    os.close(read)
    assert terminal.takes_output(write)
    os.close(write)
    assert terminal.takes_output(write)


async def test_an_order_typed_at_a_standing_screen_is_not_armed_and_it_is_said() -> None:
    async with seated(size=(120, 40)) as seat:
        old = events.Key("b", "b")
        old.time -= 3.0
        seat.app.post_message(old)
        await seat.pilot.pause()
        assert "BUY" not in seat.strip
        seat.desk.say("a notice, which wakes the screen")
        await seat.pilot.pause()
        assert "A key was typed while the screen stood still" in seat.lines("log")


async def test_a_cancel_typed_at_a_standing_screen_is_done() -> None:
    async with seated() as seat:
        old = events.Key("X", "X")
        old.time -= 3.0
        seat.app.post_message(old)
        await seat.pilot.pause()
        assert seat.desk.asked == ["cancel_market"]
