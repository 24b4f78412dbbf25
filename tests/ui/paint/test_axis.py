"""The still axis: every price of the grid once, in order, with the tick changes marked."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.units import Price
from kalshi_tui.ui.paint.axis import make_axis
from tests.support.sample import CENT, TAPERED


@pytest.mark.parametrize("name", sorted(PUBLISHED_GRIDS))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_price_of_every_published_grid_has_one_row_highest_viewed_price_first(
    name: str, outcome: Outcome
) -> None:
    grid = PUBLISHED_GRIDS[name]
    axis = make_axis(grid, outcome)
    prices = [place.price for place in axis.places if place.price is not None]
    assert sorted(prices) == list(grid.prices)
    assert prices == sorted(prices, reverse=outcome is Outcome.YES)
    assert all(axis.places[at].price == price for price, at in axis.at.items())


def test_the_divider_stands_under_the_shared_price_and_names_the_step_above_it() -> None:
    yes = make_axis(TAPERED, Outcome.YES)
    at = yes.at[Price(1_000)]
    assert yes.places[at + 1] == (None, "1c up")
    assert yes.places[at + 2].price == 990
    no = make_axis(TAPERED, Outcome.NO)
    at = no.at[Price(1_000)]
    assert no.places[at + 1] == (None, "0.1c up")
    assert no.places[at + 2].price == 1_100


def test_a_level_off_the_grid_gets_a_row_of_its_own() -> None:
    axis = make_axis(CENT, Outcome.YES, [Price(3_650), Price(3_700)])
    assert [axis.places[axis.at[Price(3_650)] + step].price for step in (-1, 0, 1)] == [
        3_700,
        3_650,
        3_600,
    ]
    assert axis.decimals == 1


def test_a_market_without_ticks_is_drawn_in_cents() -> None:
    assert len(make_axis(None, Outcome.YES)) == 99


@given(st.sampled_from(list(Outcome)), st.integers(-12, 12))
def test_stepping_counts_prices_and_never_lands_on_a_divider(outcome: Outcome, rows: int) -> None:
    axis = make_axis(TAPERED, outcome)
    start = Price(1_000)
    landed = axis.step(start, rows)
    expected = TAPERED.down(start, rows) if outcome is Outcome.YES else TAPERED.up(start, rows)
    assert landed == expected


def test_stepping_stops_at_the_ends() -> None:
    axis = make_axis(CENT, Outcome.YES)
    assert axis.step(Price(9_800), -40) == 9_900
    assert axis.step(Price(200), 40) == 100


def test_the_nearest_row_of_a_price_that_has_none_is_next_to_it() -> None:
    axis = make_axis(CENT, Outcome.YES)
    assert axis.places[axis.nearest(Price(3_650))].price in (3_600, 3_700)
    assert axis.places[axis.nearest(Price(9_990))].price == 9_900


def test_neighbouring_dividers_never_touch() -> None:
    for grid in PUBLISHED_GRIDS.values():
        places = make_axis(grid, Outcome.YES).places
        assert all(a.price is not None or b.price is not None for a, b in pairwise(places))
