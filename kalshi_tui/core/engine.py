"""The whole trading behaviour as one pure machine: facts and commands in, effects out.

Calling contract: give a `Tick` before each batch, then `handle` every fact and command in the order
in which it happened and run the effects of each in order; then take the dirty keys and build the
views that somebody looks at. `handle` never blocks and never raises for anything the exchange or
the user can do. Public data is handled here, orders in `core.brokerage`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core import panes, risk
from kalshi_tui.core.brokerage import Brokerage
from kalshi_tui.core.checks import Checks
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.market import Market
from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.restraint import Restraint
from kalshi_tui.core.state import State
from kalshi_tui.core.trust import Trust
from kalshi_tui.core.venue import Venue
from kalshi_tui.core.views import DifferencesView, Pane, View, ViewKey

SECOND = 1_000_000_000
QUEUE_POLL_NS = 2 * SECOND
"""How often queue positions are read while an order rests."""

Handlers = dict[type, Callable[[Any], list[fx.Effect]]]


class Engine:
    """Owns the state of one session."""

    def __init__(
        self,
        *,
        mode: Mode,
        limits: risk.Limits,
        read_only: str = "",
        word: str = "",
        offset_ns: int | None = 0,
    ) -> None:
        """`word` has to be typed to leave VIEW; empty where no real money is at stake.

        `offset_ns` is the exchange's clock less ours; with None orders wait until it is measured.
        """
        self._state = State(mode=mode, limits=limits, read_only=read_only, word=word)
        self._state.offset_ns = offset_ns
        self._checks = Checks(self._state)
        self._trust = Trust(self._state)
        self._brokerage = Brokerage(self._state, self._checks)
        self._restraint = Restraint(self._state)
        self._queues_asked_ns = 0
        self._handlers: Handlers = {
            e.Traded: self._on_traded,
            e.Tick: self._on_tick,
            e.ConnectionChanged: self._on_connection,
            e.LatencyMeasured: self._on_latency,
            e.Quoted: self._on_quoted,
            e.MarketsListed: self._on_markets,
            e.FeesRead: self._on_fees,
            e.MarketChanged: self._on_market_changed,
            e.BalanceReported: self._on_balance,
            e.RequestFailed: self._on_request_failed,
            c.Watch: self._on_watch,
            **self._trust.handlers(),
            **self._brokerage.handlers(),
            **self._restraint.handlers(),
            **Venue(self._state).handlers(),
            e.BookDelta: self._on_delta,
            e.BookChanges: self._on_changes,
        }

    def handle(self, item: e.Fact | c.Command) -> list[fx.Effect]:
        """Take one fact or command and return what has to be done, in order."""
        found = self._handlers[type(item)](item)
        return [*found, *self._restraint.after(item), *self._brokerage.after(item)]

    def restore(self, entries: Iterable[fx.JournalEntry]) -> list[fx.Effect]:
        """Replay the journal, before anything else.

        Returns records of what the restart settles: an intent that was never sent is NOT SENT, one
        whose sending began is IN DOUBT.
        """
        return self._brokerage.restore(entries)

    def note_open_key(self) -> None:
        """Say on the status line that the key lies in a file that nothing protects."""
        self._state.open_key = True
        self._state.touch((Pane.STATUS, ""))

    def restrict(self, reason: str) -> None:
        """Only look from now on, and say why: the key may not trade, or no more (FB08 to FB10)."""
        self._state.read_only = self._state.read_only or reason
        self._state.mode = Mode.VIEW
        self._state.touch((Pane.STATUS, ""))

    def watched_market(self) -> Market | None:
        """Return the market on the ladder, once it is listed."""
        return self._state.board.markets.get(self._state.watched)

    def recheck(self, client_order_id: str, mono_ns: int) -> str:
        """Return why an order may not go out after all, asked right before its first byte (TO05).

        `mono_ns` is the time now, the last `Tick` that of the gate: between them nothing that
        happened outside is known. An empty string lets the order go.
        """
        refusal = self._state.recheck(client_order_id, mono_ns)
        return refusal.text if refusal is not None else ""

    def take_dirty(self) -> set[ViewKey]:
        """Return the keys of the views that changed since the last call."""
        taken = set(self._state.dirty)
        self._state.dirty.clear()
        return taken

    def view(self, key: ViewKey) -> View | None:
        """Build a view now; None where there is nothing to show yet."""
        pane, ticker = key
        board, ledger = self._state.board, self._state.ledger
        match pane:
            case Pane.STATUS:
                return self._state.status_view()
            case Pane.LADDER | Pane.TAPE:
                return self._market_view(pane, ticker)
            case Pane.ORDERS:
                return panes.orders_view(ledger)
            case Pane.POSITIONS:
                return panes.positions_view(board, ledger)
            case Pane.FILLS:
                return panes.fills_view(ledger)
            case Pane.MARKETS:
                return panes.markets_view(board, ledger)
            case Pane.FEED:
                return self._trust.feed_view()
            case Pane.DIFFERENCES:
                return DifferencesView(self._state.differences.rows())

    def _market_view(self, pane: Pane, ticker: str) -> View | None:
        board, ledger = self._state.board, self._state.ledger
        market, book = board.markets.get(ticker), board.states.get(ticker)
        if book is None:
            return None
        if pane is Pane.TAPE:
            return panes.tape_view(ticker, book)
        if market is None:
            return None
        return panes.ladder_view(ledger, market, book, self._state.exposures.of(ticker))

    def _on_traded(self, fact: e.Traded) -> list[fx.Effect]:
        self._state.board.traded(fact)
        moved = self._brokerage.trade_ahead(fact)
        return [fx.Fetch(fx.Read.QUEUES)] if moved else []

    def _on_delta(self, fact: e.BookDelta) -> list[fx.Effect]:
        return self._on_changes(e.BookChanges([fact[:6]]))

    def _on_changes(self, fact: e.BookChanges) -> list[fx.Effect]:
        return self._trust.changes(fact, self._brokerage.queued, self._brokerage.level_fell)

    def _on_quoted(self, fact: e.Quoted) -> list[fx.Effect]:
        self._state.board.quoted(fact)
        if self._state.ledger.position(fact.ticker).count:
            self._state.touch((Pane.POSITIONS, ""))
        return []

    def _on_markets(self, fact: e.MarketsListed) -> list[fx.Effect]:
        self._state.board.listed(fact)
        if self._state.watched:
            return []
        first = self._state.board.liveliest(fact.markets)
        return self._on_watch(c.Watch(first)) if first else []

    def _on_fees(self, fact: e.FeesRead) -> list[fx.Effect]:
        self._state.board.fees_read(fact)
        return []

    def _on_market_changed(self, fact: e.MarketChanged) -> list[fx.Effect]:
        self._state.board.market_changed(fact)
        return []

    def _on_tick(self, tick: e.Tick) -> list[fx.Effect]:
        state = self._state
        if tick.wall_ns // SECOND != state.wall_ns // SECOND:
            state.touch((Pane.STATUS, ""))
        state.mono_ns, state.wall_ns = tick.mono_ns, tick.wall_ns
        found = [
            *self._trust.tick(),
            *self._checks.tick(),
            *self._restraint.tick(),
            *self._brokerage.tick(),
        ]
        if tick.mono_ns - self._queues_asked_ns < QUEUE_POLL_NS:
            return found
        self._queues_asked_ns = tick.mono_ns
        rests = any(order.state is OrderState.RESTING for order in state.ledger.live())
        if rests and state.connection is e.ConnectionState.OPEN:
            found.append(fx.Fetch(fx.Read.QUEUES))
        return found

    def _on_connection(self, fact: e.ConnectionChanged) -> list[fx.Effect]:
        state = self._state
        was, state.connection = state.connection, fact.state
        state.connection_reason = fact.reason
        state.touch((Pane.STATUS, ""))
        is_open = fact.state is e.ConnectionState.OPEN
        text = fact.reason or f"the feed is {fact.state.value}"
        if not is_open:
            state.latency_ns = state.lagging_ns = None
            state.board.stale_all(text, state.mono_ns)
        if fact.state is was:
            return []
        if is_open:
            return [state.notice(fx.NoticeLevel.INFO, "connected")]
        if was is e.ConnectionState.OPEN or fact.state is e.ConnectionState.REFUSED:
            return [state.notice(fx.NoticeLevel.WARNING, text)]
        return []

    def _on_latency(self, fact: e.LatencyMeasured) -> list[fx.Effect]:
        self._state.latency_ns = fact.round_trip_ns
        self._state.touch((Pane.STATUS, ""))
        return []

    def _on_balance(self, fact: e.BalanceReported) -> list[fx.Effect]:
        self._state.cash, self._state.shards = fact.cash, fact.shards
        self._state.touch((Pane.STATUS, ""))
        return []

    def _on_request_failed(self, fact: e.RequestFailed) -> list[fx.Effect]:
        text = f"could not read {fact.what}: {fact.reason}"
        return [self._state.notice(fx.NoticeLevel.WARNING, text)]

    def _on_watch(self, command: c.Watch) -> list[fx.Effect]:
        state = self._state
        if command.ticker not in state.board.markets:
            text = f"{command.ticker} is not a market of this exchange."
            return [state.notice(fx.NoticeLevel.WARNING, text)]
        state.watched = command.ticker
        state.board.drop([command.ticker])
        state.board.state(command.ticker).read_only = state.drift_of(command.ticker)
        state.touch((Pane.LADDER, command.ticker), (Pane.TAPE, command.ticker), (Pane.STATUS, ""))
        return [fx.WatchBooks((command.ticker,))]
