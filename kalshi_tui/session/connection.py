"""Keeps the feed connected: the task around the sans-IO protocol.

Opens the socket, hands over what arrives in batches, sends what the protocol wants sent, keeps its
deadlines, and connects again for ever. Knows no frame and no book.
Source: the calling contract of `api.feed`; reliability catalogue TC01-TC12.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any, Protocol

from kalshi_tui.api.backoff import delays
from kalshi_tui.api.feed import Feed
from kalshi_tui.api.socket import SocketError
from kalshi_tui.session.clock import Clock

SECOND = 1_000_000_000
HELD_NS = 10 * SECOND
"""A connection that lasted this long was a good one: the pauses begin small again."""


Start = Callable[[Coroutine[Any, Any, None]], None]


class Channel(Protocol):
    """One open socket. Every method raises `SocketError` once it has ended."""

    async def receive(self) -> list[bytes]:
        """Return all frames that are there, at least one, in order."""
        ...

    async def send(self, text: str) -> None: ...

    async def ping(self) -> None:
        """Send a ping and return when it is answered."""
        ...

    async def close(self) -> None:
        """End the socket, within a second or so."""
        ...


Dial = Callable[[Callable[[], None]], Awaitable[Channel]]
"""Opens a socket with a fresh signature; its argument is called for every sign of life."""


class Connection:
    """Runs on the session thread. `absorb` takes the facts of one batch."""

    def __init__(
        self,
        feed: Feed,
        dial: Dial,
        *,
        absorb: Callable[..., None],
        sweep: Callable[[], None],
        clock: Clock,
        draw: Callable[[], float],
    ) -> None:
        """`sweep` reads what a private channel may have missed; `draw` gives numbers in [0, 1)."""
        self._feed = feed
        self._dial = dial
        self._absorb = absorb
        self._sweep = sweep
        self._clock = clock
        self._draw = draw
        self._delays: Iterator[float] = delays(draw)
        self._hurry = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_ns = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._lost: asyncio.Future[str] | None = None

    def want(self, tickers: Iterable[str]) -> None:
        """Replace the set of markets whose books are kept."""
        self._feed.want(tickers, self._clock.mono_ns())
        self._pump()

    def repair(self, ticker: str, reason: str) -> None:
        """A book was found wrong: fetch it anew."""
        self._feed.repair(ticker, reason, self._clock.mono_ns())
        self._pump()

    def hurry(self) -> None:
        """Connect now instead of waiting for the next attempt."""
        self._delays = delays(self._draw)
        self._hurry.set()

    async def run(self) -> None:
        """Connect, carry, and connect again, for ever."""
        while True:
            self._hurry.clear()
            self._feed.connecting(self._clock.mono_ns())
            self._pump()
            try:
                channel = await self._dial(self._on_life)
            except SocketError as error:
                now = self._clock.mono_ns()
                self._feed.connect_failed(now, error.reason, refused=error.refused)
                self._pump()
                if error.refused:
                    await self._hurry.wait()
            else:
                await self._carry(channel)
            await self._pause(next(self._delays))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _carry(self, channel: Channel) -> None:
        """Run one connection from the handshake to its end, whatever ends it."""
        begun_ns = self._clock.mono_ns()
        lost = self._lost = asyncio.get_running_loop().create_future()
        self._outbox = asyncio.Queue()
        reason = "The connection was closed."
        try:
            async with asyncio.TaskGroup() as group:
                start = self._starter(group)
                start(self._read(channel))
                start(self._write(channel, start))
                self._feed.connected(begun_ns)
                self._pump()
                reason = await lost
                for task in self._tasks:
                    task.cancel()
        finally:
            self._lost = None
            self._disarm()
            await channel.close()
            now = self._clock.mono_ns()
            self._feed.disconnected(now, reason)
            self._pump()
            if now - begun_ns >= HELD_NS:
                self._delays = delays(self._draw)

    def _starter(self, group: asyncio.TaskGroup) -> Start:
        def start(work: Coroutine[Any, Any, None]) -> None:
            task = group.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return start

    def _on_life(self) -> None:
        self._feed.heard(self._clock.mono_ns())

    async def _read(self, channel: Channel) -> None:
        try:
            while True:
                frames = await channel.receive()
                now = self._clock.mono_ns()
                for frame in frames:
                    self._feed.receive(frame, now)
                self._pump()
        except SocketError as error:
            self._lose(error.reason)

    async def _write(self, channel: Channel, start: Start) -> None:
        try:
            while True:
                text = await self._outbox.get()
                if text is None:
                    start(self._ping(channel))
                else:
                    await channel.send(text)
        except SocketError as error:
            self._lose(error.reason)

    async def _ping(self, channel: Channel) -> None:
        try:
            await channel.ping()
        except SocketError as error:
            self._lose(error.reason)
            return
        self._feed.ponged(self._clock.mono_ns())
        self._pump()

    def _pump(self) -> None:
        """Take out of the protocol whatever it has to say, and set the next alarm."""
        facts = self._feed.facts()
        if facts:
            self._absorb(*facts)
        now = self._clock.mono_ns()
        if self._lost is None:
            return
        for text in self._feed.outgoing():
            self._outbox.put_nowait(text)
        if self._feed.take_ping(now):
            self._outbox.put_nowait(None)
        if self._feed.take_sweep_wanted():
            self._sweep()
        if self._feed.reconnect_reason:
            self._lose(self._feed.reconnect_reason)
            return
        self._set_alarm(now)

    def _lose(self, reason: str) -> None:
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(reason)

    def _set_alarm(self, now: int) -> None:
        deadline_ns = self._feed.next_deadline(now)
        if deadline_ns is None:
            self._disarm()
            return
        if self._alarm is not None and self._alarm_ns <= deadline_ns:
            # An alarm that comes too early only looks again; setting it anew for every frame
            # would cost more.
            return
        self._disarm()
        self._alarm_ns = deadline_ns
        wait_s = max(deadline_ns - now, 0) / SECOND
        self._alarm = asyncio.get_running_loop().call_later(wait_s, self._on_alarm)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _on_alarm(self) -> None:
        self._alarm = None
        self._feed.tick(self._clock.mono_ns())
        self._pump()
