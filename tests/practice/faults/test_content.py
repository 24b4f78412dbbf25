"""Faults of a frame's content: switched on over the control endpoint, seen on a socket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection

from tests.support.practice_faults import Scene, decoded, hear_bytes, scene
from tests.support.practice_live import Frame, hear

BOOK = "orderbook_delta"


class Stage:
    """A scene with one socket that listens to a book."""

    def __init__(self, it: Scene, socket: ClientConnection) -> None:
        self.it = it
        self.socket = socket

    async def struck(self, name: str, **body: object) -> bytes:
        """Return the next delta's bytes with a fault on."""
        await self.it.fault(name, **body)
        await self.it.place(self.it.bob)
        return await hear_bytes(self.socket)

    async def message(self, name: str, **body: object) -> dict[str, Any]:
        """Return the next delta's message with a fault on."""
        found: dict[str, Any] = decoded(await self.struck(name, **body))["msg"]
        return found

    async def healthy(self) -> Frame:
        """Return the delta after it."""
        await self.it.place(self.it.bob)
        return await hear(self.socket)


@pytest.fixture
async def stage(home: Path) -> AsyncIterator[Stage]:
    async with scene(home) as it, it.listening(BOOK) as socket:
        yield Stage(it, socket)


async def test_bad_json_is_cut_in_the_middle_and_the_next_frame_is_whole(stage: Stage) -> None:
    with pytest.raises(msgspec.DecodeError):
        decoded(await stage.struck("bad_json"))
    assert (await stage.healthy())["seq"] == 3


async def test_huge_frame_has_as_many_bytes_more(stage: Stage) -> None:
    data = await stage.struck("huge_frame", bytes=1_500_000)
    assert len(data) > 1_500_000
    assert decoded(data)["msg"]["delta_fp"] == "1.00"


async def test_unknown_type_still_spends_its_seq(stage: Stage) -> None:
    frame = decoded(await stage.struck("unknown_type"))
    assert (frame["type"], frame["seq"]) == ("brand_new_type", 2)
    assert (await stage.healthy())["seq"] == 3


async def test_new_field_is_added_to_what_is_there(stage: Stage) -> None:
    message = await stage.message("new_field")
    healthy = (await stage.healthy())["msg"]
    assert set(message) - set(healthy) == {"brand_new_field"}


async def test_missing_field_takes_the_named_one_away(stage: Stage) -> None:
    message = await stage.message("missing_field", type=BOOK, field="price_dollars")
    assert "price_dollars" not in message
    assert "price_dollars" in (await stage.healthy())["msg"]


async def test_missing_field_strikes_no_other_type(stage: Stage) -> None:
    message = await stage.message("missing_field", type="trade", field="price_dollars")
    assert "price_dollars" in message


async def test_rename_field_gives_it_another_name(stage: Stage) -> None:
    message = await stage.message("rename_field", type=BOOK, field="delta_fp", to="change_fp")
    assert message["change_fp"] == "1.00"
    assert "delta_fp" not in message


async def test_unknown_enum_says_a_word_that_nobody_knows(stage: Stage) -> None:
    assert (await stage.message("unknown_enum", type=BOOK, field="side"))["side"] not in (
        "yes",
        "no",
    )


async def test_six_decimals_lengthens_every_price(stage: Stage) -> None:
    assert (await stage.message("six_decimals"))["price_dollars"] == "0.400000"
    assert (await stage.healthy())["msg"]["price_dollars"] == "0.4000"
