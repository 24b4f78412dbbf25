"""Token buckets against a naive count, and what 429 does to them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.limits import (
    MAX_RETRY_AFTER_NS,
    RELOAD_NS,
    SECOND_NS,
    AccountLimits,
    Bucket,
    EndpointCosts,
    Kind,
    RateLimits,
    retry_after_ns,
)
from kalshi_tui.core.answers import BudgetReported

BASIC = AccountLimits("basic", 200, 600, 100, 100)


def _limits() -> RateLimits:
    limits = RateLimits()
    limits.configure(BASIC, 0)
    return limits


@given(
    refill=st.integers(1, 4_000),
    capacity=st.integers(1, 4_000),
    steps=st.lists(st.tuples(st.integers(0, 3 * SECOND_NS), st.integers(0, 300)), max_size=60),
)
def test_a_bucket_grants_exactly_what_an_exact_count_grants(
    refill: int, capacity: int, steps: list[tuple[int, int]]
) -> None:
    bucket = Bucket(refill, capacity)
    level, now = Fraction(capacity), 7
    bucket.take(0, now)
    for pause, cost in steps:
        now += pause
        level = min(Fraction(capacity), level + Fraction(pause * refill, SECOND_NS))
        need = min(cost, capacity)
        wait = bucket.take(cost, now)
        assert (wait == 0) == (level >= need)
        if wait == 0:
            level -= need
        else:
            assert wait == -(-(need - level) * SECOND_NS // refill)


@given(st.integers(1, 4_000), st.integers(1, 4_000), st.integers(0, 10_000))
def test_waiting_as_told_is_enough_whatever_the_cost(refill: int, capacity: int, cost: int) -> None:
    bucket = Bucket(refill, capacity)
    bucket.take(capacity, 0)
    wait = bucket.take(cost, 0)
    assert bucket.take(cost, wait) == 0


def test_a_cost_above_the_capacity_asks_for_a_full_bucket_not_for_ever() -> None:
    bucket = Bucket(100, 50)
    assert bucket.take(80, 0) == 0
    assert bucket.take(80, 0) == SECOND_NS // 2


def test_FL06_after_a_burst_of_orders_cancels_still_have_their_fifth() -> None:
    limits = _limits()
    orders = 0
    while limits.take(10, 0, Kind.WRITE) == 0:
        orders += 1
    assert orders == 8
    cancels = 0
    while limits.take(2, 0, Kind.CANCEL) == 0:
        cancels += 1
    assert cancels == 10


def test_FL01_reads_and_writes_do_not_share_a_bucket() -> None:
    limits = _limits()
    limits.throttled(Kind.READ, 0)
    assert limits.take(10, 0, Kind.READ) > 0
    assert limits.take(10, 0, Kind.WRITE) == 0


def test_FL05_each_429_halves_the_rate_and_quiet_brings_it_back() -> None:
    bucket = Bucket(100, 100)
    bucket.throttled(0)
    slow = bucket.take(10, 0)
    assert slow == SECOND_NS // 5
    bucket.throttled(0)
    assert bucket.take(10, 0) == 2 * slow
    later = 60 * SECOND_NS
    bucket.take(100, later)
    assert bucket.take(10, later) == SECOND_NS // 10


def test_FL05_recovery_does_not_depend_on_how_often_the_bucket_is_asked() -> None:
    often, once = Bucket(100, 100), Bucket(100, 100)
    often.throttled(0)
    once.throttled(0)
    for step in range(1, 3_001):
        often.take(0, step * SECOND_NS // 100)
    once.take(0, 30 * SECOND_NS)
    for bucket in (often, once):
        bucket.take(100, 30 * SECOND_NS)
        assert bucket.take(10, 30 * SECOND_NS) == SECOND_NS // 10


def test_FL05_a_flood_of_429_never_stops_the_bucket() -> None:
    bucket = Bucket(100, 100)
    for _ in range(100):
        bucket.throttled(0)
    assert bucket.take(10, 0) == 2 * SECOND_NS


def test_FL01_a_429_on_a_cancel_makes_the_next_one_wait_less_than_an_order() -> None:
    limits = _limits()
    limits.throttled(Kind.CANCEL, 0)
    assert 0 < limits.take(2, 0, Kind.CANCEL) < limits.take(10, 0, Kind.WRITE)


def test_FL07_the_balance_has_a_bucket_of_its_own() -> None:
    limits = _limits()
    assert limits.take(10, 0, Kind.BALANCE) == 0
    assert limits.take(10, 0, Kind.BALANCE) == SECOND_NS
    assert limits.take(10, 0, Kind.READ) == 0


def test_FL07_higher_tiers_may_ask_for_the_balance_five_times_a_second() -> None:
    limits = RateLimits()
    limits.configure(AccountLimits("premier", 1_000, 1_000, 1_000, 1_000), 0)
    assert [limits.take(1, 0, Kind.BALANCE) for _ in range(6)] == [0] * 5 + [SECOND_NS // 5]


def test_FL04_new_figures_apply_and_spent_tokens_stay_spent() -> None:
    bucket = Bucket(100, 100)
    bucket.take(90, 0)
    bucket.configure(300, 900)
    assert bucket.take(810, 0) == 0
    assert bucket.take(3, 0) == SECOND_NS // 100


def test_FL04_the_limits_are_read_again_after_ten_minutes_and_after_a_429() -> None:
    limits = RateLimits()
    assert limits.needs_reload(0)
    limits.configure(BASIC, 0)
    assert not limits.needs_reload(RELOAD_NS - 1)
    assert limits.needs_reload(RELOAD_NS)
    limits.throttled(Kind.READ, 0)
    assert limits.needs_reload(0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("NaN", 0),
        ("-5", 0),
        ("1.5", 0),
        ("3", 3),
        (" 7 ", 7),
        ("1000000000", 60),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0),
        ("1e9", 0),
        ("٣", 0),
    ],
)
def test_FL03_retry_after_is_clamped(text: str | None, seconds: int) -> None:
    assert retry_after_ns(text) == seconds * SECOND_NS <= MAX_RETRY_AFTER_NS


def test_FL03_a_retry_after_is_waited_for() -> None:
    limits = _limits()
    limits.throttled(Kind.READ, 0, "7")
    assert limits.take(10, 0, Kind.READ) == 7 * SECOND_NS
    assert limits.take(10, 7 * SECOND_NS, Kind.READ) == 0


def test_costs_follow_the_table_with_exact_paths_first() -> None:
    costs = EndpointCosts(
        10,
        (
            ("DELETE", "/trade-api/v2/portfolio/events/orders/:order_id", 2),
            ("DELETE", "/trade-api/v2/portfolio/events/orders/batched", 3),
            ("GET", "/trade-api/v2/cfbenchmarks/*endpoint", 150),
        ),
    )
    root = "/trade-api/v2"
    assert costs.cost("DELETE", f"{root}/portfolio/events/orders/abc-1") == 2
    assert costs.cost("DELETE", f"{root}/portfolio/events/orders/batched") == 3
    assert costs.cost("POST", f"{root}/portfolio/events/orders/abc-1") == 10
    assert costs.cost("DELETE", f"{root}/portfolio/events/orders/abc/def") == 10
    assert costs.cost("GET", f"{root}/cfbenchmarks/a/b") == 150


def test_the_figures_assumed_before_the_first_read_make_cancels_cheap() -> None:
    costs = EndpointCosts()
    assert costs.cost("DELETE", "/trade-api/v2/portfolio/events/orders") == 2
    assert costs.cost("POST", "/trade-api/v2/portfolio/events/orders") == 10


def test_FL08_a_write_that_is_routed_by_ticker_is_paid_by_every_bucket() -> None:
    limits = _limits()
    assert limits.take(0, 0, Kind.WRITE, 1) == 0
    assert [limits.take(10, 0, Kind.WRITE) for _ in range(8)] == [0] * 8
    assert limits.take(10, 0, Kind.WRITE, 1) > 0
    assert limits.take(10, 0, Kind.WRITE, 0) > 0


def test_FL08_a_write_that_names_a_shard_is_paid_by_that_shard_alone() -> None:
    limits = _limits()
    assert [limits.take(10, 0, Kind.WRITE, 1) for _ in range(8)] == [0] * 8
    assert limits.take(10, 0, Kind.WRITE, 1) > 0
    assert limits.take(10, 0, Kind.WRITE, 0) == 0
    # Routed by ticker, it needs both, and takes from neither where one cannot pay.
    assert limits.take(10, 0, Kind.WRITE) > 0
    assert limits.budget(0).write_left == 20
    assert [limits.take(10, 0, Kind.WRITE, 0) for _ in range(8)] == [0] * 7 + [SECOND_NS // 10]


def test_FL08_a_shard_that_is_named_late_has_paid_for_what_went_before() -> None:
    limits = _limits()
    for _ in range(8):
        limits.take(10, 0, Kind.WRITE)
    assert limits.take(10, 0, Kind.WRITE, 3) > 0


def test_FC14_a_batch_has_room_for_what_the_common_bucket_holds_now() -> None:
    limits = _limits()
    assert (limits.room(10, 0, Kind.WRITE), limits.room(2, 0, Kind.CANCEL)) == (8, 50)
    limits.take(75, 0, Kind.CANCEL, 0)
    assert (limits.room(10, 0, Kind.WRITE), limits.room(2, 0, Kind.CANCEL)) == (0, 12)
    assert limits.room(10, SECOND_NS // 2, Kind.WRITE) == 5
    limits.throttled(Kind.WRITE, SECOND_NS, "5")
    assert limits.room(2, 4 * SECOND_NS, Kind.CANCEL) == 0


def test_the_budget_says_what_is_left_of_what_and_whether_a_429_slows_it() -> None:
    limits = _limits()
    limits.take(10, 0, Kind.WRITE)
    limits.take(50, 0, Kind.READ)
    assert limits.budget(0) == BudgetReported(90, 100, 100, 550, 600, 200, 20)
    limits.throttled(Kind.WRITE, 0)
    assert limits.budget(0).throttled
    assert not limits.budget(60 * SECOND_NS).throttled
