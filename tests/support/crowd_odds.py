"""Whether what the hidden price holds for likely comes true as often, by tenths."""

from collections import defaultdict
from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

from kalshi_tui.practice.latent import Latent, Motion, Shape

SECOND = 10**9
_LIFE_S = 900
_ONE = Motion(Shape.THRESHOLDS, (0.5,), _LIFE_S, 1_000)
_MOMENTS = (300, 600, 840)
_MOST_SDS = 3.0


class Tenth(NamedTuple):
    """One tenth of the fair price: what was expected of it and what came."""

    low: float
    seen: int
    expected: float
    share: float
    deviation: float
    """Of the count from its expectation, in standard deviations."""

    @property
    def is_inside(self) -> bool:
        """True within three standard deviations."""
        return abs(self.deviation) <= _MOST_SDS


def judged(seeds: int, first: int = 0) -> Iterator[Tenth]:
    """Yield the ten tenths over so many 15-minute markets, seeded from `first` on."""
    seen: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for seed in range(first, first + seeds):
        latent = Latent(seed, "odds", _ONE, 0)
        # One moment a seed and tenth at most: the counts of a tenth stay independent. The first,
        # because whether a moment is the last one in its tenth depends on what comes after it.
        fairs: dict[int, float] = {}
        for fair in (latent.fair(0, at * SECOND) for at in _MOMENTS):
            fairs.setdefault(min(9, int(fair * 10)), fair)
        came = latent.is_right(0, _LIFE_S * SECOND)
        for tenth, fair in fairs.items():
            seen[tenth].append((fair, came))
    for tenth in range(10):
        found = seen[tenth]
        expected = sum(fair for fair, _ in found)
        spread = sqrt(sum(fair * (1.0 - fair) for fair, _ in found)) or 1.0
        came_true = sum(came for _, came in found)
        number = max(1, len(found))
        yield Tenth(
            tenth / 10,
            len(found),
            expected / number,
            came_true / number,
            (came_true - expected) / spread,
        )
