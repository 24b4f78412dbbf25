"""Order entry, its refusals, and the order in which the exchange tells what happened."""

import pytest

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.units import Money
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import (
    BookChanged,
    FillMade,
    Happening,
    OrderUpdated,
    PositionUpdated,
    TradePrinted,
)
from kalshi_tui.practice.orders import OrderStatus, UpdateReason
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import (
    ASK,
    BID,
    NOW,
    NOW_S,
    listing,
    order,
    place,
    refusal,
    world,
)

IOC, FOK = TimeInForce.IOC, TimeInForce.FOK
MAKER = SelfTradePrevention.MAKER


def story(happenings: list[Happening]) -> list[str]:
    """Return happenings as short words."""
    return [f"{type(each).__name__} {_words(each)}".rstrip() for each in happenings]


def _words(each: Happening) -> str:
    if isinstance(each, BookChanged):
        return f"{each.side.value} {each.price} {each.change:+d} {each.account_id}"
    if isinstance(each, TradePrinted):
        return f"{each.price} {each.size} {each.taker_side.value}"
    if isinstance(each, FillMade):
        return f"{each.account_id} {each.fill.price} {each.fill.size}"
    if isinstance(each, OrderUpdated):
        status = each.order.status.value
        return f"{each.account_id} {status} {each.order.remaining} {each.order.reason.value}"
    if isinstance(each, PositionUpdated):
        return f"{each.account_id} {each.position.net}"
    return str(getattr(each, "ticker", each))


def test_a_sweep_tells_makers_then_the_rest_then_trades_then_the_private_reports() -> None:
    exchange = world()
    place(exchange, "crowd", ASK, 5_200, 100)
    place(exchange, "bob", ASK, 5_100, 100, client_order_id="b1")
    exchange.take_happenings()
    placed = place(exchange, "ann", BID, 5_200, 300, client_order_id="a1")
    assert (placed.filled, placed.remaining, placed.cost) == (200, 100, 1_030_000)
    assert story(exchange.take_happenings()) == [
        "BookChanged ask 5100 -100 bob",
        "BookChanged ask 5200 -100",
        "BookChanged bid 5200 +100 ann",
        "TradePrinted 5100 100 bid",
        "TradePrinted 5200 100 bid",
        "FillMade ann 5100 100",
        "FillMade bob 5100 100",
        "FillMade ann 5200 100",
        "OrderUpdated ann resting 100 Trade",
        "OrderUpdated bob executed 0 Trade",
        "PositionUpdated ann 200",
        "PositionUpdated bob -100",
    ]


def test_the_crowd_has_no_private_feed_and_no_annotation() -> None:
    exchange = world()
    exchange.open_house("other")
    place(exchange, "crowd", ASK, 5_200, 100)
    placed = place(exchange, "other", BID, 5_200, 100)
    exchange.take_happenings()
    assert placed.filled == 100
    place(exchange, "crowd", ASK, 5_200, 100)
    exchange.cancel_all("crowd", NOW)
    assert story(exchange.take_happenings()) == [
        "BookChanged ask 5200 +100",
        "BookChanged ask 5200 -100",
    ]
    assert exchange.house["crowd"].orders == {}


def test_the_clock_of_a_market_grows_by_one_with_each_change_and_begins_at_one() -> None:
    exchange = world()
    assert exchange.markets["RAIN"].clock == 0
    placed = place(exchange, "ann", BID, 4_000, 100)
    exchange.cancel("ann", placed.order_id, NOW)
    changes = [each for each in exchange.take_happenings() if isinstance(each, BookChanged)]
    assert [(each.clock, each.change) for each in changes] == [(1, 100), (2, -100)]


def test_a_trade_moves_last_price_volume_and_open_interest() -> None:
    exchange = world()
    market = exchange.markets["RAIN"]
    place(exchange, "crowd", ASK, 5_200, 300)
    place(exchange, "ann", BID, 5_200, 155)
    assert (market.last_price, market.last_size, market.volume) == (5_200, 155, 155)
    assert market.open_interest == 155
    place(exchange, "crowd", BID, 5_000, 100)
    place(exchange, "ann", ASK, 5_000, 100)
    assert (market.last_price, market.volume, market.open_interest) == (5_000, 255, 55)
    assert market.last_trade_ns == NOW


def test_the_taker_gets_the_makers_price_and_pays_the_recorded_fee() -> None:
    # Recorded on the demo: IOC bid 1 at 0.99 against an ask of 0.52 fills at 0.52, fee 0.0175.
    exchange = world()
    place(exchange, "crowd", ASK, 5_200, 500)
    placed = place(exchange, "ann", BID, 9_900, 100, time_in_force=IOC)
    assert (placed.filled, placed.remaining, placed.cost, placed.fees) == (100, 0, 520_000, 17_500)
    assert exchange.accounts["ann"].available() == 100_000_000 - 537_500


def test_four_small_fills_cost_what_the_accumulator_gives_back() -> None:
    exchange = world()
    for _ in range(4):
        place(exchange, "crowd", ASK, 5_200, 100)
    placed = place(exchange, "ann", BID, 5_200, 400)
    assert placed.fees == 69_900
    assert [fill.fee for fill in exchange.accounts["ann"].fills] == [17_500, 17_500, 17_500, 17_400]
    assert exchange.accounts["ann"].available() == 100_000_000 - 2_149_900


def test_a_maker_pays_a_quarter_where_the_series_says_so() -> None:
    exchange = world()
    exchange.markets["RAIN"].fees = FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES)
    resting = place(exchange, "ann", BID, 2_500, 1_000)
    place(exchange, "crowd", ASK, 2_500, 1_000)
    done = exchange.order("ann", resting.order_id)
    assert (done.maker_fees, done.taker_fees, done.maker_cost) == (32_900, 0, 2_500_000)
    assert exchange.accounts["ann"].available() == 100_000_000 - 2_532_900


@pytest.mark.parametrize("price", [0, 10_000, 5_150, 5_199])
def test_a_price_off_the_grid_is_an_invalid_price(price: int) -> None:
    assert refusal(world(), "ann", BID, price, 100) == (
        400,
        {"code": "invalid_price", "message": "invalid price"},
    )


def test_a_sub_cent_price_and_a_fractional_count_rest_where_the_grid_allows_them() -> None:
    exchange = Exchange()
    exchange.list_market(listing(grid=PUBLISHED_GRIDS["tapered_deci_cent"]), NOW)
    exchange.open_account("ann", {0: Money(1_000_000)})
    place(exchange, "ann", BID, 960, 1)
    assert exchange.markets["RAIN"].book.levels(BID) == [(960, 1)]
    assert refusal(exchange, "ann", BID, 1_010, 1)[1]["code"] == "invalid_price"


def test_insufficient_balance_leaves_no_order_and_burns_no_id() -> None:
    exchange = world(cash=5_000_000)
    status, error = refusal(exchange, "ann", BID, 9_900, 1_009_900, client_order_id="x")
    assert (status, error) == (
        400,
        {"code": "insufficient_balance", "message": "insufficient balance"},
    )
    assert place(exchange, "ann", BID, 100, 100, client_order_id="x").remaining == 100


def test_the_fee_has_to_be_covered_too() -> None:
    exchange = world(cash=520_000)
    place(exchange, "crowd", ASK, 5_200, 100)
    assert refusal(exchange, "ann", BID, 5_200, 100)[1]["code"] == "insufficient_balance"
    exchange.accounts["ann"].cash[0] = 537_500
    assert place(exchange, "ann", BID, 5_200, 100).filled == 100
    assert exchange.accounts["ann"].available() == 0


def test_collateral_is_checked_at_the_limit_though_the_fill_is_cheaper() -> None:
    exchange = world(cash=600_000)
    place(exchange, "crowd", ASK, 5_200, 100)
    assert refusal(exchange, "ann", BID, 9_900, 100)[1]["code"] == "insufficient_balance"
    assert place(exchange, "ann", BID, 5_300, 100).filled == 100


def test_cash_is_that_of_the_markets_own_shard() -> None:
    exchange = world()
    exchange.list_market(listing("COIN", exchange_index=2), NOW)
    terms = order(BID, 5_000, 100)._replace(ticker="COIN")
    with pytest.raises(Rejection, match="insufficient_balance"):
        exchange.place("ann", terms, NOW)


def test_a_client_order_id_is_burned_for_ever() -> None:
    exchange = world()
    placed = place(exchange, "ann", BID, 100, 100, client_order_id="x")
    duplicate = (409, {"code": "order_already_exists", "message": "order already exists"})
    assert refusal(exchange, "ann", BID, 100, 100, client_order_id="x") == duplicate
    exchange.cancel("ann", placed.order_id, NOW)
    assert refusal(exchange, "ann", ASK, 9_900, 300, client_order_id="x") == duplicate
    assert place(exchange, "bob", BID, 100, 100, client_order_id="x").remaining == 100
    exchange.close_market("RAIN", NOW)
    assert refusal(exchange, "ann", BID, 100, 100, client_order_id="x") == duplicate


def test_post_only_that_would_cross_is_refused_and_one_that_would_not_rests() -> None:
    exchange = world()
    place(exchange, "crowd", ASK, 5_200, 100)
    assert refusal(exchange, "ann", BID, 5_200, 100, post_only=True) == (
        400,
        {"code": "invalid_order", "message": "invalid order", "details": "post only cross"},
    )
    assert place(exchange, "ann", BID, 5_100, 100, post_only=True).remaining == 100


def test_immediate_or_cancel_takes_what_is_there_and_rests_nothing() -> None:
    exchange = world()
    place(exchange, "crowd", ASK, 5_200, 100)
    placed = place(exchange, "ann", BID, 5_200, 300, time_in_force=IOC)
    assert (placed.filled, placed.remaining) == (100, 0)
    done = exchange.order("ann", placed.order_id)
    assert (done.status, done.initial, done.filled) == (OrderStatus.CANCELED, 300, 100)
    nothing = place(exchange, "ann", BID, 5_200, 300, time_in_force=IOC)
    assert (nothing.filled, nothing.remaining, nothing.fees) == (0, 0, 0)
    assert exchange.markets["RAIN"].book.levels(BID) == []


def test_fill_or_kill_is_all_or_nothing_and_a_kill_leaves_no_order() -> None:
    exchange = world()
    place(exchange, "crowd", ASK, 5_200, 100)
    place(exchange, "crowd", ASK, 5_300, 100)
    exchange.take_happenings()
    status, error = refusal(exchange, "ann", BID, 5_200, 101, time_in_force=FOK)
    assert (status, error["code"]) == (409, "fill_or_kill_insufficient_resting_volume")
    assert list(exchange.orders("ann")) == []
    assert exchange.take_happenings() == []
    assert place(exchange, "ann", BID, 5_300, 200, time_in_force=FOK).filled == 200


def test_reduce_only_is_capped_by_the_position_and_says_so() -> None:
    exchange = world()
    place(exchange, "crowd", ASK, 5_000, 200)
    place(exchange, "crowd", BID, 4_900, 900)
    place(exchange, "ann", BID, 5_000, 200)
    placed = place(exchange, "ann", ASK, 4_900, 500, time_in_force=IOC, reduce_only=True)
    assert (placed.filled, placed.remaining) == (200, 0)
    done = exchange.order("ann", placed.order_id)
    assert (done.status, done.reason) == (OrderStatus.CANCELED, UpdateReason.REDUCE_ONLY_CANCEL)
    flat = place(exchange, "ann", ASK, 4_900, 500, time_in_force=IOC, reduce_only=True)
    assert flat.filled == 0
    assert exchange.accounts["ann"].net("RAIN") == 0


@pytest.mark.parametrize(
    "terms",
    [
        {"reduce_only": True},
        {"reduce_only": True, "time_in_force": FOK},
        {"post_only": True, "time_in_force": IOC},
        {"expires_s": NOW_S + 60, "time_in_force": IOC},
        {"expires_s": NOW_S},
        {"expires_s": 0},
    ],
)
def test_terms_that_contradict_each_other_are_an_invalid_order(terms: dict[str, object]) -> None:
    status, error = refusal(world(), "ann", BID, 5_000, 100, **terms)
    assert (status, error["code"]) == (400, "invalid_order")


def test_a_count_of_nothing_is_an_invalid_order() -> None:
    assert refusal(world(), "ann", BID, 5_000, 0)[1]["code"] == "invalid_order"


def test_taker_at_cross_cancels_the_taker_and_leaves_the_own_order_alone() -> None:
    # Recorded on the demo: 201 with fill 0.00 and remaining 0.00, the resting order untouched.
    exchange = world()
    resting = place(exchange, "ann", BID, 4_800, 100)
    placed = place(exchange, "ann", ASK, 4_800, 100)
    assert (placed.filled, placed.remaining) == (0, 0)
    done = exchange.order("ann", placed.order_id)
    assert (done.status, done.reason) == (OrderStatus.CANCELED, UpdateReason.SELF_TRADE_CANCEL)
    assert exchange.order("ann", resting.order_id).remaining == 100


def test_fills_before_the_own_order_stand_even_for_fill_or_kill() -> None:
    exchange = world()
    place(exchange, "crowd", BID, 4_900, 100)
    place(exchange, "ann", BID, 4_800, 100)
    placed = place(exchange, "ann", ASK, 4_800, 200, time_in_force=FOK)
    assert (placed.filled, placed.remaining) == (100, 0)
    done = exchange.order("ann", placed.order_id)
    assert (done.status, done.reason) == (OrderStatus.CANCELED, UpdateReason.SELF_TRADE_CANCEL)


def test_maker_prevention_cancels_the_own_order_after_the_rest_was_added() -> None:
    exchange = world()
    resting = place(exchange, "ann", BID, 4_900, 100)
    place(exchange, "crowd", BID, 4_800, 100)
    exchange.take_happenings()
    placed = place(exchange, "ann", ASK, 4_800, 300, self_trade_prevention=MAKER)
    assert (placed.filled, placed.remaining) == (100, 200)
    own = exchange.order("ann", resting.order_id)
    assert (own.status, own.reason) == (OrderStatus.CANCELED, UpdateReason.SELF_TRADE_CANCEL)
    changes = [each for each in story(exchange.take_happenings()) if each.startswith("Book")]
    assert changes == [
        "BookChanged bid 4800 -100",
        "BookChanged ask 4800 +200 ann",
        "BookChanged bid 4900 -100 ann",
    ]


def test_own_orders_do_not_help_a_fill_or_kill_that_would_cancel_them() -> None:
    exchange = world()
    place(exchange, "ann", BID, 4_900, 100)
    place(exchange, "crowd", BID, 4_900, 50)
    status, _ = refusal(
        exchange, "ann", ASK, 4_900, 100, time_in_force=FOK, self_trade_prevention=MAKER
    )
    assert status == 409


def test_cancel_gives_back_what_was_left_and_anything_not_live_is_not_found() -> None:
    exchange = world()
    placed = place(exchange, "ann", ASK, 5_000, 300, client_order_id="x")
    place(exchange, "crowd", BID, 5_000, 100)
    canceled = exchange.cancel("ann", placed.order_id, NOW + 1)
    assert canceled == (placed.order_id, "x", 200, NOW + 1)
    done = exchange.order("ann", placed.order_id)
    assert (done.status, done.remaining, done.initial) == (OrderStatus.CANCELED, 0, 300)
    filled = place(exchange, "ann", BID, 100, 100)
    place(exchange, "crowd", ASK, 100, 100)
    for account, order_id in [
        ("ann", placed.order_id),
        ("ann", filled.order_id),
        ("ann", "unknown"),
    ]:
        with pytest.raises(Rejection) as refused:
            exchange.cancel(account, order_id, NOW)
        assert (refused.value.status, refused.value.code) == (404, "not_found")


def test_nobody_cancels_or_reads_anothers_order() -> None:
    exchange = world()
    placed = place(exchange, "ann", BID, 5_000, 100)
    for attempt in (exchange.order, lambda who, what: exchange.cancel(who, what, NOW)):
        with pytest.raises(Rejection, match="not_found"):
            attempt("bob", placed.order_id)


def test_cancel_all_leaves_nothing_of_the_account_and_everything_of_the_others() -> None:
    exchange = world()
    for price in (4_000, 4_100):
        place(exchange, "ann", BID, price, 100)
        place(exchange, "bob", BID, price, 100)
    assert len(exchange.cancel_all("ann", NOW)) == 2
    assert exchange.markets["RAIN"].book.levels(BID) == [(4_100, 100), (4_000, 100)]
    assert exchange.cancel_all("ann", NOW) == []


def test_queue_position_counts_what_is_ahead_at_the_price() -> None:
    exchange = world()
    place(exchange, "crowd", BID, 4_800, 155)
    placed = place(exchange, "ann", BID, 4_800, 100)
    assert exchange.queue_ahead(placed.order_id) == 155
    exchange.cancel_all("crowd", NOW)
    assert exchange.queue_ahead(placed.order_id) == 0
    place(exchange, "crowd", ASK, 4_800, 100)
    with pytest.raises(Rejection, match="not_found"):
        exchange.queue_ahead(placed.order_id)


def test_orders_are_listed_newest_first() -> None:
    exchange = world()
    first = place(exchange, "ann", BID, 4_000, 100)
    second = place(exchange, "ann", BID, 4_100, 100)
    exchange.cancel("ann", first.order_id, NOW)
    assert [each.order_id for each in exchange.orders("ann")] == [second.order_id, first.order_id]


def test_an_unknown_market_is_not_found() -> None:
    exchange = world()
    with pytest.raises(Rejection, match="not_found"):
        exchange.place("ann", order(BID, 5_000, 100)._replace(ticker="SNOW"), NOW)


def test_orders_of_one_run_have_ids_that_no_other_run_makes() -> None:
    made = set()
    for run in (0, 1):
        exchange = Exchange(run=run)
        exchange.list_market(listing(), NOW)
        exchange.open_account("ann", {0: Money(9_000_000)})
        made |= {place(exchange, "ann", BID, 5_000, 100).order_id for _ in range(5)}
    assert len(made) == 10
