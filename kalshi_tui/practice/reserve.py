"""What resting orders hold back of an account's cash, for one account and one side of one market.

Owns the sum of their collateral and how much of it a position makes unnecessary. Must not know
cash, fees or the book: within one price every contract needs the same, so only prices count here.
Source: trading API reference, exact cash model.
"""

from bisect import bisect_left, insort
from collections.abc import Collection

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR
from kalshi_tui.practice.orders import CustomerOrder, Order


class Commitments:
    """The resting contracts of one account on one side of one market, best price first."""

    __slots__ = ("_bid", "_keys", "_totals", "gross", "total")

    def __init__(self, side: BookSide) -> None:
        self._bid = side is BookSide.BID
        self._keys: list[int] = []
        """Prices in the order of service: negative for bids, so that the best comes first."""
        self._totals: dict[int, int] = {}
        self.total = 0
        self.gross = 0
        """Collateral of all of them if none closed anything."""

    def add(self, order: CustomerOrder) -> None:
        """Take in what remains of an order."""
        self._change(self._key(order), order.remaining)

    def remove(self, order: CustomerOrder) -> None:
        """Let go what remains of an order."""
        self._change(self._key(order), -order.remaining)

    def shrink(self, order: CustomerOrder, by: int) -> None:
        """Note that an order has become smaller by `by`."""
        self._change(self._key(order), -by)

    def relief(
        self,
        closable: int,
        extra: CustomerOrder | None = None,
        without: Collection[Order] = (),
    ) -> int:
        """Return the collateral that the first `closable` contracts do not need.

        `extra` is considered as if it rested too, `without` (all of this side) as if they did not.
        """
        if closable <= 0:
            return 0
        changes: dict[int, int] = {}
        if extra is not None:
            changes[self._key(extra)] = extra.remaining
        for order in without:
            key = self._key(order)
            changes[key] = changes.get(key, 0) - order.remaining
        if not changes and closable >= self.total:
            return self.gross
        keys = self._keys
        if extra is not None and self._key(extra) not in self._totals:
            keys = sorted([*keys, self._key(extra)])
        found, left = 0, closable
        for key in keys:
            size = min(left, self._totals.get(key, 0) + changes.get(key, 0))
            found += size * (-key if self._bid else ONE_DOLLAR - key)
            left -= size
            if left == 0:
                break
        return found

    def _key(self, order: Order) -> int:
        return -order.price if self._bid else order.price

    def _change(self, key: int, by: int) -> None:
        if not by:
            return
        self.total += by
        self.gross += by * (-key if self._bid else ONE_DOLLAR - key)
        before = self._totals.get(key)
        if before is None:
            self._totals[key] = by
            insort(self._keys, key)
        elif before + by:
            self._totals[key] = before + by
        else:
            del self._totals[key]
            del self._keys[bisect_left(self._keys, key)]
