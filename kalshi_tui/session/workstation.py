"""The life of a session on its thread: open the exchange and the ledger, trade, close everything.

Owns the order of opening and closing, and the status line before there is an engine.
"""

import asyncio
from pathlib import Path

from kalshi_tui.api.limits import RateLimits
from kalshi_tui.api.rest import RestClient
from kalshi_tui.core.commands import Command
from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.environments import Environment, EnvironmentRefusedError, Mode, bind
from kalshi_tui.core.events import ConnectionState
from kalshi_tui.core.units import NO_MONEY
from kalshi_tui.core.views import Pane, StatusView
from kalshi_tui.session import checkpoint
from kalshi_tui.session.journal import Journal, Ledger, account_of, ledger_path, open_ledger
from kalshi_tui.session.keys import KeyUnusableError
from kalshi_tui.session.tasks import Tasks
from kalshi_tui.session.trading import Setting, Trading
from kalshi_tui.session.trail import Trail
from kalshi_tui.session.venue import Access, Venue

VENUE_SHARE_S = 1.0
"""Part of the closing time that is left to the practice exchange."""


class Workstation:
    """See `desk.Session`: made and run on the session thread."""

    def __init__(
        self, *, environment: Environment, venue: Venue, state_dir: Path, setting: Setting
    ) -> None:
        self._environment = environment
        self._venue = venue
        self._state_dir = state_dir
        self._setting = setting
        self._mailbox = setting.mailbox
        self._clock = setting.clock
        self._stopping = asyncio.Event()
        self._within_s = 0.0
        self._trading: Trading | None = None
        self._early: list[Command] = []

    def take(self, command: Command) -> None:
        """Take a command of the user; one that comes too early waits for the engine."""
        if self._trading is None:
            self._early.append(command)
        else:
            self._trading.take(command)

    def stop(self, within_s: float) -> None:
        """Begin the end."""
        self._within_s = within_s
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`; on return everything is closed."""
        try:
            access = await self._open()
            if access is not None:
                await self._trade(access)
        finally:
            self._trading = None
            await self._venue.close(VENUE_SHARE_S)

    async def _open(self) -> Access | None:
        """Wait for the exchange or the end, whichever comes first."""
        self._show(ConnectionState.CONNECTING, self._venue.opening)
        opening = asyncio.ensure_future(self._venue.open(self._told))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                access = opening.result()
                # Before the first signature: key, exchange and session are of one environment.
                bind(self._environment, access.environment, access.key.environment)
                return access
            opening.cancel()
            await asyncio.wait({opening})
        except (KeyUnusableError, EnvironmentRefusedError) as error:
            self._show(ConnectionState.REFUSED, str(error), is_problem=True)
            await stopping
        finally:
            stopping.cancel()
        return None

    def _told(self, text: str) -> None:
        self._show(ConnectionState.CONNECTING, text, is_problem=True)

    def _show(self, state: ConnectionState, text: str, *, is_problem: bool = False) -> None:
        """Show a status line while there is no engine."""
        wall_ns = self._clock.wall_ns()
        status = StatusView(
            mode=Mode.VIEW,
            connection=state,
            connection_reason=text,
            latency_ns=None,
            cash=None,
            locked=NO_MONEY,
            exchange_active=True,
            trading_active=True,
            mono_ns=self._clock.mono_ns(),
            wall_ns=wall_ns,
            in_doubt=0,
        )
        notices = [Notify(NoticeLevel.ERROR, text, wall_ns)] if is_problem else []
        self._mailbox.put({(Pane.STATUS, ""): status}, notices)

    async def _trade(self, access: Access) -> None:
        account = account_of(access.key.signer.key_id)
        ledger = open_ledger(
            ledger_path(self._state_dir, account),
            environment=self._environment.name,
            account=account,
            wall_ns=self._clock.wall_ns(),
        )
        trail = Trail(self._state_dir / "books")
        rest = RestClient(
            access.environment.rest_url,
            access.key.signer,
            RateLimits(),
            clock=self._clock.wall_ns,
            monotonic=self._clock.mono_ns,
        )
        try:
            async with asyncio.TaskGroup() as group:
                tasks = Tasks(group, self._failed)
                self._trading = trading = Trading(
                    access.environment,
                    access.key.signer,
                    setting=self._setting,
                    ledger=ledger,
                    rest=rest,
                    trail=trail,
                    tasks=tasks,
                )
                trading.start(open_key=access.key.is_plaintext)
                self._begin_keeping(tasks, trading, ledger)
                await self._stopping.wait()
                await trading.finish(max(self._within_s - VENUE_SHARE_S, 0.0))
                tasks.cancel()
        finally:
            await rest.aclose()
            ledger.close()
            trail.close()

    def _begin_keeping(self, tasks: Tasks, trading: Trading, ledger: Ledger) -> None:
        if isinstance(ledger, Journal):
            tasks.start("ledger", checkpoint.keep(ledger, asyncio.sleep))
        tasks.start("venue", self._venue.keep(trading.tell, trading.hurry))
        early, self._early = self._early, []
        for command in early:
            trading.take(command)

    def _failed(self, reason: str) -> None:
        if self._trading is not None:
            self._trading.halt(reason)
