"""The endpoints: what goes out, what comes back, and the three ends of an order."""

import base64
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.auth import SIGNATURE_HEADER, STAMP_HEADER
from kalshi_tui.api.errors import (
    ApiError,
    DeniedError,
    NotSentError,
    OrderExistsError,
    ReadFailedError,
    ScanError,
    UnknownOutcomeError,
)
from kalshi_tui.api.limits import AccountLimits, Kind
from kalshi_tui.api.rest import Prepared
from kalshi_tui.core.events import Acked, CancelAcked, ReportedStatus
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from tests.api.rig import (
    BASE,
    WALL_NS,
    Rig,
    answer,
    created,
    fill_body,
    market_body,
    order_body,
    recorded,
)

TERMS = OrderTerms("KXRAIN-26NOV22-NYC", BookSide.BID, Price(4_300), Count(1_000))
WALL_MS = WALL_NS // 1_000_000


def _prepared(rig: Rig, client_order_id: str = "c-1") -> Prepared:
    return rig.client.prepare(client_order_id, TERMS, WALL_MS)


async def test_preparing_signs_and_sends_nothing() -> None:
    rig = Rig()
    prepared = _prepared(rig)
    request = prepared.request
    assert rig.requests == []
    assert prepared.sign_wall_ms == WALL_MS
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/portfolio/events/orders")
    assert request.headers["content-type"] == "application/json"
    assert request.headers[STAMP_HEADER] == str(WALL_MS)
    message = f"{WALL_MS}POST/trade-api/v2/portfolio/events/orders".encode()
    rig.key.public_key().verify(base64.b64decode(request.headers[SIGNATURE_HEADER]), message)


async def test_an_accepted_order_is_acknowledged() -> None:
    rig = Rig(answer(201, created("c-1", fill_count="2.50", remaining_count="7.50")))
    acked = await rig.client.send(_prepared(rig))
    assert acked == Acked("c-1", "o-77", Count(250), Count(750), None, 1_790_000_000_123, 0)
    body = msgspec.json.decode(rig.requests[0].content)
    assert (body["client_order_id"], body["price"], body["count"]) == ("c-1", "0.4300", "10.00")


async def test_FC09_an_ioc_that_found_nothing_is_an_acknowledgement_with_zeros() -> None:
    rig = Rig(answer(201, created("c-1", remaining_count="0.00")))
    acked = await rig.client.send(_prepared(rig))
    assert (acked.filled, acked.remaining) == (0, 0)


async def test_FK20_a_prepared_order_is_sent_once() -> None:
    rig = Rig(answer(201, created("c-1")))
    prepared = _prepared(rig)
    await rig.client.send(prepared)
    with pytest.raises(RuntimeError):
        await rig.client.send(prepared)
    assert len(rig.requests) == 1


async def test_an_order_whose_answer_was_lost_cannot_be_sent_again_either() -> None:
    rig = Rig(httpx.ReadError("x"))
    prepared = _prepared(rig)
    with pytest.raises(UnknownOutcomeError):
        await rig.client.send(prepared)
    with pytest.raises(RuntimeError):
        await rig.client.send(prepared)
    assert len(rig.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>welcome to the airport</html>",
        b'{"order_id":"o-7',
        b"[]",
        b'{"order":{}}',
        created("c-1", order_id=""),
        created("c-1", fill_count="many"),
        created("c-1", remaining_count=None),
        {"client_order_id": "c-1", "fill_count": "0.00", "remaining_count": "1.00", "ts_ms": 1},
    ],
)
@pytest.mark.parametrize("status", [200, 201])
async def test_FA06_FA07_a_success_that_cannot_be_read_is_unknown(status: int, body: Any) -> None:
    rig = Rig(answer(status, body))
    with pytest.raises(UnknownOutcomeError) as caught:
        await rig.client.send(_prepared(rig))
    assert not caught.value.exists
    assert len(caught.value.reason) <= 200


async def test_FA07_an_answer_for_another_order_is_unknown() -> None:
    rig = Rig(answer(201, created("someone-else")))
    with pytest.raises(UnknownOutcomeError, match="another order"):
        await rig.client.send(_prepared(rig))


async def test_an_answer_that_leaves_our_id_out_is_fine() -> None:
    body = {name: value for name, value in created("c-1").items() if name != "client_order_id"}
    rig = Rig(answer(201, body))
    assert (await rig.client.send(_prepared(rig))).client_order_id == "c-1"


async def test_FC07_a_duplicate_id_exists() -> None:
    rig = Rig(answer(409, {"error": {"code": "order_already_exists", "message": "x"}}))
    with pytest.raises(OrderExistsError):
        await rig.client.send(_prepared(rig))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 429])
async def test_TO12_a_refused_order_is_denied_and_not_sent_again(status: int) -> None:
    rig = Rig(answer(status, {"error": {"code": "no", "message": "no", "details": "why"}}))
    with pytest.raises(DeniedError) as caught:
        await rig.client.send(_prepared(rig))
    assert (caught.value.status, caught.value.code, caught.value.detail) == (status, "no", "why")
    assert len(rig.requests) == 1


@pytest.mark.parametrize("status", [301, 307, 408, 500, 502, 503, 504])
async def test_FA05_FA08_an_order_answered_otherwise_is_unknown(status: int) -> None:
    rig = Rig(answer(status, {"error": {"code": "x"}}, location="https://evil.test"))
    with pytest.raises(UnknownOutcomeError):
        await rig.client.send(_prepared(rig))
    assert len(rig.requests) == 1


@given(status=st.integers(200, 599), body=st.binary(max_size=120))
async def test_any_answer_to_an_order_ends_in_one_of_the_typed_ways(
    status: int, body: bytes
) -> None:
    rig = Rig(httpx.Response(status, content=body))
    with pytest.raises((DeniedError, UnknownOutcomeError)):
        await rig.client.send(_prepared(rig))


async def test_terms_that_cannot_be_said_are_not_sent() -> None:
    rig = Rig()
    with pytest.raises(NotSentError):
        rig.client.prepare("c-1", replace(TERMS, count=Count(0)), WALL_MS)


async def test_FL06_an_order_does_not_wait_for_tokens_and_a_cancel_has_its_own() -> None:
    rig = Rig(answer(200, {"order_id": "o-1", "reduced_by": "1.00", "ts_ms": 5}))
    for number in range(8):
        _prepared(rig, f"c-{number}")
    with pytest.raises(NotSentError, match="budget"):
        _prepared(rig, "c-9")
    await rig.client.cancel("o-1", "KX-1")
    assert rig.clocks.sleeps == []


async def test_FB01_orders_are_signed_on_the_exchanges_clock() -> None:
    date = "Wed, 01 Jan 2031 00:00:00 GMT"
    rig = Rig(answer(200, {"portfolio_value": 0, "balance": 1}, date=date))
    await rig.client.balance()
    prepared = _prepared(rig)
    offset_ms = prepared.sign_wall_ms - WALL_MS
    assert offset_ms == rig.client.clock_offset_ns // 1_000_000
    assert abs(prepared.sign_wall_ms - 1_924_992_000_000) <= 1_000
    uncertainty = rig.client.clock_uncertainty_ns
    assert uncertainty is not None
    assert uncertainty <= 1_000_000_000


async def test_FC23_a_cancel_names_its_market() -> None:
    rig = Rig(answer(200, {"order_id": "o-1", "reduced_by": "7.50", "ts_ms": 5}))
    assert await rig.client.cancel("o-1", "KX-1") == CancelAcked("o-1", Count(750), 5, 0)
    request = rig.requests[0]
    assert request.method == "DELETE"
    assert request.url.path == "/trade-api/v2/portfolio/events/orders/o-1"
    assert dict(request.url.params) == {"market_ticker": "KX-1"}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(404, {"error": {"code": "not_found", "message": "not found"}}), DeniedError),
        (answer(500, b""), UnknownOutcomeError),
        (answer(200, b"{}"), UnknownOutcomeError),
        (httpx.ReadTimeout("x"), UnknownOutcomeError),
        (httpx.ConnectError("x"), NotSentError),
    ],
)
async def test_TO24_TO25_a_cancel_has_the_same_ends(
    reply: httpx.Response | Exception, kind: type[ApiError]
) -> None:
    rig = Rig(reply)
    with pytest.raises(kind):
        await rig.client.cancel("o-1", "KX-1")
    assert len(rig.requests) == 1


async def test_cancel_all_goes_to_every_shard_and_has_no_body() -> None:
    rig = Rig(answer(204), answer(503, b""))
    await rig.client.cancel_all()
    assert rig.requests[0].url.raw_path == b"/trade-api/v2/portfolio/events/orders"
    assert rig.requests[0].method == "DELETE"
    with pytest.raises(UnknownOutcomeError):
        await rig.client.cancel_all()


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
    _prepared(rig)
    with pytest.raises(NotSentError):
        _prepared(rig)


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
