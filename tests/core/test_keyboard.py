"""Keys that no hand pressed send nothing."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.keyboard import (
    BURST_NS,
    MILLI,
    REPEAT_NS,
    STALE_NS,
    WORDS,
    Keyboard,
    Verdict,
    answers,
)


def press(board: Keyboard, key: str, at_ms: int, late_ms: int = 0) -> Verdict:
    return board.opening(key, at_ms * MILLI, (at_ms + late_ms) * MILLI)


@given(
    st.integers(150, 700),
    st.lists(st.integers(15, 60), min_size=1, max_size=400),
)
def test_a_held_key_is_one_order_however_long_it_is_held(
    delay_ms: int, repeats_ms: list[int]
) -> None:
    board, at = Keyboard(), 1_000
    verdicts = [press(board, "b", at)]
    for number, step in enumerate(repeats_ms):
        at += step if number else delay_ms
        verdicts.append(press(board, "b", at))
    assert verdicts.count(Verdict.GOOD) == 1
    assert verdicts[0] is Verdict.GOOD


def test_the_same_key_counts_again_after_another_key_or_two_seconds() -> None:
    board = Keyboard()
    assert press(board, "b", 1_000) is Verdict.GOOD
    assert press(board, "b", 2_999) is Verdict.HELD
    # The time runs from the last press, so that holding never lets one through.
    assert press(board, "b", 4_998) is Verdict.HELD
    assert press(board, "b", 4_998 + REPEAT_NS // MILLI) is Verdict.GOOD
    board.other("space", 7_300 * MILLI)
    assert press(board, "b", 7_400) is Verdict.GOOD


def test_a_different_order_key_is_another_order() -> None:
    board = Keyboard()
    assert press(board, "b", 1_000) is Verdict.GOOD
    assert press(board, "s", 1_000 + BURST_NS // MILLI) is Verdict.GOOD
    assert press(board, "b", 1_600) is Verdict.GOOD


def test_FJ_a_key_that_the_screen_handles_late_is_dropped() -> None:
    late = STALE_NS // MILLI
    assert press(Keyboard(), "b", 1_000, late) is Verdict.GOOD
    assert press(Keyboard(), "b", 1_000, late + 1) is Verdict.STALE


@pytest.mark.parametrize("step_ms", [0, 10, 83])
def test_of_a_burst_only_the_first_key_counts_and_the_fourth_proves_it(step_ms: int) -> None:
    board = Keyboard()
    verdicts = [press(board, key, 1_000 + number * step_ms) for number, key in enumerate("bsLHB")]
    assert verdicts[:3] == [Verdict.GOOD, Verdict.QUICK, Verdict.QUICK]
    assert set(verdicts[3:]) == {Verdict.BURST}


def test_a_hand_that_is_quick_is_no_burst() -> None:
    board = Keyboard()
    verdicts = [press(board, key, 1_000 + number * 250) for number, key in enumerate("bsLHbs")]
    assert set(verdicts) == {Verdict.GOOD}


@given(st.lists(st.tuples(st.sampled_from("bsBSLHc"), st.integers(0, 400)), max_size=40))
def test_two_orders_are_never_closer_than_a_bursts_span(keys: list[tuple[str, int]]) -> None:
    board, at, good = Keyboard(), 1_000, list[int]()
    for key, step in keys:
        at += step
        if press(board, key, at) is Verdict.GOOD:
            good.append(at)
    assert all(b - a >= BURST_NS // MILLI for a, b in itertools.pairwise(good))


@pytest.mark.parametrize(
    ("keys", "is_caps"),
    [("JJJ", True), ("BSJ", True), ("BSL", False), ("JK", False), ("JjJK", False), ("jkz", False)],
)
def test_three_capitals_with_a_view_key_among_them_are_caps_lock(keys: str, is_caps: bool) -> None:
    board = Keyboard()
    for number, key in enumerate(keys):
        board.other(key, number)
    assert board.is_caps_lock is is_caps


def test_every_key_that_is_held_back_says_why() -> None:
    assert set(WORDS) == set(Verdict) - {Verdict.GOOD}


@pytest.mark.parametrize(
    ("after_ms", "counts"), [(-5_000, False), (-1, False), (0, False), (199, False), (200, True)]
)
def test_FK16_a_key_from_before_the_question_does_not_answer_it(
    after_ms: int, counts: bool
) -> None:
    shown_ns = 9_000 * MILLI
    assert answers(shown_ns + after_ms * MILLI, shown_ns) is counts
