"""Who hears what, in which order, and under which numbers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kalshi_tui.practice.dialogue import Dialogue
from kalshi_tui.practice.hub import TICKER_SPAN_NS
from kalshi_tui.practice.subscriptions import Client
from tests.support.practice_bench import FED, START, Bench, Signer, bench, told

CUT = "KXFEDDECISION-27JAN-C25"


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def subscribe(table: Bench, signer: Signer, *channels: str, **params: Any) -> Client:
    """Return a client of an account that has read its acknowledgements."""
    client = table.join(signer.key_id)
    names = ",".join(f'"{each}"' for each in channels)
    more = "".join(f',"{name}":{value}' for name, value in params.items())
    Dialogue(table.venue.hub, client).receive(
        f'{{"id":1,"cmd":"subscribe","params":{{"channels":[{names}]{more}}}}}', START
    )
    told(client)
    return client


def books(table: Bench, signer: Signer, yes_price: str = "true") -> Client:
    return subscribe(
        table,
        signer,
        "orderbook_delta",
        market_tickers=f'["{FED}","{CUT}"]',
        use_yes_price=yes_price,
    )


async def test_a_resting_order_is_one_delta_and_only_its_owner_is_named(table: Bench) -> None:
    mine, yours = books(table, table.ann), books(table, table.bob)
    await table.place(table.ann, client_order_id="a-1", count="1.55")
    (own,), (other,) = told(mine), told(yours)
    assert own["msg"] == {
        "market_ticker": FED,
        "market_id": table.venue.exchange.markets[FED].listing.market_id,
        "clock": 1,
        "price_dollars": "0.4000",
        "delta_fp": "1.55",
        "side": "yes",
        "ts": "2027-01-15T08:00:00Z",
        "ts_ms": START // 1_000_000,
        "client_order_id": "a-1",
        "subaccount": 0,
    }
    assert set(own) == {"type", "sid", "seq", "msg", "sending_ts_ms"}
    assert (own["type"], own["sid"], own["seq"]) == ("orderbook_delta", 1, 2 + 1)
    shared = dict(own["msg"])
    del shared["client_order_id"], shared["subaccount"]
    assert other["msg"] == shared


@pytest.mark.parametrize(("yes_price", "price"), [("true", "0.6000"), ("false", "0.4000")])
async def test_a_no_bid_is_printed_on_the_leg_that_was_asked_for(
    table: Bench, yes_price: str, price: str
) -> None:
    client = books(table, table.bob, yes_price)
    await table.place(table.ann, side="ask", price="0.60")
    (delta,) = told(client)
    assert (delta["msg"]["side"], delta["msg"]["price_dollars"]) == ("no", price)
    again = books(table, table.bob, yes_price)
    table.venue.hub.send_book(again.by_sid[1], table.venue.exchange.markets[FED], START)
    (snapshot,) = told(again)
    assert snapshot["msg"]["no_dollars_fp"] == [[price, "1.00"]]
    assert "yes_dollars_fp" not in snapshot["msg"]


async def test_levels_ascend_in_a_snapshot(table: Bench) -> None:
    for price in ("0.30", "0.40", "0.20"):
        await table.place(table.ann, price=price)
        await table.place(table.ann, side="ask", price=f"0.{90 - int(price[2:]) // 2}")
    client = books(table, table.bob)
    table.venue.hub.send_book(client.by_sid[1], table.venue.exchange.markets[FED], START)
    (snapshot,) = told(client)
    for side in ("yes_dollars_fp", "no_dollars_fp"):
        prices = [price for price, _ in snapshot["msg"][side]]
        expected = sorted(prices, reverse=side == "no_dollars_fp")
        assert prices == expected, "best last: a NO level in YES prices descends"


async def test_one_seq_runs_over_all_markets_of_a_sid(table: Bench) -> None:
    client = books(table, table.ann)
    await table.place(table.ann)
    await table.place(table.ann, ticker=CUT)
    await table.place(table.ann, price="0.39")
    assert [each["seq"] for each in told(client)] == [3, 4, 5]


async def test_a_fill_reaches_both_sides_in_the_wires_order(table: Bench) -> None:
    await table.place(table.bob, client_order_id="b-1", side="ask", price="0.40", count="3.00")
    channels = ("fill", "user_orders", "market_positions")
    ann, bob = subscribe(table, table.ann, *channels), subscribe(table, table.bob, *channels)
    public = subscribe(table, table.bob, "orderbook_delta", "trade", market_ticker=f'"{FED}"')
    await table.place(table.ann, client_order_id="a-1", price="0.45", count="5.00")
    frames = told(public)
    assert [(each["type"], each["msg"].get("delta_fp")) for each in frames] == [
        ("orderbook_delta", "-3.00"),
        ("orderbook_delta", "2.00"),
        ("trade", None),
    ]
    trade = frames[2]["msg"]
    assert (trade["yes_price_dollars"], trade["no_price_dollars"]) == ("0.4000", "0.6000")
    assert (trade["taker_outcome_side"], trade["taker_book_side"]) == ("yes", "bid")
    mine, yours = told(ann), told(bob)
    assert {each["type"] for each in mine} == {"fill", "user_order", "market_position"}
    assert all("seq" not in each for each in mine + yours)
    fill = next(each["msg"] for each in mine if each["type"] == "fill")
    assert (fill["client_order_id"], fill["is_taker"]) == ("a-1", True)
    assert (fill["post_position_fp"], fill["count_fp"]) == ("3.00", "3.00")
    other = next(each["msg"] for each in yours if each["type"] == "fill")
    assert (other["client_order_id"], other["is_taker"]) == ("b-1", False)
    assert (other["post_position_fp"], other["outcome_side"]) == ("-3.00", "no")
    assert other["trade_id"] == fill["trade_id"] == trade["trade_id"]
    order = next(each["msg"] for each in mine if each["type"] == "user_order")
    assert (order["status"], order["remaining_count_fp"]) == ("resting", "2.00")
    assert order["last_update_reason"] == "Trade"


async def test_the_ticker_is_sent_at_most_once_a_second_and_only_when_it_changed(
    table: Bench,
) -> None:
    client = subscribe(table, table.ann, "ticker")
    hub = table.venue.hub
    await table.place(table.ann)
    hub.tick(START)
    (first,) = told(client)
    assert (first["msg"]["yes_bid_dollars"], first["msg"]["yes_bid_size_fp"]) == ("0.4000", "1.00")
    assert (first["msg"]["yes_ask_dollars"], first["msg"]["yes_ask_size_fp"]) == ("1.0000", "0.00")
    assert "seq" not in first
    await table.place(table.ann)
    hub.tick(START + TICKER_SPAN_NS - 1)
    assert told(client) == []
    assert hub.next_tick_ns() == START + TICKER_SPAN_NS
    hub.tick(START + TICKER_SPAN_NS)
    assert [each["msg"]["yes_bid_size_fp"] for each in told(client)] == ["2.00"]
    await table.place(table.ann, price="0.10")
    hub.tick(START + 5 * TICKER_SPAN_NS)
    assert told(client) == [], "a change behind the best price is no news"
    assert hub.next_tick_ns() is None


async def test_a_dropped_frame_leaves_a_hole_in_the_numbers(table: Bench) -> None:
    client = books(table, table.ann)
    table.venue.faults.switch_on({"fault": "drop_frame", "market": FED}, START)
    await table.place(table.ann)
    await table.place(table.ann, price="0.39")
    assert [each["seq"] for each in told(client)] == [4]


async def test_who_left_hears_nothing(table: Bench) -> None:
    client = books(table, table.ann)
    table.venue.hub.leave(client)
    await table.place(table.ann)
    assert told(client) == []


def test_a_pause_is_announced_and_a_closed_book_is_cleared(table: Bench) -> None:
    client = subscribe(
        table, table.ann, "market_lifecycle_v2", "orderbook_delta", market_ticker=f'"{FED}"'
    )
    venue = table.venue
    venue.exchange.pause_market(FED, START)
    venue.exchange.reactivate_market(FED, START)
    venue.settle(START)
    frames = told(client)
    assert [each["msg"]["event_type"] for each in frames] == ["deactivated", "activated"]
    assert [each["seq"] for each in frames] == [1, 2]
    venue.exchange.close_market(FED, START)
    venue.exchange.advance(START + 60_000_000_000)
    venue.settle(START)
    moved, empty = told(client)
    assert (moved["msg"]["event_type"], moved["seq"]) == ("close_date_updated", 3)
    assert empty["type"] == "orderbook_snapshot"
    assert set(empty["msg"]) == {"market_ticker", "market_id", "clock"}


async def test_a_close_is_told_in_the_recorded_order(table: Bench) -> None:
    """Expiries at the close, the whole book later at one time, the quotes, the empty snapshot."""
    client = subscribe(table, table.ann, "ticker", "orderbook_delta", market_ticker=f'"{FED}"')
    venue = table.venue
    for price in ("0.10", "0.20"):
        await table.place(table.ann, price=price)
    await table.place(table.bob, side="ask", price="0.90")
    venue.hub.tick(START)
    told(client)
    close_s = START // 1_000_000_000 + 60
    await table.place(table.ann, price="0.30", expiration_time=close_s)
    told(client)
    venue.exchange.move_close(FED, close_s * 1_000_000_000, START)
    venue.exchange.advance(START + 90_000_000_000)
    venue.settle(START + 90_000_000_000)
    frames = told(client)
    kinds = [each["type"] for each in frames]
    assert kinds == ["orderbook_delta"] * 4 + ["ticker", "orderbook_snapshot"]
    times = [each["msg"]["ts_ms"] for each in frames[:4]]
    assert times[0] == close_s * 1_000
    assert 500 <= times[1] - times[0] <= 900
    assert times[1] == times[2] == times[3]
    quotes = frames[4]["msg"]
    assert (quotes["yes_bid_dollars"], quotes["yes_ask_dollars"]) == ("0.0000", "1.0000")
    assert (quotes["yes_bid_size_fp"], quotes["yes_ask_size_fp"]) == ("0.00", "0.00")
    assert frames[5]["sid"] == frames[0]["sid"]
    assert frames[5]["seq"] == frames[3]["seq"] + 1
    assert set(frames[5]["msg"]) == {"market_ticker", "market_id", "clock"}


async def test_many_quotes_that_fall_due_together_are_sent_in_several_goes(table: Bench) -> None:
    venue = table.venue
    listing = venue.exchange.markets[FED].listing
    for number in range(100):
        venue.exchange.list_market(replace(listing, ticker=f"KXMANY-{number}"), START)
    client = subscribe(table, table.ann, "ticker")
    for number in range(100):
        await table.place(table.bob, ticker=f"KXMANY-{number}")
    goes = []
    while (due_ns := venue.hub.next_tick_ns()) is not None and due_ns <= START:
        venue.hub.tick(START)
        goes.append(len(told(client)))
    assert sum(goes) == 100
    assert max(goes) < 100
