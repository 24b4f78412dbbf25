"""REST reads on demand: each kind at most once at a time, repeats merged, none too often.

The first wish is served at once; what is wished meanwhile is served once more afterwards, after a
pause. Owns the pacing, not the reading.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from kalshi_tui.api.errors import ApiError
from kalshi_tui.core.effects import Read
from kalshi_tui.core.events import Fact, RequestFailed
from kalshi_tui.session.tasks import Tasks

PAUSE_S = {
    # Its own bucket has one token a second on the lower tiers.
    Read.BALANCE: 1.0,
    Read.QUEUES: 0.5,
    Read.SWEEP: 0.5,
    # KILL scans until nothing rests; the reads lag by a few tenths of a second anyway.
    Read.SCAN: 0.5,
    Read.EXCHANGE_STATUS: 5.0,
}
"""Least time between the end of a read and the beginning of the next of its kind."""

RETRY_S = 2.0
"""Pause after a read at the start that failed."""

Reader = Callable[[], Awaitable[None]]


class Reads:
    """Call `want` as often as you like, on the session thread."""

    def __init__(
        self,
        readers: Mapping[Read, Reader],
        *,
        tasks: Tasks,
        absorb: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._readers = readers
        self._tasks = tasks
        self._absorb = absorb
        self._sleep = sleep
        self._running: set[Read] = set()
        self._wanted: set[Read] = set()

    def want(self, what: Read) -> None:
        """See to it that a read of this kind begins after now."""
        self._wanted.add(what)
        if what not in self._running:
            self._running.add(what)
            self._tasks.start(f"read {what.value}", self._serve(what))

    async def _serve(self, what: Read) -> None:
        try:
            while what in self._wanted:
                self._wanted.discard(what)
                try:
                    await self._readers[what]()
                except ApiError as error:
                    self._absorb(RequestFailed(what.value, error.reason))
                await self._sleep(PAUSE_S[what])
        finally:
            self._running.discard(what)


async def tried(what: str, read: Reader, absorb: Callable[[Fact], None]) -> bool:
    """Read once, telling a failure as a fact. Returns whether it was read."""
    try:
        await read()
    except ApiError as error:
        absorb(RequestFailed(what, error.reason))
        return False
    return True
