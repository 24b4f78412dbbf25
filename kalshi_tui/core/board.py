"""The markets on the desk: listings, quotes, books with their status, and tapes.

Owns the replica of public data and what has changed in it since the last look. Must not know
orders, money or connections: `core.engine` ties those in.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kalshi_tui.core.book import Book, BookError
from kalshi_tui.core.events import (
    BookSnapshot,
    BookStatus,
    BookStatusChanged,
    FeesRead,
    MarketChanged,
    MarketsListed,
    Quoted,
    Traded,
)
from kalshi_tui.core.market import Market, MarketStatus
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR, Count, Price
from kalshi_tui.core.views import Pane, ViewKey

_TAPE_LENGTH = 200


@dataclass(slots=True)
class BookState:
    """One market's book and how far it can be trusted."""

    ladder_key: ViewKey
    tape_key: ViewKey
    book: Book = field(default_factory=Book)
    status: BookStatus = BookStatus.EMPTY
    reason: str = ""
    since_mono_ns: int = 0
    revision: int = 0
    last: Traded | None = None
    doubt_mono_ns: int | None = None
    """Since when it has not been LIVE, after it was; None while it is, and before."""
    doubt_reason: str = ""
    repaired_wall_ns: int | None = None
    repaired_after_ns: int = 0
    repair_reason: str = ""
    read_only: str = ""
    tape: deque[Traded] = field(default_factory=lambda: deque(maxlen=_TAPE_LENGTH))


_MARKETS_KEY: ViewKey = (Pane.MARKETS, "")


class Board:
    """Public data by ticker. `changed` collects the view keys that moved."""

    def __init__(self, changed: set[ViewKey]) -> None:
        self._changed = changed
        self.markets: dict[str, Market] = {}
        self.quotes: dict[str, Quoted] = {}
        self.states: dict[str, BookState] = {}
        self.revision = 0
        """Grows when a listing may have brought another fee or another event."""

    def state(self, ticker: str) -> BookState:
        """Return the book state of a market, made on first use."""
        state = self.states.get(ticker)
        if state is None:
            state = BookState((Pane.LADDER, ticker), (Pane.TAPE, ticker))
            self.states[ticker] = state
        return state

    def snapshot(self, fact: BookSnapshot) -> str:
        """Replace a book. Returns why the snapshot is impossible, or an empty string."""
        state = self.state(fact.ticker)
        try:
            state.book.replace(fact.bids, fact.asks)
        except BookError as error:
            return str(error)
        state.revision += 1
        self._changed.add(state.ladder_key)
        return ""

    def change(self, ticker: str, side: BookSide, price: Price, change: Count) -> str:
        """Apply one change. Returns why it is impossible, or an empty string."""
        state = self.states.get(ticker)
        if state is None:
            return ""
        try:
            state.book.apply(side, price, change)
        except BookError as error:
            return str(error)
        state.revision += 1
        self._changed.add(state.ladder_key)
        return ""

    def status_changed(self, fact: BookStatusChanged, mono_ns: int, wall_ns: int = 0) -> bool:
        """Take the feed's verdict on a book. Returns True where the status is another one."""
        state = self.state(fact.ticker)
        is_new = state.status is not fact.status
        if is_new:
            state.since_mono_ns = mono_ns
            _date_doubt(state, fact, mono_ns, wall_ns)
        state.status = fact.status
        state.reason = fact.reason
        self._changed.add(state.ladder_key)
        return is_new

    def traded(self, fact: Traded) -> None:
        """Add a public trade to the tape."""
        state = self.state(fact.ticker)
        state.last = fact
        state.tape.appendleft(fact)
        self._changed.add(state.tape_key)
        self._changed.add(state.ladder_key)

    def quoted(self, fact: Quoted) -> None:
        """Take the touch of a market from the ticker channel or a listing."""
        known = self.quotes.get(fact.ticker)
        if known is not None and fact.ts_ms < known.ts_ms:
            return
        self.quotes[fact.ticker] = fact
        self._changed.add(_MARKETS_KEY)
        market = self.markets.get(fact.ticker)
        if market is not None and fact.volume != market.volume:
            self.markets[fact.ticker] = replace(market, volume=fact.volume)
            self._touch(fact.ticker)

    def listed(self, fact: MarketsListed) -> None:
        """Add or replace market listings; fees that were read before are kept."""
        self.revision += 1
        for market in fact.markets:
            known = self.markets.get(market.ticker)
            if known is not None and known.fees_known and not market.fees_known:
                market = replace(market, fees=known.fees, fees_known=True)
            self.markets[market.ticker] = market
            self._touch(market.ticker)
        for quote in fact.quotes:
            self.quoted(quote)
        self._changed.add(_MARKETS_KEY)

    def fees_read(self, fact: FeesRead) -> None:
        """Take a fee schedule for markets that are listed."""
        self.revision += 1
        for ticker in fact.tickers:
            market = self.markets.get(ticker)
            if market is not None:
                self.markets[ticker] = replace(market, fees=fact.fees, fees_known=True)
                self._touch(ticker)

    def market_changed(self, fact: MarketChanged) -> None:
        """Apply a lifecycle event to a listed market."""
        market = self.markets.get(fact.ticker)
        if market is None:
            return
        self.markets[fact.ticker] = replace(
            market,
            status=fact.status or market.status,
            grid=fact.grid or market.grid,
            close_ns=fact.close_ns or market.close_ns,
        )
        self._touch(fact.ticker)
        self._changed.add(_MARKETS_KEY)

    def liveliest(self, markets: Iterable[Market]) -> str:
        """Return the active market to begin with: most volume, then the most even odds.

        Empty where none of `markets` is active.
        """
        active = [each for each in markets if each.status is MarketStatus.ACTIVE]
        return max(active, key=self._liveliness).ticker if active else ""

    def _liveliness(self, market: Market) -> tuple[Count, int]:
        quote = self.quotes.get(market.ticker)
        if quote is None or quote.bid is None or quote.ask is None:
            return market.volume, -ONE_DOLLAR
        return market.volume, -abs(quote.bid + quote.ask - ONE_DOLLAR)

    def stale_all(self, reason: str, mono_ns: int) -> None:
        """Mark every book STALE that was on its way or LIVE; a DEGRADED one comes by REST."""
        for ticker, state in self.states.items():
            if state.status in (BookStatus.LIVE, BookStatus.SYNCING):
                self.status_changed(BookStatusChanged(ticker, BookStatus.STALE, reason), mono_ns)

    def drop(self, wanted: Iterable[str]) -> None:
        """Forget the books of markets that are not wanted any more; tapes go with them."""
        keep = set(wanted)
        for ticker in [each for each in self.states if each not in keep]:
            del self.states[ticker]

    def _touch(self, ticker: str) -> None:
        if ticker in self.states:
            self._changed.add((Pane.LADDER, ticker))


def _date_doubt(state: BookState, fact: BookStatusChanged, mono_ns: int, wall_ns: int) -> None:
    if fact.status is BookStatus.LIVE:
        if state.doubt_mono_ns is not None:
            state.repaired_wall_ns = wall_ns
            state.repaired_after_ns = mono_ns - state.doubt_mono_ns
            state.repair_reason = state.doubt_reason
        state.doubt_mono_ns = None
    elif state.status is BookStatus.LIVE:
        state.doubt_mono_ns = mono_ns
        state.doubt_reason = fact.reason.rstrip(".")
