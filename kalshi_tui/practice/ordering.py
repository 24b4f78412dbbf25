"""Cancels and questions about orders on the practice exchange.

Owns which cancel is refused, the tail of a cancel-all, and what may be asked of orders. Must not
know HTTP, files or the time. Source: trading API reference, cancels, queue positions.
"""

from collections.abc import Collection, Iterator, Sequence

from kalshi_tui.core.units import Count
from kalshi_tui.practice import rejections
from kalshi_tui.practice.amending import Amending
from kalshi_tui.practice.hall import TAKES_CANCELS
from kalshi_tui.practice.orders import Canceled, CancelItem, CustomerOrder
from kalshi_tui.practice.rejections import Rejection

TAIL_NS = 60_000_000_000
"""For how long a cancel-all may catch orders that are placed after it: documented as a minute."""

SWEEP_NS = 10_000_000_000
"""How often it does so here, where the tail is switched on."""


class Ordering(Amending):
    """The order commands."""

    def __init__(self, run: int = 0) -> None:
        super().__init__(run)
        self.cancel_all_tail = False
        """Off by default: Kalshi says that a cancel-all *may* catch orders of the next minute. On,
        what rests of the account is canceled every ten seconds during that minute."""
        self._lifecycle.deeds["sweep"] = self._sweep

    def cancel(
        self, account_id: str, order_id: str, now_ns: int, exchange_index: int | None = None
    ) -> Canceled:
        """Cancel one live order.

        Raises `Rejection`: 404 for anything that is not live (canceled, executed and unknown look
        alike) or not on the given shard, 400 once the market is closed.
        """
        self._lifecycle.advance(now_ns)
        order = self._live(account_id, order_id, exchange_index)
        market = self.markets[order.ticker]
        if self._halts.any:
            self._halts.check_open(market.listing.exchange_index)
        if market.status not in TAKES_CANCELS:
            raise rejections.market_inactive()
        return self._cancel(market, order, now_ns)

    def cancel_each(
        self, account_id: str, items: Sequence[CancelItem | Rejection], now_ns: int
    ) -> list[Canceled | Rejection]:
        """Cancel a batch one after the other; a refusal stands for its own order only."""
        answers: list[Canceled | Rejection] = []
        for item in items:
            if isinstance(item, Rejection):
                answers.append(item)
                continue
            try:
                answers.append(self.cancel(account_id, item.order_id, now_ns, item.exchange_index))
            except Rejection as refused:
                answers.append(refused)
        return answers

    def cancel_all(self, account_id: str, now_ns: int) -> list[Canceled]:
        """Cancel every live order of the account whose market still takes cancels.

        Raises `Rejection` when all shards are in an exchange pause.
        """
        self._lifecycle.advance(now_ns)
        if not any(self._halts.is_open(index) for index in self.shards):
            raise rejections.exchange_is_paused()
        if self.cancel_all_tail:
            for after_ns in range(SWEEP_NS, TAIL_NS + 1, SWEEP_NS):
                self._lifecycle.enter(now_ns + after_ns, "sweep", account_id)
        return self._cancel_many(self._all_live(account_id), now_ns)

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

    def queue_positions(
        self, account_id: str, tickers: Collection[str] | None = None
    ) -> list[tuple[CustomerOrder, Count]]:
        """Return each live order of an account with the contracts ahead of it, oldest first.

        Every queue is walked once, however many of its orders are asked for.
        """
        ahead: dict[str, int] = {}
        live = [
            each
            for each in self.accounts[account_id].resting.values()
            if tickers is None or each.ticker in tickers
        ]
        for ticker, side, price in dict.fromkeys((e.ticker, e.side, e.price) for e in live):
            before = 0
            for each in self.markets[ticker].book.orders(side, price):
                ahead[each.order_id] = before
                before += each.remaining
        return [(each, Count(ahead[each.order_id])) for each in live]

    def _sweep(self, account_id: str, at_ns: int) -> None:
        self._cancel_many(self._all_live(account_id), at_ns)
