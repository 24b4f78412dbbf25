"""Tick grids from price ranges, and what a status allows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.market import (
    PUBLISHED_GRIDS,
    GridError,
    Market,
    MarketStatus,
    TickGrid,
    grid_of,
)
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Price

grids = st.sampled_from(sorted(PUBLISHED_GRIDS)).map(PUBLISHED_GRIDS.__getitem__)


def test_twelve_structures_are_published() -> None:
    assert len(PUBLISHED_GRIDS) == 12


@given(grids)
def test_whole_cents_are_valid_everywhere_and_the_ends_nowhere(grid: TickGrid) -> None:
    assert all(Price(cent * 100) in grid for cent in range(1, 100))
    assert Price(0) not in grid
    assert Price(10_000) not in grid


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("linear_cent", 3700, 3750),
        ("deci_cent", 3710, 3715),
        ("tapered_deci_cent", 990, 1010),
        ("tapered_deci_cent", 9010, 8990),
        ("center_whole_edge_half_cent", 950, 1050),
        ("center_whole_edge_quint_cent", 920, 930),
        ("center_half_edge_half_cent", 5050, 5020),
        ("center_half_edge_quint_cent", 5050, 5020),
        ("center_half_edge_deci_cent", 910, 5010),
        ("center_quint_edge_quint_cent", 5020, 5010),
        ("center_quint_edge_deci_cent", 5020, 5010),
        ("center_centi_edge_centi_cent", 5001, 10_000),
        ("center_deci_edge_centi_cent", 99, 101),
        ("center_deci_edge_centi_cent", 9901, 9899),
    ],
)
def test_prices_on_and_off_each_grid(name: str, inside: int, outside: int) -> None:
    grid = PUBLISHED_GRIDS[name]
    assert Price(inside) in grid
    assert Price(outside) not in grid


def test_FG05_a_band_edge_is_reached_from_either_side() -> None:
    grid = PUBLISHED_GRIDS["tapered_deci_cent"]
    assert grid.up(Price(990)) == 1000
    assert grid.up(Price(1000)) == 1100
    assert grid.down(Price(1100)) == 1000
    assert grid.down(Price(1000)) == 990
    assert grid.ticks_between(Price(990), Price(1100)) == 2


@given(grids, st.integers(0, 10_000).map(Price), st.integers(1, 200))
def test_steps_stay_on_the_grid_and_in_order(grid: TickGrid, price: Price, ticks: int) -> None:
    up, down = grid.up(price, ticks), grid.down(price, ticks)
    assert up in grid
    assert down in grid
    assert up > price or up == grid.prices[-1]
    assert down < price or down == grid.prices[0]
    below, above = grid.neighbours(price)
    assert below is None or below < price
    assert above is None or above >= price


@given(grids, st.data())
def test_a_step_up_and_down_comes_home(grid: TickGrid, data: st.DataObject) -> None:
    index = data.draw(st.integers(1, len(grid.prices) - 2))
    price = grid.prices[index]
    assert grid.down(grid.up(price)) == price
    assert grid.up(grid.down(price)) == price


@pytest.mark.parametrize(
    "bands",
    [
        [],
        [(0, 10_000, 0)],
        [(0, 5_000, 100)],
        [(100, 10_000, 100)],
        [(0, 6_000, 100), (5_000, 10_000, 100)],
        [(0, 4_000, 100), (5_000, 10_000, 100)],
        [(0, 10_000, 300)],
        [(10_000, 0, 100)],
    ],
)
def test_FF12_ranges_that_make_no_grid_are_refused(bands: list[tuple[int, int, int]]) -> None:
    with pytest.raises(GridError):
        grid_of(*bands)


def test_a_refusal_names_the_nearest_prices() -> None:
    grid = PUBLISHED_GRIDS["tapered_deci_cent"]
    assert grid.refusal(Price(1000)) is None
    text = grid.refusal(Price(1050)) or ""
    assert "10 and 11" in text
    assert "10.5c" in text


def test_equal_bands_are_one_grid() -> None:
    assert grid_of((0, 10_000, 100)) == PUBLISHED_GRIDS["linear_cent"]
    assert len({grid_of((0, 10_000, 100)), PUBLISHED_GRIDS["linear_cent"]}) == 1


def market(**changes: object) -> Market:
    base = Market(
        "T", "E", clean_title("Title"), MarketStatus.ACTIVE, PUBLISHED_GRIDS["linear_cent"], 10
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "status", [each for each in MarketStatus if each is not MarketStatus.ACTIVE]
)
def test_only_an_active_market_takes_orders(status: MarketStatus) -> None:
    assert market().trade_refusal() is None
    assert status.value in (market(status=status).trade_refusal() or "")


def test_FF11_a_market_without_a_grid_is_view_only() -> None:
    assert "view-only" in (market(grid=None).trade_refusal() or "")
