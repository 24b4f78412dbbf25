"""Signed positions: netting at trade time, cost, and what a trade moves in cash.

A position is one number per market: + is YES, - is NO. A trade first closes what stands against
it and only then opens. Owns that arithmetic; knows no order and no exchange figure.
Source: kalshi `market_settlement` (only net positions settle), order_direction.
"""

from dataclasses import dataclass

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import (
    NO_COUNT,
    NO_MONEY,
    ONE_DOLLAR,
    Count,
    Money,
    Price,
    complement,
    notional,
)


@dataclass(frozen=True, slots=True)
class Split:
    """How a trade divides against a position."""

    closes: Count
    opens: Count


def split(side: BookSide, count: Count, position: Count) -> Split:
    """Divide `count` into the part that closes `position` and the part that opens anew."""
    against = -position if side is BookSide.BID else position
    closes = min(count, max(against, 0))
    return Split(Count(closes), Count(count - closes))


def leg_price(side: BookSide, price: Price) -> Price:
    """Return what one opened contract costs: YES at p for a bid, NO at 1 - p for an ask."""
    return price if side is BookSide.BID else complement(price)


def cash_needed(side: BookSide, price: Price, count: Count, position: Count) -> Money:
    """Return the cash that the opening part of an order needs, fees not counted."""
    return notional(leg_price(side, price), split(side, count, position).opens)


def trade_revenue(side: BookSide, price: Price, count: Count, position: Count) -> Money:
    """Return the cash a trade moves before fees; negative when it costs.

    Closing pays 1 - leg price for each contract, opening costs the leg price.
    """
    parts = split(side, count, position)
    leg = leg_price(side, price)
    return Money(notional(complement(leg), parts.closes) - notional(leg, parts.opens))


@dataclass(frozen=True, slots=True)
class Position:
    """The net holding in one market."""

    count: Count = NO_COUNT
    """+ YES, - NO."""
    cost: Money = NO_MONEY
    """What the contracts now held cost, fees not counted. Never negative."""
    realized: Money = NO_MONEY
    """Profit of what was closed, fees not counted."""
    fees: Money = NO_MONEY

    def traded(self, side: BookSide, price: Price, count: Count, fee: Money) -> "Position":
        """Return the position after a fill, at average cost.

        The average's indivisible rest stays with what is still held, so cost is exact in total.
        """
        parts = split(side, count, self.count)
        leg = leg_price(side, price)
        signed = count if side is BookSide.BID else -count
        released = self.cost * parts.closes // abs(self.count) if parts.closes else 0
        proceeds = notional(complement(leg), parts.closes)
        return Position(
            count=Count(self.count + signed),
            cost=Money(self.cost - released + notional(leg, parts.opens)),
            realized=Money(self.realized + proceeds - released),
            fees=Money(self.fees + fee),
        )

    def value_if(self, yes: bool) -> Money:
        """Return the settlement payment if the outcome is YES (or NO)."""
        held = max(self.count, 0) if yes else max(-self.count, 0)
        return notional(ONE_DOLLAR, Count(held))
