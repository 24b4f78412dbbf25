"""Many schedules: run, counted, and shrunk to what still fails.

By hand: `python -m tests.benchmarks.bench_simulation`.
"""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, fields

from tests.simulation.checker import Checker
from tests.support.feed_world import USUAL, Faults, World

CHAOS = 200
_CHUNK = 50
_FACTORS = (1.0, 1.0, 3.0, 0.3)


def faults_of(seed: int) -> Faults:
    """Return how faulty a schedule is: mostly as usual, some three times or a third as much."""
    return USUAL.times(_FACTORS[seed % len(_FACTORS)])


def run(seed: int, faults: Faults | None = None, chaos: int = CHAOS) -> tuple[Checker, World]:
    """Run one schedule."""
    world = World(seed, faults_of(seed) if faults is None else faults)
    return world.run(chaos), world


@dataclass(slots=True)
class Tally:
    """What many schedules showed."""

    schedules: int = 0
    checks: int = 0
    wrong: dict[int, list[str]] = field(default_factory=dict)
    stuck: dict[int, list[str]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Take in what other schedules showed."""
        self.schedules += other.schedules
        self.checks += other.checks
        self.wrong |= other.wrong
        self.stuck |= other.stuck
        self.seen += other.seen


def tally(seeds: Iterable[int]) -> Tally:
    """Run these schedules one after the other."""
    found = Tally()
    for seed in seeds:
        checker, world = run(seed)
        found.schedules += 1
        found.checks += checker.checks
        found.seen += world.seen
        if checker.wrong:
            found.wrong[seed] = checker.wrong[:3]
        if checker.stuck:
            found.stuck[seed] = checker.stuck[:3]
    return found


def campaign(first: int, schedules: int, processes: int) -> Tally:
    """Run `schedules` seeds from `first` on, on several processors."""
    chunks = [
        range(start, min(start + _CHUNK, first + schedules))
        for start in range(first, first + schedules, _CHUNK)
    ]
    found = Tally()
    with ProcessPoolExecutor(processes) as pool:
        for part in pool.map(tally, chunks):
            found.add(part)
    return found


def fails(seed: int, faults: Faults, chaos: int) -> bool:
    """True where this schedule shows a wrong or a stuck book."""
    checker, _ = run(seed, faults, chaos)
    return bool(checker.wrong or checker.stuck)


def shrink(seed: int) -> tuple[Faults, int]:
    """Return the fewest kinds of faults and steps with which a failing seed still fails."""
    faults, chaos = faults_of(seed), CHAOS
    if not fails(seed, faults, chaos):
        raise ValueError(f"Schedule {seed} does not fail.")
    for each in fields(Faults):
        fewer = faults.without(each.name)
        if fewer != faults and fails(seed, fewer, chaos):
            faults = fewer
    step = chaos // 2
    while step:
        if chaos > step and fails(seed, faults, chaos - step):
            chaos -= step
        else:
            step //= 2
    return faults, chaos
