"""Faults that are done once: a burst, makers that walk away, a gap, an empty purse, a group's end.

Acts through the commands that anybody uses, so that books, cash and contracts stay right. Owns no
time: whoever drives the venue calls `perform` when a deed is due.
Source: practice-exchange reference, faults by name (frames: burst; world).
"""

from collections.abc import Callable

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count, Money, Price
from kalshi_tui.practice.crowd import Crowd
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.faults import Fault
from kalshi_tui.practice.orders import NewOrder
from kalshi_tui.practice.rejections import Rejection

BURST = "burst"
"""The house account whose orders make a burst."""

_LOT = Count(100)
_DEPTH = Price(100)
"""Bursts are made at one cent, which is valid on every grid and trades with nobody."""

CENTICENT = 100
"""Money moves in hundredths of a cent."""

_AWAY_NS = 5_000_000_000
_LEFT = Money(1_000_000)
"""What `low_balance` leaves in each purse: one dollar."""


class Deeds:
    """What the faults of this kind do to one exchange."""

    def __init__(self, exchange: Exchange, crowd: Crowd | None) -> None:
        self._exchange = exchange
        self._crowd = crowd
        self._deeds: dict[str, Callable[[Fault, int], None]] = {
            "burst": self._burst,
            "withdraw_makers": self._withdraw_makers,
            "gap": self._gap,
            "low_balance": self._low_balance,
            "trigger_group": self._trigger_group,
        }

    def perform(self, fault: Fault, now_ns: int) -> None:
        """Do what a fault asks for, as far as the state of the exchange lets it."""
        self._deeds[fault.name](fault, now_ns)

    def _tickers(self, fault: Fault) -> list[str]:
        named = fault.scope.get("market")
        markets = self._exchange.markets
        if named is not None:
            return [str(named)] if named in markets else []
        return [ticker for ticker, each in markets.items() if each.status is MarketStatus.ACTIVE]

    def _accounts(self, fault: Fault) -> list[str]:
        named = fault.scope.get("account")
        accounts = self._exchange.accounts
        if named is not None:
            return [str(named)] if named in accounts else []
        return list(accounts)

    def _burst(self, fault: Fault, now_ns: int) -> None:
        """Make `n` changes in one market under one timestamp: an order comes, an order goes."""
        tickers = self._tickers(fault)[:1]
        self._exchange.open_house(BURST)
        for ticker in tickers:
            left = fault.whole("n")
            while left > 0:
                order = NewOrder(ticker, BookSide.BID, _DEPTH, _LOT, TimeInForce.GTC)
                try:
                    placed = self._exchange.place(BURST, order, now_ns)
                except Rejection:
                    break  # the market does not trade now
                left -= 1
                if left and placed.remaining > NO_COUNT:
                    self._exchange.cancel(BURST, placed.order_id, now_ns)
                    left -= 1

    def _withdraw_makers(self, fault: Fault, now_ns: int) -> None:
        if self._crowd is not None:
            until_ns = now_ns + _AWAY_NS if fault.ends_ns is None else fault.ends_ns
            self._crowd.withdraw_makers(self._tickers(fault), until_ns, now_ns)

    def _gap(self, fault: Fault, now_ns: int) -> None:
        if self._crowd is not None:
            self._crowd.gap(self._tickers(fault), fault.whole("ticks"), now_ns)

    def _low_balance(self, fault: Fault, now_ns: int) -> None:
        """Withdraw all but a dollar of what is free, from each shard."""
        for account_id in self._accounts(fault):
            account = self._exchange.accounts[account_id]
            for index in self._exchange.shards:
                free = account.available(index) - _LEFT
                free -= free % CENTICENT
                if free > 0:
                    self._exchange.withdraw(account_id, Money(free), now_ns, index)

    def _trigger_group(self, fault: Fault, now_ns: int) -> None:
        """Trigger every order group of the account, as if each had traded beyond its limit."""
        for account_id in self._accounts(fault):
            for group in self._exchange.groups(account_id):
                if not group.triggered and self._exchange.is_open(group.exchange_index):
                    self._exchange.trigger_group(account_id, group.group_id, now_ns)
