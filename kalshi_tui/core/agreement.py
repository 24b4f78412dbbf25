"""Our figures of a position beside the exchange's: equal, explained, or shown.

The exchange does not say whether its profit is at average cost or first in first out, nor whether
fees are in it. Owns the readings that are tried and the sentence for what none of them explains.
Changes no figure: the fills are the truth here, and the exchange's figure is shown beside it.
Source: openapi.yaml `MarketPosition`; reliability catalogue FE07.
"""

from collections.abc import Iterable

from kalshi_tui.core.lots import Holding
from kalshi_tui.core.profit import Books
from kalshi_tui.core.records import PositionRecord
from kalshi_tui.core.settlements import Difference
from kalshi_tui.core.units import Count, Money, count_text, money_text


def position_differences(
    average: Books, fifo: Books, positions: Iterable[PositionRecord]
) -> list[Difference]:
    """Return where the exchange's latest word on each market is not what our fills make.

    A market that it states and that we never traded, or the reverse, is a difference as well.
    """
    found: list[Difference] = []
    stated: set[tuple[int, str]] = set()
    for each in positions:
        place = (each.subaccount, each.ticker)
        stated.add(place)
        found += _of_market(average.holding(each.ticker, each.subaccount), fifo, each)
    for place, holding in average.holdings.items():
        if holding.net and place not in stated:
            words = f"the fills make {count_text(Count(holding.net))}, the exchange states none."
            found.append(_difference(holding.ticker, "position", holding.net, 0, words))
    return found


def _of_market(ours: Holding, fifo: Books, theirs: PositionRecord) -> list[Difference]:
    found: list[Difference] = []
    ticker = theirs.ticker
    if ours.net != theirs.position:
        words = (
            f"the fills make {count_text(Count(ours.net))}, the exchange states"
            f" {count_text(theirs.position)}: a fill, a transfer or a settlement is missing here."
        )
        found.append(_difference(ticker, "position", ours.net, theirs.position, words))
    other = fifo.holding(ticker, theirs.subaccount)
    for what, mine, lots, stated in (
        ("cost", ours.cost, other.cost, theirs.cost),
        ("profit", ours.realized, other.realized, theirs.realized),
        ("fees", ours.fees, other.fees, theirs.fees),
    ):
        if mine != stated:
            words = (
                f"{what} is {money_text(Money(mine))} at average cost, the exchange states"
                f" {money_text(stated)}{_reading(what, mine, lots, ours.fees, stated)}."
            )
            found.append(_difference(ticker, what, mine, stated, words))
    return found


def _reading(what: str, mine: int, lots: int, fees: int, stated: int) -> str:
    """Return what the exchange's figure is exactly, where a reading of it is found."""
    if what == "fees":
        return ""
    if stated == lots:
        return ", which is the figure first in first out"
    sign = 1 if what == "cost" else -1
    if stated == mine + sign * fees:
        return ", which is the figure with the fees in it"
    return ""


def _difference(ticker: str, what: str, ours: int, theirs: int, words: str) -> Difference:
    return Difference(ticker, what, ours, theirs, f"{ticker}: {words}")
