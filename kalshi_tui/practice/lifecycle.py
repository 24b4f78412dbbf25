"""The calendar of the practice exchange: openings, expiries, closes, pauses of one market.

Owns what is due and when, and the status of a market. Acts on the floor; takes the time as an
argument. Everything due is stamped with its own time, however late it is noticed.
Source: trading API reference, market life cycle; recorded close sequence (README item 6).
"""

from heapq import heappop, heappush
from typing import NamedTuple

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.practice import rejections
from kalshi_tui.practice.floor import Floor
from kalshi_tui.practice.happenings import BookCleared, StatusChanged
from kalshi_tui.practice.market import ListedMarket, Listing
from kalshi_tui.practice.orders import CustomerOrder, UpdateReason

_NS_PER_S = 1_000_000_000

CLEARING_NS = 700_000_000
"""From the close of a market to the cancel of all its orders; recorded: 0.5 to 0.9 s."""

_BEFORE_CLOSE = (MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE)


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

    def next_due_ns(self) -> int | None:
        """Return when there is something to do next."""
        return self._due[0].at_ns if self._due else None

    def advance(self, now_ns: int) -> None:
        """Do everything that is due by now, in order of its time."""
        while self._due and self._due[0].at_ns <= now_ns:
            due = heappop(self._due)
            if due.deed == "expire":
                self._expire(due.key, due.at_ns)
                continue
            market = self._floor.markets[due.key]
            if due.deed == "open" and market.status is MarketStatus.INITIALIZED:
                self._turn(market, MarketStatus.ACTIVE, due.at_ns)
            elif due.deed == "close" and due.at_ns >= market.close_ns:
                self._close(market, due.at_ns)
            elif due.deed == "clear" and market.status is MarketStatus.CLOSED:
                self._cancel_book(market, UpdateReason.CLOSE_CANCEL, due.at_ns)
                self._floor.outbox.append(BookCleared(market.ticker, due.at_ns))

    def list_market(self, listing: Listing, now_ns: int) -> ListedMarket:
        """Add a market; it is active from `open_ns` to `close_ns`."""
        status = MarketStatus.ACTIVE
        if now_ns < listing.open_ns:
            status = MarketStatus.INITIALIZED
            self._enter(listing.open_ns, "open", listing.ticker)
        if now_ns >= listing.close_ns:
            status = MarketStatus.CLOSED
        else:
            self._enter(listing.close_ns, "close", listing.ticker)
        market = ListedMarket(listing, status, listing.grid, listing.fees, listing.close_ns)
        self._floor.markets[listing.ticker] = market
        return market

    def schedule_expiry(self, order: CustomerOrder) -> None:
        """Note when a resting order expires, if ever."""
        if order.expires_s is not None and order.remaining:
            self._enter(order.expires_s * _NS_PER_S, "expire", order.order_id)

    def pause(self, market: ListedMarket, now_ns: int) -> None:
        """Make an active market inactive; its orders stay and may be canceled."""
        self._change(market, MarketStatus.ACTIVE, MarketStatus.INACTIVE, now_ns)

    def reactivate(self, market: ListedMarket, now_ns: int) -> None:
        """Make an inactive market active again, which cancels all its orders."""
        self._change(market, MarketStatus.INACTIVE, MarketStatus.ACTIVE, now_ns)
        self._cancel_book(market, UpdateReason.HALT_CANCEL, now_ns)

    def close(self, market: ListedMarket, now_ns: int) -> None:
        """Close a market now, as its close time would."""
        market.close_ns = now_ns
        self._close(market, now_ns)

    def move_close(self, market: ListedMarket, close_ns: int, now_ns: int) -> None:
        """Give a market that is not determined yet another close time, which may reopen it."""
        if market.status not in (*_BEFORE_CLOSE, MarketStatus.CLOSED):
            raise rejections.market_inactive()
        market.close_ns = close_ns
        self._enter(close_ns, "close", market.ticker)
        if market.status is MarketStatus.CLOSED and close_ns > now_ns:
            self._turn(market, MarketStatus.ACTIVE, now_ns)

    def _enter(self, at_ns: int, deed: str, key: str) -> None:
        self._entries += 1
        heappush(self._due, _Due(at_ns, self._entries, deed, key))

    def _expire(self, order_id: str, at_ns: int) -> None:
        order = self._floor.live.get(order_id)
        if order is None or order.expires_s is None or order.expires_s * _NS_PER_S > at_ns:
            return
        market = self._floor.markets[order.ticker]
        self._floor.withdraw(market, order, UpdateReason.EXPIRY_CANCEL, at_ns)
        self._floor.report(order)

    def _close(self, market: ListedMarket, at_ns: int) -> None:
        if market.status in _BEFORE_CLOSE:
            self._turn(market, MarketStatus.CLOSED, at_ns)
            self._enter(at_ns + CLEARING_NS, "clear", market.ticker)

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
        self._turn(market, after, now_ns)

    def _turn(self, market: ListedMarket, status: MarketStatus, at_ns: int) -> None:
        before, market.status = market.status, status
        market.updated_ns = at_ns
        self._floor.outbox.append(StatusChanged(market.ticker, before, status, at_ns))
