"""The practice exchange: listings, accounts, orders, and which of them is refused.

Sans-IO: commands in with the time as an argument, answers and happenings out. Owns the rules of
order entry and of the calendar; must not know HTTP, sockets, wall clocks, files or randomness.
Calling contract: call `advance(now_ns)` whenever `next_due_ns()` has come, and `take_happenings()`
after each command; time never runs backwards. Every refusal is a `Rejection`, and a refused command
changed nothing.
Source: trading API reference (orders, error codes, cash model, life cycle).
"""

from collections.abc import Iterator, Mapping, Sequence

from kalshi_tui.core.fees import Role
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, NO_MONEY, Count, Money
from kalshi_tui.practice import admission, rejections
from kalshi_tui.practice.accounts import Account, Leg
from kalshi_tui.practice.floor import Floor
from kalshi_tui.practice.happenings import Happening
from kalshi_tui.practice.house import HouseAccount
from kalshi_tui.practice.lifecycle import Lifecycle
from kalshi_tui.practice.market import ListedMarket, Listing
from kalshi_tui.practice.matching import Plan
from kalshi_tui.practice.orders import (
    Canceled,
    CustomerOrder,
    NewOrder,
    Order,
    OrderStatus,
    Placed,
    UpdateReason,
)

CARRIED = "carried-over"
"""The house account that holds the other side of positions from earlier runs."""

_TAKES_CANCELS = (MarketStatus.ACTIVE, MarketStatus.INACTIVE)


class Exchange:
    """All markets and all accounts."""

    def __init__(self, *, run: int = 0) -> None:
        """`run` counts starts with the same state, so that no id is ever made twice."""
        self._floor = Floor(run)
        self._lifecycle = Lifecycle(self._floor)
        self.trading_active = True
        """False during a trading pause: no order may be placed, cancels work."""
        self.exchange_active = True
        """False during an exchange pause: nothing works."""

    @property
    def run(self) -> int:
        """The number of this start, as it stands in every id."""
        return self._floor.run

    @property
    def markets(self) -> dict[str, ListedMarket]:
        """Every listed market by ticker, in the order of listing."""
        return self._floor.markets

    @property
    def accounts(self) -> dict[str, Account]:
        """Every customer by account id."""
        return self._floor.accounts

    @property
    def house(self) -> dict[str, HouseAccount]:
        """Every account of the crowd by account id."""
        return self._floor.house

    def list_market(self, listing: Listing, now_ns: int) -> ListedMarket:
        """Add a market; it is active from `open_ns` to `close_ns`."""
        return self._lifecycle.list_market(listing, now_ns)

    def open_account(self, account_id: str, deposits: Mapping[int, Money]) -> Account:
        """Add a customer with cash per exchange index; an existing one is returned unchanged."""
        account = self.accounts.get(account_id)
        if account is None:
            account = self.accounts[account_id] = Account(account_id, deposits)
        return account

    def open_house(self, account_id: str) -> HouseAccount:
        """Add a crowd account: no cash check, no fees, no private happenings, no annotation."""
        return self.house.setdefault(account_id, HouseAccount(account_id))

    def place(self, account_id: str, order: NewOrder, now_ns: int) -> Placed:
        """Create an order; trade at once what crosses.

        Raises `Rejection`, and `KeyError` for an account that was never opened.
        """
        self._lifecycle.advance(now_ns)
        house = self.house.get(account_id)
        account = None if house is not None else self.accounts[account_id]
        market = self._market(order.ticker)
        if account is not None and order.client_order_id in account.used_ids:
            raise rejections.order_already_exists()
        self._check_open()
        admission.check_market(market)
        admission.check_terms(order, market, now_ns)
        if account is None:
            return self._place_house(market, account_id, order, now_ns)
        return self._place_customer(market, account, order, now_ns)

    def cancel(self, account_id: str, order_id: str, now_ns: int) -> Canceled:
        """Cancel one live order.

        Raises `Rejection`: 404 for anything that is not live (canceled, executed and unknown look
        alike), 400 once the market is closed.
        """
        self._lifecycle.advance(now_ns)
        house = self.house.get(account_id)
        order: Order | None
        if house is not None:
            order = house.orders.get(order_id)
        else:
            order = self.accounts[account_id].resting.get(order_id)
        if order is None:
            raise rejections.not_found()
        if not self.exchange_active:
            raise rejections.exchange_is_paused()
        market = self.markets[order.ticker]
        if market.status not in _TAKES_CANCELS:
            raise rejections.market_inactive()
        return self._cancel(market, order, now_ns)

    def cancel_all(self, account_id: str, now_ns: int) -> list[Canceled]:
        """Cancel every live order of the account whose market still takes cancels.

        Raises `Rejection` during an exchange pause.
        """
        self._lifecycle.advance(now_ns)
        if not self.exchange_active:
            raise rejections.exchange_is_paused()
        house = self.house.get(account_id)
        live: list[Order]
        if house is not None:
            live = list(house.orders.values())
        else:
            live = list(self.accounts[account_id].resting.values())
        done = []
        for order in live:
            market = self.markets[order.ticker]
            if market.status in _TAKES_CANCELS:
                done.append(self._cancel(market, order, now_ns))
        return done

    def order(self, account_id: str, order_id: str) -> CustomerOrder:
        """Return an account's order, live or done. Raises `Rejection` (404)."""
        order = self.accounts[account_id].orders.get(order_id)
        if order is None:
            raise rejections.not_found()
        return order

    def orders(self, account_id: str) -> Iterator[CustomerOrder]:
        """Yield all of an account's orders, newest first."""
        return iter(reversed(self.accounts[account_id].orders.values()))

    def queue_ahead(self, order_id: str) -> Count:
        """Return the contracts ahead of a live customer order. Raises `Rejection` (404)."""
        order = self._floor.live.get(order_id)
        if order is None:
            raise rejections.not_found()
        return self.markets[order.ticker].book.ahead(order)

    def advance(self, now_ns: int) -> None:
        """Do everything that is due: openings, expiries, closes, each stamped with its own time."""
        self._lifecycle.advance(now_ns)

    def next_due_ns(self) -> int | None:
        """Return when `advance` has something to do next."""
        return self._lifecycle.next_due_ns()

    def pause_market(self, ticker: str, now_ns: int) -> None:
        """Make an active market inactive; orders stay and may be canceled. Raises `Rejection`."""
        self._lifecycle.advance(now_ns)
        self._lifecycle.pause(self._market(ticker), now_ns)

    def reactivate_market(self, ticker: str, now_ns: int) -> None:
        """Make an inactive market active again, which cancels its orders. Raises `Rejection`."""
        self._lifecycle.advance(now_ns)
        self._lifecycle.reactivate(self._market(ticker), now_ns)

    def close_market(self, ticker: str, now_ns: int) -> None:
        """Close a market now, as its close time would. Raises `Rejection` (404)."""
        self._lifecycle.advance(now_ns)
        self._lifecycle.close(self._market(ticker), now_ns)

    def move_close(self, ticker: str, close_ns: int, now_ns: int) -> None:
        """Close a market earlier or later; a closed one with time left trades again.

        Orders that were canceled at the close stay canceled. Raises `Rejection`.
        """
        self._lifecycle.advance(now_ns)
        self._lifecycle.move_close(self._market(ticker), close_ns, now_ns)

    def take_happenings(self) -> list[Happening]:
        """Return and forget what happened, in the wire's order."""
        taken, self._floor.outbox = self._floor.outbox, []
        return taken

    def restore_account(self, account: Account) -> None:
        """Take up a customer of an earlier run; its live orders follow by `restore_order`.

        The crowd's side of its positions is gone with the crowd: an account of the house that does
        nothing else holds it, so that contracts still add up.
        """
        self.accounts[account.account_id] = account
        carried = self.open_house(CARRIED)
        for holding in account.holdings.values():
            before = carried.nets.get(holding.ticker, 0)
            after = carried.nets[holding.ticker] = before - holding.net
            market = self.markets.get(holding.ticker)
            if market is not None:
                change = max(holding.net, 0) + max(after, 0) - max(before, 0)
                market.open_interest = Count(market.open_interest + change)

    def restore_order(self, order: CustomerOrder) -> None:
        """Put back a live order of an earlier run; call it in the order of arrival. Tells nobody.

        An order whose market is not listed any more, or is closed, is canceled.
        """
        market = self.markets.get(order.ticker)
        if market is None or market.status is MarketStatus.CLOSED:
            order.remaining = NO_COUNT
            order.status, order.reason = OrderStatus.CANCELED, UpdateReason.CLOSE_CANCEL
            return
        outbox, self._floor.outbox = self._floor.outbox, []
        self._floor.rest(market, order, order.updated_ns)
        self._floor.outbox = outbox
        self._lifecycle.schedule_expiry(order)

    def _market(self, ticker: str) -> ListedMarket:
        market = self.markets.get(ticker)
        if market is None:
            raise rejections.not_found()
        return market

    def _check_open(self) -> None:
        if not self.exchange_active:
            raise rejections.exchange_is_paused()
        if not self.trading_active:
            raise rejections.trading_is_paused()

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
        return _placed(taker, plan, (), "", now_ns)

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
        legs: list[Leg] = []
        net, accumulator = holding.net, NO_MONEY
        for maker, filled in plan.fills:
            leg = holding.leg(
                net, taker.side, maker.price, filled, market.fees, Role.TAKER, accumulator
            )
            net += filled if taker.side is BookSide.BID else -filled
            accumulator = leg.accumulator
            legs.append(leg)
        rest = taker if taker.remaining else None
        if not account.can_afford(holding, taker, legs, rest, plan.yielding):
            raise rejections.insufficient_balance()
        taker.order_id = self._floor.order_id()
        account.open(taker)
        self._floor.execute(market, taker, plan, legs, now_ns)
        _conclude(taker, plan, capped=size < order.size)
        self._report(market, plan, taker)
        self._lifecycle.schedule_expiry(taker)
        return _placed(taker, plan, legs, taker.client_order_id, now_ns)

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


def _conclude(taker: CustomerOrder, plan: Plan, *, capped: bool) -> None:
    """Set the status and the reason of an order that has met the book."""
    if taker.filled:
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


def _placed(
    taker: Order, plan: Plan, legs: Sequence[Leg], client_order_id: str, now_ns: int
) -> Placed:
    return Placed(
        taker.order_id,
        client_order_id,
        Count(sum(size for _, size in plan.fills)),
        taker.remaining,
        Money(sum(maker.price * size for maker, size in plan.fills)),
        Money(sum(leg.fee for leg in legs)),
        now_ns,
    )
