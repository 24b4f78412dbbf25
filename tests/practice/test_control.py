"""The practice control: truth, time, faults and states."""

from pathlib import Path
from typing import Any

import pytest

from kalshi_tui.practice.perils import FAULTS
from tests.support.practice_bench import FED, ROOT, START, Bench, bench

CUT = "KXFEDDECISION-27JAN-C25"


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


async def post(table: Bench, path: str, status: int = 200, **body: object) -> Any:
    response = await table.call("POST", f"/practice/{path}", body=body)
    assert response.status_code == status, response.text
    return response.json()


async def truth(table: Bench) -> Any:
    response = await table.call("GET", "/practice/truth")
    assert response.status_code == 200
    return response.json()


async def test_truth_speaks_the_wires_words(table: Bench) -> None:
    await table.place(table.bob, side="ask", price="0.52", count="3.00")
    await table.place(table.ann, price="0.60", count="1.00", client_order_id="a-1")
    await table.place(table.ann, price="0.33", count="0.03")
    found = await truth(table)
    assert set(found) == {"clock", "speed", "exchange", "markets", "accounts"}
    assert (found["clock"], found["speed"]) == (START // 1_000_000, 1)
    assert found["markets"][FED] == {
        "status": "active",
        "clock": 3,
        "yes": [["0.3300", "0.03"]],
        "no": [["0.4800", "2.00"]],
        "volume_fp": "1.00",
        "open_interest_fp": "1.00",
        "close_ts": table.venue.exchange.markets[FED].close_ns // 1_000_000_000,
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
        "fee_type": "quadratic",
        "fee_multiplier": 1,
    }
    assert list(found["accounts"]) == [table.ann.key_id, table.bob.key_id]
    mine = found["accounts"][table.ann.key_id]

    async def read(path: str) -> Any:
        return (await table.call("GET", f"{ROOT}/portfolio/{path}", table.ann)).json()

    assert mine["cash"] == (await read("balance"))["balance_dollars"]
    assert mine["orders"] == (await read("orders"))["orders"]
    assert mine["positions"] == (await read("positions"))["market_positions"]
    assert mine["fills"] == (await read("fills"))["fills"]


async def test_time_is_paused_stepped_and_made_faster(table: Bench) -> None:
    start_ms = START // 1_000_000
    assert await post(table, "clock", action="pause") == {"clock": start_ms, "speed": 0}
    table.hands.pass_ms(500)
    assert await post(table, "clock", action="step", ms=250) == {
        "clock": start_ms + 250,
        "speed": 0,
    }
    assert (await post(table, "clock", action="resume", speed=2.5))["speed"] == 2.5
    table.hands.pass_ms(1_000)
    assert (await truth(table))["clock"] == start_ms + 2_750
    assert (await post(table, "clock", speed=1))["speed"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "rewind"},
        {"action": "step"},
        {"action": "step", "ms": -5},
        {"action": "step", "ms": 1.5},
        {"action": "resume", "speed": 0},
        {"action": "resume", "speed": "fast"},
        {"action": "resume", "speed": 1001},
    ],
)
async def test_nonsense_about_time_is_refused_in_one_sentence(
    table: Bench, body: dict[str, object]
) -> None:
    found = await post(table, "clock", 400, **body)
    assert found["msg"].endswith(".")
    assert table.venue.clock.speed == 1_000


async def test_markets_are_paused_reactivated_and_closed(table: Bench) -> None:
    await table.place(table.ann)
    assert await post(table, f"market/{FED}", action="pause") == {
        "ticker": FED,
        "status": "inactive",
    }
    refused = await table.place(table.ann)
    assert refused.json()["error"]["code"] == "market_inactive"
    assert (await post(table, f"market/{FED}", action="reactivate"))["status"] == "active"
    account = table.venue.exchange.accounts[table.ann.key_id]
    assert len(account.resting) == 0, "a reactivation cancels everything"
    assert (await post(table, f"market/{FED}", action="close"))["status"] == "closed"
    assert (await truth(table))["markets"][FED]["status"] == "closed"
    await post(table, "market/KXNOTHING", 404, action="close")
    await post(table, f"market/{CUT}", 400, action="explode")
    await post(table, f"market/{CUT}", 400)


async def test_the_exchange_is_paused(table: Bench) -> None:
    async def states(**body: bool) -> tuple[object, object]:
        found = await post(table, "exchange", 200, **body)
        return found["trading_active"], found["exchange_active"]

    assert await states(trading_active=False) == (False, True)
    assert (await table.place(table.ann)).json()["error"]["code"] == "trading_is_paused"
    assert await states(exchange_active=False) == (False, False)
    assert (await table.place(table.ann)).json()["error"]["code"] == "exchange_is_paused"
    await post(table, "exchange", 400, trading_active="no")
    assert await states(trading_active=True, exchange_active=True) == (True, True)
    assert (await table.place(table.ann)).status_code == 201


async def test_limits_and_habits_are_set_and_shown(table: Bench) -> None:
    found = await post(
        table, "exchange", ws_market_limit=3, ws_command_limit=20, read_lag_ms=[300, 1_000]
    )
    assert (found["ws_market_limit"], found["ws_command_limit"]) == (3, 20)
    assert found["read_lag_ms"] == [300, 1_000]
    assert table.venue.hindsight.lag_ms == (300, 1_000)
    await post(table, "exchange", 400, ws_market_limit=-1)
    await post(table, "exchange", 400, read_lag_ms="long")
    await post(table, "exchange", 400, exchange_index=7)


async def test_faults_are_switched_on_and_off(table: Bench) -> None:
    found = await post(table, "faults", 201, fault="drop_frame", market=FED)
    assert len(table.venue.faults) == 1
    wrong = await table.call("DELETE", "/practice/faults/nothing")
    assert wrong.status_code == 404
    gone = await table.call("DELETE", f"/practice/faults/{found['id']}")
    assert (gone.status_code, gone.json()) == (200, {"cleared": 1})
    await post(table, "faults", 201, fault="drop_frame")
    await post(table, "faults", 201, fault="drop_frame")
    every = await table.call("DELETE", "/practice/faults")
    assert every.json() == {"cleared": 2}


async def test_an_unknown_fault_is_told_which_there_are(table: Bench) -> None:
    found = await post(table, "faults", 400, fault="gremlin")
    assert found["msg"] == (f"There is no fault 'gremlin'; the known ones are {', '.join(FAULTS)}.")


@pytest.mark.parametrize("data", [b"[]", b"{", b"7", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(table: Bench, data: bytes) -> None:
    for path in ("faults", "clock", f"market/{FED}", "exchange"):
        response = await table.http.post(f"/practice/{path}", content=data)
        assert (response.status_code, response.json()) == (
            400,
            {"msg": "The body must be a JSON object."},
        )
