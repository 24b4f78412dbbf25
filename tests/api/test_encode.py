"""The bytes of an order are the order that was confirmed."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.encode import (
    TermsError,
    amend_body,
    batch_body,
    cancel_batch_body,
    create_body,
    decrease_body,
    group_body,
    group_limit_body,
)
from kalshi_tui.core.orders import OrderTerms, SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import Action, BookSide, Outcome, book_side, yes_price
from kalshi_tui.core.units import Count, Price, parse_count, parse_price

TERMS = OrderTerms("KXRAIN-26NOV22-NYC", BookSide.BID, Price(5_600), Count(155))


def test_a_plain_order_says_only_what_is_needed() -> None:
    assert msgspec.json.decode(create_body("c-1", TERMS)) == {
        "ticker": "KXRAIN-26NOV22-NYC",
        "client_order_id": "c-1",
        "side": "bid",
        "count": "1.55",
        "price": "0.5600",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }


def test_flags_and_expiry_are_said_where_they_are_asked_for() -> None:
    terms = replace(
        TERMS,
        side=BookSide.ASK,
        post_only=True,
        expires_s=1_790_000_000,
        self_trade_prevention=SelfTradePrevention.MAKER,
    )
    body = msgspec.json.decode(create_body("c-1", terms))
    assert body["side"] == "ask"
    assert body["post_only"] is True
    assert body["expiration_time"] == 1_790_000_000
    assert body["self_trade_prevention_type"] == "maker"
    assert "reduce_only" not in body


def test_a_reduce_only_order_is_immediate_or_cancel() -> None:
    terms = replace(TERMS, reduce_only=True, time_in_force=TimeInForce.IOC)
    assert msgspec.json.decode(create_body("c-1", terms))["reduce_only"] is True


@given(st.integers(1, 9_999), st.integers(1, 10**11), st.sampled_from(BookSide))
def test_FG12_count_price_and_side_come_back_as_they_were_confirmed(
    price: int, count: int, side: BookSide
) -> None:
    terms = replace(TERMS, price=Price(price), count=Count(count), side=side)
    body = msgspec.json.decode(create_body("c-1", terms))
    assert parse_price(body["price"]) == price
    assert parse_count(body["count"]) == count
    assert body["side"] == side.value


@given(st.integers(1, 9_999))
def test_FG07_buying_no_at_q_is_an_ask_at_one_minus_q(price: int) -> None:
    terms = replace(
        TERMS,
        side=book_side(Action.BUY, Outcome.NO),
        price=yes_price(Price(price), Outcome.NO),
    )
    body = msgspec.json.decode(create_body("c-1", terms))
    assert body["side"] == "ask"
    assert parse_price(body["price"]) == 10_000 - price


@pytest.mark.parametrize(
    "terms",
    [
        replace(TERMS, count=Count(0)),
        replace(TERMS, count=Count(-100)),
        replace(TERMS, count=Count(True)),
        replace(TERMS, price=Price(0)),
        replace(TERMS, price=Price(10_000)),
        replace(TERMS, price=Price(True)),
        replace(TERMS, ticker=""),
        replace(TERMS, ticker="KX\u041a-1"),
        replace(TERMS, reduce_only=True),
        replace(TERMS, expires_s=1, time_in_force=TimeInForce.IOC),
        replace(TERMS, expires_s=1, time_in_force=TimeInForce.FOK),
        replace(TERMS, expires_s=0),
        replace(TERMS, expires_s=-5),
        replace(TERMS, expires_s=1_790_000_000_000),
    ],
)
def test_FC21_FC22_FG02_FG04_terms_that_no_body_can_say_are_refused(terms: OrderTerms) -> None:
    with pytest.raises(TermsError):
        create_body("c-1", terms)


@pytest.mark.parametrize("client_order_id", ["", "x" * 65, "naïve"])
def test_an_order_without_a_usable_id_is_refused(client_order_id: str) -> None:
    with pytest.raises(TermsError):
        create_body(client_order_id, TERMS)


def test_the_group_and_the_pause_flag_are_said_where_they_are_set() -> None:
    terms = replace(TERMS, group_id="g-1", cancel_on_pause=True)
    body = msgspec.json.decode(create_body("c-1", terms))
    assert (body["order_group_id"], body["cancel_order_on_pause"]) == ("g-1", True)


@pytest.mark.parametrize(
    ("expires_s", "said"), [(None, None), (0, 0), (1_790_000_000, 1_790_000_000)]
)
def test_an_amend_keeps_removes_or_sets_the_expiry(expires_s: int | None, said: int | None) -> None:
    body = msgspec.json.decode(amend_body("c-1", TERMS, expires_s))
    assert body.get("expiration_time") == said
    assert "updated_client_order_id" not in body


@pytest.mark.parametrize(
    "make",
    [
        lambda: amend_body("c-1", replace(TERMS, count=Count(0)), None),
        lambda: amend_body("c-1", replace(TERMS, price=Price(10_000)), None),
        lambda: amend_body("", TERMS, None),
        lambda: amend_body("c-1", TERMS, -1),
        lambda: amend_body("c-1", TERMS, 1_790_000_000_000),
        lambda: decrease_body("KX-1", Count(-1)),
        lambda: decrease_body("", Count(1)),
        lambda: batch_body([]),
        lambda: batch_body([("c-1", TERMS), ("c-1", TERMS)]),
        lambda: batch_body([("c-1", TERMS), ("c-2", replace(TERMS, count=Count(0)))]),
        lambda: cancel_batch_body([("o-1", "")]),
        lambda: cancel_batch_body([("", "KX-1")]),
        lambda: group_body(Count(0), 0),
        lambda: group_limit_body(Count(-1)),
    ],
)
def test_FC21_FC23_changes_that_no_body_can_say_are_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(TermsError):
        make()
