"""The count of numbered frames, and the text of commands."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.subscription import (
    Channel,
    Order,
    Subscription,
    list_command,
    subscribe_command,
    unsubscribe_command,
    update_command,
)


def bound() -> Subscription:
    sub = Subscription(Channel.BOOKS)
    sub.bind(1)
    return sub


@pytest.mark.parametrize(
    ("numbers", "orders"),
    [
        ([1, 2, 3], "NEXT NEXT NEXT"),
        ([1, 2, 2], "NEXT NEXT REPEAT"),
        ([1, 2, 4, 5], "NEXT NEXT GAP NEXT"),
        ([1, 3, 2, 4], "NEXT GAP BACK NEXT"),
        ([7, 8], "GAP NEXT"),
        ([0, 1], "GAP NEXT"),
        ([1, 2, 3, 1], "NEXT NEXT NEXT BACK"),
    ],
)
def test_each_number_is_judged_by_the_one_before(numbers: list[int], orders: str) -> None:
    sub = bound()
    assert [sub.count(seq, f"frame {seq}").name for seq in numbers] == orders.split()


def test_the_same_number_with_other_content_is_no_repeat() -> None:
    sub = bound()
    sub.count(1, "one")
    assert sub.count(1, "two") is Order.BACK
    assert sub.count(1, "one") is Order.REPEAT


@given(st.lists(st.integers(0, 12), max_size=30))
def test_only_an_unbroken_run_from_one_is_never_doubted(numbers: list[int]) -> None:
    sub = bound()
    orders = [sub.count(seq, str(seq)) for seq in numbers]
    is_unbroken = numbers == list(range(1, len(numbers) + 1))
    assert all(order is Order.NEXT for order in orders) == is_unbroken


def test_a_new_sid_counts_from_its_own_beginning() -> None:
    sub = bound()
    sub.count(1, "a")
    sub.count(2, "b")
    sub.bind(2)
    assert sub.count(1, "a") is Order.NEXT


def test_commands_are_spelled_as_specified() -> None:
    commands = [
        subscribe_command(1, Channel.BOOKS, ("A", "B"), yes_scale=True),
        subscribe_command(2, Channel.QUOTES, (), yes_scale=True),
        unsubscribe_command(3, 7),
        update_command(4, 7, "get_snapshot", ("A",)),
        list_command(5),
    ]
    assert [json.loads(command) for command in commands] == [
        {
            "id": 1,
            "cmd": "subscribe",
            "params": {
                "channels": ["orderbook_delta"],
                "market_tickers": ["A", "B"],
                "use_yes_price": True,
            },
        },
        {"id": 2, "cmd": "subscribe", "params": {"channels": ["ticker"]}},
        {"id": 3, "cmd": "unsubscribe", "params": {"sids": [7]}},
        {
            "id": 4,
            "cmd": "update_subscription",
            "params": {"sids": [7], "action": "get_snapshot", "market_tickers": ["A"]},
        },
        {"id": 5, "cmd": "list_subscriptions"},
    ]
