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
from enum import Enum
from pathlib import Path

from kalshi_tui.core.effects import TrailKind
from kalshi_tui.session.trail import TrailLine, read_trail, tickers


class Verdict(Enum):
    """What a look has shown."""

    GOOD = "pass"
    WARN = "warn"
    """Trading works; the user should know."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    detail: str
    cure: str = ""
    """One sentence; empty where nothing has to be done."""

    @property
    def passed(self) -> bool:
        return self.verdict is not Verdict.FAIL


def passed(name: str, detail: str, cure: str = "") -> Check:
    """Return a check with nothing amiss."""
    return Check(name, Verdict.GOOD, detail, cure)


def warned(name: str, detail: str, cure: str) -> Check:
    """Return a check with something that the user should know."""
    return Check(name, Verdict.WARN, detail, cure)


def failed(name: str, detail: str, cure: str) -> Check:
    """Return a check of something that stands in the way of trading."""
    return Check(name, Verdict.FAIL, detail, cure)


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
        return failed(name, error.strerror or type(error).__name__, cure)
    return passed(name, str(directory))


def check_ledgers(directory: Path) -> Check:
    """Return whether the order ledgers of an environment are whole."""
    name = "order ledger"
    found = sorted(directory.glob("orders-*.sqlite3"))
    if not found:
        return passed(name, "none yet: it is made with the first session")
    orders = 0
    for path in found:
        try:
            orders += _whole_orders(path)
        except sqlite3.Error as error:
            cure = f"Keep a copy of {path}, then restore it from a backup or move it away."
            return failed(name, f"{path.name}: {error}", cure)
    return passed(name, f"{len(found)} whole, {orders:,} orders")


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
        return failed(name, str(error), "Give a ticker such as KXFED-26DEC-C25."), ()
    if not lines:
        known = ", ".join(tickers(directory)[:5])
        cure = f"There are trails of {known}." if known else "Watch a market first."
        return failed(name, "no trail is kept of it", cure), ()
    bad = [line for line in lines if is_difference(line)]
    doubts = sum(line.kind == TrailKind.DOUBT.value for line in lines)
    detail = f"{len(lines):,} entries, {doubts:,} doubts, {len(bad):,} audits that differed"
    if bad:
        cure = "A book was wrong and fetched anew; please report it with this trail (--json)."
        return failed(name, detail, cure), lines
    return passed(name, detail), lines


def is_difference(line: TrailLine) -> bool:
    """Return whether an audit found the book to be wrong."""
    return line.kind == TrailKind.AUDIT.value and not line.detail.startswith("agrees")


def all_passed(checks: Sequence[Check]) -> bool:
    """Return whether nothing has to be done before trading."""
    return all(check.passed for check in checks)
