"""The ladder's still axis: every price of a market from the top of the screen down.

Owns which rows exist and where a price stands; knows no book size and no cursor. A YES price is
its row's identity in both views; the NO view turns the axis upside down.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from kalshi_tui.core.market import TickGrid, grid_of
from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.units import ONE_DOLLAR, Price, price_text
from kalshi_tui.ui.paint.cells import decimals_of

CENT_GRID = grid_of((0, ONE_DOLLAR, 100))
"""What a market without usable price ranges is drawn on; it is view-only anyway."""


class Place(NamedTuple):
    """One row of the axis: a price, or the divider between two tick bands."""

    price: Price | None
    """YES price; None on a divider."""
    label: str
    """On a divider: the step of the rows above it, such as "1c up"."""


@dataclass(frozen=True, slots=True)
class Axis:
    """All rows, highest viewed price first."""

    places: tuple[Place, ...]
    at: dict[Price, int]
    """YES price -> index in `places`."""
    decimals: int
    """Decimals of a cent that the price column needs."""

    def __len__(self) -> int:
        return len(self.places)

    def nearest(self, price: Price) -> int:
        """Return the index of a YES price, or of the existing price next to it."""
        found = self.at.get(price)
        if found is not None:
            return found
        prices = sorted(self.at)
        index = min(bisect_left(prices, price), len(prices) - 1)
        return self.at[prices[index]]

    def step(self, price: Price, rows: int) -> Price:
        """Return the YES price `rows` prices further down the screen; stops at the ends."""
        index = self.nearest(price)
        direction = 1 if rows > 0 else -1
        left = abs(rows)
        best = self.places[index].price
        while left and 0 <= index + direction < len(self.places):
            index += direction
            found = self.places[index].price
            if found is not None:
                best = found
                left -= 1
        return best if best is not None else price


def make_axis(grid: TickGrid | None, outcome: Outcome, extra: Iterable[Price] = ()) -> Axis:
    """Return the axis of a market. `extra` prices off the grid get rows too: none is hidden."""
    base = CENT_GRID if grid is None else grid
    return _axis(base, outcome, tuple(sorted({each for each in extra if each not in base})))


@lru_cache(maxsize=64)
def _axis(grid: TickGrid, outcome: Outcome, extra: tuple[Price, ...]) -> Axis:
    prices = sorted({*grid.prices, *extra}, reverse=outcome is Outcome.YES)
    dividers = _dividers(grid, outcome)
    places: list[Place] = []
    at: dict[Price, int] = {}
    for price in prices:
        at[price] = len(places)
        places.append(Place(price, ""))
        if price in dividers:
            places.append(Place(None, dividers[price]))
    steps = [decimals_of(band.step) for band in grid.bands]
    return Axis(tuple(places), at, max([*steps, *(decimals_of(price) for price in extra)]))


def _dividers(grid: TickGrid, outcome: Outcome) -> dict[Price, str]:
    """Return, for each price at which the step changes, the step of the rows above it."""
    found: dict[Price, str] = {}
    for lower, upper in zip(grid.bands, grid.bands[1:], strict=False):
        if lower.step != upper.step:
            above = upper if outcome is Outcome.YES else lower
            found[lower.end] = f"{price_text(Price(above.step))}c up"
    return found
