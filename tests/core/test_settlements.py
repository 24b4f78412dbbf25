"""What a market pays: whole cents, the rest a fee; and every disagreement has its sentence."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.lots import Basis
from kalshi_tui.core.profit import Books
from kalshi_tui.core.records import FillRecord, Result, SettlementRecord
from kalshi_tui.core.settlements import payment, rebuilt, settlement_profit
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price

TICKER = "KXVOID-26NOV22-A"


def fill(count: int, price: int, side: BookSide = BookSide.BID, fee: int = 0) -> FillRecord:
    return FillRecord(
        1, f"t{count}{price}", "o", TICKER, side, Price(price), Count(count), Money(fee), True
    )


def paid(result: Result, revenue: int, **changes: object) -> SettlementRecord:
    record = SettlementRecord(
        2, TICKER, "KXVOID-26NOV22", result, Count(300), Money(1_200_000), Count(0), Money(0),
        Money(revenue), Money(17), None,
    )  # fmt: skip
    return record._replace(**changes)  # type: ignore[arg-type]


def test_FE09_a_sub_cent_scalar_is_cut_to_cents_and_the_rest_is_a_fee() -> None:
    for basis in Basis:
        books = Books(basis)
        books.take(fill(300, 4_000, fee=17))
        exact = 300 * 4_567
        record = paid(Result.SCALAR, 1_370_000, value=Price(4_567), fees=Money(17 + 100))
        posting = books.take(record)
        assert exact == 1_370_100
        assert (posting.realized, posting.fee, posting.cash) == (170_100, 100, 1_370_000)
        assert books.differences == []


def test_FE09_where_only_the_cents_of_a_value_are_known_the_fee_tells_the_rounding() -> None:
    books = Books()
    books.take(fill(300, 4_000, fee=17))
    posting = books.take(paid(Result.SCALAR, 1_370_000, fees=Money(117)))
    assert (posting.realized, posting.fee, posting.cash) == (170_100, 100, 1_370_000)
    assert books.differences == []


@given(st.integers(-(10**7), 10**7), st.integers(0, 10_000))
def test_FE09_a_payment_is_exact(net: int, value: int) -> None:
    held, each = Fraction(abs(net), 100), Fraction(value, 10_000)
    wanted = held * (each if net >= 0 else 1 - each)
    assert Fraction(payment(Count(net), Price(value)), 10**6) == wanted


@pytest.mark.parametrize(
    ("record", "what"),
    [
        (paid(Result.YES, 2_990_000, fees=Money(10_017)), "payment"),
        (paid(Result.YES, 3_010_000, fees=Money(17)), "payment"),
        (paid(Result.YES, 3_000_000, fees=Money(18)), "fees"),
        (paid(Result.YES, 3_000_000, yes_count=Count(299)), "position at settlement"),
    ],
)
def test_FE07_a_settlement_that_the_fills_do_not_explain_is_listed_and_booked_as_paid(
    record: SettlementRecord, what: str
) -> None:
    books = Books()
    books.take(fill(300, 4_000, fee=17))
    posting = books.take(record)
    assert what in {each.what for each in books.differences}
    assert all(TICKER in each.text for each in books.differences)
    assert posting.cash == record.revenue
    assert books.holding(TICKER).net == 0


def test_a_settlement_is_rebuilt_from_fills_and_result_and_says_so() -> None:
    fills = [fill(300, 4_000, fee=17), fill(100, 5_500, BookSide.ASK, fee=3)]
    record = rebuilt(TICKER, fills, Result.SCALAR, Price(4_567), 9, "KXVOID-26NOV22")
    assert record.is_rebuilt
    assert (record.yes_count, record.no_count, record.net) == (300, 100, 200)
    assert record.revenue == floor(Fraction(200 * 4_567, 10_000)) * 10_000 == 910_000
    assert record.fees == 20 + 3_400
    books = Books()
    total = sum(each.cash for each in books.take_all([*fills, record]))
    assert books.differences == []
    assert total == settlement_profit(record)


def test_a_scalar_whose_value_is_lost_is_not_rebuilt_by_guess() -> None:
    with pytest.raises(ValueError, match="not known"):
        rebuilt(TICKER, [fill(1, 1)], Result.SCALAR, None, 9, "KXVOID-26NOV22")
