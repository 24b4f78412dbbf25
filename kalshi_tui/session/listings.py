"""Keeps the exchange's listings read: all markets and their fees, and the watched one more often.

Owns when they are read and the market that the session begins with. Decides nothing about markets.
Source: reliability catalogue FF15 (a market that was just created can be a 404 for seconds).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from kalshi_tui.api.catalogue import EventRead
from kalshi_tui.api.errors import ApiError, DeniedError
from kalshi_tui.core.commands import Command, Watch
from kalshi_tui.core.events import Fact, RequestFailed
from kalshi_tui.core.market import Market
from kalshi_tui.session.reads import tried

MARKETS_EVERY_S = 600.0
"""How often all listings are read; new markets are rare, and quotes come by themselves."""
WATCHED_EVERY_S = 60.0
NOT_YET_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses between two looks for a market that is not there, before it is said to be nowhere."""
_NOT_FOUND = 404


class Catalogue(Protocol):
    """What is read."""

    async def list_markets(self) -> tuple[EventRead, ...]: ...

    async def read_fees(self, events: tuple[EventRead, ...]) -> None: ...

    async def read_market(self, ticker: str) -> None: ...


class Listings:
    """Runs on the session thread. `reread` hears of each new reading of the watched market."""

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        first_market: str,
        absorb: Callable[[Fact | Command], None],
        watched: Callable[[], Market | None],
        reread: Callable[[str, Market | None], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._catalogue = catalogue
        self._first_market = first_market
        self._absorb = absorb
        self._watched = watched
        self._reread = reread
        self._sleep = sleep

    async def run(self) -> None:
        """Read for ever."""
        while True:
            wait_s = await tried("the markets", self._read_all, self._absorb)
            if wait_s:
                await self._sleep(wait_s)
                continue
            for _ in range(round(MARKETS_EVERY_S / WATCHED_EVERY_S)):
                await self._sleep(WATCHED_EVERY_S)
                await tried("the market", self._read_watched, self._absorb)

    async def _read_all(self) -> None:
        events = await self._catalogue.list_markets()
        if self._first_market:
            # Before the fees are read: the book can come meanwhile.
            first, self._first_market = self._first_market, ""
            listed = {market.ticker for event in events for market in event.listed.markets}
            if first in listed or await self._is_found(first):
                self._absorb(Watch(first))
        await self._catalogue.read_fees(events)

    async def _is_found(self, ticker: str) -> bool:
        """Look for a market that is not among the open ones: it may be new, or over.

        A 404 is asked about again, for less than ten seconds.
        """
        for wait_s in (*NOT_YET_S, 0.0):
            try:
                await self._catalogue.read_market(ticker)
            except ApiError as error:
                is_missing = isinstance(error, DeniedError) and error.status == _NOT_FOUND
                if is_missing and wait_s:
                    await self._sleep(wait_s)
                    continue
                reason = "not found: the exchange knows no such market." if is_missing else ""
                self._absorb(RequestFailed(ticker, reason or error.reason))
                return False
            return True
        return False

    async def _read_watched(self) -> None:
        market = self._watched()
        if market is not None:
            await self._catalogue.read_market(market.ticker)
            self._reread(market.ticker, self._watched())
