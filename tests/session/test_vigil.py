"""Sleep and a set clock are told apart, and neither is seen where nothing happened."""

import pytest

from kalshi_tui.session.vigil import SECOND, Lapse, Vigil
from tests.session.manual import ManualClock


def test_time_that_passes_is_no_lapse() -> None:
    clock = ManualClock()
    vigil = Vigil(clock)
    clock.advance(3_600 * SECOND)
    reading, lapse = vigil.look()
    assert (reading.mono_ns, reading.wall_ns, lapse) == (clock.mono_ns(), clock.wall_ns(), None)


def test_TC13_sleep_is_known_by_the_clock_that_counts_it() -> None:
    clock = ManualClock()
    vigil = Vigil(clock)
    clock.sleep(42 * SECOND)
    assert vigil.look()[1] == Lapse(42 * SECOND, 0)
    assert vigil.look()[1] is None


@pytest.mark.parametrize("seconds", [-3_600, -5, 5, 3_600])
def test_TC14_a_clock_that_is_set_is_not_sleep(seconds: int) -> None:
    clock = ManualClock()
    vigil = Vigil(clock)
    clock.advance(SECOND)
    clock.step(seconds * SECOND)
    assert vigil.look()[1] == Lapse(0, seconds * SECOND)
    assert vigil.look()[1] is None


def test_TC13_where_no_clock_counts_sleep_a_wall_clock_far_ahead_is_taken_for_it() -> None:
    clock = ManualClock()
    clock.knows_sleep = False
    vigil = Vigil(clock)
    clock.sleep(42 * SECOND)
    assert vigil.look()[1] == Lapse(42 * SECOND, 0)
    clock.step(-60 * SECOND)
    assert vigil.look()[1] == Lapse(0, -60 * SECOND)


def test_TC14_a_clock_that_is_trimmed_by_less_than_two_seconds_is_left_alone() -> None:
    clock = ManualClock()
    vigil = Vigil(clock)
    for _ in range(100):
        clock.step(SECOND)
        assert vigil.look()[1] is None
