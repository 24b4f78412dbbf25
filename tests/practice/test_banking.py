"""Deposits, withdrawals, transfers between shards and target shares of cash."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.units import Money
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import CashMoved
from kalshi_tui.practice.rejections import Rejection
from kalshi_tui.practice.treasury import (
    REBALANCE_NS,
    TRANSFER_NS,
    Purse,
    Reservation,
    kept,
    rebalanced,
)
from tests.support.exchange_world import BID, NOW, listing, order, place, world

DOLLAR = 1_000_000


def two_shards() -> Exchange:
    """Return an exchange in which eve has 10 dollars on shard 0 and none on shard 1."""
    exchange = world()
    exchange.list_market(listing("SNOW", exchange_index=1), NOW)
    exchange.open_account("eve", {0: Money(10 * DOLLAR), 1: Money(0)}, NOW)
    exchange.take_happenings()
    return exchange


def cash(exchange: Exchange) -> Mapping[int, int]:
    """Return eve's cash by shard."""
    return exchange.accounts["eve"].cash


def test_the_starting_balance_is_a_deposit() -> None:
    exchange = two_shards()
    (first,) = exchange.deposits("eve")
    assert (first.amount, first.exchange_index, first.created_ns) == (10 * DOLLAR, 0, NOW)
    second = exchange.deposit("eve", Money(DOLLAR), NOW, 1)
    assert exchange.deposits("eve") == [second, first]
    assert exchange.withdrawals("eve") == []
    assert first.payment_id != second.payment_id


def test_only_available_cash_can_be_withdrawn() -> None:
    exchange = two_shards()
    place(exchange, "eve", BID, 5_000, 1_000)
    with pytest.raises(Rejection, match="insufficient_balance"):
        exchange.withdraw("eve", Money(5 * DOLLAR + 100), NOW)
    done = exchange.withdraw("eve", Money(5 * DOLLAR), NOW)
    assert exchange.withdrawals("eve") == [done]
    assert exchange.accounts["eve"].available(0) == 0
    assert CashMoved("eve", NOW) in exchange.take_happenings()


def test_a_transfer_leaves_at_once_and_arrives_later() -> None:
    exchange = two_shards()
    sent = exchange.transfer("eve", 0, 1, Money(4 * DOLLAR), NOW)
    assert (cash(exchange)[0], cash(exchange)[1], sent.complete) == (6 * DOLLAR, 0, False)
    assert exchange.purse("eve").in_transit == 4 * DOLLAR
    assert exchange.next_due_ns() == NOW + TRANSFER_NS
    exchange.advance(NOW + TRANSFER_NS)
    assert (cash(exchange)[1], sent.complete) == (4 * DOLLAR, True)
    assert exchange.transfer_of("eve", sent.transfer_id) is sent
    assert exchange.place("eve", order(BID, 4_000, 900, ticker="SNOW"), NOW + TRANSFER_NS)


def test_a_repeated_client_transfer_id_moves_nothing_whatever_it_says() -> None:
    exchange = two_shards()
    exchange.transfer("eve", 0, 1, Money(DOLLAR), NOW, "t-1")
    with pytest.raises(Rejection) as refused:
        exchange.transfer("eve", 0, 1, Money(2 * DOLLAR), NOW, "t-1")
    assert refused.value.status == 409
    assert cash(exchange)[0] == 9 * DOLLAR
    exchange.advance(NOW + TRANSFER_NS)
    exchange.transfer("eve", 1, 0, Money(DOLLAR), NOW + TRANSFER_NS, "t-1")
    exchange.transfer("eve", 0, 1, Money(DOLLAR), NOW + TRANSFER_NS)
    exchange.transfer("eve", 0, 1, Money(DOLLAR), NOW + TRANSFER_NS)
    assert len(exchange.transfers("eve")) == 4
    assert exchange.transfers("eve")[-1].client_transfer_id == "t-1"


@pytest.mark.parametrize(
    ("source", "destination", "amount", "code"),
    [
        (0, 1, 0, "invalid_parameters"),
        (0, 1, -100, "invalid_parameters"),
        (0, 1, 150, "invalid_parameters"),
        (0, 0, 100, "invalid_parameters"),
        (0, 7, 100, "invalid_parameters"),
        (0, 1, 10 * DOLLAR + 100, "insufficient_balance"),
    ],
)
def test_a_transfer_that_makes_no_sense_is_refused(
    source: int, destination: int, amount: int, code: str
) -> None:
    exchange = two_shards()
    with pytest.raises(Rejection, match=code):
        exchange.transfer("eve", source, destination, Money(amount), NOW)
    assert cash(exchange)[0] == 10 * DOLLAR
    assert exchange.transfers("eve") == []


def test_anothers_transfer_is_not_found_and_a_paused_shard_moves_none() -> None:
    exchange = two_shards()
    sent = exchange.transfer("eve", 0, 1, Money(DOLLAR), NOW)
    with pytest.raises(Rejection, match="not_found"):
        exchange.transfer_of("ann", sent.transfer_id)
    exchange.set_exchange(False, NOW, 1)
    with pytest.raises(Rejection, match="exchange_is_paused"):
        exchange.transfer("eve", 0, 1, Money(DOLLAR), NOW)


def test_an_allocation_spreads_the_cash_every_ten_seconds() -> None:
    exchange = two_shards()
    exchange.set_allocation("eve", {0: 25, 1: 75}, Reservation.SUM, NOW)
    exchange.advance(NOW + REBALANCE_NS - 1)
    assert cash(exchange)[1] == 0
    exchange.advance(NOW + REBALANCE_NS)
    assert dict(cash(exchange)) == {0: 2_500_000, 1: 7_500_000}
    exchange.deposit("eve", Money(2 * DOLLAR), NOW + REBALANCE_NS, 0)
    exchange.advance(NOW + 2 * REBALANCE_NS)
    assert dict(cash(exchange)) == {0: 3_000_000, 1: 9_000_000}
    exchange.set_allocation("eve", {}, Reservation.SUM, NOW + 2 * REBALANCE_NS)
    exchange.deposit("eve", Money(DOLLAR), NOW + 2 * REBALANCE_NS, 0)
    exchange.advance(NOW + 9 * REBALANCE_NS)
    assert cash(exchange)[0] == 4_000_000


@pytest.mark.parametrize(
    ("reservation", "left"),
    [(Reservation.SUM, 3_000_000), (Reservation.MAX, 2_000_000), (Reservation.NONE, 0)],
)
def test_a_rebalance_leaves_what_the_reservation_says(reservation: Reservation, left: int) -> None:
    exchange = two_shards()
    place(exchange, "eve", BID, 2_000, 1_000)
    place(exchange, "eve", BID.other, 9_000, 1_000)
    exchange.set_allocation("eve", {1: 100}, reservation, NOW)
    exchange.advance(NOW + REBALANCE_NS)
    assert cash(exchange)[0] == left


@pytest.mark.parametrize("percents", [{0: 99}, {0: 101}, {0: 150, 1: -50}, {0: 50, 9: 50}])
def test_shares_are_a_hundred_percent_of_shards_that_exist(percents: dict[int, int]) -> None:
    exchange = two_shards()
    with pytest.raises(Rejection, match="invalid_parameters"):
        exchange.set_allocation("eve", percents, Reservation.SUM, NOW)
    assert exchange.allocation("eve").percents == {}


@given(
    st.dictionaries(st.integers(0, 3), st.integers(-(10**6), 10**9), min_size=1),
    st.dictionaries(st.integers(0, 3), st.integers(0, 10**7)),
    st.lists(st.integers(0, 100), min_size=2, max_size=3),
)
def test_a_rebalance_makes_and_loses_nothing(
    cash_of: dict[int, int], left: dict[int, int], shares: list[int]
) -> None:
    first = shares[0]
    percents = {0: first, 2: 100 - first}
    after = rebalanced(cash_of, left, percents)
    assert sum(after.values()) == sum(cash_of.values())
    assert all(after[index] >= min(cash_of.get(index, 0), left.get(index, 0)) for index in after)


def test_the_word_of_the_reservation_decides_what_is_kept() -> None:
    assert [kept([5, 7, 1], each) for each in Reservation] == [0, 7, 13]
    assert kept([], Reservation.MAX) == 0


def test_money_on_its_way_arrives_after_a_restart() -> None:
    earlier = two_shards()
    earlier.transfer("eve", 0, 1, Money(DOLLAR), NOW)
    exchange = two_shards()
    purse: Purse = earlier.purse("eve")
    exchange.restore_purse("eve", purse, NOW + 10 * TRANSFER_NS)
    exchange.advance(NOW + 10 * TRANSFER_NS)
    assert cash(exchange)[1] == DOLLAR
    assert purse.in_transit == 0
