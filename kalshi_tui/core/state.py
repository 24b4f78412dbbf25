"""What one session knows and owns, shared by the parts of the engine.

Owns the values and what has changed in them; each part of the engine writes its own share. Decides
nothing.
"""

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core import panes, risk
from kalshi_tui.core.board import Board
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.ledger import Ledger
from kalshi_tui.core.orders import CancelState, OrderState
from kalshi_tui.core.reconciliation import Register
from kalshi_tui.core.text import NO_TEXT
from kalshi_tui.core.units import Money
from kalshi_tui.core.views import StatusView, ViewKey


class State:
    """Mode, clock, ledger, board and balance of one session."""

    def __init__(self, *, mode: Mode, limits: risk.Limits, read_only: str) -> None:
        self.limits = limits
        self.read_only = read_only
        self.mode = Mode.VIEW if read_only else mode
        self.mono_ns = 0
        self.wall_ns = 0
        self.dirty: set[ViewKey] = set()
        self.board = Board(self.dirty)
        self.ledger = Ledger()
        self.open_key = False
        self.watched = ""
        self.connection = e.ConnectionState.IDLE
        self.connection_reason = ""
        self.latency_ns: int | None = None
        self.cash: Money | None = None
        self.exchange_active = True
        self.trading_active = True
        self.killed_wall_ns: int | None = None
        self.resume_text = NO_TEXT
        self.lagging_ns: int | None = None
        self.drift: dict[str, str] = {}
        """What changed on the wire, by market; under the empty ticker for all of them."""
        self.resumed_wall_ns: int | None = None
        self.differences = Register()

    def touch(self, *keys: ViewKey) -> None:
        """Mark views as changed."""
        self.dirty.update(keys)

    def notice(self, level: fx.NoticeLevel, text: str) -> fx.Notify:
        """Return a notice stamped with the session's time."""
        return fx.Notify(level, text, self.wall_ns)

    def in_doubt(self) -> int:
        """Return how many orders have an unknown outcome."""
        return sum(
            order.state is OrderState.IN_DOUBT or order.cancel is CancelState.IN_DOUBT
            for order in self.ledger.live()
        )

    def situation(self, ticker: str) -> risk.Situation:
        """Return what the gate looks at for an order in `ticker`."""
        book = self.board.states.get(ticker)
        return risk.Situation(
            mode=self.mode,
            read_only=self.read_only,
            killed=self.killed_wall_ns is not None,
            connection=self.connection,
            exchange_active=self.exchange_active,
            trading_active=self.trading_active,
            market=self.board.markets.get(ticker),
            book=book.status if book else e.BookStatus.EMPTY,
            book_reason=book.reason if book else "it is not watched",
            best_bid=book.book.best_bid if book else None,
            best_ask=book.book.best_ask if book else None,
            position=self.ledger.position(ticker).count,
            cash=self.cash,
            open_orders=len(self.ledger.live()),
            wall_ns=self.wall_ns,
            lagging_ns=self.lagging_ns,
            drift=self.drift_of(ticker),
        )

    def drift_of(self, ticker: str) -> str:
        """Return why a market is read-only since the wire changed, or an empty string."""
        return self.drift.get("") or self.drift.get(ticker, "")

    def status_view(self) -> StatusView:
        """Return the status line."""
        return StatusView(
            mode=self.mode,
            connection=self.connection,
            connection_reason=self.connection_reason,
            latency_ns=self.latency_ns,
            cash=self.cash,
            locked=panes.locked_cash(self.ledger),
            exchange_active=self.exchange_active,
            trading_active=self.trading_active,
            mono_ns=self.mono_ns,
            wall_ns=self.wall_ns,
            in_doubt=self.in_doubt(),
            read_only=self.read_only,
            killed_wall_ns=self.killed_wall_ns,
            resume_text=self.resume_text,
            maintenance=self.maintenance(),
            drift=next(iter(self.drift.values()), ""),
            differences=len(self.differences),
            open_key=self.open_key,
            lagging_ns=self.lagging_ns,
            resumed_wall_ns=self.resumed_wall_ns,
        )

    def maintenance(self) -> str:
        """Return what is paused and what that means, or an empty string."""
        if self.exchange_active and self.trading_active:
            return ""
        what = "Trading is paused" if self.exchange_active else "The exchange is paused"
        resting = "what rests is still resting, cancels work"
        back = f"; it says it is back at {self.resume_text}" if self.resume_text else ""
        return f"{what}: new orders wait, {resting}{back}."
