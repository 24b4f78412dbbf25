"""The file of the history store: opened, brought to this program's schema, and its errors told.

Owns the file's mode, its pragmas and the sentence for everything SQLite can say. Knows the tables
only as statements to run.
Source: reliability catalogue FH01-FH09; sqlite.org/rescode.html.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kalshi_tui.session import tables

BUSY_MS = 2_000


class HistoryError(RuntimeError):
    """The store cannot be used. The message is one sentence with the cure."""


def opened(path: Path, environment: str, account: str) -> sqlite3.Connection:
    """Open or make the store of one account. Raises `HistoryError`; then nothing was changed."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here with its mode, so that SQLite never creates it with a wider one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        reason = error.strerror or "it is not writable"
        raise HistoryError(
            f"The history in {path} cannot be written ({reason}); make it writable."
        ) from error
    with speaking(path):
        # Pages are stored from a worker thread, one at a time.
        database = sqlite3.connect(
            path, isolation_level=None, timeout=BUSY_MS / 1_000, check_same_thread=False
        )
    try:
        with speaking(path):
            _prepare(database, path, environment, account)
    except BaseException:
        database.close()
        raise
    return database


def _prepare(database: sqlite3.Connection, path: Path, environment: str, account: str) -> None:
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    if version > len(tables.MIGRATIONS):
        raise HistoryError(
            f"The history {path} was written by a newer kalshi-tui; update this program."
        )
    database.execute("PRAGMA journal_mode = WAL")
    # A page that a power cut takes is read again: the exchange has it.
    database.execute("PRAGMA synchronous = NORMAL")
    for number, statements in enumerate(tables.MIGRATIONS[version:], start=version + 1):
        database.execute("BEGIN IMMEDIATE")
        for statement in statements:
            database.execute(statement)
        if number == 1:
            database.execute("INSERT INTO account VALUES (?, ?)", (environment, account))
        database.execute(f"PRAGMA user_version = {number}")
        database.execute("COMMIT")
    if database.execute("SELECT * FROM account").fetchone() != (environment, account):
        raise HistoryError(
            f"The history {path} belongs to another environment or account; move it away."
        )


@contextmanager
def speaking(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into one sentence with the cure."""
    try:
        yield
    except sqlite3.Error as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            words = "cannot be written, the disk is full; free some space."
        elif code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            words = "cannot be written; make it writable."
        elif code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            words = "is damaged; move it aside and it is read anew from the exchange."
        else:
            words = f"cannot be used: {error}."
        raise HistoryError(f"The history {path} {words}") from error
