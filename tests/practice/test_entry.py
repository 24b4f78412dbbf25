"""Order entry: the answers, and every refusal with its recorded body."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.practice_bench import FED, ORDERS, ROOT, Bench, bench, terms


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def body_of(code: str, message: str, details: str | None = None) -> dict[str, Any]:
    error = {"code": code, "message": message}
    return {"error": error if details is None else {**error, "details": details}}


async def test_a_resting_order_is_answered_with_201(table: Bench) -> None:
    response = await table.place(table.ann, client_order_id="a-1", count="1.55")
    body = response.json()
    assert response.status_code == 201
    assert set(body) == {"order_id", "client_order_id", "fill_count", "remaining_count", "ts_ms"}
    assert (body["fill_count"], body["remaining_count"]) == ("0.00", "1.55")
    assert body["ts_ms"] == table.hands.wall // 1_000_000
    unnamed = (await table.place(table.ann)).json()
    assert "client_order_id" not in unnamed


async def test_a_filled_order_carries_its_averages(table: Bench) -> None:
    await table.place(table.bob, side="ask", price="0.52", count="1.00")
    response = await table.place(
        table.ann, price="0.99", time_in_force="immediate_or_cancel", client_order_id="a-1"
    )
    body = response.json()
    assert body["average_fill_price"] == "0.5200"
    assert body["average_fee_paid"] == "0.0175"
    assert (body["fill_count"], body["remaining_count"]) == ("1.00", "0.00")


async def test_an_ioc_that_finds_nothing_is_201_with_zeros(table: Bench) -> None:
    body = (await table.place(table.ann, time_in_force="immediate_or_cancel")).json()
    assert (body["fill_count"], body["remaining_count"]) == ("0.00", "0.00")
    assert "average_fill_price" not in body


async def test_a_cancel_tells_what_it_took_and_cannot_be_repeated(table: Bench) -> None:
    placed = (await table.place(table.ann, count="2.00")).json()
    path = f"{ORDERS}/{placed['order_id']}"
    assert (await table.call("DELETE", path, table.bob)).status_code == 404
    response = await table.call("DELETE", path, table.ann)
    assert response.status_code == 200
    assert response.json() == {
        "order_id": placed["order_id"],
        "reduced_by": "2.00",
        "ts_ms": table.hands.wall // 1_000_000,
    }
    again = await table.call("DELETE", path, table.ann)
    assert (again.status_code, again.json()) == (404, body_of("not_found", "not found"))


async def test_cancel_all_is_204_without_a_body_and_spares_others(table: Bench) -> None:
    for price in ("0.10", "0.20"):
        await table.place(table.ann, price=price)
    await table.place(table.bob, price="0.30")
    response = await table.call("DELETE", ORDERS, table.ann)
    assert (response.status_code, response.content) == (204, b"")
    live = table.venue.exchange.accounts
    assert len(live[table.ann.key_id].resting) == 0
    assert len(live[table.bob.key_id].resting) == 1


@pytest.mark.parametrize(
    ("changes", "status", "body"),
    [
        ({"price": "0.4050"}, 400, body_of("invalid_price", "invalid price")),
        ({"price": "0.0000"}, 400, body_of("invalid_price", "invalid price")),
        ({"price": "1.0000"}, 400, body_of("invalid_price", "invalid price")),
        ({"price": "0.40001"}, 400, body_of("invalid_price", "invalid price")),
        ({"price": "forty"}, 400, body_of("invalid_price", "invalid price")),
        (
            {"count": "1000000.00"},
            400,
            body_of("insufficient_balance", "insufficient balance"),
        ),
        ({"ticker": "KXNOTHING"}, 404, body_of("not_found", "not found")),
        ({"exchange_index": 2}, 404, body_of("not_found", "not found")),
        (
            {"time_in_force": "fill_or_kill"},
            409,
            body_of(
                "fill_or_kill_insufficient_resting_volume",
                "fill or kill insufficient resting volume",
            ),
        ),
        (
            {"price": "0.60", "post_only": True},
            400,
            body_of("invalid_order", "invalid order", "post only cross"),
        ),
    ],
)
async def test_a_refusal_has_the_status_and_body_of_the_exchange(
    table: Bench, changes: dict[str, object], status: int, body: dict[str, Any]
) -> None:
    if changes.get("post_only"):
        await table.place(table.bob, side="ask", price="0.50")
    response = await table.place(table.ann, **changes)
    assert (response.status_code, response.json()) == (status, body)
    assert not table.venue.exchange.accounts[table.ann.key_id].orders


async def test_a_client_order_id_is_burned_for_ever(table: Bench) -> None:
    placed = (await table.place(table.ann, client_order_id="a-1")).json()
    await table.call("DELETE", f"{ORDERS}/{placed['order_id']}", table.ann)
    again = await table.place(table.ann, client_order_id="a-1")
    assert (again.status_code, again.json()) == (
        409,
        body_of("order_already_exists", "order already exists"),
    )
    assert (await table.place(table.bob, client_order_id="a-1")).status_code == 201


@pytest.mark.parametrize("name", ["count", "price"])
async def test_a_number_where_text_belongs_has_the_recorded_body(table: Bench, name: str) -> None:
    response = await table.place(table.ann, **{name: 1})
    assert (response.status_code, response.json()) == (
        400,
        {
            "code": "bad_request",
            "message": "bad request",
            "details": "json: cannot unmarshal number into Go struct field "
            f"CreateOrderV2Request.{name} of type string",
        },
    )


@pytest.mark.parametrize(
    "name", ["ticker", "side", "count", "price", "time_in_force", "self_trade_prevention_type"]
)
async def test_each_required_field_is_required(table: Bench, name: str) -> None:
    response = await table.place(table.ann, **{name: None})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameters")
    assert name in response.json()["error"]["details"]


@pytest.mark.parametrize(
    "changes",
    [{"side": "yes"}, {"time_in_force": "GTC"}, {"count": "1.555"}, {"subaccount": 3}],
)
async def test_a_word_that_is_none_is_refused(table: Bench, changes: dict[str, object]) -> None:
    response = await table.place(table.ann, **changes)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameters")


async def test_a_body_that_is_not_declared_as_json_is_refused(table: Bench) -> None:
    headers = table.ann.headers("POST", ORDERS, table.hands.wall // 1_000_000)
    data = msgspec.json.encode(terms())
    response = await table.http.post(ORDERS, content=data, headers=headers)
    assert response.json() == body_of("invalid_content_type", "invalid content type")
    headers["Content-Type"] = "application/json; charset=utf-8"
    response = await table.http.post(ORDERS, content=data, headers=headers)
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/portfolio/orders"),
        ("DELETE", "/portfolio/orders/abc"),
        ("POST", "/portfolio/orders/abc/amend"),
        ("POST", "/portfolio/orders/batched"),
    ],
)
async def test_the_old_order_endpoints_are_gone(table: Bench, method: str, path: str) -> None:
    response = await table.call(method, ROOT + path, table.ann)
    assert response.status_code == 410
    assert response.json()["error"]["code"] == "deprecated_v1_order_endpoint"


async def test_pauses_refuse_with_409(table: Bench) -> None:
    placed = (await table.place(table.ann)).json()
    table.venue.exchange.trading_active = False
    refused = await table.place(table.ann)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "trading_is_paused")
    path = f"{ORDERS}/{placed['order_id']}"
    assert (await table.call("DELETE", path, table.ann)).status_code == 200


async def test_a_routed_order_may_name_its_shard(table: Bench) -> None:
    for index in (0, -1):
        assert (await table.place(table.ann, exchange_index=index)).status_code == 201


async def test_what_is_due_happens_before_the_command(table: Bench) -> None:
    soon = table.hands.wall // 1_000_000_000 + 5
    await table.place(table.bob, side="ask", price="0.40", expiration_time=soon)
    table.hands.pass_ms(6_000)
    body = (await table.place(table.ann, price="0.40")).json()
    assert body["fill_count"] == "0.00", "the ask had expired"


def test_the_bench_market_is_the_one_that_is_opened_first(table: Bench) -> None:
    assert next(iter(table.venue.exchange.markets)) == FED
