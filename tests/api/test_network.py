"""Orders on a bad network: addresses that swallow connections, hanging reads, no descriptors."""

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from kalshi_tui.api.errors import ReadFailedError
from kalshi_tui.api.rest import RestClient
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from tests.api.rig import Rig

TERMS = OrderTerms("KX-1", BookSide.BID, Price(4_300), Count(1_000))
READS = 100


class Counter:
    """An exchange that takes every order at once and answers reads only while told to."""

    def __init__(self) -> None:
        self.orders = 0
        self.reading = asyncio.Semaphore(0)
        self.answers_reads = False
        self.over = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"POST"):
                    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
                    await reader.readexactly(size)
                    self.orders += 1
                    body = (
                        b'{"order_id":"o-%d","fill_count":"0.00","remaining_count":"1.00",'
                        b'"ts_ms":1}' % self.orders
                    )
                    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(body))
                    writer.write(body)
                    continue
                if not self.answers_reads:
                    self.reading.release()
                    await self.over.wait()
                    break
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()


def client(port: int, host: str = "127.0.0.1") -> RestClient:
    """Return a client on real sockets whose clocks stand still."""
    rig = Rig()
    return RestClient(
        f"http://{host}:{port}",
        rig.signer,
        rig.limits,
        clock=rig.clocks.wall,
        monotonic=rig.clocks.monotonic,
    )


@contextlib.asynccontextmanager
async def exchange(host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[tuple[Counter, int]]:
    counter = Counter()
    server = await asyncio.start_server(counter.serve, host, port)
    try:
        yield counter, server.sockets[0].getsockname()[1]
    finally:
        counter.over.set()
        server.close()
        await asyncio.sleep(0)


async def send(rest: RestClient, name: str) -> str:
    return (await rest.send(rest.prepare(name, TERMS, 1))).order_id


async def test_FA15_an_order_passes_a_hundred_reads_that_hang() -> None:
    async with exchange() as (counter, port):
        rest = client(port)
        reads = [asyncio.create_task(rest.exchange_status()) for _ in range(READS)]
        await counter.reading.acquire()
        for number in range(5):
            assert await send(rest, f"c-{number}") == f"o-{number + 1}"
        assert not any(read.done() for read in reads)
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
        await rest.aclose()


class TwoFaced(asyncio.SelectorEventLoop):
    """A loop whose resolver names an IPv6 and an IPv4 address for every name."""

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> Any:
        kind = socket.SOCK_STREAM
        return [
            (socket.AF_INET6, kind, 6, "", ("::1", port, 0, 0)),
            (socket.AF_INET, kind, 6, "", ("127.0.0.1", port)),
        ]


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """Yield a port of ::1 that never answers a connection, not even with a refusal."""
    with contextlib.ExitStack() as stack:
        hole = stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
        hole.bind(("::1", 0))
        hole.listen(0)
        port = hole.getsockname()[1]
        for _ in range(4):
            # They fill the queue that nobody empties.
            each = stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
            each.setblocking(False)
            each.connect_ex(("::1", port))
        yield port


def test_FA16_an_ipv6_address_that_swallows_connections_does_not_keep_an_order() -> None:
    async def check(port: int) -> str:
        async with exchange(port=port) as (counter, _):
            rest = client(port, "exchange.test")
            found = await send(rest, "c-1")
            assert counter.orders == 1
            await rest.aclose()
            return found

    with black_hole() as port, asyncio.Runner(loop_factory=TwoFaced) as runner:
        assert runner.run(check(port)) == "o-1"


@contextlib.contextmanager
def no_descriptors() -> Iterator[None]:
    """Take every file descriptor that this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        for each in taken:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_FL11_without_descriptors_orders_still_go_and_reads_say_why_not() -> None:
    async with exchange() as (counter, port):
        rest = client(port)
        counter.answers_reads = True
        await rest.warm()
        with no_descriptors():
            assert await send(rest, "c-1") == "o-1"
            with pytest.raises(ReadFailedError, match="could not be made"):
                await rest.balance()
        await rest.aclose()
