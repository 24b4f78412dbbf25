"""The workstation's clock: the only place outside the practice exchange that reads time.

Owns three readings and no rule. Everything else takes nanoseconds as an argument.
"""

import sys
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

    def boot_ns(self) -> int | None:
        """Return nanoseconds that go on while the computer sleeps, from any origin.

        None where this system has no such clock beside the monotonic one.
        """
        ...


_LINUX_BOOTTIME = 7
"""`CLOCK_BOOTTIME` of clock_gettime(2)."""


def _sleepless_clock() -> int | None:
    """Return the id of the clock that counts sleep, where `time.monotonic` does not."""
    if sys.platform.startswith("linux"):
        return getattr(time, "CLOCK_BOOTTIME", _LINUX_BOOTTIME)
    if sys.platform == "darwin":
        # There `time.monotonic` is the absolute time of mach, which stands still asleep.
        return time.CLOCK_MONOTONIC
    return None


class SystemClock:
    """The machine's own clocks."""

    def __init__(self) -> None:
        self._sleepless = _sleepless_clock()

    def mono_ns(self) -> int:
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        return time.time_ns()

    def boot_ns(self) -> int | None:
        if self._sleepless is None or sys.platform == "win32":
            return None
        return time.clock_gettime_ns(self._sleepless)
