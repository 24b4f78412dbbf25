"""Reads that lag: what an account looked like a moment ago."""

from pathlib import Path

import pytest

from kalshi_tui.practice.hindsight import View
from tests.support.practice_bench import ORDERS, START, Bench, bench

MS = 1_000_000


@pytest.fixture
def table(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def view(table: Bench, after_ms: int = 0) -> View:
    return table.venue.hindsight.view(table.ann.key_id, START + after_ms * MS)


def fault(table: Bench, **body: object) -> None:
    table.venue.faults.switch_on(body, START)


async def test_without_a_lag_everything_is_shown_as_it_is(table: Bench) -> None:
    await table.place(table.ann)
    shown = view(table)
    account = table.venue.exchange.accounts[table.ann.key_id]
    (order,) = account.orders.values()
    assert shown.is_plain
    assert shown.order(order) == shown.single(order) == order.report()
    assert shown.available(account) == account.available()


async def test_each_change_is_undone_until_its_time(table: Bench) -> None:
    account = table.venue.exchange.accounts[table.ann.key_id]
    rich = account.available(), account.available(0)
    fault(table, fault="read_lag", ms=500)
    await table.place(table.bob, side="ask", count="2.00")
    await table.place(table.ann, count="3.00")
    (order,) = account.orders.values()
    early, late = view(table, 499), view(table, 500)
    assert early.order(order) is None
    assert early.fills(account.fills) == []
    assert early.positions(account.positions()) == []
    assert (early.available(account), early.available(account, 0)) == rich
    assert late.is_plain


async def test_an_order_that_was_there_before_the_fault_is_shown_as_it_was(table: Bench) -> None:
    await table.place(table.ann, count="3.00")
    fault(table, fault="read_lag", ms=500)
    await table.place(table.bob, side="ask", count="1.00")
    account = table.venue.exchange.accounts[table.ann.key_id]
    (order,) = account.orders.values()
    shown = view(table, 100).order(order)
    assert shown is not None
    assert (shown.filled, shown.remaining) == (0, 300)


async def test_stale_shows_the_first_state_of_a_new_order(table: Bench) -> None:
    fault(table, fault="stale_get", ms=500)
    order_id = (await table.place(table.ann)).json()["order_id"]
    await table.call("DELETE", f"{ORDERS}/{order_id}", table.ann)
    (order,) = table.venue.exchange.accounts[table.ann.key_id].orders.values()
    shown = view(table, 100).order(order)
    assert shown is not None
    assert shown.status.value == "resting"
    assert view(table, 500).order(order) == order.report()


async def test_the_standing_lag_is_drawn_for_each_write_and_keeps_their_order(
    table: Bench,
) -> None:
    table.venue.hindsight.lag_ms = (300, 1_000)
    for price in ("0.10", "0.11", "0.12", "0.13"):
        await table.place(table.ann, price=price)
    orders = list(table.venue.exchange.accounts[table.ann.key_id].orders.values())

    def visible(after_ms: int) -> list[bool]:
        shown = view(table, after_ms)
        return [shown.order(each) is not None for each in orders]

    assert visible(299) == [False] * 4
    assert visible(1_000) == [True] * 4
    for after_ms in range(300, 1_000, 50):
        seen = visible(after_ms)
        assert seen == sorted(seen, reverse=True), "nothing overtakes"


async def test_other_accounts_are_not_touched_by_a_scope(table: Bench) -> None:
    fault(table, fault="read_lag", ms=500, account=table.bob.key_id)
    await table.place(table.ann)
    assert view(table).is_plain
