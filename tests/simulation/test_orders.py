"""Orders against a lossy venue in virtual time: none doubled, none lost, none past the limits.

The client is the real one from the session's wiring to its SQLite journal, with its HTTP client;
the venue, the network and the checker share no code with it. `python -m
tests.benchmarks.bench_orders_simulation` runs the long one by hand; a failing seed replays with
`--replay SEED`. `ORDER_SCHEDULES` sets how many the marked test runs.
"""

import os
import random

import pytest

from tests.simulation.orders_campaign import calm, run, tally
from tests.simulation.orders_checker import Caps, Checker, Row, Screen
from tests.simulation.orders_mutants import MUTANTS, Mutant, changed, hunt
from tests.simulation.orders_venue import Venue
from tests.simulation.orders_wire import USUAL

LONG = int(os.environ.get("ORDER_SCHEDULES", "1000"))
SAMPLED = ("an order leaves before its record", "a lost answer is taken for not sent")


def test_without_faults_every_order_ends_as_the_venue_has_it() -> None:
    for seed in range(10):
        checker, world = calm(seed)
        assert (checker.wrong, checker.stuck) == ([], [])
        assert world.seen["crash"] == 0


@pytest.mark.parametrize("first", range(0, 50, 25))
def test_FC_no_order_is_doubled_lost_called_failed_or_past_the_limits(first: int) -> None:
    found = tally(range(first, first + 25))
    assert (found.wrong, found.stuck) == ({}, {})
    assert found.checks > 25 * 100, "the checker had orders to look at"


@pytest.mark.simulation
def test_many_schedules_show_no_order_doubled_lost_or_past_the_limits() -> None:
    found = tally(range(100_000, 100_000 + LONG))
    assert (found.wrong, found.stuck) == ({}, {})


@pytest.mark.simulation
def test_every_fault_and_command_happens() -> None:
    seen = tally(range(200)).seen
    kinds = {name for name in USUAL.__slots__ if name not in ("read", "error_before")}
    assert kinds <= set(seen)
    commands = ("Place", "PlaceBatch", "Amend", "Decrease", "Cancel", "Resend", "Abandon")
    assert {*commands, "Kill", "Flatten", "Reverse", "DeadMan", "quit"} <= set(seen)


def test_the_same_seed_runs_the_same_way() -> None:
    first, again = run(3), run(3)
    assert first[1].seen == again[1].seen
    assert first[1].elapsed_ns == again[1].elapsed_ns
    assert first[0].checks == again[0].checks


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(each, id=each.name)
        if each.name in SAMPLED
        else pytest.param(each, id=each.name, marks=pytest.mark.simulation)
        for each in MUTANTS
    ],
)
def test_each_seeded_bug_of_the_client_is_condemned(mutant: Mutant) -> None:
    assert hunt(mutant) is not None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_seeded_bug_still_has_its_line(mutant: Mutant) -> None:
    text, _ = changed(mutant)
    assert mutant.instead in text


def test_a_mutant_whose_line_is_gone_is_an_error_and_no_success() -> None:
    with pytest.raises(ValueError, match="0 x"):
        changed(Mutant("none", "core.orders", "no such line", ""))


class TestChecker:
    """The judge on its own."""

    def judge(self, *states: str) -> Checker:
        """Let the screen call the one order `c0` these things, one after the other."""
        chance = random.Random(1)
        self.venue = Venue(chance, lambda _, __: None, remembers_ids=False)
        checker = Checker(self.venue, Caps(order=1_000, position=1_500, open_orders=2))
        self.place("c0")
        for at, state in enumerate(states):
            checker.look(screen(state), at)
        return checker

    def place(self, name: str, count: str = "5.00") -> None:
        """Let an order rest at the venue."""
        body = {
            "ticker": "KX",
            "client_order_id": name,
            "side": "bid",
            "price": "0.4000",
            "count": count,
            "time_in_force": "good_till_canceled",
        }
        self.venue.create(body, 1)

    def test_it_condemns_what_is_called_failed_or_over_and_rests(self) -> None:
        for state in ("not sent", "rejected", "proven absent", "canceled", "executed"):
            assert self.judge(state).wrong

    def test_it_leaves_what_is_in_doubt_or_rests_alone(self) -> None:
        checker = self.judge("sending", "in doubt", "resting")
        assert checker.wrong == []
        assert checker.checks == 3

    def test_it_condemns_a_state_that_comes_back_and_a_row_that_leaves(self) -> None:
        checker = self.judge("in doubt")
        self.venue.cancel("v1", 2)
        checker.look(screen("canceled"), 3)
        assert checker.wrong == []
        checker.look(screen("resting"), 4)
        checker.look(Screen({}, {}, {}, {}, "", 0), 5)
        assert len(checker.wrong) == 2

    def test_it_condemns_doubles_and_what_is_past_the_caps(self) -> None:
        checker = self.judge()
        self.venue.cancel("v1", 2)
        self.place("c0")
        checker.happened(3)
        assert "2 times" in checker.wrong[0]
        checker = self.judge()
        self.place("c1", "11.00")
        self.place("c2")
        checker.happened(3)
        assert len(checker.wrong) == 3, "too many, too large, too far"

    def test_it_condemns_a_reach_below_the_truth_and_a_kill_that_left_something(self) -> None:
        checker = self.judge()
        checker.look(Screen({}, {}, {"KX": (0, 499)}, {}, "", 0), 1)
        checker.killed(2)
        checker.look(Screen({}, {}, {}, {}, "canceling", 0), 2)
        checker.look(Screen({}, {}, {}, {}, "done", 0), 3)
        assert len(checker.wrong) == 2

    def test_it_condemns_losses_that_are_more_than_the_client_counts_with(self) -> None:
        checker = self.judge()
        for losses, verdicts in (((0, 2_000_000), 0), ((0, 1_999_999), 1), ((-1, 2_000_000), 2)):
            checker.look(Screen({}, {}, {}, {"KX": losses}, "", 0), 1)
            assert len(checker.wrong) == verdicts

    def test_it_condemns_an_order_without_a_record(self) -> None:
        checker = self.judge()
        checker.arrived("c0", is_recorded=False, at=1)
        assert checker.wrong

    def test_at_the_end_everything_has_to_agree(self) -> None:
        checker = self.judge()
        checker.asked = {"c0"}
        resting = screen("resting", order_id="v1", remaining=500)
        assert checker.end(resting, ["c0"]) == []
        assert checker.end(resting, ["c0", "c1"]) == ["c1 is lost"]
        assert checker.end(screen("in doubt"), ["c0"])
        assert checker.end(screen("resting", order_id="v1", remaining=400), ["c0"])
        checker.asked.clear()
        assert checker.end(resting, ["c0"]) == ["c0 is at the venue unasked"]


def screen(state: str, *, order_id: str = "", remaining: int = 0) -> Screen:
    row = Row("c0", order_id, state, 0, remaining, is_busy=False)
    return Screen({"c0": row}, {}, {}, {}, "", 0)
