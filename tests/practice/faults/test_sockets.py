"""Faults of connections: switched on over the control endpoint, seen on a loopback socket."""

import asyncio
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.practice_faults import hear_nothing, scene
from tests.support.practice_live import hear, say

BOOK = "orderbook_delta"


async def test_stall_holds_data_back_while_pings_go_on(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        begun = asyncio.get_running_loop().time()
        await it.fault("stall", ms=150)
        for _ in range(3):
            await it.place(it.bob)
        assert await (await socket.ping()) >= 0
        assert asyncio.get_running_loop().time() - begun < 0.15, "the pong did not wait"
        assert [(await hear(socket))["seq"] for _ in range(3)] == [2, 3, 4]
        assert asyncio.get_running_loop().time() - begun >= 0.15


async def test_silent_sid_keeps_one_subscription_back_and_no_other(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK, "trade") as socket:
        await it.fault("silent_sid", channel=BOOK, ms=100)
        await it.place(it.bob, side="ask")
        await it.place(it.ann)
        kinds = [await hear(socket) for _ in range(3)]
        assert [each["type"] for each in kinds] == ["trade", BOOK, BOOK]
        assert [each["seq"] for each in kinds[1:]] == [2, 3]


async def test_no_ping_stops_the_heartbeat_until_it_is_cleared(home: Path) -> None:
    async with scene(home, ping_s=0.02) as it, it.listening() as socket:
        beats: list[bytes | bytearray] = []
        receive = socket.protocol.receive_data

        def count(data: bytes | bytearray) -> None:
            if b"heartbeat" in data:
                beats.append(data)
            receive(data)

        socket.protocol.receive_data = count  # type: ignore[method-assign]
        await it.fault("no_ping", account=it.ann.key_id)
        beats.clear()
        await hear_nothing(socket, 0.1)
        assert beats == []
        await it.clear()
        await hear_nothing(socket, 0.1)
        assert beats


async def test_half_open_moves_nothing_and_answers_no_ping(home: Path) -> None:
    async with scene(home, ping_s=0.02) as it, it.listening(BOOK) as socket:
        await it.fault("half_open")
        await it.place(it.bob)
        pong = asyncio.ensure_future(await socket.ping())
        await hear_nothing(socket, 0.1)
        assert not pong.done()
        async with it.listening(BOOK) as other:
            await it.place(it.bob)
            assert (await hear(other))["seq"] == 2, "who connects now is not struck"
        await it.clear()
        assert [(await hear(socket))["seq"] for _ in range(2)] == [2, 3]
        await pong


@pytest.mark.parametrize(("code", "seen"), [(1012, 1012), (4321, 4321), (1006, 1006)])
async def test_close_ends_the_connection_with_the_code(home: Path, code: int, seen: int) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("close", code=code, account=it.ann.key_id)
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == seen


async def test_reset_cuts_the_connection_without_a_farewell(home: Path) -> None:
    async with scene(home) as it, it.listening(BOOK) as socket:
        await it.fault("reset")
        with pytest.raises(ConnectionClosed) as caught:
            await socket.recv()
        assert socket.close_code == 1006
        assert isinstance(caught.value.__cause__, ConnectionResetError)


async def test_reject_handshake_refuses_the_next_one_with_the_status(home: Path) -> None:
    async with scene(home) as it:
        await it.fault("reject_handshake", status=429, account=it.ann.key_id)
        with pytest.raises(InvalidStatus) as caught:
            async with it.exchange.connect(it.ann):
                raise AssertionError
        assert caught.value.response.status_code == 429
        async with it.listening(BOOK) as socket:
            await say(socket, "list_subscriptions")
            assert (await hear(socket))["msg"] == [{"channel": BOOK, "sid": 1}]
