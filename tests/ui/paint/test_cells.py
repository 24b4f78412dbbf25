"""Values as text: aligned, exact, or visibly not."""

from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.units import Count, Money, Price, parse_count
from kalshi_tui.ui.paint import cells
from tests.support.sample import SECOND, WALL_NS


@pytest.mark.parametrize(
    ("price", "decimals", "text"),
    [(3700, 0, "37"), (900, 1, " 9  "), (960, 1, " 9.6"), (9040, 1, "90.4"), (962, 2, " 9.62")],
)
def test_prices_of_a_column_share_their_decimal_point(price: int, decimals: int, text: str) -> None:
    assert cells.price_cell(Price(price), decimals) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (9_500, "    95   "),
        (31_075, "   310.75"),
        (9_999_999, "99,999.99"),
        (10_000_000, "   100.0k"),
        (12_345_678, "   123.4k"),
        (12_349_999, "   123.4k"),
        (123_456_789_00, "   123.4M"),
    ],
)
def test_sizes_are_exact_until_they_say_k(count: int, text: str) -> None:
    assert cells.count_cell(Count(count), 9) == text


def test_a_doubtful_size_carries_a_question_mark_even_when_there_is_no_room_for_all_of_it() -> None:
    assert cells.count_cell(Count(45_050), 9, doubtful=True) == "  ?450.50"
    assert cells.count_cell(Count(9_999_999), 9, doubtful=True) == "   ?99.9k"
    assert cells.count_cell(Count(9_999_999), 10, doubtful=True) == "?99,999.99"


@given(st.integers(1, 10**12), st.integers(1, 14), st.booleans())
def test_a_size_cell_is_exactly_as_wide_as_its_column(
    count: int, width: int, doubtful: bool
) -> None:
    text = cells.count_cell(Count(count), width, doubtful=doubtful)
    assert len(text) == width


@given(st.integers(0, 9_999_999))
def test_a_size_without_a_k_reads_back_as_itself(count: int) -> None:
    text = cells.count_cell(Count(count), 9).strip().replace(",", "")
    assert parse_count(text) == count


@given(st.integers(100_000, 10**11))
def test_a_shortened_size_is_never_more_than_there_is(count: int) -> None:
    text = cells.short_count(Count(count)).replace(",", "")
    tenths = int(text[:-1].replace(".", ""))
    unit = {"k": 100_000, "M": 100_000_000}[text[-1]]
    assert tenths * unit // 10 <= count < (tenths + 1) * unit // 10


@pytest.mark.parametrize(
    ("queue", "estimate", "text"),
    [
        (30_000, False, "q300"),
        (41_000, True, "q~410"),
        (0, False, "NEXT"),
        (0, True, "NEXT"),
        (None, False, "q?"),
    ],
)
def test_a_queue_says_whether_it_is_known(queue: int | None, estimate: bool, text: str) -> None:
    place = None if queue is None else Count(queue)
    assert cells.queue_text(place, estimate=estimate) == text


@pytest.mark.parametrize(
    ("money", "text"),
    [(467_320, "+0.46"), (-100_000, "-0.10"), (-1, "-0.01"), (0, "+0.00"), (26_320_000, "+26.32")],
)
def test_a_gain_is_never_shown_better_than_it_is(money: int, text: str) -> None:
    assert cells.gain_text(Money(money)) == text


@pytest.mark.parametrize(
    ("money", "text"), [(None, "--"), (9_997_262_800, "$9,997.2628"), (-5_010_000, "-$5.01")]
)
def test_cash_is_told_to_the_last_digit_and_its_absence_too(money: int | None, text: str) -> None:
    assert cells.cash_text(None if money is None else Money(money)) == text


@pytest.mark.parametrize(
    ("twice", "text"), [(7_500, "37.5%"), (1_940, "9.7%"), (7_400, "37%"), (1_921, "9.605%")]
)
def test_a_mid_is_exact(twice: int, text: str) -> None:
    assert cells.percent_text(twice) == text


def test_an_average_has_two_decimals_of_a_cent() -> None:
    assert cells.average_text(Money(13_680_000), Count(4_000)) == "34.20"
    assert cells.average_text(Money(10_000), Count(300)) == "0.33"
    assert cells.average_text(Money(0), Count(0)) == "--"


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (-5, "0.0s"),
        (3 * SECOND + 250_000_000, "3.2s"),
        (47 * SECOND, "47s"),
        (125 * SECOND, "2m05s"),
        (3_720 * SECOND, "1h02m"),
    ],
)
def test_ages_count_in_the_unit_that_moves(age: int, text: str) -> None:
    assert cells.age_text(age) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(18 * 86_400, "18d"), (90_000, "25h00m"), (18_720, "5h12m"), (249, "4m09s"), (9, "9s"),
     (0, "now")],
)  # fmt: skip
def test_times_to_close_name_two_useful_units(seconds: int, text: str) -> None:
    assert cells.until_text(seconds * SECOND) == text


def test_the_clock_is_told_in_the_zone_it_is_given() -> None:
    assert cells.clock_text(WALL_NS, UTC) == "14:32:05"
    assert cells.clock_text(WALL_NS, timezone(timedelta(hours=-5))) == "09:32:05"


@pytest.mark.parametrize(("ns", "text"), [(None, ""), (900_000, "<1ms"), (9_400_000, "9ms")])
def test_a_latency_is_whole_milliseconds(ns: int | None, text: str) -> None:
    assert cells.latency_text(ns) == text
