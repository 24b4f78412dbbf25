"""A trader's hands: always on the grid, never through the other side, never where not wanted."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.happenings import TradePrinted
from kalshi_tui.practice.pit import NOISE, STOCK, contracts
from kalshi_tui.practice.presets import LIVELY, Sides
from tests.support.exchange_world import NOW
from tests.support.pit_world import PitWorld

TEN = Count(1_000)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(BookSide)), st.integers(-5, 1_100), st.integers(1, 900)),
        max_size=30,
    ),
    st.sampled_from(list(PUBLISHED_GRIDS)),
)
def test_resting_never_trades_and_stays_on_the_grid(
    wishes: list[tuple[BookSide, int, int]], structure: str
) -> None:
    world = PitWorld(structure=structure)
    for side, index, size in wishes:
        world.pit.rest(STOCK, side, index, Count(size), NOW)
    happenings = world.exchange.take_happenings()
    assert not any(isinstance(each, TradePrinted) for each in happenings)
    book = world.pit.book
    if book.best_bid is not None and book.best_ask is not None:
        assert book.best_bid < book.best_ask
    assert all(order.price in world.pit.market.grid for order in book.all_orders())


def test_a_wish_through_the_other_side_rests_beside_it() -> None:
    world = PitWorld()
    world.place(BookSide.ASK, 4_000, 5)
    order_id = world.pit.rest(STOCK, BookSide.BID, 60, TEN, NOW)
    assert order_id is not None
    order = world.pit.order(STOCK, order_id)
    assert order is not None
    assert order.price == 3_900


def test_where_no_price_is_left_nothing_rests() -> None:
    world = PitWorld()
    world.place(BookSide.ASK, 100, 5)
    assert world.pit.rest(STOCK, BookSide.BID, 60, TEN, NOW) is None
    assert world.pit.rest(STOCK, BookSide.ASK, 99, TEN, NOW) is None


def test_an_empty_side_stays_empty() -> None:
    world = PitWorld(replace(LIVELY, sides=Sides.NO_BIDS))
    assert world.pit.rest(STOCK, BookSide.BID, 20, TEN, NOW) is None
    assert world.pit.rest(STOCK, BookSide.ASK, 60, TEN, NOW) is not None
    assert not world.pit.has(BookSide.BID)


def test_withdrawing_tells_what_was_left() -> None:
    world = PitWorld()
    order_id = world.pit.rest(NOISE, BookSide.ASK, 60, TEN, NOW)
    assert order_id is not None
    world.place(BookSide.BID, 6_100, 4)
    assert world.pit.withdraw(NOISE, order_id, NOW) == 600
    assert world.pit.withdraw(NOISE, order_id, NOW) == 0


def test_refusals_are_taken_in_silence() -> None:
    world = PitWorld()
    world.exchange.trading_active = False
    assert not world.pit.is_open()
    assert world.pit.rest(STOCK, BookSide.BID, 20, TEN, NOW) is None
    assert world.pit.take(BookSide.BID, Price(5_000), TEN, NOW) is None


def test_a_book_without_a_near_side_is_torn() -> None:
    world = PitWorld()
    assert world.pit.is_torn(NOW)
    world.place(BookSide.BID, 5_000, 1)
    world.place(BookSide.ASK, 5_100, 1)
    assert not world.pit.is_torn(NOW)
    world = PitWorld()
    world.place(BookSide.BID, 3_000, 1)
    world.place(BookSide.ASK, 5_100, 1)
    assert world.pit.is_torn(NOW)


def test_sizes_are_whole_hundredths_and_never_nothing() -> None:
    assert contracts(0.0) == 1
    assert contracts(0.1) == 10
    assert contracts(2_000.0) == 200_000
