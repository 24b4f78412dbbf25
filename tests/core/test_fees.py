"""Fees against the worked figures of the published rule and against exact fractions."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.fees import (
    ALIGNMENT_BROKERED,
    ALIGNMENT_DIRECT,
    FeeSchedule,
    FeeType,
    Role,
    charge_fill,
    taker_fee_bound,
    trade_fee,
)
from kalshi_tui.core.units import Count, Money, Price, notional

QUADRATIC = FeeSchedule()
WITH_MAKER = FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES)
COMBO = FeeSchedule(FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES)


@pytest.mark.parametrize(
    ("schedule", "role", "price", "count", "fee"),
    [
        (QUADRATIC, Role.TAKER, 5200, 100, 17_472),
        (QUADRATIC, Role.TAKER, 5200, 400, 69_888),
        (QUADRATIC, Role.TAKER, 5000, 10_000, 1_750_000),
        (WITH_MAKER, Role.MAKER, 2500, 1_000, 32_813),
        (COMBO, Role.MAKER, 5000, 100, 8_750),
        (QUADRATIC, Role.MAKER, 5000, 10_000, 0),
        (QUADRATIC, Role.TAKER, 3301, 3, 465),
        (FeeSchedule(multiplier=500_000), Role.TAKER, 5000, 10_000, 875_000),
        (FeeSchedule(multiplier=0), Role.TAKER, 5000, 10_000, 0),
    ],
)
def test_the_worked_figures(
    schedule: FeeSchedule, role: Role, price: int, count: int, fee: int
) -> None:
    assert trade_fee(schedule, role, Price(price), Count(count)) == fee


@given(
    st.integers(1, 9_999),
    st.integers(1, 10**8),
    st.integers(0, 3_000_000),
    st.sampled_from(
        [(QUADRATIC, Role.TAKER, 4), (WITH_MAKER, Role.MAKER, 1), (COMBO, Role.MAKER, 2)]
    ),
)
def test_the_fee_is_the_model_rounded_up_once(
    price: int, count: int, multiplier: int, case: tuple[FeeSchedule, Role, int]
) -> None:
    base, role, quarters = case
    schedule = FeeSchedule(base.fee_type, multiplier)
    p = Fraction(price, 10_000)
    model = Fraction(7, 100) * Fraction(multiplier, 10**6) * Fraction(count, 100) * p * (1 - p)
    expected = ceil(model * Fraction(quarters, 4) * 10**6)
    assert trade_fee(schedule, role, Price(price), Count(count)) == expected


def test_an_unpublished_formula_is_never_guessed() -> None:
    flat = FeeSchedule(FeeType.FLAT)
    assert not flat.is_known
    with pytest.raises(ValueError, match="not published"):
        trade_fee(flat, Role.TAKER, Price(5000), Count(100))


def test_four_single_fills_of_one_order_converge_on_one_fill_of_four() -> None:
    accumulator, cash, fees = Money(0), 0, []
    for _ in range(4):
        fee = trade_fee(QUADRATIC, Role.TAKER, Price(5200), Count(100))
        charge = charge_fill(Money(-520_000), fee, accumulator)
        accumulator = charge.accumulator
        cash += charge.cash
        fees.append(charge.fee)
    assert fees == [17_500, 17_500, 17_500, 17_400]
    assert cash == -2_149_900
    whole = charge_fill(
        Money(-2_080_000), trade_fee(QUADRATIC, Role.TAKER, Price(5200), Count(400)), Money(0)
    )
    assert (whole.fee, whole.cash) == (69_900, -2_149_900)


def test_a_brokered_account_rounds_to_the_cent_and_gets_it_back() -> None:
    fee = Money(0)
    accumulator = Money(0)
    charges = []
    for _ in range(3):
        revenue = Money(-notional(Price(5000), Count(30)))
        fee = trade_fee(QUADRATIC, Role.TAKER, Price(5000), Count(30))
        charge = charge_fill(revenue, fee, accumulator, ALIGNMENT_BROKERED)
        accumulator = charge.accumulator
        charges.append(charge.fee)
    assert charges == [10_000, 10_000, 0]
    assert accumulator == 4_250


@given(
    st.integers(-(10**9), 10**9),
    st.integers(0, 10**7),
    st.integers(0, 99),
    st.sampled_from([ALIGNMENT_DIRECT, ALIGNMENT_BROKERED]),
)
def test_no_micro_dollar_is_made_or_lost(
    revenue: int, fee: int, held: int, alignment: Money
) -> None:
    charge = charge_fill(Money(revenue), Money(fee), Money(held), alignment)
    assert charge.cash % alignment == 0
    assert charge.fee >= 0
    assert charge.cash == revenue - charge.fee
    assert charge.fee + held - charge.accumulator == fee


@given(st.integers(1, 9_999), st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_FG08_the_stated_bound_is_never_exceeded(price: int, parts: list[int]) -> None:
    accumulator, total = Money(0), 0
    for part in parts:
        fee = trade_fee(QUADRATIC, Role.TAKER, Price(price), Count(part))
        charge = charge_fill(Money(-notional(Price(price), Count(part))), fee, accumulator)
        accumulator = charge.accumulator
        total += charge.fee
    bound = taker_fee_bound(QUADRATIC, Price(price), Count(sum(parts)), len(parts))
    assert total <= bound
