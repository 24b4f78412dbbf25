"""Drives a venue through time: crowd, expiries, quotes and faults, each when it is due.

Owns the waiting and nothing else. A paused clock waits for whoever wakes it.
"""

import asyncio

from kalshi_tui.practice.gateway import Gateway
from kalshi_tui.practice.venue import Venue

_STEPS = 200
"""Steps of the crowd before the sockets get their turn."""

_SHORTEST_S = 0.002
"""Events closer together than this are told together."""

_LONGEST_S = 60.0


class Pump:
    """The loop that keeps one venue's time."""

    def __init__(self, venue: Venue, gateway: Gateway) -> None:
        self._venue = venue
        self._gateway = gateway
        self._wake = asyncio.Event()

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
            await asyncio.sleep(0)
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
            if more:
                await asyncio.sleep(0)
                continue
            timer = loop.call_later(self._delay(), self._wake.set)
            await self._wake.wait()
            timer.cancel()

    def _delay(self) -> float:
        due = self._venue.next_due_ns()
        left = None if due is None else self._venue.clock.seconds_until(due)
        return _LONGEST_S if left is None else min(max(left, _SHORTEST_S), _LONGEST_S)
