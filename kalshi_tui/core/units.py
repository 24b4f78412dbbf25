"""Price, Count and Money as integers, and the only ways in and out of text.

One `Price` unit is $0.0001, one `Count` unit is 0.01 contract, one `Money` unit is $0.000001, so
`Price * Count` is exactly `Money`. Text with more digits than the scale is refused, never rounded.
Owns no market rule: whether a price is on a tick grid is `core.market`'s business.
"""

import re
from functools import lru_cache
from typing import NewType

from kalshi_tui.core.text import clean

Price = NewType("Price", int)
"""1/10,000 dollar. Inside the program always on the YES leg, 0 to 10,000."""

Count = NewType("Count", int)
"""1/100 contract. Signed where it is a position or a change."""

Money = NewType("Money", int)
"""1/1,000,000 dollar. Signed."""

ZERO_PRICE = Price(0)
ONE_DOLLAR = Price(10_000)
CENT = Price(100)
ONE_CONTRACT = Count(100)
NO_COUNT = Count(0)
NO_MONEY = Money(0)
DOLLAR = Money(1_000_000)

_MAX_TEXT = 32
_PRICE = re.compile(r"(\d{1,5})(?:\.(\d{1,4}))?", re.ASCII)
_COUNT = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,2}))?", re.ASCII)
_MONEY = re.compile(r"(-?)(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)


class UnitError(ValueError):
    """Text that is not exactly a price, a count or an amount. The message is one sentence."""


def notional(price: Price, count: Count) -> Money:
    """Return what `count` contracts at `price` cost, exactly."""
    return Money(price * count)


def complement(price: Price) -> Price:
    """Return the other leg's price: a NO price for a YES price and the reverse."""
    return Price(ONE_DOLLAR - price)


@lru_cache(maxsize=32_768)
def parse_price(text: str) -> Price:
    """Read dollars such as "0.5600"; between $0 and $1, at most 4 decimals.

    Wire form: `FixedPointDollars` (openapi.yaml). Raises `UnitError`.
    """
    match = _PRICE.fullmatch(text) if len(text) <= _MAX_TEXT else None
    if match is None:
        raise UnitError(
            f"{clean(text, _MAX_TEXT)!r} is not a price in dollars with at most 4 decimals."
        )
    value = int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0"))
    if value > ONE_DOLLAR:
        raise UnitError(f"{text!r} is not a price: a contract costs at most $1.")
    return Price(value)


@lru_cache(maxsize=65_536)
def parse_change(text: str) -> Count:
    """Read a signed count such as "-3.00"; at most 2 decimals. Raises `UnitError`."""
    match = _COUNT.fullmatch(text) if len(text) <= _MAX_TEXT else None
    if match is None:
        raise UnitError(f"{clean(text, _MAX_TEXT)!r} is not a count with at most 2 decimals.")
    value = int(match[2]) * 100 + int((match[3] or "").ljust(2, "0"))
    return Count(-value if match[1] else value)


def parse_count(text: str) -> Count:
    """Read a count such as "10" or "1.55"; never negative. Raises `UnitError`.

    Wire form: `FixedPointCount` (openapi.yaml).
    """
    value = parse_change(text)
    if value < 0 or text.startswith("-"):
        raise UnitError(f"{text!r} is not a count: it cannot be negative.")
    return value


def parse_money(text: str) -> Money:
    """Read dollars such as "98.0186" or "-0.017500"; at most 6 decimals. Raises `UnitError`."""
    match = _MONEY.fullmatch(text) if len(text) <= _MAX_TEXT else None
    if match is None:
        raise UnitError(
            f"{clean(text, _MAX_TEXT)!r} is not an amount in dollars with at most 6 decimals."
        )
    value = int(match[2]) * 1_000_000 + int((match[3] or "").ljust(6, "0"))
    return Money(-value if match[1] else value)


def price_to_wire(price: Price) -> str:
    """Return dollars with 4 decimals: 5600 -> "0.5600"."""
    return f"{price // 10_000}.{price % 10_000:04d}"


def count_to_wire(count: Count) -> str:
    """Return contracts with 2 decimals: 155 -> "1.55"."""
    sign, size = ("-", -count) if count < 0 else ("", count)
    return f"{sign}{size // 100}.{size % 100:02d}"


def money_to_wire(money: Money) -> str:
    """Return dollars with 6 decimals: 17500 -> "0.017500"."""
    sign, size = ("-", -money) if money < 0 else ("", money)
    return f"{sign}{size // 1_000_000}.{size % 1_000_000:06d}"


def price_text(price: Price) -> str:
    """Return cents as a trader reads them: 3700 -> "37", 960 -> "9.6", 962 -> "9.62"."""
    cents, rest = divmod(price, 100)
    if rest == 0:
        return str(cents)
    return f"{cents}.{rest:02d}".rstrip("0")


def count_text(count: Count) -> str:
    """Return contracts as a trader reads them: "95", "310.75", "1,200.50"; never rounded."""
    sign, size = ("-", -count) if count < 0 else ("", count)
    whole, rest = divmod(size, 100)
    return f"{sign}{whole:,}" if rest == 0 else f"{sign}{whole:,}.{rest:02d}"


def money_text(money: Money, *, signed: bool = False) -> str:
    """Return dollars and cents with the sub-cent digits that are not zero: "$3.60", "-$0.0175"."""
    size = abs(money)
    whole, rest = divmod(size, 1_000_000)
    digits = f"{rest:06d}"
    tail = digits[2:].rstrip("0")
    sign = "-" if money < 0 else "+" if signed else ""
    return f"{sign}${whole:,}.{digits[:2]}{tail}"
