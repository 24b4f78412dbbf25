"""The layer around the REST side: what it aims at, and that it lets everything else pass."""

from pathlib import Path

import pytest

from tests.support.practice_bench import FED, ORDERS, ROOT, Bench, bench

CUT = "KXFEDDECISION-27JAN-C25"


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


async def fault(table: Bench, **body: object) -> None:
    response = await table.call("POST", "/practice/faults", body=body)
    assert response.status_code == 201, response.text


async def test_a_market_is_found_in_the_body_the_path_the_query_and_behind_an_order(
    table: Bench,
) -> None:
    order_id = (await table.place(table.ann)).json()["order_id"]
    await fault(table, fault="http_error", market=FED, count=4)
    assert (await table.place(table.ann, ticker=CUT)).status_code == 201
    assert (await table.call("GET", f"{ROOT}/markets/{CUT}")).status_code == 200
    struck = [
        await table.place(table.ann),
        await table.call("GET", f"{ROOT}/markets/{FED}/orderbook"),
        await table.call("GET", f"{ROOT}/markets/trades?ticker={FED}"),
        await table.call("DELETE", f"{ORDERS}/{order_id}", table.ann),
    ]
    assert [each.status_code for each in struck] == [503] * 4
    assert (await table.call("DELETE", f"{ORDERS}/{order_id}", table.ann)).status_code == 200


async def test_the_control_is_never_struck(table: Bench) -> None:
    await fault(table, fault="http_error", for_ms=60_000)
    assert (await table.call("GET", f"{ROOT}/exchange/status")).status_code == 503
    assert (await table.call("GET", "/practice/truth")).status_code == 200


async def test_an_answer_without_a_body_can_be_spoilt_too(table: Bench) -> None:
    await fault(table, fault="html_body", endpoint="DELETE /portfolio/events/orders")
    answer = await table.call("DELETE", ORDERS, table.ann)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert (await table.call("DELETE", ORDERS, table.ann)).status_code == 204


async def test_an_endpoint_with_an_id_is_named_by_its_pattern(table: Bench) -> None:
    ids = [(await table.place(table.ann)).json()["order_id"] for _ in range(3)]
    for pattern in ("{order_id}", ":order_id", "*"):
        await fault(
            table, fault="http_error", endpoint=f"DELETE /portfolio/events/orders/{pattern}"
        )
        answer = await table.call("DELETE", f"{ORDERS}/{ids[0]}", table.ann)
        assert answer.status_code == 503, pattern
    assert (await table.call("DELETE", ORDERS, table.ann)).status_code == 204


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b'{"ticker": 7}', b"[" * 50_000])
async def test_a_body_that_makes_no_sense_passes_on(table: Bench, data: bytes) -> None:
    await fault(table, fault="http_error", market=FED)
    headers = {
        **table.ann.headers("POST", ORDERS, table.hands.wall // 1_000_000),
        "Content-Type": "application/json",
    }
    answer = await table.http.post(ORDERS, content=data, headers=headers)
    assert answer.status_code == 400
