"""Many schedules of the simulation of orders, by hand, and what they show.

`python -m tests.benchmarks.bench_orders_simulation --schedules 10000 --seed 1` prints what was
checked and the seeds that failed; `--replay SEED` runs one of them again and prints what happened,
`--mutants` shows that the checker condemns each seeded bug of the client. Exit code 1 where
something was wrong.
"""

import argparse
import os
import resource
import time

from tests.simulation.orders_campaign import campaign, replayed
from tests.simulation.orders_mutants import MUTANTS, hunt
from tests.simulation.orders_user import ORDERS


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description="Schedules of the simulation of orders.")
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="first seed")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", type=int, metavar="SEED")
    parser.add_argument("--mutants", action="store_true")
    asked = parser.parse_args()
    if asked.replay is not None:
        checker, world = replayed(asked.replay)
        print("\n".join(world.trace))
        print(f"schedule {asked.replay}: {checker.checks} checks, {dict(world.seen)}")
        print("\n".join(checker.wrong + checker.stuck) or "nothing wrong, nothing stuck")
        raise SystemExit(bool(checker.wrong or checker.stuck))
    if asked.mutants:
        raise SystemExit(_show_mutants())
    raise SystemExit(_show(asked.seed, asked.schedules, asked.processes))


def _show(seed: int, schedules: int, processes: int) -> bool:
    begun = time.monotonic()
    found = campaign(seed, schedules, processes)
    seconds = time.monotonic() - begun
    used = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    print(
        f"seeds {seed} to {seed + schedules - 1}: {found.schedules:,} schedules x {ORDERS} orders, "
        f"{found.checks:,} checks, {len(found.wrong)} with something wrong, "
        f"{len(found.stuck)} that did not come to agree; {found.virtual_s:,} virtual seconds in "
        f"{seconds:.0f} s on {processes} processors ({used:.0f} s of processor time)"
    )
    print("seen:", ", ".join(f"{name} {count:,}" for name, count in found.seen.most_common()))
    for name, bad in (("wrong", found.wrong), ("stuck", found.stuck)):
        for number, words in sorted(bad.items())[:20]:
            print(f"{name} in schedule {number}: {words}")
    return bool(found.wrong or found.stuck)


def _show_mutants() -> bool:
    missed = 0
    for mutant in MUTANTS:
        found = hunt(mutant)
        missed += found is None
        words = "NOT FOUND" if found is None else f"schedule {found[0]}: {found[1]}"
        print(f"{mutant.name:<52} {words}")
    print(f"{len(MUTANTS) - missed} of {len(MUTANTS)} condemned")
    return bool(missed)


if __name__ == "__main__":
    main()
