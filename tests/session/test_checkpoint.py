"""The ledger's log is moved while nothing is recorded, and never within an order's commit."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kalshi_tui.core import effects as fx
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session import checkpoint
from kalshi_tui.session.journal import Journal, read_ledger

TERMS = OrderTerms("KX-A", BookSide.BID, Price(5_600), Count(100))
PAGE = 4_096 + 24


def journal(directory: Path) -> Journal:
    return Journal(
        directory / "l.sqlite3", environment="practice", account="a", wall_ns=1, mounts=str
    )


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def place(ledger: Journal, name: str) -> None:
    ledger.record([fx.Intent(name, TERMS, 1), fx.StateEntry(name, OrderState.SENDING, 2)])


async def heads(ledger: Journal, *bursts: int) -> list[bytes]:
    """Return the main file before each beat; at each beat so many orders are recorded."""
    found: list[bytes] = []

    async def sleep(seconds: float) -> None:
        assert seconds == checkpoint.IDLE_S
        found.append(ledger.path.read_bytes())
        if len(found) > len(bursts):
            raise asyncio.CancelledError
        for number in range(bursts[len(found) - 1]):
            place(ledger, f"c{len(found)}-{number}")

    with pytest.raises(asyncio.CancelledError):
        await checkpoint.keep(ledger, sleep)
    return found


async def test_the_log_is_moved_once_after_a_burst_and_not_within_it(tmp_path: Path) -> None:
    ledger = journal(tmp_path)
    before, one, two, after, later = await heads(ledger, 20, 5, 0, 0)
    assert before == one == two, "not while entries come"
    assert after != two
    assert later == after
    ledger.close()


async def test_a_few_entries_are_left_in_the_log(tmp_path: Path) -> None:
    ledger = journal(tmp_path)
    first, *others = await heads(ledger, 5, 0, 0)
    assert others == [first] * 3
    ledger.close()


async def test_after_a_move_the_log_is_written_over_and_does_not_grow(tmp_path: Path) -> None:
    ledger = journal(tmp_path)
    size = log_of(ledger.path).stat().st_size
    assert size >= 128 * PAGE
    for number in range(5):
        for each in range(8):
            place(ledger, f"c{number}-{each}")
        await asyncio.to_thread(checkpoint.move, ledger.path)
    assert log_of(ledger.path).stat().st_size == size
    with closing(sqlite3.connect(ledger.path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(read_ledger(ledger.path)) == 80
    ledger.close()


def test_a_log_that_is_never_moved_is_bounded_all_the_same(tmp_path: Path) -> None:
    ledger = journal(tmp_path)
    bulk = [fx.StateEntry("c" * 3_000, OrderState.RESTING, number) for number in range(500)]
    for _ in range(24):
        ledger.record(bulk)
    # What one commit adds to a log that is just short of its bound comes on top.
    assert log_of(ledger.path).stat().st_size < 2 * checkpoint.LONGEST_PAGES * PAGE
    assert ledger.path.stat().st_size > checkpoint.LONGEST_PAGES * 4_096
    ledger.close()


def test_making_room_keeps_the_version_and_syncs_as_before(tmp_path: Path) -> None:
    journal(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "l.sqlite3", isolation_level=None)) as database:
        version = database.execute("PRAGMA user_version").fetchone()
        checkpoint.make_ready(database)
        assert database.execute("PRAGMA user_version").fetchone() == version
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)


async def test_a_log_that_cannot_be_moved_is_said_so_and_tried_again_after_the_next_burst(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Elsewhere:
        path = tmp_path / "no" / "such.sqlite3"
        seq = 0

    gone, seqs = Elsewhere(), [checkpoint.ENOUGH, checkpoint.ENOUGH, 2 * checkpoint.ENOUGH]
    beats = [*seqs, seqs[-1], seqs[-1]]

    async def sleep(_: float) -> None:
        if not beats:
            raise asyncio.CancelledError
        gone.seq = beats.pop(0)

    with pytest.raises(asyncio.CancelledError):
        await checkpoint.keep(gone, sleep)
    assert [each.message.partition(":")[0] for each in caplog.records] == [
        "the log of the ledger was not moved"
    ] * 2
