"""What the crowd believes: fair probabilities that nobody on the exchange can see.

`Activity` is the random clock of an event: how much faster than on average things happen now.
`Latent` moves the probabilities of all outcomes of one event: each is a martingale that ends at 0
or 1 at the horizon, and those of an exclusive event sum to 1 at every moment.

The model: p = Phi(Z / sqrt(1 - theta)) with Z a Brownian motion in the random time theta, which
reaches 1 at the horizon. Kept as y = Z / sqrt(1 - theta): when the share 1 - r of the remaining
time passes, y becomes (y + sqrt(1 - r) * normal) / sqrt(r). News is a large share at once. Knows no
book and no order; times are the exchange's nanoseconds. Floats are allowed here: none is a price.
Source: volatility by time to close over 37,000 seconds of recorded 15-minute markets (standard
deviation of the logit = 1.6 / sqrt(seconds left)); relaxation times from their delta counts.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate, pairwise
from math import erfc, exp, sqrt
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from kalshi_tui.practice.chance import stream

_FAST_S = 2.0
_SLOW_S = 120.0
_SECOND = 1_000_000_000
_HISTORY = 64
_KEPT_STEPS = 256
_SURE = 40.0
"""A y beyond which the outcome is certain at any precision."""

RESTLESS = (0.75, 0.9)
"""Standard deviations of the logarithm of both factors of a hidden price's random clock."""

_LEAST = 1e-4
"""News never makes an outcome more certain than this."""

_NORMAL = NormalDist()


class Shape(Enum):
    """How the outcomes of one event hang together."""

    THRESHOLDS = "thresholds"
    """Each outcome is "above k" of one quantity; a single yes/no question is one threshold."""
    BRACKETS = "brackets"
    """The outcomes split one quantity; exactly one is right."""
    CONTEST = "contest"
    """Rivals without an order; exactly one wins."""


@dataclass(frozen=True, slots=True)
class Motion:
    """How an event's probabilities start and move."""

    shape: Shape
    start: tuple[float, ...]
    """One probability per outcome; they sum to 1 where exactly one is right."""
    horizon_s: float
    """Seconds from the start until everything is known."""
    step_ms: int = 250
    news_share: float = 0.0
    """Share of the uncertainty that is resolved by news; the rest seeps in."""
    news_per_hour: float = 2.0


class LatentMark(NamedTuple):
    """Where a process stands: kept over a restart."""

    at_ns: int
    scores: tuple[float, ...]


class Activity:
    """The random clock: two mean-reverting factors, in steps, with its integral.

    The mean speed is 1. `fast` and `slow` are the standard deviations of the logarithm.
    """

    __slots__ = (
        "_base",
        "_fast",
        "_fast_keep",
        "_fast_sd",
        "_random",
        "_slow",
        "_slow_keep",
        "_slow_sd",
        "_start_ns",
        "_step_ns",
        "_sums",
    )

    def __init__(
        self, random: Random, start_ns: int, step_ms: int, fast: float, slow: float
    ) -> None:
        self._random = random
        self._start_ns = start_ns
        self._step_ns = step_ms * 1_000_000
        self._fast_sd, self._slow_sd = fast, slow
        self._fast_keep = exp(-step_ms / 1000 / _FAST_S)
        self._slow_keep = exp(-step_ms / 1000 / _SLOW_S)
        self._fast = random.gauss(0.0, fast)
        self._slow = random.gauss(0.0, slow)
        self._base = 0
        self._sums = [0.0]

    def speed(self, at_ns: int) -> float:
        """Return the clock's speed in the step that holds `at_ns`; forgets what lies before."""
        self._forget(at_ns)
        index = self._index(at_ns)
        return (self._sums[index + 1] - self._sums[index]) / (self._step_ns / _SECOND)

    def reading(self, at_ns: int) -> float:
        """Return the clock's reading in seconds: the integral of the speed since the start."""
        index = self._index(at_ns)
        low = self._sums[index]
        begin = self._start_ns + (self._base + index) * self._step_ns
        return low + (self._sums[index + 1] - low) * ((at_ns - begin) / self._step_ns)

    def after(self, at_ns: int, seconds: float) -> int:
        """Return the time at which the clock has run `seconds` further than at `at_ns`.

        Forgets what lies well before `at_ns`: time only goes on.
        """
        target = self.reading(at_ns) + seconds
        index = self._index(at_ns)
        while self._sums[index + 1] < target:
            index += 1
            if index + 1 >= len(self._sums):
                self._extend()
        low, high = self._sums[index], self._sums[index + 1]
        begin = self._start_ns + (self._base + index) * self._step_ns
        found = begin + int(self._step_ns * (target - low) / (high - low))
        self._forget(at_ns)
        return max(found, at_ns + 1)

    def _index(self, at_ns: int) -> int:
        index = max(0, (at_ns - self._start_ns) // self._step_ns - self._base)
        while index + 1 >= len(self._sums):
            self._extend()
        return index

    def _extend(self) -> None:
        fast_sd, slow_sd, random = self._fast_sd, self._slow_sd, self._random
        keep = self._fast_keep
        self._fast = self._fast * keep + random.gauss(0.0, fast_sd * sqrt(1.0 - keep * keep))
        keep = self._slow_keep
        self._slow = self._slow * keep + random.gauss(0.0, slow_sd * sqrt(1.0 - keep * keep))
        mean_log = (fast_sd * fast_sd + slow_sd * slow_sd) / 2.0
        speed = exp(self._fast + self._slow - mean_log)
        self._sums.append(self._sums[-1] + speed * self._step_ns / _SECOND)

    def _forget(self, before_ns: int) -> None:
        if len(self._sums) <= _KEPT_STEPS:
            return
        passed = (before_ns - self._start_ns) // self._step_ns - self._base - _HISTORY
        if passed >= _KEPT_STEPS // 2:
            del self._sums[:passed]
            self._base += passed


class Latent:
    """The fair probabilities of one event's outcomes over time."""

    __slots__ = (
        "_activity",
        "_horizon_ns",
        "_motion",
        "_name",
        "_normal",
        "_past",
        "_seed",
        "_start_ns",
        "_step",
        "_step_ns",
        "_surprise",
        "last_news_ns",
    )

    def __init__(self, seed: int, name: str, motion: Motion, start_ns: int) -> None:
        """Start the process `name` at `start_ns`. Raises `ValueError` for impossible odds."""
        self._motion = motion
        self._seed, self._name = seed, name
        self._start_ns = start_ns
        self._horizon_ns = start_ns + int(motion.horizon_s * _SECOND)
        self._step_ns = motion.step_ms * 1_000_000
        self._normal = stream(seed, name, "latent")
        self._surprise = stream(seed, name, "news")
        self._activity = self._clock(start_ns)
        self._step = 0
        self._past: deque[tuple[float, ...]] = deque((_first(motion),), maxlen=_HISTORY)
        self.last_news_ns = start_ns - _SECOND * 3600
        """When news last broke, as far as this process has been asked to move."""

    def fair(self, outcome: int, at_ns: int) -> float:
        """Return the fair probability of one outcome.

        Moves the process on to `at_ns`. Of the past the last 64 steps are known; before them the
        oldest known value is returned.
        """
        wanted = max(0, (at_ns - self._start_ns) // self._step_ns)
        while self._step < wanted:
            self._advance()
        back = min(self._step - wanted, len(self._past) - 1)
        return _probability(self._motion.shape, self._past[-1 - back], outcome)

    def volatility(self, outcome: int, at_ns: int) -> float:
        """Return the standard deviation of the probability's change over the next second."""
        left = max(1.0, (self._horizon_ns - at_ns) / _SECOND)
        fair = self.fair(outcome, at_ns)
        bump = exp(-(_inverse(fair) ** 2) / 2.0) / 2.5066
        return bump / sqrt(left)

    def is_right(self, outcome: int, at_ns: int) -> bool:
        """Return whether an outcome comes true; from now on everybody knows.

        At the horizon the process has said so by itself. Earlier a draw of its own decides by the
        odds of that moment, once for all outcomes of the event.
        """
        known = self._decided(self._odds(at_ns))
        self._past.append(known)
        return _probability(self._motion.shape, known, outcome) > 0.5

    def jump(self, outcome: int, change: float, at_ns: int) -> None:
        """Break news: the probability of an outcome moves by `change` at once, the rest with it."""
        odds = self._odds(at_ns)
        wanted = min(max(odds[outcome] + change, _LEAST), 1.0 - _LEAST)
        if self._motion.shape is Shape.THRESHOLDS:
            shift = _inverse(wanted) - _inverse(odds[outcome])
            moved = tuple(y + shift for y in self._past[-1])
        else:
            factor = (1.0 - wanted) / max(1.0 - odds[outcome], _LEAST)
            odds = [max(each * factor, _LEAST) for each in odds]
            odds[outcome] = wanted
            moved = _scores(self._motion.shape, [each / sum(odds) for each in odds])
        self._past.append(moved)
        self.last_news_ns = at_ns

    def mark(self) -> LatentMark:
        """Return where the process stands."""
        return LatentMark(self._start_ns + self._step * self._step_ns, self._past[-1])

    def resume(self, mark: LatentMark, at_ns: int) -> None:
        """Go on from a mark of an earlier run, however long ago, in one step to `at_ns`."""
        left = self._horizon_ns - mark.at_ns
        passed = max(0, at_ns - mark.at_ns)
        kept = 0.0 if passed >= left else 1.0 - passed / left
        if len(mark.scores) != len(self._past[-1]):
            raise ValueError(f"The mark of {self._name} has another number of outcomes.")
        normal = stream(self._seed, self._name, "resume", str(mark.at_ns))
        self._past.append(self._moved(mark.scores, kept, normal))
        self._step = max(0, (at_ns - self._start_ns) // self._step_ns)
        begin = self._start_ns + self._step * self._step_ns
        self._activity = self._clock(begin, str(mark.at_ns))

    def _clock(self, start_ns: int, *part: str) -> Activity:
        random = stream(self._seed, self._name, "time", *part)
        return Activity(random, start_ns, self._motion.step_ms, *RESTLESS)

    def _odds(self, at_ns: int) -> list[float]:
        return [self.fair(each, at_ns) for each in range(len(self._motion.start))]

    def _decided(self, odds: Sequence[float]) -> tuple[float, ...]:
        draw = stream(self._seed, self._name, "verdict").random()
        if self._motion.shape is Shape.THRESHOLDS:
            return tuple(_SURE if draw < each else -_SURE for each in odds)
        winner = min(bisect_right(list(accumulate(odds)), draw), len(odds) - 1)
        if self._motion.shape is Shape.BRACKETS:
            return tuple(_SURE if each < winner else -_SURE for each in range(len(odds) - 1))
        return tuple(_SURE if each == winner else -_SURE for each in range(len(odds) - 1))

    def _moved(self, scores: Sequence[float], kept: float, normal: Random) -> tuple[float, ...]:
        """Let the share 1 - kept of the remaining uncertainty of every outcome pass."""
        if self._motion.shape is Shape.CONTEST:
            return tuple(_move(y, kept, normal.gauss(0.0, 1.0)) for y in scores)
        noise = normal.gauss(0.0, 1.0)
        return tuple(_move(y, kept, noise) for y in scores)

    def _advance(self) -> None:
        begin = self._start_ns + self._step * self._step_ns
        self._step += 1
        self._past.append(self._moved(self._past[-1], self._kept(begin), self._normal))

    def _kept(self, begin: int) -> float:
        """Return the share of the remaining uncertainty that survives the step from `begin`."""
        left = self._horizon_ns - begin
        news = self._news(begin, left)
        if left <= self._step_ns:
            return 0.0
        seeping = (1.0 - self._motion.news_share) * self._activity.speed(begin)
        return news * float((1.0 - self._step_ns / left) ** seeping)

    def _news(self, begin: int, left: int) -> float:
        """Return the share of the remaining uncertainty that survives this step's news."""
        motion = self._motion
        draw, size = self._surprise.random(), self._surprise.expovariate(1.0)
        if motion.news_share <= 0.0 or left <= 0:
            return 1.0
        if draw >= motion.news_per_hour / 3600.0 * self._step_ns / _SECOND:
            return 1.0
        self.last_news_ns = begin + self._step_ns
        hours = max(left / _SECOND / 3600.0, 1e-3)
        return exp(-size * motion.news_share / (motion.news_per_hour * hours))


def _move(y: float, kept: float, noise: float) -> float:
    """Let the share 1 - kept of the remaining uncertainty pass."""
    if kept >= 1.0:
        return y
    if kept <= 1e-12 or abs(y) >= _SURE:
        return _SURE if y + noise * sqrt(1.0 - kept) > 0.0 else -_SURE
    return (y + sqrt(1.0 - kept) * noise) / sqrt(kept)


def _phi(y: float) -> float:
    return 0.5 * erfc(-y / 1.4142135623730951)


def _inverse(probability: float) -> float:
    return _NORMAL.inv_cdf(min(max(probability, 1e-9), 1.0 - 1e-9))


def _probability(shape: Shape, ys: Sequence[float], outcome: int) -> float:
    if shape is Shape.THRESHOLDS:
        return _phi(ys[outcome])
    if shape is Shape.BRACKETS:
        above = 1.0 if outcome == 0 else _phi(ys[outcome - 1])
        return above - (_phi(ys[outcome]) if outcome < len(ys) else 0.0)
    left = 1.0
    for y in ys[:outcome]:
        left *= _phi(-y)
    return left * _phi(ys[outcome]) if outcome < len(ys) else left


def _first(motion: Motion) -> tuple[float, ...]:
    odds = motion.start
    if motion.shape is Shape.THRESHOLDS:
        if any(low < high for low, high in pairwise(odds)):
            raise ValueError("The odds of rising thresholds must not rise.")
        return tuple(_inverse(each) for each in odds)
    if abs(sum(odds) - 1.0) > 1e-9:
        raise ValueError("The odds of an exclusive event must sum to 1.")
    return _scores(motion.shape, odds)


def _scores(shape: Shape, odds: Sequence[float]) -> tuple[float, ...]:
    """Return the y of the outcomes of an exclusive event with these odds."""
    if shape is Shape.BRACKETS:
        return tuple(_inverse(sum(odds[index:])) for index in range(1, len(odds)))
    return tuple(_inverse(odds[index] / sum(odds[index:])) for index in range(len(odds) - 1))
