"""The practice exchange: listings, accounts, orders, and which of them is refused.

Sans-IO: commands in with the time as an argument, answers and happenings out. Puts the commands
together (`ordering`, `grouping`, `banking`, `governing`) and owns what is left: the crowd's
accounts, what is taken up from an earlier run, the outbox, the cutoff of history. Must not know
HTTP, sockets, wall clocks, files or randomness.
Calling contract: call `advance(now_ns)` whenever `next_due_ns()` has come, and `take_happenings()`
after each command; time never runs backwards. Every refusal is a `Rejection`, and a refused command
changed nothing.
Source: trading API reference (orders, error codes, cash model, life cycle).
"""

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.units import NO_COUNT, Count
from kalshi_tui.practice.accounts import Account
from kalshi_tui.practice.archive import LIVE_WINDOW_NS, Cutoff, cutoff_at
from kalshi_tui.practice.governing import Governing
from kalshi_tui.practice.groups import OrderGroup
from kalshi_tui.practice.happenings import Happening
from kalshi_tui.practice.house import HouseAccount
from kalshi_tui.practice.lifecycle import BEFORE_CLOSE
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import CustomerOrder, OrderStatus, UpdateReason
from kalshi_tui.practice.treasury import Purse

CARRIED = "carried-over"
"""The house account that holds the other side of positions from earlier runs."""


class Exchange(Governing):
    """All markets and all accounts."""

    def __init__(self, *, run: int = 0) -> None:
        """`run` counts starts with the same state, so that no id is ever made twice."""
        super().__init__(run)
        self.live_window_ns = LIVE_WINDOW_NS
        """How long records stay with the live endpoints."""

    def open_house(self, account_id: str) -> HouseAccount:
        """Add a crowd account: no cash check, no fees, no private happenings, no annotation."""
        return self.house.setdefault(account_id, HouseAccount(account_id))

    def cutoff(self, now_ns: int) -> Cutoff:
        """Return what the historical endpoints have taken over by now (`archive`)."""
        return cutoff_at(now_ns, self.live_window_ns)

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

    def restore_purse(self, account_id: str, purse: Purse, now_ns: int) -> None:
        """Take up an account's money records; what was on its way arrives."""
        self._purses[account_id] = purse
        self.resume_purse(account_id, now_ns)

    def restore_group(self, group: OrderGroup) -> None:
        """Take up an order group; call it before its orders are placed or restored."""
        self._groups.by_id[group.group_id] = group

    def restore_market(self, market: ListedMarket, now_ns: int) -> None:
        """Take up a market of an earlier run as it was left, with an empty book. Tells nobody.

        What is due by its state (open, close, clear, settle) is put into the calendar, also where
        its time has passed: the next `advance` does it. Its open interest comes back with the
        accounts, save that of a settled market, which stays.
        """
        self.markets[market.ticker] = market
        if market.status is not MarketStatus.FINALIZED:
            market.open_interest = NO_COUNT
        self._lifecycle.resume(market, now_ns)

    def find_group(self, group_id: str) -> OrderGroup | None:
        """Return a group of any account, or None."""
        return self._groups.by_id.get(group_id)

    def restore_order(self, order: CustomerOrder) -> None:
        """Put back a live order of an earlier run; call it in the order of arrival. Tells nobody.

        An order whose market is not listed any more, or is closed, is canceled.
        """
        market = self.markets.get(order.ticker)
        if market is None or market.status not in BEFORE_CLOSE:
            order.remaining = NO_COUNT
            order.status, order.reason = OrderStatus.CANCELED, UpdateReason.CLOSE_CANCEL
            return
        outbox, self._floor.outbox = self._floor.outbox, []
        self._floor.rest(market, order, order.updated_ns)
        self._floor.outbox = outbox
        self._lifecycle.schedule_expiry(order)
