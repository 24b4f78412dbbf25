"""The hidden prices: martingales that end at 0 or 1, whoever looks at them and when."""

from itertools import pairwise
from math import log, sqrt
from statistics import fmean, stdev

import pytest

from kalshi_tui.practice.chance import stream
from kalshi_tui.practice.latent import Activity, Latent, Motion, Shape

SECOND = 10**9
START = 1_800_000_000 * SECOND
END = START + 120 * SECOND
ONE = Motion(Shape.THRESHOLDS, (0.3,), 120.0, 1_000)
LADDER = Motion(Shape.THRESHOLDS, (0.9, 0.5, 0.1), 120.0, 1_000)
SPLIT = Motion(Shape.BRACKETS, (0.05, 0.35, 0.5, 0.1), 120.0, 1_000)
RACE = Motion(Shape.CONTEST, (0.4, 0.3, 0.2, 0.1), 120.0, 1_000)
JUMPY = Motion(Shape.THRESHOLDS, (0.6,), 400.0, 1_000, 1.0, 180.0)
EVERY = {"one": ONE, "ladder": LADDER, "split": SPLIT, "race": RACE, "jumpy": JUMPY}


def runs(motion: Motion, count: int, after_s: float) -> list[list[float]]:
    """Return the probabilities of `count` independent events after a while."""
    at = START + int(after_s * SECOND)
    found = []
    for number in range(count):
        latent = Latent(11, f"event-{number}", motion, START)
        found.append([latent.fair(outcome, at) for outcome in range(len(motion.start))])
    return found


@pytest.mark.parametrize("name", list(EVERY))
def test_the_fair_price_is_a_martingale(name: str) -> None:
    motion = EVERY[name]
    found = runs(motion, 500, motion.horizon_s * 0.7)
    for outcome, start in enumerate(motion.start):
        seen = [each[outcome] for each in found]
        assert abs(fmean(seen) - start) < 3.5 * stdev(seen) / sqrt(len(seen))


@pytest.mark.parametrize("name", list(EVERY))
def test_everything_is_known_at_the_horizon(name: str) -> None:
    motion = EVERY[name]
    found = runs(motion, 60, motion.horizon_s + 2)
    assert all(min(p, 1 - p) < 1e-9 for each in found for p in each)
    if motion.shape is not Shape.THRESHOLDS:
        assert all(round(sum(each)) == 1 for each in found)


def test_what_is_thought_likely_comes_true_as_often() -> None:
    late = [Latent(5, f"event-{number}", ONE, START) for number in range(400)]
    before = [latent.fair(0, START + 80 * SECOND) for latent in late]
    for low, high in ((0.0, 0.2), (0.2, 0.6), (0.6, 1.0)):
        chosen = [n for n, p in enumerate(before) if low <= p < high]
        expected = sum(before[n] for n in chosen)
        spread = sqrt(sum(before[n] * (1 - before[n]) for n in chosen))
        right = sum(late[n].is_right(0, END) for n in chosen)
        assert abs(right - expected) < 4 * spread


@pytest.mark.parametrize("motion", [SPLIT, RACE])
def test_exclusive_outcomes_sum_to_one_at_every_moment(motion: Motion) -> None:
    latent = Latent(3, "event", motion, START)
    for second in range(0, 130, 7):
        at = START + second * SECOND
        shares = [latent.fair(outcome, at) for outcome in range(4)]
        assert sum(shares) == pytest.approx(1.0)
        assert min(shares) > -1e-12


def test_a_higher_threshold_is_never_likelier() -> None:
    latent = Latent(3, "event", LADDER, START)
    for second in range(0, 130, 5):
        shares = [latent.fair(outcome, START + second * SECOND) for outcome in range(3)]
        assert shares == sorted(shares, reverse=True)


def test_volatility_grows_towards_the_end_as_recorded() -> None:
    motion = Motion(Shape.THRESHOLDS, (0.5,), 900.0, 1_000)
    scaled = []
    for number in range(150):
        latent = Latent(2, f"event-{number}", motion, START)
        for left in (840, 600):
            before = latent.fair(0, START + (900 - left) * SECOND)
            after = latent.fair(0, START + (901 - left) * SECOND)
            change = log(after / (1 - after)) - log(before / (1 - before))
            scaled.append(change * change * left)
    assert 1.2 < sqrt(sum(scaled) / len(scaled)) < 2.2


def test_an_event_that_moves_by_news_alone_stands_still_between() -> None:
    latent = Latent(4, "event", JUMPY, START)
    path = [latent.fair(0, START + second * SECOND) for second in range(300)]
    moves = sum(now != before for before, now in pairwise(path))
    assert 5 <= moves <= 30
    assert START < latent.last_news_ns <= START + 300 * SECOND


def test_the_path_does_not_depend_on_who_looks_when() -> None:
    often, seldom = (Latent(9, "event", RACE, START) for _ in range(2))
    for tenth in range(500):
        often.fair(tenth % 4, START + tenth * SECOND // 10)
    at = START + 50 * SECOND
    assert [often.fair(n, at) for n in range(4)] == [seldom.fair(n, at) for n in range(4)]


def test_the_recent_past_can_be_asked_again() -> None:
    latent = Latent(9, "event", ONE, START)
    asked = {second: latent.fair(0, START + second * SECOND) for second in range(40)}
    assert all(latent.fair(0, START + n * SECOND) == p for n, p in asked.items())
    assert latent.fair(0, START - SECOND) == pytest.approx(0.3)


@pytest.mark.parametrize(
    "motion",
    [
        Motion(Shape.THRESHOLDS, (0.2, 0.5), 60.0),
        Motion(Shape.BRACKETS, (0.2, 0.5), 60.0),
        Motion(Shape.CONTEST, (0.8, 0.5), 60.0),
    ],
)
def test_impossible_odds_are_refused(motion: Motion) -> None:
    with pytest.raises(ValueError, match="odds"):
        Latent(0, "event", motion, START)


def clock(name: str = "clock") -> Activity:
    return Activity(stream(1, name), START, 250, 0.7, 0.7)


def test_the_activity_clock_runs_at_one_on_average() -> None:
    ends = [clock(str(number)).reading(START + 300 * SECOND) for number in range(60)]
    assert 0.75 < sum(ends) / len(ends) / 300 < 1.3


def test_after_finds_the_time_of_a_reading() -> None:
    activity = clock()
    at = START
    for _ in range(200):
        later = activity.after(at, 0.7)
        gained = activity.reading(later) - activity.reading(at)
        assert later > at
        assert gained == pytest.approx(0.7, abs=1e-6)
        at = later


def test_the_activity_clock_forgets_the_past_and_nothing_else() -> None:
    walked, jumped = clock(), clock()
    at = START
    while at < START + 4_000 * SECOND:
        at = walked.after(at, 5.0)
    assert len(walked._sums) < 10_000
    assert walked.reading(at) == pytest.approx(jumped.reading(at))
    assert walked.speed(at) == pytest.approx(jumped.speed(at))


@pytest.mark.parametrize("name", list(EVERY))
def test_an_early_verdict_names_one_winner_with_the_odds_of_the_moment(name: str) -> None:
    motion = EVERY[name]
    wins = [0] * len(motion.start)
    for number in range(600):
        latent = Latent(number, "early", motion, START)
        found = [latent.is_right(each, START) for each in range(len(motion.start))]
        assert [latent.fair(each, START) > 0.5 for each in range(len(found))] == found
        if motion.shape is not Shape.THRESHOLDS:
            assert sum(found) == 1
        else:
            assert found == sorted(found, reverse=True)
        wins = [won + right for won, right in zip(wins, found, strict=True)]
    for won, start in zip(wins, motion.start, strict=True):
        assert abs(won - 600 * start) < 4 * sqrt(600 * start * (1 - start))


@pytest.mark.parametrize("name", list(EVERY))
def test_news_moves_an_outcome_by_what_it_says(name: str) -> None:
    motion = EVERY[name]
    for outcome, before in enumerate(motion.start):
        latent = Latent(1, "news", motion, START)
        latent.jump(outcome, 0.2, START)
        assert abs(latent.fair(outcome, START) - min(before + 0.2, 1 - 1e-4)) < 1e-3
        odds = [latent.fair(each, START) for each in range(len(motion.start))]
        if motion.shape is Shape.THRESHOLDS:
            assert odds == sorted(odds, reverse=True)
        else:
            assert abs(sum(odds) - 1) < 1e-6


@pytest.mark.parametrize("name", list(EVERY))
def test_a_process_goes_on_from_its_mark_however_long_it_was_off(name: str) -> None:
    motion = EVERY[name]
    latent = Latent(1, "kept", motion, START)
    latent.fair(0, START + 30 * SECOND)
    mark = latent.mark()
    for pause in (0, 5, 10**7):
        again = [Latent(1, "kept", motion, START) for _ in range(2)]
        at = mark.at_ns + pause * SECOND
        for each in again:
            each.resume(mark, at)
        odds = [[each.fair(n, at) for n in range(len(motion.start))] for each in again]
        assert odds[0] == odds[1]
        if pause == 0:
            assert odds[0] == [latent.fair(n, mark.at_ns) for n in range(len(motion.start))]
        elif pause > 1_000:
            assert all(min(p, 1 - p) < 1e-9 for p in odds[0])


def test_a_resumed_process_is_still_a_martingale() -> None:
    found = []
    for seed in range(800):
        latent = Latent(seed, "kept", ONE, START)
        latent.resume(latent.mark(), START + 60 * SECOND)
        found.append(latent.fair(0, START + 60 * SECOND))
    assert abs(fmean(found) - 0.3) < 3.5 * stdev(found) / sqrt(len(found))
