"""The WebSocket port: handshakes, pings, batched writes, and what faults do to a connection.

Owns sockets and their tasks; what is said over them is `dialogue`'s and `hub`'s. A connection is
signed like a REST call, over GET and the path, and refused with the same 401 bodies.
Source: asyncapi.yaml (handshake, Ping every 10 s with the body `heartbeat`).
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from kalshi_tui.practice.auth import KEY_HEADER, AuthError
from kalshi_tui.practice.carrier import abort
from kalshi_tui.practice.dialogue import Dialogue
from kalshi_tui.practice.faults import Fault, Registry, Target
from kalshi_tui.practice.perils import FaultKind
from kalshi_tui.practice.subscriptions import Client
from kalshi_tui.practice.venue import Venue

PATH = "/trade-api/ws/v2"

PING_S = 10.0
HEARTBEAT = b"heartbeat"

_BATCH = 512
"""Frames handed to the kernel in one write: a burst costs one system call, not hundreds."""

_MAX_COMMAND = 2**25
"""Bytes of one command: half a million markets can be named in it."""

_CROWD = 4_000
"""Waiting frames from which a connection counts as one that cannot follow."""

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
        self._held_by: list[Fault] = []

    def stall(self, seconds: float) -> None:
        """Send no data for a while; pings go on and the backlog follows."""
        self._stalled_until = asyncio.get_running_loop().time() + seconds

    def freeze(self, fault: Fault) -> None:
        """Move nothing in either direction, pings and pongs included, until the fault is over."""
        self._held_by.append(fault)
        self.socket.transport.pause_reading()

    def thaw(self, faults: Registry, now_ns: int) -> None:
        """Let things move again where no fault holds them any more."""
        if self._held_by:
            self._held_by = [each for each in self._held_by if faults.is_on(each, now_ns)]
            if not self._held_by:
                self.socket.transport.resume_reading()
                self.wake.set()

    @property
    def is_held(self) -> bool:
        """True while a fault keeps data back."""
        return bool(self._held_by) or self._stalled_until > asyncio.get_running_loop().time()

    async def write(self, client: Client) -> None:
        """Send what waits, for ever, a batch at a time and as fast as the reader takes it."""
        loop = asyncio.get_running_loop()
        while True:
            await self.wake.wait()
            self.wake.clear()
            while client.waiting and not self._held_by:
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

    async def ping(self, every_s: float, is_due: Callable[[], bool]) -> None:
        """Ping for ever. An unanswered one changes nothing: the exchange does not insist."""
        while True:
            await asyncio.sleep(every_s)
            if self._held_by or not is_due():
                continue
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
            max_size=_MAX_COMMAND,
            server_header=None,
            logger=_silent,
        )

    @property
    def is_crowded(self) -> bool:
        """True while a connection that could be written to has much to read."""
        return any(
            link.client is not None and link.client.waiting > _CROWD and not link.is_held
            for link in self._links.values()
        )

    def strike(self, now_ns: int) -> None:
        """Do to the connections and to everything else what the switched-on faults ask for."""
        faults = self._venue.faults
        for link in self._links.values():
            link.thaw(faults, now_ns)
        if not faults:
            return
        if faults.has(FaultKind.SOCKET):
            for number, link in list(self._links.items()):
                if link.client is not None:
                    target = Target(account=link.client.account_id)
                    for fault in faults.strike_each(FaultKind.SOCKET, (number, 0), target, now_ns):
                        self._afflict(link, fault)
        self._venue.strike(now_ns)

    def _afflict(self, link: Link, fault: Fault) -> None:
        if fault.name == "stall":
            link.stall(fault.whole("ms") / 1000)
        elif fault.name == "half_open":
            link.freeze(fault)
        elif fault.name == "reset":
            abort(link.socket.transport)
        elif fault.whole("code") in _UNSENDABLE:
            link.socket.transport.abort()
        else:
            task = asyncio.get_running_loop().create_task(link.socket.close(fault.whole("code")))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path != PATH:
            return connection.respond(HTTPStatus.NOT_FOUND, "404 page not found\n")
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        now_ns = self._venue.clock.now_ns()
        target = Target(account=headers.get(KEY_HEADER, ""))
        refused = self._venue.faults.ask("reject_handshake", target, now_ns)
        if refused is not None:
            status = refused.whole("status")
            return Response(status, _reason(status), Headers({"Content-Length": "0"}))
        try:
            self._venue.identify(headers, "GET", path)
        except AuthError as error:
            response = connection.respond(HTTPStatus.UNAUTHORIZED, error.body.decode())
            del response.headers["Content-Type"]
            response.headers["Content-Type"] = "application/json"
            # By the clock that the stamp was judged by, as on the REST side.
            del response.headers["Date"]
            seconds = self._venue.wall_ns() // 1_000_000_000
            response.headers["Date"] = formatdate(seconds, usegmt=True)
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
            asyncio.create_task(link.ping(self._ping_s, lambda: self._pings(client))),
        ]
        try:
            await self._listen_to(connection, client)
        finally:
            self._venue.hub.leave(client)
            self._links.pop(client.number, None)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _pings(self, client: Client) -> bool:
        target = Target(account=client.account_id)
        now_ns = self._venue.clock.now_ns()
        return self._venue.faults.ask("no_ping", target, now_ns) is None

    async def _listen_to(self, connection: ServerConnection, client: Client) -> None:
        dialogue = Dialogue(self._venue.hub, client)
        try:
            async for data in connection:
                dialogue.receive(data, self._venue.clock.now_ns())
                self._venue.on_wake()
        except ConnectionClosed:
            return


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused"
