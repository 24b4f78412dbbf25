"""The offset to the exchange's clock lies within what is said of it."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.skew import SECOND_NS, ClockOffset

START = 1_790_000_000 * SECOND_NS


def _date(exchange_ns: int) -> str:
    return formatdate(exchange_ns // SECOND_NS, usegmt=True)


@given(
    true_offset=st.integers(-(86_400 * SECOND_NS), 86_400 * SECOND_NS),
    samples=st.lists(
        st.tuples(
            st.integers(0, 30 * SECOND_NS), st.integers(0, 2 * SECOND_NS), st.integers(0, 100)
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_FB01_the_true_offset_is_within_the_stated_uncertainty(
    true_offset: int, samples: list[tuple[int, int, int]]
) -> None:
    offset, now = ClockOffset(), START
    for pause, round_trip, percent in samples:
        now += pause
        written = now + round_trip * percent // 100 + true_offset
        offset.observe(_date(written), now, now + round_trip)
        now += round_trip
    uncertainty = offset.uncertainty_ns
    assert uncertainty is not None
    assert abs(offset.offset_ns - true_offset) <= uncertainty
    shortest = min(round_trip for _, round_trip, _ in samples[-5:])
    assert uncertainty <= shortest + SECOND_NS


def test_FB01_a_clock_that_agrees_is_not_corrected() -> None:
    offset = ClockOffset()
    offset.observe(_date(START), START + 300_000_000, START + 350_000_000)
    assert offset.offset_ns == 0


def test_FB02_a_set_clock_voids_what_was_known() -> None:
    offset = ClockOffset()
    for second in range(5):
        now = START + second * SECOND_NS
        offset.observe(_date(now), now, now + 1_000_000)
    late = START + 10 * SECOND_NS
    offset.observe(_date(late + 60 * SECOND_NS), late, late + 1_000_000)
    assert abs(offset.offset_ns - 60 * SECOND_NS) <= SECOND_NS


@pytest.mark.parametrize("date", [None, "", "yesterday", "Mon, 99 Foo 2026 25:61:61 GMT", "0"])
def test_a_date_that_cannot_be_read_is_passed_over(date: str | None) -> None:
    offset = ClockOffset()
    offset.observe(date, START, START)
    assert not offset.is_known
    assert offset.uncertainty_ns is None
    assert offset.offset_ns == 0


@pytest.mark.parametrize("round_trip", [-1, 11 * SECOND_NS])
def test_a_round_trip_that_spans_a_clock_step_is_passed_over(round_trip: int) -> None:
    offset = ClockOffset()
    offset.observe(_date(START), START, START + round_trip)
    assert not offset.is_known


@given(st.text(max_size=60))
def test_any_date_text_is_survived(date: str) -> None:
    ClockOffset().observe(date, START, START)
