"""Token buckets: what they admit, second by second, against a plain account of the rule."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.practice.limits import (
    COSTS,
    TIERS,
    UNLIMITED,
    Bucket,
    Purse,
    Toll,
    TooManyRequests,
    Turnstile,
    toll,
)

SECOND = 1_000_000_000
ORDERS = "/portfolio/events/orders"


@given(
    st.integers(1, 50),
    st.integers(1, 200),
    st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(1, 60)), max_size=40),
)
def test_a_bucket_is_the_exact_sum_of_what_came_and_went(
    rate: int, capacity: int, calls: list[tuple[int, int]]
) -> None:
    bucket, level, now_ns = Bucket(rate, capacity), Fraction(capacity), 0
    for wait_ns, cost in calls:
        now_ns += wait_ns
        level = min(Fraction(capacity), level + Fraction(wait_ns * rate, SECOND))
        assert bucket.has(cost, now_ns) is (level >= cost)
        if level >= cost:
            bucket.take(cost)
            level -= cost


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = Bucket(10, 10)
    assert bucket.has(10, 5 * SECOND)
    bucket.take(10)
    assert not bucket.has(1, 4 * SECOND)
    assert not bucket.has(2, 4 * SECOND + SECOND // 10)


def test_basic_has_ten_orders_at_once_and_ten_a_second() -> None:
    gate = Turnstile()
    order = toll("POST", ORDERS)
    assert [gate.admits("ann", order, "basic", (0,), 0) for _ in range(11)] == [True] * 10 + [False]
    assert gate.admits("bob", order, "basic", (0,), 0), "each account has its own"
    assert not gate.admits("ann", order, "basic", (0,), SECOND // 20)
    assert gate.admits("ann", order, "basic", (0,), SECOND // 10)


def test_a_batch_that_does_not_fit_costs_nothing() -> None:
    gate = Turnstile()
    assert not gate.admits("ann", toll("POST", f"{ORDERS}/batched", None, 11), "basic", (0,), 0)
    assert gate.admits("ann", toll("POST", f"{ORDERS}/batched", None, 10), "basic", (0,), 0)
    assert toll("DELETE", f"{ORDERS}/batched", None, 50).cost == 100


def test_a_shard_that_is_named_pays_alone_and_auto_routing_makes_all_pay() -> None:
    purse = Purse(TIERS["basic"])
    for index in (1, 2):
        purse.shard(index)
    assert purse.pay(Toll(True, 100, 1), 0)
    assert purse.pay(Toll(True, 90, 0), 0)
    assert not purse.pay(Toll(True, 10, None), 0), "shard 1 has nothing left"
    assert purse.pay(Toll(True, 100, 2), 0)
    assert purse.pay(Toll(True, 10, 0), 0)


def test_the_balance_has_a_bucket_of_its_own() -> None:
    purse = Purse(TIERS["basic"])
    balance = toll("GET", "/portfolio/balance")
    assert purse.pay(balance, 0)
    assert not purse.pay(balance, SECOND - 1)
    assert purse.pay(Toll(False, 600), SECOND - 1), "reads are not touched"
    assert purse.pay(balance, SECOND)
    assert TIERS["expert"].balance_rate == 5


@pytest.mark.parametrize(
    ("method", "path", "cost", "write"),
    [
        ("POST", ORDERS, 10, True),
        ("DELETE", f"{ORDERS}/{{order_id}}", 2, True),
        ("DELETE", ORDERS, 2, True),
        ("POST", f"{ORDERS}/{{order_id}}/amend", 10, True),
        ("GET", "/portfolio/orders/{order_id}", 2, False),
        ("GET", "/portfolio/orders", 10, False),
        ("PUT", "/portfolio/order_groups/{order_group_id}/reset", 10, True),
        ("GET", "/portfolio/order_groups", 10, False),
        ("POST", "/portfolio/intra_exchange_instance_transfer", 10, False),
    ],
)
def test_what_a_call_costs_and_which_budget_pays(
    method: str, path: str, cost: int, write: bool
) -> None:
    found = toll(method, path)
    assert (found.cost, found.write) == (cost, write)
    assert all(cost != 10 for cost in COSTS.values())


def test_another_tier_begins_with_full_buckets_and_unlimited_refuses_nothing() -> None:
    gate = Turnstile()
    order = Toll(True, 100)
    assert gate.admits("ann", order, "basic", (0,), 0)
    assert not gate.admits("ann", order, "basic", (0,), 0)
    assert all(gate.admits("ann", order, UNLIMITED, (0,), 0) for _ in range(100))
    assert gate.admits("ann", order, "basic", (0,), 0)


def test_a_refusal_has_one_of_the_two_bodies() -> None:
    assert TooManyRequests().body() == {"error": "too many requests"}
    assert TooManyRequests("object").body() == {
        "error": {"code": "too_many_requests", "message": "too many requests"}
    }
