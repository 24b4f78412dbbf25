"""A day of a bad stream in virtual time: what the feed and the engine hold does not grow."""

import gc
import sys
from types import FunctionType, ModuleType

import pytest

from kalshi_tui.api.feed import Feed
from kalshi_tui.api.quarantine import Patience
from tests.support.feed_world import SECOND, USUAL, World

HOUR = 3_600
MOST_GROWTH = 0.20
MOST_WAITING = 200
SEED = 5
FAULTS = USUAL.times(0.3)
"""A fault every few seconds: bad enough to use every way back, not so bad that nothing is LIVE."""


def weight(*roots: object) -> int:
    """Return the bytes that can be reached from `roots`, code and shared singletons left out."""
    seen: set[int] = set()
    waiting, total = [*roots], 0
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type | ModuleType | FunctionType):
            continue
        seen.add(id(each))
        total += sys.getsizeof(each)
        waiting += gc.get_referents(each)
    return total


class Day:
    """One world in which a step is a second, weighed every so often."""

    def __init__(self) -> None:
        self.world = World(SEED, feed=lambda **more: Feed(**{**more, "patience": Patience()}))
        self.world._step_ns = SECOND
        self.world.want(["AAA-1", "BBB-2", "CCC-3"])
        self.world.checker = _Silent()  # type: ignore[assignment]

    def live(self, seconds: int) -> int:
        """Let time pass and return the most that was held at any quarter of it, in bytes."""
        most = 0
        for _ in range(4):
            for _ in range(seconds // 4):
                self.world.step(FAULTS)
                # What a venue sends while nobody listens is no queue of ours.
                del self.world.venue.wire[:-MOST_WAITING]
                del self.world._late[:-MOST_WAITING]
                assert len(self.world._commands) <= MOST_WAITING
            most = max(most, weight(self.world.feed, self.world.engine))
        return most


class _Silent:
    """Judges nothing: whether books are true is tried elsewhere."""

    def __getattr__(self, _name: str) -> object:
        return lambda *_: None


def test_FH14_in_hours_of_faults_what_is_held_does_not_grow() -> None:
    day = Day()
    at_first = day.live(2 * HOUR)
    assert day.live(4 * HOUR) <= at_first * (1 + MOST_GROWTH)
    assert day.world.seen["asked to reconnect"] >= 20
    assert day.world.seen["drop"] >= 20


@pytest.mark.simulation
def test_FH14_in_a_whole_day_of_faults_what_is_held_does_not_grow() -> None:
    day = Day()
    at_first = day.live(2 * HOUR)
    assert day.live(22 * HOUR) <= at_first * (1 + MOST_GROWTH)


def test_a_growing_list_would_be_seen() -> None:
    held: list[object] = [{} for _ in range(100)]
    before = weight(held)
    held += [{} for _ in range(100)]
    assert weight(held) > before * (1 + MOST_GROWTH)
