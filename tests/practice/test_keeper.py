"""When the state is written, and what is read back."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from kalshi_tui.practice.files import FileError
from kalshi_tui.practice.keeper import STATE_FILE, Keeper, read_state
from tests.support.practice_bench import bench


async def test_a_change_is_written_soon_after(tmp_path: Path) -> None:
    table = bench(tmp_path)
    saved = asyncio.Event()
    kept = Keeper(tmp_path, table.venue.exchange, saved.set)
    table.venue.on_change = kept.mark
    writing = asyncio.create_task(kept.run())
    try:
        await table.place(table.ann, client_order_id="a-1")
        async with asyncio.timeout(5):
            await saved.wait()
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    found = read_state(tmp_path)
    assert found is not None
    assert b"a-1" in msgspec.json.encode(found)


async def test_a_restart_takes_up_where_the_last_one_stopped(tmp_path: Path) -> None:
    table = bench(tmp_path)
    placed = (await table.place(table.ann, client_order_id="a-1", count="1.55")).json()
    Keeper(tmp_path, table.venue.exchange).save()
    again = bench(tmp_path)
    assert again.venue.exchange.run == table.venue.exchange.run + 1
    account = again.venue.exchange.accounts[table.ann.key_id]
    assert list(account.resting) == [placed["order_id"]]
    burned = await again.place(again.ann, client_order_id="a-1")
    assert burned.status_code == 409
    new = (await again.place(again.ann)).json()
    assert new["order_id"] != placed["order_id"]


def test_the_first_start_has_no_state_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    assert read_state(tmp_path) is None
    for damage in (b"", b"{", b"[]", b"7"):
        (tmp_path / STATE_FILE).write_bytes(damage)
        with pytest.raises(FileError, match="--reset-practice"):
            read_state(tmp_path)
