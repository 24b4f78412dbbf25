"""The rows of the order ledger as core values.

Its append-only tables share one running number, so that their union in its order is the history
of the account as this program saw it. `working` is the part of it that a start needs. Owns row
shapes and their SQL; opens no file. The tables themselves are made in `session.migration`.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from heapq import merge
from typing import Any

from kalshi_tui.core.effects import (
    FillEntry,
    Intent,
    JournalEntry,
    OrderEntry,
    RequestEntry,
    StateEntry,
)
from kalshi_tui.core.events import Filled, OrderReported, ReportedStatus
from kalshi_tui.core.orders import (
    OrderState,
    OrderTerms,
    RequestKind,
    RequestState,
    SelfTradePrevention,
    TimeInForce,
)
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price

Row = tuple[Any, ...]
"""One row as SQLite gives it."""

TABLES = ("intents", "states", "orders", "fills", "requests")

WORKING = 1_000
"""How many of the orders that were touched last a start reads, beside all that may still live."""

_CHOSEN = """
    SELECT client_order_id FROM heads
        WHERE state IN ('intent', 'sending', 'in doubt', 'resting')
    UNION SELECT client_order_id FROM (
        SELECT client_order_id FROM heads ORDER BY touched DESC LIMIT ?
    )
"""
_SINCE = "SELECT min(touched) FROM (SELECT touched FROM heads ORDER BY touched DESC LIMIT ?)"


class AlteredError(sqlite3.DatabaseError):
    """A row is not the one that was written."""


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
            "cancel_on_pause": terms.cancel_on_pause,
            "group_id": terms.group_id,
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def payload_hash(payload: str) -> str:
    """Return what a payload is known by: the same id is never used for another one."""
    return hashlib.sha256(payload.encode()).hexdigest()


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
        # Ledgers of version 1 do not have these.
        cancel_on_pause=values.get("cancel_on_pause", False),
        group_id=values.get("group_id", ""),
    )


def insert(database: sqlite3.Connection, seq: int, entry: JournalEntry) -> None:
    """Write one entry. A fill that is already there is left alone; a second intent raises."""
    match entry:
        case Intent():
            payload = payload_of(entry.terms)
            digest = payload_hash(payload)
            row: Row = (
                seq,
                entry.client_order_id,
                payload,
                digest,
                entry.wall_ns,
                entry.external,
            )
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
        case RequestEntry():
            row = (seq, *_request_row(entry))
            statement = _statement("INSERT", "requests", len(row))
    database.execute(statement, row)


def read(database: sqlite3.Connection) -> Iterator[JournalEntry]:
    """Yield every entry in the order in which it was written."""
    return _merged({table: _rows(database, table) for table in TABLES})


def read_order(database: sqlite3.Connection, client_order_id: str) -> Iterator[JournalEntry]:
    """Yield every entry about one order in the order in which it was written."""
    where = "WHERE client_order_id = ?"
    return _merged({table: _rows(database, table, where, (client_order_id,)) for table in TABLES})


def working(database: sqlite3.Connection, newest: int = WORKING) -> Iterator[JournalEntry]:
    """Yield all of what is known of each order that may still live and of the `newest` others.

    Fills of orders that nobody here knows are among it as far back as those others go.
    """
    streams = {table: _chosen(database, table, newest) for table in TABLES}
    loose = _rows(database, "fills", f"WHERE client_order_id = '' AND seq >= ({_SINCE})", (newest,))
    streams["fills"] = merge(streams["fills"], loose)
    # A KILL concerns no single order; only the last one can still have a tail.
    last = "WHERE seq = (SELECT max(seq) FROM requests WHERE client_order_id = '')"
    streams["requests"] = merge(streams["requests"], _rows(database, "requests", last))
    return _merged(streams)


def check_payloads(database: sqlite3.Connection) -> None:
    """Compare each payload that a start reads with its hash. Raises `AlteredError`."""
    for row in _chosen(database, "intents", WORKING):
        _intent(row)


def sign_times(database: sqlite3.Connection, client_order_id: str) -> tuple[int, ...]:
    """Return when an order was signed, each time, in nanoseconds on the exchange's clock."""
    found = database.execute(
        "SELECT wall_ns FROM states WHERE client_order_id = ? AND state = ? ORDER BY seq",
        (client_order_id, OrderState.SENDING.value),
    )
    return tuple(wall_ns for (wall_ns,) in found)


def newest_fill_ms(database: sqlite3.Connection) -> int:
    """Return the exchange's stamp of the newest fill among the last ones recorded, 0 for none."""
    newest = "SELECT ts_ms FROM fills ORDER BY seq DESC LIMIT 1000"
    return int(database.execute(f"SELECT max(ts_ms) FROM ({newest})").fetchone()[0] or 0)


def _merged(streams: dict[str, Iterator[Row]]) -> Iterator[JournalEntry]:
    numbered = [_numbered(streams[table], convert) for table, convert in _CONVERT.items()]
    # No two rows share a number, so entries are never compared.
    for _, entry in merge(*numbered):
        yield entry


def _numbered(
    rows: Iterator[Row], convert: Callable[[Row], JournalEntry]
) -> Iterator[tuple[int, JournalEntry]]:
    return ((row[0], convert(row)) for row in rows)


def last_seq(database: sqlite3.Connection) -> int:
    """Return the highest running number in use, 0 for an empty ledger."""
    union = " UNION ALL ".join(f"SELECT max(seq) AS seq FROM {table}" for table in TABLES)
    return int(database.execute(f"SELECT max(seq) FROM ({union})").fetchone()[0] or 0)


def _statement(verb: str, table: str, width: int) -> str:
    return f"{verb} INTO {table} VALUES ({','.join('?' * width)})"


def _rows(
    database: sqlite3.Connection, table: str, where: str = "", values: Row = ()
) -> Iterator[Row]:
    return iter(database.execute(f"SELECT * FROM {table} {where} ORDER BY seq", values))


def _chosen(database: sqlite3.Connection, table: str, newest: int) -> Iterator[Row]:
    # CROSS keeps the order of the join: from the few chosen ones to their rows.
    chosen = f"({_CHOSEN}) AS chosen CROSS JOIN {table} USING (client_order_id)"
    return iter(database.execute(f"SELECT {table}.* FROM {chosen} ORDER BY {table}.seq", (newest,)))


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
        report.group_id,
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


def _request_row(entry: RequestEntry) -> Row:
    return (
        entry.client_order_id,
        entry.request_id,
        entry.kind.value,
        entry.state.value,
        entry.wall_ns,
        entry.price,
        entry.count,
        entry.expires_s,
        entry.detail,
    )


def _intent(row: Row) -> JournalEntry:
    _, client_order_id, payload, digest, wall_ns, external = row
    if payload_hash(payload) != digest:
        raise AlteredError(f"the payload of {client_order_id} is not the one that was recorded")
    return Intent(client_order_id, terms_of(payload), wall_ns, bool(external))


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
        group_id=row[19],
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


def _request(row: Row) -> JournalEntry:
    return RequestEntry(
        request_id=row[2],
        client_order_id=row[1],
        kind=RequestKind(row[3]),
        state=RequestState(row[4]),
        wall_ns=row[5],
        price=None if row[6] is None else Price(row[6]),
        count=None if row[7] is None else Count(row[7]),
        expires_s=row[8],
        detail=row[9],
    )


_CONVERT: dict[str, Callable[[Row], JournalEntry]] = {
    "intents": _intent,
    "states": _state,
    "orders": _order,
    "fills": _fill,
    "requests": _request,
}
