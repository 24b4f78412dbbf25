"""Keeps the order ledger's write-ahead log short, away from the path of an order.

Left to itself SQLite moves the log into the main file within whichever commit makes it too long, an
order's as likely as any, and the first commit after that syncs twice. Here both are done while
nothing is being recorded, over a connection and on a thread of its own; only a log that never finds
such a moment is moved within a commit. Owns when; records nothing and reads nothing.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

IDLE_S = 1.0
"""So long nothing was recorded before the log is moved."""

ENOUGH = 40
"""So many entries are worth it: those of ten orders or so, and about what the log has room for."""

LONGEST_PAGES = 4_000
"""A log of so many pages (16 MB) is moved within a commit after all."""

_READY_PAGES = 128
"""Room in the log from the start (512 kB): to sync a file that grows takes twice as long as one
that is written over, and longer yet where other programs sync theirs."""

_log = logging.getLogger(__name__)


class Recorder(Protocol):
    """What writes the log."""

    @property
    def path(self) -> Path: ...

    @property
    def seq(self) -> int:
        """The running number of the last entry."""
        ...


def make_ready(database: sqlite3.Connection) -> None:
    """Give the writer's log its room. Raises `sqlite3.Error`.

    Nothing is changed by it: the version that is there is written again, each time as a page of the
    log, which is then empty again and as long as it was.
    """
    database.execute(f"PRAGMA wal_autocheckpoint={LONGEST_PAGES}")
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    database.execute("PRAGMA synchronous=OFF")
    try:
        for _ in range(_READY_PAGES):
            database.execute(f"PRAGMA user_version={version}")
    finally:
        database.execute("PRAGMA synchronous=FULL")
    _begin_anew(database)


def move(path: Path) -> None:
    """Move what is in the log into the main file and begin it anew. Raises `sqlite3.Error`.

    Who writes meanwhile is held up by no more than one short commit.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=FULL")
        _begin_anew(database)


def _begin_anew(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA wal_checkpoint(PASSIVE)")
    # The first commit after that writes at the log's beginning and syncs its head: this one.
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    database.execute(f"PRAGMA user_version={version}")


async def keep(recorder: Recorder, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Move the log after each burst of entries, for ever."""
    moved = seen = recorder.seq
    while True:
        await sleep(IDLE_S)
        is_idle, seen = recorder.seq == seen, recorder.seq
        if not is_idle or seen - moved < ENOUGH:
            continue
        moved = seen
        try:
            await asyncio.to_thread(move, recorder.path)
        except sqlite3.Error as error:
            # The log only stays as long as it is, and the next burst brings the next try.
            _log.warning("the log of the ledger was not moved: %s", error)
