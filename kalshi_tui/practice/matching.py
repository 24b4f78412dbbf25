"""One market's book of orders: price-time priority, FIFO at each price.

Quoted on the YES leg. Owns the queues and who trades with whom; knows no account, cash, fee, tick
grid, time or wire. `plan` looks and changes nothing; the other methods change the book.
Source: practice-exchange rules on matching; openapi.yaml `SelfTradePreventionType`.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass

from kalshi_tui.core.orders import SelfTradePrevention
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count, Price
from kalshi_tui.practice.orders import Order


class Queue:
    """The orders at one price: an intrusive linked list, so that any order leaves in one step."""

    __slots__ = ("first", "last", "total")

    def __init__(self) -> None:
        self.first: Order | None = None
        self.last: Order | None = None
        self.total = 0

    def __iter__(self) -> Iterator[Order]:
        order = self.first
        while order is not None:
            following = order.after
            yield order
            order = following

    def append(self, order: Order) -> None:
        """Put an order at the back."""
        last = self.last
        order.before, order.after = last, None
        if last is None:
            self.first = order
        else:
            last.after = order
        self.last = order
        self.total += order.remaining

    def unlink(self, order: Order) -> None:
        """Take an order out, wherever it stands."""
        before, after = order.before, order.after
        if before is None:
            self.first = after
        else:
            before.after = after
        if after is None:
            self.last = before
        else:
            after.before = before
        order.before = order.after = None
        self.total -= order.remaining


@dataclass(slots=True)
class Plan:
    """What a marketable order would do, best price first and first come first."""

    fills: list[tuple[Order, Count]]
    yielding: list[Order]
    """Own resting orders that self-trade prevention `maker` cancels."""
    left: Count
    """What the taker has left over."""
    stopped: bool
    """True when `taker_at_cross` met an own order: the rest is canceled, not rested."""


class OrderBook:
    """Both sides of one market."""

    __slots__ = ("_arrivals", "_ask_prices", "_asks", "_bid_prices", "_bids")

    def __init__(self) -> None:
        self._bids: dict[Price, Queue] = {}
        self._asks: dict[Price, Queue] = {}
        self._bid_prices: list[Price] = []
        self._ask_prices: list[Price] = []
        self._arrivals = 0

    @property
    def best_bid(self) -> Price | None:
        """The highest price at which someone buys YES."""
        return self._bid_prices[-1] if self._bid_prices else None

    @property
    def best_ask(self) -> Price | None:
        """The lowest price at which someone sells YES."""
        return self._ask_prices[0] if self._ask_prices else None

    def size_at(self, side: BookSide, price: Price) -> Count:
        """Return the contracts resting at one price."""
        queue = (self._bids if side is BookSide.BID else self._asks).get(price)
        return NO_COUNT if queue is None else Count(queue.total)

    def levels(self, side: BookSide, depth: int | None = None) -> list[tuple[Price, Count]]:
        """Return up to `depth` (price, contracts) of one side, best first."""
        if side is BookSide.BID:
            queues, prices = self._bids, self._bid_prices[::-1]
        else:
            queues, prices = self._asks, self._ask_prices
        return [(price, Count(queues[price].total)) for price in prices[:depth]]

    def orders(self, side: BookSide, price: Price) -> list[Order]:
        """Return the orders at one price, first served first."""
        queue = (self._bids if side is BookSide.BID else self._asks).get(price)
        return [] if queue is None else list(queue)

    def all_orders(self) -> list[Order]:
        """Return every resting order: bids then asks, best price first, first served first."""
        return [
            order
            for side in (BookSide.BID, BookSide.ASK)
            for price, _ in self.levels(side)
            for order in self.orders(side, price)
        ]

    def crosses(self, side: BookSide, price: Price) -> bool:
        """Return True when an order at this price would trade at once."""
        if side is BookSide.BID:
            return bool(self._ask_prices) and price >= self._ask_prices[0]
        return bool(self._bid_prices) and price <= self._bid_prices[-1]

    def add(self, order: Order) -> None:
        """Queue an order at the back of its price. It must not cross."""
        if order.side is BookSide.BID:
            queues, prices = self._bids, self._bid_prices
        else:
            queues, prices = self._asks, self._ask_prices
        queue = queues.get(order.price)
        if queue is None:
            queue = queues[order.price] = Queue()
            insort(prices, order.price)
        self._arrivals += 1
        order.place = self._arrivals
        queue.append(order)

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        if order.side is BookSide.BID:
            queues, prices = self._bids, self._bid_prices
        else:
            queues, prices = self._asks, self._ask_prices
        queue = queues[order.price]
        queue.unlink(order)
        if queue.first is None:
            del queues[order.price]
            del prices[bisect_left(prices, order.price)]

    def reduce(self, order: Order, by: Count) -> None:
        """Make a resting order smaller; it keeps its place, and at 0 it leaves."""
        if by >= order.remaining:
            self.remove(order)
            order.remaining = NO_COUNT
            return
        queues = self._bids if order.side is BookSide.BID else self._asks
        queues[order.price].total -= by
        order.remaining = Count(order.remaining - by)

    def resting_volume(self, side: BookSide, price: Price, without: str | None = None) -> Count:
        """Return the contracts that an order on `side` at `price` could reach.

        `without` names an account whose own orders do not count.
        """
        total = 0
        for queue in self._opposite(side, price):
            total += queue.total
            if without is not None:
                total -= sum(each.remaining for each in queue if each.account_id == without)
        return Count(total)

    def plan(
        self,
        side: BookSide,
        price: Price,
        count: Count,
        account_id: str,
        prevention: SelfTradePrevention,
    ) -> Plan:
        """Return what an order would trade with, and change nothing."""
        plan = Plan([], [], count, False)
        left: int = count
        for queue in self._opposite(side, price):
            for maker in queue:
                if maker.account_id == account_id:
                    if prevention is SelfTradePrevention.TAKER_AT_CROSS:
                        plan.left, plan.stopped = Count(left), True
                        return plan
                    plan.yielding.append(maker)
                    continue
                size = min(left, maker.remaining)
                plan.fills.append((maker, Count(size)))
                left -= size
                if left == 0:
                    plan.left = NO_COUNT
                    return plan
        plan.left = Count(left)
        return plan

    def ahead(self, order: Order) -> Count:
        """Return the contracts that are served before this order at its own price."""
        total = 0
        other = order.before
        while other is not None:
            total += other.remaining
            other = other.before
        return Count(total)

    def _opposite(self, side: BookSide, price: Price) -> Iterator[Queue]:
        if side is BookSide.BID:
            for each in self._ask_prices:
                if each > price:
                    return
                yield self._asks[each]
        else:
            for each in reversed(self._bid_prices):
                if each < price:
                    return
                yield self._bids[each]
