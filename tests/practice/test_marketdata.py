"""Public reads, none of which needs a signature."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.practice_bench import FED, ROOT, START, Bench, bench

STATUSES = ("unopened", "open", "paused", "closed", "settled")


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


async def read(table: Bench, path: str, status: int = 200) -> Any:
    response = await table.call("GET", ROOT + path)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


async def test_the_exchange_says_what_works(table: Bench) -> None:
    body = await read(table, "/exchange/status")
    assert (body["exchange_active"], body["trading_active"]) == (True, True)
    indexes = [each["exchange_index"] for each in body["exchange_index_statuses"]]
    assert indexes == list(table.venue.exchange.shards)
    table.venue.exchange.trading_active = False
    assert (await read(table, "/exchange/status"))["trading_active"] is False
    assert "as_of_time" in await read(table, "/exchange/user_data_timestamp")
    assert (await read(table, "/account/endpoint_costs"))["default_cost"] == 10
    assert len(await read(table, "/historical/cutoff")) == 4


async def test_a_market_carries_its_quotes_and_its_grid(table: Bench) -> None:
    await table.place(table.ann, count="3", price="0.47")
    await table.place(table.ann, count="2.50", price="0.52", side="ask")
    market = (await read(table, f"/markets/{FED}"))["market"]
    expected = {
        "status": "active",
        "yes_bid_dollars": "0.4700",
        "yes_bid_size_fp": "3.00",
        "yes_ask_dollars": "0.5200",
        "yes_ask_size_fp": "2.50",
        "no_bid_dollars": "0.4800",
        "no_ask_dollars": "0.5300",
        "last_price_dollars": "0.0000",
        "volume_fp": "0.00",
        "market_type": "binary",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
    }
    assert {name: market[name] for name in expected} == expected
    await read(table, "/markets/KXNOTHING", 404)


async def test_an_empty_side_has_size_zero_and_no_null(table: Bench) -> None:
    market = (await read(table, f"/markets/{FED}"))["market"]
    assert (market["yes_bid_dollars"], market["yes_ask_dollars"]) == ("0.0000", "1.0000")
    assert (market["yes_bid_size_fp"], market["yes_ask_size_fp"]) == ("0.00", "0.00")


async def test_the_orderbook_ascends_and_depth_keeps_the_best(table: Bench) -> None:
    for price in ("0.30", "0.40", "0.20"):
        await table.place(table.ann, price=price)
    await table.place(table.ann, side="ask", price="0.60")
    await table.place(table.ann, side="ask", price="0.70")
    path = f"/markets/{FED}/orderbook"
    assert (await read(table, path))["orderbook_fp"] == {
        "yes_dollars": [["0.2000", "1.00"], ["0.3000", "1.00"], ["0.4000", "1.00"]],
        "no_dollars": [["0.3000", "1.00"], ["0.4000", "1.00"]],
    }
    assert (await read(table, path + "?depth=1"))["orderbook_fp"] == {
        "yes_dollars": [["0.4000", "1.00"]],
        "no_dollars": [["0.4000", "1.00"]],
    }
    await read(table, path + "?depth=101", 400)
    both = await read(table, f"/markets/orderbooks?tickers={FED}&tickers=KXNOTHING")
    assert [each["ticker"] for each in both["orderbooks"]] == [FED]
    await read(table, "/markets/orderbooks", 400)


@pytest.mark.parametrize("word", STATUSES)
async def test_filter_words_are_not_the_status_words(table: Bench, word: str) -> None:
    exchange = table.venue.exchange
    exchange.pause_market(FED, START)
    exchange.close_market("KXFEDDECISION-27JAN-C25", START)
    found = (await read(table, f"/markets?status={word}&limit=1000"))["markets"]
    statuses = {each["status"] for each in found}
    assert (
        statuses
        <= {
            "unopened": {"initialized"},
            "open": {"active"},
            "paused": {"inactive"},
            "closed": {"closed"},
            "settled": {"finalized"},
        }[word]
    )
    assert bool(found) == (word in ("open", "paused", "closed"))
    await read(table, "/markets?status=active", 400)


async def test_market_filters(table: Bench) -> None:
    every = (await read(table, "/markets?limit=1000&mve_filter=exclude"))["markets"]
    assert len(every) == len(table.venue.exchange.markets)
    event = (await read(table, "/markets?event_ticker=KXFEDDECISION-27JAN"))["markets"]
    series = (await read(table, "/markets?series_ticker=KXFEDDECISION"))["markets"]
    assert {each["ticker"] for each in event} == {each["ticker"] for each in series}
    assert 1 < len(event) < len(every)
    two = (await read(table, f"/markets?tickers={FED},{every[1]['ticker']}"))["markets"]
    assert len(two) == 2
    assert (await read(table, "/markets?mve_filter=only"))["markets"] == []
    assert (await read(table, "/markets?min_close_ts=99999999999"))["markets"] == []


async def test_markets_page_to_an_empty_cursor(table: Bench) -> None:
    found: list[str] = []
    cursor = ""
    while True:
        body = await read(table, f"/markets?limit=5&cursor={cursor}")
        found += [each["ticker"] for each in body["markets"]]
        cursor = body["cursor"]
        if not cursor:
            break
    assert sorted(found) == sorted(table.venue.exchange.markets)
    garbage = await read(table, "/markets?limit=5&cursor=garbage-cursor-fixture")
    assert [each["ticker"] for each in garbage["markets"]] == found[:5]


async def test_limit_over_the_maximum_has_the_recorded_body(table: Bench) -> None:
    assert await read(table, "/markets?limit=1001", 400) == {
        "msg": "Parameter validation failed for GetMarkets: Key: 'GetMarketsParams.Limit' "
        "Error:Field validation for 'Limit' failed on the 'lte' tag"
    }


async def test_events_and_series_fit_the_markets(table: Bench) -> None:
    events = (await read(table, "/events?with_nested_markets=true"))["events"]
    nested = [market["ticker"] for event in events for market in event["markets"]]
    assert sorted(nested) == sorted(table.venue.exchange.markets)
    assert any(event["mutually_exclusive"] for event in events)
    one = await read(table, "/events/KXFEDDECISION-27JAN")
    assert FED in [each["ticker"] for each in one["markets"]]
    assert "markets" not in one["event"]
    inside = await read(table, "/events/KXFEDDECISION-27JAN?with_nested_markets=true")
    assert (inside["markets"], len(inside["event"]["markets"])) == ([], len(one["markets"]))
    await read(table, "/events/KXNOTHING", 404)
    assert (await read(table, "/events?status=settled"))["events"] == []
    await read(table, "/events?status=paused", 400)
    listed = (await read(table, "/series"))["series"]
    assert {event["series_ticker"] for event in events} == {each["ticker"] for each in listed}
    single = (await read(table, "/series/KXFEDDECISION"))["series"]
    assert (single["fee_type"], single["fee_multiplier"]) == ("quadratic", 1)
    assert {each["fee_multiplier"] for each in listed} >= {0.5, 1}
    await read(table, "/series/KXNOTHING", 404)
    assert (await read(table, "/series?category=Nonsense"))["series"] == []


async def test_public_trades_are_newest_first(table: Bench) -> None:
    await table.place(table.bob, side="ask", count="5.00")
    for count in ("1.00", "2.00"):
        await table.place(table.ann, count=count)
        table.hands.pass_ms(1_000)
    trades = (await read(table, f"/markets/trades?ticker={FED}"))["trades"]
    assert [each["count_fp"] for each in trades] == ["2.00", "1.00"]
    assert trades[0]["taker_book_side"] == "bid"
    assert trades[0]["is_block_trade"] is False
    first = await read(table, "/markets/trades?limit=1")
    assert [each["count_fp"] for each in first["trades"]] == ["2.00"]
    rest = await read(table, f"/markets/trades?limit=1&cursor={first['cursor']}")
    assert ([each["count_fp"] for each in rest["trades"]], rest["cursor"]) == (["1.00"], "")
    late = START // 1_000_000_000 + 1
    assert len((await read(table, f"/markets/trades?min_ts={late}"))["trades"]) == 1
    assert len((await read(table, f"/markets/trades?max_ts={late - 1}"))["trades"]) == 1
    assert (await read(table, "/markets/trades?is_block_trade=true"))["trades"] == []
