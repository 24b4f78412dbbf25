"""The patient orders: deep, in shape, following slowly, never standing in the way."""

from dataclasses import replace

import pytest

from kalshi_tui.core.sides import BookSide
from kalshi_tui.practice.chance import Draws
from kalshi_tui.practice.latent import Motion, Shape
from kalshi_tui.practice.pit import STOCK
from kalshi_tui.practice.presets import LIVELY
from kalshi_tui.practice.stock import Stock
from tests.support.exchange_world import NOW
from tests.support.pit_world import PitWorld

SECOND = 10**9


def opened(world: PitWorld, word: int = 1) -> Stock:
    stock = Stock(world.pit)
    stock.open(Draws(word), NOW)
    return stock


def test_the_ladder_is_whole_at_the_start() -> None:
    world = PitWorld()
    opened(world)
    bids = [price for price, _ in world.pit.book.levels(BookSide.BID)]
    asks = [price for price, _ in world.pit.book.levels(BookSide.ASK)]
    assert bids[:20] == list(range(4_900, 2_900, -100))
    assert asks[:20] == list(range(5_200, 7_200, 100))


def test_one_cent_and_round_prices_hold_more() -> None:
    cents: list[int] = []
    rounds: list[int] = []
    others: list[int] = []
    for word in range(1, 60):
        world = PitWorld(motion=Motion(Shape.THRESHOLDS, (0.25,), 1e12))
        opened(world, word)
        for price, size in world.pit.book.levels(BookSide.BID):
            kept = cents if price == 100 else rounds if price in (1_000, 2_000) else others
            kept.append(size // 100)
    middle = [sorted(each)[len(each) // 2] for each in (cents, rounds, others)]
    assert middle[0] > 10 * middle[2]
    assert middle[1] > 1.5 * middle[2]


def test_a_fine_grid_is_reached_across_not_filled() -> None:
    world = PitWorld(structure="deci_cent")
    opened(world)
    prices = [price for price, _ in world.pit.book.levels(BookSide.BID)]
    assert all(prices[n] - prices[n + 1] == 10 for n in range(8))
    assert prices[0] - prices[-4] > 300


@pytest.mark.parametrize("side", list(BookSide))
def test_repair_fills_the_nearest_holes(side: BookSide) -> None:
    world = PitWorld()
    stock = opened(world)
    world.place(side.other, 100 if side is BookSide.BID else 9_900, 10_000_000)
    world.exchange.cancel_all("client", NOW)
    assert world.pit.book.levels(side) == []
    stock.repair(Draws(4), NOW)
    found = [price for price, _ in world.pit.book.levels(side)]
    assert found == ([4_900, 4_800, 4_700] if side is BookSide.BID else [5_200, 5_300, 5_400])


def test_stock_steps_back_from_a_price_that_comes_near() -> None:
    world = PitWorld(motion=Motion(Shape.THRESHOLDS, (0.5,), 300.0))
    stock = opened(world)
    for second in range(200):
        at_ns = NOW + second * SECOND
        for word in range(4):
            stock.repair(Draws(second * 10 + word), at_ns)
        fair = world.pit.fair(at_ns)
        bids, asks = world.orders(STOCK, BookSide.BID), world.orders(STOCK, BookSide.ASK)
        assert max((order.price for order in bids), default=0) < fair + 400
        assert min((order.price for order in asks), default=9_999) > fair - 400


def test_tending_forgets_what_was_eaten_and_keeps_the_number_of_orders_bounded() -> None:
    world = PitWorld(replace(LIVELY, stock_levels=15))
    stock = opened(world)
    before = len(world.orders(STOCK, BookSide.BID))
    for word in range(2_000):
        stock.tend(Draws(word), NOW + word)
    assert len(world.orders(STOCK, BookSide.BID)) <= before + 15
