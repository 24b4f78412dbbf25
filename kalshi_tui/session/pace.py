"""How far the exchange's own time is from ours, and whether it runs as fast.

Kalshi's time is the wall clock's, measured by each answer. The practice exchange's is a virtual one
that may be paused, stepped or run at another speed; then no age of a message means anything.
Owns the last measurement; reads no clock. Wall nanoseconds.
Source: design §5b (virtual clock); reliability TC09.
"""

SECOND = 1_000_000_000
APART_NS = SECOND
"""Two measurements that differ by more: the exchange's time does not run as ours does."""


class Pace:
    """Measurements of a virtual clock, one after the other."""

    def __init__(self) -> None:
        self._last_ns: int | None = None

    def measured(self, offset_ns: int) -> int | None:
        """Return the offset to judge ages by; None while the virtual time does not run as ours."""
        last, self._last_ns = self._last_ns, offset_ns
        if last is None or abs(offset_ns - last) > APART_NS:
            return None
        return offset_ns
