"""What is held in one market and what it cost: lots first in first out, or one average.

A trade first closes what stands against it, then opens. Lots keep the exact price and fee of their
fill; the average's indivisible rest stays with what is still held, so that in either basis cost
and profit add up to the cash that moved. Owns that arithmetic for one market and one account;
knows no time zone, no exchange figure and no file.
Source: kalshi `market_settlement` (netting at trade time); `core.positions`.
"""

from collections import deque
from enum import Enum
from typing import NamedTuple

from kalshi_tui.core.positions import leg_price
from kalshi_tui.core.sides import BookSide, Outcome
from kalshi_tui.core.units import Count, Money, Price, complement, notional


class Basis(Enum):
    """How the cost of what is closed is told from the cost of what is kept."""

    FIFO = "fifo"
    AVERAGE = "average"


class Lot(NamedTuple):
    """Contracts of one leg bought in one fill and still held."""

    opened_ns: int
    size: Count
    price: Price
    """Price of the leg: of NO for a NO lot."""
    fee: Money
    """The share of the fill's fee that belongs to what is left."""

    @property
    def cost(self) -> Money:
        """What the lot cost, fee not counted."""
        return notional(self.price, self.size)


class Closed(NamedTuple):
    """Part of a holding that was sold, netted or paid out: one line of a tax-lot report."""

    ticker: str
    outcome: Outcome
    opened_ns: int | None
    """None at average cost, where what is closed has no single beginning."""
    closed_ns: int
    size: Count
    cost: Money
    proceeds: Money
    fees: Money
    """Shares of the opening and of the closing fee."""

    @property
    def profit(self) -> Money:
        """What was made, fees taken off."""
        return Money(self.proceeds - self.cost - self.fees)


class Holding:
    """One market of one account. Fed in order of time."""

    __slots__ = ("basis", "cost", "fee_cost", "fees", "lots", "net", "realized", "ticker")

    def __init__(self, ticker: str, basis: Basis) -> None:
        self.ticker = ticker
        self.basis = basis
        self.net = 0
        """+ YES, - NO, in `Count` units."""
        self.cost = 0
        """What the contracts now held cost, fees not counted."""
        self.fee_cost = 0
        """Fees that belong to what is held."""
        self.realized = 0
        """Profit of what was closed, fees not counted."""
        self.fees = 0
        """All fees ever paid here, the rounding of settlements included."""
        self.lots: deque[Lot] = deque()
        """What is held, oldest first; empty at average cost."""

    def trade(
        self, side: BookSide, price: Price, count: Count, fee: Money, at_ns: int
    ) -> list[Closed]:
        """Book a fill at a YES price and return what it closed."""
        signed = count if side is BookSide.BID else -count
        held = -self.net if signed > 0 else self.net
        closes = min(count, held) if held > 0 else 0
        leg = leg_price(side, price)
        # The part of the fee that closes is rounded down; the opening part bears the rest.
        closing_fee = fee if closes == count else fee * closes // count
        closed: list[Closed] = []
        if closes:
            proceeds = notional(complement(leg), Count(closes))
            closed = self._close(Count(closes), proceeds, Money(closing_fee), at_ns)
        if opens := count - closes:
            self.cost += leg * opens
            self.fee_cost += fee - closing_fee
            if self.basis is Basis.FIFO:
                self.lots.append(Lot(at_ns, Count(opens), leg, Money(fee - closing_fee)))
        self.net += signed
        self.fees += fee
        return closed

    def settle(self, payment: Money, rounding: Money, at_ns: int) -> list[Closed]:
        """Close everything for `payment`, of which `rounding` was kept by the exchange as a fee."""
        closed: list[Closed] = []
        if self.net:
            closed = self._close(Count(abs(self.net)), payment, rounding, at_ns)
        else:
            self.realized += payment
        self.net = 0
        self.fees += rounding
        return closed

    def value(self, mark: Price) -> Money:
        """Return what is held at a YES price of `mark`."""
        leg = mark if self.net >= 0 else complement(mark)
        return notional(leg, Count(abs(self.net)))

    def unrealized(self, mark: Price) -> Money:
        """Return what selling all of it at a YES price of `mark` would make, before fees."""
        return Money(self.value(mark) - self.cost)

    def _close(self, count: Count, proceeds: Money, fee: Money, at_ns: int) -> list[Closed]:
        outcome = Outcome.YES if self.net > 0 else Outcome.NO
        if self.basis is Basis.AVERAGE:
            closed = [self._close_average(outcome, count, proceeds, fee, at_ns)]
        else:
            closed = self._close_lots(outcome, count, proceeds, fee, at_ns)
        for each in closed:
            self.cost -= each.cost
            self.realized += each.proceeds - each.cost
        return closed

    def _close_average(
        self, outcome: Outcome, count: Count, proceeds: Money, fee: Money, at_ns: int
    ) -> Closed:
        held = abs(self.net)
        cost, opening_fee = self.cost * count // held, self.fee_cost * count // held
        self.fee_cost -= opening_fee
        fees = Money(opening_fee + fee)
        return Closed(self.ticker, outcome, None, at_ns, count, Money(cost), proceeds, fees)

    def _close_lots(
        self, outcome: Outcome, count: Count, proceeds: Money, fee: Money, at_ns: int
    ) -> list[Closed]:
        closed: list[Closed] = []
        while count:
            lot = self.lots[0]
            taken = min(lot.size, count)
            if taken == lot.size:
                self.lots.popleft()
                opening_fee = lot.fee
            else:
                opening_fee = Money(lot.fee * taken // lot.size)
                rest = Money(lot.fee - opening_fee)
                self.lots[0] = Lot(lot.opened_ns, Count(lot.size - taken), lot.price, rest)
            # The last part takes what division leaves, so that the parts make up the whole.
            part, share = proceeds * taken // count, fee * taken // count
            self.fee_cost -= opening_fee
            closed.append(
                Closed(
                    self.ticker,
                    outcome,
                    lot.opened_ns,
                    at_ns,
                    Count(taken),
                    notional(lot.price, Count(taken)),
                    Money(part),
                    Money(opening_fee + share),
                )
            )
            count, proceeds = Count(count - taken), Money(proceeds - part)
            fee = Money(fee - share)
        return closed
