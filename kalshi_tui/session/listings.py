"""Keeps the exchange's listings read: all markets and their fees, and the watched one more often.

Owns when they are read and the market that the session begins with. Decides nothing about markets.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from kalshi_tui.api.catalogue import EventRead
from kalshi_tui.core.commands import Command, Watch
from kalshi_tui.core.events import Fact
from kalshi_tui.core.market import Market
from kalshi_tui.session.reads import RETRY_S, tried

MARKETS_EVERY_S = 600.0
"""How often all listings are read; new markets are rare, and quotes come by themselves."""
WATCHED_EVERY_S = 60.0


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
            if not await tried("the markets", self._read_all, self._absorb):
                await self._sleep(RETRY_S)
                continue
            for _ in range(round(MARKETS_EVERY_S / WATCHED_EVERY_S)):
                await self._sleep(WATCHED_EVERY_S)
                await tried("the market", self._read_watched, self._absorb)

    async def _read_all(self) -> None:
        events = await self._catalogue.list_markets()
        if self._first_market:
            # Before the fees are read: the book can come meanwhile.
            self._absorb(Watch(self._first_market))
            self._first_market = ""
        await self._catalogue.read_fees(events)

    async def _read_watched(self) -> None:
        market = self._watched()
        if market is not None:
            await self._catalogue.read_market(market.ticker)
            self._reread(market.ticker, self._watched())
