"""kill -9 of the workstation at any moment: no order is lost, doubled, or called what it is not.

A small sample by default; `pytest -m simulation tests/session/test_kills.py -s` kills a hundred
times and prints the figures, `python -m tests.benchmarks.bench_kills 1000` as often as you like.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.support.kills import RESOLVE_S, besiege, report

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")


def test_FH01_after_a_few_kills_every_order_is_known_or_in_doubt(tmp_path: Path) -> None:
    # Too short for a proof of absence: what never arrived stays in doubt.
    verdict = besiege(tmp_path, 3, seed=1, within_s=3.0)
    assert verdict.faults == []
    assert verdict.outcome is not None
    assert verdict.outcome.differences == ()
    assert verdict.orders > verdict.kills


@pytest.mark.simulation
def test_FH01_after_a_hundred_kills_ledger_and_exchange_agree_on_every_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = besiege(tmp_path, 100, seed=20261123)
    with capsys.disabled():
        sys.stdout.write(f"\n{report(verdict)}\n")
    outcome = verdict.outcome
    assert verdict.faults == []
    assert outcome is not None
    assert outcome.is_complete, outcome
    assert outcome.took_ns < RESOLVE_S * 1e9
