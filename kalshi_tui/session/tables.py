"""The tables of the history store, and the rows of each as records and back.

One table for each kind of record, its columns the record's own fields, then the tier that it came
from and the exchange's body as it was sent: a parser that was wrong can be run again. Owns SQL text
and row shapes; opens no file.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple, get_args, get_type_hints

from kalshi_tui.api.accounts import AnyRecord
from kalshi_tui.core.completeness import RecordKind
from kalshi_tui.core.records import (
    FillRecord,
    OrderRecord,
    PaymentRecord,
    PositionRecord,
    SettlementRecord,
)

Row = tuple[Any, ...]


class Table(NamedTuple):
    """Where one kind of record is kept."""

    kind: RecordKind
    record: type[Any]
    clock: str
    """The column whose later value is the newer report; empty where a record never changes."""
    indexed: tuple[str, ...]

    @property
    def name(self) -> str:
        """The table's name."""
        return self.kind.value

    @property
    def columns(self) -> tuple[str, ...]:
        """The record's fields, in order."""
        fields: tuple[str, ...] = self.record._fields
        return fields


TABLES: dict[RecordKind, Table] = {
    each.kind: each
    for each in (
        Table(RecordKind.FILLS, FillRecord, "", ("at_ns", "ticker, at_ns", "order_id")),
        Table(RecordKind.ORDERS, OrderRecord, "updated_ns", ("at_ns", "ticker, at_ns", "status")),
        Table(RecordKind.SETTLEMENTS, SettlementRecord, "", ("at_ns", "ticker")),
        Table(RecordKind.POSITIONS, PositionRecord, "at_ns", ("ticker, at_ns",)),
        Table(RecordKind.DEPOSITS, PaymentRecord, "at_ns", ("at_ns",)),
        Table(RecordKind.WITHDRAWALS, PaymentRecord, "at_ns", ("at_ns",)),
    )
}


def _columns(table: Table) -> str:
    hints = get_type_hints(table.record)
    return ", ".join(f"{name} {_sql_type(hints[name])}" for name in table.columns)


def _sql_type(hint: Any) -> str:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "TEXT NOT NULL"
    if hint is str:
        return "TEXT NOT NULL"
    # NewTypes of int, int and bool; a union with None is a column that may be empty.
    return "INTEGER" if type(None) in get_args(hint) else "INTEGER NOT NULL"


def _create(table: Table) -> tuple[str, ...]:
    made = (
        f"CREATE TABLE {table.name} (key TEXT PRIMARY KEY, {_columns(table)},"
        " tier TEXT NOT NULL, body BLOB)"
    )
    indices = (
        f"CREATE INDEX {table.name}_{number} ON {table.name} ({names})"
        for number, names in enumerate(table.indexed)
    )
    return (made, *indices)


def _words(record: type[Any]) -> tuple[int, ...]:
    hints = get_type_hints(record)
    return tuple(
        place
        for place, name in enumerate(record._fields)
        if isinstance(hints[name], type) and issubclass(hints[name], Enum)
    )


_WORDS: dict[type[Any], tuple[int, ...]] = {
    each.record: _words(each.record) for each in TABLES.values()
}
"""Which fields of a record are words of an enumeration."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE account (environment TEXT NOT NULL, account TEXT NOT NULL)",
        *(statement for table in TABLES.values() for statement in _create(table)),
        """CREATE TABLE unread (
            kind TEXT NOT NULL, subaccount INTEGER NOT NULL, tier TEXT NOT NULL,
            reason TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, subaccount, body)
        ) WITHOUT ROWID""",
        """CREATE TABLE readings (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subaccount INTEGER NOT NULL,
            begun_s INTEGER NOT NULL, since_s INTEGER, progress BLOB NOT NULL,
            statement TEXT, is_whole INTEGER NOT NULL, is_over INTEGER NOT NULL
        )""",
        "CREATE INDEX readings_of_kind ON readings (kind, subaccount, id)",
    ),
)
"""Statements of each schema version, the first being version 1. Never edited, only appended to."""


def row_of(record: AnyRecord) -> Row:
    """Return the columns of a record, its key first."""
    values: list[Any] = list(record)
    for place in _WORDS[type(record)]:
        values[place] = values[place].value
    return (record.key, *values)


def reader_of(table: Table) -> Callable[[Row], AnyRecord]:
    """Return what turns a row (columns of the record alone) into the record."""
    hints = get_type_hints(table.record)
    turns: list[tuple[int, Callable[[Any], Any]]] = [
        (place, hints[name])
        for place, name in enumerate(table.columns)
        if hints[name] is bool or (isinstance(hints[name], type) and issubclass(hints[name], Enum))
    ]
    cached = [(place, _lookup(turn)) for place, turn in turns]
    make = table.record._make

    def read(row: Row) -> AnyRecord:
        values = list(row)
        for place, turn in cached:
            values[place] = turn[values[place]]
        record: AnyRecord = make(values)
        return record

    return read


def _lookup(turn: Callable[[Any], Any]) -> dict[Any, Any]:
    if isinstance(turn, type) and issubclass(turn, Enum):
        return {each.value: each for each in turn}
    return {0: False, 1: True}
