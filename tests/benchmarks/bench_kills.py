"""SIGKILLs of a trading workstation against an exchange that runs on.

`python -m tests.benchmarks.bench_kills [KILLS] [SEED]` (300 without an argument, about a second and
a half each) prints the figures; aims: no orphan, no double, nothing in doubt 45 s after the last.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.kills import besiege, report

KILLS = 300
SEED = 20261123


def main() -> int:
    """Print the figures; 1 where anything is wrong."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    with TemporaryDirectory(prefix="kalshi-tui-kills-") as directory:
        verdict = besiege(Path(directory), kills, seed)
    print(report(verdict))
    outcome = verdict.outcome
    return 0 if not verdict.faults and outcome is not None and outcome.is_complete else 1


if __name__ == "__main__":
    sys.exit(main())
