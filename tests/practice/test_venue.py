"""The order of things around a command."""

from pathlib import Path

from tests.support.practice_bench import FED, START, bench


async def test_trades_go_to_the_tape_and_customers_changes_are_told(tmp_path: Path) -> None:
    table = bench(tmp_path)
    changes: list[int] = []
    table.venue.keep = lambda happenings, now_ns: changes.append(1)
    await table.place(table.bob, side="ask", count="2.00")
    assert len(changes) == 1
    await table.place(table.ann, count="2.00")
    assert [each.size for each in table.venue.tape] == [200]
    assert table.venue.trades([FED]) == table.venue.trades()
    assert table.venue.trades(["KXNOTHING"]) == []
    await table.call("GET", "/practice/truth")
    assert len(changes) == 2, "reading changes nothing"


async def test_the_next_event_is_the_earliest_of_all(tmp_path: Path) -> None:
    table = bench(tmp_path)
    close_ns = table.venue.exchange.next_due_ns()
    assert table.venue.next_due_ns() == close_ns
    soon_s = START // 1_000_000_000 + 60
    await table.place(table.ann, expiration_time=soon_s)
    assert table.venue.next_due_ns() == soon_s * 1_000_000_000
    at_ms = START // 1_000_000 + 5_000
    table.venue.faults.switch_on({"fault": "stall", "at_ms": at_ms}, START)
    assert table.venue.next_due_ns() == at_ms * 1_000_000


def test_the_shards_are_those_of_the_markets_and_the_default_one(tmp_path: Path) -> None:
    assert bench(tmp_path).venue.shards() == (0, 1, 2)


async def test_the_crowd_has_acted_up_to_now_before_a_customer_does(tmp_path: Path) -> None:
    table = bench(tmp_path, with_crowd=True)
    crowd = table.venue.crowd
    assert crowd is not None
    table.hands.pass_ms(5_000)
    assert crowd.next_time() <= table.hands.wall
    placed = (await table.place(table.ann, price="0.01")).json()
    assert crowd.next_time() > table.hands.wall
    table.hands.pass_ms(5_000)
    path = f"/trade-api/v2/portfolio/events/orders/{placed['order_id']}"
    assert (await table.call("DELETE", path, table.ann)).status_code == 200
    assert crowd.next_time() > table.hands.wall
