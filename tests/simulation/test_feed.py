"""The feed, book and engine against a faulty venue: never a wrong LIVE book, never a stuck one.

`python -m tests.benchmarks.bench_simulation --schedules 10000 --seed 1` runs the long one by hand;
a failing seed replays with `--replay SEED`. `FEED_SCHEDULES` sets how many the marked test runs.
"""

import os

import pytest

from tests.simulation.campaign import run, shrink, tally
from tests.simulation.checker import Checker, Shown
from tests.simulation.mutants import MUTANTS, Mutant, hunt, mutated
from tests.support.feed_world import NO_FAULTS, SECOND, TICKERS, USUAL, World

SAMPLE = 300
LONG = int(os.environ.get("FEED_SCHEDULES", "100"))


def test_without_faults_nothing_is_doubted_and_nothing_repaired() -> None:
    for seed in range(30):
        world = World(seed, NO_FAULTS)
        checker = world.run()
        assert (checker.wrong, checker.stuck) == ([], [])
        assert world.feed.counters.gaps <= 2, "a sid that does not begin at 1 is doubted once"
        assert world.feed.counters.backwards == 0
        assert world.feed.counters.reconnects_asked == 0
        assert world.feed.counters.audit_differences == 0


@pytest.mark.parametrize("first", range(0, SAMPLE, 50))
def test_FD01_to_FD16_no_wrong_live_book_and_none_stuck_under_faults(first: int) -> None:
    found = tally(range(first, first + 50))
    assert (found.wrong, found.stuck) == ({}, {})
    assert found.checks > 50 * 50, "the checker had books to look at"


@pytest.mark.simulation
def test_many_schedules_show_no_wrong_live_book_and_none_stuck() -> None:
    found = tally(range(10_000, 10_000 + LONG))
    assert (found.wrong, found.stuck) == ({}, {})


def test_every_fault_happens_in_the_sample() -> None:
    seen = tally(range(60)).seen
    kinds = {name for name in USUAL.__slots__ if name != "lose_command"}
    assert kinds <= set(seen)


def test_the_same_seed_runs_the_same_way() -> None:
    first, again = run(7), run(7)
    assert first[0] == again[0]
    assert first[1].feed.counters == again[1].feed.counters
    assert first[1].now == again[1].now


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_seeded_bug_of_the_client_is_condemned(mutant: Mutant) -> None:
    assert hunt(mutant, USUAL, NO_FAULTS) is not None


def test_a_mutant_whose_line_is_gone_is_an_error_and_no_success() -> None:
    with pytest.raises(ValueError, match="0 x"):
        mutated(Mutant("none", "feed", "no such line", ""))


def test_only_a_failing_schedule_can_be_shrunk() -> None:
    with pytest.raises(ValueError, match="does not fail"):
        shrink(7)


def test_TB13_a_change_that_the_venue_told_nobody_is_found_by_the_audit() -> None:
    world = World(1, NO_FAULTS)
    world.run()
    while not world.feed.counters.audits:
        world.step(NO_FAULTS)
    world.checker = Checker()
    world.venue.corrupt(TICKERS[0])
    found_by = world.now + 61 * SECOND
    while not world.feed.counters.audit_differences:
        world.step(NO_FAULTS)
        assert world.now < found_by
    while not world.is_settled():
        world.step(NO_FAULTS)
    assert world.screen()[TICKERS[0]].levels == world.venue.truth[TICKERS[0]]


class TestChecker:
    """The judge on its own."""

    LIVE = Shown("LIVE", {"yes 100": 5})

    def judged(self, **truth: int) -> Checker:
        checker = Checker()
        checker.connected()
        checker.delivered(1, {"A": {"yes 100": 5}})
        checker.delivered(2, {"A": truth})
        return checker

    def test_it_condemns_a_live_book_that_is_behind(self) -> None:
        checker = self.judged(**{"yes 100": 6})
        checker.look({"A": self.LIVE}, 9)
        assert checker.wrong

    def test_it_leaves_a_true_and_a_stale_book_alone(self) -> None:
        checker = self.judged(**{"yes 100": 5})
        checker.look({"A": self.LIVE}, 9)
        checker.look({"A": Shown("STALE", {})}, 9)
        assert (checker.checks, checker.wrong) == (1, [])

    def test_it_condemns_a_live_book_offline_and_before_any_frame(self) -> None:
        checker = Checker()
        checker.offline({"A": self.LIVE}, 9)
        checker.connected()
        checker.look({"A": self.LIVE}, 9)
        assert len(checker.wrong) == 2

    def test_at_the_end_it_condemns_what_is_not_live_or_stands_still(self) -> None:
        checker = Checker()
        checker.end({"A": Shown("STALE", {}), "B": self.LIVE}, {"A": {}, "B": {}})
        assert len(checker.stuck) == 2
