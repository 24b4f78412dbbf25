"""A clock and timers that only move when a test says so."""

from collections.abc import Callable

from kalshi_tui.session.clock import SystemClock


class ManualClock:
    """Both readings stand still until `advance`."""

    def __init__(self, wall_ns: int = 1_700_000_000_000_000_000) -> None:
        self._mono_ns = 1_000_000_000
        self._wall_ns = wall_ns
        self._boot_ns = self._mono_ns
        self.knows_sleep = True

    def mono_ns(self) -> int:
        return self._mono_ns

    def wall_ns(self) -> int:
        return self._wall_ns

    def boot_ns(self) -> int | None:
        return self._boot_ns if self.knows_sleep else None

    def advance(self, nanoseconds: int) -> None:
        self._mono_ns += nanoseconds
        self._boot_ns += nanoseconds
        self._wall_ns += nanoseconds

    def sleep(self, nanoseconds: int) -> None:
        """The computer sleeps: the monotonic clock stands still."""
        self._boot_ns += nanoseconds
        self._wall_ns += nanoseconds

    def step(self, nanoseconds: int) -> None:
        """Somebody sets the wall clock."""
        self._wall_ns += nanoseconds


class ManualTimer:
    """One planned call."""

    def __init__(self, due_ns: int, call: Callable[[], None]) -> None:
        self.due_ns = due_ns
        self.call = call
        self.is_live = True

    def cancel(self) -> None:
        self.is_live = False


class ManualTimers:
    """`call_later` on a `ManualClock`: `advance` runs what falls due, in order."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.timers: list[ManualTimer] = []

    def call_later(self, seconds: float, call: Callable[[], None]) -> ManualTimer:
        timer = ManualTimer(self.clock.mono_ns() + round(seconds * 1e9), call)
        self.timers.append(timer)
        return timer

    def advance(self, nanoseconds: int) -> None:
        end = self.clock.mono_ns() + nanoseconds
        while True:
            due = [each for each in self.timers if each.is_live and each.due_ns <= end]
            if not due:
                break
            first = min(due, key=lambda each: each.due_ns)
            self.clock.advance(first.due_ns - self.clock.mono_ns())
            first.is_live = False
            first.call()
        self.clock.advance(end - self.clock.mono_ns())


class SteppedClock:
    """The machine's clocks, with sleep and set clocks added while a session runs."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self.asleep_ns = 0
        self.stepped_ns = 0

    def mono_ns(self) -> int:
        return self._system.mono_ns()

    def wall_ns(self) -> int:
        return self._system.wall_ns() + self.asleep_ns + self.stepped_ns

    def boot_ns(self) -> int | None:
        return self._system.mono_ns() + self.asleep_ns
