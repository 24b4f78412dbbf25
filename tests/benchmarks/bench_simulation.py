"""Many schedules of the feed's simulation, by hand, and what they show.

`python -m tests.benchmarks.bench_simulation --schedules 10000 --seed 1` prints what was checked and
the seeds that failed; `--replay SEED` runs one of them again, `--shrink SEED` looks for the fewest
faults and steps that still fail, `--mutants` shows that the checker condemns each seeded bug of the
client. Exit code 1 where something was wrong.
"""

import argparse
import os
import resource
import time
from dataclasses import fields

from tests.simulation.campaign import campaign, run, shrink
from tests.simulation.mutants import MUTANTS, hunt
from tests.support.feed_world import NO_FAULTS, USUAL, Faults


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description="Schedules of the feed's simulation.")
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="first seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", type=int, metavar="SEED")
    parser.add_argument("--shrink", type=int, metavar="SEED")
    parser.add_argument("--mutants", action="store_true")
    asked = parser.parse_args()
    if asked.replay is not None:
        checker, world = run(asked.replay)
        print(f"schedule {asked.replay}: {checker.checks} checks, {dict(world.seen)}")
        print("\n".join(checker.wrong + checker.stuck) or "nothing wrong, nothing stuck")
        raise SystemExit(bool(checker.wrong or checker.stuck))
    if asked.shrink is not None:
        faults, chaos = shrink(asked.shrink)
        left = {each.name: getattr(faults, each.name) for each in fields(Faults)}
        print(f"schedule {asked.shrink} still fails after {chaos} steps with", end=" ")
        print({name: chance for name, chance in left.items() if chance})
        return
    if asked.mutants:
        raise SystemExit(_show_mutants())
    _show(asked.seed, asked.schedules, asked.processes)


def _show(seed: int, schedules: int, processes: int) -> None:
    begun = time.monotonic()
    found = campaign(seed, schedules, processes)
    seconds = time.monotonic() - begun
    used = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    print(
        f"seeds {seed} to {seed + schedules - 1}: {found.schedules:,} schedules, "
        f"{found.checks:,} checks, {len(found.wrong)} with a wrong LIVE book, "
        f"{len(found.stuck)} with a stuck book, {seconds:.0f} s on {processes} processors "
        f"({used:.0f} s of processor time)"
    )
    print("faults:", ", ".join(f"{name} {count:,}" for name, count in found.seen.most_common()))
    for name, bad in (("wrong", found.wrong), ("stuck", found.stuck)):
        for number, words in sorted(bad.items())[:20]:
            print(f"{name} in schedule {number}: {words}")
    raise SystemExit(bool(found.wrong or found.stuck))


def _show_mutants() -> bool:
    """Print which schedule condemns each mutant; return whether one got away."""
    escaped = False
    print(f"{'seeded bug':<58} {'found by schedule':>17}  verdict")
    for mutant in MUTANTS:
        caught = hunt(mutant, USUAL, NO_FAULTS)
        escaped |= caught is None
        where, verdict = caught if caught is not None else ("-", "NOT FOUND")
        print(f"{mutant.name:<58} {where:>17}  {verdict}")
    return escaped


if __name__ == "__main__":
    main()
