"""The floor of the naive practice exchange: what trades, what it costs, what is left of the cash.

Lists, full scans, contract by contract, fees as exact fractions. It shares with the real exchange
the words of a request and nothing that decides.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import TickGrid
from kalshi_tui.core.orders import SelfTradePrevention
from kalshi_tui.core.sides import BookSide
from kalshi_tui.practice.orders import NewOrder

SECOND = 1_000_000_000
DOLLAR = 10_000
MAKER_SHARE = {
    FeeType.QUADRATIC: Fraction(0),
    FeeType.QUADRATIC_WITH_MAKER_FEES: Fraction(1, 4),
    FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES: Fraction(1, 2),
}


@dataclass
class NaiveOrder:
    """One resting order."""

    number: int
    account: str
    ticker: str
    side: BookSide
    price: int
    remaining: int
    arrival: int
    terms: NewOrder
    filled: int = 0
    accumulator: Fraction = Fraction(0)
    expires_s: int | None = None


@dataclass
class NaiveMarket:
    """One market."""

    grid: TickGrid
    fees: FeeSchedule
    shard: int = 0
    status: str = "active"
    clears_at: int = 0
    pays_at: int = 0
    value: int = 0


@dataclass
class NaiveGroup:
    """One order group."""

    account: str
    shard: int
    limit: int
    triggered: bool = False
    matches: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class World:
    """Everything that a refused command must leave alone."""

    resting: list[NaiveOrder] = field(default_factory=list)
    cash: dict[tuple[str, int], int] = field(default_factory=dict)
    nets: dict[tuple[str, str], int] = field(default_factory=dict)
    fees: int = 0
    trades: list[tuple[str, int, int]] = field(default_factory=list)
    """Of the running command."""
    matches: list[tuple[int, int]] = field(default_factory=list)
    """Group and size, of the running command."""

    def copy(self) -> "World":
        """Return a world in which nothing is shared that can change."""
        return World(
            [copy(each) for each in self.resting],
            dict(self.cash),
            dict(self.nets),
            self.fees,
            list(self.trades),
            list(self.matches),
        )


class RefusedError(Exception):
    """The code of a refusal."""


class NaiveFloor:
    """Slow and obvious. A house account has no cash limit, no fees and one purse for all shards."""

    def __init__(self, customers: dict[str, dict[int, int]], house: set[str]) -> None:
        self.customers = customers
        self.house = house
        self.world = World()
        for name, purse in customers.items():
            for shard, cash in purse.items():
                self.world.cash[name, shard] = cash
        for name in house:
            self.world.cash[name, 0] = 0
        self.markets: dict[str, NaiveMarket] = {}
        self.used: set[tuple[str, str]] = set()
        self.groups: dict[int, NaiveGroup] = {}
        self.transfers: list[tuple[int, str, int, int]] = []
        """(arrival, account, destination, amount) of what is on its way."""
        self.no_trading: set[int] = set()
        self.no_exchange: set[int] = set()
        self.now = 0
        self.number = 0
        self.arrival = 0

    def _takes_cancels(self, order: NaiveOrder) -> bool:
        market = self.markets[order.ticker]
        return market.status in ("active", "inactive") and market.shard not in self.no_exchange

    def _cancel_where(self, wanted: Callable[[NaiveOrder], bool]) -> int:
        gone = [o for o in self.world.resting if wanted(o) and self._takes_cancels(o)]
        self.world.resting = [o for o in self.world.resting if o not in gone]
        return len(gone)

    def _check_cash(self, order: NaiveOrder, before: int, saved: int) -> None:
        shard = self.markets[order.ticker].shard
        enough = self.available(order.account, shard) - saved >= min(before, 0)
        if order.account not in self.house and not enough:
            raise RefusedError("insufficient_balance")

    def _trade(
        self, taker: NaiveOrder, prevention: SelfTradePrevention, facing: list[NaiveOrder]
    ) -> tuple[int, int, bool]:
        filled = saved = 0
        for maker in facing:
            if not taker.remaining:
                break
            if maker.account == taker.account:
                if prevention is SelfTradePrevention.TAKER_AT_CROSS:
                    return filled, saved, True
                self.world.resting.remove(maker)
                continue
            size = min(taker.remaining, maker.remaining)
            opened = self._fill(taker, maker.price, size, Fraction(1))
            saved += opened * abs(taker.price - maker.price)
            share = MAKER_SHARE[self.markets[maker.ticker].fees.fee_type]
            self._fill(maker, maker.price, size, share)
            self.world.trades.append((taker.ticker, maker.price, size))
            filled += size
            if not maker.remaining:
                self.world.resting.remove(maker)
        return filled, saved, False

    def _fill(self, order: NaiveOrder, price: int, size: int, share: Fraction) -> int:
        """Book one fill and return how many contracts it opened."""
        key = (order.account, order.ticker)
        market = self.markets[order.ticker]
        net = self.world.nets.get(key, 0)
        opened, revenue = 0, 0
        for _ in range(size):
            if order.side is BookSide.BID:
                revenue += DOLLAR - price if net < 0 else -price
                opened += net >= 0
                net += 1
            else:
                revenue += price if net > 0 else price - DOLLAR
                opened += net <= 0
                net -= 1
        self.world.nets[key] = net
        order.remaining -= size
        order.filled += size
        if order.terms.order_group_id:
            self.world.matches.append((int(order.terms.order_group_id), size))
        if order.account in self.house:
            self.world.cash[order.account, 0] += revenue
        else:
            fee, cash = self._charge(order, Fraction(revenue), market.fees, share, price, size)
            self.world.fees += fee
            self.world.cash[order.account, market.shard] += cash
        return opened

    def _charge(
        self,
        order: NaiveOrder,
        revenue: Fraction,
        fees: FeeSchedule,
        share: Fraction,
        price: int,
        size: int,
    ) -> tuple[int, int]:
        """Return net fee and change of cash in millionths of a dollar, by the five steps."""
        p, contracts = Fraction(price, DOLLAR), Fraction(size, 100)
        rate = Fraction(fees.multiplier, 1_000_000) * Fraction(7, 100) * share
        trade_fee = Fraction(ceil(rate * contracts * p * (1 - p) * 1_000_000))
        aligned = Fraction(floor((revenue - trade_fee) / 100) * 100)
        rounding = revenue - trade_fee - aligned
        order.accumulator += rounding
        rebate = Fraction(0)
        while rebate + 100 <= order.accumulator and trade_fee + rounding - rebate - 100 >= 0:
            rebate += 100
        order.accumulator -= rebate
        return int(trade_fee + rounding - rebate), int(aligned + rebate)

    def _facing(self, order: NaiveOrder) -> list[NaiveOrder]:
        sign = 1 if order.side is BookSide.BID else -1
        found = [
            each
            for each in self.world.resting
            if each.ticker == order.ticker
            and each.side is not order.side
            and sign * each.price <= sign * order.price
        ]
        return sorted(found, key=lambda each: (sign * each.price, each.arrival))

    def queue(self, ticker: str, side: BookSide) -> list[tuple[int, int, int]]:
        """Return (price, order number, remaining) of one side as it would be served."""
        sign = -1 if side is BookSide.BID else 1
        found = [e for e in self.world.resting if e.ticker == ticker and e.side is side]
        found.sort(key=lambda each: (sign * each.price, each.arrival))
        return [(each.price, each.number, each.remaining) for each in found]

    def reserve(self, account: str, shard: int) -> int:
        """Return the collateral of everything that rests."""
        mine = {each.number for each in self.world.resting if each.account == account}
        total = 0
        for ticker in {e.ticker for e in self.world.resting if e.account == account}:
            if self.markets[ticker].shard != shard:
                continue
            net = self.world.nets.get((account, ticker), 0)
            for side, closable in ((BookSide.BID, -net), (BookSide.ASK, net)):
                left = max(closable, 0)
                for price, number, remaining in self.queue(ticker, side):
                    if number not in mine:
                        continue
                    free = min(left, remaining)
                    left -= free
                    each = price if side is BookSide.BID else DOLLAR - price
                    total += (remaining - free) * each
        return total

    def available(self, account: str, shard: int) -> int:
        """Return cash net of reserves."""
        if account in self.house:
            return 0
        return self.world.cash.get((account, shard), 0) - self.reserve(account, shard)
