"""The doctor says what is wrong, with the cure, and reads without touching."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kalshi_tui.core.effects import Intent, TrailKind, WriteTrail
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.doctor import (
    all_passed,
    check_book,
    check_directory,
    check_ledgers,
)
from kalshi_tui.session.journal import Journal
from kalshi_tui.session.trail import Trail

TERMS = OrderTerms("KX-A", BookSide.BID, Price(5600), Count(100))


def test_a_state_directory_that_cannot_be_written_fails_with_the_cure(tmp_path: Path) -> None:
    assert check_directory(tmp_path / "new").passed
    (tmp_path / "file").write_text("", encoding="utf-8")
    check = check_directory(tmp_path / "file" / "state")
    assert not check.passed
    assert "VIEW" in check.cure


def test_a_whole_ledger_passes_also_while_it_is_written_and_a_broken_one_fails(
    tmp_path: Path,
) -> None:
    assert check_ledgers(tmp_path).passed
    path = tmp_path / "orders-1.sqlite3"
    with closing(Journal(path, environment="practice", account="1", wall_ns=1)) as journal:
        journal.record([Intent("c1", TERMS, 1)])
        assert "1 whole, 1 orders" in check_ledgers(tmp_path).detail
    path.write_bytes(b"not a database" * 400)
    check = check_ledgers(tmp_path)
    assert not check.passed
    assert "backup" in check.cure


def test_a_ledger_of_another_make_fails_and_does_not_raise(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "orders-1.sqlite3")) as database:
        database.execute("CREATE TABLE other (x)")
    assert not check_ledgers(tmp_path).passed


def write(directory: Path, *details: tuple[TrailKind, str]) -> None:
    trail = Trail(directory)
    for number, (kind, detail) in enumerate(details):
        trail.write(WriteTrail("KX-A", kind, number, 7, detail=detail))
    trail.close(5)


def test_a_trail_of_audits_that_agree_passes_and_is_shown(tmp_path: Path) -> None:
    write(tmp_path, (TrailKind.LIVE, ""), (TrailKind.AUDIT, "agrees with REST"))
    check, lines = check_book(tmp_path, "KX-A")
    assert check.passed
    assert [line.kind for line in lines] == ["live", "audit"]


def test_a_trail_with_an_audit_that_differed_fails(tmp_path: Path) -> None:
    write(tmp_path, (TrailKind.AUDIT, "bid 0.37 is 1 here and 2 there"))
    check, lines = check_book(tmp_path, "KX-A")
    assert not check.passed
    assert len(lines) == 1
    assert not all_passed([check])


@pytest.mark.parametrize(("ticker", "words"), [("KX-B", "trails of KX-A"), ("../x", "ticker")])
def test_a_market_without_a_trail_says_which_have_one(
    tmp_path: Path, ticker: str, words: str
) -> None:
    write(tmp_path, (TrailKind.LIVE, ""))
    check, lines = check_book(tmp_path, ticker)
    assert not check.passed
    assert words in check.cure
    assert lines == ()
