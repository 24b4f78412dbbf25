"""REST reads on demand: each kind at most once at a time, repeats merged, none too often.

The first wish is served at once; what is wished meanwhile is served once more afterwards, after a
pause. Owns the pacing, not the reading. Source: reliability catalogue FF05 (an ended endpoint).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from kalshi_tui.api.errors import ApiError, DeniedError
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

ENDED_S = 600.0
"""Pause after a read whose endpoint the exchange has ended: it is off, and only looked for."""

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
        self._ended: set[Read] = set()

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
                await self._sleep(await self._read(what))
        finally:
            self._running.discard(what)

    async def _read(self, what: Read) -> float:
        """Read once; return how long to wait before the next. An end is told once."""
        try:
            await self._readers[what]()
        except ApiError as error:
            if not is_ended(error):
                self._absorb(RequestFailed(what.value, error.reason))
                return PAUSE_S[what]
            if what not in self._ended:
                self._ended.add(what)
                self._absorb(RequestFailed(what.value, reason_of(error)))
            return ENDED_S
        self._ended.discard(what)
        return PAUSE_S[what]


async def tried(what: str, read: Reader, absorb: Callable[[Fact], None]) -> float:
    """Read once, telling a failure as a fact. Returns the seconds to wait where it was not read."""
    try:
        await read()
    except ApiError as error:
        absorb(RequestFailed(what, reason_of(error)))
        return ENDED_S if is_ended(error) else RETRY_S
    return 0.0


def is_ended(error: ApiError) -> bool:
    """Return whether the exchange has ended the endpoint that was asked."""
    return isinstance(error, DeniedError) and error.is_ended


def reason_of(error: ApiError) -> str:
    """Return why a read failed, in one sentence that says what is off where its endpoint ended."""
    if not is_ended(error):
        return error.reason
    return f"{error.reason.rstrip('.')}: this is off, and asked for again in 10 minutes at most."
