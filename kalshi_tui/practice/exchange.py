"""The practice exchange: listings, accounts, orders, and what happens when one meets another.

Sans-IO: commands in with the time as an argument, answers and happenings out. Owns the rules of
order entry; must not know HTTP, sockets, wall clocks, files or randomness. Calling contract: call
`advance(now_ns)` whenever `next_due_ns()` has come, and `take_happenings()` after each command;
time never runs backwards. Every refusal is a `Rejection`, and a refused command changed nothing.
Source: trading API reference (orders, error codes, cash model); recorded traffic for the order.
"""

from collections.abc import Iterable, Mapping

from kalshi_tui.core.units import Count, Money
from kalshi_tui.practice.accounts import Account
from kalshi_tui.practice.happenings import Happening
from kalshi_tui.practice.market import ListedMarket, Listing
from kalshi_tui.practice.orders import Canceled, CustomerOrder, NewOrder, Placed


class Exchange:
    """All markets and all accounts."""

    markets: dict[str, ListedMarket]
    accounts: dict[str, Account]
    trading_active: bool
    exchange_active: bool

    def __init__(self, *, run: int = 0) -> None:
        """`run` counts starts with the same state, so that no id is ever made twice."""

    def list_market(self, listing: Listing, now_ns: int) -> ListedMarket:
        """Add a market; active from `open_ns` to `close_ns`."""
        raise NotImplementedError

    def open_account(self, account_id: str, deposits: Mapping[int, Money]) -> Account:
        """Add a customer with cash per exchange index. An existing one is returned unchanged."""
        raise NotImplementedError

    def open_house(self, account_id: str) -> None:
        """Add a crowd account: no cash check, no private happenings, no annotation."""
        raise NotImplementedError

    def place(self, account_id: str, order: NewOrder, now_ns: int) -> Placed:
        """Create an order; trade at once what crosses. Raises `Rejection`."""
        raise NotImplementedError

    def cancel(self, account_id: str, order_id: str, now_ns: int) -> Canceled:
        """Cancel one live order. Raises `Rejection` (404 for anything not live)."""
        raise NotImplementedError

    def cancel_all(self, account_id: str, now_ns: int) -> list[Canceled]:
        """Cancel every live order of the account that can be canceled now."""
        raise NotImplementedError

    def order(self, account_id: str, order_id: str) -> CustomerOrder:
        """Return an account's order, live or done. Raises `Rejection` (404)."""
        raise NotImplementedError

    def orders(self, account_id: str) -> Iterable[CustomerOrder]:
        """Return all of an account's orders, newest first."""
        raise NotImplementedError

    def queue_ahead(self, order_id: str) -> Count:
        """Return the contracts ahead of a live customer order. Raises `Rejection` (404)."""
        raise NotImplementedError

    def advance(self, now_ns: int) -> None:
        """Do everything that is due: openings, expiries, closes."""

    def next_due_ns(self) -> int | None:
        """Return when `advance` has something to do next."""
        raise NotImplementedError

    def take_happenings(self) -> list[Happening]:
        """Return and forget what happened, in the wire's order."""
        raise NotImplementedError
