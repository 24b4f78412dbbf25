"""Money, positions and reserves of one account, against worked numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.fees import FeeSchedule, FeeType, Role
from kalshi_tui.core.orders import SelfTradePrevention
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_MONEY, ONE_DOLLAR, Count, Price
from kalshi_tui.practice.accounts import Holding
from kalshi_tui.practice.happenings import PositionReport
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import ASK, BID, NOW, order, place, world

NO_FEE = FeeSchedule(FeeType.QUADRATIC, 0)


def traded(*fills: tuple[BookSide, int, int], fees: FeeSchedule = NO_FEE) -> PositionReport:
    """Return the position after fills of (side, YES price, size)."""
    holding = Holding("RAIN", 0)
    for side, price, size in fills:
        leg = holding.leg(holding.net, side, Price(price), Count(size), fees, Role.TAKER, NO_MONEY)
        holding.book(side, leg, 7)
    return holding.report()


@pytest.mark.parametrize(
    ("fills", "net", "cost", "realized"),
    [
        ([(BID, 5_200, 100)], 100, 520_000, 0),
        ([(ASK, 7_000, 100)], -100, 300_000, 0),
        # Recorded on the demo: three contracts for 0.52, 0.99 and 0.99.
        ([(BID, 5_200, 100), (BID, 9_900, 200)], 300, 2_500_000, 0),
        ([(BID, 4_000, 200), (ASK, 6_000, 50)], 150, 600_000, 100_000),
        ([(BID, 4_000, 200), (ASK, 6_000, 200)], 0, 0, 400_000),
        ([(BID, 4_000, 100), (ASK, 6_000, 300)], -200, 800_000, 200_000),
        ([(ASK, 6_000, 100), (BID, 7_000, 100)], 0, 0, -100_000),
        ([(BID, 4_000, 100), (BID, 6_000, 200), (ASK, 5_000, 100)], 200, 1_066_667, -33_333),
    ],
)
def test_opposite_fills_net_and_realize_against_the_average_cost(
    fills: list[tuple[BookSide, int, int]], net: int, cost: int, realized: int
) -> None:
    report = traded(*fills)
    assert (report.net, report.cost, report.realized_pnl) == (net, cost, realized)
    assert report.volume == sum(size for _, _, size in fills)


def test_fee_of_the_contracts_still_held_shrinks_as_they_close() -> None:
    report = traded((BID, 5_000, 10_000), (ASK, 5_000, 5_000), fees=FeeSchedule())
    assert report.fees_paid == 1_750_000 + 875_000
    assert report.fee_cost == 875_000


@given(
    st.lists(
        st.tuples(st.sampled_from(BookSide), st.integers(1, 99), st.integers(1, 500)), max_size=20
    )
)
def test_cost_and_realized_always_explain_the_cash(fills: list[tuple[BookSide, int, int]]) -> None:
    holding, cash = Holding("RAIN", 0), 0
    for side, cents, size in fills:
        price = Price(cents * 100)
        leg = holding.leg(holding.net, side, price, Count(size), NO_FEE, Role.TAKER, NO_MONEY)
        holding.book(side, leg, 7)
        cash += leg.revenue
    assert cash == holding.realized_pnl - holding.cost
    assert 0 <= holding.cost <= abs(holding.net) * ONE_DOLLAR
    assert holding.net or not holding.cost


def test_a_resting_bid_reserves_its_price_and_an_ask_the_rest_of_the_dollar() -> None:
    exchange = world()
    ann = exchange.accounts["ann"]
    place(exchange, "ann", BID, 3_000, 1_000)
    assert ann.available() == 100_000_000 - 3_000_000
    place(exchange, "ann", ASK, 6_000, 1_000)
    assert ann.available() == 100_000_000 - 3_000_000 - 4_000_000
    exchange.cancel_all("ann", NOW)
    assert ann.available() == 100_000_000


def test_only_the_part_that_opens_a_position_is_reserved() -> None:
    exchange = world()
    ann = exchange.accounts["ann"]
    place(exchange, "crowd", ASK, 5_000, 1_000)
    place(exchange, "ann", BID, 5_000, 1_000)
    free = ann.available()
    place(exchange, "ann", ASK, 7_000, 600)
    assert ann.available() == free
    place(exchange, "ann", ASK, 8_000, 600)
    assert ann.available() == free - 200 * (ONE_DOLLAR - 8_000)
    # The better ask takes over the closing; now the worst one opens, and so do 200 of the middle.
    place(exchange, "ann", ASK, 6_000, 400)
    assert ann.available() == free - 600 * (ONE_DOLLAR - 8_000)


def test_what_a_sale_of_the_position_uncovers_is_reserved_or_refused() -> None:
    exchange = world(cash=6_000_000)
    ann = exchange.accounts["ann"]
    place(exchange, "crowd", ASK, 5_000, 1_000)
    place(exchange, "crowd", BID, 4_000, 2_000)
    place(exchange, "ann", BID, 5_000, 1_000)
    place(exchange, "ann", ASK, 6_000, 1_000)
    place(exchange, "ann", ASK, 4_000, 1_000)
    assert ann.net("RAIN") == 0
    assert ann.cash[0] - ann.available() == 4_000_000
    assert ann.available() >= 0


def test_own_orders_that_give_way_free_their_share_of_the_position() -> None:
    exchange = world(cash=8_000_000)
    ann = exchange.accounts["ann"]
    place(exchange, "crowd", ASK, 1_000, 1_000)
    place(exchange, "ann", BID, 1_000, 1_000)
    place(exchange, "ann", ASK, 6_000, 1_000)
    place(exchange, "ann", ASK, 7_000, 1_000)
    ann.cash[0] = 6_000_000 - 1
    # The ask at 0.60 goes, the one at 0.70 now closes the position: only the bid needs collateral.
    terms = order(BID, 6_000, 1_000, self_trade_prevention=SelfTradePrevention.MAKER)
    with pytest.raises(Rejection, match="insufficient_balance"):
        exchange.place("ann", terms, NOW)
    ann.cash[0] = 6_000_000
    assert exchange.place("ann", terms, NOW).remaining == 1_000
    assert ann.available() == 0


def test_an_own_order_that_gives_way_frees_nothing_twice() -> None:
    exchange = world(cash=8_000_000)
    ann = exchange.accounts["ann"]
    place(exchange, "crowd", ASK, 1_000, 1_000)
    place(exchange, "ann", BID, 1_000, 1_000)
    place(exchange, "ann", ASK, 6_000, 1_000)
    ann.cash[0] = 6_000_000 - 1
    terms = order(BID, 6_000, 1_000, self_trade_prevention=SelfTradePrevention.MAKER)
    with pytest.raises(Rejection, match="insufficient_balance"):
        exchange.place("ann", terms, NOW)
    assert ann.available() == 6_000_000 - 1


def test_a_cancel_of_a_thousand_orders_over_a_position_frees_all_their_cash() -> None:
    exchange = world(cash=10_000_000_000)
    place(exchange, "crowd", ASK, 5_000, 100_000)
    place(exchange, "ann", BID, 5_000, 100_000)
    for number in range(1_000):
        place(exchange, "ann", ASK, 6_000 + 100 * (number % 7), 200)
    assert len(exchange.cancel_all("ann", NOW)) == 1_000
    assert exchange.accounts["ann"].available() == exchange.accounts["ann"].cash[0]


def test_shards_have_cash_of_their_own() -> None:
    exchange = world()
    ann = exchange.accounts["ann"]
    ann.cash[2] = 5
    assert ann.available(0) == 100_000_000
    assert ann.available(2) == 5
    assert ann.available() == 100_000_005
    assert ann.available(1) == 0
