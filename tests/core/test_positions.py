"""Netting at trade time, cost and cash, against separate YES and NO heaps."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.positions import Position, cash_needed, split, trade_revenue
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price

trades = st.lists(
    st.tuples(
        st.sampled_from(BookSide),
        st.integers(1, 9_999).map(Price),
        st.integers(1, 10**6).map(Count),
    ),
    max_size=20,
)


@pytest.mark.parametrize(
    ("side", "count", "held", "closes", "opens"),
    [
        (BookSide.BID, 1000, 0, 0, 1000),
        (BookSide.BID, 1000, 500, 0, 1000),
        (BookSide.BID, 1000, -400, 400, 600),
        (BookSide.ASK, 1000, 2500, 1000, 0),
        (BookSide.ASK, 1000, -5, 0, 1000),
    ],
)
def test_a_trade_closes_before_it_opens(
    side: BookSide, count: int, held: int, closes: int, opens: int
) -> None:
    parts = split(side, Count(count), Count(held))
    assert (parts.closes, parts.opens) == (closes, opens)


def test_buying_no_costs_one_minus_the_yes_price() -> None:
    assert cash_needed(BookSide.ASK, Price(7000), Count(1000), Count(0)) == 3_000_000
    assert trade_revenue(BookSide.ASK, Price(7000), Count(1000), Count(0)) == -3_000_000


def test_selling_what_is_held_needs_no_cash_and_brings_the_price() -> None:
    assert cash_needed(BookSide.ASK, Price(7000), Count(1000), Count(1000)) == 0
    assert trade_revenue(BookSide.ASK, Price(7000), Count(1000), Count(1000)) == 7_000_000


def test_average_cost_and_realized_profit() -> None:
    held = Position().traded(BookSide.BID, Price(3000), Count(1000), Money(7))
    held = held.traded(BookSide.BID, Price(4000), Count(1000), Money(8))
    assert (held.count, held.cost, held.fees) == (2000, 7_000_000, 15)
    held = held.traded(BookSide.ASK, Price(5000), Count(500), Money(0))
    assert (held.count, held.cost, held.realized) == (1500, 5_250_000, 750_000)
    assert held.value_if(yes=True) == 15_000_000
    assert held.value_if(yes=False) == 0


@given(trades)
def test_cost_realized_and_cash_always_add_up(
    each: list[tuple[BookSide, Price, Count]],
) -> None:
    held, cash, net = Position(), 0, 0
    for side, price, count in each:
        cash += trade_revenue(side, price, count, held.count)
        held = held.traded(side, price, count, Money(0))
        net += count if side is BookSide.BID else -count
        assert held.count == net
        assert held.cost >= 0
        assert cash == held.realized - held.cost
        if held.count == 0:
            assert held.cost == 0


@given(trades)
def test_FE03_the_final_net_value_does_not_depend_on_the_order_of_fills(
    each: list[tuple[BookSide, Price, Count]],
) -> None:
    def worth(order: list[tuple[BookSide, Price, Count]]) -> Fraction:
        held = Position()
        for side, price, count in order:
            held = held.traded(side, price, count, Money(0))
        return Fraction(held.realized - held.cost + held.value_if(yes=True))

    assert worth(each) == worth(list(reversed(each)))
