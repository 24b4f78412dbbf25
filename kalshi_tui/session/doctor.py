"""Looks at what the workstation needs and says what is wrong, with the cure.

Reads files and nothing else: it can run beside a workstation. Each check is a value; owns no words
of the command line and no exit code.
"""

import os
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from kalshi_tui.core.effects import TrailKind
from kalshi_tui.session.trail import TrailLine, read_trail, tickers

LEAST_COLUMNS, LEAST_LINES = 80, 24


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    passed: bool
    detail: str
    cure: str = ""
    """One sentence; empty where nothing has to be done."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the command line found out about the terminal."""

    is_terminal: bool
    kind: str
    """`TERM`."""
    encoding: str
    columns: int
    lines: int


def check_terminal(terminal: Terminal) -> Check:
    """Return whether the screen can be shown here."""
    name = "terminal"
    if not terminal.is_terminal:
        cure = "Run this in the terminal that you trade in to have it looked at."
        return Check(name, True, "not looked at: the output does not go to one", cure)
    if terminal.kind == "dumb":
        return Check(name, False, "it cannot place text", "Run the workstation in a terminal.")
    size = f"{terminal.columns}x{terminal.lines}"
    detail = f"{terminal.kind}, {size}, {terminal.encoding}"
    if terminal.columns < LEAST_COLUMNS or terminal.lines < LEAST_LINES:
        cure = f"Make it at least {LEAST_COLUMNS}x{LEAST_LINES}; below that only one line is shown."
        return Check(name, False, detail, cure)
    if terminal.encoding.lower().replace("-", "") != "utf8":
        cure = "Set a UTF-8 locale; until then only ASCII characters are used."
        return Check(name, True, detail, cure)
    return Check(name, True, detail)


def check_directory(directory: Path) -> Check:
    """Return whether the state directory can be written: records are kept there."""
    name = "state directory"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        cure = f"Make {directory} writable: without it the workstation opens in VIEW."
        return Check(name, False, error.strerror or type(error).__name__, cure)
    return Check(name, True, str(directory))


def check_ledgers(directory: Path) -> Check:
    """Return whether the order ledgers of an environment are whole."""
    name = "order ledger"
    found = sorted(directory.glob("orders-*.sqlite3"))
    if not found:
        return Check(name, True, "none yet: it is made with the first session")
    orders = 0
    for path in found:
        try:
            orders += _whole_orders(path)
        except sqlite3.Error as error:
            cure = f"Keep a copy of {path}, then restore it from a backup or move it away."
            return Check(name, False, f"{path.name}: {error}", cure)
    return Check(name, True, f"{len(found)} whole, {orders:,} orders")


def _whole_orders(path: Path) -> int:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        (count,) = database.execute("SELECT count(*) FROM intents").fetchone()
        return int(count)


def check_book(directory: Path, ticker: str) -> tuple[Check, tuple[TrailLine, ...]]:
    """Return the verdict on a market's trail and the trail itself, oldest first."""
    name = f"book {ticker}"
    try:
        lines = read_trail(directory, ticker)
    except (ValueError, OSError) as error:
        return Check(name, False, str(error), "Give a ticker such as KXFED-26DEC-C25."), ()
    if not lines:
        known = ", ".join(tickers(directory)[:5])
        cure = f"There are trails of {known}." if known else "Watch a market first."
        return Check(name, False, "no trail is kept of it", cure), ()
    bad = [line for line in lines if is_difference(line)]
    doubts = sum(line.kind == TrailKind.DOUBT.value for line in lines)
    detail = f"{len(lines):,} entries, {doubts:,} doubts, {len(bad):,} audits that differed"
    if bad:
        cure = "A book was wrong and fetched anew; please report it with this trail (--json)."
        return Check(name, False, detail, cure), lines
    return Check(name, True, detail), lines


def is_difference(line: TrailLine) -> bool:
    """Return whether an audit found the book to be wrong."""
    return line.kind == TrailKind.AUDIT.value and not line.detail.startswith("agrees")


def all_passed(checks: Sequence[Check]) -> bool:
    """Return whether nothing has to be done before trading."""
    return all(check.passed for check in checks)
