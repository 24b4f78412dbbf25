"""The reads: what goes out, what comes back, and what no half answer may pass for."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.errors import (
    DeniedError,
    NotSentError,
    ReadFailedError,
    ScanError,
)
from kalshi_tui.api.limits import AccountLimits, Kind
from kalshi_tui.core.events import ReportedStatus
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from tests.api.rig import (
    WALL_NS,
    Rig,
    answer,
    fill_body,
    market_body,
    order_body,
    recorded,
)
from tests.support.petition import check_request

TERMS = OrderTerms("KXRAIN-26NOV22-NYC", BookSide.BID, Price(4_300), Count(1_000))


async def test_orders_are_read_page_by_page() -> None:
    rig = Rig(
        answer(200, {"orders": [order_body(order_id="o-1")], "cursor": "next"}),
        answer(200, {"orders": [order_body(order_id="o-2", status="executed")], "cursor": ""}),
    )
    orders = await rig.client.orders(ticker="KXRAIN-26NOV22-NYC", min_ts_s=17)
    assert [each.order_id for each in orders] == ["o-1", "o-2"]
    assert orders[1].status is ReportedStatus.EXECUTED
    assert dict(rig.requests[0].url.params) == {
        "limit": "1000",
        "ticker": "KXRAIN-26NOV22-NYC",
        "min_ts": "17",
    }
    assert rig.requests[1].url.params["cursor"] == "next"


async def test_FC16_one_unreadable_order_fails_the_whole_scan() -> None:
    rig = Rig(answer(200, {"orders": [order_body(), order_body(fill_count_fp="?")], "cursor": ""}))
    with pytest.raises(ReadFailedError):
        await rig.client.orders()


async def test_FC16_a_scan_whose_second_page_fails_gives_nothing() -> None:
    rig = Rig(answer(200, {"orders": [order_body()], "cursor": "n"}), answer(500, b""))
    with pytest.raises(ReadFailedError):
        await rig.client.orders()


async def test_FC16_a_scan_that_goes_round_fails() -> None:
    rig = Rig(handler=lambda _: answer(200, {"orders": [], "cursor": "again"}))
    with pytest.raises(ScanError):
        await rig.client.orders()
    assert len(rig.requests) == 2


async def test_fills_positions_and_queues_are_read() -> None:
    position = {
        "ticker": "KX-1",
        "position_fp": "-3.00",
        "market_exposure_dollars": "1.500000",
        "realized_pnl_dollars": "-0.250000",
        "fees_paid_dollars": "0.018900",
        "last_updated_ts": "2026-06-11T06:29:30.1Z",
    }
    rig = Rig(
        answer(200, {"fills": [fill_body()], "cursor": ""}),
        answer(200, {"market_positions": [position], "event_positions": [{}], "cursor": ""}),
        answer(200, {"queue_positions": [{"order_id": "o-1", "queue_position_fp": "12.00"}]}),
        answer(200, {"queue_positions": None}),
    )
    assert (await rig.client.fills(order_id="o-1"))[0].trade_id == "t-1"
    assert rig.requests[0].url.params["order_id"] == "o-1"
    read = (await rig.client.positions())[0]
    assert (read.position, read.cost, read.realized) == (-300, 1_500_000, -250_000)
    assert (await rig.client.queue_positions(["KX-1", "KX-2"])).queues == (("o-1", 1_200),)
    assert rig.requests[2].url.params["market_tickers"] == "KX-1,KX-2"
    assert (await rig.client.queue_positions()).queues == ()


async def test_one_order_is_read_by_its_id_whatever_it_holds() -> None:
    rig = Rig(answer(200, {"order": order_body()}), answer(404, {"error": {"code": "not_found"}}))
    assert (await rig.client.order("a/b?c")).remaining == 750
    assert rig.requests[0].url.raw_path == b"/trade-api/v2/portfolio/orders/a%2Fb%3Fc"
    with pytest.raises(DeniedError):
        await rig.client.order("gone")


async def test_archived_orders_and_fills_are_read_to_their_end_as_strictly_as_live_ones() -> None:
    rig = Rig(
        answer(200, {"orders": [order_body(order_group_id="g-1")], "cursor": "n"}),
        answer(200, {"orders": [order_body(order_id="o-2")], "cursor": ""}),
        answer(200, {"fills": [fill_body()], "cursor": ""}),
        answer(200, {"orders": [order_body(status=None)], "cursor": ""}),
    )
    found = await rig.client.archived_orders(ticker="KX-1", min_ts_s=5)
    assert [(each.order_id, each.group_id) for each in found][1] == ("o-2", "")
    assert found[0].group_id == "g-1"
    assert len(await rig.client.archived_fills(ticker="KX-1")) == 1
    with pytest.raises(ReadFailedError):
        await rig.client.archived_orders()


async def test_the_archives_cutoff_is_read() -> None:
    stamps = {"orders_updated_ts": "2026-11-08T00:00:00Z", "trades_created_ts": "x"}
    rig = Rig(answer(200, stamps | {"trades_created_ts": stamps["orders_updated_ts"]}))
    cutoff = await rig.client.cutoff()
    assert cutoff.orders_updated_ns == cutoff.trades_created_ns == 1_794_096_000 * 1_000_000_000


async def test_order_groups_are_read() -> None:
    group = {"is_auto_cancel_enabled": True, "contracts_limit_fp": "5.00", "exchange_index": 1}
    rig = Rig(
        answer(200, {"order_groups": [group | {"id": "g-1"}]}),
        answer(200, group | {"orders": ["o-1"]}),
        answer(200, {"order_groups": None}),
        answer(200, {"order_groups": [group]}),
    )
    (listed,) = await rig.client.groups()
    assert (listed.group_id, listed.shard, listed.limit, listed.order_ids) == ("g-1", 1, 500, None)
    assert (await rig.client.group("g-1")).order_ids == ("o-1",)
    assert await rig.client.groups() == ()
    with pytest.raises(ReadFailedError):
        await rig.client.groups()


async def test_every_private_read_is_a_request_of_the_published_specification() -> None:
    rig = Rig(handler=lambda _: answer(400, b""))
    client = rig.client
    calls = [
        client.orders(status="resting", ticker="KX-1", min_ts_s=5),
        client.order("o-1"),
        client.fills(order_id="o-1", min_ts_s=5),
        client.positions("KX-1"),
        client.balance(),
        client.queue_positions(["KX-1"]),
        client.archived_orders(ticker="KX-1", min_ts_s=5),
        client.archived_fills(ticker="KX-1", min_ts_s=5),
        client.cutoff(),
        client.groups(),
        client.group("g-1"),
        client.account_limits(),
        client.endpoint_costs(),
        client.user_data_timestamp(),
    ]
    for call in calls:
        with pytest.raises(DeniedError):
            await call
    assert len({check_request(each) for each in rig.requests}) == len(calls)


async def test_limits_and_costs_are_used_once_they_are_read() -> None:
    rig = Rig(
        answer(
            200,
            {
                "usage_tier": "premier",
                "read": {"refill_rate": 1000, "bucket_capacity": 1000},
                "write": {"refill_rate": 1000, "bucket_capacity": 25},
                "grants": [],
            },
        ),
        answer(
            200,
            {
                "default_cost": 20,
                "endpoint_costs": [
                    {"method": "DELETE", "path": "/trade-api/v2/portfolio/events/orders", "cost": 3}
                ],
            },
        ),
    )
    limits = await rig.client.account_limits()
    assert limits == AccountLimits("premier", 1_000, 1_000, 1_000, 25)
    assert not rig.limits.needs_reload(rig.clocks.mono_ns)
    costs = await rig.client.endpoint_costs()
    assert costs.cost("DELETE", "/trade-api/v2/portfolio/events/orders") == 3
    rig.client.prepare("c-1", TERMS, WALL_NS // 1_000_000)
    with pytest.raises(NotSentError):
        rig.client.prepare("c-2", TERMS, WALL_NS // 1_000_000)


async def test_FL07_the_balance_is_asked_for_once_a_second() -> None:
    rig = Rig(handler=lambda _: answer(200, {"portfolio_value": 5, "balance_dollars": "1.5"}))
    first = await rig.client.balance()
    assert (first.cash, first.portfolio) == (1_500_000, 50_000)
    await rig.client.balance()
    assert rig.clocks.sleeps == [1.0]
    assert rig.limits.take(1, rig.clocks.mono_ns, Kind.READ) == 0


@pytest.mark.parametrize("status", [200, 500, 503, 504])
async def test_FF04_the_status_is_read_even_from_an_outage(status: int) -> None:
    body = {
        "exchange_active": False,
        "trading_active": False,
        "exchange_estimated_resume_time": "2026-11-26T10:00:00Z",
    }
    rig = Rig(answer(status, body))
    read = await rig.client.exchange_status()
    assert (read.exchange_active, read.trading_active) == (False, False)
    assert read.resume_text == "2026-11-26T10:00:00Z"


async def test_FC19_the_status_of_each_shard_is_read() -> None:
    shard = {"description": "Two", "intra_exchange_transfers_active": True}
    body = {
        "exchange_active": True,
        "trading_active": True,
        "exchange_index_statuses": [
            {"exchange_index": 0, "exchange_active": True, "trading_active": True, **shard},
            {"exchange_index": 2, "exchange_active": True, "trading_active": False, **shard},
        ],
    }
    read = await Rig(answer(200, body)).client.exchange_status()
    assert [(each.index, each.is_trading) for each in read.shards] == [(0, True), (2, False)]


async def test_FF04_an_outage_without_a_readable_body_is_a_failed_read() -> None:
    rig = Rig(answer(503, b"<html>maintenance</html>"))
    with pytest.raises(ReadFailedError):
        await rig.client.exchange_status()


async def test_markets_leave_combos_out_unless_they_are_named() -> None:
    rig = Rig(handler=lambda _: answer(200, {"markets": [market_body()], "cursor": ""}))
    listed = await rig.client.markets(status="open")
    assert len(listed.markets) == len(listed.quotes) == 1
    assert dict(rig.requests[0].url.params) == {
        "limit": "1000",
        "status": "open",
        "mve_filter": "exclude",
    }
    await rig.client.markets(tickers=[f"KX-{number}" for number in range(150)])
    asked = [request.url.params["tickers"].split(",") for request in rig.requests[1:]]
    assert [len(names) for names in asked] == [100, 50]
    assert "mve_filter" not in rig.requests[1].url.params


async def test_markets_that_cannot_be_read_are_counted() -> None:
    rig = Rig(answer(200, {"markets": [market_body(), {"ticker": "KX"}], "cursor": ""}))
    assert len((await rig.client.markets()).markets) == 1
    assert rig.client.unreadable == 1


async def test_events_come_with_their_markets_and_broken_ones_are_counted() -> None:
    event = {"event_ticker": "KXRAIN-1", "series_ticker": "KXRAIN", "title": "Rain"}
    page = [event | {"markets": [market_body(), {}]}, {"title": "no ticker"}]
    rig = Rig(
        answer(200, {"events": page, "milestones": [1, 2], "cursor": ""}),
        answer(200, {"event": event | {"fee_multiplier_override": 0.5, "markets": []}}),
    )
    events = await rig.client.events()
    assert [len(each.listed.markets) for each in events] == [1]
    assert rig.client.unreadable == 2
    assert rig.requests[0].url.params["with_nested_markets"] == "true"
    assert (await rig.client.event("KXRAIN-1")).fee_multiplier == 500_000


async def test_a_market_a_book_a_series_and_the_stamp_are_read() -> None:
    levels = {"yes_dollars": [["0.0800", "300.00"], ["0.4700", "3.00"]], "no_dollars": None}
    rig = Rig(
        answer(200, {"market": market_body()}),
        answer(200, {"orderbook_fp": levels | {"no_dollars": [["0.4800", "3.00"]]}}),
        answer(200, {"orderbook": {}}),
        answer(200, {"orderbook_fp": levels}),
        answer(200, {"series": {"ticker": "KX", "fee_type": "quadratic", "fee_multiplier": 1}}),
        answer(200, {"as_of_time": "2026-11-22T10:00:00.25Z"}),
    )
    assert (await rig.client.market("KX-1")).markets[0].status.value == "active"
    book = await rig.client.orderbook("KX-1")
    assert book.bids == ((800, 30_000), (4_700, 300))
    assert book.asks == ((5_200, 300),)
    empty = await rig.client.orderbook("KX-1")
    assert (empty.bids, empty.asks) == ((), ())
    assert (await rig.client.orderbook("KX-1")).asks == ()
    assert (await rig.client.series("KX")).fees.is_known
    assert await rig.client.user_data_timestamp() == 1_795_341_600_250_000_000


@given(body=st.binary(max_size=120) | st.just(b"{}") | st.just(b"null"))
async def test_FA06_any_body_of_a_read_is_a_fact_or_a_typed_error(body: bytes) -> None:
    rig = Rig(handler=lambda _: httpx.Response(200, content=body))
    client = rig.client
    for call in (
        client.orders,
        client.fills,
        client.positions,
        client.queue_positions,
        client.exchange_status,
        client.account_limits,
        client.endpoint_costs,
        client.user_data_timestamp,
        client.events,
        client.markets,
        client.balance,
    ):
        try:
            await call()
        except ReadFailedError:
            continue


RECORDINGS = {
    "/portfolio/orders": "portfolio__orders_list",
    "/portfolio/fills": "fills__after_taker",
    "/portfolio/positions": "portfolio__positions",
    "/portfolio/balance": "auth__balance_ok",
    "/account/limits": "account__limits",
    "/account/endpoint_costs": "account__endpoint_costs",
    "/exchange/status": "exchange__status",
    "/markets": "markets__single_filter_lastpage",
    "/markets/KX-1": "markets__single",
    "/markets/KX-1/orderbook": "orderbook__base",
}


async def test_a_recorded_session_is_read_from_end_to_end() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        name = RECORDINGS[request.url.path.removeprefix("/trade-api/v2")]
        return httpx.Response(200, content=recorded(f"demo/{name}.json"))

    client = Rig(handler=reply).client
    orders, fills = await client.orders(), await client.fills()
    assert orders[0].fees == sum(fill.fee for fill in fills if fill.order_id == orders[0].order_id)
    position = (await client.positions())[0]
    assert position.fees == sum(fill.fee for fill in fills)
    assert (await client.balance()).cash == 98_018_600
    assert (await client.account_limits()).write_capacity == 100
    assert (await client.endpoint_costs()).default == 10
    assert (await client.exchange_status()).trading_active
    assert len((await client.markets()).markets) == 1
    assert (await client.market("KX-1")).quotes[0].ask == 5_200
    assert (await client.orderbook("KX-1")).asks == ((5_200, 300),)
    assert client.unreadable == 0


async def test_a_body_is_fetched_as_it_was_sent() -> None:
    rig = Rig(answer(200, b'{"fills":[],  "cursor":""}'), answer(404, {"code": "not_found"}))
    body = await rig.client.fetch("/historical/fills", {"limit": "5", "cursor": "a b"})
    assert body == b'{"fills":[],  "cursor":""}'
    assert dict(rig.requests[0].url.params) == {"limit": "5", "cursor": "a b"}
    with pytest.raises(DeniedError):
        await rig.client.fetch("/historical/fills", {})
