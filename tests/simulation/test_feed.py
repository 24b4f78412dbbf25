"""The feed against a faulty venue: never a wrong LIVE book, never a book that stays away.

`FEED_SCHEDULES=10000 pytest -m simulation tests/simulation` runs the long one. A failing seed
replays with `World(seed, faults).run()`.
"""

import os
from collections.abc import Callable
from random import Random

import pytest

from kalshi_tui.api.feed import Feed
from kalshi_tui.core.events import BookDelta, BookStatus, BookStatusChanged, Fact
from tests.support.feed_world import NO_FAULTS, USUAL, Faults, World

SAMPLE = 30
LONG = int(os.environ.get("FEED_SCHEDULES", "150"))


def failures(seeds: range, faults: Faults) -> tuple[dict[int, list[str]], int]:
    """Return what was wrong by seed, and how many times a LIVE book was compared."""
    bad: dict[int, list[str]] = {}
    checks = 0
    for seed in seeds:
        outcome = World(seed, faults).run()
        checks += outcome.checks
        if outcome.wrong or outcome.not_live:
            bad[seed] = outcome.wrong[:3] + outcome.not_live
    return bad, checks


def test_without_faults_nothing_is_doubted_and_nothing_repaired() -> None:
    for seed in range(SAMPLE):
        world = World(seed, NO_FAULTS)
        outcome = world.run()
        assert (outcome.wrong, outcome.not_live) == ([], [])
        assert world.feed.counters.gaps <= 1, "a sid that does not begin at 1 is doubted once"
        assert world.feed.counters.backwards == 0
        assert world.feed.counters.reconnects_asked == 0


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_FD01_to_FD16_no_wrong_live_book_and_none_stuck_under_faults(factor: float) -> None:
    bad, checks = failures(range(SAMPLE), USUAL.times(factor))
    assert bad == {}
    assert checks > SAMPLE * 20, "the oracle had books to look at"


@pytest.mark.simulation
@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_many_schedules_show_no_wrong_live_book_and_none_stuck(factor: float) -> None:
    bad, _ = failures(range(10_000, 10_000 + LONG), USUAL.times(factor))
    assert bad == {}


def test_the_same_seed_runs_the_same_way() -> None:
    first, again = World(7, USUAL), World(7, USUAL)
    assert first.run() == again.run()
    assert first.feed.counters == again.feed.counters
    assert first.now == again.now


class Spoiled(Feed):
    """A feed with one fault of its own, to see that the oracle condemns it."""

    def __init__(self, spoil: Callable[[list[Fact]], list[Fact]]) -> None:
        super().__init__(jitter=Random(1).random, private=False)
        self._spoil = spoil

    def facts(self) -> list[Fact]:
        return self._spoil(super().facts())


def without_doubt(facts: list[Fact]) -> list[Fact]:
    """Never admit that a book is STALE."""
    return [
        fact
        for fact in facts
        if not (isinstance(fact, BookStatusChanged) and fact.status is not BookStatus.LIVE)
    ]


def forgetful() -> Callable[[list[Fact]], list[Fact]]:
    """Lose every tenth change."""
    seen = 0

    def spoil(facts: list[Fact]) -> list[Fact]:
        nonlocal seen
        kept = []
        for fact in facts:
            seen += isinstance(fact, BookDelta)
            if not (isinstance(fact, BookDelta) and seen % 10 == 0):
                kept.append(fact)
        return kept

    return spoil


def frozen(facts: list[Fact]) -> list[Fact]:
    """Stop moving: pass snapshots and nothing after them."""
    return [fact for fact in facts if not isinstance(fact, BookDelta)]


@pytest.mark.parametrize("spoil", [lambda: without_doubt, forgetful, lambda: frozen])
def test_the_oracle_condemns_a_feed_that_hides_forgets_or_freezes(
    spoil: Callable[[], Callable[[list[Fact]], list[Fact]]],
) -> None:
    assert any(World(seed, USUAL, Spoiled(spoil())).run().wrong for seed in range(5))
