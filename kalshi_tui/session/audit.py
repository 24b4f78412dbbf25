"""Compares the market on the screen with the exchange's REST book, once a minute while both rest.

The stream and REST are two roads to the same book; where they differ while neither moves, the one
on the screen is wrong. Reads only: the engine compares, says so and asks for the repair.
Source: reliability TB15.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from kalshi_tui.api.errors import ApiError
from kalshi_tui.core.book import Book
from kalshi_tui.core.events import AuditSource, BookAudited, BookSnapshot, BookStatus
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.views import LadderView

EVERY_S = 60.0
QUIET_S = 2.0
"""How long neither side may have moved."""

LOOKS = 10
"""Attempts to find both sides quiet; then the market is too lively, and the socket's own audit
(`get_snapshot`) has to do."""


class BookReader(Protocol):
    """What is read."""

    async def orderbook(self, ticker: str) -> BookSnapshot: ...


class Auditor:
    """Runs on the session thread. `ladder` shows the watched market's book."""

    def __init__(
        self,
        rest: BookReader,
        *,
        ladder: Callable[[], LadderView | None],
        absorb: Callable[[BookAudited], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rest = rest
        self._ladder = ladder
        self._absorb = absorb
        self._sleep = sleep

    async def run(self) -> None:
        """Audit for ever."""
        while True:
            await self._sleep(EVERY_S)
            try:
                await self.audit()
            except ApiError:
                # An outage has its own words on the screen; there is nothing to compare.
                continue

    async def audit(self) -> None:
        """Compare once; a difference counts when it is there twice. Raises `ApiError`."""
        copy = await self._quiet_copy()
        if copy is not None and not self._is_equal(copy):
            copy = await self._quiet_copy()
        if copy is not None:
            self._absorb(BookAudited(copy, (), AuditSource.REST))

    async def _quiet_copy(self) -> BookSnapshot | None:
        """Return a REST book that did not move while ours did not move either."""
        for _ in range(LOOKS):
            before = self._live()
            if before is None:
                return None
            first = await self._rest.orderbook(before.market.ticker)
            await self._sleep(QUIET_S)
            second = await self._rest.orderbook(before.market.ticker)
            after = self._live()
            if after is not None and _place(before) == _place(after) and _same(first, second):
                return second
        return None

    def _live(self) -> LadderView | None:
        ladder = self._ladder()
        return ladder if ladder is not None and ladder.status is BookStatus.LIVE else None

    def _is_equal(self, copy: BookSnapshot) -> bool:
        ladder = self._live()
        if ladder is None:
            return True
        book = Book()
        book.replace(copy.bids, copy.asks)
        theirs = (book.levels(BookSide.BID), book.levels(BookSide.ASK))
        return theirs == (ladder.bids, ladder.asks)


def _place(ladder: LadderView) -> tuple[str, int]:
    return ladder.market.ticker, ladder.revision


def _same(first: BookSnapshot, second: BookSnapshot) -> bool:
    return (set(first.bids), set(first.asks)) == (set(second.bids), set(second.asks))
