"""New orders on the practice exchange: the checks in their order, the plan, and what it does.

Owns creating orders, and the cancels that other rules cause. The book, the accounts and the wire
order of what happened are `matching`'s, `accounts`' and `floor`'s. Must not know HTTP, files or the
time. Every refusal is a `Rejection`, and a refused command changed nothing.
Source: trading API reference, orders and error codes.
"""

from collections.abc import Sequence

from kalshi_tui.core.fees import Role
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, NO_MONEY, Count, Money
from kalshi_tui.practice import admission, rejections
from kalshi_tui.practice.accounts import Account, Holding, Leg
from kalshi_tui.practice.groups import OrderGroup
from kalshi_tui.practice.hall import TAKES_CANCELS, Hall
from kalshi_tui.practice.happenings import GroupEvent, GroupUpdated
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.matching import Plan
from kalshi_tui.practice.orders import (
    AUTO_ROUTE,
    Canceled,
    CustomerOrder,
    NewOrder,
    Order,
    OrderStatus,
    Placed,
    UpdateReason,
)
from kalshi_tui.practice.rejections import Rejection


class Placing(Hall):
    """Creates orders."""

    def place(self, account_id: str, order: NewOrder, now_ns: int) -> Placed:
        """Create an order; trade at once what crosses.

        Raises `Rejection`, and `KeyError` for an account that was never opened.
        """
        self._lifecycle.advance(now_ns)
        house = self._floor.house.get(account_id)
        account = None if house is not None else self.accounts[account_id]
        market = self._market(order.ticker)
        index = market.listing.exchange_index
        if order.exchange_index not in (AUTO_ROUTE, index):
            raise rejections.not_found()
        if account is not None and order.client_order_id in account.used_ids:
            raise rejections.order_already_exists()
        if self._halts.any:
            self._halts.check_trading(index)
        admission.check_market(market)
        admission.check_terms(order, market, now_ns)
        if account is None:
            return self._place_house(market, account_id, order, now_ns)
        if order.order_group_id:
            group = self._groups.find(account_id, order.order_group_id)
            if group.exchange_index != index:
                raise rejections.invalid_order(rejections.GROUP_ELSEWHERE)
            if group.triggered:
                raise rejections.invalid_order(rejections.GROUP_TRIGGERED)
        return self._place_customer(market, account, order, now_ns)

    def place_all(
        self, account_id: str, orders: Sequence[NewOrder | Rejection], now_ns: int
    ) -> list[Placed | Rejection]:
        """Create a batch one after the other; a refusal stands for its own order only.

        A `Rejection` among `orders` is one that was unreadable: it is answered as it is.
        """
        answers: list[Placed | Rejection] = []
        for order in orders:
            try:
                answers.append(
                    order if isinstance(order, Rejection) else self.place(account_id, order, now_ns)
                )
            except Rejection as refused:
                answers.append(refused)
        return answers

    def _plan(self, market: ListedMarket, order: NewOrder, size: Count, account_id: str) -> Plan:
        """Work out what the order meets; refuse post-only crosses and unfillable kills."""
        book = market.book
        crosses = book.crosses(order.side, order.price)
        if crosses and order.post_only:
            raise rejections.invalid_order(admission.POST_ONLY_CROSS)
        if order.time_in_force is TimeInForce.FOK:
            # Own orders give way under `maker` and so cannot fill it; under `taker_at_cross` they
            # count, and meeting one leaves the fills before it.
            yields = order.self_trade_prevention is SelfTradePrevention.MAKER
            without = account_id if yields else None
            if book.resting_volume(order.side, order.price, without) < size:
                raise rejections.fill_or_kill_insufficient_resting_volume()
        if not crosses or not size:
            return Plan([], [], size, False)
        return book.plan(order.side, order.price, size, account_id, order.self_trade_prevention)

    def _place_house(
        self, market: ListedMarket, account_id: str, order: NewOrder, now_ns: int
    ) -> Placed:
        plan = self._plan(market, order, order.size, account_id)
        left = plan.left
        if plan.stopped or order.time_in_force is not TimeInForce.GTC:
            left = NO_COUNT
        taker = Order(
            self._floor.house_order_id(), account_id, order.ticker, order.side, order.price, left
        )
        self._floor.execute(market, taker, plan, (), now_ns)
        if plan.fills or plan.yielding:
            self._report(market, plan, taker)
            self._finish_groups(now_ns)
        return Placed(
            taker.order_id,
            "",
            Count(sum(size for _, size in plan.fills)),
            taker.remaining,
            cost_of(plan),
            NO_MONEY,
            now_ns,
        )

    def _place_customer(
        self, market: ListedMarket, account: Account, order: NewOrder, now_ns: int
    ) -> Placed:
        index = market.listing.exchange_index
        holding = account.holding(order.ticker, index)
        size = order.size
        if order.reduce_only:
            size = Count(min(size, holding.closable(order.side)))
        plan = self._plan(market, order, size, account.account_id)
        taker = _customer_order(order, account.account_id, index, now_ns)
        if order.time_in_force is TimeInForce.GTC and not plan.stopped:
            taker.remaining = plan.left
        legs = legs_of(holding, taker, plan, market)
        rest = taker if taker.remaining else None
        if not account.can_afford(holding, taker, legs, rest, plan.yielding):
            raise rejections.insufficient_balance()
        taker.order_id = self._floor.order_id()
        account.open(taker)
        self._floor.execute(market, taker, plan, legs, now_ns)
        conclude(taker, plan, capped=size < order.size)
        self._report(market, plan, taker)
        self._lifecycle.schedule_expiry(taker)
        self._finish_groups(now_ns)
        return Placed(
            taker.order_id,
            taker.client_order_id,
            taker.filled,
            taker.remaining,
            cost_of(plan),
            fees_of(legs),
            now_ns,
        )

    def _report(self, market: ListedMarket, plan: Plan, taker: Order) -> None:
        floor = self._floor
        floor.report(taker)
        for maker, _ in plan.fills:
            floor.report(maker)
        for own in plan.yielding:
            floor.report(own)
        if plan.fills:
            floor.report_positions(market, [taker, *(maker for maker, _ in plan.fills)])

    def _cancel(self, market: ListedMarket, order: Order, now_ns: int) -> Canceled:
        left = self._floor.withdraw(market, order, UpdateReason.NONE, now_ns)
        self._floor.report(order)
        name = order.client_order_id if isinstance(order, CustomerOrder) else ""
        return Canceled(order.order_id, name, left, now_ns)

    def _all_live(self, account_id: str) -> list[Order]:
        house = self.house.get(account_id)
        if house is not None:
            return list(house.orders.values())
        return list(self.accounts[account_id].resting.values())

    def _cancel_many(self, orders: Sequence[Order], now_ns: int) -> list[Canceled]:
        """Cancel those of the orders whose market and shard take cancels."""
        done = []
        for order in orders:
            market = self.markets[order.ticker]
            is_open = self._halts.is_open(market.listing.exchange_index)
            if is_open and market.status in TAKES_CANCELS:
                done.append(self._cancel(market, order, now_ns))
        return done

    def _finish_groups(self, now_ns: int) -> None:
        """Cancel what the groups hold whose limit the command reached, and say so."""
        while self._groups.reached:
            self._trigger(self._groups.reached.pop(0), now_ns)

    def _trigger(self, group: OrderGroup, now_ns: int) -> None:
        group.triggered = True
        told = GroupUpdated(group.account_id, group.group_id, GroupEvent.TRIGGERED, None, now_ns)
        self._floor.outbox.append(told)
        self._cancel_many(self._members(group), now_ns)

    def _members(self, group: OrderGroup) -> list[CustomerOrder]:
        """Return a group's live orders, oldest first."""
        live = self.accounts[group.account_id].resting.values()
        return [each for each in live if each.order_group_id == group.group_id]


def _customer_order(
    order: NewOrder, account_id: str, exchange_index: int, now_ns: int
) -> CustomerOrder:
    """Return a new order with nothing filled, nothing resting and no id yet."""
    return CustomerOrder(
        order_id="",
        account_id=account_id,
        ticker=order.ticker,
        side=order.side,
        price=order.price,
        remaining=NO_COUNT,
        client_order_id=order.client_order_id,
        time_in_force=order.time_in_force,
        self_trade_prevention=order.self_trade_prevention,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        expires_s=order.expires_s,
        cancel_on_pause=order.cancel_on_pause,
        order_group_id=order.order_group_id,
        exchange_index=exchange_index,
        initial=order.size,
        created_ns=now_ns,
        updated_ns=now_ns,
    )


def legs_of(holding: Holding, taker: CustomerOrder, plan: Plan, market: ListedMarket) -> list[Leg]:
    """Work out the taker's side of each fill, one after the other."""
    legs: list[Leg] = []
    net, accumulator = holding.net, taker.accumulator
    for maker, filled in plan.fills:
        leg = holding.leg(
            net, taker.side, maker.price, filled, market.fees, Role.TAKER, accumulator
        )
        net += filled if taker.side is BookSide.BID else -filled
        accumulator = leg.accumulator
        legs.append(leg)
    return legs


def conclude(taker: CustomerOrder, plan: Plan, *, capped: bool) -> None:
    """Set the status and the reason of an order that has met the book."""
    if plan.fills:
        taker.reason = UpdateReason.TRADE
    if taker.remaining:
        return
    if taker.filled == taker.initial:
        taker.status = OrderStatus.EXECUTED
        return
    taker.status = OrderStatus.CANCELED
    if plan.stopped:
        taker.reason = UpdateReason.SELF_TRADE_CANCEL
    elif capped:
        taker.reason = UpdateReason.REDUCE_ONLY_CANCEL


def cost_of(plan: Plan) -> Money:
    """Return the sum of YES price x count over the fills of a plan."""
    return Money(sum(maker.price * size for maker, size in plan.fills))


def fees_of(legs: Sequence[Leg]) -> Money:
    """Return the net fees of some fills."""
    return Money(sum(leg.fee for leg in legs))
