"""Everything there is to know."""

from pathlib import Path

from kalshi_tui.practice.clock import MAX_SPEED
from kalshi_tui.practice.truth import speed, truth
from tests.support.practice_bench import FED, ROOT, Hands, bench


async def test_groups_settlements_and_burned_ids_are_there(tmp_path: Path) -> None:
    table = bench(tmp_path)
    made = await table.call(
        "POST", f"{ROOT}/portfolio/order_groups/create", table.ann, {"contracts_limit": 3}
    )
    group = made.json()["order_group_id"]
    placed = await table.place(table.ann, client_order_id="a-1", order_group_id=group)
    found = truth(table.venue)
    accounts = found["accounts"]
    assert isinstance(accounts, dict)
    mine = accounts[table.ann.key_id]
    assert mine["order_groups"] == [
        {
            "id": group,
            "exchange_index": 0,
            "contracts_limit_fp": "3.00",
            "is_auto_cancel_enabled": True,
            "orders": [placed.json()["order_id"]],
        }
    ]
    assert mine["used_client_order_ids"] == ["a-1"]
    assert mine["settlements"] == []
    assert FED in (await table.call("GET", "/practice/truth")).json()["markets"]


def test_the_speed_is_a_number_or_max() -> None:
    clock = Hands().clock()
    assert speed(clock) == 1
    clock.run_at(2_500)
    assert bytes(speed(clock)) == b"2.5"  # type: ignore[arg-type]
    clock.run_at(MAX_SPEED)
    assert speed(clock) == 1_000
    clock.unbind()
    assert speed(clock) == "max"
    clock.pause()
    assert speed(clock) == 0
