"""Holds the crowd of the 15-minute preset against the recorded figures and prints every one.

    python -m tests.benchmarks.check_crowd [--windows 24] [--seeds 1000] [--first 0]

Each line: the figure, the recorded value, its band, what the crowd shows, inside or OUT. Then the
hidden price of 1,000 seeds: how often what it held for likely came true, by tenths, and how far the
count is from its expectation in standard deviations. Exit code 1 where something lies outside.
"""

import argparse
import sys
import time

from tests.support.crowd_bands import lines
from tests.support.crowd_figures import Figures
from tests.support.crowd_odds import judged
from tests.support.crowd_windows import window


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=24)
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    chosen = parser.parse_args()
    figures, deltas, spent = Figures(), 0, 0.0
    for seed in range(chosen.first, chosen.first + chosen.windows):
        begun = time.process_time()
        tape = window(seed)
        spent += time.process_time() - begun
        deltas += len(tape.rows)
        figures.add(tape)
    print(f"{chosen.windows} windows, {deltas} deltas, {spent / deltas * 1e6:.1f} us each")
    print(f"{'figure':38} {'recorded':>9} {'band':>17} {'crowd':>9}")
    outside = 0
    for line in lines(figures):
        outside += not line.is_inside
        band = f"{line.low:.4g} - {line.high:.4g}"
        word = "inside" if line.is_inside else "OUT"
        print(f"{line.name:38} {line.wanted:9.4g} {band:>17} {line.found:9.4g}  {word}")
    print(f"\nsettled share by tenth of the fair price, {chosen.seeds} seeds x 3 moments")
    for tenth in judged(chosen.seeds, chosen.first):
        outside += not tenth.is_inside
        word = "inside" if tenth.is_inside else "OUT"
        print(
            f"{tenth.low:.1f} - {tenth.low + 0.1:.1f}: {tenth.seen:5} times, fair "
            f"{tenth.expected:.3f}, came true {tenth.share:.3f}, {tenth.deviation:+.1f} sd  {word}"
        )
    print("\nall inside" if not outside else f"\n{outside} outside")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
