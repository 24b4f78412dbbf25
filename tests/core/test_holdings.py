"""Positions by market: fills and what the exchange states."""

from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.events import PositionReported
from kalshi_tui.core.holdings import Holdings
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money
from tests.support.facts import TICKER, fill


def stated(count: int, ts_ms: int) -> PositionReported:
    return PositionReported(TICKER, Count(count), Money(0), Money(0), Money(0), ts_ms)


def test_FE04_a_statement_older_than_a_fill_does_not_undo_it() -> None:
    holdings = Holdings()
    holdings.filled(fill(ts_ms=10))
    holdings.stated(stated(0, 5))
    assert holdings.position(TICKER).count == 400


def test_a_statement_contains_the_fills_up_to_its_stamp() -> None:
    holdings = Holdings()
    holdings.stated(stated(400, 10))
    holdings.filled(fill(ts_ms=10))
    assert holdings.position(TICKER).count == 400
    holdings.filled(fill(trade_id="b", ts_ms=11))
    assert holdings.position(TICKER).count == 800


def test_FE04_a_statement_without_a_stamp_counts_no_fill_twice_whichever_comes_first() -> None:
    holdings = Holdings()
    holdings.stated(stated(400, 0))
    holdings.filled(fill(ts_ms=10))
    assert holdings.position(TICKER).count == 400
    holdings.filled(fill(trade_id="b", ts_ms=11))
    holdings.stated(stated(400, 0))
    assert holdings.position(TICKER).count == 800


def test_a_statement_without_a_stamp_tells_the_cost_of_what_is_held() -> None:
    holdings = Holdings()
    holdings.filled(fill(ts_ms=10))
    holdings.stated(PositionReported(TICKER, Count(400), Money(7), Money(0), Money(0), 0))
    assert holdings.position(TICKER).cost == 7


def test_what_a_complete_read_does_not_list_is_flat_unless_it_is_newer() -> None:
    holdings = Holdings()
    holdings.filled(fill(ts_ms=10))
    holdings.flatten_missing([], 9)
    assert holdings.position(TICKER).count == 400
    holdings.flatten_missing([TICKER], 20)
    assert holdings.position(TICKER).count == 400
    holdings.flatten_missing([], 20)
    assert holdings.position(TICKER).count == 0


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 500)), max_size=20))
def test_fills_alone_add_up(trades: list[tuple[bool, int]]) -> None:
    holdings, total = Holdings(), 0
    for number, (is_buy, count) in enumerate(trades):
        side = BookSide.BID if is_buy else BookSide.ASK
        trade = fill(trade_id=str(number), side=side, count=Count(count), ts_ms=number + 1)
        holdings.filled(trade)
        total += count if is_buy else -count
    assert holdings.position(TICKER).count == total
