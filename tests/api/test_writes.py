"""The writes: what goes out, what each answer means, and what pays for it."""

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
    UnknownOutcomeError,
)
from kalshi_tui.api.limits import AccountLimits, Kind, RateLimits
from kalshi_tui.api.writes import MOST_ITEMS, Prepared
from kalshi_tui.core.answers import (
    Acked,
    AmendAcked,
    CancelAcked,
    CancelRefused,
    DecreaseAcked,
    GroupMade,
    OutcomeUnknown,
    Refused,
)
from kalshi_tui.core.effects import SendAmend, SendCancel, SendDecrease, Submit
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from tests.api.rig import BASE, WALL_NS, Rig, answer, created
from tests.support.petition import check_request

TERMS = OrderTerms("KXRAIN-26NOV22-NYC", BookSide.BID, Price(4_300), Count(1_000))
WALL_MS = WALL_NS // 1_000_000
AMEND = SendAmend("r-1", "o-1", "c-1", TERMS)
DECREASE = SendDecrease("r-1", "o-1", "KX-1", Count(300))


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


@pytest.mark.parametrize(
    ("counts", "remaining", "filled"),
    [
        ({"remaining_count": "8.00", "fill_count": "1.50"}, 800, 150),
        ({"remaining_count": None, "fill_count": None}, None, None),
        ({}, None, None),
    ],
)
async def test_TO27_an_amend_is_acknowledged_with_the_counts_it_states(
    counts: dict[str, Any], remaining: int | None, filled: int | None
) -> None:
    rig = Rig(answer(200, {"order_id": "o-1", "ts_ms": 7, **counts}))
    acked = await rig.client.amend(replace(AMEND, expires_s=0))
    assert acked == AmendAcked("r-1", "o-1", remaining, filled, 7, 0)  # type: ignore[arg-type]
    request = rig.requests[0]
    assert request.url.path.endswith("/events/orders/o-1/amend")
    assert msgspec.json.decode(request.content) == {
        "ticker": TERMS.ticker,
        "side": "bid",
        "price": "0.4300",
        "count": "10.00",
        "client_order_id": "c-1",
        "expiration_time": 0,
    }


async def test_FC12_a_decrease_says_what_shall_remain_and_nothing_else() -> None:
    rig = Rig(answer(200, {"order_id": "o-1", "remaining_count": "3.00", "ts_ms": 7}))
    assert await rig.client.decrease(DECREASE) == DecreaseAcked("r-1", "o-1", Count(300), 7, 0)
    body = msgspec.json.decode(rig.requests[0].content)
    assert body == {"reduce_to": "3.00", "market_ticker": "KX-1"}


LOST = [
    (answer(404, {"error": {"code": "not_found", "message": "not found"}}), DeniedError),
    (answer(429, {"error": "too many requests"}), DeniedError),
    (answer(500, b""), UnknownOutcomeError),
    (answer(200, b"{}"), UnknownOutcomeError),
    (answer(200, {"order_id": "o-2", "remaining_count": "3.00", "ts_ms": 7}), UnknownOutcomeError),
    (httpx.ReadTimeout("x"), UnknownOutcomeError),
    (httpx.ConnectError("x"), NotSentError),
]


@pytest.mark.parametrize(("reply", "kind"), LOST)
async def test_TO28_a_change_has_the_same_ends_and_is_never_repeated(
    reply: httpx.Response | Exception, kind: type[ApiError]
) -> None:
    for change in ("amend", "decrease"):
        rig = Rig(reply)
        with pytest.raises(kind):
            await (rig.client.amend(AMEND) if change == "amend" else rig.client.decrease(DECREASE))
        assert len(rig.requests) == 1


async def test_an_amend_does_not_wait_for_its_budget_but_a_decrease_does() -> None:
    rig = Rig(answer(200, {"order_id": "o-1", "remaining_count": "3.00", "ts_ms": 7}))
    while rig.limits.take(10, rig.clocks.mono_ns, Kind.WRITE) == 0:
        pass
    with pytest.raises(NotSentError, match="budget"):
        await rig.client.amend(AMEND)
    assert rig.requests == []
    await rig.client.decrease(DECREASE)


def _submits(number: int) -> list[Submit]:
    return [Submit(f"c-{each}", TERMS) for each in range(number)]


async def test_a_batch_is_sent_once_and_answered_order_by_order() -> None:
    refused = {"client_order_id": "c-1", "error": {"code": "insufficient_balance"}}
    rig = Rig(answer(201, {"orders": [refused, created("c-0")]}))
    prepared = rig.client.prepare_batch(_submits(3), WALL_MS)
    found = await rig.client.send_batch(prepared)
    assert [type(each) for each in found] == [Acked, Refused, OutcomeUnknown]
    body = msgspec.json.decode(rig.requests[0].content)
    assert [each["client_order_id"] for each in body["orders"]] == ["c-0", "c-1", "c-2"]
    with pytest.raises(RuntimeError):
        await rig.client.send_batch(prepared)


async def test_FC14_a_batch_refused_as_a_whole_is_refused() -> None:
    rig = Rig(answer(429, {"error": "too many requests"}))
    with pytest.raises(DeniedError):
        await rig.client.send_batch(rig.client.prepare_batch(_submits(2), WALL_MS))


async def test_FA17_a_batch_whose_answer_is_lost_is_unknown() -> None:
    rig = Rig(httpx.WriteError("x"))
    with pytest.raises(UnknownOutcomeError):
        await rig.client.send_batch(rig.client.prepare_batch(_submits(2), WALL_MS))


async def test_FC14_a_batch_takes_only_what_the_bucket_holds_and_leaves_the_cancels_theirs() -> (
    None
):
    rig = Rig(answer(200, {"orders": []}))
    assert rig.client.create_room() == 8
    rig.client.prepare_batch(_submits(5), WALL_MS)
    assert rig.client.create_room() == 3
    with pytest.raises(NotSentError, match="budget"):
        rig.client.prepare_batch(_submits(4), WALL_MS)
    assert rig.client.create_room() == 3
    assert rig.client.cancel_room() == 25
    rich = Rig(limits=RateLimits(AccountLimits("prestige", 10_000, 10_000, 8_000, 16_000)))
    assert rich.client.create_room() == rich.client.cancel_room() == MOST_ITEMS


async def test_cancels_go_in_a_batch_and_are_answered_one_by_one() -> None:
    gone = {"order_id": "o-1", "reduced_by": "0.00", "error": {"code": "not_found"}}
    done = {"order_id": "o-2", "reduced_by": "4.00", "ts_ms": 9}
    rig = Rig(answer(200, {"orders": [done, gone]}))
    found = await rig.client.cancel_batch([SendCancel("o-1", "KX-1"), SendCancel("o-2", "KX-2")])
    assert found == (CancelRefused("o-1", 404, "not_found"), CancelAcked("o-2", Count(400), 9, 0))
    assert msgspec.json.decode(rig.requests[0].content) == {
        "orders": [
            {"order_id": "o-1", "market_ticker": "KX-1"},
            {"order_id": "o-2", "market_ticker": "KX-2"},
        ]
    }


async def test_a_group_is_made_on_the_shard_that_was_asked_for() -> None:
    made = {"order_group_id": "g-1", "subaccount": 0, "exchange_index": 1}
    rig = Rig(answer(201, made), answer(201, made | {"exchange_index": 0}))
    assert await rig.client.make_group(1, Count(50_000)) == GroupMade(1, "g-1")
    with pytest.raises(UnknownOutcomeError, match="shard"):
        await rig.client.make_group(1, Count(50_000))


async def test_a_group_is_triggered_from_the_share_that_is_kept_for_cancels() -> None:
    rig = Rig(answer(200, b"{}"), answer(404, {"error": {"code": "not_found"}}))
    while rig.limits.take(10, rig.clocks.mono_ns, Kind.WRITE) == 0:
        pass
    await rig.client.trigger_group("g/1", 1)
    assert rig.clocks.sleeps == []
    assert b"/order_groups/g%2F1/trigger?exchange_index=1" in rig.requests[0].url.raw_path
    with pytest.raises(DeniedError):
        await rig.client.trigger_group("g/1", 1)


EVERY_OPERATION = {
    "CreateOrderV2",
    "BatchCreateOrdersV2",
    "AmendOrderV2",
    "DecreaseOrderV2",
    "CancelOrderV2",
    "BatchCancelOrdersV2",
    "CancelAllOrders",
    "CreateOrderGroup",
    "TriggerOrderGroup",
    "ResetOrderGroup",
    "UpdateOrderGroupLimit",
    "DeleteOrderGroup",
}


async def test_every_write_is_a_request_of_the_published_specification() -> None:
    rig = Rig(handler=lambda _: answer(500, b""), limits=RateLimits(AccountLimits("x", *[999] * 4)))
    client, whole = rig.client, replace(TERMS, group_id="g-1", cancel_on_pause=True)
    calls = [
        client.send(client.prepare("c-1", replace(whole, expires_s=1_790_000_000), WALL_MS)),
        client.send_batch(client.prepare_batch(_submits(2), WALL_MS)),
        client.amend(replace(AMEND, expires_s=1_790_000_000)),
        client.decrease(DECREASE),
        client.cancel("o-1", "KX-1"),
        client.cancel_batch([SendCancel("o-1", "KX-1")]),
        client.cancel_all(),
        client.make_group(1, Count(100)),
        client.trigger_group("g-1", 1),
        client.reset_group("g-1", 0),
        client.limit_group("g-1", 0, Count(200)),
        client.delete_group("g-1", 0),
    ]
    for call in calls:
        with pytest.raises(UnknownOutcomeError):
            await call
    assert {check_request(each) for each in rig.requests} == EVERY_OPERATION
