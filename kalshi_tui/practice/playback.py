"""Plays one recorded market: its orders stand in the book, customers trade against them.

The rule. The recorded book is made of orders of one house account, trades are made by another. A
recorded order that meets a customer's trades with it. A recorded trade is served by the queue as it
stands, so that a customer's order is filled when the prints have used up what was ahead of it. What
a customer took stays taken: a recorded removal that finds less than it wants takes what is there.
After a pause that emptied the book it is put up again as recorded. Takes times as arguments.
"""

from collections.abc import Sequence

from kalshi_tui.core.book import Book
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import NewOrder, Order
from kalshi_tui.practice.recording import Recording, Step
from kalshi_tui.practice.rejections import Rejection

QUOTES = "replay-quotes"
TRADES = "replay-trades"
"""The house accounts: what rests, and who takes. Each recorded market has its own of both."""


class Player:
    """One recorded market on one exchange."""

    def __init__(self, exchange: Exchange, market: ListedMarket, recording: Recording) -> None:
        self._exchange = exchange
        self._market = market
        self._recording = recording
        self._quotes = f"{QUOTES}-{market.ticker}"
        self._trades = f"{TRADES}-{market.ticker}"
        self._orders = exchange.open_house(self._quotes).orders
        exchange.open_house(self._trades)
        self._levels: dict[tuple[BookSide, Price], list[str]] = {}
        self._recorded = Book()
        self._next = 0
        self._is_torn = False
        self._start_ns = 0

    def open(self, at_ns: int) -> None:
        """Begin now: the first step happens at `at_ns`."""
        self._start_ns = at_ns

    def next_ns(self) -> int | None:
        """Return when the next step is due; None after the last."""
        steps = self._recording.steps
        if self._next >= len(steps):
            return None
        return self._start_ns + steps[self._next].after_ns

    def play(self, at_ns: int) -> None:
        """Do all steps of the next stamp."""
        group = self._group()
        for step in group:
            self._recorded.apply(step.side, step.price, step.change)
        if not self._is_open():
            self._is_torn = True
            return
        if not self._orders and self._next > len(group):
            self._is_torn = True
        put_off = [step for step in group if not self._perform(step, at_ns)]
        for step in put_off:
            self._is_torn = True
            self._rest(step.side, step.price, step.change, at_ns)
        if self._is_torn and not self._recorded.is_crossed:
            self._mend(at_ns)

    def _group(self) -> Sequence[Step]:
        steps, first = self._recording.steps, self._next
        stamp = steps[first].after_ns
        while self._next < len(steps) and steps[self._next].after_ns == stamp:
            self._next += 1
        return steps[first : self._next]

    def _is_open(self) -> bool:
        market = self._market
        return market.status is MarketStatus.ACTIVE and self._exchange.is_trading(
            market.listing.exchange_index
        )

    def _perform(self, step: Step, at_ns: int) -> bool:
        """Do a step; return False for an order that stands against the recording's own."""
        if step.is_trade:
            size = Count(-step.change)
            self._send(self._trades, step.side.other, step.price, size, at_ns, TimeInForce.IOC)
        elif step.change < 0:
            self._remove(step.side, step.price, Count(-step.change), at_ns)
        elif self._crosses_own(step.side, step.price):
            return False
        else:
            self._rest(step.side, step.price, step.change, at_ns)
        return True

    def _crosses_own(self, side: BookSide, price: Price) -> bool:
        """Return True inside a stamp in which the recorded book is locked or crossed."""
        book = self._market.book
        if not book.crosses(side, price):
            return False
        best = book.best_ask if side is BookSide.BID else book.best_bid
        return best is not None and any(
            order.account_id == self._quotes for order in book.orders(side.other, best)
        )

    def _rest(self, side: BookSide, price: Price, size: Count, at_ns: int) -> None:
        order_id = self._send(self._quotes, side, price, size, at_ns, TimeInForce.GTC)
        if order_id is not None and order_id in self._orders:
            self._levels.setdefault((side, price), []).append(order_id)

    def _remove(self, side: BookSide, price: Price, size: int, at_ns: int) -> None:
        """Take contracts out of a level: the newest order of that size, else the newest ones."""
        live = self._live(side, price)
        for order in reversed(live):
            if order.remaining == size:
                self._exchange.cancel(self._quotes, order.order_id, at_ns)
                return
        for order in reversed(live):
            taken = Count(min(size, order.remaining))
            self._exchange.trim(self._quotes, order.order_id, taken, at_ns)
            size -= taken
            if not size:
                return

    def _live(self, side: BookSide, price: Price) -> list[Order]:
        """Return the recording's own orders at a price, oldest first; forget what is gone."""
        ids = self._levels.get((side, price), [])
        live = [order for each in ids if (order := self._orders.get(each)) is not None]
        if live:
            self._levels[side, price] = [order.order_id for order in live]
        else:
            self._levels.pop((side, price), None)
        return live

    def _mend(self, at_ns: int) -> None:
        """Put the book up as recorded."""
        self._is_torn = False
        for side, price in list(self._levels):
            held = sum(each.remaining for each in self._live(side, price))
            over = held - self._recorded.size_at(side, price)
            if over > 0:
                self._remove(side, price, over, at_ns)
        for side in BookSide:
            for level in self._recorded.levels(side):
                held = sum(each.remaining for each in self._live(side, level.price))
                if held < level.size:
                    self._rest(side, level.price, Count(level.size - held), at_ns)

    def _send(
        self,
        account: str,
        side: BookSide,
        price: Price,
        size: Count,
        at_ns: int,
        lasts: TimeInForce,
    ) -> str | None:
        order = NewOrder(self._market.ticker, side, price, size, lasts, SelfTradePrevention.MAKER)
        try:
            return self._exchange.place(account, order, at_ns).order_id
        except Rejection:
            return None
