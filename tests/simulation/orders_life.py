"""One life of the client in the simulation: the real session, engine and journal, then death.

Everything that is not the network or the socket is the program's own: engine, loop, dispatcher,
sender, cancels, reconciler, resolver, reads, budget, publisher, REST client and SQLite journal.
A killed life goes on running and reaches nothing: no byte, no record, no screen.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import Signer
from kalshi_tui.api.limits import RateLimits
from kalshi_tui.api.rest import RestClient
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.commands import Command
from kalshi_tui.core.environments import loopback_environment
from kalshi_tui.core.market import Market
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import View, ViewKey
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.connection import Connection
from kalshi_tui.session.journal import Journal, JournalFullError
from kalshi_tui.session.mailbox import Mailbox
from kalshi_tui.session.tasks import Tasks
from kalshi_tui.session.trading import Setting, Trading
from kalshi_tui.session.trail import Trail
from tests.simulation.orders_venue import BEST_ASK, BEST_BID
from tests.simulation.orders_wire import Line, Wire

URL = "http://127.0.0.1:1/trade-api/v2"
_DEEP = Count(1_000_000)
_FULL = 0.012
"""The chance that the disk has no room, at each commit."""


class World(Wire, Protocol):
    """What a life needs of the world around it."""

    chances: random.Random
    is_calm: bool


@cache
def signer() -> Signer:
    """Return the account's key; what it signs is not looked at, when it signs is."""
    return Signer("simulated", Ed25519PrivateKey.generate())


class NoTrail(Trail):
    """Writes nothing and needs no thread."""

    def __init__(self) -> None:
        pass

    def write(self, entry: fx.WriteTrail) -> None:
        pass

    def close(self, within_s: float = 0.0) -> None:
        pass


class DoomedLedger:
    """The real journal, on a disk that may be full, of a program that may die at each commit."""

    def __init__(self, journal: Journal, world: World, life: "Life") -> None:
        self._journal = journal
        self._world = world
        self._life = life

    @property
    def reason(self) -> str:
        return ""

    def record(self, entries: Sequence[fx.JournalEntry]) -> None:
        if self._life.is_dead or self._life.dies("before a record"):
            return
        if not self._world.is_calm and self._world.draw(1.0) < _FULL:
            raise JournalFullError("The disk is full.")
        self._journal.record(entries)
        self._life.dies("after a record")

    def entries(self) -> Iterator[fx.JournalEntry]:
        return self._journal.entries()

    def working(self) -> Iterator[fx.JournalEntry]:
        return self._journal.working()

    def sign_times(self, client_order_id: str) -> tuple[int, ...]:
        return () if self._life.is_dead else self._journal.sign_times(client_order_id)

    def newest_fill_ms(self) -> int:
        return self._journal.newest_fill_ms()

    def close(self) -> None:
        pass


class Cable(Connection):
    """The feed, without its protocol: books that stand still, and private facts as they come."""

    def __init__(
        self, world: World, absorb: Callable[..., None], sweep: Callable[[], None]
    ) -> None:
        self._world = world
        self._tell = absorb
        self._swept = sweep
        self._tickers: tuple[str, ...] = ()
        self._broken: asyncio.Future[str] | None = None
        self._free: dict[str, float] = {}
        self.epoch = 0

    @property
    def is_open(self) -> bool:
        return self._broken is not None

    async def run(self) -> None:
        while True:
            self._tell(e.ConnectionChanged(e.ConnectionState.CONNECTING))
            await asyncio.sleep(0.05 + self._world.draw(0.3))
            self.epoch += 1
            self._broken = asyncio.get_running_loop().create_future()
            self._free.clear()
            self._tell(e.ConnectionChanged(e.ConnectionState.OPEN, "", self.epoch))
            self._books()
            self._swept()
            reason = await self._broken
            self._broken = None
            stale = e.BookStatus.STALE
            self._tell(
                e.ConnectionChanged(e.ConnectionState.IDLE, reason, self.epoch),
                *(e.BookStatusChanged(each, stale, reason) for each in self._tickers),
            )
            await asyncio.sleep(self._world.draw(3.0))

    def hear(self, channel: str, delay_s: float, fact: e.Fact) -> None:
        """A private message arrives after a while, behind those before it on its channel."""
        loop = asyncio.get_running_loop()
        at = max(loop.time() + delay_s, self._free.get(channel, 0.0) + 1e-6)
        self._free[channel] = at
        loop.call_at(at, self._deliver, self.epoch, fact)

    def _deliver(self, epoch: int, fact: e.Fact) -> None:
        if self.is_open and epoch == self.epoch:
            self._tell(fact)

    def _books(self) -> None:
        for each in self._tickers:
            bids, asks = ((Price(BEST_BID), _DEEP),), ((Price(BEST_ASK), _DEEP),)
            self._tell(
                e.BookSnapshot(each, bids, asks, 1, 0),
                e.BookStatusChanged(each, e.BookStatus.LIVE),
            )

    def want(self, tickers: Iterable[str]) -> None:
        self._tickers = tuple(tickers)
        if self.is_open:
            asyncio.get_running_loop().call_soon(self._books)

    def drop(self, reason: str) -> None:
        if self._broken is not None and not self._broken.done():
            self._broken.set_result(reason)

    def repair(self, ticker: str, reason: str, *, by_audit: bool = False) -> None:
        raise AssertionError(f"a book that stands still was called wrong: {reason}")

    def degraded(self) -> tuple[str, ...]:
        return ()

    def take_status_wanted(self) -> tuple[str, ...]:
        return ()

    def look_reopened(self, ticker: str, market: Market | None) -> None:
        pass

    def maintenance(self, is_paused: bool) -> None:
        pass

    def retry(self) -> None:
        pass

    def hurry(self) -> None:
        pass

    def lag(self, reason: str) -> None:
        pass

    def set_offset(self, offset_ns: int | None) -> None:
        pass

    def report(self) -> e.FeedReport:
        return e.FeedReport(self.epoch)


class _Trading(Trading):
    """The real wiring with a simulated socket, and without the tasks that only keep time warm."""

    def __init__(self, world: World, *parts: Any, **named: Any) -> None:
        self._world = world
        self.has_read = False
        super().__init__(*parts, **named)

    def _make_connection(self, url: str, signer: Signer) -> Connection:
        self._chance = random.Random(1)
        self.cable = Cable(self._world, self._absorb, self._sweep_wanted)
        return self.cable

    async def _sweep(self) -> None:
        await super()._sweep()
        self.has_read = True

    async def _keep_warm(self) -> None:
        pass

    async def _beat(self) -> None:
        pass

    def view(self, key: ViewKey) -> View | None:
        """Return what the screen would show now."""
        return self._engine.view(key)


class Life:
    """Make it, `run` it as a task; `kill` ends it at once, `quit` as the user would."""

    def __init__(self, world: World, path: Path, clock: Clock, limits: Limits) -> None:
        self._world = world
        self._path = path
        self._clock = clock
        self._limits = limits
        self._over = asyncio.Event()
        self.is_dead = False
        self.died = ""
        self.mailbox = Mailbox()
        self.trading: _Trading | None = None
        self.failures: list[str] = []

    def dies(self, where: str) -> bool:
        """Kill the program here, by chance; return whether it is dead."""
        if not self.is_dead and self._world.chance("crash"):
            self.kill(where)
        return self.is_dead

    async def _point(self, where: str) -> None:
        if self.dies(where):
            await asyncio.get_running_loop().create_future()

    def kill(self, where: str) -> None:
        """End it at once: from here on it reaches nothing."""
        self.is_dead, self.died = True, where
        self._over.set()

    def take(self, command: Command) -> None:
        """Give it a command of the user."""
        if self.trading is not None and not self.is_dead:
            self.trading.take(command)

    async def quit(self) -> None:
        """End it as the user would; what is on its way is waited for, but not for ever."""
        if self.trading is not None and not self.is_dead:
            await self.trading.finish(2.0)
            self.kill("quit")

    async def run(self) -> None:
        """Live until the end."""
        journal = Journal(self._path, environment="practice", account="a", wall_ns=1)
        rest = RestClient(
            URL,
            signer(),
            RateLimits(),
            clock=self._clock.wall_ns,
            monotonic=self._clock.mono_ns,
            transport=Line(self._world, self._point),
        )
        try:
            async with asyncio.TaskGroup() as group:
                tasks = Tasks(group, self.failures.append)
                self.trading = _Trading(
                    self._world,
                    loopback_environment(URL, "ws://127.0.0.1:1"),
                    signer(),
                    setting=Setting(self._limits, 60, "KXSIM-A", self.mailbox, self._clock),
                    ledger=DoomedLedger(journal, self._world, self),
                    rest=rest,
                    trail=NoTrail(),
                    tasks=tasks,
                )
                self.trading.start()
                await self._over.wait()
                tasks.cancel()
        finally:
            self.kill(self.died)
            await rest.aclose()
            journal.close()
