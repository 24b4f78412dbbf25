"""Wall and virtual time: paused, stepped, fast, and never backwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.practice.clock import MAX_SPEED, NORMAL_SPEED, Clock
from tests.support.practice_bench import SECOND, START, Hands

MS = 1_000_000


def test_virtual_time_equals_the_wall_at_speed_one() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_ms(1_234)
    assert clock.now_ns() == clock.wall_ns() == START + 1_234_000_000
    assert clock.wall_ms() == clock.wall_ns() // 1_000_000


def test_a_paused_clock_stands_still_and_a_step_moves_it() -> None:
    hands = Hands()
    clock = hands.clock()
    clock.pause()
    hands.pass_ms(5_000)
    assert clock.now_ns() == START
    assert (clock.is_paused, clock.speed) == (True, 0)
    clock.step(2 * SECOND)
    assert clock.now_ns() == START + 2 * SECOND
    assert clock.wall_ns() == START + 5 * SECOND
    clock.resume()
    hands.pass_ms(1_000)
    assert clock.now_ns() == START + 3 * SECOND


def test_another_speed_counts_from_the_moment_it_is_set() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_ms(1_000)
    clock.run_at(10_000)
    hands.pass_ms(1_000)
    assert clock.now_ns() == START + 11 * SECOND
    clock.run_at(500)
    hands.pass_ms(1_000)
    assert clock.now_ns() == START + 11 * SECOND + SECOND // 2


def test_the_wait_is_wall_time_and_endless_while_paused() -> None:
    hands = Hands()
    clock = hands.clock()
    clock.run_at(4_000)
    assert clock.seconds_until(START + 8 * SECOND) == 2
    assert clock.seconds_until(START - SECOND) == 0
    clock.pause()
    assert clock.seconds_until(START + SECOND) is None


def test_impossible_orders_to_the_clock_are_refused() -> None:
    clock = Clock()
    with pytest.raises(ValueError, match="forward"):
        clock.step(-1)
    for speed in (0, -1, MAX_SPEED + 1):
        with pytest.raises(ValueError, match="speed"):
            clock.run_at(speed)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("pass"), st.integers(0, 10_000)),
            st.tuples(st.just("speed"), st.integers(1, MAX_SPEED)),
            st.tuples(st.just("step"), st.integers(0, 10**12)),
            st.tuples(st.just("allow"), st.integers(-(10**12), 10**12)),
            st.tuples(st.sampled_from(["pause", "resume", "unbind", "free"]), st.just(0)),
        )
    )
)
def test_virtual_time_never_goes_back(deeds: list[tuple[str, int]]) -> None:
    hands = Hands()
    clock = hands.clock()
    seen = clock.now_ns()
    for deed, amount in deeds:
        if deed == "pass":
            hands.pass_ms(amount)
        elif deed == "speed":
            clock.run_at(amount)
        elif deed == "step":
            clock.step(amount)
        elif deed == "allow":
            clock.allow(seen + amount)
        elif deed == "free":
            clock.allow(None)
        else:
            getattr(clock, deed)()
        now = clock.now_ns()
        assert now >= seen
        seen = now


def test_a_fast_clock_is_held_to_a_ceiling_and_goes_on_from_there() -> None:
    hands = Hands()
    clock = hands.clock()
    clock.run_at(10 * NORMAL_SPEED)
    clock.allow(START + 50 * MS)
    hands.pass_ms(4)
    assert clock.now_ns() == START + 40 * MS
    hands.pass_ms(4)
    assert clock.now_ns() == START + 50 * MS
    clock.allow(START + 500 * MS)
    assert clock.now_ns() == START + 50 * MS, "what stood at the ceiling is lost"
    hands.pass_ms(1)
    assert clock.now_ns() == START + 60 * MS
    clock.allow(START)
    assert clock.now_ns() == START + 60 * MS, "it never goes back"


def test_an_unbound_clock_is_always_at_its_ceiling() -> None:
    hands = Hands()
    clock = hands.clock()
    clock.unbind()
    hands.pass_ms(1_000)
    assert clock.now_ns() == START
    assert clock.is_unbound
    clock.allow(START + 7 * MS)
    assert clock.now_ns() == START + 7 * MS
    assert clock.seconds_until(START + 60_000 * MS) == 0.0
    clock.pause()
    assert (clock.speed, clock.is_unbound) == (0, False)
    clock.resume()
    assert clock.is_unbound
    clock.run_at(NORMAL_SPEED)
    hands.pass_ms(3)
    assert clock.now_ns() == START + 10 * MS
