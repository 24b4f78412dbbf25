"""The practice exchange's time: the only module of this package that reads a clock.

Two times. The wall stamps the HTTP `Date` header and judges signatures, as on the real exchange.
The virtual time stamps orders, trades and frames, decides expiry and close, and paces the crowd; it
equals the wall at speed 1 and can be paused, stepped or run at another speed.
Knows nothing of what the time is used for. All times are integer nanoseconds.
"""

import time
from collections.abc import Callable

NORMAL_SPEED = 1_000
"""Virtual thousandths of a second in one steady second."""

MAX_SPEED = 1_000_000
"""A thousand times faster than the wall; beyond that a pump could never keep up."""

_NS_PER_MS = 1_000_000


class Clock:
    """Wall time, and a virtual time that runs over the steady clock."""

    __slots__ = (
        "_base_steady",
        "_base_virtual",
        "_ceiling",
        "_paused",
        "_speed",
        "_steady",
        "_unbound",
        "_wall",
    )

    def __init__(
        self,
        wall: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._speed = NORMAL_SPEED
        self._paused = False
        self._unbound = False
        self._ceiling: int | None = None
        self._base_virtual = wall()
        self._base_steady = steady()

    def wall_ns(self) -> int:
        """Return the computer's own time, for `Date` and for signatures."""
        return self._wall()

    def wall_ms(self) -> int:
        """Return the computer's own time in milliseconds."""
        return self._wall() // _NS_PER_MS

    def now_ns(self) -> int:
        """Return the virtual time. It never goes back."""
        if self._paused:
            return self._base_virtual
        if self._unbound:
            return self._base_virtual if self._ceiling is None else self._ceiling
        elapsed = self._steady() - self._base_steady
        ideal = self._base_virtual + elapsed * self._speed // NORMAL_SPEED
        return ideal if self._ceiling is None else min(ideal, self._ceiling)

    @property
    def is_paused(self) -> bool:
        """True while the virtual time stands still."""
        return self._paused

    @property
    def is_unbound(self) -> bool:
        """True while the virtual time goes as fast as whoever drives it: see `allow`."""
        return self._unbound and not self._paused

    @property
    def speed(self) -> int:
        """Thousandths of the wall's speed at which virtual time passes now; 0 while paused.

        While unbound it is the highest speed that has a number.
        """
        if self._paused:
            return 0
        return MAX_SPEED if self._unbound else self._speed

    def pause(self) -> None:
        """Stop the virtual time."""
        self._rebase()
        self._paused = True

    def resume(self) -> None:
        """Let the virtual time pass again, at the speed that was set last."""
        self._rebase()
        self._paused = False

    def step(self, span_ns: int) -> None:
        """Jump `span_ns` ahead. Raises `ValueError` when that would go back."""
        if span_ns < 0:
            raise ValueError("Time can only be stepped forward.")
        self._rebase()
        self._base_virtual += span_ns
        self._ceiling = None

    def allow(self, ceiling_ns: int | None) -> None:
        """Let virtual time pass up to a moment and no further; None takes the limit away.

        Time that stood at the limit is lost: from here on it runs at its speed again. So a clock
        that is too fast for what happens in it slows down instead of running ahead. Unbound time
        is always at the limit.
        """
        self._rebase()
        self._ceiling = None if ceiling_ns is None else max(ceiling_ns, self._base_virtual)

    def unbind(self) -> None:
        """Let virtual time pass as fast as somebody lets it by `allow`."""
        self._rebase()
        self._unbound, self._ceiling = True, None

    def run_at(self, thousandths: int) -> None:
        """Set the speed in thousandths of the wall's, 1 to MAX_SPEED. Raises `ValueError`."""
        if not 1 <= thousandths <= MAX_SPEED:
            raise ValueError("The speed must lie between 0.001 and 1000.")
        self._rebase()
        self._unbound, self._ceiling = False, None
        self._speed = thousandths

    def seconds_until(self, virtual_ns: int) -> float | None:
        """Return the seconds of wall time until a virtual time, or None while paused."""
        if self._paused:
            return None
        if self._unbound:
            return 0.0
        left = max(0, virtual_ns - self.now_ns())
        return left * NORMAL_SPEED / self._speed / 1e9

    def _rebase(self) -> None:
        self._base_virtual = self.now_ns()
        self._base_steady = self._steady()
