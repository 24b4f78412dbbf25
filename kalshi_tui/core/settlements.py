"""What a settlement is worth, what it paid, and what it must agree with.

Yes and no pay whole dollars; a payment that is not a whole number of cents is cut to cents and the
rest is charged as a fee. Owns that rule, the check of a settlement against the fills, and the
settlements that no endpoint gives any more, rebuilt from fills and result. Books nothing.
Source: kalshi `market_settlement`; openapi.yaml `Settlement`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kalshi_tui.core.lots import Holding
from kalshi_tui.core.records import FillRecord, Result, SettlementRecord
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import (
    NO_MONEY,
    ONE_DOLLAR,
    ZERO_PRICE,
    Count,
    Money,
    Price,
    count_text,
    money_text,
)

CENT_OF_MONEY = 10_000
"""One cent in `Money`: what a settlement pays is a multiple of it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two figures that should be one. `text` is a sentence with both."""

    ticker: str
    what: str
    ours: int
    theirs: int
    text: str


def differences(holding: Holding, paid: SettlementRecord) -> list[Difference]:
    """Return where a settlement and the holding that its fills made do not agree."""
    found: list[Difference] = []
    ticker, exact = paid.ticker, exact_payment(holding, paid)
    if holding.net != paid.net:
        ours, theirs = count_text(Count(holding.net)), count_text(paid.net)
        text = f"the fills make a position of {ours}, the settlement paid {theirs}."
        found.append(_difference(ticker, "position at settlement", holding.net, paid.net, text))
    if not 0 <= exact - paid.revenue < CENT_OF_MONEY:
        text = f"the outcome is worth {money_text(exact)}, paid was {money_text(paid.revenue)}."
        found.append(_difference(ticker, "payment", exact, paid.revenue, text))
    fees = Money(holding.fees + exact - paid.revenue)
    if fees != paid.fees:
        ours, theirs = money_text(fees), money_text(paid.fees)
        text = f"fills and rounding make {ours} of fees, the settlement says {theirs}."
        found.append(_difference(ticker, "fees", fees, paid.fees, text))
    return found


def _difference(ticker: str, what: str, ours: int, theirs: int, text: str) -> Difference:
    return Difference(ticker, what, ours, theirs, f"{ticker}: {text}")


def exact_payment(holding: Holding, paid: SettlementRecord) -> Money:
    """Return what a settlement was worth before it was cut to whole cents.

    From the position that it states and the exact value. Where a scalar's value is known in whole
    cents only, the fee tells: what it has beyond the fills' fees is the rounding.
    """
    value = value_of(paid)
    if value is None:
        rounding = paid.fees - holding.fees
        return Money(paid.revenue + (rounding if 0 <= rounding < CENT_OF_MONEY else 0))
    return payment(paid.net, value)


def value_of(paid: SettlementRecord) -> Price | None:
    """Return what a YES contract paid, exactly, or None where the record does not tell."""
    if paid.result is Result.SCALAR:
        return paid.value
    return ONE_DOLLAR if paid.result is Result.YES else ZERO_PRICE


def payment(net: Count, value: Price) -> Money:
    """Return what a net position is worth where a YES contract pays `value`."""
    return Money(net * value if net >= 0 else -net * (ONE_DOLLAR - value))


def settlement_profit(paid: SettlementRecord) -> Money:
    """Return what a market made as its settlement alone tells it, fees taken off.

    Costs are of all that was ever bought, so each pair of YES and NO that was netted has brought
    its dollar already. A second road to the sum of the market's postings.
    """
    netted = min(paid.yes_count, paid.no_count) * ONE_DOLLAR
    # `fees` has the rounding that `revenue` has lost already.
    value = value_of(paid)
    rounding = 0 if value is None else payment(paid.net, value) - paid.revenue
    return Money(paid.revenue + rounding + netted - paid.yes_cost - paid.no_cost - paid.fees)


def rebuilt(
    ticker: str,
    fills: Iterable[FillRecord],
    result: Result,
    value: Price | None,
    at_ns: int,
    event_ticker: str,
) -> SettlementRecord:
    """Return the settlement that no endpoint gives any more, from a market's fills and its result.

    Marked as rebuilt. Raises `ValueError` for a scalar whose value is not known.
    """
    counts, costs, fees = {True: 0, False: 0}, {True: 0, False: 0}, 0
    subaccount = 0
    for each in fills:
        is_yes = each.side is BookSide.BID
        counts[is_yes] += each.size
        costs[is_yes] += each.size * (each.price if is_yes else ONE_DOLLAR - each.price)
        fees += each.fee
        subaccount = each.subaccount
    blank = SettlementRecord(
        at_ns,
        ticker,
        event_ticker,
        result,
        Count(counts[True]),
        Money(costs[True]),
        Count(counts[False]),
        Money(costs[False]),
        NO_MONEY,
        NO_MONEY,
        value,
        subaccount,
        is_rebuilt=True,
    )
    known = value_of(blank)
    if known is None:
        raise ValueError(f"{ticker} ended at a value between, and that value is not known.")
    exact = payment(blank.net, known)
    revenue = exact // CENT_OF_MONEY * CENT_OF_MONEY
    return blank._replace(revenue=Money(revenue), fees=Money(fees + exact - revenue), value=known)
