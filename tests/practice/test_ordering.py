"""Batches, routing by shard, and the tail of a cancel-all."""

import pytest

from kalshi_tui.core.units import Count, Money
from kalshi_tui.practice import rejections
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.orders import Canceled, CancelItem, OrderStatus, Placed
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import ASK, BID, NOW, SECOND, listing, order, place, world


def two_shards() -> Exchange:
    """Return an exchange with RAIN on shard 0 and SNOW on shard 1."""
    exchange = world()
    exchange.list_market(listing("SNOW", exchange_index=1), NOW)
    exchange.open_account("eve", {0: Money(10_000_000), 1: Money(2_000_000)}, NOW)
    exchange.take_happenings()
    return exchange


def codes(answers: "list[Placed | Rejection] | list[Canceled | Rejection]") -> list[str]:
    """Return the code of each refusal, or the kind of the answer."""
    return [e.code if isinstance(e, Rejection) else type(e).__name__ for e in answers]


def test_each_order_of_a_batch_is_answered_in_its_place() -> None:
    exchange = world()
    unreadable = rejections.invalid_parameters("count is not valid")
    answers = exchange.place_all(
        "ann",
        [
            order(BID, 4_000, 100, client_order_id="a"),
            order(BID, 4_005, 100),
            unreadable,
            order(BID, 4_000, 100, client_order_id="a"),
            order(ASK, 6_000, 100),
        ],
        NOW,
    )
    assert codes(answers) == [
        "Placed",
        "invalid_price",
        "invalid_parameters",
        "order_already_exists",
        "Placed",
    ]
    assert len(exchange.accounts["ann"].resting) == 2


def test_each_cancel_of_a_batch_is_answered_in_its_place() -> None:
    exchange = world()
    first = place(exchange, "ann", BID, 4_000, 100).order_id
    second = place(exchange, "ann", BID, 4_000, 200).order_id
    answers = exchange.cancel_each(
        "ann", [CancelItem(second), CancelItem("nothing"), CancelItem(first, 1)], NOW
    )
    assert codes(answers) == ["Canceled", "not_found", "not_found"]
    assert list(exchange.accounts["ann"].resting) == [first]


def test_an_order_for_the_wrong_shard_is_not_found_there() -> None:
    exchange = two_shards()
    wrong = order(BID, 4_000, 100, ticker="SNOW", exchange_index=0)
    with pytest.raises(Rejection, match="not_found"):
        exchange.place("eve", wrong, NOW)
    for index in (-1, 1):
        assert exchange.place("eve", wrong._replace(exchange_index=index), NOW).remaining == 100


def test_cash_of_another_shard_does_not_help() -> None:
    exchange = two_shards()
    dear = order(BID, 9_000, 300, ticker="SNOW")
    with pytest.raises(Rejection, match="insufficient_balance"):
        exchange.place("eve", dear, NOW)
    assert exchange.place("eve", dear._replace(ticker="RAIN"), NOW).remaining == 300


@pytest.mark.parametrize(
    ("index", "ticker", "shard"),
    [(None, None, 0), (None, "SNOW", 1), (-1, "SNOW", 1), (1, None, 1), (0, "SNOW", 0)],
)
def test_a_request_goes_where_it_says_or_where_its_market_is(
    index: int | None, ticker: str | None, shard: int
) -> None:
    assert two_shards().route(index, ticker) == shard


def test_routing_by_a_ticker_needs_a_ticker_that_exists() -> None:
    exchange = two_shards()
    with pytest.raises(Rejection, match="invalid_parameters"):
        exchange.route(-1, None)
    with pytest.raises(Rejection, match="not_found"):
        exchange.route(-1, "HAIL")


def test_the_tail_of_a_cancel_all_is_off_by_default() -> None:
    exchange = world()
    exchange.cancel_all("ann", NOW)
    placed = place(exchange, "ann", BID, 4_000, 100)
    exchange.advance(NOW + 120 * SECOND)
    assert exchange.order("ann", placed.order_id).status is OrderStatus.RESTING


def test_with_the_tail_switched_on_orders_of_the_next_minute_go_and_later_ones_stay() -> None:
    exchange = world()
    exchange.cancel_all_tail = True
    exchange.cancel_all("ann", NOW)
    late = exchange.place("ann", order(BID, 4_000, 100), NOW + 51 * SECOND)
    other = exchange.place("bob", order(BID, 4_000, 100), NOW + 51 * SECOND)
    exchange.advance(NOW + 60 * SECOND)
    assert exchange.order("ann", late.order_id).status is OrderStatus.CANCELED
    assert exchange.order("bob", other.order_id).status is OrderStatus.RESTING
    after = exchange.place("ann", order(BID, 4_000, 100), NOW + 60 * SECOND + 1)
    exchange.advance(NOW + 600 * SECOND)
    assert exchange.order("ann", after.order_id).status is OrderStatus.RESTING


def test_cancel_all_leaves_a_shard_that_is_paused_alone() -> None:
    exchange = two_shards()
    exchange.place("eve", order(BID, 4_000, 100), NOW)
    kept = exchange.place("eve", order(BID, 4_000, 100, ticker="SNOW"), NOW)
    exchange.set_exchange(False, NOW, 1)
    assert len(exchange.cancel_all("eve", NOW)) == 1
    assert list(exchange.accounts["eve"].resting) == [kept.order_id]
    exchange.set_exchange(False, NOW)
    with pytest.raises(Rejection, match="exchange_is_paused"):
        exchange.cancel_all("eve", NOW)


def test_all_queue_positions_are_those_of_the_single_question() -> None:
    exchange = two_shards()
    for account in ("ann", "eve", "ann", "bob", "eve"):
        for price in (4_000, 4_100):
            place(exchange, account, BID, price, 130)
    exchange.place("eve", order(BID, 4_000, 20, ticker="SNOW"), NOW)
    found = exchange.queue_positions("eve")
    assert [each.order_id for each, _ in found] == list(exchange.accounts["eve"].resting)
    assert all(ahead == exchange.queue_ahead(each.order_id) for each, ahead in found)
    assert [ahead for _, ahead in exchange.queue_positions("eve", {"SNOW"})] == [Count(0)]
