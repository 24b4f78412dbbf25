"""What is asked of the exchange by REST because the socket does not say it.

The books of DEGRADED markets, the status of markets that gave no book or whose close has passed,
and whether the exchange itself is open. Owns how often; believes nothing by itself: books go to the
feed, everything else to the engine.
Source: reliability TB12, TB16, TS15, TC15.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from kalshi_tui.api.errors import ApiError
from kalshi_tui.core.events import (
    BookSnapshot,
    ExchangeStatusRead,
    Fact,
    MarketsListed,
    RequestFailed,
)
from kalshi_tui.core.market import Market, MarketStatus

BOOKS_EVERY_S = 2.0
STATUS_EVERY_S = 30.0
PAUSED_FLOOR_S, PAUSED_CAP_S = 5.0, 15.0
"""While the exchange is paused or not to be reached: seconds between two questions, jittered."""

CLOSE_CHECK_S = 10.0
"""How often a market whose close has passed is asked for again while it says that it is open."""

_OVER = frozenset(
    {
        MarketStatus.CLOSED,
        MarketStatus.DETERMINED,
        MarketStatus.DISPUTED,
        MarketStatus.AMENDED,
        MarketStatus.FINALIZED,
    }
)


class MarketReader(Protocol):
    """The reads."""

    async def orderbook(self, ticker: str) -> BookSnapshot: ...

    async def market(self, ticker: str) -> MarketsListed: ...

    async def exchange_status(self) -> ExchangeStatusRead: ...


class FeedSide(Protocol):
    """What becomes of the answers at the feed."""

    @property
    def is_open(self) -> bool: ...

    def degraded(self) -> tuple[str, ...]: ...

    def take_status_wanted(self) -> tuple[str, ...]: ...

    def polled(self, snapshot: BookSnapshot) -> None: ...

    def unpolled(self, ticker: str, reason: str) -> None: ...

    def closed(self, ticker: str, reason: str) -> None: ...

    def maintenance(self, is_paused: bool) -> None: ...

    def retry(self) -> None: ...


class Polling:
    """Runs on the session thread. Times of the exchange are wall nanoseconds."""

    def __init__(
        self,
        rest: MarketReader,
        feed: FeedSide,
        *,
        absorb: Callable[[Fact], None],
        watched: Callable[[], Market | None],
        exchange_ns: Callable[[], int],
        draw: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`exchange_ns` is the exchange's time now; `draw` gives numbers in [0, 1)."""
        self._rest = rest
        self._feed = feed
        self._absorb = absorb
        self._watched = watched
        self._exchange_ns = exchange_ns
        self._draw = draw
        self._sleep = sleep
        self._is_paused = False
        self._failing: set[str] = set()
        self._asked_close: tuple[str, int] = ("", 0)

    async def keep_books(self) -> None:
        """Poll the books of DEGRADED markets, and settle doubtful statuses, for ever."""
        while True:
            for ticker in self._feed.degraded():
                await self._poll(ticker)
            for ticker in (*self._feed.take_status_wanted(), *self._past_close()):
                await self._ask_market(ticker)
            await self._sleep(BOOKS_EVERY_S)

    async def keep_status(self) -> None:
        """Ask whether the exchange is open, for ever; sooner while something is wrong."""
        while True:
            await self.read_status()
            if self._is_paused or not self._feed.is_open:
                await self._sleep(PAUSED_FLOOR_S + self._draw() * (PAUSED_CAP_S - PAUSED_FLOOR_S))
            else:
                await self._sleep(STATUS_EVERY_S)

    async def read_status(self) -> None:
        """Ask once. What cannot be read changes nothing."""
        try:
            status = await self._rest.exchange_status()
        except ApiError as error:
            self._fail("exchange status", error)
            return
        self._failing.discard("exchange status")
        was_paused, self._is_paused = self._is_paused, not status.exchange_active
        self._absorb(status)
        if was_paused is not self._is_paused:
            self._feed.maintenance(self._is_paused)
        if not self._is_paused and not self._feed.is_open:
            # It answers: no need to sit out the pause before the next attempt.
            self._feed.retry()

    async def _poll(self, ticker: str) -> None:
        what = f"the book of {ticker}"
        try:
            snapshot = await self._rest.orderbook(ticker)
        except ApiError as error:
            self._fail(what, error)
            self._feed.unpolled(ticker, f"REST does not give the book: {error.reason}")
            return
        self._failing.discard(what)
        self._feed.polled(snapshot)

    def _past_close(self) -> tuple[str, ...]:
        market, now = self._watched(), self._exchange_ns()
        if market is None or not 0 < market.close_ns <= now or market.status in _OVER:
            return ()
        ticker, asked_ns = self._asked_close
        if ticker == market.ticker and now - asked_ns < CLOSE_CHECK_S * 1_000_000_000:
            return ()
        self._asked_close = (market.ticker, now)
        return (market.ticker,)

    async def _ask_market(self, ticker: str) -> None:
        try:
            listed = await self._rest.market(ticker)
        except ApiError as error:
            self._fail(f"the status of {ticker}", error)
            return
        self._failing.discard(f"the status of {ticker}")
        self._absorb(listed)
        for market in listed.markets:
            if market.ticker == ticker and market.status in _OVER:
                self._feed.closed(ticker, f"The market is {market.status.value}.")

    def _fail(self, what: str, error: ApiError) -> None:
        """Say once for each outage what cannot be read."""
        if what not in self._failing:
            self._failing.add(what)
            self._absorb(RequestFailed(what, error.reason))
