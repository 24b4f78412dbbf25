"""Turns the engine's dirty keys into views for the screen, at a rate that a screen can use.

The first change after a pause goes out at once (leading edge); after that at most `fps` batches a
second, each with the newest value only. Panes that nobody reads at that rate go out more seldom.
Owns the timing of publication; builds nothing itself and decides nothing.
"""

from collections.abc import Callable
from typing import Protocol

from kalshi_tui.core.effects import Notify
from kalshi_tui.core.views import Pane, View, ViewKey
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.mailbox import Mailbox

SECOND = 1_000_000_000
SLOW_NS = {Pane.MARKETS: SECOND // 4, Pane.POSITIONS: SECOND // 10}
"""Least time between two views of a pane that spans all markets."""


class Source(Protocol):
    """What the publisher needs of the engine."""

    def take_dirty(self) -> set[ViewKey]: ...

    def view(self, key: ViewKey) -> View | None: ...


class Timer(Protocol):
    """A call that can be taken back, as asyncio's loop gives it."""

    def cancel(self) -> None: ...


class Publisher:
    """Call `touch` after each batch. Runs on the session thread only."""

    def __init__(
        self,
        source: Source,
        mailbox: Mailbox,
        clock: Clock,
        *,
        fps: int,
        call_later: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._source = source
        self._mailbox = mailbox
        self._clock = clock
        self._interval_ns = SECOND // max(fps, 1)
        self._call_later = call_later
        self._pending: set[ViewKey] = set()
        self._notices: list[Notify] = []
        self._next_ns = 0
        self._slow_next_ns: dict[ViewKey, int] = {}
        self._timer: Timer | None = None
        self._timer_ns = 0

    def notify(self, notice: Notify) -> None:
        """Queue a notice for the next batch. Notices keep their order; none is dropped here."""
        self._notices.append(notice)

    def touch(self) -> None:
        """Publish what changed now, or see to it that it is published in time."""
        self._pending |= self._source.take_dirty()
        if not self._pending and not self._notices:
            return
        now = self._clock.mono_ns()
        due_ns = self._due_ns()
        if due_ns <= now:
            self._publish_due(now)
        elif self._timer is None or due_ns < self._timer_ns:
            self._arm(due_ns, now)

    def close(self) -> None:
        """Publish what still waits and stop."""
        self._disarm()
        self._pending |= self._source.take_dirty()
        pending, self._pending = self._pending, set()
        self._publish(pending)

    def _due_ns(self) -> int:
        """Return when the earliest of what waits may go out."""
        if self._notices:
            return self._next_ns
        return max(self._next_ns, min(self._slow_next_ns.get(key, 0) for key in self._pending))

    def _publish_due(self, now: int) -> None:
        self._disarm()
        due = {key for key in self._pending if self._slow_next_ns.get(key, 0) <= now}
        self._pending -= due
        self._next_ns = now + self._interval_ns
        for key in due:
            if key[0] in SLOW_NS:
                self._slow_next_ns[key] = now + SLOW_NS[key[0]]
        self._publish(due)
        if self._pending:
            self._arm(self._due_ns(), now)

    def _arm(self, due_ns: int, now: int) -> None:
        self._disarm()
        self._timer_ns = due_ns
        self._timer = self._call_later((due_ns - now) / SECOND, self._on_timer)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timer(self) -> None:
        self._timer = None
        self.touch()

    def _publish(self, keys: set[ViewKey]) -> None:
        built = ((key, self._source.view(key)) for key in keys)
        views = {key: view for key, view in built if view is not None}
        notices, self._notices = self._notices, []
        self._mailbox.put(views, notices)
