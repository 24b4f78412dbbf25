"""Whether the connection still lives, judged by what was heard and when.

Owns the three limits of silence and the round trip of our own pings. Any byte counts as life: on a
busy socket the exchange may send no pings at all. Knows no socket and no clock; times are monotonic
nanoseconds and come as arguments.
Source: design §5b (STALE); reliability TC06 to TC08, FD20, FD34.
"""

from enum import Enum

SECOND_NS = 1_000_000_000
PING_AFTER_NS = 1 * SECOND_NS
"""Silence after which we ask."""
SILENT_AFTER_NS = 3 * SECOND_NS
"""Silence after which nothing on the screen is to be trusted: the ping and 2 s more."""
DEAD_AFTER_NS = 11 * SECOND_NS
"""Silence after which the connection is given up."""
MEASURE_EVERY_NS = 10 * SECOND_NS
"""A ping this often measures the round trip where the socket is never silent."""


class Verdict(Enum):
    """What the silence so far means."""

    ALIVE = "alive"
    SILENT = "silent"
    DEAD = "dead"


class Liveness:
    """The pulse of one connection. Make a new one for each."""

    __slots__ = ("_pinged_ns", "_waiting", "heard_ns")

    def __init__(self, now: int) -> None:
        self.heard_ns = now
        # The first round trip is measured at once.
        self._pinged_ns = now - MEASURE_EVERY_NS
        self._waiting = False

    def verdict(self, now: int) -> Verdict:
        """Judge the silence at `now`."""
        silence = now - self.heard_ns
        if silence >= DEAD_AFTER_NS:
            return Verdict.DEAD
        return Verdict.SILENT if silence >= SILENT_AFTER_NS else Verdict.ALIVE

    def wants_ping(self, now: int) -> bool:
        """True where a ping of ours is due and none is on its way."""
        since_ping = now - self._pinged_ns
        if self._waiting:
            return since_ping >= MEASURE_EVERY_NS
        return since_ping >= MEASURE_EVERY_NS or (
            now - self.heard_ns >= PING_AFTER_NS and since_ping >= PING_AFTER_NS
        )

    def pinged(self, now: int) -> None:
        """Our ping is handed to the socket."""
        self._pinged_ns = now
        self._waiting = True

    def ponged(self, now: int) -> int | None:
        """Our ping was answered. Returns the round trip in nanoseconds."""
        self.heard_ns = now
        if not self._waiting:
            return None
        self._waiting = False
        return now - self._pinged_ns

    def next_change(self, now: int) -> int:
        """Return when `verdict` or `wants_ping` may next change by itself."""
        silence = now - self.heard_ns
        if silence >= DEAD_AFTER_NS:
            return now + SECOND_NS
        limit = DEAD_AFTER_NS if silence >= SILENT_AFTER_NS else SILENT_AFTER_NS
        change = self.heard_ns + limit
        if self._waiting:
            return min(change, self._pinged_ns + MEASURE_EVERY_NS)
        due = max(self.heard_ns, self._pinged_ns) + PING_AFTER_NS
        return min(change, due, self._pinged_ns + MEASURE_EVERY_NS)
