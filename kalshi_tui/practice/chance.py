"""Random streams of the practice crowd, each with a name of its own.

A stream depends on the seed and on its name alone, so that a further market, a further trader or a
customer's order never shifts what another stream draws. Each thing that happens takes one word
from its market's stream; whatever it decides comes out of that word (`Draws`), however many draws
the book of the moment makes necessary. Owns no rule.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import cos, log, pi, sqrt
from random import Random
from typing import TypeVar

Value = TypeVar("Value")

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_TO_UNIT = 2.0**-53


def stream(seed: int, *name: str) -> Random:
    """Return the generator called `name` (for instance a ticker and a component) under `seed`."""
    text = "/".join((str(seed), *name))
    return Random(int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big"))


def pick(table: Sequence[tuple[float, Value]], unit: float) -> Value:
    """Return the entry of a cumulative table, rows of (share at most so far, entry), for a draw."""
    for share, entry in table:
        if unit < share:
            return entry
    return table[-1][1]


class Draws:
    """Draws that follow from one 64-bit word (SplitMix64)."""

    __slots__ = ("_state",)

    def __init__(self, word: int) -> None:
        self._state = word

    def word(self) -> int:
        """Return 64 even bits."""
        self._state = state = (self._state + _GOLDEN) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        return state ^ (state >> 31)

    def unit(self) -> float:
        """Return an even draw from 0 (included) to 1 (excluded)."""
        return (self.word() >> 11) * _TO_UNIT

    def below(self, limit: int) -> int:
        """Return an even draw from 0 to `limit` - 1."""
        return (self.word() * limit) >> 64

    def normal(self) -> float:
        """Return a draw with mean 0 and standard deviation 1."""
        return sqrt(-2.0 * log(1.0 - self.unit())) * cos(2.0 * pi * self.unit())
