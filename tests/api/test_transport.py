"""The HTTP side under faults: scripted, and over real loopback sockets."""

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import STAMP_HEADER, Signer
from kalshi_tui.api.errors import (
    ApiError,
    NotSentError,
    ReadFailedError,
    UnknownOutcomeError,
)
from kalshi_tui.api.limits import Kind, RateLimits
from kalshi_tui.api.transport import READ_ATTEMPTS, Deadlines, Transport
from tests.api.rig import BASE, Clocks, Exchange, Reply, answer

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
BALANCE = "/portfolio/balance"
ORDERS = "/portfolio/events/orders"


class Wire:
    """A transport on scripted replies."""

    def __init__(
        self, *replies: Reply, handler: Callable[[httpx.Request], Reply] | None = None
    ) -> None:
        self.clocks = Clocks()
        self.exchange = Exchange(handler or list(replies))
        self.limits = RateLimits()
        self.http = _transport(self.clocks, httpx.MockTransport(self.exchange), limits=self.limits)

    async def write(self) -> int:
        request = self.http.build_write("POST", ORDERS, content=b"{}")
        self.http.sign(request, self.http.stamp_ms())
        return (await self.http.write(request, Kind.WRITE)).status


def _transport(
    clocks: Clocks,
    transport: httpx.AsyncBaseTransport | None = None,
    *,
    base: str = BASE,
    deadlines: Deadlines | None = None,
    limits: RateLimits | None = None,
) -> Transport:
    return Transport(
        base,
        Signer("key-1", KEY),
        limits or RateLimits(),
        clock=clocks.wall,
        monotonic=clocks.monotonic,
        transport=transport,
        sleep=clocks.sleep,
        deadlines=deadlines,
    )


async def test_a_read_gives_the_body_and_is_signed() -> None:
    wire = Wire(answer(200, {"a": 1}))
    assert await wire.http.read(BALANCE) == b'{"a":1}'
    request = wire.exchange.requests[0]
    assert request.headers[STAMP_HEADER] == str(wire.clocks.wall_ns // 1_000_000)
    assert request.url.raw_path == b"/trade-api/v2/portfolio/balance"


async def test_FA09_FB14_a_broken_connection_is_read_again_with_a_fresh_signature() -> None:
    replies: list[Reply] = [httpx.RemoteProtocolError("gone"), answer(200, b"ok")]

    def later(_: httpx.Request) -> Reply:
        wire.clocks.advance(1_000_000_000)
        return replies.pop(0)

    wire = Wire(handler=later)
    assert await wire.http.read(BALANCE) == b"ok"
    first, second = (int(each.headers[STAMP_HEADER]) for each in wire.exchange.requests)
    assert second - first == 1_000


async def test_a_read_is_given_up_after_a_few_attempts() -> None:
    wire = Wire(handler=lambda _: httpx.ReadError("gone"))
    with pytest.raises(ReadFailedError):
        await wire.http.read(BALANCE)
    assert len(wire.exchange.requests) == READ_ATTEMPTS


@pytest.mark.parametrize(
    "reply",
    [answer(404, {}), answer(503, b"<html>"), httpx.ReadTimeout("x"), httpx.ConnectError("x")],
)
async def test_what_will_not_get_better_is_not_read_again(reply: Reply) -> None:
    wire = Wire(reply)
    with pytest.raises(ApiError):
        await wire.http.read(BALANCE)
    assert len(wire.exchange.requests) == 1


async def test_FL01_a_429_waits_and_reads_again() -> None:
    wire = Wire(answer(429, {"error": "too many requests"}), answer(200, b"ok"))
    assert await wire.http.read(BALANCE) == b"ok"
    assert sum(wire.clocks.sleeps) > 0
    assert wire.limits.needs_reload(wire.clocks.mono_ns)


async def test_FB05_an_expired_stamp_is_signed_again_on_the_exchanges_clock() -> None:
    late = 120
    clocks_date = formatdate(Clocks().wall_ns // 10**9 + late, usegmt=True)
    expired = answer(401, {"error": {"code": "header_timestamp_expired"}}, date=clocks_date)
    wire = Wire(expired, answer(200, b"ok"))
    assert await wire.http.read(BALANCE) == b"ok"
    first, second = (int(each.headers[STAMP_HEADER]) for each in wire.exchange.requests)
    assert abs(second - first - late * 1_000) <= 1_000
    assert abs(wire.http.offset.offset_ns - late * 10**9) <= 10**9


async def test_FB01_a_cached_date_teaches_nothing() -> None:
    stale = formatdate(Clocks().wall_ns // 10**9 - 900, usegmt=True)
    wire = Wire(answer(200, b"a", date=stale), answer(200, b"b", date=stale, age="900"))
    await wire.http.read("/markets")
    await wire.http.read(BALANCE)
    assert not wire.http.offset.is_known


async def test_FF04_an_outage_with_a_body_can_be_asked_for() -> None:
    wire = Wire(answer(503, b"body"))
    assert await wire.http.read("/exchange/status", also=frozenset({503})) == b"body"


@pytest.mark.parametrize("status", [200, 400, 429, 500, 302])
async def test_a_write_is_sent_once_whatever_the_answer(status: int) -> None:
    wire = Wire(answer(status, {}))
    assert await wire.write() == status
    assert len(wire.exchange.requests) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("x"), NotSentError),
        (httpx.ReadError("x"), UnknownOutcomeError),
        (httpx.RemoteProtocolError("x"), UnknownOutcomeError),
        (RuntimeError("x"), UnknownOutcomeError),
    ],
)
async def test_TO07_TO08_a_failed_write_is_sent_once_and_judged_by_its_phase(
    error: Exception, kind: type[ApiError]
) -> None:
    wire = Wire(error)
    with pytest.raises(kind) as caught:
        await wire.write()
    assert len(wire.exchange.requests) == 1
    # The library's error holds the request, and that the signature.
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


async def test_FL01_a_429_on_a_write_slows_the_write_bucket() -> None:
    wire = Wire(answer(429, {"error": "too many requests"}))
    await wire.write()
    assert wire.http.take("POST", ORDERS, Kind.WRITE) > 0


async def test_FA08_a_redirect_is_not_followed() -> None:
    wire = Wire(answer(307, b"", location="https://evil.test/x"))
    with pytest.raises(ReadFailedError):
        await wire.http.read(BALANCE)
    assert [request.url.host for request in wire.exchange.requests] == ["exchange.test"]


async def _hang(_: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError("the deadline did not strike")


class _Drip(httpx.AsyncByteStream):
    """A body that gives a byte whenever it is asked and never ends."""

    def __init__(self, part: bytes = b" ") -> None:
        self._part = part
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)
            yield self._part

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize("hangs_in_body", [False, True])
async def test_FA10_the_deadline_counts_the_whole_request(hangs_in_body: bool) -> None:
    drip = _Drip()
    mock = httpx.MockTransport(
        (lambda _: httpx.Response(200, stream=drip)) if hangs_in_body else _hang
    )
    http = _transport(Clocks(), mock, deadlines=Deadlines(0, 0))
    with pytest.raises(ReadFailedError, match="in time"):
        await http.read(BALANCE)
    request = http.build_write("POST", ORDERS, content=b"{}")
    with pytest.raises(UnknownOutcomeError, match="in time"):
        await http.write(request, Kind.WRITE)


async def test_FA11_a_body_above_the_cap_is_dropped() -> None:
    drip = _Drip(b"x" * 1_000_000)
    http = _transport(Clocks(), httpx.MockTransport(lambda _: httpx.Response(200, stream=drip)))
    with pytest.raises(ReadFailedError, match="larger than 10 MB"):
        await http.read(BALANCE)
    assert drip.closed
    request = http.build_write("POST", ORDERS, content=b"{}")
    with pytest.raises(UnknownOutcomeError, match="larger than 1 MB"):
        await http.write(request, Kind.WRITE)


async def test_FA11_a_packed_bomb_is_dropped_and_a_packed_body_is_read() -> None:
    packed = {"content-encoding": "gzip"}
    bomb = httpx.Response(200, stream=_Once(gzip.compress(bytes(30_000_000))), headers=packed)
    fair = httpx.Response(200, stream=_Once(gzip.compress(b"ok")), headers=packed)
    twice = httpx.Response(200, stream=_Once(b""), headers={"content-encoding": "gzip, gzip"})
    damaged = httpx.Response(200, stream=_Once(b"not gzip"), headers=packed)
    wire = Wire(bomb, fair, twice, damaged)
    with pytest.raises(ReadFailedError, match="larger"):
        await wire.http.read(BALANCE)
    assert await wire.http.read(BALANCE) == b"ok"
    with pytest.raises(ReadFailedError, match="packed"):
        await wire.http.read(BALANCE)
    with pytest.raises(ReadFailedError, match="damaged"):
        await wire.http.read(BALANCE)


class _Once(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://exchange.test/trade-api/v2", b"/trade-api/v2/portfolio/balance"),
        ("https://exchange.test/trade-api/v2/", b"/trade-api/v2/portfolio/balance"),
        ("https://exchange.test", b"/trade-api/v2/portfolio/balance"),
        ("https://exchange.test:8443/", b"/trade-api/v2/portfolio/balance"),
    ],
)
async def test_FB11_every_usual_form_of_the_base_address_gives_one_path(
    url: str, path: bytes
) -> None:
    exchange = Exchange([answer(200, b"ok")])
    http = _transport(Clocks(), httpx.MockTransport(exchange), base=url)
    await http.read(BALANCE)
    assert exchange.requests[0].url.raw_path == path


@pytest.mark.parametrize(
    "url", ["", "exchange.test", "ftp://exchange.test", "https://x.test/?a=1", "https://x.test/#a"]
)
def test_FB11_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="REST address"):
        _transport(Clocks(), base=url)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _loopback(talk: Talk) -> AsyncIterator[str]:
    """A real server on a free port that treats every connection as `talk` says."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/trade-api/v2"
    finally:
        server.close()


@asynccontextmanager
async def _live(base: str) -> AsyncIterator[Transport]:
    http = _transport(Clocks(), base=base)
    try:
        yield http
    finally:
        await http.aclose()


async def _request(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def test_FA01_a_refused_connection_proves_that_nothing_was_sent() -> None:
    async with _loopback(_hang_up) as base:
        pass
    async with _live(base) as http:
        with pytest.raises(NotSentError):
            await http.write(http.build_write("POST", ORDERS, content=b"{}"), Kind.WRITE)
        with pytest.raises(ReadFailedError):
            await http.read(BALANCE)


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _request(reader)


async def test_FA02_a_connection_that_ends_after_the_request_leaves_it_unknown() -> None:
    async with _loopback(_hang_up) as base, _live(base) as http:
        with pytest.raises(UnknownOutcomeError):
            await http.write(http.build_write("POST", ORDERS, content=b"{}"), Kind.WRITE)


async def test_FA06_a_body_cut_short_leaves_a_write_unknown() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        writer.write(b'HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"order_id"')
        await writer.drain()

    async with _loopback(cut) as base, _live(base) as http:
        with pytest.raises(UnknownOutcomeError):
            await http.write(http.build_write("POST", ORDERS, content=b"{}"), Kind.WRITE)


async def test_FA14_reads_that_hang_do_not_keep_an_order_waiting() -> None:
    waiting = asyncio.Semaphore(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await _request(reader)
        if head.startswith(b"GET"):
            waiting.release()
            await reader.read()
            return
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()

    async with _loopback(serve) as base, _live(base) as http:
        reads = [asyncio.create_task(http.read("/markets")) for _ in range(40)]
        for _ in range(8):
            await waiting.acquire()
        reply = await http.write(http.build_write("POST", ORDERS, content=b"{}"), Kind.WRITE)
        assert reply.status == 201
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)


async def test_FA13_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    async with _loopback(serve) as base, _live(base) as http:
        assert await http.read(BALANCE) == b"ok"


async def test_the_bytes_on_the_wire_carry_the_signed_path_and_no_stray_question_mark() -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await _request(reader))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async with _loopback(serve) as base, _live(base) as http:
        for params in (None, {"market_ticker": "KX-1"}):
            request = http.build_write("DELETE", f"{ORDERS}/a%2Fb", params=params)
            http.sign(request, 5)
            await http.write(request, Kind.CANCEL)
    path = b"/trade-api/v2/portfolio/events/orders/a%2Fb"
    assert heads[0].startswith(b"DELETE " + path + b" HTTP/1.1")
    assert heads[1].startswith(b"DELETE " + path + b"?market_ticker=KX-1 HTTP/1.1")
    headers = dict(
        line.lower().split(b": ", 1) for line in heads[1].split(b"\r\n") if b": " in line
    )
    assert headers[b"kalshi-access-timestamp"] == b"5"
    signature = heads[1].split(b"SIGNATURE: ")[1].split(b"\r\n")[0]
    KEY.public_key().verify(base64.b64decode(signature), b"5DELETE" + path)


async def test_warming_opens_an_order_connection_without_a_signature() -> None:
    wire = Wire(answer(200, {}))
    await wire.http.warm("/exchange/status")
    (request,) = wire.exchange.requests
    assert (request.method, request.url.path) == ("GET", "/trade-api/v2/exchange/status")
    assert STAMP_HEADER not in request.headers


@pytest.mark.parametrize("reply", [httpx.ConnectError("no"), answer(503)])
async def test_warming_in_vain_is_no_error(reply: Reply) -> None:
    await Wire(reply).http.warm("/exchange/status")
