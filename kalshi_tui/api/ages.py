"""How old messages are when they arrive, by the exchange's own stamps and clock.

Owns the verdict LAGGING: what comes is true but late, so nothing may be sent on it. A connection
that stays far behind is given up. Knows no clock: `ahead_ns` is what to add to our monotonic time
to get the exchange's wall clock, and as long as it is None nothing is judged.
Source: reliability TC09, TC10, FD23.
"""

from collections import deque

from kalshi_tui.api.liveness import SECOND_NS
from kalshi_tui.core.events import Lagging

OLD_NS = 2 * SECOND_NS
"""A message older than this is late ..."""
ROW = 3
"""... and so many in a row are a lag."""
HOPELESS_NS = 5 * SECOND_NS
"""Messages older than this, for as long again, ask for a new connection."""
QUIET_NS = 10 * SECOND_NS
"""Without any late message for so long the lag is over."""
OWN_NS = 1 * SECOND_NS
"""A pause of our own is over after this, where no message says so before."""

_SAMPLES = 512
_MILLISECOND = 1_000_000


class Ages:
    """The ages of recent messages of the current connection."""

    def __init__(self) -> None:
        self.ahead_ns: int | None = None
        self._recent: deque[int] = deque(maxlen=_SAMPLES)
        self._row = 0
        self._told_ns = 0
        self._hopeless_since_ns: int | None = None
        self.ends_ns: int | None = None
        """When a lag ends by itself; None while there is none."""

    @property
    def is_lagging(self) -> bool:
        return self.ends_ns is not None

    def note(self, ts_ms: int, now: int) -> Lagging | None:
        """Take the stamp of a message that has just arrived. Returns a change of the verdict."""
        if self.ahead_ns is None or not ts_ms:
            return None
        age = max(now + self.ahead_ns - ts_ms * _MILLISECOND, 0)
        self._recent.append(age)
        if age <= OLD_NS:
            self._row = 0
            self._hopeless_since_ns = None
            return self._end() if self.is_lagging else None
        self._row += 1
        if age <= HOPELESS_NS:
            self._hopeless_since_ns = None
        elif self._hopeless_since_ns is None:
            self._hopeless_since_ns = now
        if self._row < ROW:
            return None
        is_news = not self.is_lagging or abs(age - self._told_ns) >= SECOND_NS
        self.ends_ns = now + QUIET_NS
        return self._tell(age, "Messages arrive old.") if is_news else None

    def slow(self, reason: str, now: int) -> Lagging | None:
        """We are behind ourselves; `reason` is one sentence."""
        if self.is_lagging:
            return None
        self.ends_ns = now + OWN_NS
        return self._tell(1, reason)

    def tick(self, now: int) -> Lagging | None:
        """End a lag of which nothing was seen for long."""
        return self._end() if self.ends_ns is not None and now >= self.ends_ns else None

    def is_hopeless(self, now: int) -> bool:
        """True where messages have been very old for so long that a new connection is better."""
        since = self._hopeless_since_ns
        return since is not None and now - since >= HOPELESS_NS

    def reset(self) -> Lagging | None:
        """A connection ended: its backlog went with it."""
        self._row = 0
        self._hopeless_since_ns = None
        return self._end() if self.is_lagging else None

    def share(self, percent: int) -> int | None:
        """Return the age that `percent` of the recent messages do not exceed, or None."""
        if not self._recent:
            return None
        ordered = sorted(self._recent)
        return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]

    def _tell(self, age: int, reason: str) -> Lagging:
        self._told_ns = age
        return Lagging(age, reason)

    def _end(self) -> Lagging:
        self.ends_ns = None
        return Lagging(0)
