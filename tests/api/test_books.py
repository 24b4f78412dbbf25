"""One market's machine: which snapshot is believed, and how the ladder is climbed."""

from collections.abc import Iterable

import pytest

from kalshi_tui.api.books import DEGRADED_RETRY_NS, RING, SETTLED_NS, Books, BookSync, Need, Rung
from kalshi_tui.api.frames import NO_CLOCK
from kalshi_tui.core.events import (
    BookDelta,
    BookSnapshot,
    BookStatus,
    BookStatusChanged,
    Fact,
)
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price

LIVE, STALE = BookStatus.LIVE, BookStatus.STALE


def delta(clock: int) -> BookDelta:
    return BookDelta("AAA-1", BookSide.BID, Price(4_000), Count(clock), clock, 0, "")


def snapshot(clock: int) -> BookSnapshot:
    return BookSnapshot("AAA-1", (), (), clock, 0)


def shelf(*tickers: str) -> tuple[Books, list[Fact]]:
    facts: list[Fact] = []
    books = Books(facts)
    books.want(tickers)
    return books, facts


def live(books: Books, tickers: Iterable[str], now: int = 0) -> None:
    for book in books.named(tickers):
        books.begin(book)
        books.accept(book, snapshot(5), [], now)


def test_wanting_keeps_the_state_of_what_stays() -> None:
    books, _ = shelf("A", "B")
    live(books, ["A"])
    assert books.want(["C", "A"])
    assert not books.want(["A", "C"]), "the order is no change"
    assert [(book.ticker, book.status) for book in books] == [
        ("C", BookStatus.EMPTY),
        ("A", LIVE),
    ]


@pytest.mark.parametrize(
    ("status", "initial", "asked", "given", "believed"),
    [
        (BookStatus.SYNCING, True, 0, 0, True),
        (BookStatus.SYNCING, True, 0, 9, False),
        (STALE, False, 0, 0, False),
        (STALE, False, 4, 0, False),
        (STALE, False, 4, 3, False),
        (STALE, False, 4, 4, True),
        (LIVE, False, 0, 0, True),
        (LIVE, False, 0, 4, False),
        (BookStatus.DEGRADED, False, 4, 4, True),
        (BookStatus.CLOSED, True, 4, 4, False),
    ],
)
def test_a_snapshot_is_believed_by_what_was_asked_since_the_doubt(
    status: BookStatus, initial: bool, asked: int, given: int, believed: bool
) -> None:
    book = BookSync("AAA-1")
    book.status, book.expects_initial, book.request_id = status, initial, asked
    assert book.believes(given) is believed


def test_the_tail_is_what_the_snapshot_does_not_include() -> None:
    book = BookSync("AAA-1")
    book.ring.extend(delta(clock) for clock in (3, 4, 4, 5, 7))
    tail = book.tail(4)
    assert tail is not None
    assert [each.clock for each in tail] == [5, 7]
    assert book.tail(7) == []
    assert book.tail(NO_CLOCK) == []


def test_a_ring_that_ran_over_reaches_only_so_far_back() -> None:
    book = BookSync("AAA-1")
    book.ring.extend(delta(clock) for clock in range(1, RING + 11))
    assert book.tail(10) is None
    assert len(book.tail(11) or []) == RING - 1


def test_a_live_book_takes_no_older_snapshot() -> None:
    books, _ = shelf("A")
    live(books, ["A"])
    (book,) = books
    assert book.tail(4) is None
    assert book.tail(5) == []


def test_accepting_says_snapshot_status_then_the_tail() -> None:
    books, facts = shelf("AAA-1")
    (book,) = books
    books.begin(book)
    facts.clear()
    books.accept(book, snapshot(5), [delta(6), delta(8)], now=0)
    assert facts == [snapshot(5), BookStatusChanged("AAA-1", LIVE), delta(6), delta(8)]
    assert book.clock == 8


def test_a_second_doubt_says_nothing_new() -> None:
    books, facts = shelf("A")
    live(books, ["A"])
    (book,) = books
    facts.clear()
    books.doubt(book, "first")
    books.doubt(book, "second")
    assert facts == [BookStatusChanged("A", STALE, "first")]
    assert book.need is Need.SNAPSHOT


def test_the_ladder_is_snapshot_recycle_then_connection_or_degraded() -> None:
    books, _ = shelf("A")
    live(books, ["A"])
    (book,) = books
    books.doubt(book, "gap")
    assert (book.rung, book.need) == (Rung.SNAPSHOT, Need.SNAPSHOT)
    assert not books.climb(book, "late", 0)
    assert (book.rung, book.need) == (Rung.RECYCLE, Need.RECYCLE)
    assert books.climb(book, "late", 0), "nothing else lives here: a new connection is worth it"
    assert not books.climb(book, "late", 7)
    assert book.status is BookStatus.DEGRADED
    assert book.deadline_ns == 7 + DEGRADED_RETRY_NS


def test_others_that_live_are_never_cut_off_for_one() -> None:
    books, _ = shelf("A", "B")
    live(books, ["A", "B"])
    book, _ = books
    books.doubt(book, "gap")
    assert not any(books.climb(book, "late", 0) for _ in range(3))
    assert book.status is BookStatus.DEGRADED


@pytest.mark.parametrize(
    ("lived_ns", "need"), [(SETTLED_NS - 1, Need.RECYCLE), (SETTLED_NS, Need.SNAPSHOT)]
)
def test_a_fault_that_comes_back_soon_climbs_and_one_after_long_begins_anew(
    lived_ns: int, need: Need
) -> None:
    books, _ = shelf("A")
    live(books, ["A"])
    (book,) = books
    books.wrong(book, "below zero", 0)
    assert book.need is Need.SNAPSHOT
    books.accept(book, snapshot(5), [], now=0)
    books.wrong(book, "again", lived_ns)
    assert book.need is need


def test_a_closed_market_is_never_doubted_or_revived() -> None:
    books, facts = shelf("A")
    live(books, ["A"])
    (book,) = books
    books.close(book, "The market is finalized.")
    facts.clear()
    books.doubt(book, "gap")
    books.accept(book, snapshot(9), [], now=0) if book.believes(0) else None
    assert facts == []
    assert (book.status, book.need) == (BookStatus.CLOSED, Need.NOTHING)
