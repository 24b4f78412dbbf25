"""Keeps the feed connected: the task around the sans-IO protocol.

Opens the socket, hands over what arrives in batches, sends what the protocol wants sent, keeps its
deadlines, and connects again for ever. Knows no frame and no book.
Source: the calling contract of `api.feed`; reliability catalogue TC01-TC12.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any, Protocol

from kalshi_tui.api.backoff import (
    delays,
    fault_delays,
    is_protocol_fault,
    maintenance_delays,
)
from kalshi_tui.api.errors import STAMP_EXPIRED
from kalshi_tui.api.feed import Feed
from kalshi_tui.api.socket import SocketError
from kalshi_tui.core.events import BookSnapshot, BookStatus, FeedReport
from kalshi_tui.core.market import Market, MarketStatus
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
        dated: Callable[[str | None, int, int], None] = lambda date, sent_ns, received_ns: None,
    ) -> None:
        """`sweep` reads what a private channel may have missed; `draw` gives numbers in [0, 1).

        `dated` takes the `Date` of a refused handshake, and our wall clock before and after it.
        """
        self._feed = feed
        self._dial = dial
        self._absorb = absorb
        self._sweep = sweep
        self._clock = clock
        self._draw = draw
        self._dated = dated
        self._is_corrected = False
        """True after a stamp was refused: the clock is measured, and one attempt is free (TC02)."""
        self._delays: Iterator[float] = delays(draw)
        self._is_paused = False
        self._is_refused = False
        self._is_faulty = False
        """True where the last connection ended by a fault of protocol: soon it would again."""
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

    def repair(self, ticker: str, reason: str, *, by_audit: bool = False) -> None:
        """A book was found wrong: fetch it anew."""
        self._feed.repair(ticker, reason, self._clock.mono_ns(), by_audit=by_audit)
        self._pump()

    @property
    def is_open(self) -> bool:
        """True while a socket is open."""
        return self._lost is not None

    def degraded(self) -> tuple[str, ...]:
        """Return the markets whose book has to be read over REST."""
        return self._feed.degraded()

    def polled(self, snapshot: BookSnapshot) -> None:
        """Hand in a book that was read over REST."""
        self._feed.polled(snapshot, self._clock.mono_ns())
        self._pump()

    def unpolled(self, ticker: str, reason: str) -> None:
        """A book could not be read over REST."""
        self._feed.unpolled(ticker, reason)
        self._pump()

    def take_status_wanted(self) -> tuple[str, ...]:
        """Take the markets whose status has to be asked for."""
        return self._feed.take_status_wanted()

    def closed(self, ticker: str, reason: str) -> None:
        """A market has ended: nothing more comes of its book."""
        self._feed.closed(ticker, reason, self._clock.mono_ns())
        self._pump()

    def look_reopened(self, ticker: str, market: Market | None) -> None:
        """A listing was read: a market that trades again needs its book anew (FF14)."""
        is_active = market is not None and market.status is MarketStatus.ACTIVE
        if is_active and self._feed.status(ticker) is BookStatus.CLOSED:
            self._feed.reopened(ticker, self._clock.mono_ns())
            self._pump()

    def maintenance(self, is_paused: bool) -> None:
        """The exchange is closed for a while, or open again (TC15)."""
        self._is_paused = is_paused
        self._feed.maintenance(is_paused, self._clock.mono_ns())
        self._pump()

    def lag(self, reason: str) -> None:
        """This program was held up: what it shows may be old (TC10)."""
        self._feed.lag(reason, self._clock.mono_ns())
        self._pump()

    def set_offset(self, offset_ns: int | None) -> None:
        """Say how far the exchange's wall clock is ahead of ours, to tell the age of messages.

        None where its time does not run as ours: then no age is judged.
        """
        if offset_ns is None:
            self._feed.set_clock(None)
            return
        self._feed.set_clock(self._clock.wall_ns() - self._clock.mono_ns() + offset_ns)

    def report(self) -> FeedReport:
        """Return what the feed panel shows."""
        return self._feed.report(self._clock.mono_ns())

    def drop(self, reason: str) -> None:
        """Give the socket up at once and connect anew (TC13)."""
        self._is_faulty = False
        self._lose(reason)
        self.hurry()

    def hurry(self) -> None:
        """Connect now instead of waiting for the next attempt."""
        self._delays = delays(self._draw)
        self._hurry.set()

    def retry(self) -> None:
        """The exchange answers: connect now, unless it refused us or the protocol is at fault."""
        if not (self._is_refused or self._is_faulty):
            self._hurry.set()

    async def run(self) -> None:
        """Connect, carry, and connect again, for ever."""
        while True:
            self._hurry.clear()
            self._feed.connecting(self._clock.mono_ns())
            self._pump()
            asked_ns = self._clock.wall_ns()
            try:
                channel = await self._dial(self._on_life)
            except SocketError as error:
                self._dated(error.date, asked_ns, self._clock.wall_ns())
                if await self._failed(error):
                    continue
            else:
                self._is_corrected = False
                await self._carry(channel)
            await self._pause(self._next_pause())

    async def _failed(self, error: SocketError) -> bool:
        """Say why no socket was opened. Returns True where the next attempt is due at once."""
        self._feed.connect_failed(self._clock.mono_ns(), error.reason, refused=error.refused)
        self._pump()
        if error.refused:
            self._is_refused = True
            await self._hurry.wait()
            self._is_refused = False
        is_first = error.code == STAMP_EXPIRED and not self._is_corrected
        self._is_corrected |= is_first
        return is_first

    def _next_pause(self) -> float:
        if self._is_faulty:
            return next(fault_delays(self._draw))
        if self._is_paused:
            return next(maintenance_delays(self._draw))
        return next(self._delays)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _carry(self, channel: Channel) -> None:
        """Run one connection from the handshake to its end, whatever ends it."""
        begun_ns = self._clock.mono_ns()
        self._is_faulty = False
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
                self._feed.receive_all(frames, self._clock.mono_ns())
                self._pump()
        except SocketError as error:
            self._is_faulty = is_protocol_fault(error.close_code)
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
