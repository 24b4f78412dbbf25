"""Every row of the four tables has a test that is named after it, and every fault of orders.

The rows are those of the connection machine (TC), the subscription machine (TS), the book machine
(TB) and the order's life (TO). The faults are those of the transport (FA), the clock (FB), orders
(FC), trading safety (FK) and limits (FL). A test may name several.
"""

import re
from functools import cache
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


@cache
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


MEASURED = {"FL09", "FL10"}
"""Figures of a whole machine under load: the benchmarks print them, and no test asserts them."""

FAULTS = [
    each
    for kind, rows in (("FA", 17), ("FB", 5), ("FC", 24), ("FK", 20), ("FL", 12))
    for number in range(1, rows + 1)
    if (each := f"{kind}{number:02d}") not in MEASURED
]


@cache
def named_faults() -> set[str]:
    """Return the faults of orders that the name of a test of the client mentions."""
    found: set[str] = set()
    for path in sorted(TESTS.rglob("test_*.py")):
        if "practice" not in path.parts:
            for name in _TEST.findall(path.read_text(encoding="utf-8")):
                found.update(re.findall(r"(?<![A-Z])F[ABCKL]\d\d", name))
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_orders_has_a_test_of_its_name(fault: str) -> None:
    assert fault in named_faults(), f"no test is named after {fault}"
