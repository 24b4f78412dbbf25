"""The book against a naive one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kalshi_tui.core.book import Book, BookError, Level, asks_from_no_bids
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price

prices = st.integers(1, 9_999).map(Price)
sizes = st.integers(1, 10**6).map(Count)
sides = st.sampled_from(BookSide)


def test_a_no_bid_at_q_is_an_ask_at_one_minus_q() -> None:
    assert asks_from_no_bids([(Price(4800), Count(300))]) == (Level(Price(5200), Count(300)),)


def test_a_recorded_shape_gives_one_book() -> None:
    book = Book()
    book.replace([(Price(4700), Count(300))], asks_from_no_bids([(Price(4800), Count(300))]))
    assert (book.best_bid, book.best_ask) == (4700, 5200)
    assert not book.is_crossed


def test_FD25_an_empty_side_has_no_best_price() -> None:
    book = Book()
    book.replace([], [(Price(5000), Count(100))])
    assert book.best_bid is None
    assert book.best_ask == 5000
    assert book.levels(BookSide.BID) == ()


def test_FD26_a_level_below_zero_is_refused_and_changes_nothing() -> None:
    book = Book()
    book.apply(BookSide.BID, Price(5000), Count(100))
    with pytest.raises(BookError, match="5000"):
        book.apply(BookSide.BID, Price(5000), Count(-101))
    with pytest.raises(BookError):
        book.apply(BookSide.ASK, Price(5000), Count(-1))
    with pytest.raises(BookError):
        book.apply(BookSide.BID, Price(0), Count(5))
    with pytest.raises(BookError):
        book.apply(BookSide.BID, Price(10_000), Count(5))
    assert book.levels(BookSide.BID) == (Level(Price(5000), Count(100)),)


@pytest.mark.parametrize(
    "levels",
    [
        [(Price(0), Count(1))],
        [(Price(10_000), Count(1))],
        [(Price(5), Count(0))],
        [(Price(5), Count(-1))],
        [(Price(5), Count(1)), (Price(5), Count(1))],
    ],
)
def test_an_impossible_snapshot_is_refused_whole(levels: list[tuple[Price, Count]]) -> None:
    book = Book()
    book.apply(BookSide.ASK, Price(7000), Count(3))
    with pytest.raises(BookError):
        book.replace(levels, [])
    assert book.best_ask == 7000


def test_FD27_locked_and_crossed_books_are_seen() -> None:
    book = Book()
    book.replace([(Price(5000), Count(1))], [(Price(5000), Count(1))])
    assert book.is_crossed


@given(st.dictionaries(prices, sizes, max_size=30), st.dictionaries(prices, sizes, max_size=30))
def test_equal_books_have_equal_checksums(
    bids: dict[Price, Count], asks: dict[Price, Count]
) -> None:
    one, other = Book(), Book()
    one.replace(bids.items(), asks.items())
    for side, levels in ((BookSide.BID, bids), (BookSide.ASK, asks)):
        for price, size in reversed(levels.items()):
            other.apply(side, price, size)
    assert one.checksum() == other.checksum()
    if bids:
        other.apply(BookSide.BID, max(bids), Count(1))
        assert one.checksum() != other.checksum()


class BookMachine(RuleBasedStateMachine):
    """Every change also goes to two plain dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.naive: dict[BookSide, dict[Price, int]] = {side: {} for side in BookSide}

    @rule(side=sides, price=prices, size=sizes)
    def add(self, side: BookSide, price: Price, size: Count) -> None:
        self.book.apply(side, price, size)
        self.naive[side][price] = self.naive[side].get(price, 0) + size

    @rule(side=sides, data=st.data())
    def take(self, side: BookSide, data: st.DataObject) -> None:
        levels = self.naive[side]
        if not levels:
            return
        price = data.draw(st.sampled_from(sorted(levels)))
        size = data.draw(st.integers(1, levels[price]))
        self.book.apply(side, price, Count(-size))
        levels[price] -= size
        if levels[price] == 0:
            del levels[price]

    @rule()
    def copy_through_a_snapshot(self) -> None:
        fresh = Book()
        fresh.replace(self.book.levels(BookSide.BID), self.book.levels(BookSide.ASK))
        self.book = fresh

    @invariant()
    def agrees(self) -> None:
        bids = tuple(sorted(self.naive[BookSide.BID].items(), reverse=True))
        asks = tuple(sorted(self.naive[BookSide.ASK].items()))
        assert self.book.levels(BookSide.BID) == bids
        assert self.book.levels(BookSide.ASK) == asks
        assert self.book.best_bid == (bids[0][0] if bids else None)
        assert self.book.best_ask == (asks[0][0] if asks else None)
        assert self.book.is_crossed == bool(bids and asks and bids[0][0] >= asks[0][0])
        for side, levels in ((BookSide.BID, bids), (BookSide.ASK, asks)):
            total = 0
            for (price, size), running in zip(levels, self.book.cumulative(side), strict=True):
                total += size
                assert running == (price, total)
                assert self.book.depth(side, price) == total
                assert self.book.size_at(side, price) == size


TestBookMachine = BookMachine.TestCase
