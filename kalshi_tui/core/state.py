"""What one session knows and owns, shared by the parts of the engine.

Owns the values and what has changed in them; each part of the engine writes its own share. Decides
nothing.
"""

from dataclasses import dataclass, field

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core import panes, risk
from kalshi_tui.core.arming import Arming
from kalshi_tui.core.board import Board
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.exposure import NO_EXPOSURE, Exposure, Exposures
from kalshi_tui.core.killing import KillProgress
from kalshi_tui.core.ledger import Ledger
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.reconciliation import Register
from kalshi_tui.core.text import NO_TEXT
from kalshi_tui.core.units import NO_MONEY, Money
from kalshi_tui.core.views import Pane, StatusView, ViewKey

PURGE_NS = 60 * 1_000_000_000
"""Cancel-all may still catch orders placed in the minute after it (openapi.yaml)."""

_MINUTE_NS = 60 * 1_000_000_000


@dataclass(slots=True)
class Brakes:
    """What holds orders back, beside what the exchange and the feed say."""

    killed_wall_ns: int | None = None
    purged_wall_ns: int | None = None
    """When a cancel-all was last sent."""
    ledger_fault: str = ""
    """Why no intent can be recorded now, or empty."""
    day_loss: Money = NO_MONEY
    day_note: str = ""
    """Since when the day's result is counted, where that is not its begin."""
    reducing: str = ""
    """Why only what reduces may go out until the next trading day, or empty."""
    placed: tuple[risk.Placed, ...] = ()
    """What passed the gate in the last minute, oldest first."""
    refused_mono_ns: int | None = None
    """When the gate last refused an order; None once that was taken note of."""
    breaker: dict[int, str] = field(default_factory=dict)
    """Why a shard's order group lets nothing in, by shard."""
    unread: int = 0
    """Orders that the journal left open, until the account was read after the start."""
    is_unread: bool = False
    """True from the replay of a journal with orders in it until the account was read: positions and
    fills of orders that are over are known until then only as far as they were recorded."""


class State(Brakes):
    """Mode, clock, ledger, board and balance of one session."""

    def __init__(self, *, mode: Mode, limits: risk.Limits, read_only: str, word: str = "") -> None:
        super().__init__()
        self.limits = limits
        self.read_only = read_only
        self.arming = Arming(Mode.VIEW if read_only else mode, word)
        self.mono_ns = self.wall_ns = 0
        self.dirty: set[ViewKey] = set()
        self.board = Board(self.dirty)
        self.ledger = Ledger()
        self.exposures = Exposures(self.ledger, self.board)
        self.open_key = False
        self.watched = ""
        self.connection = e.ConnectionState.IDLE
        self.connection_reason = ""
        self.latency_ns: int | None = None
        self.cash: Money | None = None
        self.shards: tuple[tuple[int, Money], ...] = ()
        """Cash by exchange index, where the balance said so."""
        self.exchange_active = self.trading_active = True
        self.shard_states: tuple[e.ShardStatus, ...] = ()
        self.offset_ns: int | None = 0
        """What to add to our wall clock to get the exchange's; None until it was measured."""
        self.resume_text = NO_TEXT
        self.lagging_ns: int | None = None
        self.drift: dict[str, str] = {}
        """What changed on the wire, by market; under the empty ticker for all of them."""
        self.resumed_wall_ns: int | None = None
        self.differences = Register()
        self.budget: e.BudgetReported | None = None
        self.kill: KillProgress | None = None
        self.dead_man = False
        self.dead_man_misses = 0
        self.exits: set[str] = set()
        """Client order ids of the exits of flattens: VIEW and KILL let them pass."""

    @property
    def mode(self) -> Mode:
        """How much the keyboard may do."""
        return self.arming.mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self.arming.mode = mode

    def touch(self, *keys: ViewKey) -> None:
        """Mark views as changed."""
        self.dirty.update(keys)

    def notice(self, level: fx.NoticeLevel, text: str) -> fx.Notify:
        """Return a notice stamped with the session's time."""
        return fx.Notify(level, text, self.wall_ns)

    def in_doubt(self) -> int:
        """Return how many orders have an unknown outcome."""
        return sum(order.is_in_doubt for order in self.ledger.live())

    def admit(
        self,
        terms: OrderTerms,
        confirmed: frozenset[str] = frozenset(),
        *,
        replacing: str = "",
        is_exit: bool = False,
    ) -> risk.Refusal | None:
        """Put an order to the gate. None lets it pass, and it is remembered for the rate.

        The only way to the gate for whatever is going to be sent. `replacing` is the client order
        id of the order that is amended: `terms` are then what would remain of it.
        """
        exposed = self.exposures.of(terms.ticker, without=replacing)
        now = self.situation(terms.ticker, exposed, replacing=replacing, is_exit=is_exit)
        refusal = risk.check(terms, now, self.limits, confirmed)
        if refusal is not None:
            self.refused_mono_ns = self.mono_ns
            return refusal
        recent = [each for each in self.placed if self.mono_ns - each.mono_ns < _MINUTE_NS]
        placed = risk.Placed(self.mono_ns, terms.ticker, terms.side, terms.price)
        self.placed = (*recent, placed)
        self.touch((Pane.STATUS, ""))
        return None

    def recheck(self, client_order_id: str, mono_ns: int) -> risk.Refusal | None:
        """Return why an order that waited for the wire may not go out after all, or None."""
        terms = self.ledger.order(client_order_id).terms
        # None of the guards that are asked again looks at what the order itself adds to.
        is_exit = client_order_id in self.exits
        now = self.situation(terms.ticker, NO_EXPOSURE, replacing=client_order_id, is_exit=is_exit)
        return risk.recheck(terms, now, self.limits, mono_ns - self.mono_ns)

    def situation(
        self, ticker: str, exposed: Exposure, *, replacing: str = "", is_exit: bool = False
    ) -> risk.Situation:
        """Return what the gate looks at for an order in `ticker`."""
        book = self.board.states.get(ticker)
        market = self.board.markets.get(ticker)
        live = len(self.ledger.live())
        return risk.Situation(
            mode=self.mode,
            read_only=self.read_only,
            killed=self.killed_wall_ns is not None,
            connection=self.connection,
            exchange_active=self.exchange_active,
            trading_active=self.trading_active,
            market=market,
            book=book.status if book else e.BookStatus.EMPTY,
            book_reason=book.reason if book else "it is not watched",
            best_bid=book.book.best_bid if book else None,
            best_ask=book.book.best_ask if book else None,
            position=self.ledger.position(ticker).count,
            cash=risk.shard_cash(self.cash, self.shards, market.exchange_index if market else 0),
            open_orders=live - 1 if replacing else live,
            wall_ns=self.wall_ns,
            lagging_ns=self.lagging_ns,
            drift=self.drift_of(ticker),
            mono_ns=self.mono_ns,
            last=book.last.price if book and book.last else None,
            exposure=exposed,
            reducing=self.reducing,
            day_loss=self.day_loss,
            placed=self.placed,
            purge_until_ns=self.purge_until_ns,
            ledger_fault=self.ledger_fault,
            shard_states=self.shard_states,
            offset_ns=self.offset_ns,
            is_exit=is_exit,
        )

    @property
    def is_trading(self) -> bool:
        """True while the exchange takes orders at all; one of its shards may not."""
        return self.exchange_active and self.trading_active

    @property
    def purge_until_ns(self) -> int | None:
        """Wall time at which the tail of the last cancel-all ends; None where it has."""
        if self.purged_wall_ns is None or self.wall_ns - self.purged_wall_ns >= PURGE_NS:
            return None
        return self.purged_wall_ns + PURGE_NS

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
            drift=self.drift_of(self.watched),
            differences=len(self.differences),
            open_key=self.open_key,
            lagging_ns=self.lagging_ns,
            resumed_wall_ns=self.resumed_wall_ns,
            budget=self.budget,
            kill=self.kill,
            breaker=next(iter(self.breaker.values()), ""),
            resolving=self.unread,
            dead_man=self.dead_man,
            dead_man_misses=self.dead_man_misses,
            shards=self.shards,
            at_risk=self.exposures.total(),
            day_loss=self.day_loss,
            day_note=self.day_note,
            reducing=self.reducing,
            placed=self.placed,
            purge_until_ns=self.purge_until_ns,
            ledger_fault=self.ledger_fault,
            one_key_left_ns=self.arming.idle_left_ns(self.mono_ns),
            shard_states=self.shard_states,
            offset_ns=self.offset_ns,
        )

    def maintenance(self) -> str:
        """Return what is paused and what that means, or an empty string."""
        paused = [str(each.index) for each in self.shard_states if not each.is_trading]
        if self.is_trading and not paused:
            return ""
        what = "Trading is paused" if self.exchange_active else "The exchange is paused"
        if paused and len(paused) < len(self.shard_states):
            what += f" on shard {', '.join(paused)}"
        resting = "what rests is still resting, cancels work"
        back = f"; it says it is back at {self.resume_text}" if self.resume_text else ""
        return f"{what}: new orders wait, {resting}{back}."
