"""A TCP proxy that notes when requests leave a client, and that asks its socket for pongs.

Stands between the workstation and an exchange in benchmarks. `posts` are the moments at which a
POST came; a ping is put between two frames of the exchange every `PING_S`, and `pongs` says how
long each answer took: how long the client's own loop was away. Moments are `perf_counter`'s.
"""

import asyncio
import itertools
import threading
import time
from types import TracebackType

CHUNK = 65_536
PING_S = 0.02
_MARK = b"tap"


class Frames:
    """Finds where WebSocket frames begin in one direction, after the handshake's answer."""

    def __init__(self) -> None:
        self._left = 0
        """Bytes of the present frame that have not come."""
        self._pending = b""
        self.is_open = False
        """False until the handshake is over."""

    @property
    def is_between(self) -> bool:
        """True where a frame of our own may be put."""
        return self.is_open and self._left == 0 and not self._pending

    def take(self, data: bytes) -> list[tuple[int, bytes]]:
        """Take bytes; returns (opcode, masked payload) of the short frames that began in them."""
        found: list[tuple[int, bytes]] = []
        data, self._pending = self._pending + data, b""
        if not self.is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._pending = head
                return found
            self.is_open = True
        while data:
            if self._left:
                step = min(self._left, len(data))
                self._left -= step
                data = data[step:]
                continue
            head_size, size = _sizes(data)
            if head_size == 0 or (size < 126 and len(data) < head_size + size):
                self._pending = data
                break
            if size < 126:
                found.append((data[0] & 15, data[head_size - 4 : head_size + size]))
                data = data[head_size + size :]
            else:
                self._left = size
                data = data[head_size:]
        return found


def _sizes(data: bytes) -> tuple[int, int]:
    """Return the bytes of a frame's head and of its payload; (0, 0) while the head is not there."""
    if len(data) < 2:
        return 0, 0
    size, more = data[1] & 127, 4 if data[1] & 128 else 0
    extra = {126: 2, 127: 8}.get(size, 0)
    if len(data) < 2 + extra + more:
        return 0, 0
    if extra:
        size = int.from_bytes(data[2 : 2 + extra])
    return 2 + extra + more, size


class Tap:
    """Use it as a context: between, `port` leads to the target's port on loopback."""

    def __init__(self, target_port: int, *, is_socket: bool = False) -> None:
        self._target_port = target_port
        self._is_socket = is_socket
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="tap", daemon=True)
        self._is_up = threading.Event()
        self._stopping = asyncio.Event()
        self._asked: dict[bytes, float] = {}
        self.port = 0
        self.posts: list[float] = []
        self.pongs: list[tuple[float, float]] = []
        """(when a ping was put, seconds until its pong came)"""

    def __enter__(self) -> "Tap":
        self._thread.start()
        assert self._is_up.wait(5)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(5)

    def unanswered(self, now: float) -> float:
        """Return how long the oldest ping without a pong has waited, in seconds."""
        return max((now - each for each in tuple(self._asked.values())), default=0.0)

    def _main(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._is_up.set()
        await self._stopping.wait()
        server.close()

    async def _accept(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, forth = await asyncio.open_connection("127.0.0.1", self._target_port)
        downstream = Frames()
        works = [self._up(near, forth), self._down(far, back, downstream)]
        if self._is_socket:
            works.append(self._ask(back, downstream))
        tasks = [asyncio.create_task(work) for work in works]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for writer in (back, forth):
            writer.transport.abort()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames()
        while chunk := await reader.read(CHUNK):
            now = time.perf_counter()
            if self._is_socket:
                for opcode, masked in frames.take(chunk):
                    self._pong(opcode, masked, now)
            elif chunk.startswith(b"POST "):
                self.posts.append(now)
            writer.write(chunk)
            await writer.drain()

    def _pong(self, opcode: int, masked: bytes, now: float) -> None:
        mask, body = masked[:4], masked[4:]
        text = bytes(each ^ key for each, key in zip(body, itertools.cycle(mask), strict=False))
        if opcode == 10 and (asked := self._asked.pop(text, None)) is not None:
            self.pongs.append((asked, now - asked))

    async def _down(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: Frames
    ) -> None:
        while chunk := await reader.read(CHUNK):
            if self._is_socket:
                frames.take(chunk)
            writer.write(chunk)
            await writer.drain()

    async def _ask(self, writer: asyncio.StreamWriter, frames: Frames) -> None:
        for number in itertools.count():
            await asyncio.sleep(PING_S)
            if frames.is_between:
                text = _MARK + str(number).encode()
                self._asked[text] = time.perf_counter()
                writer.write(bytes((0x89, len(text))) + text)
