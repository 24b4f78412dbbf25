"""The figures of the recordings, their bands, and how a measured tape lies in them.

The published figures are of 39 recorded 15-minute gold markets; a band is half to double, except
for the volatility, whose band is 20 % either way. Exact claims have a band of one value.
"""

from collections.abc import Iterator
from statistics import fmean
from typing import NamedTuple

from tests.support.crowd_figures import (
    MS,
    SECOND,
    Figures,
    autocorrelation,
    fano,
    quantile,
    restlessness,
)


class Line(NamedTuple):
    """One measured figure beside its published one."""

    name: str
    wanted: float
    low: float
    high: float
    found: float

    @property
    def is_inside(self) -> bool:
        """True where the figure lies in its band."""
        return self.low <= self.found <= self.high


def half_to_double(name: str, wanted: float, found: float) -> Line:
    """Return a line whose band is half to double."""
    return Line(name, wanted, wanted / 2, wanted * 2, found)


def lines(figures: Figures) -> Iterator[Line]:
    """Yield every figure of the self-check."""
    yield from _flow(figures)
    yield from _quantiles("order life s", figures.lives, _LIFE, SECOND)
    yield from _clusters(figures)
    yield from _prices(figures)
    yield from _takers(figures)
    yield from _placement(figures)
    yield from _quantiles("add size", figures.adds, _ADDS, 100)
    yield from _quantiles("top size", figures.tops, ((0.5, 71.1), (0.9, 2025.0)), 100)
    yield from _quantiles("levels a side", figures.levels, ((0.1, 11), (0.5, 22), (0.9, 41)), 1)


_LIFE = ((0.1, 0.007), (0.25, 0.016), (0.5, 0.099), (0.75, 0.61), (0.9, 1.91), (0.99, 15.99))
_ADDS = ((0.1, 0.1), (0.5, 27.0), (0.9, 100.0), (0.99, 2000.0))
_BEHIND = ((0, 0.158), (1, 0.126), (2, 0.114), (3, 0.098), (4, 0.080))


def _flow(found: Figures) -> Iterator[Line]:
    removed = len(found.prints) + found.cancels
    volume = sum(found.prints) + found.canceled_volume
    yield half_to_double("deltas a second", 59.57, fmean(found.seconds))
    yield half_to_double("deltas a print", 40.5, sum(found.seconds) / max(1, len(found.prints)))
    yield Line("prints without their delta", 0, 0, 0, found.unmatched)
    yield half_to_double("removals that trade", 0.049, len(found.prints) / removed)
    yield half_to_double("removed volume that trades", 0.012, sum(found.prints) / volume)
    yield half_to_double("cancels re-quoted in 250 ms", 0.388, found.requoted / found.cancels)


def _clusters(found: Figures) -> Iterator[Line]:
    same = sum(gap == 0 for gap in found.gaps) / len(found.gaps)
    yield half_to_double("deltas with the stamp before", 0.33, same)
    yield half_to_double("gap p50 ms", 1.0, quantile(found.gaps, 0.5) / MS)
    yield half_to_double("gap p90 ms", 24.0, quantile(found.gaps, 0.9) / MS)
    yield half_to_double("gap p99 ms", 292.0, quantile(found.gaps, 0.99) / MS)
    yield half_to_double("Fano of deltas a second", 124.4, fano(found.seconds))
    yield half_to_double("Fano of prints a second", 4.9, fano(found.print_seconds))
    for lag, wanted in ((1, 0.645), (5, 0.484), (30, 0.39)):
        seen = autocorrelation(found.seconds, lag, found.windows)
        yield half_to_double(f"acf of deltas a second, {lag} s", wanted, seen)


def _prices(found: Figures) -> Iterator[Line]:
    spreads = [spread for _, spread in found.spreads]
    yield from _quantiles("spread c", spreads, ((0.5, 2.0), (0.9, 5.0), (0.99, 14.0)), 100)
    early = [spread for left, spread in found.spreads if left >= 120]
    last = [spread for left, spread in found.spreads if left < 60]
    yield half_to_double("spread p90 c, earlier", 4.0, quantile(early, 0.9) / 100)
    yield half_to_double("spread p90 c, last minute", 14.0, quantile(last, 0.9) / 100)
    seen = restlessness(found.moves, 60, 840)
    yield Line("sd of the logit x root of time left", 1.6, 1.28, 1.92, seen)


def _takers(found: Figures) -> Iterator[Line]:
    yield half_to_double(
        "taker buys YES", 0.524, sum(s > 0 for s in found.signs) / len(found.signs)
    )
    for lag, wanted in ((1, 0.10), (10, 0.043)):
        seen = autocorrelation(found.signs, lag)
        yield half_to_double(f"acf of taker signs, {lag}", wanted, seen)
    yield half_to_double("prints a taker", 1.86, fmean(found.prints_each))
    yield half_to_double("levels a taker", 1.22, fmean(found.levels_each))
    yield from _quantiles("taker size", found.takers, ((0.1, 1.5), (0.5, 15.3), (0.9, 117.0)), 100)
    yield from _quantiles("print size", found.prints, ((0.05, 0.1), (0.5, 10.0), (0.9, 55.0)), 100)
    yield from _quantiles("taker gap s", found.taker_gaps, ((0.5, 0.65), (0.9, 2.7)), SECOND)
    fractional = sum(size % 100 != 0 for size in found.prints) / len(found.prints)
    yield half_to_double("prints of a fraction", 0.62, fractional)


def _placement(found: Figures) -> Iterator[Line]:
    total = sum(found.placed.values())
    yield half_to_double("adds that better the best", 0.056, found.placed[-1] / total)
    for behind, wanted in _BEHIND:
        yield half_to_double(f"adds {behind} c behind", wanted, found.placed[behind] / total)
    near = sum(found.placed[each] for each in range(5, 10)) / total
    yield half_to_double("adds 5 to 9 c behind", 0.22, near)
    far = sum(count for behind, count in found.placed.items() if behind >= 10) / total
    yield half_to_double("adds 10 c and more behind", 0.15, far)


def _quantiles(
    name: str, values: list[int], table: tuple[tuple[float, float], ...], unit: int
) -> Iterator[Line]:
    for share, wanted in table:
        yield half_to_double(f"{name} p{share * 100:g}", wanted, quantile(values, share) / unit)
