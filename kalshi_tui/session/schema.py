"""The tables of the order ledger, and the rows of each as core values.

Four append-only tables share one running number, so that their union in its order is the history
of the account as this program saw it. Owns SQL text and row shapes; opens no file.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from heapq import merge
from typing import Any

from kalshi_tui.core.effects import FillEntry, Intent, JournalEntry, OrderEntry, StateEntry
from kalshi_tui.core.events import Filled, OrderReported, ReportedStatus
from kalshi_tui.core.orders import OrderState, OrderTerms, SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price

Row = tuple[Any, ...]
"""One row as SQLite gives it."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
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
    ),
)
"""Statements of each schema version, the first being version 1. Never edited, only appended to."""

TABLES = ("intents", "states", "orders", "fills")


def payload_of(terms: OrderTerms) -> str:
    """Return the terms as canonical JSON: equal terms give equal text."""
    return json.dumps(
        {
            "ticker": terms.ticker,
            "side": terms.side.value,
            "price": terms.price,
            "count": terms.count,
            "time_in_force": terms.time_in_force.value,
            "post_only": terms.post_only,
            "reduce_only": terms.reduce_only,
            "expires_s": terms.expires_s,
            "self_trade_prevention": terms.self_trade_prevention.value,
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def terms_of(payload: str) -> OrderTerms:
    """Return the terms that `payload_of` wrote."""
    values = json.loads(payload)
    return OrderTerms(
        ticker=values["ticker"],
        side=BookSide(values["side"]),
        price=Price(values["price"]),
        count=Count(values["count"]),
        time_in_force=TimeInForce(values["time_in_force"]),
        post_only=values["post_only"],
        reduce_only=values["reduce_only"],
        expires_s=values["expires_s"],
        self_trade_prevention=SelfTradePrevention(values["self_trade_prevention"]),
    )


def insert(database: sqlite3.Connection, seq: int, entry: JournalEntry) -> None:
    """Write one entry. A fill that is already there is left alone; a second intent raises."""
    match entry:
        case Intent():
            payload = payload_of(entry.terms)
            digest = hashlib.sha256(payload.encode()).hexdigest()
            row: Row = (seq, entry.client_order_id, payload, digest, entry.wall_ns)
            statement = _statement("INSERT", "intents", len(row))
        case StateEntry():
            row = (
                seq,
                entry.client_order_id,
                entry.state.value,
                entry.wall_ns,
                entry.order_id,
                entry.detail,
            )
            statement = _statement("INSERT", "states", len(row))
        case OrderEntry():
            row = (seq, entry.client_order_id, *_order_row(entry.report))
            statement = _statement("INSERT", "orders", len(row))
        case FillEntry():
            row = (seq, entry.client_order_id, *_fill_row(entry.fill))
            statement = _statement("INSERT OR IGNORE", "fills", len(row))
    database.execute(statement, row)


def read(database: sqlite3.Connection) -> Iterator[JournalEntry]:
    """Yield every entry in the order in which it was written."""
    streams = (
        ((row[0], _intent(row)) for row in _rows(database, "intents")),
        ((row[0], _state(row)) for row in _rows(database, "states")),
        ((row[0], _order(row)) for row in _rows(database, "orders")),
        ((row[0], _fill(row)) for row in _rows(database, "fills")),
    )
    # No two rows share a number, so entries are never compared.
    for _, entry in merge(*streams):
        yield entry


def last_seq(database: sqlite3.Connection) -> int:
    """Return the highest running number in use, 0 for an empty ledger."""
    union = " UNION ALL ".join(f"SELECT max(seq) AS seq FROM {table}" for table in TABLES)
    return int(database.execute(f"SELECT max(seq) FROM ({union})").fetchone()[0] or 0)


def _statement(verb: str, table: str, width: int) -> str:
    return f"{verb} INTO {table} VALUES ({','.join('?' * width)})"


def _rows(database: sqlite3.Connection, table: str) -> Iterator[Row]:
    return iter(database.execute(f"SELECT * FROM {table} ORDER BY seq"))


def _order_row(report: OrderReported) -> Row:
    tif, stp = report.time_in_force, report.self_trade_prevention
    return (
        report.order_id,
        report.client_order_id,
        report.ticker,
        report.side.value,
        report.price,
        report.status.value,
        report.initial,
        report.filled,
        report.remaining,
        report.fees,
        report.created_ms,
        report.updated_ms,
        report.expires_ms,
        report.reason,
        tif.value if tif else None,
        report.post_only,
        stp.value if stp else None,
    )


def _fill_row(fill: Filled) -> Row:
    return (
        fill.trade_id,
        fill.order_id,
        fill.client_order_id,
        fill.ticker,
        fill.side.value,
        fill.price,
        fill.count,
        fill.fee,
        fill.is_taker,
        fill.ts_ms,
        fill.position_after,
    )


def _intent(row: Row) -> JournalEntry:
    _, client_order_id, payload, _, wall_ns = row
    return Intent(client_order_id, terms_of(payload), wall_ns)


def _state(row: Row) -> JournalEntry:
    _, client_order_id, state, wall_ns, order_id, detail = row
    return StateEntry(client_order_id, OrderState(state), wall_ns, order_id, detail)


def _order(row: Row) -> JournalEntry:
    report = OrderReported(
        order_id=row[2],
        client_order_id=row[3],
        ticker=row[4],
        side=BookSide(row[5]),
        price=Price(row[6]),
        status=ReportedStatus(row[7]),
        initial=Count(row[8]),
        filled=Count(row[9]),
        remaining=Count(row[10]),
        fees=Money(row[11]),
        created_ms=row[12],
        updated_ms=row[13],
        expires_ms=row[14],
        reason=row[15],
        time_in_force=None if row[16] is None else TimeInForce(row[16]),
        post_only=None if row[17] is None else bool(row[17]),
        self_trade_prevention=None if row[18] is None else SelfTradePrevention(row[18]),
    )
    return OrderEntry(row[1], report)


def _fill(row: Row) -> JournalEntry:
    fill = Filled(
        trade_id=row[2],
        order_id=row[3],
        client_order_id=row[4],
        ticker=row[5],
        side=BookSide(row[6]),
        price=Price(row[7]),
        count=Count(row[8]),
        fee=Money(row[9]),
        is_taker=bool(row[10]),
        ts_ms=row[11],
        position_after=None if row[12] is None else Count(row[12]),
    )
    return FillEntry(row[1], fill)
