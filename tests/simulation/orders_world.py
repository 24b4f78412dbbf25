"""A world for orders in virtual time: venue, network, user, and the client's lives in turn.

The loop never waits: when nothing is ready its clock jumps to what comes next. Everything by chance
hangs on one seed, so that a schedule runs the same way again.
"""

import asyncio
import gc
import logging
import random
import selectors
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from kalshi_tui.core import commands as c
from kalshi_tui.core.orders import CancelState, Due
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import Count
from kalshi_tui.core.views import (
    DifferencesView,
    LadderView,
    OrderRow,
    OrdersView,
    Pane,
    PositionsView,
    StatusView,
)
from tests.simulation.orders_checker import Caps, Checker, Row, Screen
from tests.simulation.orders_feed import fact_of
from tests.simulation.orders_life import Life
from tests.simulation.orders_text import Body
from tests.simulation.orders_user import User, asked_for
from tests.simulation.orders_venue import MILLI, SECOND, Venue
from tests.simulation.orders_wire import MARKETS, NO_FAULTS, Faults

BEGAN_S = 1_800_000_000
STEP_S = 0.25
CHAOS_S = 28.0
CALM_S = 260.0
"""By its end everything has to agree: KILL waits for a minute, a proof for half of one."""

CAPS = Caps(order=1_000, position=1_500, open_orders=4)
LIMITS = Limits(
    order_count=Count(CAPS.order),
    position_count=Count(CAPS.position),
    open_orders=CAPS.open_orders,
)
_SHM = Path("/dev/shm")


class _Leap(selectors.DefaultSelector):
    """Waits by moving the time."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is left that could happen")
        self.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is only ever moved by itself."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        return self._leap.now


class _Clock:
    """The client's clocks: the wall clock is off by as much as the schedule says."""

    def __init__(self, world: "OrderWorld") -> None:
        self._world = world

    def mono_ns(self) -> int:
        return self._world.elapsed_ns

    def wall_ns(self) -> int:
        return self._world.now + self._world.skew_ns

    def boot_ns(self) -> int | None:
        return self.mono_ns()


class OrderWorld:
    """One schedule. `run` it once; its verdicts are the checker's."""

    def __init__(self, seed: int, faults: Faults) -> None:
        self.chances = random.Random(seed)
        draw = self.chances.random
        # A venue under strain: all that is read is old, and the feed breaks again and again.
        self._is_strained = draw() < 0.25 and faults != NO_FAULTS
        self.faults = replace(faults, drop=0.15) if self._is_strained else faults
        self.window_ns = self.chances.choice((10, 25, 25, 25)) * SECOND
        self.skew_ns = self.chances.choice((0, 0, -1, 1, 4)) * 900 * MILLI
        self.venue = Venue(self.chances, self._told, remembers_ids=draw() < 0.3)
        if draw() < 0.35:
            self.venue.archive_age_ns = 20 * SECOND
        self.venue.is_slow = draw() < 0.5
        self.checker = Checker(self.venue, CAPS)
        self.user = User(self.chances, lambda: self.now + self.skew_ns)
        self.seen: Counter[str] = Counter()
        self._arrives_ns = 0
        self.is_calm = False
        self.trace: list[str] = []
        self.is_traced = False
        self._outages = _outages(draw) if faults != NO_FAULTS else {}
        self._quits_s = 8 + draw() * 15 if draw() < 0.1 else None
        self._home = Path(tempfile.mkdtemp(dir=_SHM if _SHM.is_dir() else None))
        self._life: Life | None = None
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    # What the parts ask

    @property
    def elapsed_ns(self) -> int:
        return round(self._loop.time() * SECOND) if self._loop is not None else 0

    @property
    def now(self) -> int:
        return BEGAN_S * SECOND + self.elapsed_ns

    def is_out(self, what: str) -> bool:
        """Tell whether the venue has no answer for this now."""
        begins, ends = self._outages.get(what, (0.0, 0.0))
        return begins <= self.elapsed_ns / SECOND < ends

    def chance(self, name: str) -> bool:
        """Decide whether this fault happens now."""
        share: float = getattr(self.faults, name)
        if not share or self.chances.random() >= share:
            return False
        self.seen[name] += 1
        self.say(f"fault: {name}")
        return True

    def draw(self, most: float) -> float:
        return self.chances.random() * most

    def behind_s(self) -> float:
        """Return how far the read that begins now is behind."""
        if self._is_strained and not self.is_calm:
            return 4.0 + self.draw(4.0)
        return self.draw(6.0) if self.chance("lag") else self.draw(0.4)

    def say(self, text: str) -> None:
        """Write a line of the trace, for a replay."""
        if self.is_traced:
            self.trace.append(f"{self.elapsed_ns / SECOND:9.4f} {text}")

    def expect(self, delay_s: float) -> None:
        """A write is under way for so long: the end has to wait for it."""
        self._arrives_ns = max(self._arrives_ns, self.elapsed_ns + round(delay_s * SECOND))

    def arrived(self, body: Body) -> None:
        """An order reached the venue: is it on the client's disk?"""
        name = body["client_order_id"]
        self.say(f"venue: create {name}")
        words = "SELECT 1 FROM intents JOIN states USING (client_order_id)"
        where = "WHERE client_order_id = ? AND state = 'sending'"
        found = self._on_disk(f"{words} {where}", name)
        self.checker.arrived(name, is_recorded=bool(found), at=self.elapsed_ns)

    def happened(self) -> None:
        """Something was carried out at the venue."""
        self.checker.happened(self.elapsed_ns)
        self._look()

    # The private feed

    def _told(self, kind: str, body: Body) -> None:
        fact = fact_of(kind, body)
        self.say(f"venue: {fact}")
        life = self._life
        if life is None or life.is_dead or life.trading is None or not life.trading.cable.is_open:
            return
        for _ in range(1 + self.chance("told_twice")):
            if not (self.is_out("reads") or self.chance("told_lost")):
                delay = self.draw(3.0) if self.chance("told_late") else 0.01 + self.draw(0.1)
                life.trading.cable.hear(kind, delay, fact)

    # The course of things

    def run(self) -> Checker:
        """Run the schedule: chaos, then calm until everything agrees."""
        logging.disable(logging.CRITICAL)
        try:
            with asyncio.Runner(loop_factory=VirtualLoop) as runner:
                self._loop = runner.get_loop()
                runner.run(self._run())
        finally:
            logging.disable(logging.NOTSET)
            shutil.rmtree(self._home, ignore_errors=True)
            gc.unfreeze()
        return self.checker

    async def _run(self) -> None:
        await self._live()
        deeds = list(self.user.deeds)
        while self.elapsed_ns < CHAOS_S * SECOND:
            await asyncio.sleep(STEP_S)
            if self._life is None or self._life.is_dead:
                await self._bury()
                await asyncio.sleep(0.1 + self.draw(8.0))
                await self._live()
            while deeds and deeds[0][0] <= self.elapsed_ns / SECOND:
                self._act(deeds.pop(0)[1](self._rows()))
            await self._befall()
            self._look()
        await self._calm()
        await self._bury()

    async def _befall(self) -> None:
        """What happens by itself in one step."""
        now, draw = self.now, self.chances.random
        self.venue.expire(now)
        if draw() < 0.08:
            self.venue.crowd(now)
            self.happened()
        if draw() < 0.004:
            self.venue.strange("KXSIM-A", now)
        groups = [group for group, is_open in self.venue.groups.items() if is_open]
        if groups and draw() < 0.002:
            self.venue.trigger(groups[-1], now, by_itself=True)
        life = self._life
        if life is None or life.trading is None:
            return
        if draw() < STEP_S and self.chance("drop"):
            life.trading.cable.drop("The connection broke.")
        if self._quits_s is not None and self.elapsed_ns > self._quits_s * SECOND:
            self._quits_s = None
            self.seen["quit"] += 1
            await life.quit()

    async def _calm(self) -> None:
        self.faults, self.is_calm = NO_FAULTS, True
        left: list[str] = []
        ends_ns = self.elapsed_ns + CALM_S * SECOND
        while self.elapsed_ns < ends_ns:
            if self._life is None or self._life.is_dead:
                await self._bury()
                await self._live()
            await asyncio.sleep(1.0)
            self.venue.expire(self.now)
            self._look()
            screen = self._screen()
            recorded = [name for (name,) in self._on_disk("SELECT client_order_id FROM intents")]
            left = ["nothing"] if screen is None else self.checker.end(screen, recorded)
            if not left and self.elapsed_ns > self._arrives_ns:
                break
        self.seen["calm seconds"] += round(self.elapsed_ns / SECOND - CHAOS_S)
        self.checker.stuck += left

    async def _live(self) -> None:
        self.say("the client starts")
        self.seen["lives"] += 1
        self.checker.restarted()
        self._life = Life(self, self._home / "orders.sqlite3", _Clock(self), LIMITS)
        self._task = asyncio.create_task(self._life.run())
        await asyncio.sleep(0)

    async def _bury(self) -> None:
        life, task = self._life, self._task
        if life is None or task is None:
            return
        self.say(f"the client ended: {life.died or 'at the end'}")
        if life.died:
            self.seen[f"died {life.died}"] += 1
        life.kill(life.died)
        await task
        for reason in life.failures:
            self.checker.wrong.append(f"a task failed: {reason}")
        self._life = self._task = None

    def _act(self, command: c.Command | None) -> None:
        """Let the user do it, and note what the client takes on."""
        life = self._life
        if command is None or life is None or life.is_dead or life.trading is None:
            return
        self.say(f"user: {command}")
        self.seen[type(command).__name__] += 1
        if isinstance(command, c.Kill):
            self.checker.killed(self.now)
        self.checker.asked |= asked_for(command)
        life.take(command)
        self._look()

    def _on_disk(self, words: str, *values: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self._home / "orders.sqlite3")) as ledger:
            return ledger.execute(words, values).fetchall()

    # What is shown

    def _look(self) -> None:
        screen = self._screen()
        if screen is not None:
            self.checker.look(screen, self.elapsed_ns)
            self._hear_notices()

    def _hear_notices(self) -> None:
        assert self._life is not None
        for notice in self._life.mailbox.take().notices:
            self.say(f"notice: {notice.text}")
            if "internal error" in notice.text:
                self.checker.wrong.append(notice.text)

    def _rows(self) -> Mapping[str, Row]:
        screen = self._screen()
        return screen.rows if screen is not None else {}

    def _screen(self) -> Screen | None:
        life = self._life
        if life is None or life.is_dead or life.trading is None:
            return None
        view = life.trading.view
        orders, status = view((Pane.ORDERS, "")), view((Pane.STATUS, ""))
        positions, differences = view((Pane.POSITIONS, "")), view((Pane.DIFFERENCES, ""))
        assert isinstance(orders, OrdersView)
        assert isinstance(status, StatusView)
        assert isinstance(positions, PositionsView)
        assert isinstance(differences, DifferencesView)
        reach, losses = {}, {}
        realized = {each.ticker: int(each.realized) for each in positions.rows}
        for ticker in MARKETS:
            ladder = view((Pane.LADDER, ticker))
            if isinstance(ladder, LadderView) and life.trading.has_read:
                market = ladder.exposure.market
                reach[ticker] = (int(market.lowest), int(market.highest))
                if (made := realized.get(ticker)) is not None:
                    losses[ticker] = (int(market.if_yes) - made, int(market.if_no) - made)
        return Screen(
            rows={each.client_order_id: _row(each) for each in (*orders.live, *orders.done)},
            positions={each.ticker: int(each.position) for each in positions.rows},
            reach=reach,
            losses=losses,
            kill=status.kill.phase.value if status.kill is not None else "",
            differences=sum(each.resolved_wall_ns is None for each in differences.rows),
        )


def _row(row: OrderRow) -> Row:
    busy = row.cancel is not CancelState.NONE or row.change is not None or row.due is not Due.NONE
    state = row.state.value
    return Row(row.client_order_id, row.order_id, state, int(row.filled), int(row.remaining), busy)


def _outages(draw: Callable[[], float]) -> dict[str, tuple[float, float]]:
    """Return from when to when the venue has no answer, in seconds, by what it is asked.

    Where nothing of the account can be read, the feed says nothing of it either.
    """
    found = {}
    for what, share, least_s in (("reads", 0.3, 30.0), ("cancels", 0.25, 6.0)):
        begins = 1 + draw() * 15
        if draw() < share:
            found[what] = (begins, begins + least_s * (1 + draw()))
    return found
