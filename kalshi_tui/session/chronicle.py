"""The local store of an account's history: SQLite, one file per environment and account.

A file of its own, never the ledger's: a reading at full speed must not hold the lock that an order
waits for. Each page is stored together with where the reading stands, so that a kill between two
pages loses nothing and repeats at most one. Bodies are kept. One thread at a time; reads nothing
from the exchange and computes no money.
Source: reliability catalogue FE02, FE04, FE13, FH01-FH09.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from kalshi_tui.api.accounts import READERS, AnyRecord
from kalshi_tui.api.errors import BodyError
from kalshi_tui.api.history import OVERLAP_S, Page, Progress
from kalshi_tui.core.completeness import RecordKind, Statement
from kalshi_tui.core.records import FillRecord, SettlementRecord
from kalshi_tui.session import archive, tables
from kalshi_tui.session.tables import TABLES, Row, Table

_SECOND_NS = 1_000_000_000


class Reading(NamedTuple):
    """One reading of one kind, begun and perhaps not ended."""

    number: int
    kind: RecordKind
    subaccount: int
    begun_s: int
    since_s: int | None
    progress: Progress


class Absorbed(NamedTuple):
    """What one page brought."""

    added: int
    changed: int
    known: int
    unread: int
    """Bodies that cannot be read; kept as they are."""
    odd: int
    """Records that never change and are told differently now; the first version stays."""


class Unmatched(NamedTuple):
    """An order whose fills here are not as many as it says (FE13)."""

    order_id: str
    ticker: str
    said: int
    found: int


class History:
    """The store. Raises `HistoryError` where it cannot be had; then nothing was changed."""

    def __init__(self, path: Path, *, environment: str, account: str) -> None:
        self.path = path
        self._database = archive.opened(path, environment, account)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # Readings

    def begin(
        self, kind: RecordKind, subaccount: int, now_s: int, *, anew: bool = False
    ) -> Reading:
        """Return the reading that was interrupted, or a new one from where the last one ended.

        `anew` reads everything again. A reading after one that was not whole begins at the
        beginning.
        """
        with self._writing() as database:
            if not anew and (open_one := self._interrupted(kind, subaccount)) is not None:
                return open_one
            since_s = None if anew else self._covered_to(kind, subaccount)
            cursor = database.execute(
                "INSERT INTO readings (kind, subaccount, begun_s, since_s, progress, is_whole,"
                " is_over) VALUES (?, ?, ?, ?, ?, 0, 0)",
                (kind.value, subaccount, now_s, since_s, msgspec.json.encode(Progress())),
            )
            return Reading(cursor.lastrowid or 0, kind, subaccount, now_s, since_s, Progress())

    def absorb(self, reading: Reading, page: Page | None, progress: Progress) -> Absorbed:
        """Store one page and where the reading stands after it: both or neither."""
        with self._writing() as database:
            database.execute(
                "UPDATE readings SET progress = ? WHERE id = ?",
                (msgspec.json.encode(progress), reading.number),
            )
            if page is None:
                return Absorbed(0, 0, 0, 0, 0)
            return self._store(reading.kind, reading.subaccount, page)

    def finish(self, reading: Reading, statement: Statement) -> None:
        """Note the end of a reading and what it covers."""
        whole = all(each.is_finished for each in statement.sections)
        with self._writing() as database:
            database.execute(
                "UPDATE readings SET statement = ?, is_whole = ?, is_over = 1 WHERE id = ?",
                (statement.sentence(), whole, reading.number),
            )

    def statements(self) -> dict[tuple[RecordKind, int], str]:
        """Return the latest statement of each kind and subaccount."""
        found = self._database.execute(
            "SELECT kind, subaccount, statement FROM readings WHERE is_over = 1 ORDER BY id"
        )
        return {(RecordKind(kind), subaccount): text for kind, subaccount, text in found}

    def _interrupted(self, kind: RecordKind, subaccount: int) -> Reading | None:
        row = self._database.execute(
            "SELECT id, begun_s, since_s, progress FROM readings"
            " WHERE kind = ? AND subaccount = ? AND is_over = 0 ORDER BY id DESC LIMIT 1",
            (kind.value, subaccount),
        ).fetchone()
        if row is None:
            return None
        try:
            progress = msgspec.json.decode(row[3], type=Progress)
        except msgspec.MsgspecError:
            # Where it stood cannot be told: begin it at its beginning.
            progress = Progress()
        return Reading(row[0], kind, subaccount, row[1], row[2], progress)

    def _covered_to(self, kind: RecordKind, subaccount: int) -> int | None:
        row = self._database.execute(
            "SELECT begun_s, is_whole FROM readings WHERE kind = ? AND subaccount = ?"
            " AND is_over = 1 ORDER BY id DESC LIMIT 1",
            (kind.value, subaccount),
        ).fetchone()
        if row is None or not row[1]:
            return None
        reached = int(row[0])
        if kind is RecordKind.ORDERS:
            # Orders are listed by their creation: one that was not done may have changed since.
            oldest = self._database.execute(
                "SELECT min(at_ns) FROM orders WHERE subaccount = ?"
                " AND status NOT IN ('canceled', 'executed')",
                (subaccount,),
            ).fetchone()[0]
            if oldest is not None:
                reached = min(reached, oldest // _SECOND_NS)
        return max(reached - OVERLAP_S, 0)

    # Records

    def records(
        self,
        kind: RecordKind,
        *,
        since_ns: int | None = None,
        until_ns: int | None = None,
        ticker: str = "",
        order_id: str = "",
    ) -> Iterator[AnyRecord]:
        """Yield records oldest first, within [since, until)."""
        table = TABLES[kind]
        tests = [
            ("at_ns >= ?", since_ns),
            ("at_ns < ?", until_ns),
            ("ticker = ?", ticker or None),
            ("order_id = ?", order_id or None),
        ]
        asked = [(text, value) for text, value in tests if value is not None]
        where = " AND ".join(text for text, _ in asked) or "1"
        read = tables.reader_of(table)
        with archive.speaking(self.path):
            rows = self._database.execute(
                f"SELECT {', '.join(table.columns)} FROM {table.name}"
                f" WHERE {where} ORDER BY at_ns, key",
                [value for _, value in asked],
            )
            for row in rows:
                yield read(row)

    def money(self) -> Iterator[FillRecord | SettlementRecord]:
        """Yield every fill and settlement: what `core.profit.Books` is fed with."""
        for kind in (RecordKind.FILLS, RecordKind.SETTLEMENTS):
            for each in self.records(kind):
                assert isinstance(each, FillRecord | SettlementRecord)
                yield each

    def count(self, kind: RecordKind) -> int:
        """Return how many records of a kind there are."""
        found = self._database.execute(f"SELECT count(*) FROM {TABLES[kind].name}").fetchone()
        return int(found[0])

    def body(self, kind: RecordKind, key: str) -> bytes | None:
        """Return a record's body as the exchange sent it; None where there is none."""
        row = self._database.execute(
            f"SELECT body FROM {TABLES[kind].name} WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None or row[0] is None else bytes(row[0])

    def add_rebuilt(self, settlements: Iterable[SettlementRecord]) -> int:
        """Store settlements that no endpoint gives; one that the exchange gave is never replaced.

        Returns how many were new.
        """
        table, added = TABLES[RecordKind.SETTLEMENTS], 0
        with self._writing() as database:
            for each in settlements:
                known = database.execute(
                    "SELECT 1 FROM settlements WHERE ticker = ? AND subaccount = ?",
                    (each.ticker, each.subaccount),
                ).fetchone()
                if known is None and each.is_rebuilt:
                    database.execute(_insert(table), (*tables.row_of(each), "rebuilt", None))
                    added += 1
        return added

    def unsettled(self, subaccount: int) -> list[str]:
        """Return the markets that have fills and no settlement, open ones among them."""
        found = self._database.execute(
            "SELECT DISTINCT ticker FROM fills WHERE subaccount = ?1 AND ticker NOT IN"
            " (SELECT ticker FROM settlements WHERE subaccount = ?1) ORDER BY ticker",
            (subaccount,),
        )
        return [row[0] for row in found]

    def unmatched(self) -> list[Unmatched]:
        """Return orders whose fills do not add up to what they say was filled."""
        found = self._database.execute(
            "SELECT o.order_id, o.ticker, o.filled, coalesce(f.found, 0) FROM orders o"
            " LEFT JOIN (SELECT order_id, sum(size) AS found FROM fills GROUP BY order_id) f"
            " ON f.order_id = o.order_id WHERE o.filled != coalesce(f.found, 0)"
            " ORDER BY o.at_ns, o.order_id"
        )
        return [Unmatched(*row) for row in found]

    def unread(self) -> list[tuple[RecordKind, str, bytes]]:
        """Return the bodies that could not be read, with the reason."""
        found = self._database.execute("SELECT kind, reason, body FROM unread")
        return [(RecordKind(kind), reason, bytes(body)) for kind, reason, body in found]

    def reread(self) -> int:
        """Read every kept body again with this program's parser; return how many changed."""
        changed = 0
        with self._writing() as database:
            for kind, table in TABLES.items():
                rows = database.execute(
                    f"SELECT key, subaccount, tier, body FROM {table.name} WHERE body IS NOT NULL"
                    if "subaccount" in table.columns
                    else f"SELECT key, 0, tier, body FROM {table.name} WHERE body IS NOT NULL"
                ).fetchall()
                for key, subaccount, tier, body in rows:
                    changed += self._reread_one(table, key, subaccount, tier, body)
                left = database.execute(
                    "SELECT subaccount, tier, body FROM unread WHERE kind = ?", (kind.value,)
                ).fetchall()
                for subaccount, tier, body in left:
                    changed += self._take_unread(table, subaccount, tier, body)
        return changed

    def _reread_one(self, table: Table, key: str, subaccount: int, tier: str, body: bytes) -> int:
        try:
            record = READERS[table.kind](body, subaccount)
        except BodyError:
            return 0
        new, database = (*tables.row_of(record), tier, body), self._database
        old = database.execute(f"SELECT * FROM {table.name} WHERE key = ?", (key,)).fetchone()
        if old == new:
            return 0
        database.execute(f"DELETE FROM {table.name} WHERE key = ?", (key,))
        database.execute(_insert(table, "OR REPLACE"), new)
        return 1

    def _take_unread(self, table: Table, subaccount: int, tier: str, body: bytes) -> int:
        try:
            record = READERS[table.kind](body, subaccount)
        except BodyError:
            return 0
        row = (*tables.row_of(record), tier, body)
        added = self._database.execute(_insert(table, "OR IGNORE"), row).rowcount
        if added:
            self._database.execute("DELETE FROM unread WHERE body = ?", (body,))
        return added

    def _store(self, kind: RecordKind, subaccount: int, page: Page) -> Absorbed:
        table, read, database = TABLES[kind], READERS[kind], self._database
        rows: dict[str, Row] = {}
        unread = 0
        for raw in page.items:
            body = bytes(raw)
            try:
                row = tables.row_of(read(body, subaccount))
            except BodyError as error:
                unread += 1
                self._keep(kind, subaccount, page.tier.value, error.reason, body)
            else:
                rows[row[0]] = (*row, page.tier.value, body)
        known = self._known(table, list(rows))
        fresh = [row for key, row in rows.items() if key not in known]
        width = len(table.columns) + 1
        told = [row for key, row in rows.items() if key in known and row[:width] != known[key]]
        odd = 0
        newer = []
        for row in told:
            if not table.clock:
                odd += 1
                reason = "It is told differently from before."
                self._keep(kind, subaccount, page.tier.value, reason, row[-1])
            elif _clock(table, row) >= _clock(table, known[row[0]]):
                newer.append(row)
        if kind is RecordKind.SETTLEMENTS:
            # What was worked out gives way to what the exchange says after all.
            database.executemany(
                "DELETE FROM settlements WHERE ticker = ? AND subaccount = ? AND is_rebuilt = 1",
                [(row[2], subaccount) for row in fresh],
            )
        database.executemany(_insert(table), fresh)
        database.executemany(_insert(table, "OR REPLACE"), newer)
        same = len(rows) - len(fresh) - len(newer) - odd
        return Absorbed(len(fresh), len(newer), same, unread, odd)

    def _known(self, table: Table, keys: Sequence[str]) -> dict[str, Row]:
        marks = ",".join("?" * len(keys))
        found = self._database.execute(
            f"SELECT key, {', '.join(table.columns)} FROM {table.name} WHERE key IN ({marks})", keys
        )
        return {row[0]: row for row in found}

    def _keep(self, kind: RecordKind, subaccount: int, tier: str, reason: str, body: bytes) -> None:
        self._database.execute(
            "INSERT OR IGNORE INTO unread VALUES (?, ?, ?, ?, ?)",
            (kind.value, subaccount, tier, reason, body),
        )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        database = self._database
        with archive.speaking(self.path):
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")


def _insert(table: Table, verb: str = "") -> str:
    marks = ",".join("?" * (len(table.columns) + 3))
    return f"INSERT {verb} INTO {table.name} VALUES ({marks})"


def _clock(table: Table, row: Row) -> int:
    return int(row[1 + table.columns.index(table.clock)])
