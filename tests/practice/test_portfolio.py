"""Private reads: what an account sees of itself and nobody else does."""

from pathlib import Path
from typing import Any

import pytest

from kalshi_tui.practice.wire import stamp
from tests.support.practice_bench import FED, ROOT, Bench, Signer, bench

CUT = "KXFEDDECISION-27JAN-C25"


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


async def read(table: Bench, path: str, by: Signer | None = None, status: int = 200) -> Any:
    response = await table.call("GET", ROOT + path, by or table.ann)
    assert response.status_code == status, response.text
    return response.json()


async def trade(table: Bench) -> None:
    """Ann buys 3 YES at 52 cents from Bob."""
    await table.place(table.bob, side="ask", price="0.52", count="3.00")
    await table.place(table.ann, price="0.60", count="3.00", client_order_id="a-1")


async def test_the_balance_is_net_of_what_rests(table: Bench) -> None:
    path = "/portfolio/balance?exchange_index=0"
    body = await read(table, path)
    assert body["balance_dollars"] == "10000.0000"
    assert body["balance"] == 1_000_000
    assert body["balance_breakdown"] == [{"exchange_index": 0, "balance": "10000.0000"}]
    await table.place(table.ann, price="0.33", count="0.03")
    assert (await read(table, path))["balance_dollars"] == "9999.9901"
    assert (await read(table, path))["balance"] == 999_999, "cut, not rounded"
    assert (await read(table, path, table.bob))["balance"] == 1_000_000
    every = await read(table, "/portfolio/balance", table.bob)
    assert every["balance"] == 1_000_000 * len(every["balance_breakdown"]), "of all shards"


async def test_a_trade_shows_in_position_fills_and_value(table: Bench) -> None:
    await trade(table)
    body = await read(table, "/portfolio/positions")
    (mine,) = body["market_positions"]
    assert (mine["ticker"], mine["position_fp"]) == (FED, "3.00")
    assert mine["market_exposure_dollars"] == mine["total_traded_dollars"] == "1.560000"
    (event,) = body["event_positions"]
    assert event["event_ticker"] == "KXFEDDECISION-27JAN"
    assert event["total_cost_shares_fp"] == "3.00"
    assert event["fees_paid_dollars"] == mine["fees_paid_dollars"] == "0.052500"
    (yours,) = (await read(table, "/portfolio/positions", table.bob))["market_positions"]
    assert yours["position_fp"] == "-3.00"
    assert yours["market_exposure_dollars"] == "1.440000"
    balance = await read(table, "/portfolio/balance?exchange_index=0")
    assert balance["portfolio_value"] == 156
    assert balance["balance_dollars"] == "9998.3875"
    (fill,) = (await read(table, "/portfolio/fills"))["fills"]
    assert (fill["yes_price_dollars"], fill["no_price_dollars"]) == ("0.5200", "0.4800")
    assert (fill["is_taker"], fill["fee_cost"]) == (True, "0.052500")
    assert fill["fill_id"] == fill["trade_id"]
    assert "client_order_id" not in fill
    (other,) = (await read(table, "/portfolio/fills", table.bob))["fills"]
    assert (other["outcome_side"], other["book_side"], other["fee_cost"]) == (
        "no",
        "ask",
        "0.000000",
    )


async def test_positions_are_filtered(table: Bench) -> None:
    await trade(table)
    await table.place(table.bob, price="0.52", count="3.00")
    await table.place(table.ann, side="ask", price="0.52", count="3.00")
    assert len((await read(table, "/portfolio/positions"))["market_positions"]) == 1
    flat = await read(table, "/portfolio/positions?count_filter=position")
    assert flat["market_positions"] == []
    traded = await read(table, "/portfolio/positions?count_filter=position,total_traded")
    assert traded["market_positions"] == []
    for query in ("ticker=X", "event_ticker=X", "settlement_status=settled"):
        body = await read(table, f"/portfolio/positions?{query}")
        assert (body["market_positions"], body["event_positions"]) == ([], [])
    await read(table, "/portfolio/positions?settlement_status=maybe", status=400)


async def test_orders_are_newest_first_filtered_and_paged(table: Bench) -> None:
    for number, ticker in enumerate([FED, CUT, FED]):
        await table.place(table.ann, ticker=ticker, price="0.10", client_order_id=f"a-{number}")
        table.hands.pass_ms(1_000)
    every = (await read(table, "/portfolio/orders"))["orders"]
    assert [each["client_order_id"] for each in every] == ["a-2", "a-1", "a-0"]
    assert (await read(table, "/portfolio/orders", table.bob))["orders"] == []

    async def named(query: str) -> list[str]:
        body = await read(table, f"/portfolio/orders?{query}")
        return [each["client_order_id"] for each in body["orders"]]

    assert await named(f"ticker={CUT}") == ["a-1"]
    assert await named("event_ticker=KXFEDDECISION-27JAN") == ["a-2", "a-1", "a-0"]
    assert await named("status=canceled") == []
    assert await named("status=resting&limit=2") == ["a-2", "a-1"]
    start = table.hands.wall // 1_000_000_000 - 3
    assert await named(f"min_ts={start + 2}") == ["a-2"]
    assert await named(f"max_ts={start}") == ["a-0"]
    first = await read(table, "/portfolio/orders?limit=2")
    await table.place(table.ann, price="0.09", client_order_id="a-3")
    assert await named(f"limit=2&cursor={first['cursor']}") == ["a-0"]
    await read(table, "/portfolio/orders?status=unknown", status=400)


async def test_an_order_is_read_only_by_its_owner(table: Bench) -> None:
    placed = (await table.place(table.ann, client_order_id="a-1")).json()
    path = f"/portfolio/orders/{placed['order_id']}"
    order = (await read(table, path))["order"]
    assert (order["status"], order["remaining_count_fp"]) == ("resting", "1.00")
    assert (order["side"], order["action"], order["type"]) == ("yes", "buy", "limit")
    assert order["user_id"] == table.ann.key_id
    assert "expiration_time" not in order
    await read(table, path, table.bob, 404)
    await read(table, "/portfolio/orders/nothing", status=404)


async def test_queue_positions_count_what_stands_in_front(table: Bench) -> None:
    await table.place(table.bob, count="2.50")
    placed = (await table.place(table.ann)).json()
    path = f"/portfolio/orders/{placed['order_id']}/queue_position"
    assert await read(table, path) == {"queue_position_fp": "2.50"}
    (listed,) = (await read(table, "/portfolio/orders/queue_positions"))["queue_positions"]
    assert listed == {
        "order_id": placed["order_id"],
        "market_ticker": FED,
        "queue_position_fp": "2.50",
    }
    other = await read(table, f"/portfolio/orders/queue_positions?market_tickers={CUT}")
    assert other["queue_positions"] == []
    await read(table, path, table.bob, 404)


async def test_fills_are_filtered(table: Bench) -> None:
    await trade(table)
    (fill,) = (await read(table, "/portfolio/fills"))["fills"]
    for query in (f"ticker={FED}", f"order_id={fill['order_id']}", f"min_ts={fill['ts']}"):
        assert len((await read(table, f"/portfolio/fills?{query}"))["fills"]) == 1
    for query in (f"ticker={CUT}", "order_id=x", f"max_ts={fill['ts'] - 1}"):
        assert (await read(table, f"/portfolio/fills?{query}"))["fills"] == []


async def test_settlements_and_limits(table: Bench) -> None:
    assert await read(table, "/portfolio/settlements") == {"cursor": "", "settlements": []}
    limits = await read(table, "/account/limits")
    assert set(limits) == {"usage_tier", "read", "write", "grants"}
    assert set(limits["write"]) == {"refill_rate", "bucket_capacity"}


async def test_without_an_enforced_tier_no_client_is_told_to_hold_itself_back(table: Bench) -> None:
    table.venue.policy.change({"tier": "unlimited"})
    told = await read(table, "/account/limits")
    assert told["write"] == {"refill_rate": 8_000, "bucket_capacity": 16_000}
    table.venue.policy.change({"tier": "basic"})
    told = await read(table, "/account/limits")
    assert told["write"] == {"refill_rate": 100, "bucket_capacity": 100}


async def test_reads_may_trail_writes_as_the_real_ones_do(table: Bench) -> None:
    table.venue.policy.change({"read_lag_ms": [300, 1_000]})
    table.venue.hindsight.lag_ms = table.venue.policy.read_lag_ms
    order = (await table.place(table.ann)).json()["order_id"]
    path = f"/portfolio/orders/{order}"
    await read(table, path, status=404)
    assert (await read(table, "/portfolio/orders"))["orders"] == []
    assert (await read(table, "/portfolio/balance?exchange_index=0"))["balance"] == 1_000_000
    table.hands.pass_ms(1_100)
    assert (await read(table, path))["order"]["status"] == "resting"
    await table.call("DELETE", f"{ROOT}/portfolio/events/orders/{order}", table.ann)
    assert (await read(table, path))["order"]["status"] == "resting", "canceled, and not shown yet"
    table.hands.pass_ms(1_100)
    assert (await read(table, path))["order"]["status"] == "canceled"
    as_of = (await read(table, "/exchange/user_data_timestamp"))["as_of_time"]
    assert as_of == stamp(table.venue.clock.now_ns() - 1_000_000_000)
