"""A naive practice exchange: lists, full scans, trial and error. The oracle for the real one.

It answers with plain tuples and knows only what the rules say, in the most obvious way: every
command is tried on a copy of the world, judged, and kept or thrown away.
"""

from copy import deepcopy
from dataclasses import dataclass, field

from kalshi_tui.core.fees import FeeSchedule, Role, charge_fill, trade_fee
from kalshi_tui.core.market import TickGrid
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR, Count, Money, Price
from kalshi_tui.practice.orders import NewOrder


@dataclass
class NaiveOrder:
    """One resting order."""

    number: int
    account: str
    ticker: str
    side: BookSide
    price: int
    remaining: int
    accumulator: int = 0


@dataclass
class World:
    """Everything that a command may change."""

    resting: list[NaiveOrder] = field(default_factory=list)
    cash: dict[str, int] = field(default_factory=dict)
    nets: dict[tuple[str, str], int] = field(default_factory=dict)
    fees: int = 0
    used: set[tuple[str, str]] = field(default_factory=set)
    trades: list[tuple[str, int, int]] = field(default_factory=list)


class RefusedError(Exception):
    """The code of a refusal."""


class NaiveExchange:
    """Slow and obvious."""

    def __init__(
        self,
        markets: dict[str, tuple[TickGrid, FeeSchedule]],
        customers: dict[str, int],
        house: set[str],
    ) -> None:
        self.markets = markets
        self.house = house
        self.world = World(cash={**customers, **dict.fromkeys(house, 0)})
        self.number = 0

    def place(self, account: str, order: NewOrder) -> tuple[int, int, int]:
        """Return (order number, filled, resting). Raises `RefusedError`."""
        name = (account, order.client_order_id)
        if account not in self.house and name in self.world.used:
            raise RefusedError("order_already_exists")
        self._check_terms(order)
        kept = deepcopy(self.world)
        try:
            return self._try(account, order)
        except RefusedError:
            self.world = kept
            raise

    def cancel(self, account: str, number: int) -> int:
        """Return what was left. Raises `RefusedError`."""
        for order in self.world.resting:
            if order.number == number and order.account == account:
                self.world.resting.remove(order)
                return order.remaining
        raise RefusedError("not_found")

    def _check_terms(self, order: NewOrder) -> None:
        if order.price not in self.markets[order.ticker][0].prices:
            raise RefusedError("invalid_price")
        gtc = order.time_in_force is TimeInForce.GTC
        if order.size < 1 or (order.post_only and not gtc):
            raise RefusedError("invalid_order")
        if order.reduce_only and order.time_in_force is not TimeInForce.IOC:
            raise RefusedError("invalid_order")

    def _try(self, account: str, order: NewOrder) -> tuple[int, int, int]:
        before = self.available(account)
        facing = self._facing(order)
        if order.post_only and facing:
            raise RefusedError("invalid_order")
        size = int(order.size)
        if order.reduce_only:
            net = self.world.nets.get((account, order.ticker), 0)
            closable = -net if order.side is BookSide.BID else net
            size = max(0, min(size, closable)) if account not in self.house else size
        self._check_kill(account, order, facing, size)
        self.number += 1
        taker = NaiveOrder(self.number, account, order.ticker, order.side, order.price, size, 0)
        filled, saved, stopped = self._trade(taker, order, facing)
        if order.time_in_force is TimeInForce.GTC and not stopped and taker.remaining:
            self.world.resting.append(taker)
        else:
            taker.remaining = 0
        if account not in self.house and self.available(account) - saved < min(before, 0):
            self.number -= 1
            raise RefusedError("insufficient_balance")
        if order.client_order_id:
            self.world.used.add((account, order.client_order_id))
        return taker.number, filled, taker.remaining

    def _check_kill(
        self, account: str, order: NewOrder, facing: list[NaiveOrder], size: int
    ) -> None:
        if order.time_in_force is not TimeInForce.FOK:
            return
        maker = order.self_trade_prevention is SelfTradePrevention.MAKER
        reachable = [each for each in facing if not (maker and each.account == account)]
        if sum(each.remaining for each in reachable) < size:
            raise RefusedError("fill_or_kill_insufficient_resting_volume")

    def _trade(
        self, taker: NaiveOrder, order: NewOrder, facing: list[NaiveOrder]
    ) -> tuple[int, int, bool]:
        filled = saved = 0
        for maker in facing:
            if not taker.remaining:
                break
            if maker.account == taker.account:
                if order.self_trade_prevention is SelfTradePrevention.TAKER_AT_CROSS:
                    return filled, saved, True
                self.world.resting.remove(maker)
                continue
            size = min(taker.remaining, maker.remaining)
            opened = self._fill(taker, maker.price, size, Role.TAKER)
            saved += opened * abs(order.price - maker.price)
            self._fill(maker, maker.price, size, Role.MAKER)
            self.world.trades.append((taker.ticker, maker.price, size))
            filled += size
            if not maker.remaining:
                self.world.resting.remove(maker)
        return filled, saved, False

    def _fill(self, order: NaiveOrder, price: int, size: int, role: Role) -> int:
        """Book one fill and return how many contracts it opened."""
        key = (order.account, order.ticker)
        net = self.world.nets.get(key, 0)
        opened, revenue = 0, 0
        for _ in range(size):
            if order.side is BookSide.BID:
                revenue += ONE_DOLLAR - price if net < 0 else -price
                opened += net >= 0
                net += 1
            else:
                revenue += price if net > 0 else price - ONE_DOLLAR
                opened += net <= 0
                net -= 1
        self.world.nets[key] = net
        order.remaining -= size
        if order.account in self.house:
            self.world.cash[order.account] += revenue
            return opened
        model = trade_fee(self.markets[order.ticker][1], role, Price(price), Count(size))
        charge = charge_fill(Money(revenue), model, Money(order.accumulator))
        order.accumulator = charge.accumulator
        self.world.fees += charge.fee
        self.world.cash[order.account] += charge.cash
        return opened

    def _facing(self, order: NewOrder) -> list[NaiveOrder]:
        sign = 1 if order.side is BookSide.BID else -1
        found = [
            each
            for each in self.world.resting
            if each.ticker == order.ticker
            and each.side is not order.side
            and sign * each.price <= sign * order.price
        ]
        return sorted(found, key=lambda each: (sign * each.price, each.number))

    def queue(self, ticker: str, side: BookSide) -> list[tuple[int, int, int]]:
        """Return (price, order number, remaining) of one side as it would be served."""
        sign = -1 if side is BookSide.BID else 1
        found = [e for e in self.world.resting if e.ticker == ticker and e.side is side]
        found.sort(key=lambda each: (sign * each.price, each.number))
        return [(each.price, each.number, each.remaining) for each in found]

    def reserve(self, account: str) -> int:
        """Return the collateral of everything that rests, contract by contract."""
        total = 0
        for ticker in self.markets:
            net = self.world.nets.get((account, ticker), 0)
            for side, closable in ((BookSide.BID, -net), (BookSide.ASK, net)):
                left = max(closable, 0)
                for price, number, remaining in self.queue(ticker, side):
                    if not self._owns(account, number):
                        continue
                    free = min(left, remaining)
                    left -= free
                    each = price if side is BookSide.BID else ONE_DOLLAR - price
                    total += (remaining - free) * each
        return total

    def available(self, account: str) -> int:
        """Return cash net of reserves."""
        return self.world.cash[account] - self.reserve(account)

    def _owns(self, account: str, number: int) -> bool:
        return any(e.number == number and e.account == account for e in self.world.resting)
