"""The exchange's figures beside ours: silence where equal, a reason where one fits, else shown."""

from typing import Any

import pytest

from kalshi_tui.core.agreement import position_differences
from kalshi_tui.core.lots import Basis
from kalshi_tui.core.profit import Books
from kalshi_tui.core.records import FillRecord, PositionRecord
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price

TRADES = [(BookSide.BID, 3_000, 100), (BookSide.BID, 5_000, 100), (BookSide.ASK, 6_000, 100)]


def books(basis: Basis) -> Books:
    made = Books(basis)
    for number, (side, price, size) in enumerate(TRADES):
        made.take(
            FillRecord(
                number, f"t{number}", "o", "KX-E-M", side, Price(price), Count(size), Money(7), True
            )
        )
    return made


def stated(**changes: Any) -> PositionRecord:
    same = PositionRecord(
        9, "KX-E-M", Count(100), Money(400_000), Money(200_000), Money(21), Money(1)
    )
    return same._replace(**changes)


def texts(*positions: PositionRecord) -> list[str]:
    found = position_differences(books(Basis.AVERAGE), books(Basis.FIFO), positions)
    return [each.text for each in found]


def test_equal_figures_say_nothing() -> None:
    assert texts(stated()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"realized": Money(300_000)}, "first in first out"),
        ({"realized": Money(200_000 - 21)}, "with the fees in it"),
        ({"cost": Money(500_000)}, "first in first out"),
        ({"cost": Money(400_021)}, "with the fees in it"),
        ({"realized": Money(1)}, "the exchange states $0.000001."),
        ({"fees": Money(22)}, "fees is $0.000021 at average cost"),
        ({"position": Count(90)}, "missing here"),
    ],
)
def test_FE07_a_difference_is_explained_or_shown(changes: dict[str, Any], words: str) -> None:
    (text,) = texts(stated(**changes))
    assert text.startswith("KX-E-M: ")
    assert words in text


def test_FE07_a_position_on_one_side_only_is_shown() -> None:
    (text,) = texts()
    assert "the exchange states none" in text
    found = texts(stated(), stated(ticker="KX-E-OTHER"))
    assert len(found) == 4
    assert "the fills make 0, the exchange states 1" in found[0]
