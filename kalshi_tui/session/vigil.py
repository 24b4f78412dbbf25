"""Tells a computer that was asleep from a clock that was set.

Both make the wall clock run away from the monotonic one; only sleep does so with the clock that
counts it. Owns the last readings; decides nothing about what follows.
Source: reliability TC13, TC14.
"""

from typing import NamedTuple

from kalshi_tui.session.clock import Clock

SECOND = 1_000_000_000
JUMP_NS = 2 * SECOND
"""Clocks that part by less between two looks are only being trimmed."""


class Reading(NamedTuple):
    """One look at the clocks."""

    mono_ns: int
    wall_ns: int
    boot_ns: int | None


class Lapse(NamedTuple):
    """What happened between two looks, in nanoseconds; 0 for what did not."""

    asleep_ns: int
    stepped_ns: int
    """How far the wall clock was set, forwards or backwards."""


class Vigil:
    """Ask `look` before anything is decided that depends on the time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = self._read()

    def look(self) -> tuple[Reading, Lapse | None]:
        """Read the clocks; say what happened since the last look, if anything did."""
        last, now = self._last, self._read()
        self._last = now
        run_ns = now.mono_ns - last.mono_ns
        apart_ns = now.wall_ns - last.wall_ns - run_ns
        if last.boot_ns is not None and now.boot_ns is not None:
            asleep_ns = now.boot_ns - last.boot_ns - run_ns
        else:
            # No clock tells: a wall clock far ahead is taken for sleep, the safer reading.
            asleep_ns = apart_ns
        if asleep_ns > JUMP_NS:
            return now, Lapse(asleep_ns, 0)
        if abs(apart_ns) > JUMP_NS:
            return now, Lapse(0, apart_ns)
        return now, None

    def _read(self) -> Reading:
        clock = self._clock
        return Reading(clock.mono_ns(), clock.wall_ns(), clock.boot_ns())
