"""How many contracts are ahead of an order of ours, between two readings of it.

Who is ahead of a resting order can only become fewer: later orders stand behind, and one that is
made larger goes to the end. So every reading stays an upper bound; trades at the price take from it
what they say, and the level itself is a bound too. What others cancel cannot be told apart and is
left to the next reading: the estimate is never better than the truth, and never worse than the last
reading. It is marked as one until a reading confirms it.
Owns the arithmetic and which order has which estimate; reads nothing. Source: issue "queue
position"; kalshi-api §5 (queue positions are read); reads lag, and clocks differ.
"""

from collections.abc import Iterable
from typing import NamedTuple

from kalshi_tui.core.orders import Order
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count, Price

MARGIN_MS = 1_000
"""How far the exchange's stamps may be ahead of our clock. A trade is taken off a reading only when
it is later than the reading by this much: an earlier one may be in it already."""

CONFIRM_MS = 3_000
"""A reading so long after the last trade contains it: it is taken as it is."""

MERGE_MS = 500
_MOST = 3
"""Bounds that are kept: the newest knows the cancels, older ones the trades of the last second."""


class Bound(NamedTuple):
    """At most `ahead` are ahead; trades stamped after `from_ms` are not in it yet."""

    ahead: Count
    from_ms: int


class Estimate(NamedTuple):
    """What is known of one order's place. Immutable."""

    bounds: tuple[Bound, ...] = ()
    """Oldest first."""
    traded_ms: int | None = None
    """When the last trade at its price was heard of, by our clock."""
    is_exact: bool = False
    """True while nothing has happened at its price since a reading that was taken as it is."""

    @property
    def ahead(self) -> Count | None:
        """The best upper bound, or None before the first reading."""
        return min((each.ahead for each in self.bounds), default=None)

    def read(self, ahead: Count, now_ms: int) -> "Estimate":
        """Take a reading that was answered now; it may be as old as reads lag."""
        new = Bound(ahead, now_ms + MARGIN_MS)
        is_quiet = self.traded_ms is None or now_ms - self.traded_ms >= CONFIRM_MS
        if is_quiet or not self.bounds:
            return Estimate((new,), self.traded_ms, is_exact=True)
        *older, last = self.bounds
        if new.from_ms - last.from_ms < MERGE_MS:
            bounds = (*older, _both(last, new))
        else:
            bounds = (*self.bounds, new)
        if len(bounds) > _MOST:
            bounds = (_both(bounds[0], bounds[1]), *bounds[2:])
        return self._replace(bounds=bounds, is_exact=False)

    def traded(self, size: Count, ts_ms: int, now_ms: int) -> "Estimate":
        """Take a public trade at the order's price with a taker of the other side."""
        bounds = tuple(
            Bound(Count(max(each.ahead - size, 0)), each.from_ms) if ts_ms > each.from_ms else each
            for each in self.bounds
        )
        return Estimate(bounds, now_ms, is_exact=False)

    def level(self, size: Count, ts_ms: int) -> "Estimate":
        """Take what the whole level holds after it fell; `ts_ms` is the exchange's stamp.

        A stamp from before the first reading may be from before the order was there.
        """
        bounds = tuple(
            Bound(min(each.ahead, size), each.from_ms) if ts_ms > each.from_ms else each
            for each in self.bounds
        )
        if bounds == self.bounds:
            return self
        return self._replace(bounds=bounds, is_exact=False)


def _both(older: Bound, newer: Bound) -> Bound:
    """Return one bound for two: what is certain from the later moment on."""
    return Bound(min(older.ahead, newer.ahead), newer.from_ms)


class Queues:
    """The estimates of our orders. An order whose `queue` is None starts anew."""

    def __init__(self) -> None:
        self._known: dict[str, Estimate] = {}
        self._places: dict[tuple[str, BookSide, Price], tuple[Order, ...]] = {}
        self.tickers: frozenset[str] = frozenset()
        """The markets in which a place is known."""

    def read(self, found: Iterable[tuple[Order, Count]], now_ms: int) -> None:
        """Take a reading of all resting orders; what it does not name is forgotten."""
        known: dict[str, Estimate] = {}
        places: dict[tuple[str, BookSide, Price], tuple[Order, ...]] = {}
        for order, ahead in found:
            estimate = self._of(order).read(ahead, now_ms)
            known[order.client_order_id] = estimate
            if estimate.is_exact:
                order.queue = None
            _show(order, estimate)
            terms = order.terms
            place = (terms.ticker, terms.side, terms.price)
            places[place] = (*places.get(place, ()), order)
        self._known, self._places = known, places
        self.tickers = frozenset(ticker for ticker, _, _ in places)

    def traded(self, orders: Iterable[Order], size: Count, ts_ms: int, now_ms: int) -> bool:
        """Take a public trade at the price of `orders`. Returns True where a queue moved."""
        moved = False
        for order in orders:
            if order.queue is not None:
                estimate = self._of(order).traded(size, ts_ms, now_ms)
                moved = self._take(order, estimate) or moved
        return moved

    def fell(self, ticker: str, side: BookSide, price: Price, size: Count, ts_ms: int) -> bool:
        """Take a level that became smaller. Returns True where a queue moved."""
        moved = False
        for order in self._places.get((ticker, side, price), ()):
            if order.is_live and order.queue is not None and order.terms.price == price:
                moved = self._take(order, self._of(order).level(size, ts_ms)) or moved
        return moved

    def _of(self, order: Order) -> Estimate:
        known = self._known.get(order.client_order_id, Estimate())
        return known if order.queue is not None else Estimate(traded_ms=known.traded_ms)

    def _take(self, order: Order, estimate: Estimate) -> bool:
        before = (order.queue, order.queue_is_estimate)
        self._known[order.client_order_id] = estimate
        _show(order, estimate)
        return (order.queue, order.queue_is_estimate) != before


def _show(order: Order, estimate: Estimate) -> None:
    """Put an estimate on the order; a fill of it has proven that nobody is ahead (queue 0)."""
    ahead = estimate.ahead
    if ahead is not None:
        order.queue = ahead if order.queue is None else min(ahead, order.queue)
    order.queue_is_estimate = not estimate.is_exact and order.queue != NO_COUNT
