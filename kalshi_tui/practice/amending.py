"""Changes of live orders on the practice exchange: amend and decrease.

Owns when an order keeps its place in the queue and what an amend that crosses does. Must not know
HTTP, files or the time. A refused command changed nothing.
Source: trading API reference, amend and decrease; openapi.yaml `AmendOrderV2Request`.
"""

from collections.abc import Sequence
from dataclasses import replace

from kalshi_tui.core.units import NO_COUNT, Count
from kalshi_tui.practice import admission, rejections
from kalshi_tui.practice.accounts import Account, Leg
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.matching import Plan
from kalshi_tui.practice.orders import (
    Amended,
    Amendment,
    CustomerOrder,
    Decreased,
    OrderStatus,
    UpdateReason,
)
from kalshi_tui.practice.placing import Placing, conclude, cost_of, fees_of, legs_of


class Amending(Placing):
    """Changes orders."""

    def amend(
        self,
        account_id: str,
        order_id: str,
        amendment: Amendment,
        now_ns: int,
        exchange_index: int | None = None,
    ) -> Amended:
        """Change price, total, expiry or name of a live order.

        It keeps its place unless the price changes or more is wanted; then it goes to the back, and
        where it crosses it trades as a taker. A post-only order that would cross is canceled, which
        is an answer and no refusal. A total equal to what is filled ends it. Raises `Rejection`.
        """
        order, market, account = self._changeable(account_id, order_id, exchange_index, now_ns)
        admission.check_amendment(order, amendment, market, now_ns)
        _check_name(account, order, amendment)
        left = Count(amendment.total - order.filled)
        resting, filled = order.remaining, order.filled
        if left and (amendment.price != order.price or left > resting):
            plan, legs = self._replan(market, account, order, amendment)
            self._rename(account, order, amendment)
            self._replace(market, order, amendment, plan, legs, now_ns)
        else:
            plan, legs = Plan([], [], left, False), []
            self._rename(account, order, amendment)
            self._lessen(market, order, amendment, now_ns)
        self._report(market, plan, order)
        self._finish_groups(now_ns)
        return Amended(
            order.order_id,
            order.client_order_id,
            Count(order.filled - filled),
            order.remaining,
            order.remaining != resting,
            cost_of(plan),
            fees_of(legs),
            now_ns,
        )

    def decrease(
        self,
        account_id: str,
        order_id: str,
        now_ns: int,
        *,
        reduce_by: Count | None = None,
        reduce_to: Count | None = None,
        exchange_index: int | None = None,
    ) -> Decreased:
        """Take contracts off a live order, which keeps its place; at 0 it is canceled.

        `reduce_by` may be more than rests; `reduce_to` may not. Raises `Rejection`.
        """
        order, market, _ = self._changeable(account_id, order_id, exchange_index, now_ns)
        left = admission.decrease_to(order, reduce_by, reduce_to)
        if left < order.remaining:
            self._floor.shrink(market, order, Count(order.remaining - left), now_ns)
            order.reason, order.updated_ns = UpdateReason.DECREASE, now_ns
            if not left:
                order.status = OrderStatus.CANCELED
            self._floor.report(order)
        return Decreased(order.order_id, order.client_order_id, order.remaining, now_ns)

    def trim(self, account_id: str, order_id: str, by: Count, now_ns: int) -> None:
        """Take contracts off a crowd order, which keeps its place. Raises `Rejection`."""
        self._lifecycle.advance(now_ns)
        order = self._live(account_id, order_id, None)
        market = self.markets[order.ticker]
        self._halts.check_trading(market.listing.exchange_index)
        admission.check_market(market)
        self._floor.trim(market, order, by, now_ns)

    def _changeable(
        self, account_id: str, order_id: str, exchange_index: int | None, now_ns: int
    ) -> tuple[CustomerOrder, ListedMarket, Account]:
        """Return a live order that may be changed now. Raises `Rejection`."""
        self._lifecycle.advance(now_ns)
        order = self._live(account_id, order_id, exchange_index)
        if not isinstance(order, CustomerOrder):
            raise rejections.not_found()
        market = self.markets[order.ticker]
        self._halts.check_trading(order.exchange_index)
        admission.check_market(market)
        return order, market, self.accounts[account_id]

    def _lessen(
        self, market: ListedMarket, order: CustomerOrder, amendment: Amendment, now_ns: int
    ) -> None:
        """Carry out an amend that keeps its place, or ends the order."""
        by = Count(order.filled + order.remaining - amendment.total)
        order.initial, order.reason = amendment.total, UpdateReason.AMEND
        order.updated_ns = now_ns
        if by:
            self._floor.shrink(market, order, by, now_ns)
        if not order.remaining:
            order.status = OrderStatus.EXECUTED

    def _rename(self, account: Account, order: CustomerOrder, amendment: Amendment) -> None:
        """Burn the new name and take up the new expiry."""
        if amendment.updated_client_order_id:
            order.client_order_id = amendment.updated_client_order_id
            account.used_ids[order.client_order_id] = order.order_id
        if amendment.expires_s is not None:
            order.expires_s = amendment.expires_s or None
            self._lifecycle.schedule_expiry(order)

    def _replan(
        self, market: ListedMarket, account: Account, order: CustomerOrder, amendment: Amendment
    ) -> tuple[Plan, list[Leg]]:
        """Work out what the order meets at its new terms. Raises `Rejection`."""
        left = Count(amendment.total - order.filled)
        crosses = market.book.crosses(order.side, amendment.price)
        if not crosses:
            plan = Plan([], [], left, False)
        elif order.post_only:
            return Plan([], [], left, True), []
        else:
            plan = market.book.plan(
                order.side,
                amendment.price,
                left,
                account.account_id,
                order.self_trade_prevention,
            )
        probe = replace(
            order, price=amendment.price, remaining=NO_COUNT if plan.stopped else plan.left
        )
        holding = account.holdings[order.ticker]
        legs = legs_of(holding, probe, plan, market)
        rest = probe if probe.remaining else None
        if not account.can_afford(holding, probe, legs, rest, [order, *plan.yielding]):
            raise rejections.insufficient_balance()
        return plan, legs

    def _replace(
        self,
        market: ListedMarket,
        order: CustomerOrder,
        amendment: Amendment,
        plan: Plan,
        legs: Sequence[Leg],
        now_ns: int,
    ) -> None:
        """Carry out an amend that loses its place."""
        if plan.stopped and order.post_only:
            self._floor.withdraw(market, order, UpdateReason.POST_ONLY_CROSS_CANCEL, now_ns)
            return
        self._floor.pull(market, order, now_ns)
        order.price, order.initial = amendment.price, amendment.total
        order.remaining = NO_COUNT if plan.stopped else plan.left
        order.reason, order.updated_ns = UpdateReason.AMEND, now_ns
        self._floor.execute(market, order, plan, legs, now_ns)
        conclude(order, plan, capped=False)


def _check_name(account: Account, order: CustomerOrder, amendment: Amendment) -> None:
    """Refuse a new name that was accepted before. Raises `Rejection`."""
    name = amendment.updated_client_order_id
    if name and name != order.client_order_id and name in account.used_ids:
        raise rejections.order_already_exists()
