"""What the exchange says about our account by itself, and what the journal says at start.

Order reports, fills, positions, queue positions and complete sweeps, from the private feed or from
REST; the ledger deduplicates. Sends nothing but the cancels that waited for an order's id.
Source: reliability TO14, TO15, TO20, TO21, TO32 to TO35.
"""

from collections.abc import Callable, Iterable
from typing import Any

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.amending import Amending
from kalshi_tui.core.canceling import Canceling
from kalshi_tui.core.checks import Checks
from kalshi_tui.core.dues import Dues
from kalshi_tui.core.orders import (
    BREACHED,
    HELD,
    UNSETTLED,
    Order,
    OrderEvent,
    OrderState,
    RequestKind,
    RequestState,
    TimeInForce,
)
from kalshi_tui.core.queue import Queues
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.state import State
from kalshi_tui.core.steps import Steps
from kalshi_tui.core.units import Count, Price, count_text, price_text
from kalshi_tui.core.views import Pane
from kalshi_tui.core.wording import order_words, outcome_words

_FILLS = (Pane.FILLS, "")
_POSITIONS = (Pane.POSITIONS, "")
_MARKETS = (Pane.MARKETS, "")

STRANGE_READ = 20
"""At most so many unknown orders of a sweep's fills are read, the newest: its first one may go back
a week, and what traded then is told by its fills and by the position."""


class Reports:
    """The engine's private data."""

    def __init__(
        self,
        state: State,
        steps: Steps,
        canceling: Canceling,
        amending: Amending,
        dues: Dues,
        checks: Checks,
    ) -> None:
        self._state = state
        self._steps = steps
        self._canceling = canceling
        self._amending = amending
        self._queues = Queues()
        self._dues = dues
        self._checks = checks
        self._strange: dict[str, None] = {}
        """Orders that only a fill on the feed told of, until the next sweep."""

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts that this side of the engine takes."""
        return {
            e.OrderReported: self.reported,
            e.Filled: self._filled,
            e.PositionReported: self._position,
            e.QueuesReported: self._queues_read,
            e.Swept: self._swept,
        }

    def trade_ahead(self, trade: e.Traded) -> bool:
        """A public trade at one of our prices moves the queue. Returns True where we stand."""
        ahead = [
            order
            for order in self._state.ledger.live(trade.ticker)
            if order.terms.price == trade.price
            and order.terms.side is not trade.taker_side
            and order.queue is not None
        ]
        self._queues.traded(ahead, trade.size, trade.ts_ms, self._now_ms)
        return bool(ahead)

    @property
    def queued(self) -> frozenset[str]:
        """The markets in which a place in the queue is known."""
        return self._queues.tickers

    def level_fell(
        self, ticker: str, side: BookSide, price: Price, ts_ms: int, left: Count
    ) -> None:
        """A level of a LIVE book became smaller: no more than `left` can be ahead of us in it."""
        if self._queues.fell(ticker, side, price, left, ts_ms):
            self._steps.touch(ticker)

    @property
    def _now_ms(self) -> int:
        return self._state.wall_ns // 1_000_000

    def restore(self, entries: Iterable[fx.JournalEntry]) -> list[fx.Effect]:
        """Replay the journal and settle what the restart decides (TO04, TO35)."""
        ledger = self._state.ledger
        for entry in entries:
            match entry:
                case fx.Intent(coid, terms, wall_ns, external):
                    if coid not in ledger:
                        ledger.open(coid, terms, wall_ns, external=external)
                case fx.StateEntry(coid, state, wall_ns, order_id, detail):
                    if coid in ledger:
                        ledger.restore(coid, state, wall_ns, detail)
                        if order_id:
                            ledger.bind(coid, order_id)
                case fx.OrderEntry(_, report):
                    ledger.reported(report, report.updated_ms * 1_000_000)
                case fx.FillEntry(_, fill):
                    ledger.filled(fill)
                case fx.RequestEntry():
                    self._requested(entry)
        return self._settle_restart()

    def _requested(self, entry: fx.RequestEntry) -> None:
        if entry.kind is RequestKind.KILL and entry.state is RequestState.PENDING:
            # Its cancel-all may still catch new orders, restart or not (TO37).
            self._state.purged_wall_ns = entry.wall_ns
        self._state.ledger.requested(entry)

    def _settle_restart(self) -> list[fx.Effect]:
        # What was alarming was said when it happened.
        self._state.ledger.take_alarms()
        found: list[fx.Effect] = []
        for order in self._state.ledger.live():
            if order.state is OrderState.INTENT:
                found += self._steps.moved(
                    order, OrderEvent.NOT_SENT, "the program ended before it was sent"
                )
            elif order.state is OrderState.SENDING:
                found += self._steps.moved(
                    order, OrderEvent.LOST, "the program ended before the answer"
                )
        self._state.unread = len(self._state.ledger.live())
        self._state.is_unread = any(True for _ in self._state.ledger.orders())
        return [*found, *self._amending.restored()]

    def reported(self, fact: e.OrderReported) -> list[fx.Effect]:
        """Book what the exchange says about one order."""
        ledger = self._state.ledger
        known = ledger.find(fact.order_id, fact.client_order_id)
        was = known.state if known is not None else None
        was_named = known is None or bool(known.order_id)
        entries = ledger.reported(fact, self._state.wall_ns)
        self._steps.touch(fact.ticker)
        found: list[fx.Effect] = [fx.Record(entry) for entry in entries]
        if fact.status is e.ReportedStatus.UNKNOWN:
            text = f"order {fact.order_id} has a status this program does not know"
            found.append(self._state.notice(fx.NoticeLevel.ERROR, text))
        order = ledger.by_order_id(fact.order_id)
        if order is not None:
            found += self._heard(order, fact, was)
            if not was_named:
                found += self._canceling.named(order)
        found += self._steps.alarms()
        if entries:
            found.append(fx.Fetch(fx.Read.BALANCE))
        return found

    def _heard(
        self, order: Order, fact: e.OrderReported, was: OrderState | None
    ) -> list[fx.Effect]:
        self._checks.reported(order)
        self._dues.heard(order)
        if was in BREACHED and was is not None and order.state in HELD:
            self._checks.breached(order, was)
        found = [*self._undoubted(order, was), *self._amending.reported(order, fact)]
        if order.state is OrderState.RESTING and was is not order.state:
            found.append(fx.Fetch(fx.Read.QUEUES))
        return found

    def _undoubted(self, order: Order, was: OrderState | None) -> list[fx.Effect]:
        """Say what ended a doubt, so that the log does not stop at it."""
        if was is not OrderState.IN_DOUBT or order.state in UNSETTLED:
            return []
        text = f"{order_words(order)} is no longer in doubt: {outcome_words(order)}"
        return [self._state.notice(fx.NoticeLevel.GOOD, text)]

    def _filled(self, fact: e.Filled) -> list[fx.Effect]:
        entries = self._state.ledger.filled(fact)
        if not entries:
            return []
        self._checks.filled(fact)
        self._steps.touch(fact.ticker)
        self._state.touch(_FILLS, _POSITIONS)
        verb = "B" if fact.side is BookSide.BID else "S"
        role = "taker" if fact.is_taker else "maker"
        text = f"filled {verb} {count_text(fact.count)} @{price_text(fact.price)} {role}"
        return [
            *(fx.Record(entry) for entry in entries),
            *self._proven(fact),
            *self._unknown(fact.order_id),
            self._state.notice(fx.NoticeLevel.GOOD, text),
            fx.Fetch(fx.Read.BALANCE),
        ]

    def _proven(self, fill: e.Filled) -> list[fx.Effect]:
        """A fill proves that its order exists, before any answer says so (TO14)."""
        order = self._state.ledger.by_order_id(fill.order_id)
        if order is None or order.state not in (UNSETTLED | BREACHED):
            return []
        found: list[fx.Effect] = []
        was = order.state
        if order.booked >= order.terms.count:
            found += self._steps.moved(order, OrderEvent.EXECUTES, "")
        elif order.terms.time_in_force is TimeInForce.GTC:
            found += self._steps.moved(order, OrderEvent.RESTS, "")
        # What is left of it, only a read says.
        found += self._undoubted(order, was)
        return [*found, *self._canceling.named(order), fx.DrillDown(order.order_id)]

    def _unknown(self, order_id: str) -> list[fx.Effect]:
        """Read the order of a fill where nobody here knows it: then it is adopted (TO33)."""
        if self._state.ledger.by_order_id(order_id) is not None or order_id in self._strange:
            return []
        self._strange[order_id] = None
        return [fx.DrillDown(order_id)]

    def _position(self, fact: e.PositionReported) -> list[fx.Effect]:
        self._state.ledger.stated(fact)
        self._checks.stated(fact)
        self._state.touch(_POSITIONS, _MARKETS, (Pane.LADDER, fact.ticker))
        return []

    def _queues_read(self, fact: e.QueuesReported) -> list[fx.Effect]:
        found = []
        for order_id, ahead in fact.queues:
            order = self._state.ledger.by_order_id(order_id)
            if order is not None and order.is_live:
                found.append((order, ahead))
                self._steps.touch(order.terms.ticker)
        self._queues.read(found, self._now_ms)
        return []

    def _swept(self, fact: e.Swept) -> list[fx.Effect]:
        ledger = self._state.ledger
        found: list[fx.Effect] = []
        for report in fact.orders:
            found += self.reported(report)
        # What the feed told of was asked for once; where that failed, it is once more.
        strange, self._strange = self._strange, {}
        for fill in fact.fills:
            entries = ledger.filled(fill)
            found += [fx.Record(entry) for entry in entries]
            if entries:
                self._checks.filled(fill)
                found += self._proven(fill)
                strange[fill.order_id] = None
        # It rests no more and nobody here knows it: once it is read it is adopted (TO33).
        unknown = [each for each in strange if ledger.by_order_id(each) is None]
        found += [fx.DrillDown(order_id) for order_id in unknown[-STRANGE_READ:]]
        for position in fact.positions:
            ledger.stated(position)
            self._checks.stated(position)
        before_ms = fact.begun_wall_ns // 1_000_000
        ledger.flatten_missing((each.ticker for each in fact.positions), before_ms)
        self._state.touch(_FILLS, _POSITIONS, _MARKETS, (Pane.ORDERS, ""), (Pane.STATUS, ""))
        for ticker in self._state.board.states:
            self._state.touch((Pane.LADDER, ticker))
        self._dues.swept(fact)
        self._state.unread, self._state.is_unread = 0, False
        return [*found, *self._checks.swept(fact), *self._canceling.again()]
