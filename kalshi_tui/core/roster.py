"""Which orders can still move a position, market by market, and what changed since the last look.

An order counts while it is live, and after its end while fills that were stated or may have
happened are not booked. Owns that index alone: the ledger files every order here again after each
change of it, and each reader of the changes has a record of its own. Decides nothing.
"""

from collections.abc import Iterable, Mapping

from kalshi_tui.core.orders import Order
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Price

Touched = dict[str, set[str]]
"""By market, the client order ids that were filed again; no ids where only what is held moved."""

_NONE: Mapping[str, Order] = {}


def remember_price(order: Order, price: Price) -> None:
    """Note a price that an order had or may have had: fills at it may still be untold (INV-8)."""
    worse = max if order.terms.side is BookSide.BID else min
    order.dearest = price if order.dearest is None else worse(order.dearest, price)


class Roster:
    """Orders by market. They keep the order in which they were first filed."""

    def __init__(self) -> None:
        self._live: dict[str, Order] = {}
        self._counting: dict[str, dict[str, Order]] = {}
        self._watchers: list[Touched] = []

    def watch(self, held: Iterable[str] = ()) -> Touched:
        """Return a record of every later change, which its reader empties.

        It begins with all that counts, and with the markets `held`.
        """
        watcher = {ticker: set(orders) for ticker, orders in self._counting.items()}
        for ticker in held:
            watcher.setdefault(ticker, set())
        self._watchers.append(watcher)
        return watcher

    def weigh(self, order: Order) -> None:
        """File an order anew: something that it can do to a position may have changed."""
        key, ticker, is_live = order.client_order_id, order.terms.ticker, order.is_live
        if is_live:
            self._live[key] = order
        else:
            self._live.pop(key, None)
        if is_live or (order.unbooked and not order.external):
            self._counting.setdefault(ticker, {})[key] = order
        elif ticker in self._counting:
            self._counting[ticker].pop(key, None)
        for watcher in self._watchers:
            watcher.setdefault(ticker, set()).add(key)

    def moved(self, ticker: str) -> None:
        """What is held in a market changed."""
        for watcher in self._watchers:
            watcher.setdefault(ticker, set())

    def live(self, ticker: str | None = None) -> list[Order]:
        """Return the orders that may still trade, oldest first."""
        if ticker is None:
            return list(self._live.values())
        return [order for order in self._counting.get(ticker, _NONE).values() if order.is_live]

    def counting(self, ticker: str) -> Mapping[str, Order]:
        """Return the orders of a market that count, by client order id."""
        return self._counting.get(ticker, _NONE)
