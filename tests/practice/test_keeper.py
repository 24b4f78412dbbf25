"""When the state is written: before anyone is told, and not at all when the disk refuses."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from kalshi_tui.practice import journal
from kalshi_tui.practice.assembly import keep
from kalshi_tui.practice.dialogue import Dialogue
from kalshi_tui.practice.files import FileError
from kalshi_tui.practice.happenings import Happening
from kalshi_tui.practice.journal import JOURNAL_FILE
from kalshi_tui.practice.keeper import MARKS_NS, Keeper
from kalshi_tui.practice.listings import Catalogue
from kalshi_tui.practice.subscriptions import Client
from tests.support.exchange_world import ASK, BID, NOW, SECOND, place, world
from tests.support.practice_bench import START, Bench, bench, told


def kinds(directory: Path) -> set[str]:
    """Return the kinds of things that stand on the disk now."""
    found = journal.read(directory)
    assert found is not None
    return {key[0] for key in found}


def watching(table: Bench) -> Client:
    """Return a client that hears of Ann's orders."""
    client = table.join()
    command = '{"id":1,"cmd":"subscribe","params":{"channels":["user_orders"]}}'
    Dialogue(table.venue.hub, client).receive(command, START)
    told(client)
    return client


async def test_an_order_is_on_the_disk_before_its_frame_and_its_answer(tmp_path: Path) -> None:
    table = bench(tmp_path)
    keep(table.venue, tmp_path)
    watcher = watching(table)
    write = table.venue.keep
    waited: list[int] = []

    def writing(happenings: Sequence[Happening], now_ns: int) -> None:
        waited.append(len(told(watcher)))
        assert "order" not in kinds(tmp_path)
        write(happenings, now_ns)
        assert "order" in kinds(tmp_path)

    table.venue.keep = writing
    answer = await table.place(table.ann, client_order_id="a-1")
    assert answer.status_code == 201
    assert waited == [0], "no frame before the disk"
    assert [each["type"] for each in told(watcher)] == ["user_order"]


async def test_a_killed_exchange_goes_on_where_it_was(tmp_path: Path) -> None:
    """Nothing but the journal of single commands is left: no clean end."""
    table = bench(tmp_path)
    keep(table.venue, tmp_path)
    placed = (await table.place(table.ann, client_order_id="a-1", count="1.55")).json()
    await table.place(table.bob, side="ask", count="0.55", client_order_id="b-1")
    before = (await table.call("GET", "/practice/truth")).json()["accounts"]
    again = bench(tmp_path)
    assert again.venue.exchange.run == table.venue.exchange.run + 1
    assert (await again.call("GET", "/practice/truth")).json()["accounts"] == before
    account = again.venue.exchange.accounts[table.ann.key_id]
    assert list(account.resting) == [placed["order_id"]]
    assert (await again.place(again.ann, client_order_id="a-1")).status_code == 409
    new = (await again.place(again.ann)).json()
    assert new["order_id"] != placed["order_id"]


async def test_a_disk_that_refuses_is_told_and_acknowledges_nothing(tmp_path: Path) -> None:
    table = bench(tmp_path)
    failures: list[FileError] = []
    keeper = keep(table.venue, tmp_path, failures.append)
    watcher = watching(table)
    keeper.close()  # as if the disk had gone
    with pytest.raises(FileError, match="cannot be written"):
        await table.place(table.ann)
    assert len(failures) == 1
    assert told(watcher) == []


def test_the_crowds_doings_cost_no_write(tmp_path: Path) -> None:
    exchange = world()
    keeper = Keeper(tmp_path, exchange, Catalogue([]), NOW)
    exchange.take_happenings()
    size = (tmp_path / JOURNAL_FILE).stat().st_size
    place(exchange, "crowd", BID, 4_000, 100)
    keeper.keep(exchange.take_happenings(), NOW)
    assert (tmp_path / JOURNAL_FILE).stat().st_size == size
    place(exchange, "ann", ASK, 4_000, 100)
    keeper.keep(exchange.take_happenings(), NOW)
    assert (tmp_path / JOURNAL_FILE).stat().st_size > size
    keeper.close()


def test_the_time_that_was_reached_is_written_every_few_seconds(tmp_path: Path) -> None:
    exchange = world()
    asked: list[int] = []

    def marks() -> dict[str, object]:
        asked.append(1)
        return {}

    keeper = Keeper(tmp_path, exchange, Catalogue([]), NOW, marks)  # type: ignore[arg-type]
    assert len(asked) == 1
    keeper.keep([], NOW + MARKS_NS - 1)
    keeper.keep([], NOW + MARKS_NS)
    keeper.keep([], NOW + MARKS_NS + SECOND)
    assert len(asked) == 2
    keeper.close()


def test_a_long_journal_is_written_anew_while_the_exchange_runs(tmp_path: Path) -> None:
    exchange = world()
    keeper = Keeper(tmp_path, exchange, Catalogue([]), NOW, least_bytes=20_000)
    sizes = []
    for _ in range(200):
        order = place(exchange, "ann", BID, 4_000, 100)
        exchange.cancel("ann", order.order_id, NOW)
        keeper.keep(exchange.take_happenings(), NOW)
        sizes.append((tmp_path / JOURNAL_FILE).stat().st_size)
    assert any(later < earlier for earlier, later in pairwise(sizes))
    found = journal.read(tmp_path)
    assert found is not None
    assert sum(key[0] == "order" for key in found) == 200
    keeper.close()
