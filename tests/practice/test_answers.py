"""The exchange's state in the words of the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS, TickGrid
from kalshi_tui.core.units import Count, Money, Price, parse_money
from kalshi_tui.practice import answers
from kalshi_tui.practice.orders import Canceled, Placed


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (98_018_600, "98.0186"),
        (10_000_000_000, "10000.0000"),
        (17_500, "0.0175"),
        (9_903, "0.009903"),
        (-1_000_000, "-1.0000"),
        (0, "0.0000"),
    ],
)
def test_cash_has_four_decimals_and_more_only_where_it_must(money: int, text: str) -> None:
    assert answers.cash(Money(money)) == text


@given(st.integers(-(10**12), 10**12))
def test_cash_is_exact(money: int) -> None:
    assert parse_money(answers.cash(Money(money))) == money


@pytest.mark.parametrize(
    ("money", "cents"), [(999_999, 99), (1_000_000, 100), (-999_999, -99), (-1, 0), (0, 0)]
)
def test_cents_are_cut_towards_zero(money: int, cents: int) -> None:
    assert answers.cents(Money(money)) == cents


@pytest.mark.parametrize("name", sorted(PUBLISHED_GRIDS))
def test_every_grid_survives_the_wire(name: str) -> None:
    grid = PUBLISHED_GRIDS[name]
    bands = answers.price_ranges(grid)
    assert bands[0].start == "0.0000"
    assert bands[-1].end == "1.0000"
    assert len(bands) == len(grid.bands)
    assert isinstance(grid, TickGrid)


@pytest.mark.parametrize(
    ("multiplier", "text"), [(1_000_000, b"1"), (500_000, b"0.5"), (1_250_000, b"1.25"), (0, b"0")]
)
def test_a_fee_multiplier_is_an_exact_number(multiplier: int, text: bytes) -> None:
    assert answers.multiplier_text(FeeSchedule(FeeType.QUADRATIC, multiplier)) == text


def test_averages_are_for_one_contract_and_cut_at_four_decimals() -> None:
    # Recorded: 8.93 contracts at 0.6700 with a fee of 0.1383 were answered with 0.0154 each.
    placed = Placed("id", "mine", Count(893), Count(0), Money(893 * 6_700), Money(138_300), 5)
    answer = answers.placed(placed)
    assert (answer.average_fill_price, answer.average_fee_paid) == ("0.6700", "0.0154")
    nothing = answers.placed(Placed("id", "", Count(0), Count(155), Money(0), Money(0), 5))
    assert nothing.average_fill_price is UNSET
    assert nothing.average_fee_paid is UNSET
    assert nothing.client_order_id is UNSET


def test_a_cancel_answer_carries_no_client_id() -> None:
    answer = answers.canceled(Canceled("id", "mine", Count(100), 7_000_000))
    assert (answer.reduced_by, answer.ts_ms, answer.client_order_id) == ("1.00", 7, UNSET)


def test_a_position_is_worth_its_leg_at_the_last_price() -> None:
    assert answers.marked_value(Count(300), Price(5_200), Money(1)) == 300 * 5_200
    assert answers.marked_value(Count(-300), Price(5_200), Money(1)) == 300 * 4_800
    assert answers.marked_value(Count(300), None, Money(77)) == 77
