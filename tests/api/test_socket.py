"""The socket's shell against a real loopback server: batches, pings, closes, refusals."""

import asyncio
import contextlib
import http
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from kalshi_tui.api.socket import MAX_FRAME, Socket, SocketError, open_socket

Handler = Callable[[ServerConnection], Awaitable[None]]
PATH = "/trade-api/ws/v2"
SECRET = "c2lnbmF0dXJl"


def signed(path: str) -> dict[str, str]:
    return {"KALSHI-ACCESS-SIGNATURE": SECRET, "X-Path": path}


@asynccontextmanager
async def server(
    handler: Handler, process_request: Callable[..., Response | None] | None = None
) -> AsyncIterator[str]:
    async with serve(
        handler,
        "127.0.0.1",
        0,
        process_request=process_request,
        ping_interval=None,
        close_timeout=0.2,
    ) as running:
        port = next(iter(running.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}{PATH}"


@asynccontextmanager
async def opened(url: str, **options: object) -> AsyncIterator[Socket]:
    link = await open_socket(url, signed, **options)  # type: ignore[arg-type]
    try:
        yield link
    finally:
        await link.close()


async def idle(peer: ServerConnection) -> None:
    await peer.wait_closed()


async def failure_of(url: str, **options: object) -> SocketError:
    with pytest.raises(SocketError) as caught:
        await open_socket(url, signed, **options)  # type: ignore[arg-type]
    return caught.value


async def everything(link: Socket) -> tuple[list[bytes], SocketError]:
    """Receive to the end: the frames, and what ended them."""
    seen: list[bytes] = []
    while True:
        try:
            seen += await link.receive()
        except SocketError as error:
            return seen, error


async def test_frames_come_in_order_and_in_batches() -> None:
    async def burst(peer: ServerConnection) -> None:
        for number in range(1_000):
            await peer.send(f"{number}\n")
        await peer.wait_closed()

    async with server(burst) as url, opened(url) as link:
        batches: list[list[bytes]] = []
        while sum(len(batch) for batch in batches) < 1_000:
            batches.append(await link.receive())
    frames = [frame for batch in batches for frame in batch]
    assert frames == [f"{number}\n".encode() for number in range(1_000)]
    assert len(batches) < 300, "frames that are ready together are handed over together"


async def test_what_came_before_the_close_is_handed_over_first() -> None:
    async def last_words(peer: ServerConnection) -> None:
        await peer.send("one")
        await peer.send("two")
        await peer.close(1001, "maintenance")

    async with server(last_words) as url, opened(url) as link:
        seen, error = await everything(link)
    assert seen == [b"one", b"two"]
    assert error.reason == "The exchange closed the connection (1001, maintenance)."
    assert error.close_code == 1001


async def test_text_sent_arrives() -> None:
    got: asyncio.Queue[str | bytes] = asyncio.Queue()

    async def listen(peer: ServerConnection) -> None:
        async for frame in peer:
            got.put_nowait(frame)

    async with server(listen) as url, opened(url) as link:
        await link.send('{"id":1}')
        assert await got.get() == '{"id":1}'


async def test_a_ping_returns_when_it_is_answered() -> None:
    async with server(idle) as url, opened(url) as link:
        await link.ping()


async def test_FD34_a_ping_of_the_exchange_is_life() -> None:
    life = asyncio.Event()

    async def heartbeat(peer: ServerConnection) -> None:
        await peer.recv()
        await (await peer.ping(b"heartbeat"))
        await peer.send("answered")
        await peer.wait_closed()

    async with server(heartbeat) as url, opened(url, on_life=life.set) as link:
        life.clear()
        await link.send("go")
        assert await link.receive() == [b"answered"]
    assert life.is_set()


async def test_FD21_a_connection_cut_without_a_close_says_that_it_broke() -> None:
    async def cut(peer: ServerConnection) -> None:
        peer.transport.abort()

    async with server(cut) as url, opened(url) as link:
        with pytest.raises(SocketError) as caught:
            await link.receive()
    assert caught.value.reason == "The connection broke."


async def test_sending_and_pinging_on_a_closed_connection_raise_the_same_error() -> None:
    async def leave(peer: ServerConnection) -> None:
        await peer.close(1012)

    async with server(leave) as url, opened(url) as link:
        with pytest.raises(SocketError):
            await link.receive()
        with pytest.raises(SocketError):
            await link.send("late")
        with pytest.raises(SocketError):
            await link.ping()


async def test_TC01_every_attempt_is_signed_anew_over_the_path() -> None:
    asked: list[str] = []
    received: list[str | None] = []

    def fresh(path: str) -> dict[str, str]:
        asked.append(path)
        return {"X-Attempt": str(len(asked))}

    def remember(peer: ServerConnection, request: Request) -> None:
        received.append(request.headers.get("X-Attempt"))

    async with server(idle, remember) as url:
        for _ in range(2):
            link = await open_socket(f"{url}?x=1", fresh)
            await link.close()
    assert asked == [PATH, PATH]
    assert received == ["1", "2"]


def answer(status: http.HTTPStatus, body: str) -> Callable[..., Response]:
    def respond(peer: ServerConnection, request: Request) -> Response:
        return peer.respond(status, body)

    return respond


@pytest.mark.parametrize(
    ("status", "body", "refused", "code"),
    [
        (401, '{"error":{"code":"authentication_error","details":"NOT_FOUND"}}', True, None),
        (401, '{"error":{"code":"header_timestamp_expired"}}', False, "header_timestamp_expired"),
        (403, '{"error":{"code":"forbidden"}}', True, "forbidden"),
        (429, '{"error":"too many requests"}', False, "too_many_requests"),
        (500, "<html>", False, None),
        (503, "", False, None),
    ],
)
async def test_TC02_TC03_TC04_refused_handshakes_say_whether_to_try_again(
    status: int, body: str, refused: bool, code: str | None
) -> None:
    async with server(idle, answer(http.HTTPStatus(status), body)) as url:
        error = await failure_of(url)
    assert error.refused is refused
    assert error.status == status
    assert error.date
    assert str(status) in error.reason
    if code is not None:
        assert error.code == code


async def test_a_redirect_is_not_followed_with_our_signature() -> None:
    reached: list[str] = []

    def elsewhere(peer: ServerConnection, request: Request) -> None:
        reached.append(request.path)

    async with server(idle, elsewhere) as target:

        def redirect(peer: ServerConnection, request: Request) -> Response:
            response = peer.respond(http.HTTPStatus.FOUND, "")
            response.headers["Location"] = target
            return response

        async with server(idle, redirect) as url:
            error = await failure_of(url)
    assert error.status == 302
    assert not error.refused
    assert reached == []


async def test_TC05_each_way_of_not_connecting_has_its_own_words() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = await failure_of(f"ws://127.0.0.1:{port}{PATH}")
    assert error.reason == "127.0.0.1 refuses connections; the exchange may be down."

    error = await failure_of(f"ws://no-such-host.invalid{PATH}")
    assert error.reason.startswith("The name no-such-host.invalid cannot be found")
    assert not error.refused


RawHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(handler: RawHandler) -> AsyncIterator[str]:
    """A server that is no WebSocket; leaves only when each of its connections is gone."""
    talks: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await handler(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.ensure_future(talk(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as running:
        yield f"127.0.0.1:{running.sockets[0].getsockname()[1]}{PATH}"
        await asyncio.gather(*talks)


async def test_TC05_a_server_that_is_no_websocket_or_not_encrypted_or_mute_is_told_apart() -> None:
    async def portal(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"SSH-2.0-OpenSSH\r\n")

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(portal) as place:
        assert "not as a WebSocket server" in (await failure_of(f"ws://{place}")).reason
        error = await failure_of(f"wss://{place}", context=ssl.create_default_context())
        assert error.reason == "No encrypted connection to 127.0.0.1 could be made."
    async with raw_server(mute) as place:
        error = await failure_of(f"ws://{place}", open_timeout=0.05)
        assert error.reason == "127.0.0.1 did not answer within 0.05 s."


async def test_FD31_a_frame_of_two_megabytes_passes_and_one_beyond_the_limit_closes() -> None:
    async def big(peer: ServerConnection) -> None:
        await peer.send("x" * 2_000_000)
        await peer.send("x" * (MAX_FRAME + 1))
        await peer.wait_closed()

    async with server(big) as url, opened(url) as link:
        seen, _ = await everything(link)
    assert [len(frame) for frame in seen] == [2_000_000]


async def test_closing_takes_a_second_at_most_where_the_peer_does_not_answer() -> None:
    is_over = asyncio.Event()

    async def deaf(peer: ServerConnection) -> None:
        peer.transport.pause_reading()
        await is_over.wait()
        peer.transport.abort()

    async with server(deaf) as url:
        link = await open_socket(url, signed)
        async with asyncio.timeout(2):
            await link.close()
        is_over.set()


async def test_FI15_no_header_reaches_a_log_or_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = '{"error":{"code":"authentication_error"}}'
    with caplog.at_level(logging.DEBUG):
        async with server(idle, answer(http.HTTPStatus.UNAUTHORIZED, body)) as url:
            error = await failure_of(url)
        async with server(idle) as url, opened(url) as link:
            await link.ping()
    client_lines = [record for record in caplog.records if record.name != "websockets.server"]
    assert all(SECRET not in record.getMessage() for record in client_lines)
    assert SECRET not in f"{error!r}{error.__cause__!r}{error.__context__!r}"
    assert error.__context__ is None
