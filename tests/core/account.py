"""Random accounts and an oracle that computes their money another way, in rational dollars.

The oracle knows no integer unit, no lot queue and no running average: it keeps one list of single
buys of each leg and works every sum out of it anew.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from random import Random

from kalshi_tui.core.fees import FeeSchedule, Role, charge_fill, trade_fee
from kalshi_tui.core.positions import trade_revenue
from kalshi_tui.core.records import FillRecord, Record, Result, SettlementRecord
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price

HOUR_NS = 3_600_000_000_000


@dataclass
class Buy:
    """What is left of one buy of one leg."""

    left: Fraction
    each: Fraction


@dataclass
class OracleMarket:
    """One market in dollars and contracts."""

    fifo: bool
    yes: list[Buy] = field(default_factory=list)
    no: list[Buy] = field(default_factory=list)
    realized: Fraction = Fraction(0)
    fees: Fraction = Fraction(0)
    cash: Fraction = Fraction(0)

    def held(self) -> Fraction:
        return sum((b.left for b in self.yes), Fraction(0)) - sum(
            (b.left for b in self.no), Fraction(0)
        )

    def cost(self) -> Fraction:
        return sum((b.left * b.each for b in [*self.yes, *self.no]), Fraction(0))

    def fill(self, fill: FillRecord) -> None:
        count, price = Fraction(fill.size, 100), Fraction(fill.price, 10_000)
        is_yes = fill.side is BookSide.BID
        each = price if is_yes else 1 - price
        mine, other = (self.yes, self.no) if is_yes else (self.no, self.yes)
        closes = min(count, sum((b.left for b in other), Fraction(0)))
        self.take_off(other, closes, closes * (1 - each))
        if count > closes:
            mine.append(Buy(count - closes, each))
        fee = Fraction(fill.fee, 10**6)
        self.fees += fee
        # A pair of YES and NO is a dollar: buying the other leg hands one dollar back.
        self.cash += closes - count * each - fee

    def take_off(self, buys: list[Buy], count: Fraction, proceeds: Fraction) -> None:
        if not count:
            return
        held = sum((b.left for b in buys), Fraction(0))
        cost = sum((b.left * b.each for b in buys), Fraction(0))
        if self.fifo:
            released, due = Fraction(0), count
            while due:
                part = min(due, buys[0].left)
                released += part * buys[0].each
                buys[0].left -= part
                due -= part
                if not buys[0].left:
                    buys.pop(0)
        else:
            # The rule of the books: what is released is cut to whole micro-dollars.
            released = Fraction(floor(cost * count / held * 10**6), 10**6)
            left = held - count
            buys[:] = [Buy(left, (cost - released) / left)] if left else []
            if not left:
                released = cost
        self.realized += proceeds - released

    def settle(self, value: Fraction) -> Fraction:
        """Pay out; return what was paid in dollars, cut to cents."""
        held = self.held()
        exact = held * value if held >= 0 else -held * (1 - value)
        paid = Fraction(floor(exact * 100), 100)
        self.realized += exact - self.cost()
        self.fees += exact - paid
        self.cash += paid
        self.yes.clear()
        self.no.clear()
        return paid


def micro(value: Fraction) -> int:
    """Return dollars as micro-dollars; fails where that is not exact."""
    scaled = value * 10**6
    assert scaled.denominator == 1, value
    return scaled.numerator


def random_account(seed: int, fills: int, markets: int = 5, settle: bool = True) -> list[Record]:
    """Return a life of fills with fees by the published rule and, at the end, settlements."""
    rng = Random(seed)
    records: list[Record] = []
    held: dict[str, int] = {}
    sums: dict[str, list[int]] = {}
    accumulators: dict[str, Money] = {}
    for number in range(fills):
        ticker = f"KX{rng.randrange(3)}-E{rng.randrange(2)}-M{rng.randrange(markets)}"
        side = rng.choice(list(BookSide))
        price = Price(rng.randrange(1, 10_000))
        count = Count(rng.choice([rng.randrange(1, 100), 100, rng.randrange(1, 50_000)]))
        order = f"o{number // rng.randrange(1, 5)}-{ticker}-{side.value}"
        is_taker = rng.random() < 0.7
        role = Role.TAKER if is_taker else Role.MAKER
        model = trade_fee(FeeSchedule(), role, price, count)
        revenue = trade_revenue(side, price, count, Count(held.get(ticker, 0)))
        charge = charge_fill(revenue, model, accumulators.get(order, Money(0)))
        accumulators[order] = charge.accumulator
        held[ticker] = held.get(ticker, 0) + (count if side is BookSide.BID else -count)
        mine = sums.setdefault(ticker, [0, 0, 0, 0, 0])
        leg = 0 if side is BookSide.BID else 2
        mine[leg] += count
        mine[leg + 1] += count * (price if leg == 0 else 10_000 - price)
        mine[4] += charge.fee
        at_ns = (number + 1) * HOUR_NS
        records.append(
            FillRecord(
                at_ns, f"t{number:07}", order, ticker, side, price, count, charge.fee, is_taker
            )
        )
    if settle:
        at_ns = (fills + 2) * HOUR_NS
        records += [_settled(rng, name, held[name], sums[name], at_ns) for name in sorted(held)]
    return records


def _settled(rng: Random, ticker: str, net: int, sums: list[int], at_ns: int) -> SettlementRecord:
    result = rng.choice(list(Result))
    value = {Result.YES: 10_000, Result.NO: 0}.get(result, rng.randrange(1, 10_000))
    exact = Fraction(net * value if net >= 0 else -net * (10_000 - value), 10**6)
    paid = Fraction(floor(exact * 100), 100)
    return SettlementRecord(
        at_ns,
        ticker,
        ticker.rpartition("-")[0],
        result,
        Count(sums[0]),
        Money(sums[1]),
        Count(sums[2]),
        Money(sums[3]),
        Money(micro(paid)),
        Money(sums[4] + micro(exact - paid)),
        Price(value),
    )
