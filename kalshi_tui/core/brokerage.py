"""The order side of the engine, tied together: entry, cancels, amends, KILL, flatten, groups, dues.

Facts that concern several parts are handed to each in a fixed order here; after every fact or
command that can change an order, the sequences under way take their next step. Owns that order, and
no rule of any part.
"""

from collections.abc import Callable, Iterable
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.amending import Amending
from kalshi_tui.core.canceling import Canceling
from kalshi_tui.core.checks import Checks
from kalshi_tui.core.dues import Dues
from kalshi_tui.core.entry import OrderEntry
from kalshi_tui.core.flattening import Flattening
from kalshi_tui.core.groups import Groups
from kalshi_tui.core.guardian import Guardian
from kalshi_tui.core.killswitch import KillSwitch
from kalshi_tui.core.reports import Reports
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.state import State
from kalshi_tui.core.steps import Steps
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import Pane

_STATUS = (Pane.STATUS, "")

_MOVES = frozenset(
    {
        e.Acked,
        e.Refused,
        e.NotSent,
        e.OutcomeUnknown,
        e.ProvenAbsent,
        e.JournalFailed,
        e.CancelAcked,
        e.CancelRefused,
        e.CancelUnknown,
        e.AmendAcked,
        e.AmendRefused,
        e.AmendUnknown,
        e.OrderReported,
        e.Filled,
        e.PositionReported,
        e.Swept,
        e.ScanCompleted,
    }
)
"""Facts after which a sequence may go on."""


class Brokerage:
    """Everything of the engine that concerns orders."""

    def __init__(self, state: State, checks: Checks) -> None:
        self._state = state
        self._steps = Steps(state)
        self._canceling = Canceling(state, self._steps, checks)
        self._amending = Amending(state, self._steps)
        self._dues = Dues(state, self._steps)
        self._groups = Groups(state, self._dues)
        self._guardian = Guardian(state, self._amending)
        self._entry = OrderEntry(
            state, checks, self._steps, self._canceling, self._groups, self._guardian
        )
        self._flattening = Flattening(state, self._canceling, self._entry.place)
        self._killswitch = KillSwitch(state, self._canceling, self._groups)
        self._reports = Reports(
            state, self._steps, self._canceling, self._amending, self._dues, checks
        )

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts and commands that this side of the engine takes."""
        return {
            **self._entry.handlers(),
            **self._canceling.handlers(),
            **self._amending.handlers(),
            **self._groups.handlers(),
            **self._dues.handlers(),
            **self._guardian.handlers(),
            **self._flattening.handlers(),
            **self._killswitch.handlers(),
            **self._reports.handlers(),
            e.ScanCompleted: self._scanned,
            e.BudgetReported: self._budget,
        }

    def after(self, item: e.Fact | c.Command) -> list[fx.Effect]:
        """Let the sequences under way take their next step after what was just handled."""
        match item:
            case c.Kill():
                self._flattening.halt()
                self._entry.halt()
                return []
            case c.Arm():
                return self._groups.rearmed()
            case e.GroupMade() | e.GroupFailed():
                return self._entry.release()
            case e.Swept():
                self._groups.swept()
            case e.MarketChanged():
                self._dues.market_changed(item)
                return []
            case e.ExchangeStatusRead(trading_active=False):
                self._dues.paused()
                return []
            case _:
                pass
        if type(item) not in _MOVES:
            return []
        return [
            *self._guardian.after(item),
            *self._amending.look(),
            *self._killswitch.look(),
            *self._flattening.look(),
        ]

    def tick(self) -> list[fx.Effect]:
        """Do what the time demands."""
        return [
            *self._killswitch.tick(),
            *self._dues.tick(),
            *self._amending.tick(),
            *self._guardian.tick(),
            *self._groups.tick(),
            *self._flattening.look(),
            *self._entry.release(),
        ]

    def restore(self, entries: Iterable[fx.JournalEntry]) -> list[fx.Effect]:
        """Replay the journal and settle what the restart decides (TO04, TO35)."""
        return self._reports.restore(entries)

    def trade_ahead(self, trade: e.Traded) -> bool:
        """A public trade at one of our prices moves the queue. Returns True where it did."""
        return self._reports.trade_ahead(trade)

    @property
    def queued(self) -> frozenset[str]:
        """The markets in which a place in the queue is known."""
        return self._reports.queued

    def level_fell(
        self, ticker: str, side: BookSide, price: Price, ts_ms: int, left: Count
    ) -> None:
        """A level of a LIVE book became smaller: it bounds the queues in it."""
        self._reports.level_fell(ticker, side, price, ts_ms, left)

    def _scanned(self, fact: e.ScanCompleted) -> list[fx.Effect]:
        found: list[fx.Effect] = []
        for report in fact.resting:
            found += self._reports.reported(report)
        return [*found, *self._killswitch.scanned(fact)]

    def _budget(self, fact: e.BudgetReported) -> list[fx.Effect]:
        self._state.budget = fact
        self._state.touch(_STATUS)
        return []
