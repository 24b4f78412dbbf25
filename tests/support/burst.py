"""A workstation without a screen that trades in bursts until it is killed.

`python -m tests.support.burst STATE REST WS KEY_ID KEY_FILE SEED`: says `ready` once it can trade,
then places, changes and cancels at random as fast as it may.
"""

import sys
import threading
from pathlib import Path
from random import Random

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import LadderView, OrdersView, Pane, StatusView, View, ViewKey
from kalshi_tui.session.build import Loopback, build
from kalshi_tui.session.desk import Desk

WIDE = Limits(
    open_orders=100_000,
    order_cost=Money(10**12),
    position_count=Count(10**9),
    event_risk=Money(10**14),
    total_risk=Money(10**14),
    day_loss=Money(10**14),
    orders_per_second=10_000,
    orders_per_minute=100_000,
)
CONFIRMED = frozenset({"in_doubt", "repeat", "empty_side"})
MOST_LIVE = 40


class Trader:
    """One desk and what it shows."""

    def __init__(self, desk: Desk, chance: Random) -> None:
        self._desk = desk
        self._chance = chance
        self._woken = threading.Event()
        self._views: dict[ViewKey, View] = {}
        desk.start(self._woken.set)

    def look(self, seconds: float) -> None:
        """Wait for news, at most so long, and take them."""
        self._woken.wait(seconds)
        self._woken.clear()
        self._views.update(self._desk.take().views)

    @property
    def ladder(self) -> LadderView | None:
        ladders = [each for each in self._views.values() if isinstance(each, LadderView)]
        return next((each for each in ladders if each.status is BookStatus.LIVE), None)

    @property
    def can_trade(self) -> bool:
        status = self._views.get((Pane.STATUS, ""))
        return (
            self.ladder is not None and isinstance(status, StatusView) and status.cash is not None
        )

    def act(self) -> None:
        """Do one thing."""
        ladder, chance = self.ladder, self._chance
        orders = self._views.get((Pane.ORDERS, ""))
        live = orders.live if isinstance(orders, OrdersView) else ()
        if ladder is None:
            return
        ticker, draw = ladder.market.ticker, chance.random()
        if len(live) > MOST_LIVE or draw < 0.02:
            self._desk.cancel_market(ticker)
        elif draw < 0.25 and live:
            self._desk.cancel([chance.choice(live).client_order_id])
        elif draw < 0.35 and live:
            row = chance.choice(live)
            self._desk.amend(row.client_order_id, self._price(), row.initial)
        elif draw < 0.45:
            self._desk.place_batch([self._terms(ticker) for _ in range(3)])
        elif draw < 0.55 and ladder.best_ask is not None:
            terms = OrderTerms(
                ticker, BookSide.BID, ladder.best_ask.price, Count(100), TimeInForce.IOC
            )
            self._desk.place(terms, CONFIRMED)
        else:
            self._desk.place(self._terms(ticker), CONFIRMED)

    def _terms(self, ticker: str) -> OrderTerms:
        return OrderTerms(ticker, BookSide.BID, self._price(), Count(100))

    def _price(self) -> Price:
        return Price(100 * self._chance.randint(1, 9))


def main(arguments: list[str]) -> None:
    """Trade until the end."""
    state, rest, socket, key_id, key_file, seed = arguments
    chance = Random(seed)
    loopback = Loopback(rest, socket, key_id, Path(key_file))
    trader = Trader(build(state_dir=Path(state), limits=WIDE, loopback=loopback), chance)
    while not trader.can_trade:
        trader.look(0.05)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for _ in range(chance.randint(1, 3)):
            trader.act()
        trader.look(chance.uniform(0.0, 0.05))


if __name__ == "__main__":
    main(sys.argv[1:])
