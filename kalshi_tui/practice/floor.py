"""The trading floor: where an accepted order changes books, accounts and the public record.

Owns the markets, the accounts, the live orders, the ids and the outbox of happenings, and keeps
their order as the wire has it: one book change per maker order, one for a rest, one for each own
order that gave way, the trades, then the private reports. Refuses nothing: `practice.exchange` has
decided. Must not know the clock, HTTP or files.
Source: recorded traffic (README items 1 and 2); practice-exchange rules on self-trade prevention.
"""

from collections.abc import Sequence

from kalshi_tui.core.fees import Role
from kalshi_tui.core.units import NO_COUNT, Count
from kalshi_tui.practice.accounts import Account, Leg
from kalshi_tui.practice.groups import Groups
from kalshi_tui.practice.happenings import (
    BookChanged,
    FillMade,
    Happening,
    OrderUpdated,
    PositionUpdated,
    TradePrinted,
)
from kalshi_tui.practice.house import HouseAccount
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.matching import Plan
from kalshi_tui.practice.orders import CustomerOrder, Order, OrderStatus, UpdateReason


class Floor:
    """Everything that a trade touches."""

    def __init__(self, run: int) -> None:
        self.run = run
        self.markets: dict[str, ListedMarket] = {}
        self.accounts: dict[str, Account] = {}
        self.house: dict[str, HouseAccount] = {}
        self.live: dict[str, CustomerOrder] = {}
        """Every customer's resting orders by order id."""
        self.groups = Groups()
        self.outbox: list[Happening] = []
        self._orders = 0
        self._house_orders = 0
        self._trades = 0
        self._papers = 0

    def order_id(self) -> str:
        """Return a new customer order id, in the shape of a UUID; counted, so runs repeat."""
        self._orders += 1
        return f"{self.run:08x}-0000-4000-8000-{self._orders:012x}"

    def house_order_id(self) -> str:
        """Return a new crowd order id; it never reaches the wire."""
        self._house_orders += 1
        return f"h{self._house_orders}"

    def trade_id(self) -> str:
        """Return a new trade id, in the shape of a UUID."""
        self._trades += 1
        return f"{self.run:08x}-0001-4000-8000-{self._trades:012x}"

    def paper_id(self) -> str:
        """Return a new id of a group, a transfer, a payment or a fee change: a UUID's shape."""
        self._papers += 1
        return f"{self.run:08x}-0002-4000-8000-{self._papers:012x}"

    def rest(self, market: ListedMarket, order: Order, now_ns: int) -> None:
        """Put what remains of an order into the book."""
        market.book.add(order)
        if isinstance(order, CustomerOrder):
            self.live[order.order_id] = order
            self.accounts[order.account_id].rest(order)
        else:
            self.house[order.account_id].orders[order.order_id] = order
        self._changed(market, order, order.remaining, now_ns)

    def withdraw(
        self, market: ListedMarket, order: Order, reason: UpdateReason, now_ns: int
    ) -> Count:
        """Take a resting order out of the book for good; return how much of it was left."""
        left = order.remaining
        market.book.remove(order)
        self._changed(market, order, Count(-left), now_ns)
        if isinstance(order, CustomerOrder):
            self.accounts[order.account_id].release(order)
            del self.live[order.order_id]
            order.remaining = NO_COUNT
            order.status, order.reason, order.updated_ns = OrderStatus.CANCELED, reason, now_ns
        else:
            del self.house[order.account_id].orders[order.order_id]
            order.remaining = NO_COUNT
        return left

    def pull(self, market: ListedMarket, order: CustomerOrder, now_ns: int) -> None:
        """Take a live order out of the book and of the reserve, in order to place it anew."""
        market.book.remove(order)
        self._changed(market, order, Count(-order.remaining), now_ns)
        self.accounts[order.account_id].release(order)
        del self.live[order.order_id]

    def shrink(self, market: ListedMarket, order: CustomerOrder, by: Count, now_ns: int) -> None:
        """Make a live order smaller in its place; at 0 it leaves the book and is not live."""
        market.book.reduce(order, by)
        self._changed(market, order, Count(-by), now_ns)
        account = self.accounts[order.account_id]
        account.shrink(order, by)
        if not order.remaining:
            account.release(order)
            del self.live[order.order_id]

    def trim(self, market: ListedMarket, order: Order, by: Count, now_ns: int) -> None:
        """Make an order of the crowd smaller in its place; at 0 it is gone."""
        market.book.reduce(order, by)
        self._changed(market, order, Count(-by), now_ns)
        if not order.remaining:
            del self.house[order.account_id].orders[order.order_id]

    def report(self, order: Order) -> None:
        """Tell a customer how an order stands; says nothing of the crowd's."""
        if isinstance(order, CustomerOrder):
            self.outbox.append(OrderUpdated(order.account_id, order.report()))

    def execute(
        self,
        market: ListedMarket,
        taker: Order,
        plan: Plan,
        legs: Sequence[Leg],
        now_ns: int,
    ) -> None:
        """Carry out a plan: `taker.remaining` is what shall rest, `legs` a customer's fills.

        The caller reports the taker; makers and positions are reported here, after the trades.
        """
        for maker, size in plan.fills:
            market.book.reduce(maker, size)
            self._changed(market, maker, Count(-size), now_ns)
        if taker.remaining:
            self.rest(market, taker, now_ns)
        for own in plan.yielding:
            self.withdraw(market, own, UpdateReason.SELF_TRADE_CANCEL, now_ns)
        if not plan.fills:
            return
        trades = []
        for maker, size in plan.fills:
            trade_id = self.trade_id()
            trades.append(trade_id)
            self.outbox.append(
                TradePrinted(market.ticker, trade_id, maker.price, size, taker.side, now_ns)
            )
        for index, (maker, size) in enumerate(plan.fills):
            if isinstance(taker, CustomerOrder):
                self._fill_customer(market, taker, legs[index], Role.TAKER, trades[index], now_ns)
            else:
                self._fill_house(market, taker, maker, size)
            self._fill_maker(market, maker, size, trades[index], now_ns)
        market.last_price, market.last_size = plan.fills[-1][0].price, plan.fills[-1][1]
        market.volume = Count(market.volume + sum(size for _, size in plan.fills))
        market.last_trade_ns = now_ns

    def report_positions(self, market: ListedMarket, orders: Sequence[Order]) -> None:
        """Tell each customer among the owners how the position stands, once."""
        told: set[str] = set()
        for order in orders:
            if isinstance(order, CustomerOrder) and order.account_id not in told:
                told.add(order.account_id)
                holding = self.accounts[order.account_id].holdings[market.ticker]
                self.outbox.append(PositionUpdated(order.account_id, holding.report()))

    def _fill_maker(
        self, market: ListedMarket, maker: Order, size: Count, trade_id: str, now_ns: int
    ) -> None:
        if not isinstance(maker, CustomerOrder):
            self._fill_house(market, maker, maker, size)
            if not maker.remaining:
                del self.house[maker.account_id].orders[maker.order_id]
            return
        account = self.accounts[maker.account_id]
        account.shrink(maker, size)
        holding = account.holdings[market.ticker]
        leg = holding.leg(
            holding.net,
            maker.side,
            maker.price,
            size,
            market.fees,
            Role.MAKER,
            maker.accumulator,
        )
        self._fill_customer(market, maker, leg, Role.MAKER, trade_id, now_ns)
        maker.reason = UpdateReason.TRADE
        if not maker.remaining:
            account.release(maker)
            del self.live[maker.order_id]
            maker.status = OrderStatus.EXECUTED

    def _fill_customer(
        self,
        market: ListedMarket,
        order: CustomerOrder,
        leg: Leg,
        role: Role,
        trade_id: str,
        now_ns: int,
    ) -> None:
        account = self.accounts[order.account_id]
        before = account.net(market.ticker)
        fill = account.book(order, leg, role, trade_id, now_ns)
        self._interest(market, before, fill.post_position)
        if order.order_group_id:
            self.groups.match(order.order_group_id, leg.size, now_ns)
        self.outbox.append(FillMade(order.account_id, fill))

    def _fill_house(self, market: ListedMarket, order: Order, maker: Order, size: Count) -> None:
        before, after = self.house[order.account_id].book(
            market.ticker, order.side, maker.price, size
        )
        self._interest(market, before, after)

    def _interest(self, market: ListedMarket, before: int, after: int) -> None:
        market.open_interest = Count(market.open_interest + max(after, 0) - max(before, 0))

    def _changed(self, market: ListedMarket, order: Order, change: Count, now_ns: int) -> None:
        market.clock += 1
        if isinstance(order, CustomerOrder):
            owner, name = order.account_id, order.client_order_id
        else:
            owner = name = ""
        self.outbox.append(
            BookChanged(
                market.listing.ticker,
                order.side,
                order.price,
                change,
                market.clock,
                now_ns,
                owner,
                name,
            )
        )
