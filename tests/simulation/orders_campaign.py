"""Many schedules of orders: run and counted.

By hand: `python -m tests.benchmarks.bench_orders_simulation`.
"""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.simulation.orders_checker import Checker
from tests.simulation.orders_wire import NO_FAULTS, USUAL, Faults
from tests.simulation.orders_world import OrderWorld

_CHUNK = 25
_FACTORS = (1.0, 1.0, 2.0, 0.4)


def faults_of(seed: int) -> Faults:
    """Return how faulty a schedule is: mostly as usual, some twice or less than half as much."""
    return USUAL.times(_FACTORS[seed % len(_FACTORS)])


def run(seed: int, faults: Faults | None = None) -> tuple[Checker, OrderWorld]:
    """Run one schedule."""
    world = OrderWorld(seed, faults_of(seed) if faults is None else faults)
    return world.run(), world


def replayed(seed: int) -> tuple[Checker, OrderWorld]:
    """Run one schedule and write down what happens in it."""
    world = OrderWorld(seed, faults_of(seed))
    world.is_traced = True
    return world.run(), world


def calm(seed: int) -> tuple[Checker, OrderWorld]:
    """Run one schedule without faults."""
    return run(seed, NO_FAULTS)


@dataclass(slots=True)
class Tally:
    """What many schedules showed."""

    schedules: int = 0
    checks: int = 0
    virtual_s: int = 0
    wrong: dict[int, list[str]] = field(default_factory=dict)
    stuck: dict[int, list[str]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Take in what other schedules showed."""
        self.schedules += other.schedules
        self.checks += other.checks
        self.virtual_s += other.virtual_s
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
        found.virtual_s += world.elapsed_ns // 1_000_000_000
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
