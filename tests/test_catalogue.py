"""Every row of the four tables has a test that is named after it.

The rows are those of the connection machine (TC), the subscription machine (TS), the book machine
(TB) and the order's life (TO). A test may name several.
"""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
ROWS = [
    f"{table}{number:02d}"
    for table, rows in (("TC", 18), ("TS", 17), ("TB", 22), ("TO", 38))
    for number in range(1, rows + 1)
]
_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)", re.MULTILINE)
_RANGE = re.compile(r"(T[CSBO])(\d\d)_to_\1(\d\d)")


def named_rows() -> dict[str, list[str]]:
    """Return the tests of each row that a test's name mentions."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for name in _TEST.findall(path.read_text(encoding="utf-8")):
            rows = re.findall(r"(?<![A-Z])T[CSBO]\d\d", name)
            for table, first, last in _RANGE.findall(name):
                rows += [f"{table}{number:02d}" for number in range(int(first), int(last) + 1)]
            for row in rows:
                found.setdefault(row, []).append(f"{path.name}::{name}")
    return found


def test_there_are_95_rows() -> None:
    assert len(ROWS) == 95


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_tables_has_a_test_of_its_name(row: str) -> None:
    assert named_rows().get(row), f"no test is named after {row}"


def test_no_test_is_named_after_a_row_that_does_not_exist() -> None:
    assert set(named_rows()) <= set(ROWS)
