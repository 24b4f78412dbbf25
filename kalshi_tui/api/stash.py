"""Frames that came before the sid they belong to was announced.

Owns them for two seconds at most, then they are counted and dropped. Reads nothing in them.
Source: reliability TS03.
"""

from typing import Generic, TypeVar

from kalshi_tui.api.counters import FeedCounters
from kalshi_tui.api.liveness import SECOND_NS
from kalshi_tui.api.reconciler import NEVER

LIMIT = 1_024
"""Frames kept at most."""
KEPT_NS = 2 * SECOND_NS

FrameT = TypeVar("FrameT")


class Stash(Generic[FrameT]):
    """What is kept on the current connection, in the order of arrival."""

    def __init__(self, counters: FeedCounters) -> None:
        self._counters = counters
        self._kept: list[tuple[int, FrameT, bytes | str]] = []
        self._ends_ns = 0

    @property
    def deadline_ns(self) -> int:
        """When what is kept is given up; far off where nothing is."""
        return self._ends_ns if self._kept else NEVER

    def clear(self) -> None:
        """The connection ended: what was kept belonged to it."""
        self._kept.clear()

    def tick(self, now: int) -> None:
        """Give up frames whose sid was never announced."""
        if self._kept and now >= self._ends_ns:
            self._counters.unplaced += len(self._kept)
            self._kept.clear()

    def keep(self, sid: int, frame: FrameT, data: bytes | str, now: int) -> None:
        """Keep a frame, unless there are too many already."""
        if len(self._kept) >= LIMIT:
            self._counters.unplaced += 1
            return
        if not self._kept:
            self._ends_ns = now + KEPT_NS
        self._kept.append((sid, frame, data))

    def take(self, sid: int) -> list[tuple[FrameT, bytes | str]]:
        """Take out the frames of this sid."""
        mine = [(frame, data) for each, frame, data in self._kept if each == sid]
        self._kept = [entry for entry in self._kept if entry[0] != sid]
        return mine
