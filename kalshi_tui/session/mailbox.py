"""The latest-value mailbox between the session thread and the screen.

Views are conflated: only the newest of each key waits. Notices are kept in order, up to a bound.
At most one wake is outstanding, however much is put in; it is armed again by `take`.
Owns no thread and no view building.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kalshi_tui.core.effects import Notify
from kalshi_tui.core.views import View, ViewKey

NOTICES_KEPT = 200
"""Notices that may wait; beyond that the oldest go first and are counted."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What has changed since the last `take`."""

    views: Mapping[ViewKey, View] = field(default_factory=dict)
    notices: tuple[Notify, ...] = ()
    dropped_notices: int = 0
    """Notices that did not fit while nobody took them."""


class Mailbox:
    """Thread-safe. After a wake, exactly one `take` is expected before the next wake comes."""

    def __init__(self, notices_kept: int = NOTICES_KEPT) -> None:
        self._lock = threading.Lock()
        self._views: dict[ViewKey, View] = {}
        self._notices: deque[Notify] = deque(maxlen=notices_kept)
        self._dropped = 0
        self._awake = False
        self._wake: Callable[[], None] | None = None

    def connect(self, wake: Callable[[], None] | None) -> None:
        """Set who is woken; None disconnects. What waits already wakes the new reader at once."""
        with self._lock:
            self._wake = wake
            self._awake = False
        self._ring()

    def put(self, views: Mapping[ViewKey, View], notices: Iterable[Notify] = ()) -> None:
        """Replace the waiting views of these keys, append the notices, and wake once."""
        with self._lock:
            self._views.update(views)
            for notice in notices:
                if len(self._notices) == self._notices.maxlen:
                    self._dropped += 1
                self._notices.append(notice)
        self._ring()

    def take(self) -> Delivery:
        """Take everything that waits and arm the next wake."""
        with self._lock:
            delivery = Delivery(self._views, tuple(self._notices), self._dropped)
            self._views = {}
            self._notices.clear()
            self._dropped = 0
            self._awake = False
        return delivery

    def _ring(self) -> None:
        with self._lock:
            wake = self._wake
            if self._awake or wake is None or not (self._views or self._notices):
                return
            self._awake = True
        # Outside the lock: the reader may call `take` from within.
        wake()
