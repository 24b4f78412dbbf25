"""A TCP proxy that can be made to misbehave: slow, dead, cut off, or half open.

Runs in a thread with a loop of its own, so that it serves tests with and without a loop. Knows
nothing of what passes through it.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from types import TracebackType

CHUNK = 65_536


class Proxy:
    """Use it as a context: between, `port` leads to the target's port on loopback."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="proxy", daemon=True)
        self._is_up = threading.Event()
        self._stopping = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._latency_s = 0.0
        self._refuses = False
        self.port = 0
        self.accepted = 0
        """Connections since the start."""

    def __enter__(self) -> "Proxy":
        self._thread.start()
        assert self._is_up.wait(5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call(self._stopping.set)
        self._thread.join(5)

    # What a test does to it

    def slow(self, seconds: float) -> None:
        """Hold every chunk back for so long."""
        self._call(lambda: setattr(self, "_latency_s", seconds))

    def blackhole(self) -> None:
        """Half open: everything stays connected, new connections too, and nothing passes."""
        self._call(self._flowing.clear)

    def flow(self) -> None:
        """Let everything pass again, what was held back included."""
        self._call(self._flowing.set)

    def reset(self) -> None:
        """Cut every connection off with a RST, in the middle of whatever it was sending."""
        self._call(self._reset)

    def refuse(self, refuses: bool = True) -> None:
        """Cut off what connects from now on at once."""
        self._call(lambda: setattr(self, "_refuses", refuses))

    # The thread

    def _call(self, function: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(function)

    def _main(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._is_up.set()
        await self._stopping.wait()
        server.close()
        self._flowing.set()
        self._reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._refuses:
            _cut(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            _cut(writer)
            return
        self._writers |= {writer, far_writer}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, far_writer))
                group.create_task(self._pass(far_reader, writer))
        finally:
            for each in (writer, far_writer):
                self._writers.discard(each)
                _cut(each)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(CHUNK):
                await asyncio.sleep(self._latency_s)
                await self._flowing.wait()
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def _reset(self) -> None:
        for writer in tuple(self._writers):
            _cut(writer)


def _cut(writer: asyncio.StreamWriter) -> None:
    """End a connection without goodbye."""
    found = writer.get_extra_info("socket")
    if found is not None and found.fileno() >= 0:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
