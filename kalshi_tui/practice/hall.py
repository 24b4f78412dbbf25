"""The parts that every command of the practice exchange works on, and how a command begins.

Owns the wiring: one floor, one calendar, one set of groups, halts, fees and purses. The commands
are in the modules that build on it: `ordering`, `grouping`, `banking`, `governing`. Holds no rule.
"""

from collections.abc import Mapping

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.practice import rejections
from kalshi_tui.practice.accounts import Account
from kalshi_tui.practice.clearing import Clearing
from kalshi_tui.practice.floor import Floor
from kalshi_tui.practice.halts import Halts
from kalshi_tui.practice.house import HouseAccount
from kalshi_tui.practice.lifecycle import Lifecycle
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import AUTO_ROUTE, CustomerOrder, Order
from kalshi_tui.practice.tariff import Tariff
from kalshi_tui.practice.treasury import Purse

TAKES_CANCELS = (MarketStatus.ACTIVE, MarketStatus.INACTIVE)
"""The states of a market in which its orders may be canceled; after the close not even that."""


class Hall:
    """What the exchange consists of."""

    def __init__(self, run: int = 0) -> None:
        self._floor = Floor(run)
        self._lifecycle = Lifecycle(self._floor)
        self._clearing = Clearing(self._floor, self._lifecycle)
        self._groups = self._floor.groups
        self._halts = Halts()
        self._tariff = Tariff()
        self._purses: dict[str, Purse] = {}

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

    @property
    def purses(self) -> Mapping[str, Purse]:
        """Deposits, withdrawals and transfers by account id, for whoever keeps the state."""
        return self._purses

    @property
    def shards(self) -> tuple[int, ...]:
        """The exchange indexes that there are, ascending: 0, and each that has a market or cash."""
        found = {each.listing.exchange_index for each in self.markets.values()}
        for account in self.accounts.values():
            found.update(account.cash)
        return tuple(sorted({0} | found))

    def advance(self, now_ns: int) -> None:
        """Do everything that is due, each stamped with its own time."""
        self._lifecycle.advance(now_ns)

    def next_due_ns(self) -> int | None:
        """Return when `advance` has something to do next."""
        return self._lifecycle.next_due_ns()

    def route(self, exchange_index: int | None, ticker: str | None) -> int:
        """Return the shard that a request goes to.

        An index of 0 or more is taken as it is; -1 asks for the market's, and so does none at all
        where a ticker is given; without either it is 0. Raises `Rejection`.
        """
        if exchange_index is not None and exchange_index != AUTO_ROUTE:
            return exchange_index
        if ticker:
            return self._market(ticker).listing.exchange_index
        if exchange_index == AUTO_ROUTE:
            raise rejections.invalid_parameters("market_ticker is required for auto-routing")
        return 0

    def purse(self, account_id: str) -> Purse:
        """Return an account's money records, made at first use."""
        purse = self._purses.get(account_id)
        if purse is None:
            purse = self._purses[account_id] = Purse()
        return purse

    def _market(self, ticker: str) -> ListedMarket:
        market = self.markets.get(ticker)
        if market is None:
            raise rejections.not_found()
        return market

    def _live(self, account_id: str, order_id: str, exchange_index: int | None) -> Order:
        """Return a live order of an account. Raises `Rejection` (404)."""
        house = self.house.get(account_id)
        order: Order | None
        if house is not None:
            order = house.orders.get(order_id)
        else:
            order = self.accounts[account_id].resting.get(order_id)
        if order is None:
            raise rejections.not_found()
        elsewhere = isinstance(order, CustomerOrder) and order.exchange_index != exchange_index
        if exchange_index is not None and elsewhere:
            raise rejections.not_found()
        return order
