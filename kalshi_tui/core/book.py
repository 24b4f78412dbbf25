"""One market's order book: YES bids and NO bids in, one YES bid/ask book out.

Kalshi publishes bids only; a NO bid at q is a YES ask at 1 - q. Owns the levels and their order.
Must not know sequence numbers, connections or whether the book is LIVE: `api.feed` proves that.
Prices are on the YES leg, sizes in 1/100 contract.
Source: asyncapi.yaml `orderbook_delta`; kalshi `orderbook_responses`.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zlib import crc32

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, ONE_DOLLAR, Count, Price, complement

# An enum's member costs a look-up in its class each time; `apply` runs thousands of times a second.
_BID = BookSide.BID


class Level(NamedTuple):
    """All resting contracts at one price."""

    price: Price
    size: Count


class BookError(ValueError):
    """A change that cannot be true of this book, so the book is not to be trusted any more."""


def asks_from_no_bids(levels: Iterable[tuple[Price, Count]]) -> tuple[Level, ...]:
    """Return NO bids, priced on the NO leg, as YES asks. Order is kept."""
    return tuple(Level(complement(price), count) for price, count in levels)


class Book:
    """Sparse levels with each side's prices kept sorted."""

    __slots__ = ("_ask_prices", "_asks", "_bid_prices", "_bids")

    def __init__(self) -> None:
        self._bids: dict[Price, Count] = {}
        self._asks: dict[Price, Count] = {}
        self._bid_prices: list[Price] = []
        self._ask_prices: list[Price] = []

    def replace(
        self, bids: Iterable[tuple[Price, Count]], asks: Iterable[tuple[Price, Count]]
    ) -> None:
        """Forget everything and take these levels. Raises `BookError` and changes nothing."""
        new_bids, new_asks = _checked(bids), _checked(asks)
        self._bids, self._asks = new_bids, new_asks
        self._bid_prices, self._ask_prices = sorted(new_bids), sorted(new_asks)

    def apply(self, side: BookSide, price: Price, change: Count) -> None:
        """Add a signed change to one level; a level that reaches zero is gone.

        Raises `BookError`, and changes nothing, when the level would become negative or the price
        is outside $0 to $1.
        """
        levels = self._bids if side is _BID else self._asks
        old = levels.get(price)
        if old is not None:
            new: Count = old + change  # type: ignore[assignment]  # calling `Count` costs a tenth
            if new > 0:
                levels[price] = new
                return
            if new < 0:
                raise BookError(f"{side.value} {price} would hold {new} after {change}")
        prices = self._bid_prices if side is _BID else self._ask_prices
        if old is not None:
            del levels[price]
            del prices[bisect_left(prices, price)]
        elif change > 0 and 0 < price < ONE_DOLLAR:
            levels[price] = change
            insort(prices, price)
        else:
            raise BookError(f"{side.value} {price} cannot change by {change} from nothing")

    @property
    def best_bid(self) -> Price | None:
        """The highest price at which someone buys YES."""
        return self._bid_prices[-1] if self._bid_prices else None

    @property
    def best_ask(self) -> Price | None:
        """The lowest price at which someone sells YES."""
        return self._ask_prices[0] if self._ask_prices else None

    @property
    def is_crossed(self) -> bool:
        """True when the best bid is at or above the best ask (locked counts as crossed)."""
        bids, asks = self._bid_prices, self._ask_prices
        return bool(bids and asks and bids[-1] >= asks[0])

    def size_at(self, side: BookSide, price: Price) -> Count:
        """Return the contracts resting at one price."""
        levels = self._bids if side is BookSide.BID else self._asks
        return levels.get(price, NO_COUNT)

    def levels(self, side: BookSide, depth: int | None = None) -> tuple[Level, ...]:
        """Return up to `depth` levels of one side, best first."""
        if side is BookSide.BID:
            prices: Iterable[Price] = reversed(self._bid_prices)
            held = self._bids
        else:
            prices = self._ask_prices
            held = self._asks
        found = tuple(Level(price, held[price]) for price in prices)
        return found if depth is None else found[:depth]

    def cumulative(self, side: BookSide) -> Iterator[Level]:
        """Yield (price, contracts at this price or better), best first."""
        total = 0
        for price, size in self.levels(side):
            total += size
            yield Level(price, Count(total))

    def depth(self, side: BookSide, limit: Price) -> Count:
        """Return the contracts at `limit` or better."""
        better = [
            level.size
            for level in self.levels(side)
            if (level.price >= limit if side is BookSide.BID else level.price <= limit)
        ]
        return Count(sum(better))

    def checksum(self, depth: int = 10) -> int:
        """Return a CRC-32 of the top `depth` levels of both sides, equal for equal books."""
        top = (self.levels(BookSide.BID, depth), self.levels(BookSide.ASK, depth))
        return crc32(repr([[tuple(level) for level in side] for side in top]).encode())


def _checked(levels: Iterable[tuple[Price, Count]]) -> dict[Price, Count]:
    found: dict[Price, Count] = {}
    for price, count in levels:
        if not 0 < price < ONE_DOLLAR or count <= 0 or price in found:
            raise BookError(f"a snapshot level of {count} at {price} is not possible")
        found[price] = count
    return found
