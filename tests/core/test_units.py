"""Exact integers in, exact text out."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core import units as u

prices = st.integers(0, 10_000).map(u.Price)
counts = st.integers(0, 10**12).map(u.Count)
amounts = st.integers(-(10**15), 10**15).map(u.Money)


@given(prices, counts)
def test_price_times_count_is_exact_money(price: u.Price, count: u.Count) -> None:
    dollars, contracts = u.price_to_wire(price), u.count_to_wire(count)
    whole, rest = dollars.split(".")
    product = int(whole + rest) * int(contracts.replace(".", ""))
    assert u.notional(price, count) == product
    assert u.parse_money(u.money_to_wire(u.notional(price, count))) == product


@given(prices)
def test_a_price_survives_the_wire(price: u.Price) -> None:
    assert u.parse_price(u.price_to_wire(price)) == price


@given(st.integers(-(10**12), 10**12).map(u.Count))
def test_a_change_survives_the_wire(count: u.Count) -> None:
    assert u.parse_change(u.count_to_wire(count)) == count


@given(amounts)
def test_money_survives_the_wire(money: u.Money) -> None:
    assert u.parse_money(u.money_to_wire(money)) == money


@pytest.mark.parametrize(
    ("text", "price"),
    [("0.56", 5600), ("0.5600", 5600), ("0.5", 5000), ("1", 10_000), ("0", 0), ("0.0001", 1)],
)
def test_prices_are_read_with_up_to_four_decimals(text: str, price: int) -> None:
    assert u.parse_price(text) == price


REFUSED = [
    "",
    " ",
    "1E+2",
    "NaN",
    "Infinity",
    "-0",
    "+1",
    "1_000",
    "٣",
    "１",
    "0,5",
    ".5",
    "5.",
    "0x1",
]


@pytest.mark.parametrize("text", [*REFUSED, "0.12345", "1.0001", "2", "-0.5", "1" * 40])
def test_FG03_a_price_that_is_not_exact_is_refused(text: str) -> None:
    with pytest.raises(u.UnitError):
        u.parse_price(text)


@pytest.mark.parametrize("text", [*REFUSED, "0.001", "-1", "1" * 16])
def test_FG03_a_count_that_is_not_exact_is_refused(text: str) -> None:
    with pytest.raises(u.UnitError):
        u.parse_count(text)


@pytest.mark.parametrize("text", [t for t in REFUSED if t != "-0"] + ["0.0000001"])
def test_FG03_an_amount_that_is_not_exact_is_refused(text: str) -> None:
    with pytest.raises(u.UnitError):
        u.parse_money(text)


def _refusal(parse: Callable[[str], int], text: str) -> str:
    try:
        parse(text)
    except u.UnitError as error:
        return str(error)
    return ""


@given(st.text(max_size=50))
def test_any_text_is_read_or_refused_in_one_short_line(text: str) -> None:
    for parse in (u.parse_price, u.parse_count, u.parse_change, u.parse_money):
        line = _refusal(parse, text)
        assert line.isprintable()
        assert len(line) < 500


@pytest.mark.parametrize(
    ("price", "text"), [(3700, "37"), (960, "9.6"), (962, "9.62"), (1, "0.01"), (10_000, "100")]
)
def test_prices_read_as_cents(price: int, text: str) -> None:
    assert u.price_text(u.Price(price)) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(9500, "95"), (31_075, "310.75"), (120_050, "1,200.50"), (-250, "-2.50"), (0, "0")],
)
def test_counts_read_as_contracts(count: int, text: str) -> None:
    assert u.count_text(u.Count(count)) == text


@pytest.mark.parametrize(
    ("money", "signed", "text"),
    [
        (3_600_000, False, "$3.60"),
        (-17_500, False, "-$0.0175"),
        (6_400_000, True, "+$6.40"),
        (1_204_550_000, False, "$1,204.55"),
    ],
)
def test_amounts_read_as_dollars(money: int, signed: bool, text: str) -> None:
    assert u.money_text(u.Money(money), signed=signed) == text
