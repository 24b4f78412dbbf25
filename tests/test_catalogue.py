"""Every fault of the catalogue and every row of the four tables has a test of its name.

The faults are those of transport (FA) to limits (FL). The rows are those of the order's life (TO),
the connection machine (TC), the subscription machine (TS) and the book machine (TB). A test may
name several, also as a range: `test_TB01_to_TB04_…`.
"""

import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
FAULTS = {
    "FA": 17, "FB": 15, "FC": 24, "FD": 38, "FE": 14, "FF": 20, "FG": 12, "FH": 16, "FI": 20,
    "FJ": 18, "FK": 20, "FL": 12,
}  # fmt: skip
TABLES = {"TO": 38, "TC": 18, "TS": 17, "TB": 22}
HISTORY = frozenset({"FE", "FG"})
"""Private data and money: their rows come with the account's history."""

ROWS = [
    f"{table}{number:02d}"
    for table, rows in (FAULTS | TABLES).items()
    for number in range(1, rows + 1)
]
DUE = [row for row in ROWS if row[:2] not in HISTORY]
_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)", re.MULTILINE)
_ROW = re.compile(r"(?<![A-Z])(?:F[A-L]|T[OCSB])\d\d(?!\d)")
_RANGE = re.compile(r"(F[A-L]|T[OCSB])(\d\d)_to_\1(\d\d)")


@cache
def named_rows() -> dict[str, list[str]]:
    """Return the tests of each row that a test's name mentions."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for name in _TEST.findall(path.read_text(encoding="utf-8")):
            for row in rows_of(name):
                found.setdefault(row, []).append(f"{path.name}::{name}")
    return found


def rows_of(name: str) -> list[str]:
    """Return the rows that one test's name mentions."""
    rows = _ROW.findall(name)
    for table, first, last in _RANGE.findall(name):
        rows += [f"{table}{number:02d}" for number in range(int(first), int(last) + 1)]
    return rows


def test_there_are_226_faults_and_95_transitions() -> None:
    assert sum(FAULTS.values()) == 226
    assert sum(TABLES.values()) == 95


@pytest.mark.parametrize("row", DUE)
def test_each_row_of_the_catalogue_has_a_test_of_its_name(row: str) -> None:
    assert named_rows().get(row), f"no test is named after {row}"


def test_no_test_is_named_after_a_row_that_does_not_exist() -> None:
    assert sorted(named_rows().keys() - set(ROWS)) == []


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("test_FA01_FK03_a_thing", ["FA01", "FK03"]),
        ("test_TB01_to_TB03_a_thing", ["TB01", "TB03", "TB01", "TB02", "TB03"]),
        ("test_a_thing_of_XFA01", []),
        ("test_FA011_is_no_row", []),
    ],
)
def test_rows_are_read_off_a_name(name: str, rows: list[str]) -> None:
    assert rows_of(name) == rows
