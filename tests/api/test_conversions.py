"""Frames become facts: YES prices, exact integers, clean texts, or one error."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api import conversions, frames
from kalshi_tui.core.events import (
    BookDelta,
    GroupChange,
    GroupChanged,
    MarketChanged,
    ReportedStatus,
)
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import SelfTradePrevention
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price, price_to_wire


@given(st.integers(0, 10_000).map(lambda units: price_to_wire(units)))  # type: ignore[arg-type]
def test_both_scales_of_a_no_price_name_the_same_ask(text: str) -> None:
    body = frames.DeltaBody("A", text, "1.00", "no")
    here = conversions.delta(body, yes_scale=True).price
    there = conversions.delta(body, yes_scale=False).price
    assert here + there == 10_000
    yes = frames.DeltaBody("A", text, "1.00", "yes")
    assert conversions.delta(yes, yes_scale=True) == conversions.delta(yes, yes_scale=False)


def test_a_delta_is_read_exactly() -> None:
    body = frames.DeltaBody("A", "0.1234", "-5.50", "no", 7, 8, "mine")
    delta = conversions.delta(body, yes_scale=True)
    assert delta == BookDelta("A", BookSide.ASK, Price(1_234), Count(-550), 7, 8, "mine")


def test_a_snapshot_keeps_every_level_on_the_yes_leg() -> None:
    body = frames.SnapshotBody("A", 9, [("0.1000", "1.00")], [("0.3000", "2.50")])
    snapshot = conversions.snapshot(body, yes_scale=False)
    assert (snapshot.bids, snapshot.asks) == (((1_000, 100),), ((7_000, 250),))
    assert snapshot.clock == 9
    assert conversions.snapshot(frames.SnapshotBody("A"), yes_scale=True).clock == 0


@pytest.mark.parametrize(
    ("fields", "bid", "ask"),
    [
        ({"yes_bid_dollars": "0.4000", "yes_bid_size_fp": "1.00"}, 4_000, None),
        ({"yes_bid_dollars": "0.0000", "yes_bid_size_fp": "0.00"}, None, None),
        ({"yes_ask_dollars": "1.0000", "yes_ask_size_fp": "0.00"}, None, None),
        ({"yes_ask_dollars": "1.0000", "yes_ask_size_fp": "3.00"}, None, None),
        ({"yes_ask_dollars": "0.5500", "yes_ask_size_fp": "3.00"}, None, 5_500),
        ({"yes_ask_dollars": "0.5500", "yes_ask_size_fp": "0.00"}, None, None),
    ],
)
def test_a_side_without_quotes_is_none_not_a_price(
    fields: dict[str, Any], bid: int | None, ask: int | None
) -> None:
    quote = conversions.quoted(frames.TickerBody("A", **fields))
    assert (quote.bid, quote.ask) == (bid, ask)


def test_a_quote_carries_last_price_volume_and_stamp() -> None:
    body = frames.TickerBody("A", price_dollars="0.3800", volume_fp="12.50", ts=7)
    quote = conversions.quoted(body)
    assert (quote.last, quote.volume, quote.ts_ms) == (3_800, 1_250, 7_000)


@pytest.mark.parametrize(
    ("book_side", "outcome_side", "taker_side", "expected"),
    [
        ("bid", None, None, BookSide.BID),
        ("ask", "yes", None, BookSide.ASK),
        (None, "no", None, BookSide.ASK),
        (None, None, "yes", BookSide.BID),
    ],
)
def test_a_trades_taker_is_read_from_any_generation_of_fields(
    book_side: str | None, outcome_side: str | None, taker_side: str | None, expected: BookSide
) -> None:
    body = frames.TradeBody("t", "A", "0.5000", "1.00", book_side, outcome_side, taker_side, 4)
    trade = conversions.traded(body)
    assert (trade.taker_side, trade.ts_ms) == (expected, 4_000)


def test_a_side_is_never_guessed() -> None:
    with pytest.raises(ValueError, match="not a book side"):
        conversions.traded(frames.TradeBody("t", "A", "0.5000", "1.00"))


ORDER = frames.UserOrderBody("o", "A-1", "resting", "0.5000", "1.00", "2.00", "3.00", "bid")


def test_an_order_carries_everything_that_was_said() -> None:
    body = frames.UserOrderBody(
        *("o", "A-1", "canceled", "0.5000", "1.00", "0.00", "3.00", "ask"),
        client_order_id="c\x1b",
        taker_fees_dollars="0.010000",
        maker_fees_dollars="0.000001",
        created_ts_ms=5,
        last_updated_ts_ms=6,
        expiration_ts_ms=7,
        last_update_reason="ExpiryCancel",
        self_trade_prevention_type="maker",
    )
    order = conversions.order_reported(body)
    assert (order.status, order.side, order.fees) == (ReportedStatus.CANCELED, BookSide.ASK, 10_001)
    assert (order.created_ms, order.updated_ms, order.expires_ms) == (5, 6, 7)
    assert order.reason == "ExpiryCancel"
    assert order.self_trade_prevention is SelfTradePrevention.MAKER
    assert "\x1b" not in order.client_order_id


def test_an_order_with_little_said_has_plain_defaults() -> None:
    order = conversions.order_reported(ORDER)
    assert (order.fees, order.created_ms, order.updated_ms, order.expires_ms) == (0, 0, 0, None)
    assert order.client_order_id == ""


@pytest.mark.parametrize(
    ("event", "flag", "status"),
    [
        ("created", None, None),
        ("activated", None, MarketStatus.ACTIVE),
        ("deactivated", True, MarketStatus.INACTIVE),
        ("deactivated", False, MarketStatus.ACTIVE),
        ("determined", None, MarketStatus.DETERMINED),
        ("settled", None, MarketStatus.FINALIZED),
        ("something_new", None, None),
    ],
)
def test_a_lifecycle_event_says_what_becomes_of_the_market(
    event: str, flag: bool | None, status: MarketStatus | None
) -> None:
    body = frames.LifecycleBody("A-1", event, close_ts=3, is_deactivated=flag)
    change = conversions.market_changed(body)
    assert change == MarketChanged("A-1", status=status, close_ns=3_000_000_000)


@pytest.mark.parametrize("ticker", ["", "a-1", "A 1", "A\x1b[2J", "A" * 65])
def test_what_is_no_ticker_is_refused(ticker: str) -> None:
    with pytest.raises(ValueError, match="is not a ticker"):
        conversions.quoted(frames.TickerBody(ticker))


@pytest.mark.parametrize("identity", ["", "x" * 129, "caf\u00e9", "a\nb"])
def test_an_id_that_is_none_is_refused(identity: str) -> None:
    with pytest.raises(ValueError, match="no usable trade id"):
        conversions.traded(frames.TradeBody(identity, "A", "0.5000", "1.00", "bid"))


@pytest.mark.parametrize(
    ("word", "change"),
    [
        ("triggered", GroupChange.TRIGGERED),
        ("reset", GroupChange.RESET),
        ("deleted", GroupChange.DELETED),
        ("limit_updated", GroupChange.LIMITED),
    ],
)
def test_TO38_what_happens_to_an_order_group_is_told(word: str, change: GroupChange) -> None:
    update = frames.GroupUpdate(1, 1, frames.GroupUpdateBody(word, "g"))
    assert conversions.reported(update) == GroupChanged("g", change)


@pytest.mark.parametrize("word", ["created", "painted"])
def test_an_event_of_a_group_that_changes_nothing_here_states_nothing(word: str) -> None:
    update = frames.GroupUpdate(1, 1, frames.GroupUpdateBody(word, "g"))
    assert conversions.reported(update) is None


def test_an_order_says_its_group() -> None:
    body = frames.UserOrderBody(
        "o", "KX-1", "resting", "0.5000", "0.00", "1.00", "1.00", "bid", order_group_id="g"
    )
    assert conversions.order_reported(body).group_id == "g"
