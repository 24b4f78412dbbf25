"""The day's result, by fills, fees and marks, and the days of New York."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.daybook import DayBook, eastern_offset_s, trading_day
from kalshi_tui.core.events import Filled
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from tests.support.facts import SECOND, TICKER, fill

EASTERN = ZoneInfo("America/New_York")


def ns(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=EASTERN).timestamp()) * SECOND


NOW = ns(2026, 11, 23, 12)


@given(st.integers(1_199_145_600, 2_145_916_800))
def test_new_yorks_offset_is_the_zones_own(unix_s: int) -> None:
    offset = datetime.fromtimestamp(unix_s, UTC).astimezone(EASTERN).utcoffset()
    assert offset is not None
    assert eastern_offset_s(unix_s) == int(offset.total_seconds())


def test_FK14_a_day_begins_at_midnight_in_new_york_or_when_the_user_says() -> None:
    midnight = ns(2026, 11, 24)
    assert trading_day(midnight) == trading_day(midnight - 1) + 1
    evening = ns(2026, 11, 23, 17, 30)
    assert trading_day(evening, 17 * 60 + 30) == trading_day(evening - 1, 17 * 60 + 30) + 1


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 8, 23), (11, 1, 25), (11, 2, 24)])
def test_FF18_the_days_on_which_the_clocks_change_in_2026_are_as_long_as_they_are(
    month: int, day: int, hours: int
) -> None:
    begin, end = ns(2026, month, day), ns(2026, month, day + 1)
    assert end - begin == hours * 3_600 * SECOND
    assert trading_day(begin - 1) + 1 == trading_day(begin) == trading_day(end - 1)
    assert trading_day(end) == trading_day(begin) + 1
    # The same where the day begins in the afternoon, when the clocks have changed already.
    from_five = 17 * 60
    for each in (day - 1, day):
        five = ns(2026, month, each, 17) if each else ns(2026, month - 1, 31, 17)
        assert trading_day(five, from_five) == trading_day(five - 1, from_five) + 1


def traded(number: int, side: BookSide, price: int, count: int, fee: int = 0) -> Filled:
    return fill(
        trade_id=str(number),
        side=side,
        price=Price(price),
        count=Count(count),
        fee=Money(fee),
        ts_ms=NOW // 1_000_000 + number,
    )


def result(book: DayBook, fills: list[Filled], held: int, mark: int | None, now: int = NOW) -> int:
    price = None if mark is None else Price(mark)
    return book.look(now, fills, [(TICKER, Count(held))], lambda *_: price)[0]


def test_a_fill_its_fee_and_the_mark_make_the_result() -> None:
    book, fills = DayBook(), [traded(1, BookSide.BID, 4_000, 1_000, 17_000)]
    assert result(book, fills, 1_000, 3_500) == -500 * 1_000 - 17_000
    fills.append(traded(2, BookSide.ASK, 3_000, 1_000, 15_000))
    assert result(book, fills, 0, 3_000) == -1_000 * 1_000 - 32_000


def test_a_short_is_counted_the_other_way() -> None:
    book, fills = DayBook(), [traded(1, BookSide.ASK, 4_000, 1_000)]
    assert result(book, fills, -1_000, 4_500) == -500 * 1_000
    assert result(book, fills, -1_000, 3_900) == 100 * 1_000


def test_what_was_carried_into_the_day_counts_from_its_first_mark() -> None:
    book = DayBook()
    assert result(book, [], 1_000, 4_000) == 0
    assert result(book, [], 1_000, 3_000) == -1_000 * 1_000


def test_a_position_that_goes_without_a_fill_leaves_at_its_last_mark() -> None:
    book = DayBook()
    result(book, [], 1_000, 4_000)
    result(book, [], 1_000, 9_900)
    assert result(book, [], 0, None) == 5_900 * 1_000
    assert result(book, [], 0, 100) == 5_900 * 1_000


def test_a_position_that_is_stated_before_its_fill_counts_once() -> None:
    book, fills = DayBook(), list[Filled]()
    result(book, fills, 0, 4_000)
    assert result(book, fills, 1_000, 4_000) == 0
    fills.append(traded(1, BookSide.BID, 4_100, 1_000))
    assert result(book, fills, 1_000, 4_000) == -100 * 1_000


def test_without_a_mark_a_fill_is_worth_its_own_price() -> None:
    book, fills = DayBook(), [traded(1, BookSide.BID, 4_000, 1_000, 5)]
    assert result(book, fills, 1_000, None) == -5
    assert result(DayBook(), [], 1_000, None) == 0


def test_fills_are_read_once_and_those_of_another_day_not_at_all() -> None:
    book = DayBook()
    old = fill(trade_id="old", price=Price(9_000), ts_ms=(NOW - 86_400 * SECOND) // 1_000_000)
    fills = [old, traded(2, BookSide.BID, 4_000, 1_000)]
    for _ in range(3):
        assert result(book, fills, 1_000, 3_000) == -1_000 * 1_000


def test_FK14_a_new_day_begins_with_nothing_lost() -> None:
    book, fills = DayBook(), [traded(1, BookSide.BID, 4_000, 1_000)]
    _, is_new = book.look(NOW, fills, [(TICKER, Count(1_000))], lambda *_: Price(1_000))
    assert is_new
    tomorrow = ns(2026, 11, 24)
    assert result(book, fills, 1_000, 1_000, tomorrow - 1) == -3_000 * 1_000
    assert result(book, fills, 1_000, 1_000, tomorrow) == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(BookSide)),
            st.integers(1, 9_999),
            st.integers(1, 500),
            st.integers(0, 900),
            st.integers(1, 9_999),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_looking_often_or_once_comes_to_the_same(
    steps: list[tuple[BookSide, int, int, int, int]],
) -> None:
    often, fills, held, cash = DayBook(), list[Filled](), 0, 0
    shown = 0
    for number, (side, price, count, fee, mark) in enumerate(steps):
        fills.append(traded(number, side, price, count, fee))
        signed = count if side is BookSide.BID else -count
        held += signed
        cash -= signed * price + fee
        shown = result(often, fills, held, mark)
        assert shown == cash + held * mark
    assert shown == result(DayBook(), fills, held, steps[-1][4])


def test_FK14_a_start_within_the_day_says_from_when_what_was_held_counts() -> None:
    book = DayBook()
    assert book.note == ""
    result(book, [], 0, 5_000, ns(2026, 11, 23, 9, 5))
    assert book.note == ""
    result(book, [], 1_000, 5_000, ns(2026, 11, 23, 9, 6))
    assert "from its price at 9:05 in New York" in book.note
    # What was carried lost nothing that is known, and a fill of the day counts in full.
    early = fill(
        trade_id="early",
        price=Price(6_000),
        count=Count(100),
        fee=Money(0),
        ts_ms=ns(2026, 11, 23, 1) // 1_000_000,
    )
    assert result(book, [early], 1_100, 5_000, NOW) == -100 * 1_000
    # From the next midnight on the whole day is known.
    result(book, [early], 1_100, 5_000, ns(2026, 11, 24))
    assert book.note == ""
