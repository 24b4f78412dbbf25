"""Each guard at its limit, and the words that it refuses with."""

from dataclasses import replace
from typing import Any

import pytest

from kalshi_tui.core import risk
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import StatusView
from tests.support.facts import NOON_NS, SECOND, ladder, market, terms

LIMITS = risk.Limits(order_count=Count(1000), order_cost=Money(3_600_000), open_orders=3)


def now(**changes: Any) -> risk.Situation:
    base = risk.Situation(
        mode=Mode.CONFIRM,
        read_only="",
        killed=False,
        connection=ConnectionState.OPEN,
        exchange_active=True,
        trading_active=True,
        market=market(),
        book=BookStatus.LIVE,
        book_reason="",
        best_bid=Price(3700),
        best_ask=Price(3800),
        position=Count(0),
        cash=Money(3_600_000),
        open_orders=2,
        wall_ns=NOON_NS,
    )
    return replace(base, **changes)


def test_an_order_inside_every_limit_passes() -> None:
    assert risk.check(terms(), now(), LIMITS) is None


@pytest.mark.parametrize(
    ("order", "situation", "guard", "words"),
    [
        ({}, {"read_only": "The state directory cannot be written."}, "read_only", "written"),
        ({}, {"killed": True}, "killed", "minute"),
        ({}, {"mode": Mode.VIEW}, "armed", "press A"),
        ({}, {"exchange_active": False}, "exchange", "paused"),
        ({}, {"trading_active": False}, "exchange", "cancels work"),
        ({}, {"market": None}, "market", "not the market"),
        ({}, {"market": market(ticker="OTHER")}, "market", "not the market"),
        ({}, {"market": market(status=MarketStatus.CLOSED)}, "market", "closed"),
        ({}, {"market": market(close_ns=NOON_NS)}, "market", "closed"),
        ({}, {"connection": ConnectionState.SILENT}, "book_live", "silent"),
        ({}, {"book": BookStatus.STALE, "book_reason": "a gap"}, "book_live", "STALE (a gap)"),
        ({}, {"book": BookStatus.SYNCING}, "book_live", "SYNCING"),
        ({"price": Price(3650)}, {}, "grid", "36 and 37"),
        ({"count": Count(0)}, {}, "legal", "0.01"),
        ({"reduce_only": True}, {}, "reduce_only", "IOC"),
        ({"post_only": True, "time_in_force": TimeInForce.IOC}, {}, "legal", "never does"),
        ({"expires_s": 1, "time_in_force": TimeInForce.FOK}, {}, "legal", "expiry"),
        ({"expires_s": NOON_NS // SECOND}, {}, "legal", "past"),
        ({"post_only": True, "price": Price(3800)}, {}, "post_only", "best ask at 38c"),
        (
            {"post_only": True, "price": Price(3700), "side": BookSide.ASK},
            {"position": Count(1000)},
            "post_only",
            "best bid at 37c",
        ),
        ({"count": Count(1001)}, {}, "size_cap", "10.01 contracts is over your cap of 10"),
        ({"price": Price(3700)}, {}, "cost_cap", "$3.70 is over your cap of $3.60"),
        ({}, {"open_orders": 3}, "order_cap", "your cap is 3"),
        ({}, {"cash": None}, "funds", "not known"),
        ({}, {"cash": Money(3_599_999)}, "funds", "$3.60"),
    ],
)
def test_FK03_each_guard_refuses_in_one_sentence_with_its_number(
    order: dict[str, Any], situation: dict[str, Any], guard: str, words: str
) -> None:
    refusal = risk.check(terms(**order), now(**situation), LIMITS)
    assert refusal is not None
    assert refusal.guard == guard
    assert words in refusal.text


def test_closing_needs_neither_cash_nor_room_under_the_cost_cap() -> None:
    sell = terms(side=BookSide.ASK, price=Price(9000), count=Count(1000))
    assert risk.check(sell, now(position=Count(1000), cash=Money(0)), LIMITS) is None


def test_a_future_expiry_is_legal() -> None:
    assert risk.check(terms(expires_s=NOON_NS // SECOND + 1), now(), LIMITS) is None


def test_an_empty_other_side_has_to_be_confirmed() -> None:
    order, alone = terms(post_only=True), now(best_ask=None)
    refusal = risk.check(order, alone, LIMITS)
    assert refusal is not None
    assert (refusal.guard, refusal.confirmable, refusal.word) == ("empty_side", True, "")
    assert risk.check(order, alone, LIMITS, frozenset({"empty_side"})) is None


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
    )
    seen = risk.situation(status, ladder(), 2)
    assert (seen.best_bid, seen.best_ask, seen.book) == (3700, 3800, BookStatus.LIVE)
    assert (seen.cash, seen.open_orders) == (5, 2)
    assert risk.situation(status, None, 0).market is None
