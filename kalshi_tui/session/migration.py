"""The ledger's tables, version by version, and how a file is brought to the newest.

Each version is one transaction, so that a program that is killed half-way leaves the version before
it; before a file with history is changed, a copy of it is kept beside it. Versions are only ever
appended. Owns SQL of tables and triggers; reads and writes no entry.
Source: reliability catalogue FH07, FH08.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

_HISTORY = ("ledger", "intents", "states", "orders", "fills", "requests")

_FIRST = (
    "CREATE TABLE ledger (environment TEXT NOT NULL, account TEXT NOT NULL)",
    """CREATE TABLE intents (
        seq INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL UNIQUE,
        payload TEXT NOT NULL, payload_sha256 TEXT NOT NULL, wall_ns INTEGER NOT NULL
    )""",
    """CREATE TABLE states (
        seq INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL, state TEXT NOT NULL,
        wall_ns INTEGER NOT NULL, order_id TEXT NOT NULL, detail TEXT NOT NULL
    )""",
    "CREATE INDEX states_of_order ON states (client_order_id)",
    """CREATE TABLE orders (
        seq INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL, order_id TEXT NOT NULL,
        reported_client_order_id TEXT NOT NULL, ticker TEXT NOT NULL, side TEXT NOT NULL,
        price INTEGER NOT NULL, status TEXT NOT NULL, initial INTEGER NOT NULL,
        filled INTEGER NOT NULL, remaining INTEGER NOT NULL, fees INTEGER NOT NULL,
        created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, expires_ms INTEGER,
        reason TEXT NOT NULL, time_in_force TEXT, post_only INTEGER,
        self_trade_prevention TEXT
    )""",
    "CREATE INDEX orders_by_client_id ON orders (client_order_id)",
    "CREATE INDEX orders_by_id ON orders (order_id)",
    """CREATE TABLE fills (
        seq INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL, trade_id TEXT NOT NULL UNIQUE,
        order_id TEXT NOT NULL, reported_client_order_id TEXT NOT NULL, ticker TEXT NOT NULL,
        side TEXT NOT NULL, price INTEGER NOT NULL, count INTEGER NOT NULL,
        fee INTEGER NOT NULL, is_taker INTEGER NOT NULL, ts_ms INTEGER NOT NULL,
        position_after INTEGER
    )""",
    "CREATE INDEX fills_of_order ON fills (order_id)",
)

# What an order's history comes to, so that a list or a start need not read the history itself. Kept
# by triggers: in the same transaction as the history, whoever writes it.
_HEADS = (
    "ALTER TABLE intents ADD COLUMN external INTEGER NOT NULL DEFAULT 0",
    "UPDATE intents SET external = 1 WHERE client_order_id LIKE 'external:%'",
    "ALTER TABLE orders ADD COLUMN group_id TEXT NOT NULL DEFAULT ''",
    """CREATE TABLE requests (
        seq INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL, request_id TEXT NOT NULL,
        kind TEXT NOT NULL, state TEXT NOT NULL, wall_ns INTEGER NOT NULL, price INTEGER,
        count INTEGER, expires_s INTEGER, detail TEXT NOT NULL
    )""",
    "CREATE INDEX requests_of_order ON requests (client_order_id)",
    """CREATE TABLE heads (
        opened INTEGER PRIMARY KEY, touched INTEGER NOT NULL,
        client_order_id TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL, ticker TEXT NOT NULL,
        side TEXT NOT NULL, price INTEGER NOT NULL, count INTEGER NOT NULL,
        external INTEGER NOT NULL, wall_ns INTEGER NOT NULL, state TEXT NOT NULL,
        detail TEXT NOT NULL, reported INTEGER NOT NULL, booked INTEGER NOT NULL
    )""",
    "CREATE INDEX heads_by_touch ON heads (touched)",
    "CREATE INDEX heads_by_order_id ON heads (order_id)",
    """CREATE INDEX heads_open ON heads (opened)
        WHERE state IN ('intent', 'sending', 'in doubt', 'resting')""",
    "CREATE INDEX fills_by_client_id ON fills (client_order_id)",
    """CREATE TRIGGER intents_head AFTER INSERT ON intents BEGIN
        INSERT INTO heads VALUES (
            NEW.seq, NEW.seq, NEW.client_order_id, '', json_extract(NEW.payload, '$.ticker'),
            json_extract(NEW.payload, '$.side'), json_extract(NEW.payload, '$.price'),
            json_extract(NEW.payload, '$.count'), NEW.external, NEW.wall_ns,
            CASE WHEN NEW.external THEN 'sending' ELSE 'intent' END, '', 0, 0
        );
    END""",
    """CREATE TRIGGER states_head AFTER INSERT ON states BEGIN
        UPDATE heads SET touched = NEW.seq, state = NEW.state, detail = NEW.detail,
            order_id = CASE WHEN NEW.order_id = '' THEN order_id ELSE NEW.order_id END
        WHERE client_order_id = NEW.client_order_id;
    END""",
    """CREATE TRIGGER orders_head AFTER INSERT ON orders BEGIN
        UPDATE heads SET touched = NEW.seq, order_id = NEW.order_id,
            price = CASE WHEN NEW.status = 'resting' THEN NEW.price ELSE price END,
            count = CASE WHEN NEW.status = 'resting' THEN NEW.filled + NEW.remaining ELSE count END,
            reported = max(reported, NEW.filled)
        WHERE client_order_id = NEW.client_order_id;
    END""",
    """CREATE TRIGGER requests_head AFTER INSERT ON requests BEGIN
        UPDATE heads SET touched = NEW.seq WHERE client_order_id = NEW.client_order_id;
    END""",
    """CREATE TRIGGER fills_head AFTER INSERT ON fills BEGIN
        UPDATE heads SET touched = NEW.seq, booked = booked + NEW.count
        WHERE client_order_id = NEW.client_order_id;
    END""",
    """INSERT INTO heads
        SELECT seq, seq, client_order_id, '', json_extract(payload, '$.ticker'),
            json_extract(payload, '$.side'), json_extract(payload, '$.price'),
            json_extract(payload, '$.count'), external, wall_ns,
            CASE WHEN external THEN 'sending' ELSE 'intent' END, '', 0, 0
        FROM intents""",
    """UPDATE heads SET touched = last.seq, state = last.state, detail = last.detail FROM (
            SELECT client_order_id, max(seq) AS seq, state, detail FROM states
            GROUP BY client_order_id
        ) AS last WHERE heads.client_order_id = last.client_order_id""",
    """UPDATE heads SET order_id = known.order_id FROM (
            SELECT client_order_id, max(seq), order_id FROM (
                SELECT client_order_id, seq, order_id FROM states WHERE order_id != ''
                UNION ALL SELECT client_order_id, seq, order_id FROM orders
            ) GROUP BY client_order_id
        ) AS known WHERE heads.client_order_id = known.client_order_id""",
    """UPDATE heads SET touched = max(touched, said.seq), reported = said.filled FROM (
            SELECT client_order_id, max(seq) AS seq, max(filled) AS filled FROM orders
            GROUP BY client_order_id
        ) AS said WHERE heads.client_order_id = said.client_order_id""",
    """UPDATE heads SET price = rests.price, count = rests.count FROM (
            SELECT client_order_id, max(seq), price, filled + remaining AS count FROM orders
            WHERE status = 'resting' GROUP BY client_order_id
        ) AS rests WHERE heads.client_order_id = rests.client_order_id""",
    """UPDATE heads SET touched = max(touched, done.seq), booked = done.count FROM (
            SELECT client_order_id, max(seq) AS seq, sum(count) AS count FROM fills
            GROUP BY client_order_id
        ) AS done WHERE heads.client_order_id = done.client_order_id""",
    *(
        f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN
            SELECT RAISE(ABORT, 'the history is append-only');
        END"""
        for table in _HISTORY
        for verb in ("UPDATE", "DELETE")
    ),
)

VERSIONS: tuple[tuple[str, ...], ...] = (_FIRST, _HEADS)
"""Statements of each schema version, the first being version 1. Never edited, only appended to."""


def version_of(database: sqlite3.Connection) -> int:
    """Return the version of a file; 0 for an empty one."""
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone():
        return 0
    return int(database.execute("SELECT max(version) FROM migrations").fetchone()[0] or 0)


def migrate(
    database: sqlite3.Connection, version: int, environment: str = "", account: str = ""
) -> None:
    """Bring a ledger from `version` to the newest; a new one belongs to `account` from then on.

    Raises `sqlite3.Error`; then it is whole, at one of the versions between.
    """
    database.execute(
        "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, statements INTEGER)"
    )
    for number, statements in enumerate(VERSIONS[version:], start=version + 1):
        database.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                database.execute(statement)
            database.execute("INSERT INTO migrations VALUES (?, ?)", (number, len(statements)))
            if number == 1:
                database.execute("INSERT INTO ledger VALUES (?, ?)", (environment, account))
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise


def keep_copy(database: sqlite3.Connection, path: Path, version: int) -> None:
    """Copy a file that has history and is about to be changed. Raises `OSError`."""
    if 0 < version < len(VERSIONS):
        _copy(database, copy_path(path, version))


def copy_path(path: Path, version: int) -> Path:
    """Return where the copy of a file at `version` is kept."""
    return path.with_name(f"{path.name}.v{version}")


def _copy(database: sqlite3.Connection, target: Path) -> None:
    """Copy the whole file; under its own name only once it is complete."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    # Made here with its mode, so that SQLite never creates it with a wider one.
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(part)) as copy:
        database.backup(copy)
    os.replace(part, target)
