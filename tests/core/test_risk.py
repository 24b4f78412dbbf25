"""Each guard below, at and above its limit on both sides, and the words that it refuses with."""

from dataclasses import replace
from typing import Any

import pytest

from kalshi_tui.core import risk
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.exposure import Exposure
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import StatusView
from tests.support.facts import NOON_NS, ladder, terms
from tests.support.gate import CASES, LIMITS, YES_CASES, Case, now, verdict


def name(one: Case) -> str:
    return f"{one.about or 'plain'}-{one.order.side.value}-{one.guard or 'passes'}"


@pytest.mark.parametrize("one", CASES, ids=name)
def test_FK03_each_guard_holds_exactly_at_its_limit_on_both_sides(one: Case) -> None:
    assert verdict(one) == one.guard


@pytest.mark.parametrize("one", [each for each in YES_CASES if each.words], ids=name)
def test_TO01_a_refusal_is_one_sentence_with_the_number_it_compared(one: Case) -> None:
    refusal = risk.check(one.order, one.situation, one.limits, one.confirmed)
    assert refusal is not None
    assert one.words in refusal.text
    assert "\n" not in refusal.text


def test_there_are_17_guards_in_a_fixed_order_and_each_is_tried_both_ways() -> None:
    numbers = [number for number, _ in risk.GUARDS]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, 18))
    names = {guard.__name__ for _, guard in risk.GUARDS}
    assert names == {each.guard for each in CASES} - {""}
    passing = {each.about for each in CASES if not each.guard}
    # These compare a state with a state: the plain order is their other way.
    states = {"read_only", "killed", "exchange", "drifted", "book_live", "grid", "size_cap"}
    assert names - passing <= states | {"order_cap", "funds", "ledger"}


def test_guards_refuse_in_their_order_when_all_would() -> None:
    broken = now(
        read_only="No.", mode=Mode.VIEW, killed=True, exchange_active=False, market=None, cash=None
    )
    seen = []
    for cure in (
        {"read_only": ""},
        {"mode": Mode.CONFIRM},
        {"killed": False},
        {"exchange_active": True},
        {"market": now().market},
        {"cash": now().cash},
    ):
        found = risk.check(terms(), broken, LIMITS)
        assert found is not None
        seen.append(found.guard)
        broken = replace(broken, **cure)
    assert seen == ["read_only", "armed", "killed", "exchange", "market", "funds"]
    assert risk.check(terms(), broken, LIMITS) is None


def test_only_three_guards_can_be_confirmed_and_one_of_them_needs_a_word() -> None:
    every = frozenset(guard.__name__ for _, guard in risk.GUARDS)
    for one in CASES:
        found = risk.check(one.order, one.situation, one.limits, one.confirmed)
        if found is None:
            continue
        assert found.confirmable == (found.guard in risk.CONFIRMABLE)
        assert found.word == ("DOUBT" if found.guard == "in_doubt" else "")
        confirmed = replace(one, confirmed=every)
        assert verdict(confirmed) == ("" if found.confirmable else one.guard)


@pytest.mark.parametrize(
    ("guard", "changes"),
    [
        ("", {}),
        ("read_only", {"read_only": "No."}),
        ("armed", {"mode": Mode.VIEW}),
        ("killed", {"killed": True}),
        ("exchange", {"trading_active": False}),
        ("market", {"market": None}),
        ("drifted", {"drift": "a field is gone"}),
        ("book_live", {"book": BookStatus.STALE}),
        ("book_live", {"connection": ConnectionState.SILENT}),
        ("book_live", {"lagging_ns": 1}),
        ("collar", {"best_ask": Price(3_200)}),
        ("purge", {"purge_until_ns": NOON_NS + 1}),
    ],
)
def test_TO05_FK07_FK08_what_changed_while_an_order_waited_stops_it(
    guard: str, changes: dict[str, Any]
) -> None:
    found = risk.recheck(terms(), now(**changes), LIMITS)
    assert (found.guard if found else "") == guard


def test_TO05_post_only_that_would_cross_by_now_is_not_sent() -> None:
    order = terms(post_only=True)
    found = risk.recheck(order, now(best_ask=Price(3_600)), LIMITS)
    assert found is not None
    assert found.guard == "post_only"


def test_TO05_an_order_leaves_on_a_situation_of_a_quarter_second_at_most() -> None:
    assert risk.recheck(terms(), now(), LIMITS, risk.WAIT_NS) is None
    found = risk.recheck(terms(), now(), LIMITS, risk.WAIT_NS + 100_000_000)
    assert found is not None
    assert "0.3 s" in found.text


def test_what_an_order_counts_itself_does_not_stop_it_at_the_wire() -> None:
    full = now(open_orders=99, cash=Money(0), exposure=Exposure(others=LIMITS.total_risk))
    assert risk.recheck(terms(), full, LIMITS) is None


def test_closing_needs_neither_cash_nor_room_under_the_cost_cap() -> None:
    sell = terms(side=BookSide.ASK, price=Price(4_000), time_in_force=TimeInForce.IOC)
    assert risk.check(sell, now(position=Count(1_000), cash=Money(0)), LIMITS) is None


def test_one_key_has_a_quarter_of_the_caps_of_an_order_and_the_rest_in_full() -> None:
    limits = risk.Limits()
    quick = limits.in_mode(Mode.ONE_KEY)
    assert (quick.order_count * 4, quick.order_cost * 4) == (limits.order_count, limits.order_cost)
    assert limits.in_mode(Mode.CONFIRM) == limits
    assert replace(quick, order_count=limits.order_count, order_cost=limits.order_cost) == limits


def test_cash_is_that_of_the_shard_where_the_balance_says_so() -> None:
    shards = ((0, Money(5)), (1, Money(7)))
    assert risk.shard_cash(Money(12), shards, 1) == 7
    assert risk.shard_cash(Money(12), shards, 2) == 0
    assert risk.shard_cash(Money(12), (), 1) == 12
    assert risk.shard_cash(None, shards, 1) is None


def test_the_preview_sees_what_the_screen_shows() -> None:
    status = StatusView(
        mode=Mode.CONFIRM,
        connection=ConnectionState.OPEN,
        connection_reason="",
        latency_ns=1,
        cash=Money(5),
        locked=Money(0),
        exchange_active=True,
        trading_active=True,
        mono_ns=1,
        wall_ns=NOON_NS,
        in_doubt=0,
        day_loss=Money(3),
        reducing="Stopped.",
        purge_until_ns=9,
        ledger_fault="The disk is full.",
    )
    shown = Exposure(in_doubt=1)
    seen = risk.situation(status, ladder(exposure=shown), 2)
    assert (seen.best_bid, seen.best_ask, seen.book) == (3700, 3800, BookStatus.LIVE)
    assert (seen.cash, seen.open_orders, seen.exposure) == (5, 2, shown)
    assert (seen.day_loss, seen.reducing, seen.purge_until_ns) == (3, "Stopped.", 9)
    assert seen.ledger_fault == "The disk is full."
    assert risk.situation(status, None, 0).market is None


@pytest.mark.parametrize("read_only", ["", "delta_fp is missing."])
def test_FF07_where_the_banner_says_that_the_wire_changed_the_preview_refuses(
    read_only: str,
) -> None:
    status = StatusView(
        mode=Mode.CONFIRM,
        connection=ConnectionState.OPEN,
        connection_reason="",
        latency_ns=1,
        cash=Money(1_000_000_000),
        locked=Money(0),
        exchange_active=True,
        trading_active=True,
        mono_ns=1,
        wall_ns=NOON_NS,
        in_doubt=0,
        drift="delta_fp is missing.",
    )
    seen = risk.situation(status, replace(ladder(), read_only=read_only), 0)
    refusal = risk.check(terms(), seen, LIMITS)
    assert refusal is not None
    assert refusal.text == "This market is read-only: delta_fp is missing."
