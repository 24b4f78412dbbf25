"""What a rehearsal does to one market."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.practice_bench import FED, ROOT, START, Bench, bench


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


async def do(table: Bench, status: int = 200, **body: object) -> Any:
    response = await table.call("POST", f"/practice/market/{FED}", body=body)
    assert response.status_code == status, response.text
    return response.json()


async def market(table: Bench) -> Any:
    return (await table.call("GET", f"{ROOT}/markets/{FED}")).json()["market"]


async def test_a_market_is_closed_reopened_determined_and_settled(table: Bench) -> None:
    await table.place(table.bob, side="ask", count="2.00")
    await table.place(table.ann, count="2.00")
    before = table.venue.exchange.accounts[table.ann.key_id].available()
    assert (await do(table, action="close"))["status"] == "closed"
    assert (await do(table, action="reopen", ms=60_000))["status"] == "active"
    assert (await do(table, action="close"))["status"] == "closed"
    assert (await do(table, action="determine", result="yes"))["status"] == "determined"
    assert (await do(table, action="settle"))["status"] == "finalized"
    account = table.venue.exchange.accounts[table.ann.key_id]
    assert account.available() - before == 2_000_000
    assert len(account.settlements) == 1
    truth = (await table.call("GET", "/practice/truth")).json()
    assert truth["markets"][FED]["result"] == "yes"
    assert truth["markets"][FED]["settlement_value_dollars"] == "1.0000"
    assert len(truth["accounts"][table.ann.key_id]["settlements"]) == 1


async def test_a_scalar_result_needs_its_value_and_only_it(table: Bench) -> None:
    await do(table, action="close")
    for body in (
        {"result": "scalar"},
        {"result": "yes", "settlement_value_dollars": "0.5000"},
        {"result": "perhaps"},
        {"settlement_value_dollars": "half"},
        {"settlement_value_dollars": 0.5},
        {},
    ):
        assert (await do(table, 400, action="determine", **body))["msg"].endswith(".")
    found = await do(table, action="determine", settlement_value_dollars="0.2500")
    assert found["status"] == "determined"


async def test_a_disputed_market_waits_for_another_verdict(table: Bench) -> None:
    await do(table, action="close")
    await do(table, action="determine", result="yes")
    assert (await do(table, action="dispute"))["status"] == "disputed"
    assert (await do(table, action="determine", result="no"))["status"] in (
        "determined",
        "amended",
    )


async def test_a_close_time_can_be_moved(table: Bench) -> None:
    assert (await do(table, action="close", ms=90_000))["status"] == "active"
    assert table.venue.exchange.markets[FED].close_ns == START + 90_000_000_000


async def test_the_grid_changes_and_resting_orders_stay(table: Bench) -> None:
    await table.place(table.ann)
    await do(table, action="ticks", structure="deci_cent")
    found = await market(table)
    assert found["price_ranges"] == [{"start": "0.0000", "end": "1.0000", "step": "0.0010"}]
    assert found["price_level_structure"] == "deci_cent"
    assert (await table.place(table.ann, price="0.1230")).status_code == 201
    assert len(table.venue.exchange.accounts[table.ann.key_id].resting) == 2
    assert "linear_cent" in (await do(table, 400, action="ticks", structure="odd"))["msg"]


async def test_an_events_fees_are_overridden_and_cleared(table: Bench) -> None:
    await do(table, action="fee", fee_type="quadratic_with_maker_fees", fee_multiplier=2)
    fees = table.venue.exchange.markets[FED].fees
    assert (fees.fee_type.value, fees.multiplier) == ("quadratic_with_maker_fees", 2_000_000)
    await do(table, action="fee")
    assert table.venue.exchange.markets[FED].fees.multiplier == 1_000_000
    for body in ({"fee_type": "free"}, {"fee_multiplier": -1}, {"fee_multiplier": "1"}):
        await do(table, 400, action="fee", **body)


async def test_what_an_action_does_not_take_is_refused(table: Bench) -> None:
    found = await do(table, 400, action="pause", ms=5)
    assert found["msg"] == "The action pause takes no 'ms'; it takes nothing else."
    assert "must be one of" in (await do(table, 400, action="explode"))["msg"]
    await do(table, 400, action="close", ms=-1)
    await do(table, 400, action="metadata")


async def test_a_step_that_the_state_does_not_allow_is_the_exchanges_refusal(
    table: Bench,
) -> None:
    assert "error" in await do(table, 400, action="settle")
    assert "error" in await do(table, 400, action="reactivate")
    assert table.venue.exchange.markets[FED].status.value == "active"
