"""Fees taken apart: the rule over an order's fills, and what was charged beside it."""

from kalshi_tui.core.charges import Charges
from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.profit import Books
from kalshi_tui.core.records import FillRecord
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from tests.core.account import random_account

TAKER = FeeSchedule()


def fill(number: int, fee: int, order: str = "o") -> FillRecord:
    return FillRecord(
        number, f"t{number}", order, "KX-E-M", BookSide.BID, Price(5_200), Count(100), Money(fee),
        True,
    )  # fmt: skip


def test_FE11_the_worked_example_of_four_fills() -> None:
    charges = Charges()
    fees = [17_500, 17_500, 17_500, 17_400]
    found = [charges.take(fill(n, fee), Money(-520_000), TAKER) for n, fee in enumerate(fees)]
    assert [each.expected for each in found if each] == fees
    assert [each.rebate for each in found if each] == [0, 0, 0, 100]
    assert (charges.total.model, charges.total.rounding, charges.total.rebate) == (69_888, 112, 100)
    assert (charges.total.charged, charges.total.odd) == (69_900, 0)


def test_FE11_a_thousand_tiny_fills_add_up_and_one_odd_fee_is_found() -> None:
    charges, books = Charges(), Books()
    records = random_account(5, 1_000, settle=False)
    for each in records:
        assert isinstance(each, FillRecord)
        charge = charges.take(each, books.take(each).revenue, TAKER)
        assert charge is not None
        assert charge.difference == 0
    total = charges.total
    assert total.odd == 0
    assert total.model + total.rounding - total.rebate == total.charged
    odd = charges.take(fill(9_999, 17_501, "another"), Money(-520_000), TAKER)
    assert odd is not None
    assert odd.difference == 1
    assert charges.total.odd == 1


def test_an_unpublished_formula_is_counted_and_not_judged() -> None:
    charges = Charges()
    assert charges.take(fill(1, 5), Money(-1), FeeSchedule(FeeType.FLAT)) is None
    assert (charges.total.charged, charges.total.unknown, charges.total.odd) == (5, 5, 0)
