"""Every order, fill and position this account has shown us, tied together by id.

client_order_id -> terms -> order_id -> fills. Owns identity (aliases, external orders), quantities
and deduplication; states follow the table in `core.orders`. Decides nothing and sends nothing: each
method changes the record and returns what has to be journalled.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kalshi_tui.core.effects import (
    FillEntry,
    Intent,
    JournalEntry,
    OrderEntry,
    RequestEntry,
    StateEntry,
)
from kalshi_tui.core.events import Filled, OrderReported, PositionReported, ReportedStatus
from kalshi_tui.core.holdings import Holdings
from kalshi_tui.core.orders import (
    BREACHED,
    CANCELS,
    EXTERNAL,
    HELD,
    TERMINAL,
    CancelEvent,
    CancelState,
    Change,
    Due,
    Order,
    OrderEvent,
    OrderState,
    OrderTerms,
    RequestKind,
    RequestState,
    SelfTradePrevention,
    TimeInForce,
    advance,
)
from kalshi_tui.core.positions import Position
from kalshi_tui.core.roster import Roster, Touched, remember_price
from kalshi_tui.core.units import NO_COUNT, Count
from kalshi_tui.core.wording import rest_words

__all__ = ["Ledger", "Order", "UnknownOrderError"]

_REPORTED = {
    ReportedStatus.RESTING: OrderEvent.RESTS,
    ReportedStatus.EXECUTED: OrderEvent.EXECUTES,
    ReportedStatus.CANCELED: OrderEvent.CANCELS,
}

_ORDINARY = "Trade"
"""The update reason that says no more than the state does (asyncapi.yaml `last_update_reason`)."""


class UnknownOrderError(LookupError):
    """An id that this ledger has never seen."""


class Ledger:
    """The record. Orders are kept in the order in which they became known."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._by_order_id: dict[str, str] = {}
        self._fills: dict[str, Filled] = {}
        self._roster = Roster()
        self._aliases: dict[str, str] = {}
        self._alarms: list[str] = []
        self.stale_reports = 0
        """Reports that were older than what was known (TO21)."""
        self._holdings = Holdings()
        self._loose: dict[str, Count] = {}
        """Fills of orders that are not known yet, by the exchange's id."""

    def __contains__(self, client_order_id: str) -> bool:
        return client_order_id in self._orders

    def order(self, client_order_id: str) -> Order:
        """Return an order. Raises `UnknownOrderError`."""
        try:
            return self._orders[client_order_id]
        except KeyError:
            raise UnknownOrderError(client_order_id) from None

    def by_order_id(self, order_id: str) -> Order | None:
        """Return the order that the exchange calls `order_id`, if it is known."""
        key = self._by_order_id.get(order_id)
        return self._orders[key] if key is not None else None

    def orders(self) -> Iterator[Order]:
        """Yield all orders, oldest first."""
        return iter(self._orders.values())

    def newest(self) -> Iterator[Order]:
        """Yield all orders, newest first."""
        return reversed(self._orders.values())

    def live(self, ticker: str | None = None) -> list[Order]:
        """Return the orders that may still trade, oldest first."""
        return self._roster.live(ticker)

    def counting(self, ticker: str) -> Mapping[str, Order]:
        """Return the orders of a market that can still move its position, live or over, by id."""
        return self._roster.counting(ticker)

    def watch(self) -> Touched:
        """Return a record of what may change exposure from now on; its reader empties it."""
        return self._roster.watch(ticker for ticker, _ in self.positions())

    def take_alarms(self) -> list[str]:
        """Return what should be impossible and was said since the last call, in sentences."""
        taken, self._alarms = self._alarms, []
        return taken

    def open(
        self, client_order_id: str, terms: OrderTerms, wall_ns: int, *, external: bool = False
    ) -> Intent:
        """Take a new intent and return its journal entry, to be committed before sending.

        An external order begins as SENDING: the exchange has it, so it was sent.
        """
        if client_order_id in self._orders:
            raise ValueError(f"the id {client_order_id} is taken")
        state = OrderState.SENDING if external else OrderState.INTENT
        order = Order(client_order_id, terms, state, wall_ns, external=external)
        self._orders[client_order_id] = order
        self._roster.weigh(order)
        return Intent(client_order_id, terms, wall_ns, external)

    def move(
        self, client_order_id: str, event: OrderEvent, wall_ns: int, detail: str = ""
    ) -> list[JournalEntry]:
        """Apply an event to an order. Returns an entry where the state changed.

        Raises `IllegalTransitionError` and changes nothing.
        """
        order = self.order(client_order_id)
        before, state = order.state, advance(order.state, event)
        if state is before:
            return []
        # A refused order that is listed as canceled, with nothing filled, breaches nothing.
        if before in BREACHED and state in HELD:
            self._alarms.append(
                f"{client_order_id} was {before.value} and the exchange has it after all"
            )
        self.restore(client_order_id, state, wall_ns, detail)
        return [StateEntry(client_order_id, state, wall_ns, order.order_id, detail)]

    def restore(
        self, client_order_id: str, state: OrderState, wall_ns: int, detail: str = ""
    ) -> None:
        """Take a state as it is, from the journal: the table was asked when it was written."""
        order = self.order(client_order_id)
        order.state, order.detail = state, detail
        if state in TERMINAL:
            for price, _ in order.forms()[1:]:
                remember_price(order, price)
            order.cancel = CancelState.NONE
            order.change = order.queue = None
            order.due = Due.NONE
        self._roster.weigh(order)
        self._date_doubt(order, wall_ns)

    def cancel(self, order: Order, event: CancelEvent, wall_ns: int) -> None:
        """Apply an event to an order's cancel; an order that is over has none."""
        order.cancel = CANCELS[order.cancel, event] if order.is_live else CancelState.NONE
        self._date_doubt(order, wall_ns)

    def change(self, order: Order, change: Change | None, wall_ns: int) -> None:
        """Set what is being changed about an order; None once that is settled."""
        order.change = change
        self._roster.weigh(order)
        self._date_doubt(order, wall_ns)

    def amended(self, order: Order, change: Change, remaining: Count | None, ts_ms: int) -> None:
        """Book an amend or decrease that happened. Reports older than it change no terms."""
        if change.kind is RequestKind.AMEND:
            remember_price(order, order.terms.price)
            order.terms = replace(order.terms, price=change.price, count=change.count)
        # How much was filled before it is not said: what rests now bounds it until it is.
        order.rests_at_most = remaining
        if change.expires_s is not None:
            order.terms = replace(order.terms, expires_s=change.expires_s or None)
        order.amended_ms = max(order.amended_ms, ts_ms)
        self._roster.weigh(order)

    def reduced(self, order: Order, taken: Count) -> None:
        """Book what a cancel took off a live order: all else of it was filled, told or not.

        While its size is being changed, of what total is not known: then it may have been filled.
        """
        filled = Count(max(total for _, total in order.forms()) - taken)
        if order.change is None and order.rests_at_most is None:
            order.reported_filled = max(order.reported_filled, filled)
        else:
            order.fills_at_most = filled
        self._roster.weigh(order)

    def requested(self, entry: RequestEntry) -> None:
        """Replay a request from the journal."""
        if entry.client_order_id not in self._orders:
            return
        order = self.order(entry.client_order_id)
        if entry.kind is RequestKind.ABANDON:
            order.abandoned = True
        kind, state, price, count = entry.kind, entry.state, entry.price, entry.count
        if price is None or count is None or not order.is_live:
            return
        change = Change(entry.request_id, kind, state, price, count, entry.expires_s, entry.wall_ns)
        if state is RequestState.DONE:
            # No more rests than a decrease left; how much was filled before it was not said.
            left = count if kind is RequestKind.DECREASE else None
            self.amended(order, change, left, 0)
        is_open = state in (RequestState.PENDING, RequestState.IN_DOUBT)
        self.change(order, change if is_open else None, entry.wall_ns)

    def _date_doubt(self, order: Order, wall_ns: int) -> None:
        if not order.is_in_doubt:
            order.doubt_wall_ns = None
        elif order.doubt_wall_ns is None:
            order.doubt_wall_ns = wall_ns

    def bind(self, client_order_id: str, order_id: str) -> None:
        """Tie the exchange's id to ours. One id is one order: a second claim is an alarm (FC24)."""
        self._roster.weigh(self._bind(client_order_id, order_id))

    def _bind(self, client_order_id: str, order_id: str) -> Order:
        order = self.order(client_order_id)
        if self._by_order_id.get(order_id, client_order_id) != client_order_id:
            self._alarms.append(f"the exchange calls two orders {order_id}: reconcile by hand")
            return order
        order.order_id = order_id
        self._by_order_id[order_id] = client_order_id
        order.booked = Count(order.booked + self._loose.pop(order_id, NO_COUNT))
        return order

    def acked(
        self, client_order_id: str, order_id: str, filled: Count, remaining: Count, wall_ns: int
    ) -> list[JournalEntry]:
        """Book a 201. What the private feed said before is merged, never overridden."""
        order = self._bind(client_order_id, order_id)
        if order.order_id != order_id:
            # The id is another order's: what became of this one is not known.
            return self.move(client_order_id, OrderEvent.LOST, wall_ns, "its id is another's")
        order.reported_filled = max(order.reported_filled, filled)
        end = OrderEvent.EXECUTES if filled >= order.terms.count else OrderEvent.CANCELS
        event = OrderEvent.RESTS if remaining > 0 else end
        self._roster.weigh(order)
        return self.move(client_order_id, event, wall_ns, rest_words(order.terms, event))

    def reported(self, report: OrderReported, wall_ns: int) -> list[JournalEntry]:
        """Book what the exchange says about an order; adopts orders that we never sent.

        A report older than what is known, with no more fills, changes nothing. Raises
        `IllegalTransitionError`, and changes nothing, for a report that cannot be true.
        """
        order = self.find(report.order_id, report.client_order_id)
        entries: list[JournalEntry] = []
        event = _REPORTED.get(report.status)
        if order is not None and self._clashes(order, report):
            order = self.by_order_id(report.order_id)
        if order is None:
            intent = self._adopt(report, wall_ns)
            entries.append(intent)
            order = self.order(intent.client_order_id)
        elif _is_stale(order, report):
            self.stale_reports += 1
            return []
        if event is not None:
            advance(order.state, event)
        self._bind(order.client_order_id, report.order_id)
        self._alias(order, report.client_order_id)
        if report.updated_ms >= max(order.updated_ms, order.amended_ms):
            self._amended(order, report)
        order.updated_ms = max(order.updated_ms, report.updated_ms)
        is_end = event in (OrderEvent.CANCELS, OrderEvent.EXECUTES)
        # The last word stands, also where what a cancel took off let more be thought.
        known = NO_COUNT if is_end else order.reported_filled
        order.reported_filled = max(known, report.filled)
        order.due = Due.NONE
        if is_end:
            order.fills_at_most = NO_COUNT
        self._roster.weigh(order)
        if event is not None:
            detail = "" if report.reason == _ORDINARY else report.reason
            entries += self.move(order.client_order_id, event, wall_ns, detail)
        self._date_doubt(order, wall_ns)
        entries.append(OrderEntry(order.client_order_id, report))
        return entries

    def find(self, order_id: str, client_order_id: str) -> Order | None:
        """Return the order that a report or fill is about, by either id or an alias."""
        known = self.by_order_id(order_id)
        if known is not None:
            return known
        key = client_order_id or EXTERNAL + order_id
        return self._orders.get(self._aliases.get(key, key))

    def _clashes(self, order: Order, report: OrderReported) -> bool:
        """Tell whether the exchange uses the id of this order for another one (FC08, INV-5)."""
        terms = order.terms
        is_other = order.order_id not in ("", report.order_id)
        is_other_body = (terms.ticker, terms.side) != (report.ticker, report.side)
        if is_other or is_other_body:
            self._alarms.append(
                f"the exchange has another order under the id {order.client_order_id}:"
                f" {report.order_id}"
            )
        return is_other or is_other_body

    def _alias(self, order: Order, client_order_id: str) -> None:
        """Note the id that an amend gave an order; the old one still finds it (TO27)."""
        known = (order.exchange_client_id, order.client_order_id, "")
        if client_order_id not in known and client_order_id not in self._orders:
            order.aliases = (*order.aliases, client_order_id)
            self._aliases[client_order_id] = order.client_order_id

    def _adopt(self, report: OrderReported, wall_ns: int) -> Intent:
        stp = report.self_trade_prevention or SelfTradePrevention.TAKER_AT_CROSS
        terms = OrderTerms(
            ticker=report.ticker,
            side=report.side,
            price=report.price,
            count=report.initial,
            time_in_force=report.time_in_force or TimeInForce.GTC,
            post_only=bool(report.post_only),
            expires_s=report.expires_ms // 1000 if report.expires_ms else None,
            self_trade_prevention=stp,
            group_id=report.group_id,
        )
        key = report.client_order_id
        if not key or key in self._orders:
            key = EXTERNAL + report.order_id
        return self.open(key, terms, report.created_ms * 1_000_000 or wall_ns, external=True)

    def _amended(self, order: Order, report: OrderReported) -> None:
        if report.status is not ReportedStatus.RESTING:
            return
        count = Count(report.filled + report.remaining)
        if (order.terms.price, order.terms.count) != (report.price, count):
            remember_price(order, order.terms.price)
            order.terms = replace(order.terms, price=report.price, count=count)
        if report.filled == order.booked:
            order.dearest = None
        order.rests_at_most = None
        if report.expires_ms is not None:
            order.terms = replace(order.terms, expires_s=report.expires_ms // 1_000)

    def fills(self) -> Iterator[Filled]:
        """Yield all fills in the order in which they were booked."""
        return iter(self._fills.values())

    def filled(self, fill: Filled) -> list[JournalEntry]:
        """Book a fill once, by trade id, wherever it comes from."""
        if fill.trade_id in self._fills:
            return []
        self._fills[fill.trade_id] = fill
        order = self.find(fill.order_id, fill.client_order_id)
        if order is None:
            self._loose[fill.order_id] = Count(
                self._loose.get(fill.order_id, NO_COUNT) + fill.count
            )
        else:
            self._bind(order.client_order_id, fill.order_id)
            order.booked = Count(order.booked + fill.count)
            if order.queue is not None and order.queue > 0:
                order.queue = NO_COUNT
            self._roster.weigh(order)
        self._holdings.filled(fill)
        self._roster.moved(fill.ticker)
        return [FillEntry(order.client_order_id if order else fill.client_order_id, fill)]

    def stated(self, report: PositionReported) -> None:
        """Take the exchange's own figure of a position, unless a newer one is known."""
        self._holdings.stated(report)
        self._roster.moved(report.ticker)

    def flatten_missing(self, stated: Iterable[str], before_ms: int) -> None:
        """Positions that a complete read did not list are flat, unless they are newer than it."""
        for ticker in self._holdings.flatten_missing(stated, before_ms):
            self._roster.moved(ticker)

    def position(self, ticker: str) -> Position:
        """Return the net holding in a market."""
        return self._holdings.position(ticker)

    def positions(self) -> Iterator[tuple[str, Position]]:
        """Yield (ticker, position) of every market ever held."""
        return self._holdings.positions()


def _is_stale(order: Order, report: OrderReported) -> bool:
    """Tell whether a report says less than is known (TO21). An end is news however old it is."""
    is_older = report.updated_ms < order.updated_ms and report.filled <= order.reported_filled
    return is_older and report.status not in (ReportedStatus.CANCELED, ReportedStatus.EXECUTED)
