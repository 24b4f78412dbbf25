"""The WebSocket port: handshakes, pings, batched writes, and what faults do to a connection.

Owns sockets and their tasks; what is said over them is `dialogue`'s and `hub`'s. A connection is
signed like a REST call, over GET and the path, and refused with the same 401 bodies.
Source: asyncapi.yaml (handshake, Ping every 10 s with the body `heartbeat`).
"""

import asyncio
import logging
import socket
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from kalshi_tui.practice.auth import KEY_HEADER, AuthError
from kalshi_tui.practice.dialogue import Dialogue
from kalshi_tui.practice.faults import Fault, FaultKind, Target
from kalshi_tui.practice.subscriptions import Client
from kalshi_tui.practice.venue import Venue

PATH = "/trade-api/ws/v2"

PING_S = 10.0
HEARTBEAT = b"heartbeat"

_BATCH = 512
"""Frames handed to the kernel in one write: a burst costs one system call, not hundreds."""

_CLOSE_S = 1.0
_UNSENDABLE = frozenset({1004, 1005, 1006, 1015})
"""Close codes that stand for a connection that was just cut (RFC 6455, 7.4.1)."""

_silent = logging.Logger("kalshi_tui.practice.gateway")
_silent.disabled = True


class Link:
    """One open connection: its socket, its client and what a fault is doing to it."""

    def __init__(self, connection: ServerConnection, wake: asyncio.Event) -> None:
        self.socket = connection
        self.wake = wake
        self.client: Client | None = None
        self._stalled_until = 0.0

    def stall(self, seconds: float) -> None:
        """Send no data for a while; pings go on and the backlog follows."""
        self._stalled_until = asyncio.get_running_loop().time() + seconds

    async def write(self, client: Client) -> None:
        """Send what waits, for ever, a batch at a time and as fast as the reader takes it."""
        loop = asyncio.get_running_loop()
        while True:
            await self.wake.wait()
            self.wake.clear()
            while client.waiting:
                await asyncio.sleep(self._stalled_until - loop.time())
                if loop.time() >= self._stalled_until:
                    await self._send(client.take(_BATCH))

    async def _send(self, batch: list[bytes]) -> None:
        # The context checks the state before and waits for the reader afterwards. Writing the
        # frames out together here leaves it nothing to write one by one.
        async with self.socket.send_context():
            protocol = self.socket.protocol
            for data in batch:
                protocol.send_text(data)
            self.socket.transport.write(b"".join(protocol.data_to_send()))

    async def ping(self, every_s: float) -> None:
        """Ping for ever. An unanswered one changes nothing: the exchange does not insist."""
        while True:
            await asyncio.sleep(every_s)
            async with self.socket.send_context():
                self.socket.protocol.send_ping(HEARTBEAT)


class Gateway:
    """All WebSocket connections of one venue."""

    def __init__(self, venue: Venue, ping_s: float = PING_S) -> None:
        self._venue = venue
        self._ping_s = ping_s
        self._links: dict[int, Link] = {}
        self._closing: set[asyncio.Task[None]] = set()

    async def listen(self, listener: socket.socket) -> Server:
        """Serve on a bound socket until the returned server is closed."""
        return await serve(
            self._converse,
            sock=listener,
            process_request=self._admit,
            compression=None,
            ping_interval=None,
            close_timeout=_CLOSE_S,
            write_limit=2**18,
            server_header=None,
            logger=_silent,
        )

    def strike(self, now_ns: int) -> None:
        """Do to the connections what the switched-on faults ask for."""
        faults = self._venue.faults
        if not faults:
            return
        if faults.has(FaultKind.SOCKET):
            for number, link in list(self._links.items()):
                if link.client is not None:
                    target = Target(account=link.client.account_id)
                    for fault in faults.strike_socket(number, target, now_ns):
                        self._afflict(link, fault)
        faults.expire(now_ns)

    def _afflict(self, link: Link, fault: Fault) -> None:
        if fault.name == "stall":
            link.stall(fault.args["ms"] / 1000)
        elif fault.args["code"] in _UNSENDABLE:
            link.socket.transport.abort()
        else:
            task = asyncio.get_running_loop().create_task(link.socket.close(fault.args["code"]))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path != PATH:
            return connection.respond(HTTPStatus.NOT_FOUND, "404 page not found\n")
        try:
            self._venue.keys.identify(
                {name.lower(): value for name, value in request.headers.raw_items()},
                "GET",
                path,
                self._venue.clock.wall_ms(),
            )
        except AuthError as error:
            response = connection.respond(HTTPStatus.UNAUTHORIZED, error.body.decode())
            del response.headers["Content-Type"]
            response.headers["Content-Type"] = "application/json"
            return response
        return None

    async def _converse(self, connection: ServerConnection) -> None:
        request = connection.request
        if request is None:
            return
        link = Link(connection, asyncio.Event())
        client = self._venue.hub.join(request.headers[KEY_HEADER], link.wake.set)
        link.client = client
        self._links[client.number] = link
        self.strike(self._venue.clock.now_ns())
        tasks = [
            asyncio.create_task(link.write(client)),
            asyncio.create_task(link.ping(self._ping_s)),
        ]
        try:
            await self._listen_to(connection, client)
        finally:
            self._venue.hub.leave(client)
            self._links.pop(client.number, None)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen_to(self, connection: ServerConnection, client: Client) -> None:
        dialogue = Dialogue(self._venue.hub, client)
        try:
            async for data in connection:
                dialogue.receive(data, self._venue.clock.now_ns())
                self._venue.on_wake()
        except ConnectionClosed:
            return
