"""Which path needs a signature, and what an error looks like from outside."""

from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.support.practice_bench import FED, ORDERS, ROOT, Bench, bench

PRIVATE = [
    ("GET", "/portfolio/balance"),
    ("GET", "/portfolio/positions"),
    ("GET", "/portfolio/orders"),
    ("GET", "/portfolio/orders/x"),
    ("GET", "/portfolio/orders/queue_positions"),
    ("GET", "/portfolio/orders/x/queue_position"),
    ("GET", "/portfolio/fills"),
    ("GET", "/portfolio/settlements"),
    ("GET", "/account/limits"),
    ("POST", "/portfolio/events/orders"),
    ("DELETE", "/portfolio/events/orders"),
    ("DELETE", "/portfolio/events/orders/x"),
]


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


@pytest.mark.parametrize(("method", "path"), PRIVATE)
async def test_private_calls_need_a_signature(table: Bench, method: str, path: str) -> None:
    response = await table.call(method, ROOT + path)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "token_authentication_failure"
    wrong = table.ann.headers(method, ROOT + path + "/more", table.hands.wall // 1_000_000)
    response = await table.http.request(method, ROOT + path, headers=wrong)
    assert response.json()["error"]["details"] == "INCORRECT_API_KEY_SIGNATURE"


async def test_the_query_is_not_signed(table: Bench) -> None:
    path = f"{ROOT}/portfolio/orders"
    headers = table.ann.headers("GET", path, table.hands.wall // 1_000_000)
    assert (await table.http.get(f"{path}?limit=5", headers=headers)).status_code == 200
    headers = table.ann.headers("GET", f"{path}?limit=5", table.hands.wall // 1_000_000)
    assert (await table.http.get(f"{path}?limit=5", headers=headers)).status_code == 401


async def test_the_skew_is_judged_by_the_wall_even_while_time_stands_still(table: Bench) -> None:
    table.venue.clock.pause()
    headers = table.ann.headers("GET", f"{ROOT}/portfolio/balance", table.hands.wall // 1_000_000)
    table.hands.pass_ms(11_000)
    response = await table.http.get(f"{ROOT}/portfolio/balance", headers=headers)
    assert response.json()["error"]["code"] == "header_timestamp_expired"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/trade-api/v2"),
        ("GET", f"{ROOT}/nothing"),
        ("PUT", f"{ROOT}/markets"),
        ("GET", f"{ROOT}/markets/"),
        ("GET", ORDERS),
        ("GET", "/practice/nothing"),
    ],
)
async def test_everything_else_is_not_found(table: Bench, method: str, path: str) -> None:
    response = await table.call(method, path, table.ann)
    assert response.status_code == 404
    assert response.json() == {"error": {"code": "not_found", "message": "not found"}}


async def test_every_answer_is_dated_by_the_wall(table: Bench) -> None:
    for path, status in ((f"{ROOT}/exchange/status", 200), (f"{ROOT}/markets/X", 404)):
        response = await table.call("GET", path)
        assert response.status_code == status
        date = parsedate_to_datetime(response.headers["date"])
        assert int(date.timestamp()) == table.hands.wall // 1_000_000_000


async def test_public_reads_need_no_signature(table: Bench) -> None:
    for path in ("/markets", f"/markets/{FED}/orderbook", "/events", "/account/endpoint_costs"):
        assert (await table.call("GET", ROOT + path)).status_code == 200
