"""One trading session on one exchange: which part talks to which, and what runs beside what.

Wires engine, journal, client and publisher together on the session thread. Holds no rule of
trading, of the feed or of the journal.
"""

import asyncio
import gc
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from kalshi_tui.api.auth import Signer
from kalshi_tui.api.errors import ApiError
from kalshi_tui.api.feed import Feed
from kalshi_tui.api.rest import RestClient
from kalshi_tui.api.socket import open_socket
from kalshi_tui.core import events as e
from kalshi_tui.core import risk
from kalshi_tui.core.commands import Command
from kalshi_tui.core.effects import DrillDown, NoticeLevel, Notify, Read
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Environment
from kalshi_tui.core.views import LadderView, Pane
from kalshi_tui.session.audit import Auditor
from kalshi_tui.session.budget import Budget
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.connection import Connection
from kalshi_tui.session.dispatch import Dispatcher
from kalshi_tui.session.journal import Ledger
from kalshi_tui.session.licence import Licence
from kalshi_tui.session.listings import Listings
from kalshi_tui.session.loop import Loop
from kalshi_tui.session.mailbox import Mailbox
from kalshi_tui.session.pace import Pace
from kalshi_tui.session.polling import Polling
from kalshi_tui.session.publisher import Publisher
from kalshi_tui.session.reads import Reads, tried
from kalshi_tui.session.reconcile import Reconciler
from kalshi_tui.session.tasks import Tasks
from kalshi_tui.session.trail import Trail
from kalshi_tui.session.vigil import Lapse, Vigil

SECOND = 1_000_000_000
MILLI = 1_000_000
LICENCE_EVERY_S = 600.0
"""How often it is asked what the key may do."""

SWEEP_EVERY_S = 60.0
"""What a private channel lost is found by then at the latest (FE01)."""

BEAT_S = 0.1
STALL_S = 0.25
"""A beat of the loop that comes later than this was held up: what is shown may be old (TC10)."""

OFFSET_EVERY_S = 10.0
"""How often feed and gate are told how far the exchange's clock is from ours."""

READ_LAG_NS = 5 * SECOND
"""A stamp of the reads may be so much older than the exchange's time."""

WARM_EVERY_S = 4.0
"""Below the 5 s after which many servers close a connection that idles."""

_DOUBTS = (
    e.OutcomeUnknown,
    e.CancelUnknown,
    e.CancelRefused,
    e.CancelAllAnswered,
    e.AmendUnknown,
    e.DecreaseUnknown,
)
"""Answers after which something may have to be looked for."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a session is made with, beside its exchange."""

    limits: risk.Limits
    fps: int
    market: str
    """The market to begin with; empty for the first active one."""
    mailbox: Mailbox
    clock: Clock
    checksum_every: int = 1_000
    """Changes of a book between two lines of its trail."""


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
        trail: Trail,
        tasks: Tasks,
    ) -> None:
        self._clock = setting.clock
        self._checksum_every = setting.checksum_every
        self._tasks = tasks
        self._ledger = ledger
        self._rest = rest
        self._trail = trail
        self._chance = random.Random()
        self._pace = None if environment.is_kalshi else Pace()
        self._is_settled = False
        self._engine = Engine(
            mode=environment.start_mode,
            limits=setting.limits,
            read_only=ledger.reason,
            word=environment.word if environment.real_money else "",
            offset_ns=None,
        )
        self._publisher = self._make_publisher(setting)
        self._reconciler = self._make_reconciler()
        self._reads = Reads(self._readers(), tasks=tasks, absorb=self._absorb)
        self._connection = self._make_connection(environment.socket_url, signer)
        self._licence = self._make_licence(environment, signer)
        self._polling = self._make_polling()
        self._listings = self._make_listings(setting.market)
        self._budget = Budget(rest, read=self._reconciler.read_limits, absorb=self._absorb)
        self._auditor = Auditor(rest, ladder=self._ladder, absorb=self._absorb)
        self._dispatcher = self._make_dispatcher()
        self._loop = self._make_loop()

    def _make_publisher(self, setting: Setting) -> Publisher:
        later = asyncio.get_running_loop().call_later
        return Publisher(
            self._engine, setting.mailbox, self._clock, fps=setting.fps, call_later=later
        )

    def _make_reconciler(self) -> Reconciler:
        return Reconciler(
            self._rest,
            view=self._engine.view,
            absorb=self._absorb,
            clock=self._clock,
            sign_times=self._ledger.sign_times,
            newest_fill_ms=self._ledger.newest_fill_ms(),
        )

    def _make_loop(self) -> Loop:
        return Loop(
            self._engine,
            run=self._dispatcher.run,
            publish=self._publisher.touch,
            notify=self._publisher.notify,
            vigil=Vigil(self._clock),
            lapsed=self._lapsed,
        )

    def _make_connection(self, url: str, signer: Signer) -> Connection:
        return Connection(
            Feed(
                jitter=self._chance.random,
                count_every=self._checksum_every,
                lifecycle=True,
                groups=True,
            ),
            lambda on_life: open_socket(
                url,
                lambda path: signer.headers("GET", path, self._stamp_ms()),
                on_life=on_life,
            ),
            absorb=self._absorb,
            sweep=self._sweep_wanted,
            clock=self._clock,
            draw=self._chance.random,
            dated=self._rest.take_date,
        )

    def _make_licence(self, environment: Environment, signer: Signer) -> Licence:
        drop = self._connection.drop
        return Licence(environment, signer, self._rest.line, restrict=self.restrict, drop=drop)

    def _make_listings(self, first_market: str) -> Listings:
        return Listings(
            self._reconciler,
            first_market=first_market,
            absorb=lambda item: self._loop.absorb(item),
            watched=self._engine.watched_market,
            reread=self._connection.look_reopened,
        )

    def _make_polling(self) -> Polling:
        return Polling(
            self._rest,
            self._connection,
            absorb=self._absorb,
            watched=self._engine.watched_market,
            exchange_ns=self._exchange_ns,
            draw=self._chance.random,
        )

    def _make_dispatcher(self) -> Dispatcher:
        return Dispatcher(
            ledger=self._ledger,
            orders=self._rest,
            books=self._connection,
            read=self._reads.want,
            drill_down=self._drill_down,
            write=self._trail.write,
            notify=self._publisher.notify,
            absorb=self._answered,
            tasks=self._tasks,
            clock=self._clock,
            halted=lambda: self._loop.halted,
            recheck=lambda coid: self._engine.recheck(coid, self._clock.mono_ns()),
        )

    def _readers(self) -> dict[Read, Callable[[], Awaitable[None]]]:
        return {
            Read.BALANCE: self._reconciler.read_balance,
            Read.QUEUES: self._reconciler.read_queues,
            Read.SWEEP: self._sweep,
            Read.SCAN: self._reconciler.scan,
            Read.EXCHANGE_STATUS: self._read_status,
        }

    def start(self, *, open_key: bool = False) -> None:
        """Replay the journal, then begin to connect and to read."""
        if open_key:
            self._engine.note_open_key()
        self._loop.absorb()
        self._dispatcher.run(self._engine.restore(self._ledger.working()))
        self._tasks.start("feed", self._connection.run())
        self._tasks.start("markets", self._listings.run())
        self._tasks.start("limits", self._budget.keep())
        self._tasks.start("licence", self._keep_licence())
        self._tasks.start("status", self._polling.keep_status())
        self._tasks.start("polling", self._polling.keep_books())
        self._tasks.start("audit", self._auditor.run())
        self._tasks.start("sweeps", self._keep_sweeping())
        self._tasks.start("beat", self._beat())
        self._tasks.start("offset", self._keep_offset())
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

    def restrict(self, reason: str) -> None:
        """Only look from now on."""
        self._engine.restrict(reason)
        self.tell(reason)

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
        return self._exchange_ns() // MILLI

    def _exchange_ns(self) -> int:
        return self._clock.wall_ns() + self._rest.clock_offset_ns

    # What the parts say to each other

    def _absorb(self, *facts: e.Fact) -> None:
        self._loop.absorb(*facts)

    def _answered(self, fact: e.Fact) -> None:
        self._loop.absorb(fact)
        self._budget.tell()
        if isinstance(fact, _DOUBTS):
            self._reconciler.doubt()

    def _drill_down(self, wanted: DrillDown) -> None:
        look = self._reconciler.drill_down(wanted.order_id, history=wanted.history)
        self._tasks.start("drill down", look)

    def _ladder(self) -> LadderView | None:
        market = self._engine.watched_market()
        view = self._engine.view((Pane.LADDER, market.ticker)) if market else None
        return view if isinstance(view, LadderView) else None

    def _lapsed(self, lapse: Lapse) -> None:
        """The computer slept, or somebody set its clock."""
        if lapse.asleep_ns:
            seconds = (lapse.asleep_ns + SECOND // 2) // SECOND
            self._connection.drop(f"This computer was asleep for {seconds:,} s.")
        # Where only the clock was set, a healthy socket is left alone (TC14).
        self._tasks.start("clock", self._measure_clock())

    async def _measure_clock(self) -> None:
        with suppress(ApiError):
            # Signed with the wrong time it is refused, and the refusal tells the right one.
            await self._rest.balance()
        await self._set_offset()
        self._reads.want(Read.BALANCE)
        self._reads.want(Read.EXCHANGE_STATUS)

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
            await self._set_offset()
            # What the start has built stays: the collector need not look at it again.
            gc.freeze()

    async def _keep_offset(self) -> None:
        while True:
            await self._set_offset()
            await asyncio.sleep(OFFSET_EVERY_S)

    async def _set_offset(self) -> None:
        """Tell the feed by what clock the age of a message is judged, and the gate what time it is.

        A virtual clock that runs as ours does, and at our time, is ours; else it is what it says.
        """
        offset_ns: int | None = self._rest.clock_offset_ns
        if self._pace is None:
            if self._rest.clock_uncertainty_ns is not None:
                self._absorb(e.ClockMeasured(self._rest.clock_offset_ns))
        else:
            try:
                as_of_ns = await self._rest.user_data_timestamp()
            except ApiError:
                return
            read_ns = as_of_ns - self._clock.wall_ns()
            is_ours = abs(read_ns - self._rest.clock_offset_ns) <= READ_LAG_NS
            self._absorb(e.ClockMeasured(self._rest.clock_offset_ns if is_ours else read_ns))
            offset_ns = self._pace.measured(read_ns)
        self._connection.set_offset(offset_ns)

    async def _read_status(self) -> None:
        await self._polling.read_status()

    async def _keep_sweeping(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            if self._connection.is_open:
                self._reads.want(Read.SWEEP)

    async def _keep_licence(self) -> None:
        while True:
            wait_s = await tried("the rights of the key", self._licence.read, self._absorb)
            await asyncio.sleep(wait_s if wait_s and not self._licence.is_lost else LICENCE_EVERY_S)

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
            self._loop.absorb(self._connection.report())

    async def _beat(self) -> None:
        """Notice when this loop was held up, by the screen or by the machine."""
        while True:
            before_ns = self._clock.mono_ns()
            await asyncio.sleep(BEAT_S)
            late_ns = self._clock.mono_ns() - before_ns - round(BEAT_S * SECOND)
            if late_ns > STALL_S * SECOND:
                self._connection.lag(f"This program was held up for {late_ns // MILLI:,} ms.")
