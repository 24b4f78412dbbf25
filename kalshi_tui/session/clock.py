"""The workstation's clock: the only place outside the practice exchange that reads time.

Owns two readings and no rule. Everything else takes nanoseconds as an argument.
"""

import time
from typing import Protocol


class Clock(Protocol):
    """Where the session gets its time from; tests bring their own."""

    def mono_ns(self) -> int:
        """Return nanoseconds that never go back: for ages, deadlines and round trips."""
        ...

    def wall_ns(self) -> int:
        """Return nanoseconds since 1970: for signing and display."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def mono_ns(self) -> int:
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        return time.time_ns()
