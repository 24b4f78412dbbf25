"""Timers that fire when a test says so."""

from collections.abc import Callable


class ManualTimers:
    """Stands in for the screen's timers: `advance` lets time pass."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: dict[int, tuple[float, Callable[[], None]]] = {}
        self._next = 0

    def later(self, delay: float, call: Callable[[], None]) -> Callable[[], None]:
        """Remember a call; returns what calls it off."""
        self._next += 1
        number = self._next
        self._waiting[number] = (self.now + delay, call)
        return lambda: void(self._waiting.pop(number, None))

    def advance(self, seconds: float) -> None:
        """Let time pass and fire what is due, in order."""
        self.now += seconds
        due = sorted((at, number) for number, (at, _) in self._waiting.items() if at <= self.now)
        for _, number in due:
            if number in self._waiting:
                self._waiting.pop(number)[1]()


def void(_value: object) -> None:
    """Forget a value."""
