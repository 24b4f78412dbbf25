"""Happenings in the words of the WebSocket: the fields that the specification requires."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice import messages
from kalshi_tui.practice.happenings import (
    EventFeesChanged,
    FillMade,
    GroupEvent,
    GroupUpdated,
    Happening,
    MarketDetermined,
    MarketResult,
    OrderUpdated,
    PositionUpdated,
    TicksChanged,
)
from kalshi_tui.practice.orders import NewOrder
from tests.support.practice_bench import FED, START, Bench, bench

FILL = {
    "trade_id",
    "order_id",
    "market_ticker",
    "exchange_index",
    "is_taker",
    "side",
    "yes_price_dollars",
    "count_fp",
    "fee_cost",
    "action",
    "outcome_side",
    "book_side",
    "ts",
    "ts_ms",
    "post_position_fp",
    "purchased_side",
}
ORDER = {
    "order_id",
    "user_id",
    "ticker",
    "exchange_index",
    "status",
    "side",
    "is_yes",
    "outcome_side",
    "book_side",
    "yes_price_dollars",
    "fill_count_fp",
    "remaining_count_fp",
    "initial_count_fp",
    "taker_fill_cost_dollars",
    "maker_fill_cost_dollars",
    "taker_fees_dollars",
    "maker_fees_dollars",
    "client_order_id",
    "created_time",
    "created_ts_ms",
}
POSITION = {
    "user_id",
    "market_ticker",
    "position_fp",
    "position_cost_dollars",
    "realized_pnl_dollars",
    "fees_paid_dollars",
    "position_fee_cost_dollars",
    "volume_fp",
}
TICKER = {
    "market_id",
    "market_ticker",
    "price_dollars",
    "yes_bid_dollars",
    "yes_ask_dollars",
    "volume_fp",
    "open_interest_fp",
    "dollar_volume",
    "dollar_open_interest",
    "yes_bid_size_fp",
    "yes_ask_size_fp",
    "last_trade_size_fp",
    "ts",
    "ts_ms",
    "time",
}


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def read(message: msgspec.Raw) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(message)
    return found


async def happened(table: Bench) -> list[Happening]:
    """Return what a trade of 9 contracts at 52 cents makes happen, with 1 more left resting."""
    await table.place(table.bob, side="ask", price="0.52", count="9.00")
    order = NewOrder(
        FED,
        BookSide.BID,
        Price(5_200),
        Count(1_000),
        client_order_id="a-1",
        expires_s=START // 1_000_000_000 + 90,
    )
    table.venue.exchange.place(table.ann.key_id, order, START)
    return table.venue.exchange.take_happenings()


async def test_private_messages_carry_everything_required(table: Bench) -> None:
    seen = await happened(table)
    for each in seen:
        if isinstance(each, FillMade):
            assert set(read(messages.fill(each.fill))) >= FILL
        elif isinstance(each, OrderUpdated):
            assert set(read(messages.user_order(each.order))) >= ORDER
        elif isinstance(each, PositionUpdated):
            assert set(read(messages.position(each.account_id, each.position))) >= POSITION
    kinds = {type(each) for each in seen}
    assert {FillMade, OrderUpdated, PositionUpdated} <= kinds


async def test_an_order_tells_its_reason_and_its_expiry(table: Bench) -> None:
    seen = await happened(table)
    orders = [each.order for each in seen if isinstance(each, OrderUpdated)]
    mine = next(each for each in orders if each.account_id == table.ann.key_id)
    found = read(messages.user_order(mine))
    assert (found["status"], found["remaining_count_fp"]) == ("resting", "1.00")
    assert found["last_update_reason"] == "Trade"
    assert found["expiration_ts_ms"] == START // 1_000_000 + 90_000
    assert found["expiration_time"] == "2027-01-15T08:01:30Z"
    assert found["taker_fill_cost_dollars"] == "4.680000"
    other = next(each for each in orders if each.account_id == table.bob.key_id)
    plain = read(messages.user_order(other))
    assert "expiration_ts_ms" not in plain
    assert (plain["is_yes"], plain["side"], plain["book_side"]) == (False, "no", "ask")


async def test_the_ticker_counts_half_the_contracts_as_dollars(table: Bench) -> None:
    await happened(table)
    found = read(messages.ticker(table.venue.exchange.markets[FED], START))
    assert set(found) == TICKER
    assert (found["volume_fp"], found["dollar_volume"]) == ("9.00", 4)
    assert (found["open_interest_fp"], found["dollar_open_interest"]) == ("9.00", 4)
    assert (found["price_dollars"], found["last_trade_size_fp"]) == ("0.5200", "9.00")
    assert (found["ts"], found["time"]) == (START // 1_000_000_000, "2027-01-15T08:00:00Z")


def test_a_lifecycle_step_names_its_market() -> None:
    assert read(messages.step(FED, "deactivated")) == {
        "market_ticker": FED,
        "event_type": "deactivated",
        "is_deactivated": True,
    }
    assert read(messages.close_moved(FED, START)) == {
        "market_ticker": FED,
        "event_type": "close_date_updated",
        "close_ts": START // 1_000_000_000,
    }


def test_a_new_market_is_announced_with_everything_that_is_known(table: Bench) -> None:
    listed = table.venue.exchange.markets[FED]
    found = read(messages.created(listed))
    assert found["event_type"] == "created"
    assert found["additional_metadata"]["event_ticker"] == listed.listing.event_ticker
    assert found["price_ranges"] == [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}]
    facts = messages.EventFacts("Title", "Sub", mutually_exclusive=True)
    assert read(messages.event_created(listed, facts))["collateral_return_type"] == "MECNET"


def test_a_result_a_new_grid_and_new_fees_say_what_they_are() -> None:
    result = MarketDetermined(FED, MarketResult.SCALAR, Price(2_500), START)
    assert read(messages.determined(result)) == {
        "market_ticker": FED,
        "event_type": "determined",
        "determination_ts": START // 1_000_000_000,
        "result": "scalar",
        "settlement_value": "0.2500",
    }
    ticks = TicksChanged(FED, "deci_cent", PUBLISHED_GRIDS["deci_cent"], START)
    assert read(messages.ticks_changed(ticks))["price_ranges"] == [
        {"start": "0.0000", "end": "1.0000", "step": "0.0010"}
    ]
    fees = FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES, 500_000)
    assert read(messages.event_fees(EventFeesChanged("EV", fees, START))) == {
        "event_ticker": "EV",
        "fee_type_override": "quadratic_with_maker_fees",
        "fee_multiplier_override": 0.5,
    }
    assert read(messages.event_fees(EventFeesChanged("EV", None, START))) == {
        "event_ticker": "EV",
        "fee_type_override": None,
        "fee_multiplier_override": None,
    }


def test_a_group_tells_its_limit_only_where_it_is_set() -> None:
    created = GroupUpdated("ann", "g-1", GroupEvent.CREATED, Count(500), START)
    assert read(messages.group(created)) == {
        "event_type": "created",
        "order_group_id": "g-1",
        "ts_ms": START // 1_000_000,
        "contracts_limit_fp": "5.00",
    }
    triggered = created._replace(event=GroupEvent.TRIGGERED, limit=None)
    assert "contracts_limit_fp" not in read(messages.group(triggered))
