"""Same seed and same journal of client input: the same bytes, from the whole server."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.recital import Input, improvise, perform

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 8


async def test_a_journal_repeated_gives_the_same_bytes_every_time(tmp_path: Path) -> None:
    first = await improvise(7, SECONDS, tmp_path)
    kept = msgspec.json.decode(msgspec.json.encode(first.inputs), type=list[Input])
    again = [await perform(kept, tmp_path, seed=7) for _ in range(2)]
    assert len(first.output) > 300
    assert {each.client for each in kept} == {"ann", "bob", "ann/1", "bob/1"}
    for each in again:
        assert each.output == first.output
    other = await perform(kept, tmp_path, seed=8)
    assert other.output != first.output


@pytest.mark.simulation
@pytest.mark.parametrize("seed", [1])
def test_another_process_with_other_hashes_gives_the_same_bytes(seed: int) -> None:
    """Sets and dicts keyed by text iterate differently there: nothing may depend on it."""
    said = {_digest(seed, SECONDS, hashes) for hashes in ("1", "2")}
    assert len(said) == 1


def _digest(seed: int, seconds: int, hashes: str) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": hashes}
    command = [sys.executable, "-m", "tests.support.recital", str(seed), str(seconds)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60)
    return done.stdout
