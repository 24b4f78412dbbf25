"""Order groups: the rolling window, the limit, and what each command tells."""

import pytest

from kalshi_tui.core.units import Count, Money
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.groups import WINDOW_NS
from kalshi_tui.practice.happenings import GroupEvent, GroupUpdated
from kalshi_tui.practice.orders import OrderStatus
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import ASK, BID, NOW, listing, order, place, world

TEN = Count(1_000)


def grouped() -> tuple[Exchange, str]:
    """Return an exchange with a group of ann's that may match ten contracts."""
    exchange = world()
    exchange.take_happenings()
    return exchange, exchange.create_group("ann", TEN, NOW).group_id


def told(exchange: Exchange) -> list[tuple[GroupEvent, Count | None]]:
    """Return what was told of groups."""
    found = [each for each in exchange.take_happenings() if isinstance(each, GroupUpdated)]
    assert {each.account_id for each in found} <= {"ann"}
    return [(each.event, each.limit) for each in found]


def test_below_the_limit_nothing_happens_and_at_the_limit_everything_is_canceled() -> None:
    exchange, group = grouped()
    first = place(exchange, "ann", BID, 4_000, 1_500, order_group_id=group)
    second = place(exchange, "ann", BID, 3_000, 100, order_group_id=group)
    free = place(exchange, "ann", BID, 3_000, 100)
    place(exchange, "crowd", ASK, 4_000, 999)
    assert not exchange.group("ann", group).triggered
    assert exchange.group_orders("ann", group) == [first.order_id, second.order_id]
    assert told(exchange) == [(GroupEvent.CREATED, TEN)]
    place(exchange, "crowd", ASK, 4_000, 1)
    assert exchange.group("ann", group).triggered
    assert told(exchange) == [(GroupEvent.TRIGGERED, None)]
    assert list(exchange.accounts["ann"].resting) == [free.order_id]
    assert exchange.order("ann", first.order_id).filled == 1_000


def test_a_taker_that_goes_through_the_limit_fills_and_its_rest_is_canceled() -> None:
    exchange, group = grouped()
    place(exchange, "crowd", ASK, 4_000, 1_200)
    placed = place(exchange, "ann", BID, 4_000, 2_000, order_group_id=group)
    assert (placed.filled, placed.remaining) == (1_200, 0)
    assert exchange.order("ann", placed.order_id).status is OrderStatus.CANCELED


def test_a_triggered_group_takes_no_orders_until_it_is_reset() -> None:
    exchange, group = grouped()
    exchange.trigger_group("ann", group, NOW)
    with pytest.raises(Rejection, match="invalid_order"):
        place(exchange, "ann", BID, 4_000, 100, order_group_id=group)
    exchange.reset_group("ann", group, NOW)
    assert place(exchange, "ann", BID, 4_000, 100, order_group_id=group).remaining == 100
    assert [event for event, _ in told(exchange)] == [
        GroupEvent.CREATED,
        GroupEvent.TRIGGERED,
        GroupEvent.RESET,
    ]


@pytest.mark.parametrize(("later_ns", "triggered"), [(WINDOW_NS - 1, True), (WINDOW_NS, False)])
def test_a_match_counts_for_fifteen_seconds(later_ns: int, triggered: bool) -> None:
    exchange, group = grouped()
    place(exchange, "ann", BID, 4_000, 1_500, order_group_id=group)
    place(exchange, "crowd", ASK, 4_000, 600)
    exchange.place("crowd", order(ASK, 4_000, 600), NOW + later_ns)
    assert exchange.group("ann", group).triggered is triggered


def test_a_lower_limit_that_is_reached_already_triggers_at_once() -> None:
    exchange, group = grouped()
    place(exchange, "ann", BID, 4_000, 1_500, order_group_id=group)
    place(exchange, "crowd", ASK, 4_000, 600)
    exchange.limit_group("ann", group, Count(700), NOW)
    assert not exchange.group("ann", group).triggered
    exchange.limit_group("ann", group, Count(600), NOW)
    assert exchange.group_orders("ann", group) == []
    assert told(exchange)[1:] == [
        (GroupEvent.LIMIT_UPDATED, 700),
        (GroupEvent.LIMIT_UPDATED, 600),
        (GroupEvent.TRIGGERED, None),
    ]


def test_deleting_a_group_cancels_its_orders_and_forgets_it() -> None:
    exchange, group = grouped()
    placed = place(exchange, "ann", BID, 4_000, 100, order_group_id=group)
    exchange.delete_group("ann", group, NOW)
    assert exchange.order("ann", placed.order_id).status is OrderStatus.CANCELED
    assert exchange.groups("ann") == []
    with pytest.raises(Rejection, match="not_found"):
        exchange.group("ann", group)
    assert told(exchange)[-1] == (GroupEvent.DELETED, None)


def test_groups_belong_to_their_account_and_their_shard() -> None:
    exchange, group = grouped()
    exchange.list_market(listing("SNOW", exchange_index=1), NOW)
    exchange.deposit("ann", Money(5_000_000), NOW, 1)
    with pytest.raises(Rejection, match="not_found"):
        place(exchange, "bob", BID, 4_000, 100, order_group_id=group)
    with pytest.raises(Rejection, match="not_found"):
        exchange.reset_group("ann", group, NOW, 1)
    with pytest.raises(Rejection, match="invalid_order"):
        place(exchange, "ann", BID, 4_000, 100, order_group_id=group, ticker="SNOW")
    exchange.reset_group("ann", group, NOW, 0)


@pytest.mark.parametrize("limit", [0, 99, 100_000_001])
def test_a_limit_is_one_to_a_million_contracts(limit: int) -> None:
    exchange, group = grouped()
    with pytest.raises(Rejection, match="invalid_parameters"):
        exchange.create_group("ann", Count(limit), NOW)
    with pytest.raises(Rejection, match="invalid_parameters"):
        exchange.limit_group("ann", group, Count(limit), NOW)
    assert exchange.group("ann", group).limit == TEN


def test_an_exchange_pause_stops_group_commands() -> None:
    exchange, group = grouped()
    exchange.set_exchange(False, NOW)
    with pytest.raises(Rejection, match="exchange_is_paused"):
        exchange.trigger_group("ann", group, NOW)
