"""Keeps the account's rate limits fresh, and tells how much of them is left.

The limits drift and depend on the tier: they are read at the start, every ten minutes and after
each 429. Owns when to read and when to tell; the buckets are `api.limits`'.
Source: reliability catalogue FL04.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from kalshi_tui.api.errors import ApiError
from kalshi_tui.core.events import BudgetReported, Fact, RequestFailed
from kalshi_tui.session.reads import ENDED_S, is_ended, reason_of

BEAT_S = 0.25
"""How often the budget is looked at; it is told only where it changed."""

PAUSE_BEATS = 8
"""Least beats between two reads of the limits, so that a storm of 429 brings no storm of reads."""

ENDED_BEATS = round(ENDED_S / BEAT_S)
"""The same where the exchange has ended the endpoint (FF05)."""


class LimitedClient(Protocol):
    """What is limited."""

    @property
    def needs_limits(self) -> bool: ...

    def budget(self) -> BudgetReported: ...


class Budget:
    """Runs on the session thread. `read` reads the limits and what each request costs."""

    def __init__(
        self,
        client: LimitedClient,
        *,
        read: Callable[[], Awaitable[None]],
        absorb: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._read = read
        self._absorb = absorb
        self._sleep = sleep
        self._told: BudgetReported | None = None
        self._is_failing = False

    async def keep(self) -> None:
        """Read and tell for ever."""
        beats = 0
        while True:
            if beats <= 0 and self._client.needs_limits:
                beats = await self._reload()
            self.tell()
            await self._sleep(BEAT_S)
            beats -= 1

    async def _reload(self) -> int:
        """Read the limits; return how many beats to wait before the next time."""
        try:
            await self._read()
        except ApiError as error:
            if not self._is_failing:
                self._is_failing = True
                self._absorb(RequestFailed("the account's limits", reason_of(error)))
            return ENDED_BEATS if is_ended(error) else PAUSE_BEATS
        self._is_failing = False
        return PAUSE_BEATS

    def tell(self) -> None:
        """Say what is left, where that has changed. Call it when something was written."""
        now = self._client.budget()
        if now != self._told:
            self._told = now
            self._absorb(now)
