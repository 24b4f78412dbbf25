"""The calendar of the practice exchange: openings, expiries, closes, pauses of one market.

Owns what is due and when, and the status of a market until it is closed. Acts on the floor; takes
the time as an argument. Everything due is stamped with its own time, however late it is noticed.
Source: trading API reference, market life cycle; recorded close sequence (README item 6).
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import NamedTuple

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.practice import rejections
from kalshi_tui.practice.floor import Floor
from kalshi_tui.practice.happenings import BookCleared, CloseMoved, MarketListed, StatusChanged
from kalshi_tui.practice.market import ListedMarket, Listing
from kalshi_tui.practice.orders import CustomerOrder, UpdateReason

_NS_PER_S = 1_000_000_000

CLEARING_NS = 700_000_000
"""From the close of a market to the cancel of all its orders; recorded: 0.5 to 0.9 s."""

BEFORE_CLOSE = (MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE)
"""The states of a market that has not closed."""


class _Due(NamedTuple):
    """Something to do. Equal times are served in the order of entry."""

    at_ns: int
    entry: int
    deed: str
    key: str


class Lifecycle:
    """What happens by the calendar, and the status changes that a person may cause."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._due: list[_Due] = []
        self._entries = 0
        self.deeds: dict[str, Callable[[str, int], None]] = {
            "expire": self._expire,
            "open": self._open,
            "close": self._close_due,
            "clear": self._clear_due,
        }
        """What a calendar entry does, by its name; other parts of the exchange add theirs."""

    def next_due_ns(self) -> int | None:
        """Return when there is something to do next."""
        return self._due[0].at_ns if self._due else None

    def advance(self, now_ns: int) -> None:
        """Do everything that is due by now, in order of its time."""
        while self._due and self._due[0].at_ns <= now_ns:
            due = heappop(self._due)
            self.deeds[due.deed](due.key, due.at_ns)

    def list_market(self, listing: Listing, now_ns: int) -> ListedMarket:
        """Add a market; it is active from `open_ns` to `close_ns`."""
        status = MarketStatus.ACTIVE
        if now_ns < listing.open_ns:
            status = MarketStatus.INITIALIZED
            self.enter(listing.open_ns, "open", listing.ticker)
        if now_ns >= listing.close_ns:
            status = MarketStatus.CLOSED
        else:
            self.enter(listing.close_ns, "close", listing.ticker)
        market = ListedMarket(
            listing,
            status,
            listing.grid,
            listing.fees,
            listing.close_ns,
            structure=listing.structure,
            created_ns=now_ns,
        )
        self._floor.markets[listing.ticker] = market
        self._floor.outbox.append(MarketListed(listing.ticker, now_ns))
        return market

    def resume(self, market: ListedMarket, now_ns: int) -> None:
        """Put into the calendar what the state of a restored market still has ahead of it.

        Nothing is dated before `now_ns`, because time never runs backwards.
        """
        if market.status is MarketStatus.INITIALIZED:
            self.enter(max(market.listing.open_ns, now_ns), "open", market.ticker)
        if market.status in BEFORE_CLOSE:
            self.enter(max(market.close_ns, now_ns), "close", market.ticker)
        elif market.status is MarketStatus.CLOSED:
            self.enter(max(market.close_ns + CLEARING_NS, now_ns), "clear", market.ticker)
        elif market.finalizes_ns:
            market.finalizes_ns = max(market.finalizes_ns, now_ns)
            self.enter(market.finalizes_ns, "settle", market.ticker)

    def schedule_expiry(self, order: CustomerOrder) -> None:
        """Note when a resting order expires, if ever."""
        if order.expires_s is not None and order.remaining:
            self.enter(order.expires_s * _NS_PER_S, "expire", order.order_id)

    def pause(self, market: ListedMarket, now_ns: int) -> None:
        """Make an active market inactive; its orders stay and may be canceled."""
        self._change(market, MarketStatus.ACTIVE, MarketStatus.INACTIVE, now_ns)

    def reactivate(self, market: ListedMarket, now_ns: int) -> None:
        """Make an inactive market active again, which cancels all its orders."""
        self._change(market, MarketStatus.INACTIVE, MarketStatus.ACTIVE, now_ns)
        self._cancel_book(market, UpdateReason.HALT_CANCEL, now_ns)

    def close(self, market: ListedMarket, now_ns: int) -> None:
        """Close a market before its time, which is told as a new close time."""
        if market.status not in BEFORE_CLOSE:
            raise rejections.market_inactive()
        market.close_ns = now_ns
        self._floor.outbox.append(CloseMoved(market.ticker, now_ns, now_ns))
        self._close(market, now_ns)

    def clear(self, market: ListedMarket, at_ns: int) -> None:
        """Cancel what is left in the book of a closed market; says nothing of an empty book."""
        if market.book.best_bid is not None or market.book.best_ask is not None:
            self._cancel_book(market, UpdateReason.CLOSE_CANCEL, at_ns)
            self._floor.outbox.append(BookCleared(market.ticker, at_ns))

    def move_close(self, market: ListedMarket, close_ns: int, now_ns: int) -> None:
        """Give a market that is not determined yet another close time, which may reopen it."""
        if market.status not in (*BEFORE_CLOSE, MarketStatus.CLOSED):
            raise rejections.market_inactive()
        market.close_ns = close_ns
        self._floor.outbox.append(CloseMoved(market.ticker, close_ns, now_ns))
        self.enter(max(close_ns, now_ns), "close", market.ticker)
        if market.status is MarketStatus.CLOSED and close_ns > now_ns:
            self.turn(market, MarketStatus.ACTIVE, now_ns)

    def enter(self, at_ns: int, deed: str, key: str) -> None:
        """Note something to do; `deed` is one of `deeds`."""
        self._entries += 1
        heappush(self._due, _Due(at_ns, self._entries, deed, key))

    def turn(self, market: ListedMarket, status: MarketStatus, at_ns: int) -> None:
        """Put a market into another state and say so."""
        before, market.status = market.status, status
        market.updated_ns = at_ns
        self._floor.outbox.append(StatusChanged(market.ticker, before, status, at_ns))

    def _open(self, ticker: str, at_ns: int) -> None:
        market = self._floor.markets[ticker]
        if market.status is MarketStatus.INITIALIZED:
            self.turn(market, MarketStatus.ACTIVE, at_ns)

    def _close_due(self, ticker: str, at_ns: int) -> None:
        market = self._floor.markets[ticker]
        if at_ns >= market.close_ns:
            self._close(market, at_ns)

    def _clear_due(self, ticker: str, at_ns: int) -> None:
        market = self._floor.markets[ticker]
        if market.status in BEFORE_CLOSE or market.status is MarketStatus.FINALIZED:
            return
        self._cancel_book(market, UpdateReason.CLOSE_CANCEL, at_ns)
        self._floor.outbox.append(BookCleared(ticker, at_ns))

    def _expire(self, order_id: str, at_ns: int) -> None:
        order = self._floor.live.get(order_id)
        if order is None or order.expires_s is None or order.expires_s * _NS_PER_S > at_ns:
            return
        market = self._floor.markets[order.ticker]
        self._floor.withdraw(market, order, UpdateReason.EXPIRY_CANCEL, at_ns)
        self._floor.report(order)

    def _close(self, market: ListedMarket, at_ns: int) -> None:
        if market.status in BEFORE_CLOSE:
            self.turn(market, MarketStatus.CLOSED, at_ns)
            self.enter(at_ns + CLEARING_NS, "clear", market.ticker)

    def _cancel_book(self, market: ListedMarket, reason: UpdateReason, at_ns: int) -> None:
        orders = market.book.all_orders()
        for order in orders:
            self._floor.withdraw(market, order, reason, at_ns)
        for order in orders:
            self._floor.report(order)

    def _change(
        self, market: ListedMarket, before: MarketStatus, after: MarketStatus, now_ns: int
    ) -> None:
        if market.status is not before:
            raise rejections.market_inactive()
        self.turn(market, after, now_ns)
