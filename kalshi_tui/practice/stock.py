"""The patient orders of the crowd: the deep part of the ladder, laid out at the start.

Follows the fair price slowly: adds levels where the price has left a hole, steps back where it
comes near, renews an order now and then. Knows nothing of the other traders.
Source: ladders of recorded game markets (depth by distance, round-price and one-cent spikes).
"""

from bisect import bisect_left
from math import exp

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import CENT, ONE_DOLLAR, Price
from kalshi_tui.practice.chance import Draws
from kalshi_tui.practice.pit import STOCK, Pit, contracts

_NEAR = 12
_STRETCH = 1.12
_MARGIN_TICKS = 0.8
_SIZE_SPREAD = 0.9
_ROUND = frozenset({1_000, 2_000, 5_000, 8_000, 9_000})
_ROUND_FACTOR = 3.0
_LOTTERY = {100: 60.0, 200: 12.0, 300: 6.0}
"""How much more rests where an order costs 1, 2 or 3 cents."""

_SIDES = (BookSide.BID, BookSide.ASK)


class Stock:
    """The patient orders of one market."""

    __slots__ = ("_held", "_pit")

    def __init__(self, pit: Pit) -> None:
        self._pit = pit
        self._held: dict[BookSide, dict[Price, list[str]]] = {side: {} for side in _SIDES}

    def open(self, draws: Draws, at_ns: int) -> None:
        """Lay out the whole ladder, and the far spikes where the book is deep enough."""
        for side in _SIDES:
            targets = self._targets(side, at_ns)
            for distance, index in enumerate(targets):
                parts = 1 + draws.below(3)
                for _ in range(parts):
                    self._add(side, index, distance, draws, at_ns, parts)
            if self._pit.profile.stock_levels >= _NEAR and targets:
                self._open_spikes(side, targets[-1], draws, at_ns)

    def withdraw(self, at_ns: int) -> None:
        """Cancel everything; `repair` and `tend` bring it back level by level."""
        for held in self._held.values():
            for ids in held.values():
                for order_id in ids:
                    self._pit.withdraw(STOCK, order_id, at_ns)
            held.clear()

    def tend(self, draws: Draws, at_ns: int) -> None:
        """Do one thing: step back, fill the nearest hole, or renew an order."""
        side = _SIDES[draws.below(2)]
        if not self._pit.has(side):
            return
        targets = self._targets(side, at_ns)
        if self._step_back(side, targets, at_ns, most=2):
            return
        if self._fill(side, targets, draws, at_ns, most=1):
            return
        self._renew(side, targets, draws, at_ns)

    def repair(self, draws: Draws, at_ns: int, most: int = 3) -> None:
        """Step back from a price that has come near, and fill the nearest `most` holes."""
        for side in _SIDES:
            if self._pit.has(side):
                targets = self._targets(side, at_ns)
                self._step_back(side, targets, at_ns, most=most + 1)
                self._fill(side, targets, draws, at_ns, most=most)

    def _targets(self, side: BookSide, at_ns: int) -> list[int]:
        """Return the grid indices that should hold stock, nearest first."""
        pit = self._pit
        fair = pit.fair(at_ns)
        margin = _MARGIN_TICKS * pit.tick(fair) + pit.profile.patience * pit.volatility(at_ns)
        count, last = pit.profile.stock_levels, len(pit.prices) - 1
        is_fine = pit.tick(fair) < CENT
        if side is BookSide.BID:
            first, sign = pit.at_or_below(fair - margin), -1
        else:
            first, sign = pit.at_or_above(fair + margin), 1
        offsets = (_offset(number, is_fine) for number in range(count))
        return [index for each in offsets if 0 <= (index := first + sign * each) <= last]

    def _step_back(self, side: BookSide, targets: list[int], at_ns: int, most: int) -> int:
        held = self._held[side]
        if not held or not targets:
            return 0
        limit = self._pit.prices[targets[0]]
        if side is BookSide.BID:
            wrong = sorted((price for price in held if price > limit), reverse=True)
        else:
            wrong = sorted(price for price in held if price < limit)
        done = 0
        for price in wrong:
            for order_id in held.pop(price):
                done += 1 if self._pit.withdraw(STOCK, order_id, at_ns) else 0
            if done >= most:
                break
        return done

    def _fill(self, side: BookSide, targets: list[int], draws: Draws, at_ns: int, most: int) -> int:
        done = 0
        for distance, index in enumerate(targets):
            if not self._live(side, self._pit.prices[index]):
                done += self._add(side, index, distance, draws, at_ns, 1)
                if done >= most:
                    break
        return done

    def _renew(self, side: BookSide, targets: list[int], draws: Draws, at_ns: int) -> None:
        """Cancel one order; place a fresh one at its price unless that is far away by now."""
        choice = draws.unit()
        held = self._held[side]
        if not held or not targets:
            return
        price = sorted(held)[int(choice * len(held))]
        ids = self._live(side, price)
        if not ids:
            return
        self._pit.withdraw(STOCK, ids[0], at_ns)
        self._live(side, price)
        index = bisect_left(self._pit.prices, price)
        if index in targets:
            self._add(side, index, targets.index(index), draws, at_ns, len(ids))

    def _live(self, side: BookSide, price: Price) -> list[str]:
        """Return the ids that still rest at a price, and forget the others."""
        held = self._held[side]
        ids = held.get(price)
        if ids is None:
            return []
        ids = [each for each in ids if self._pit.order(STOCK, each) is not None]
        if ids:
            held[price] = ids
        else:
            del held[price]
        return ids

    def _add(
        self, side: BookSide, index: int, distance: int, draws: Draws, at_ns: int, parts: int
    ) -> int:
        price = self._pit.prices[index]
        size = self._size(side, price, distance, draws) / parts
        whole = max(1.0, float(round(size)))
        order_id = self._pit.rest(STOCK, side, index, contracts(whole), at_ns)
        if order_id is None:
            return 0
        order = self._pit.order(STOCK, order_id)
        if order is not None:
            self._held[side].setdefault(order.price, []).append(order_id)
        return 1

    def _size(self, side: BookSide, price: Price, distance: int, draws: Draws) -> float:
        """Return contracts: thinner at the touch, flat to ten ticks, falling off beyond."""
        shape = 0.35 + 0.13 * min(distance, 5) if distance < _NEAR else 0.6
        if price in _ROUND:
            shape *= _ROUND_FACTOR
        cost = price if side is BookSide.BID else ONE_DOLLAR - price
        if self._pit.profile.stock_levels >= _NEAR:
            shape *= _LOTTERY.get(cost, 1.0)
        return self._pit.profile.stock_size * shape * exp(draws.normal() * _SIZE_SPREAD)

    def _open_spikes(self, side: BookSide, last: int, draws: Draws, at_ns: int) -> None:
        pit = self._pit
        for cost in _LOTTERY:
            price = Price(cost if side is BookSide.BID else ONE_DOLLAR - cost)
            index = bisect_left(pit.prices, price)
            beyond = index < last if side is BookSide.BID else index > last
            if beyond and pit.prices[index] == price:
                self._add(side, index, _NEAR, draws, at_ns, 1)


def _offset(number: int, is_fine: bool) -> int:
    if number < _NEAR or not is_fine:
        return number
    return int(_NEAR * _STRETCH ** (number - _NEAR)) + number - _NEAR
