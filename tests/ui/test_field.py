"""Text fields: what is typed or pasted into them, and what never gets in."""

import pytest
from textual import events

from kalshi_tui.core.text import clean_typed
from kalshi_tui.ui.widgets.field import TextField
from tests.support.hostile import is_only_drawn, strings
from tests.support.workstation import Seat, seated

BODY = "MC4CAQAwBQYDK2VwBCIEIO0canaryCANARYcanary"
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"


async def opened(seat: Seat, key: str) -> TextField:
    await seat.press(key)
    return seat.app.screen.query_one(TextField)


async def pasted(seat: Seat, field: TextField, text: str) -> None:
    field.post_message(events.Paste(text))
    await seat.pilot.pause()


async def test_FJ14_controls_in_a_paste_are_left_out() -> None:
    async with seated() as seat:
        field = await opened(seat, "slash")
        await pasted(seat, field, "fed \x1b[31m\u202edec\x07\u200b")
        assert field.value == "fed [31mdec"
        for text in strings(80):
            field.value = ""
            await pasted(seat, field, text)
            assert is_only_drawn(field.value)


@pytest.mark.parametrize("text", ["B 10 @36\n", "b10\r\n", "10 @36\renter", "cancel all\n\n"])
async def test_FJ14_enter_inside_a_paste_sends_nothing(text: str) -> None:
    async with seated() as seat:
        field = await opened(seat, "colon")
        await pasted(seat, field, text)
        assert seat.desk.placed == []
        assert seat.desk.asked == []
        assert seat.app.trade.is_commanding


async def test_FJ14_a_paste_over_the_ladder_does_nothing() -> None:
    async with seated() as seat:
        seat.app.post_message(events.Paste("10B\n\n"))
        await seat.pilot.pause()
        assert seat.desk.asked == []
        assert not seat.app.trade.trader.entry.is_armed


@pytest.mark.parametrize("key", ["slash", "colon", "question_mark"])
@pytest.mark.parametrize(
    "text", [PEM, PEM.replace("\n", "\\n"), f"key: {PEM.replace(chr(10), ' ')}"]
)
async def test_FI17_a_private_key_in_the_wrong_field_is_cleared_and_forgotten(
    key: str, text: str
) -> None:
    async with seated() as seat:
        field = await opened(seat, key)
        await seat.press("a")
        await pasted(seat, field, text)
        assert field.value == ""
        assert "it was not kept" in seat.log
        await seat.press("enter", "escape")
        assert "canary" not in seat.lines("log")
        assert all("canary" not in str(call) for call in seat.desk.calls)


def test_what_is_typed_keeps_its_blanks() -> None:
    assert clean_typed("a  b ") == "a  b "
    assert clean_typed("a\tb") == "a b"
    assert len(clean_typed("x" * 1_000_000)) <= 2_000
