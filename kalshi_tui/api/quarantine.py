"""Whether the stream fails so often that its books are not worth believing for a while.

Owns the memory of recent gaps and lost connections. Repairs nothing: while a quarantine holds, the
books are DEGRADED and polled over REST. Times are monotonic nanoseconds.
Source: reliability TC17.
"""

from collections import deque
from dataclasses import dataclass

from kalshi_tui.api.liveness import SECOND_NS


@dataclass(frozen=True, slots=True)
class Patience:
    """How many faults are borne, within which time, and how long calm is waited for."""

    gaps: int = 3
    connections: int = 5
    within_ns: int = 300 * SECOND_NS
    calm_ns: int = 30 * SECOND_NS


class Quarantine:
    """Faults of the stream over all connections."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._gaps: deque[int] = deque(maxlen=patience.gaps)
        self._ends: deque[int] = deque(maxlen=patience.connections)
        self.until_ns = 0
        """The books are not believed before this time."""

    def gap(self, now: int) -> str:
        """A frame was missing. Returns why the books are quarantined now, or an empty string."""
        return self._note(self._gaps, now, "gaps")

    def lost(self, now: int) -> str:
        """A connection ended. Returns why the books are quarantined now, or an empty string."""
        return self._note(self._ends, now, "lost connections")

    def _note(self, times: deque[int], now: int, what: str) -> str:
        times.append(now)
        is_full = len(times) == times.maxlen
        if not is_full or now - times[0] > self._patience.within_ns:
            return ""
        self.until_ns = now + self._patience.calm_ns
        minutes = self._patience.within_ns // (60 * SECOND_NS)
        return f"Read over REST: {len(times)} {what} within {minutes} minutes."
