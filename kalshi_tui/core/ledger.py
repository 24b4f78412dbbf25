"""Every order, fill and position this account has shown us, tied together by id.

client_order_id -> terms -> order_id -> fills. Owns identity (aliases, external orders), quantities
and deduplication; states follow the table in `core.orders`. Decides nothing and sends nothing: each
method changes the record and returns what has to be journalled.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from kalshi_tui.core.effects import FillEntry, Intent, JournalEntry, OrderEntry, StateEntry
from kalshi_tui.core.events import Filled, OrderReported, PositionReported, ReportedStatus
from kalshi_tui.core.orders import (
    LIVE,
    TERMINAL,
    CancelState,
    OrderEvent,
    OrderState,
    OrderTerms,
    SelfTradePrevention,
    TimeInForce,
    advance,
)
from kalshi_tui.core.positions import Position
from kalshi_tui.core.units import NO_COUNT, Count

_REPORTED = {
    ReportedStatus.RESTING: OrderEvent.RESTS,
    ReportedStatus.EXECUTED: OrderEvent.EXECUTES,
    ReportedStatus.CANCELED: OrderEvent.CANCELS,
}

_ORDINARY = "Trade"
"""The update reason that says no more than the state does (asyncapi.yaml `last_update_reason`)."""


@dataclass(slots=True)
class Order:
    """One order as this program knows it. Mutable, and never handed to another layer."""

    client_order_id: str
    terms: OrderTerms
    state: OrderState
    created_wall_ns: int
    order_id: str = ""
    cancel: CancelState = CancelState.NONE
    reported_filled: Count = NO_COUNT
    """The largest fill count the exchange has stated."""
    booked: Count = NO_COUNT
    """Sum of the fills booked here."""
    updated_ms: int = 0
    detail: str = ""
    external: bool = False
    queue: Count | None = None
    queue_is_estimate: bool = False

    @property
    def filled(self) -> Count:
        return max(self.reported_filled, self.booked)

    @property
    def remaining(self) -> Count:
        """Contracts that may still trade."""
        if self.state in TERMINAL:
            return NO_COUNT
        return Count(max(self.terms.count - self.filled, 0))

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


class UnknownOrderError(LookupError):
    """An id that this ledger has never seen."""


@dataclass(slots=True)
class _Holding:
    position: Position = field(default_factory=Position)
    stamp_ms: int = 0
    """The exchange's time up to which the position is known to be complete."""
    later: list[Filled] = field(default_factory=list)
    """Fills after that; an older read must not undo them (FE04)."""


class Ledger:
    """The record. Orders are kept in the order in which they became known."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._by_order_id: dict[str, str] = {}
        self._fills: dict[str, Filled] = {}
        self._holdings: dict[str, _Holding] = {}
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

    def live(self, ticker: str | None = None) -> list[Order]:
        """Return the orders that may still trade, oldest first."""
        return [
            order
            for order in self._orders.values()
            if order.is_live and (ticker is None or order.terms.ticker == ticker)
        ]

    def open(
        self, client_order_id: str, terms: OrderTerms, wall_ns: int, *, external: bool = False
    ) -> Intent:
        """Take a new intent and return its journal entry, to be committed before sending.

        An external order begins as SENDING: the exchange has it, so it was sent.
        """
        if client_order_id in self._orders:
            raise ValueError(f"the id {client_order_id} is taken")
        state = OrderState.SENDING if external else OrderState.INTENT
        self._orders[client_order_id] = Order(
            client_order_id, terms, state, wall_ns, external=external
        )
        return Intent(client_order_id, terms, wall_ns, external)

    def move(
        self, client_order_id: str, event: OrderEvent, wall_ns: int, detail: str = ""
    ) -> list[JournalEntry]:
        """Apply an event to an order. Returns an entry where the state changed.

        Raises `IllegalTransitionError` and changes nothing.
        """
        order = self.order(client_order_id)
        state = advance(order.state, event)
        if state is order.state:
            return []
        order.state = state
        order.detail = detail
        if state in TERMINAL:
            order.cancel = CancelState.NONE
            order.queue = None
        return [StateEntry(client_order_id, state, wall_ns, order.order_id, detail)]

    def bind(self, client_order_id: str, order_id: str) -> None:
        """Tie the exchange's id to ours."""
        order = self.order(client_order_id)
        order.order_id = order_id
        self._by_order_id[order_id] = client_order_id
        order.booked = Count(order.booked + self._loose.pop(order_id, NO_COUNT))

    def acked(
        self, client_order_id: str, order_id: str, filled: Count, remaining: Count, wall_ns: int
    ) -> list[JournalEntry]:
        """Book a 201. What the private feed said before is merged, never overridden."""
        order = self.order(client_order_id)
        self.bind(client_order_id, order_id)
        order.reported_filled = max(order.reported_filled, filled)
        if remaining > 0:
            event = OrderEvent.RESTS
        elif filled >= order.terms.count:
            event = OrderEvent.EXECUTES
        else:
            event = OrderEvent.CANCELS
        return self.move(client_order_id, event, wall_ns, _rest_words(order, event))

    def reported(self, report: OrderReported, wall_ns: int) -> list[JournalEntry]:
        """Book what the exchange says about an order; adopts orders that we never sent.

        A report older than what is known, with no more fills, changes nothing. Raises
        `IllegalTransitionError`, and changes nothing, for a report that cannot be true.
        """
        order = self._find(report.order_id, report.client_order_id)
        entries: list[JournalEntry] = []
        event = _REPORTED.get(report.status)
        if order is None:
            intent = self._adopt(report, wall_ns)
            entries.append(intent)
            order = self.order(intent.client_order_id)
        elif report.updated_ms < order.updated_ms and report.filled <= order.reported_filled:
            return []
        if event is not None:
            advance(order.state, event)
        self.bind(order.client_order_id, report.order_id)
        order.updated_ms = max(order.updated_ms, report.updated_ms)
        order.reported_filled = max(order.reported_filled, report.filled)
        self._amended(order, report)
        if event is not None:
            detail = "" if report.reason == _ORDINARY else report.reason
            entries += self.move(order.client_order_id, event, wall_ns, detail)
        entries.append(OrderEntry(order.client_order_id, report))
        return entries

    def _find(self, order_id: str, client_order_id: str) -> Order | None:
        known = self.by_order_id(order_id)
        return known or self._orders.get(client_order_id or _external_key(order_id))

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
        )
        key = report.client_order_id or _external_key(report.order_id)
        return self.open(key, terms, report.created_ms * 1_000_000 or wall_ns, external=True)

    def _amended(self, order: Order, report: OrderReported) -> None:
        if report.status is not ReportedStatus.RESTING:
            return
        count = Count(report.filled + report.remaining)
        if (order.terms.price, order.terms.count) != (report.price, count):
            order.terms = replace(order.terms, price=report.price, count=count)

    def fills(self) -> Iterator[Filled]:
        """Yield all fills in the order in which they were booked."""
        return iter(self._fills.values())

    def filled(self, fill: Filled) -> list[JournalEntry]:
        """Book a fill once, by trade id, wherever it comes from."""
        if fill.trade_id in self._fills:
            return []
        self._fills[fill.trade_id] = fill
        order = self._find(fill.order_id, fill.client_order_id)
        if order is None:
            self._loose[fill.order_id] = Count(
                self._loose.get(fill.order_id, NO_COUNT) + fill.count
            )
        else:
            self.bind(order.client_order_id, fill.order_id)
            order.booked = Count(order.booked + fill.count)
            if order.queue is not None and order.queue > 0:
                order.queue = NO_COUNT
        self._book_position(fill)
        return [FillEntry(order.client_order_id if order else fill.client_order_id, fill)]

    def _book_position(self, fill: Filled) -> None:
        holding = self._holdings.setdefault(fill.ticker, _Holding())
        # A stated position of the same or a later time already contains this fill.
        if holding.stamp_ms < fill.ts_ms:
            holding.later.append(fill)
            holding.position = holding.position.traded(fill.side, fill.price, fill.count, fill.fee)

    def stated(self, report: PositionReported) -> None:
        """Take the exchange's own figure of a position, unless a newer one is known."""
        holding = self._holdings.setdefault(report.ticker, _Holding())
        if report.ts_ms < holding.stamp_ms:
            return
        holding.stamp_ms = report.ts_ms
        position = Position(report.position, report.cost, report.realized, report.fees)
        # Stamps of a position and its fill may differ: one that is what we have includes them all.
        is_ours = report.position == holding.position.count
        holding.later = [
            fill for fill in holding.later if fill.ts_ms > report.ts_ms and not is_ours
        ]
        for fill in holding.later:
            position = position.traded(fill.side, fill.price, fill.count, fill.fee)
        holding.position = position

    def flatten_missing(self, stated: Iterable[str], before_ms: int) -> None:
        """Positions that a complete read did not list are flat, unless they are newer than it."""
        listed = set(stated)
        for ticker, holding in self._holdings.items():
            is_newer = holding.stamp_ms > before_ms or any(
                fill.ts_ms > before_ms for fill in holding.later
            )
            if ticker not in listed and not is_newer and holding.position.count:
                holding.position = replace(holding.position, count=NO_COUNT, cost=_NO_COST)

    def position(self, ticker: str) -> Position:
        """Return the net holding in a market."""
        holding = self._holdings.get(ticker)
        return holding.position if holding else Position()

    def positions(self) -> Iterator[tuple[str, Position]]:
        """Yield (ticker, position) of every market ever held."""
        for ticker, holding in self._holdings.items():
            yield ticker, holding.position


_NO_COST = Position().cost


def _external_key(order_id: str) -> str:
    return f"external:{order_id}"


def _rest_words(order: Order, event: OrderEvent) -> str:
    if event is not OrderEvent.CANCELS:
        return ""
    if order.terms.time_in_force is TimeInForce.IOC:
        return "IOC: what did not fill at once was canceled"
    return "canceled by the exchange at entry"
