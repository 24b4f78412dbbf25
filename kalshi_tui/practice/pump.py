"""Drives a venue through time: crowd, expiries, quotes and faults, each when it is due.

Owns the waiting and nothing else. A paused clock waits for whoever wakes it.
"""

import asyncio

from kalshi_tui.practice.clock import NORMAL_SPEED
from kalshi_tui.practice.gateway import Gateway
from kalshi_tui.practice.venue import Venue

_STEPS = 64
"""Steps of the crowd before the sockets get their turn."""

_SHORTEST_S = 0.002
"""Events closer together than this are told together."""

_LONGEST_S = 60.0


_PATIENCE = 100
"""Turns of the shortest wait that readers get to follow stepped or rushed time."""

_AHEAD_NS = 5_000_000
"""Wall time by which a fast clock may at most run ahead of what has been done."""

_RUSH_NS = 1_000_000_000
"""The same in virtual time, for a clock that goes as fast as it can."""

_LEAST_NS = 1_000_000


class Pump:
    """The loop that keeps one venue's time."""

    def __init__(self, venue: Venue, gateway: Gateway) -> None:
        self._venue = venue
        self._gateway = gateway
        self._wake = asyncio.Event()
        self._ahead_ns = _LEAST_NS

    def wake(self) -> None:
        """Look at the time again: something may be due earlier than it was."""
        self._wake.set()

    async def advance(self) -> None:
        """Do everything that is due, quotes and faults included, before returning.

        The sockets get their turn in between: a step over hours must not silence them.
        """
        now_ns = self._venue.clock.now_ns()
        more = True
        while more:
            more = self._venue.run(now_ns, _STEPS)
            await self._breathe(patient=True)
        self._gateway.strike(now_ns)
        self._venue.hub.tick(now_ns)
        self._wake.set()

    async def run(self) -> None:
        """Keep time for ever."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            now_ns = self._venue.clock.now_ns()
            more = self._venue.run(now_ns, _STEPS)
            self._gateway.strike(now_ns)
            self._venue.hub.tick(now_ns)
            hurries = self._hurry(more)
            if more or self._venue.clock.is_unbound:
                await self._breathe(patient=hurries)
                continue
            timer = loop.call_later(self._delay(), self._wake.set)
            await self._wake.wait()
            timer.cancel()

    def _hurry(self, more: bool) -> bool:
        """Hold a clock that is faster than the wall to what has been done; True for such a one.

        Time may run ahead of the next event by what can be done in one go, which is found by
        trying, and no further.
        """
        clock, crowd = self._venue.clock, self._venue.crowd
        if clock.speed <= NORMAL_SPEED:
            return False
        next_ns = crowd.next_time() if more and crowd is not None else self._venue.next_due_ns()
        most_ns = _RUSH_NS if clock.is_unbound else _AHEAD_NS * clock.speed // NORMAL_SPEED
        self._ahead_ns = max(_LEAST_NS, self._ahead_ns // 2 if more else self._ahead_ns * 2)
        self._ahead_ns = min(self._ahead_ns, most_ns)
        clock.allow((clock.now_ns() if next_ns is None else next_ns) + self._ahead_ns)
        return True

    async def _breathe(self, *, patient: bool) -> None:
        """Let the sockets have their turn.

        Time that somebody makes run faster than the wall waits a little for readers that cannot
        follow; the wall's own waits for nobody.
        """
        await asyncio.sleep(0)
        turns = _PATIENCE if patient else 0
        while turns and self._gateway.is_crowded:
            turns -= 1
            await asyncio.sleep(_SHORTEST_S)

    def _delay(self) -> float:
        due = self._venue.next_due_ns()
        left = None if due is None else self._venue.clock.seconds_until(due)
        return _LONGEST_S if left is None else min(max(left, _SHORTEST_S), _LONGEST_S)
