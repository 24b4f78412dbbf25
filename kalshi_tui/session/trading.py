"""One trading session on one exchange: which part talks to which, and what runs beside what.

Wires engine, journal, client and publisher together on the session thread. Holds no rule of
trading, of the feed or of the journal.
"""

import asyncio
import gc
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kalshi_tui.api.auth import Signer
from kalshi_tui.api.errors import ApiError
from kalshi_tui.api.feed import Feed
from kalshi_tui.api.rest import RestClient
from kalshi_tui.api.socket import open_socket
from kalshi_tui.core import events as e
from kalshi_tui.core import risk
from kalshi_tui.core.commands import Command, Watch
from kalshi_tui.core.effects import NoticeLevel, Notify, Read
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Environment
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.connection import Connection
from kalshi_tui.session.dispatch import Dispatcher
from kalshi_tui.session.journal import Ledger
from kalshi_tui.session.loop import Loop
from kalshi_tui.session.mailbox import Mailbox
from kalshi_tui.session.publisher import Publisher
from kalshi_tui.session.reads import Reads
from kalshi_tui.session.reconcile import Reconciler
from kalshi_tui.session.tasks import Tasks

SECOND = 1_000_000_000
MILLI = 1_000_000
STATUS_EVERY_S = 30.0
MARKETS_EVERY_S = 60.0
LIMITS_EVERY_S = 600.0
"""How often what drifts is read again."""

WARM_EVERY_S = 4.0
"""Below the 5 s after which many servers close a connection that idles."""

RETRY_S = 2.0
"""Pause after a read at the start that failed."""

_DOUBTS = (e.OutcomeUnknown, e.CancelUnknown, e.CancelRefused)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a session is made with, beside its exchange."""

    limits: risk.Limits
    fps: int
    market: str
    """The market to begin with; empty for the first active one."""
    mailbox: Mailbox
    clock: Clock


class Trading:
    """The parts of a session, tied together. `start` them, then `finish`."""

    def __init__(
        self,
        environment: Environment,
        signer: Signer,
        *,
        setting: Setting,
        ledger: Ledger,
        rest: RestClient,
        tasks: Tasks,
    ) -> None:
        clock = self._clock = setting.clock
        self._first_market = setting.market
        self._tasks = tasks
        self._ledger = ledger
        self._rest = rest
        self._is_settled = False
        self._engine = Engine(
            mode=environment.start_mode, limits=setting.limits, read_only=ledger.reason
        )
        self._publisher = Publisher(
            self._engine,
            setting.mailbox,
            clock,
            fps=setting.fps,
            call_later=asyncio.get_running_loop().call_later,
        )
        self._reconciler = Reconciler(
            rest, view=self._engine.view, absorb=self._absorb, clock=clock
        )
        self._reads = Reads(self._readers(), tasks=tasks, absorb=self._absorb)
        self._connection = self._make_connection(environment.socket_url, signer)
        self._dispatcher = self._make_dispatcher()
        self._loop = Loop(
            self._engine,
            run=self._dispatcher.run,
            publish=self._publisher.touch,
            notify=self._publisher.notify,
            clock=clock,
        )

    def _make_connection(self, url: str, signer: Signer) -> Connection:
        chance = random.Random()
        return Connection(
            Feed(jitter=chance.random),
            lambda on_life: open_socket(
                url,
                lambda path: signer.headers("GET", path, self._stamp_ms()),
                on_life=on_life,
            ),
            absorb=self._absorb,
            sweep=self._sweep_wanted,
            clock=self._clock,
            draw=chance.random,
        )

    def _make_dispatcher(self) -> Dispatcher:
        return Dispatcher(
            ledger=self._ledger,
            orders=self._rest,
            books=self._connection,
            read=self._reads.want,
            notify=self._publisher.notify,
            absorb=self._answered,
            tasks=self._tasks,
            clock=self._clock,
        )

    def _readers(self) -> dict[Read, Callable[[], Awaitable[None]]]:
        return {
            Read.BALANCE: self._reconciler.read_balance,
            Read.QUEUES: self._reconciler.read_queues,
            Read.SWEEP: self._sweep,
            Read.EXCHANGE_STATUS: self._reconciler.read_status,
        }

    def start(self) -> None:
        """Replay the journal, then begin to connect and to read."""
        self._loop.absorb()
        self._dispatcher.run(self._engine.restore(self._ledger.entries()))
        self._tasks.start("feed", self._connection.run())
        self._tasks.start("markets", self._keep_markets())
        self._tasks.start("limits", self._repeat(LIMITS_EVERY_S, self._reconciler.read_limits))
        self._tasks.start("status", self._keep_status())
        self._tasks.start("order connection", self._keep_warm())
        self._tasks.start("resolver", self._reconciler.resolve())
        self._tasks.start("time", self._tell_time())
        self._reconciler.doubt()

    def take(self, command: Command) -> None:
        """Take a command of the user."""
        self._loop.absorb(command)

    def halt(self, reason: str) -> None:
        """Take no more orders."""
        self._loop.halt(reason)
        self._publisher.touch()

    def tell(self, text: str) -> None:
        """Say something about the exchange to the user."""
        self._publisher.notify(Notify(NoticeLevel.ERROR, text, self._clock.wall_ns()))
        self._publisher.touch()

    def hurry(self) -> None:
        """The exchange is there again: connect now."""
        self._connection.hurry()

    async def finish(self, within_s: float) -> None:
        """Take no more orders, wait for the answers under way, publish what is left."""
        await self._dispatcher.settle(within_s)
        self._publisher.close()

    def _stamp_ms(self) -> int:
        """Return what to sign with: our wall clock, put right by the exchange's."""
        return (self._clock.wall_ns() + self._rest.clock_offset_ns) // MILLI

    # What the parts say to each other

    def _absorb(self, *facts: e.Fact) -> None:
        self._loop.absorb(*facts)

    def _answered(self, fact: e.Fact) -> None:
        self._loop.absorb(fact)
        if isinstance(fact, _DOUBTS):
            self._reconciler.doubt()

    def _sweep_wanted(self) -> None:
        """The private channels carry no sequence: what was missed has to be read."""
        self._reads.want(Read.SWEEP)
        self._reads.want(Read.BALANCE)

    # What runs beside

    async def _sweep(self) -> None:
        await self._reconciler.sweep()
        self._reconciler.doubt()
        if not self._is_settled:
            self._is_settled = True
            # What the start has built stays: the collector need not look at it again.
            gc.freeze()

    async def _keep_markets(self) -> None:
        while True:
            is_read = await self._tried("the markets", self._read_markets)
            await asyncio.sleep(MARKETS_EVERY_S if is_read else RETRY_S)

    async def _read_markets(self) -> None:
        events = await self._reconciler.list_markets()
        if self._first_market:
            # Before the fees are read: the book can come meanwhile.
            self._loop.absorb(Watch(self._first_market))
            self._first_market = ""
        await self._reconciler.read_fees(events)

    async def _keep_status(self) -> None:
        while True:
            self._reads.want(Read.EXCHANGE_STATUS)
            await asyncio.sleep(STATUS_EVERY_S)

    async def _repeat(self, every_s: float, read: Callable[[], Awaitable[None]]) -> None:
        while True:
            is_read = await self._tried("the account's limits", read)
            await asyncio.sleep(every_s if is_read else RETRY_S)

    async def _tried(self, what: str, read: Callable[[], Awaitable[None]]) -> bool:
        try:
            await read()
        except ApiError as error:
            self._loop.absorb(e.RequestFailed(what, error.reason))
            return False
        return True

    async def _keep_warm(self) -> None:
        """Keep a connection open for orders; servers and proxies close those that idle."""
        while True:
            await self._rest.warm()
            await asyncio.sleep(WARM_EVERY_S)

    async def _tell_time(self) -> None:
        """Tell the engine the time at each full second of the wall clock."""
        while True:
            rest_ns = SECOND - self._clock.wall_ns() % SECOND
            await asyncio.sleep(rest_ns / SECOND)
            self._loop.absorb()
