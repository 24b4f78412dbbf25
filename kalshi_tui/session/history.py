"""The ledgers of an environment as others read them: pages of orders and one order's whole story.

Works beside a workstation that writes, and with none. Changes nothing. Owns what is looked up and
in which order; words and formats are the command line's.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from kalshi_tui.core.effects import JournalEntry
from kalshi_tui.core.orders import LIVE, OrderState
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session import schema
from kalshi_tui.session.journal import JournalError, reading
from kalshi_tui.session.ownership import Holder, holder_of

PATTERN = "orders-*.sqlite3"

_COLUMNS = """opened, client_order_id, order_id, ticker, side, price, count,
    max(reported, booked), external, wall_ns, state, detail"""
_LIVE = ",".join(f"'{state.value}'" for state in OrderState if state in LIVE)


@dataclass(frozen=True, slots=True)
class Head:
    """What an order's history comes to."""

    number: int
    """The place of its intent in the ledger: later orders have higher ones."""
    client_order_id: str
    order_id: str
    ticker: str
    side: BookSide
    price: Price
    count: Count
    filled: Count
    external: bool
    wall_ns: int
    state: OrderState
    detail: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some orders of one ledger, newest first."""

    account: str
    heads: tuple[Head, ...]
    is_last: bool
    holder: Holder | None
    """Who writes this ledger now."""


@dataclass(frozen=True, slots=True)
class Story:
    """One order: what it comes to, the payload that was recorded before sending, what happened."""

    account: str
    head: Head
    payload_sha256: str
    entries: tuple[JournalEntry, ...]


class UnknownOrderError(LookupError):
    """No ledger here has an order of this id, or several do. One sentence with the cure."""


def ledgers(directory: Path) -> list[Path]:
    """Return the ledgers of an environment, one for each account."""
    return sorted(directory.glob(PATTERN))


def page(
    path: Path,
    *,
    limit: int,
    before: str = "",
    ticker: str = "",
    live_only: bool = False,
) -> Page:
    """Return the newest orders of a ledger, or those before the order `before`.

    Raises `JournalError`, and `UnknownOrderError` where there is no order `before`.
    """
    conditions, values = ["1"], list[object]()
    if ticker:
        conditions.append("ticker = ?")
        values.append(ticker)
    if live_only:
        conditions.append(f"state IN ({_LIVE})")
    with reading(path) as database:
        if before:
            conditions.append("opened < ?")
            values.append(_head(database, before).number)
        rows = database.execute(
            f"SELECT {_COLUMNS} FROM heads WHERE {' AND '.join(conditions)}"
            " ORDER BY opened DESC LIMIT ?",
            (*values, limit + 1),
        ).fetchall()
        account = _account(database)
    heads = tuple(map(_from_row, rows[:limit]))
    return Page(account, heads, len(rows) <= limit, holder_of(path.with_suffix(".lock")))


def story(paths: list[Path], name: str) -> Story:
    """Return everything about the order that `name` names: either id, or how one begins.

    Raises `JournalError` or `UnknownOrderError`.
    """
    for path in paths:
        with reading(path) as database:
            try:
                head = _head(database, name)
            except UnknownOrderError:
                if path is paths[-1]:
                    raise
                continue
            (digest,) = database.execute(
                "SELECT payload_sha256 FROM intents WHERE seq = ?", (head.number,)
            ).fetchone()
            entries = tuple(schema.read_order(database, head.client_order_id))
            return Story(_account(database), head, digest, entries)
    raise UnknownOrderError(f"There is no order {name!r}: nothing was recorded here yet.")


def _head(database: sqlite3.Connection, name: str) -> Head:
    found: list[schema.Row] = []
    for column in ("client_order_id", "order_id"):
        # The range is what an index can look up; LIKE cannot, and has characters of its own.
        found += database.execute(
            f"SELECT {_COLUMNS} FROM heads WHERE {column} >= ? AND {column} < ? LIMIT 2",
            (name, name + "\U0010ffff"),
        ).fetchall()
    exact = [row for row in found if name in row[1:3]]
    distinct = {row[0]: row for row in exact or found}
    if not distinct:
        raise UnknownOrderError(f"There is no order {name!r}; see `kalshi-tui orders list`.")
    if len(distinct) > 1:
        raise UnknownOrderError(f"Several orders begin with {name!r}; give more of the id.")
    return _from_row(next(iter(distinct.values())))


def _account(database: sqlite3.Connection) -> str:
    row = database.execute("SELECT account FROM ledger").fetchone()
    if row is None:
        raise JournalError("This order ledger was never finished; start the workstation once.")
    return str(row[0])


def _from_row(row: schema.Row) -> Head:
    return Head(
        number=row[0],
        client_order_id=row[1],
        order_id=row[2],
        ticker=row[3],
        side=BookSide(row[4]),
        price=Price(row[5]),
        count=Count(row[6]),
        filled=Count(row[7]),
        external=bool(row[8]),
        wall_ns=row[9],
        state=OrderState(row[10]),
        detail=row[11],
    )
