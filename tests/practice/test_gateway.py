"""Handshakes, pings, batches and broken connections on a real socket."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode

from kalshi_tui.practice.gateway import PATH
from tests.support.practice_bench import FED, Signer, terms
from tests.support.practice_live import Live, hear, hear_until, live, say, wall_ms

WAIT_S = 10
ORDERS = "/portfolio/events/orders"


async def refused(exchange: Live, headers: dict[str, str], path: str = PATH) -> tuple[int, str]:
    url = exchange.ready.ws.removesuffix(PATH) + path
    with pytest.raises(InvalidStatus) as caught:
        async with connect(url, additional_headers=headers, proxy=None):
            raise AssertionError("let in")
    response = caught.value.response
    return response.status_code, bytes(response.body or b"").decode()


async def test_a_handshake_without_a_good_signature_is_401(tmp_path: Path) -> None:
    async with live(tmp_path) as exchange:
        me = exchange.accounts[0]
        good = me.headers("GET", PATH, wall_ms())
        status, body = await refused(exchange, {})
        assert (status, "token_authentication_failure" in body) == (401, True)
        status, body = await refused(exchange, me.headers("GET", PATH + "x", wall_ms()))
        assert (status, "INCORRECT_API_KEY_SIGNATURE" in body) == (401, True)
        status, body = await refused(exchange, me.headers("GET", PATH, wall_ms() - 60_000))
        assert (status, "header_timestamp_expired" in body) == (401, True)
        stranger = Signer("stranger", me.key)
        status, body = await refused(exchange, stranger.headers("GET", PATH, wall_ms()))
        assert (status, "NOT_FOUND" in body) == (401, True)
        assert (await refused(exchange, good, "/elsewhere"))[0] == 404


@pytest.mark.parametrize("account", [0, 1, 2], ids=["rsa", "rsa-2", "ed25519"])
async def test_every_account_may_connect(tmp_path: Path, account: int) -> None:
    async with (
        live(tmp_path) as exchange,
        exchange.connect(exchange.accounts[account]) as socket,
    ):
        await say(socket, "subscribe", channels=["fill"])
        assert (await hear(socket))["type"] == "subscribed"


class Listener(ClientConnection):
    """A client that keeps the control frames it gets."""

    pings: asyncio.Queue[bytes]

    def process_event(self, event: Any) -> None:
        if isinstance(event, WireFrame) and event.opcode is Opcode.PING:
            self.pings.put_nowait(bytes(event.data))
        super().process_event(event)


async def test_the_exchange_pings_with_heartbeat_whether_or_not_it_is_answered(
    tmp_path: Path,
) -> None:
    def listener(*args: Any, **options: Any) -> Listener:
        made = Listener(*args, **options)
        made.pings = asyncio.Queue()
        return made

    async with (
        asyncio.timeout(WAIT_S),
        live(tmp_path, ping_s=0.005) as exchange,
        exchange.connect(exchange.accounts[0], create_connection=listener) as socket,
    ):
        assert isinstance(socket, Listener)
        assert {await socket.pings.get() for _ in range(3)} == {b"heartbeat"}


async def test_a_client_may_ping_as_well(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(WAIT_S),
        live(tmp_path) as exchange,
        exchange.connect(exchange.accounts[0]) as socket,
    ):
        await (await socket.ping(b"mine"))


async def test_garbage_gets_an_error_frame_and_the_connection_lives(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(WAIT_S),
        live(tmp_path) as exchange,
        exchange.connect(exchange.accounts[0]) as socket,
    ):
        for data in ("hello", "{}", b"\x00\xff", "[" * 1_000):
            await socket.send(data)
            assert (await hear(socket))["type"] == "error"
        await say(socket, "list_subscriptions")
        assert (await hear(socket))["msg"] == []


async def test_an_order_is_heard_by_its_owner_with_its_name(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S), live(tmp_path) as exchange:
        ann, bob = exchange.accounts[0], exchange.accounts[2]
        async with exchange.connect(ann) as mine, exchange.connect(bob) as yours:
            for socket in (mine, yours):
                await say(socket, "subscribe", channels=["orderbook_delta"], market_ticker=FED)
                await hear_until(socket, "orderbook_snapshot")
            await exchange.call("POST", ORDERS, ann, terms(client_order_id="a-1"))
            own, other = await hear(mine), await hear(yours)
            assert own["msg"]["client_order_id"] == "a-1"
            assert "client_order_id" not in other["msg"]


async def test_drop_frame_leaves_a_hole_that_get_snapshot_repairs(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S), live(tmp_path) as exchange:
        ann = exchange.accounts[0]
        async with exchange.connect(ann) as socket:
            await say(socket, "subscribe", channels=["orderbook_delta"], market_ticker=FED)
            await hear_until(socket, "orderbook_snapshot")
            await exchange.control("faults", fault="drop_frame", channel="orderbook_delta")
            for price in ("0.10", "0.11"):
                await exchange.call("POST", ORDERS, ann, terms(price=price))
            assert (await hear(socket))["seq"] == 3
            await say(
                socket, "update_subscription", 7, sid=1, action="get_snapshot", market_tickers=[FED]
            )
            snapshot = await hear(socket)
            assert (snapshot["id"], snapshot["seq"]) == (7, 4)
            assert snapshot["msg"]["yes_dollars_fp"] == [["0.1000", "1.00"], ["0.1100", "1.00"]]


@pytest.mark.parametrize(("code", "seen"), [(1012, 1012), (4321, 4321), (1006, 1006)])
async def test_close_ends_the_connection_with_the_code(
    tmp_path: Path, code: int, seen: int
) -> None:
    async with asyncio.timeout(WAIT_S), live(tmp_path) as exchange:
        me, other = exchange.accounts[0], exchange.accounts[1]
        async with exchange.connect(me) as socket, exchange.connect(other) as spared:
            # A connection counts from the moment the exchange has seen it.
            for each in (socket, spared):
                await say(each, "list_subscriptions")
                await hear(each)
            await exchange.control("faults", fault="close", code=code, account=me.key_id)
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == seen
            await say(spared, "list_subscriptions")
            assert (await hear(spared))["type"] == "ok"


async def test_stall_holds_data_back_and_then_sends_the_backlog(tmp_path: Path) -> None:
    async with asyncio.timeout(WAIT_S), live(tmp_path) as exchange:
        ann = exchange.accounts[0]
        loop = asyncio.get_running_loop()
        async with exchange.connect(ann) as socket:
            await say(socket, "subscribe", channels=["orderbook_delta"], market_ticker=FED)
            await hear_until(socket, "orderbook_snapshot")
            begun = loop.time()
            await exchange.control("faults", fault="stall", ms=200)
            for price in ("0.10", "0.11", "0.12"):
                await exchange.call("POST", ORDERS, ann, terms(price=price))
            assert [(await hear(socket))["seq"] for _ in range(3)] == [2, 3, 4]
            assert loop.time() - begun >= 0.2


async def test_a_buffer_that_overflows_ends_the_subscription_not_the_connection(
    tmp_path: Path,
) -> None:
    async with asyncio.timeout(WAIT_S), live(tmp_path, buffer_frames=2) as exchange:
        ann = exchange.accounts[0]
        async with exchange.connect(ann) as socket:
            await say(socket, "subscribe", channels=["orderbook_delta"], market_ticker=FED)
            await hear_until(socket, "orderbook_snapshot")
            await exchange.control("faults", fault="stall", ms=300)
            for price in ("0.10", "0.11", "0.12", "0.13"):
                await exchange.call("POST", ORDERS, ann, terms(price=price))
            error = await hear(socket)
            assert (error["type"], error["sid"], error["msg"]["code"]) == ("error", 1, 25)
            await say(socket, "subscribe", channels=["orderbook_delta"], market_ticker=FED)
            assert (await hear(socket))["msg"] == {"channel": "orderbook_delta", "sid": 2}
            assert len((await hear(socket))["msg"]["yes_dollars_fp"]) == 4
