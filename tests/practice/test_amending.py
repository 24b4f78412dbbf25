"""Amend and decrease: what keeps the place in the queue, and what an amend that crosses does."""

from collections.abc import Callable

import pytest

from kalshi_tui.core.orders import SelfTradePrevention
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import BookChanged, FillMade, OrderUpdated, TradePrinted
from kalshi_tui.practice.orders import Amended, Amendment, OrderStatus, UpdateReason
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import ASK, BID, NOW, NOW_S, SECOND, place, world


def change(side: BookSide, price: int, total: int, **terms: object) -> Amendment:
    """Return an amendment of an order for RAIN."""
    return Amendment("RAIN", side, Price(price), Count(total))._replace(**terms)  # type: ignore[arg-type]


def amend(exchange: Exchange, order_id: str, amendment: Amendment) -> Amended:
    """Amend an order of ann's."""
    return exchange.amend("ann", order_id, amendment, NOW)


def refused(command: Callable[[], object]) -> tuple[int, str, str | None]:
    """Return status, code and details of a refusal."""
    with pytest.raises(Rejection) as caught:
        command()
    return caught.value.status, caught.value.code, caught.value.details


def queue() -> tuple[Exchange, str, str]:
    """Return an exchange in which ann's and then bob's bid of 10 stand at 40 cents."""
    exchange = world()
    first = place(exchange, "ann", BID, 4_000, 1_000).order_id
    second = place(exchange, "bob", BID, 4_000, 1_000).order_id
    exchange.take_happenings()
    return exchange, first, second


def test_a_smaller_total_keeps_the_place_and_is_one_delta() -> None:
    exchange, first, second = queue()
    done = amend(exchange, first, change(BID, 4_000, 300))
    assert (done.remaining, done.filled, done.resized) == (300, 0, True)
    assert exchange.queue_ahead(second) == 300
    delta, told = exchange.take_happenings()
    assert isinstance(delta, BookChanged)
    assert delta.change == -700
    assert isinstance(told, OrderUpdated)
    assert (told.order.reason, told.order.initial) == (UpdateReason.AMEND, 300)


def test_only_another_expiry_keeps_the_place_and_moves_nothing_in_the_book() -> None:
    exchange, first, second = queue()
    done = amend(exchange, first, change(BID, 4_000, 1_000, expires_s=NOW_S + 60))
    assert (done.remaining, done.resized) == (1_000, False)
    assert exchange.queue_ahead(second) == 1_000
    assert not any(isinstance(each, BookChanged) for each in exchange.take_happenings())
    exchange.advance(NOW + 60 * SECOND)
    order = exchange.order("ann", first)
    assert (order.status, order.reason) == (OrderStatus.CANCELED, UpdateReason.EXPIRY_CANCEL)


def test_expiry_zero_removes_it_and_none_keeps_it() -> None:
    exchange = world()
    placed = place(exchange, "ann", BID, 4_000, 100, expires_s=NOW_S + 5)
    amend(exchange, placed.order_id, change(BID, 3_900, 100))
    assert exchange.order("ann", placed.order_id).expires_s == NOW_S + 5
    amend(exchange, placed.order_id, change(BID, 3_900, 100, expires_s=0))
    exchange.advance(NOW + 10 * SECOND)
    assert exchange.order("ann", placed.order_id).status is OrderStatus.RESTING


@pytest.mark.parametrize(("price", "total"), [(4_000, 1_100), (4_100, 1_000), (3_900, 500)])
def test_more_contracts_or_another_price_goes_to_the_back(price: int, total: int) -> None:
    exchange, first, second = queue()
    place(exchange, "bob", BID, price, 50)
    exchange.take_happenings()
    amend(exchange, first, change(BID, price, total))
    book = exchange.markets["RAIN"].book
    assert [each.account_id for each in book.orders(BID, Price(price))][-1] == "ann"
    assert exchange.queue_ahead(second) == 0
    taken, added, _ = exchange.take_happenings()
    assert isinstance(taken, BookChanged)
    assert isinstance(added, BookChanged)
    assert (taken.change, added.change) == (-1_000, total)


def test_the_total_counts_what_is_filled() -> None:
    exchange, first, _ = queue()
    place(exchange, "crowd", ASK, 4_000, 400)
    done = amend(exchange, first, change(BID, 4_000, 500))
    assert (done.remaining, done.filled) == (100, 0)
    assert refused(lambda: amend(exchange, first, change(BID, 4_000, 399)))[:2] == (
        400,
        "invalid_order",
    )
    assert amend(exchange, first, change(BID, 4_100, 400)).remaining == 0
    order = exchange.order("ann", first)
    assert (order.status, order.filled, order.initial) == (OrderStatus.EXECUTED, 400, 400)


def test_an_amend_that_crosses_trades_like_a_taker_and_rests_what_is_left() -> None:
    exchange, first, _ = queue()
    place(exchange, "crowd", ASK, 4_500, 300)
    exchange.take_happenings()
    done = amend(exchange, first, change(BID, 4_500, 1_000))
    assert (done.filled, done.remaining, done.cost) == (300, 700, 300 * 4_500)
    kinds = [type(each).__name__ for each in exchange.take_happenings()]
    assert kinds[:5] == ["BookChanged", "BookChanged", "BookChanged", "TradePrinted", "FillMade"]
    fill = exchange.accounts["ann"].fills[-1]
    assert fill.is_taker
    assert done.fees == fill.fee
    assert exchange.order("ann", first).reason is UpdateReason.TRADE


def test_a_post_only_order_that_is_amended_into_a_cross_is_canceled_with_its_own_reason() -> None:
    exchange = world()
    place(exchange, "crowd", ASK, 4_500, 300)
    placed = place(exchange, "ann", BID, 4_000, 100, post_only=True)
    exchange.take_happenings()
    done = amend(exchange, placed.order_id, change(BID, 4_500, 100))
    assert (done.filled, done.remaining) == (0, 0)
    order = exchange.order("ann", placed.order_id)
    assert order.status is OrderStatus.CANCELED
    assert order.reason is UpdateReason.POST_ONLY_CROSS_CANCEL
    assert exchange.accounts["ann"].available() == 100_000_000
    assert not any(isinstance(each, TradePrinted) for each in exchange.take_happenings())


def test_an_amend_that_meets_an_own_order_obeys_the_self_trade_prevention_of_the_order() -> None:
    exchange = world()
    own = place(exchange, "ann", ASK, 4_500, 100).order_id
    stops = place(exchange, "ann", BID, 4_000, 100).order_id
    gives = place(
        exchange, "ann", BID, 4_000, 100, self_trade_prevention=SelfTradePrevention.MAKER
    ).order_id
    assert amend(exchange, stops, change(BID, 4_500, 100)).remaining == 0
    assert exchange.order("ann", stops).reason is UpdateReason.SELF_TRADE_CANCEL
    assert exchange.order("ann", own).status is OrderStatus.RESTING
    assert amend(exchange, gives, change(BID, 4_500, 100)).remaining == 100
    assert exchange.order("ann", own).reason is UpdateReason.SELF_TRADE_CANCEL


def test_a_new_name_is_burned_and_the_old_one_stays_burned() -> None:
    exchange = world()
    placed = place(exchange, "ann", BID, 4_000, 100, client_order_id="old")
    other = place(exchange, "ann", BID, 4_000, 100, client_order_id="taken")
    named = change(BID, 4_000, 100, updated_client_order_id="new")
    assert amend(exchange, placed.order_id, named).client_order_id == "new"
    for name in ("old", "new", "taken"):
        again = change(BID, 4_000, 100, updated_client_order_id=name)
        if name != "taken":
            code = refused(lambda again=again: amend(exchange, other.order_id, again))  # type: ignore[misc]
            assert code[:2] == (409, "order_already_exists")
        else:
            amend(exchange, other.order_id, again)


@pytest.mark.parametrize(
    ("amendment", "code"),
    [
        (change(ASK, 4_000, 100), "invalid_order"),
        (change(BID, 4_000, 100, ticker="SNOW"), "invalid_order"),
        (change(BID, 4_000, 100, client_order_id="other"), "invalid_order"),
        (change(BID, 4_005, 100), "invalid_price"),
        (change(BID, 4_000, 0), "invalid_order"),
        (change(BID, 4_000, 100, expires_s=NOW_S), "invalid_order"),
        (change(BID, 9_900, 1_000_000), "insufficient_balance"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(amendment: Amendment, code: str) -> None:
    exchange, first, second = queue()
    before = exchange.order("ann", first).report()
    assert refused(lambda: amend(exchange, first, amendment))[1] == code
    assert exchange.order("ann", first).report() == before
    assert exchange.queue_ahead(second) == 1_000
    assert exchange.take_happenings() == []


def test_the_collateral_of_the_old_terms_counts_for_the_new_ones() -> None:
    exchange = world()
    placed = place(exchange, "ann", BID, 4_000, 15_000)
    amend(exchange, placed.order_id, change(BID, 6_500, 15_000))
    assert exchange.accounts["ann"].available() == 100_000_000 - 15_000 * 6_500
    too_dear = change(BID, 6_700, 15_000)
    assert refused(lambda: amend(exchange, placed.order_id, too_dear))[1] == "insufficient_balance"


def test_amend_and_decrease_are_refused_in_a_trading_pause_and_an_inactive_market() -> None:
    exchange, first, _ = queue()
    exchange.set_trading(False, NOW)
    smaller = change(BID, 4_000, 100)
    assert refused(lambda: amend(exchange, first, smaller))[:2] == (409, "trading_is_paused")
    by = Count(1)
    assert refused(lambda: exchange.decrease("ann", first, NOW, reduce_by=by))[0] == 409
    exchange.set_trading(True, NOW)
    exchange.pause_market("RAIN", NOW)
    assert refused(lambda: amend(exchange, first, smaller))[:2] == (400, "market_inactive")


def test_anothers_order_and_one_on_another_shard_are_not_found() -> None:
    exchange, first, second = queue()
    smaller = change(BID, 4_000, 100)
    assert refused(lambda: amend(exchange, second, smaller))[0] == 404
    assert refused(lambda: exchange.amend("ann", first, smaller, NOW, 1))[0] == 404
    assert refused(lambda: exchange.decrease("ann", first, NOW, exchange_index=1))[0] == 404


def test_a_decrease_keeps_the_place_and_the_initial_count() -> None:
    exchange, first, second = queue()
    assert exchange.decrease("ann", first, NOW, reduce_by=Count(400)).remaining == 600
    assert exchange.decrease("ann", first, NOW, reduce_to=Count(250)).remaining == 250
    assert exchange.queue_ahead(second) == 250
    order = exchange.order("ann", first)
    assert (order.initial, order.reason) == (1_000, UpdateReason.DECREASE)
    assert exchange.accounts["ann"].available() == 100_000_000 - 250 * 4_000


@pytest.mark.parametrize("terms", [{"reduce_by": Count(5_000)}, {"reduce_to": NO_COUNT}])
def test_a_decrease_to_nothing_cancels(terms: dict[str, Count]) -> None:
    exchange, first, _ = queue()
    assert exchange.decrease("ann", first, NOW, **terms).remaining == 0
    assert exchange.order("ann", first).status is OrderStatus.CANCELED


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"reduce_by": Count(1), "reduce_to": Count(1)},
        {"reduce_by": NO_COUNT},
        {"reduce_to": Count(1_001)},
    ],
)
def test_a_decrease_takes_exactly_one_number_that_makes_sense(terms: dict[str, Count]) -> None:
    exchange, first, _ = queue()
    status, code, _ = refused(lambda: exchange.decrease("ann", first, NOW, **terms))
    assert status == 400
    assert code in ("invalid_order", "invalid_parameters")
    assert exchange.order("ann", first).remaining == 1_000


def test_the_fee_accumulator_goes_on_over_an_amend() -> None:
    exchange = world()
    place(exchange, "crowd", ASK, 5_200, 100)
    placed = place(exchange, "ann", BID, 5_200, 400)
    for _ in range(3):
        amend(exchange, placed.order_id, change(BID, 4_000, 400))
        place(exchange, "crowd", ASK, 5_200, 100)
        amend(exchange, placed.order_id, change(BID, 5_200, 400))
    fees = [each.fee for each in exchange.accounts["ann"].fills]
    assert fees == [17_500, 17_500, 17_500, 17_400]
    assert sum(isinstance(each, FillMade) for each in exchange.take_happenings()) == 4
