"""A market's identity, its tick grid and its status.

Owns which prices exist (from `price_ranges` alone, never from the label) and what a status allows.
Knows no book and no order.
Source: openapi.yaml `Market`, `PriceRange`; kalshi `fixed_point_migration`, `market_lifecycle`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.text import NO_TEXT, SafeText
from kalshi_tui.core.units import NO_COUNT, ONE_DOLLAR, Count, Price, price_text


class GridError(ValueError):
    """`price_ranges` that do not make a grid. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class TickBand:
    """A closed stretch of prices with one step."""

    start: Price
    end: Price
    step: int


class TickGrid:
    """Every price that an order may carry, strictly between $0 and $1.

    A price on a shared band edge belongs to both bands. Immutable and hashable.
    """

    __slots__ = ("_prices", "_set", "bands")

    def __init__(self, bands: Iterable[TickBand]) -> None:
        self.bands = tuple(sorted(bands, key=lambda band: band.start))
        self._check()
        prices = sorted(
            {
                price
                for band in self.bands
                for price in range(band.start, band.end + 1, band.step)
                if 0 < price < ONE_DOLLAR
            }
        )
        self._prices = tuple(Price(price) for price in prices)
        self._set = frozenset(self._prices)

    def _check(self) -> None:
        if not self.bands:
            raise GridError("The market gives no price ranges.")
        reached = 0
        for band in self.bands:
            if band.step <= 0 or band.end <= band.start or (band.end - band.start) % band.step:
                raise GridError(
                    f"The range {band.start}-{band.end} with step {band.step} is not a tick band."
                )
            if band.start != reached:
                raise GridError("The price ranges overlap or leave a gap.")
            reached = band.end
        if reached != ONE_DOLLAR:
            raise GridError("The price ranges do not end at $1.")

    def __contains__(self, price: object) -> bool:
        return price in self._set

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TickGrid) and self.bands == other.bands

    def __hash__(self) -> int:
        return hash(self.bands)

    def __repr__(self) -> str:
        return f"TickGrid({self.bands!r})"

    @property
    def prices(self) -> tuple[Price, ...]:
        """All valid prices, ascending."""
        return self._prices

    def up(self, price: Price, ticks: int = 1) -> Price:
        """Return the price `ticks` above, or the highest one. `price` may be off the grid."""
        index = bisect_right(self._prices, price) - 1 + ticks
        return self._prices[min(max(index, 0), len(self._prices) - 1)]

    def down(self, price: Price, ticks: int = 1) -> Price:
        """Return the price `ticks` below, or the lowest one. `price` may be off the grid."""
        index = bisect_left(self._prices, price) - ticks
        return self._prices[min(max(index, 0), len(self._prices) - 1)]

    def neighbours(self, price: Price) -> tuple[Price | None, Price | None]:
        """Return the nearest valid prices below and above one that is off the grid."""
        index = bisect_left(self._prices, price)
        below = self._prices[index - 1] if index > 0 else None
        above = self._prices[index] if index < len(self._prices) else None
        return below, above

    def ticks_between(self, low: Price, high: Price) -> int:
        """Return how many ticks lie between two prices of the grid."""
        return bisect_left(self._prices, high) - bisect_left(self._prices, low)

    def refusal(self, price: Price) -> str | None:
        """Return None for a valid price, else one sentence that names the nearest ones."""
        if price in self._set:
            return None
        below, above = self.neighbours(price)
        near = " and ".join(price_text(each) for each in (below, above) if each is not None)
        return f"{price_text(price)}c is not on this market's grid; the nearest prices are {near}."


def grid_of(*bands: tuple[int, int, int]) -> TickGrid:
    """Build a grid from (start, end, step) in price units."""
    return TickGrid(TickBand(Price(start), Price(end), step) for start, end, step in bands)


def _edges(edge: int, width: int, middle: int) -> TickGrid:
    top = ONE_DOLLAR - width
    return grid_of((0, width, edge), (width, top, middle), (top, ONE_DOLLAR, edge))


PUBLISHED_GRIDS: dict[str, TickGrid] = {
    "linear_cent": grid_of((0, ONE_DOLLAR, 100)),
    "deci_cent": grid_of((0, ONE_DOLLAR, 10)),
    "tapered_deci_cent": _edges(10, 1_000, 100),
    "center_whole_edge_half_cent": _edges(50, 1_000, 100),
    "center_whole_edge_quint_cent": _edges(20, 1_000, 100),
    "center_half_edge_half_cent": grid_of((0, ONE_DOLLAR, 50)),
    "center_half_edge_quint_cent": _edges(20, 1_000, 50),
    "center_half_edge_deci_cent": _edges(10, 1_000, 50),
    "center_quint_edge_quint_cent": grid_of((0, ONE_DOLLAR, 20)),
    "center_quint_edge_deci_cent": _edges(10, 1_000, 20),
    "center_centi_edge_centi_cent": grid_of((0, ONE_DOLLAR, 1)),
    "center_deci_edge_centi_cent": _edges(1, 100, 10),
}
"""The 12 published structures, for the practice exchange and tests. Never looked up by the client:
the label may change, `price_ranges` is the truth."""


class MarketStatus(Enum):
    """The status a market object carries (not the filter words of `GET /markets`)."""

    INITIALIZED = "initialized"
    INACTIVE = "inactive"
    ACTIVE = "active"
    CLOSED = "closed"
    DETERMINED = "determined"
    DISPUTED = "disputed"
    AMENDED = "amended"
    FINALIZED = "finalized"
    UNKNOWN = "unknown"
    """A value this program does not know: shown, counted, and not traded."""


@dataclass(frozen=True, slots=True)
class Market:
    """One contract as the screens and the gate need it. Times are wall nanoseconds."""

    ticker: str
    event_ticker: str
    title: SafeText
    status: MarketStatus
    grid: TickGrid | None
    """None when `price_ranges` are missing or broken: the market is view-only."""
    close_ns: int
    subtitle: SafeText = NO_TEXT
    """What YES means in this market ("25bp cut")."""
    rules: SafeText = NO_TEXT
    fees: FeeSchedule = field(default_factory=FeeSchedule)
    fees_known: bool = False
    """False until the series (or the event's override) has been read."""
    exchange_index: int = 0
    volume: Count = NO_COUNT

    def trade_refusal(self) -> str | None:
        """Return why no order can be placed here, in one sentence, or None."""
        if self.status is not MarketStatus.ACTIVE:
            return f"{self.ticker} is {self.status.value}: it takes no orders."
        if self.grid is None:
            return f"{self.ticker} gives no usable price ranges: it is view-only."
        return None
