"""Settles an order ledger with the exchange, without a screen: reads, books, and says what changed.

The same engine, journal and reconciler as in the workstation, and none of its senders: whatever the
engine would like to send is left alone. Owns the order of opening and closing and when it is done.
Source: reliability catalogue TO35, 3.3.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kalshi_tui.api.errors import ApiError
from kalshi_tui.api.limits import RateLimits
from kalshi_tui.api.rest import RestClient
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core import risk
from kalshi_tui.core.engine import Engine
from kalshi_tui.core.environments import Environment, Mode
from kalshi_tui.core.reconciliation import Difference
from kalshi_tui.core.views import DifferencesView, OrderRow, OrdersView, Pane
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.journal import (
    JournalError,
    Ledger,
    account_of,
    ledger_path,
    open_ledger,
)
from kalshi_tui.session.keys import KeyUnusableError
from kalshi_tui.session.reconcile import Reconciler
from kalshi_tui.session.resolver import is_doubtful
from kalshi_tui.session.venue import Access, Venue

SECOND = 1_000_000_000
BEAT_S = 0.25
"""How often the engine is told the time: it compares after a second of grace."""

RETRY_S = 1.0
CLOSE_S = 2.0


class RecoveryError(RuntimeError):
    """It cannot be done now. The message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class Settled:
    """An order whose state or fills became known."""

    before: OrderRow | None
    """None for an order that this ledger had not known."""
    after: OrderRow


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a recovery came to."""

    account: str
    looked_at: int
    settled: tuple[Settled, ...]
    in_doubt: tuple[OrderRow, ...]
    differences: tuple[Difference, ...]
    reason: str
    """Why the exchange could not be read, or empty."""
    took_ns: int

    @property
    def is_complete(self) -> bool:
        """Return whether every order is known and nothing differs."""
        return not (self.in_doubt or self.differences or self.reason)


class Recovery:
    """One ledger and one exchange. `run` it once."""

    def __init__(
        self, *, environment: Environment, venue: Venue, state_dir: Path, clock: Clock
    ) -> None:
        self._environment = environment
        self._venue = venue
        self._state_dir = state_dir
        self._clock = clock
        self._told = ""

    async def run(self, within_s: float) -> Outcome:
        """Settle what can be settled within that time. Raises `RecoveryError`."""
        begun_ns = self._clock.mono_ns()
        try:
            try:
                async with asyncio.timeout(within_s):
                    access = await self._venue.open(self._tell)
            except KeyUnusableError as error:
                raise RecoveryError(str(error)) from error
            except TimeoutError:
                words = self._told or "The exchange could not be reached in time; try again."
                raise RecoveryError(words) from None
            left_s = within_s - (self._clock.mono_ns() - begun_ns) / SECOND
            return await self._settle(access, begun_ns, left_s)
        finally:
            await self._venue.close(CLOSE_S)

    def _tell(self, text: str) -> None:
        self._told = text

    async def _settle(self, access: Access, begun_ns: int, within_s: float) -> Outcome:
        account = account_of(access.key.signer.key_id)
        ledger = open_ledger(
            ledger_path(self._state_dir, account),
            environment=self._environment.name,
            account=account,
            wall_ns=self._clock.wall_ns(),
        )
        rest = RestClient(
            access.environment.rest_url,
            access.key.signer,
            RateLimits(),
            clock=self._clock.wall_ns,
            monotonic=self._clock.mono_ns,
        )
        try:
            if ledger.reason:
                raise RecoveryError(ledger.reason)
            book = _Book(ledger, rest, self._clock)
            reason = await book.settle(within_s)
            return book.outcome(account, reason, self._clock.mono_ns() - begun_ns)
        except JournalError as error:
            raise RecoveryError(str(error)) from error
        finally:
            await rest.aclose()
            ledger.close()


class _Book:
    """The engine on a ledger, with its reads and without its senders."""

    def __init__(self, ledger: Ledger, rest: RestClient, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._engine = Engine(mode=Mode.VIEW, limits=risk.Limits())
        self._again: set[fx.DrillDown] = set()
        self._sweep_again = False
        self._is_read = False
        self._failure: JournalError | None = None
        self._reconciler = Reconciler(
            rest,
            view=self._engine.view,
            absorb=self._absorb,
            clock=clock,
            sign_times=ledger.sign_times,
            newest_fill_ms=ledger.newest_fill_ms(),
        )
        self._absorb()
        self._run(self._engine.restore(ledger.working()))
        self._before = {row.client_order_id: row for row in self._rows()}

    async def settle(self, within_s: float) -> str:
        """Read until everything is known or the time is over. Return why it is not, or nothing."""
        # Differences are judged while the engine believes the exchange to be there.
        self._absorb(e.ConnectionChanged(e.ConnectionState.OPEN))
        resolving = asyncio.create_task(self._reconciler.resolve())
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait({reading}, timeout=within_s)
        finally:
            await _ended(reading, resolving)
        if self._failure is not None:
            raise self._failure
        return "" if self._is_read else "The exchange did not answer."

    async def _read(self) -> None:
        with suppress(ApiError):
            await self._reconciler.read_limits()
        await self._until_read(self._reconciler.sweep)
        self._is_read = True
        self._reconciler.doubt()
        await self._until_known()

    async def _until_read(self, read: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await read()
                return
            except ApiError:
                await asyncio.sleep(RETRY_S)

    async def _until_known(self) -> None:
        """Wait out what is in doubt, and read again what the engine asks for."""
        quiet_ns = self._clock.mono_ns()
        # Once nothing is in doubt, a second and a half show whether anything differs.
        while self._failure is None and (
            self._doubtful() or self._clock.mono_ns() - quiet_ns < SECOND * 3 // 2
        ):
            if self._doubtful() or self._again or self._sweep_again:
                quiet_ns = self._clock.mono_ns()
            for look in sorted(self._again, key=lambda each: (each.order_id, each.history)):
                self._again.discard(look)
                await self._reconciler.drill_down(look.order_id, history=look.history)
            if self._sweep_again:
                self._sweep_again = False
                await self._until_read(self._reconciler.sweep)
            await asyncio.sleep(BEAT_S)
            self._absorb()

    def outcome(self, account: str, reason: str, took_ns: int) -> Outcome:
        """Return what is known now, against what was known before."""
        rows = self._rows()
        settled = tuple(
            Settled(before, row)
            for row in rows
            if _standing(before := self._before.get(row.client_order_id)) != _standing(row)
        )
        view = self._engine.view((Pane.DIFFERENCES, ""))
        items = view.rows if isinstance(view, DifferencesView) else ()
        return Outcome(
            account=account,
            looked_at=len(rows),
            settled=settled,
            in_doubt=tuple(self._doubtful()),
            differences=tuple(each for each in items if each.resolved_wall_ns is None),
            reason=reason,
            took_ns=took_ns,
        )

    def _absorb(self, *facts: e.Fact) -> None:
        tick = e.Tick(self._clock.mono_ns(), self._clock.wall_ns())
        for fact in (tick, *facts):
            self._run(self._engine.handle(fact))

    def _run(self, effects: list[fx.Effect]) -> None:
        """Record, and note what is to be read. Nothing is ever sent from here."""
        entries = [each.entry for each in effects if isinstance(each, fx.Record)]
        if entries:
            try:
                self._ledger.record(entries)
            except JournalError as error:
                self._failure = self._failure or error
        for effect in effects:
            if isinstance(effect, fx.DrillDown):
                self._again.add(effect)
            elif isinstance(effect, fx.Fetch) and effect.what is fx.Read.SWEEP:
                self._sweep_again = True

    def _rows(self) -> tuple[OrderRow, ...]:
        view = self._engine.view((Pane.ORDERS, ""))
        return (*view.live, *view.done) if isinstance(view, OrdersView) else ()

    def _doubtful(self) -> list[OrderRow]:
        return [row for row in self._rows() if is_doubtful(row)]


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """End tasks and wait until they have. Raises what one of them failed with."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


def _standing(row: OrderRow | None) -> object:
    return row and (row.state, row.filled, row.price, row.initial)
