"""Where what we booked and what the exchange states do not agree: visible items, never overwrites.

`Register` keeps the items: open ones until both sides agree, closed ones for the record. `Chain`
follows one market's position from fill to fill. Both are pure, decide nothing and send nothing:
`core.checks` looks, asks for a second look, and says so.
Source: reliability TC18, FE01 to FE07, FE13.
"""

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum

from kalshi_tui.core.events import Filled
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count

_STAMPS_APART_MS = 1_000

RESOLVED_KEPT = 200
"""Closed items that stay to be read; older ones go first."""


class DifferenceKind(Enum):
    """What does not agree, in words."""

    FILLS = "fills of an order"
    POSITION = "position"
    ORDER = "state of an order"
    MISSING = "order not listed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the exchange and our record differ, or did."""

    kind: DifferenceKind
    ticker: str
    order_id: str
    """Empty where it concerns a market's position."""
    ours: str
    theirs: str
    since_wall_ns: int
    resolved_wall_ns: int | None = None
    note: str = ""
    """How it was resolved, in one sentence."""


Key = tuple[DifferenceKind, str]
"""(kind, order id; or the ticker where it concerns a position)."""


class Register:
    """The items, by what they concern."""

    def __init__(self) -> None:
        self._open: dict[Key, Difference] = {}
        self._resolved: deque[Difference] = deque(maxlen=RESOLVED_KEPT)

    def __contains__(self, key: Key) -> bool:
        return key in self._open

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open)

    def find(self, key: Key) -> Difference | None:
        """Return an open item."""
        return self._open.get(key)

    def differ(self, found: Difference) -> bool:
        """Open an item, or bring its figures up to date. Returns True where it is a new one."""
        key = _key(found)
        known = self._open.get(key)
        if known is not None:
            self._open[key] = replace(known, ours=found.ours, theirs=found.theirs)
            return False
        self._open[key] = found
        return True

    def agree(self, key: Key, wall_ns: int, note: str = "") -> Difference | None:
        """Close an item, if it is open, and return it."""
        known = self._open.pop(key, None)
        if known is None:
            return None
        closed = replace(known, resolved_wall_ns=wall_ns, note=note)
        self._resolved.appendleft(closed)
        return closed

    def rows(self) -> tuple[Difference, ...]:
        """Return the open items, then the closed ones, each newest first."""
        newest = sorted(self._open.values(), key=lambda each: each.since_wall_ns, reverse=True)
        return (*newest, *self._resolved)


def _key(found: Difference) -> Key:
    return found.kind, found.order_id or found.ticker


class Chain:
    """One market's position, as fills make it and as the exchange states it.

    The first statement is the origin; every later one has to be the origin plus the fills up to it.
    Fills may come in any order and twice (the caller passes each trade once); statements that are
    older than one already known say nothing new (FE03, FE04).
    """

    __slots__ = ("_base", "_fills", "_origin_ms", "_stated", "_stated_ms")

    def __init__(self) -> None:
        self._origin_ms: int | None = None
        self._base = NO_COUNT
        """The position up to `_stated_ms`, by the origin and our fills."""
        self._fills: list[tuple[int, Count]] = []
        """Fills newer than the newest statement: (stamp, signed count)."""
        self._stated: set[Count] = set()
        """What was stated for `_stated_ms`; several fills may share a millisecond."""
        self._stated_ms = 0

    def filled(self, fill: Filled) -> None:
        """Take a fill that was not seen before, and the position that it states, if any."""
        signed = Count(fill.count if fill.side is BookSide.BID else -fill.count)
        if self._origin_ms is None:
            if fill.position_after is None:
                self._fills.append((fill.ts_ms, signed))
                return
            # Fills of the same millisecond are told apart by none of their stamps.
            self._begin(Count(fill.position_after - signed), fill.ts_ms - 1)
        self._book(fill.ts_ms, signed)
        if fill.position_after is not None:
            self.stated(fill.position_after, fill.ts_ms)

    def stated(self, position: Count, ts_ms: int) -> None:
        """Take a position that the exchange states as of `ts_ms`."""
        if self._origin_ms is None:
            self._begin(position, ts_ms)
            self._stated = {position}
        elif ts_ms > self._stated_ms:
            self._stated_ms = ts_ms
            self._stated = {position}
            later, self._fills = self._fills, []
            for stamp, signed in later:
                self._book(stamp, signed)
        elif ts_ms == self._stated_ms:
            self._stated.add(position)

    def difference(self) -> tuple[Count, Count] | None:
        """Return (ours, theirs) where the newest statement is not what our fills make."""
        if self._origin_ms is None or not self._stated or self._is_explained():
            return None
        return self._base, max(self._stated, key=abs)

    def _is_explained(self) -> bool:
        # A position and its fill may be stamped apart: fills a little newer may be in it.
        position = self._base
        if position in self._stated:
            return True
        for stamp, signed in sorted(self._fills):
            position = Count(position + signed)
            if stamp <= self._stated_ms + _STAMPS_APART_MS and position in self._stated:
                return True
        return False

    def adjust(self) -> None:
        """Take the exchange's figure over: no fill explains it (FE07)."""
        found = self.difference()
        if found is not None:
            self._base = found[1]
            self._stated = {found[1]}

    def _begin(self, position: Count, ts_ms: int) -> None:
        self._origin_ms = self._stated_ms = ts_ms
        self._base = position
        early, self._fills = self._fills, []
        for stamp, signed in early:
            self._book(stamp, signed)

    def _book(self, ts_ms: int, signed: Count) -> None:
        if self._origin_ms is not None and ts_ms <= self._origin_ms:
            return
        if ts_ms <= self._stated_ms:
            self._base = Count(self._base + signed)
        else:
            self._fills.append((ts_ms, signed))
