"""What a call is charged for at the door: whose bucket, which shard, how many items."""

from pathlib import Path

import pytest

from tests.support.practice_bench import ORDERS, ROOT, Bench, bench, terms


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    found = bench(tmp_path)
    found.venue.policy.change({"tier": "basic"})
    return found


async def test_a_refused_call_does_nothing(table: Bench) -> None:
    for _ in range(10):
        assert (await table.place(table.ann)).status_code == 201
    refused = await table.place(table.ann)
    assert (refused.status_code, refused.json()) == (429, {"error": "too many requests"})
    assert {"retry-after", "x-ratelimit-limit"}.isdisjoint(refused.headers)
    assert len(table.venue.exchange.accounts[table.ann.key_id].resting) == 10
    assert (await table.place(table.bob)).status_code == 201


async def test_a_body_that_cannot_be_read_is_charged_like_any_other(table: Bench) -> None:
    for _ in range(10):
        response = await table.call("POST", ORDERS, table.ann, {"count": 1})
        assert response.status_code == 400
    assert (await table.place(table.ann)).status_code == 429


async def test_a_batch_pays_for_each_item_or_not_at_all(table: Bench) -> None:
    for size, status in ((11, 429), (10, 201), (1, 429)):
        body = {"orders": [terms() for _ in range(size)]}
        response = await table.call("POST", f"{ORDERS}/batched", table.ann, body)
        assert response.status_code == status


async def test_practice_time_does_not_fill_a_bucket(table: Bench) -> None:
    for _ in range(10):
        await table.place(table.ann)
    table.venue.clock.step(60_000_000_000)
    assert (await table.place(table.ann)).status_code == 429
    table.hands.pass_ms(100)
    assert (await table.place(table.ann)).status_code == 201


async def test_a_wrong_signature_costs_nothing_and_public_reads_are_free(table: Bench) -> None:
    path = f"{ROOT}/portfolio/balance"
    for _ in range(3):
        assert (await table.call("GET", path)).status_code == 401
    assert (await table.call("GET", path, table.ann)).status_code == 200
    assert (await table.call("GET", path, table.ann)).status_code == 429
    for _ in range(100):
        assert (await table.call("GET", f"{ROOT}/markets?limit=1")).status_code == 200


async def test_a_named_shard_pays_from_its_own_bucket(table: Bench) -> None:
    for _ in range(10):
        await table.place(table.ann, exchange_index=0)
    assert (await table.place(table.ann, exchange_index=0)).status_code == 429
    elsewhere = await table.place(table.ann, exchange_index=1)
    assert elsewhere.status_code == 404, "admitted by shard 1's bucket; the market is not there"
    assert (await table.place(table.ann)).status_code == 429, "auto-routing needs every bucket"
