"""The busiest preset looks like the recordings: a quick sample of `benchmarks/check_crowd.py`."""

import pytest

from kalshi_tui.core.sides import BookSide
from tests.support.crowd_bands import Line, lines
from tests.support.crowd_figures import SECOND, Figures, Print, Row, Tape, autocorrelation, fano
from tests.support.crowd_odds import judged
from tests.support.crowd_windows import START, window

STEADY = (
    "deltas a print",
    "prints without their delta",
    "removals that trade",
    "cancels re-quoted in 250 ms",
    "order life s p10",
    "order life s p50",
    "order life s p90",
    "deltas with the stamp before",
    "acf of deltas a second, 1 s",
    "spread c p50",
    "prints a taker",
    "print size p50",
    "adds 0 c behind",
    "adds 3 c behind",
    "adds 5 to 9 c behind",
    "add size p50",
    "add size p90",
)
"""The figures that five minutes are enough for."""


@pytest.fixture(scope="module")
def sample() -> dict[str, Line]:
    figures = Figures()
    for seed in (3, 5):
        figures.add(window(seed, 200))
    return {line.name: line for line in lines(figures)}


@pytest.mark.parametrize("name", STEADY)
def test_a_sample_lies_in_the_recorded_band(sample: dict[str, Line], name: str) -> None:
    assert sample[name].is_inside, sample[name]


def test_what_is_held_for_likely_comes_true_as_often() -> None:
    assert all(tenth.is_inside for tenth in judged(60))


def test_the_measure_finds_what_a_tape_made_by_hand_holds() -> None:
    bid, ask = BookSide.BID, BookSide.ASK
    at = [START + number * SECOND // 10 for number in range(20)]
    opening = [Row(START, bid, 4_800, 5_000), Row(START, ask, 5_200, 5_000)]
    rows = [
        Row(at[0], bid, 4_900, 1_000),
        Row(at[1], bid, 4_900, -1_000),
        Row(at[2], bid, 4_700, 1_000),
        Row(at[2], ask, 5_200, -500),
        Row(at[3], ask, 5_200, -200),
        Row(at[12], ask, 5_300, 300),
    ]
    prints = [Print(at[2], 5_200, 500, bid)]
    figures = Figures()
    figures.add(Tape(START, START + 2 * SECOND, opening, rows, prints))
    assert figures.unmatched == 0
    assert figures.cancels == 2
    assert figures.requoted == 1
    assert figures.lives == [SECOND // 10]
    assert figures.placed == {-1: 1, 1: 2}
    assert figures.seconds == [5, 1]
    assert figures.gaps.count(0) == 1
    assert figures.takers == [500]


def test_the_measure_misses_a_delta_that_is_not_there() -> None:
    figures = Figures()
    rows = [Row(START, BookSide.ASK, 5_200, -400)]
    figures.add(
        Tape(
            START,
            START + SECOND,
            [Row(0, BookSide.ASK, 5_200, 900)],
            rows,
            [Print(START, 5_200, 500, BookSide.BID)],
        )
    )
    assert figures.unmatched == 1


def test_clustered_counts_have_a_large_fano_and_alike_neighbours() -> None:
    counts = [0] * 50 + [20] * 50
    assert fano(counts) == 10.0
    assert autocorrelation(counts, 1) > 0.9
    assert autocorrelation([1, -1] * 50, 1) < -0.9
