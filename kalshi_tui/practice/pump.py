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


_PATIENCE = 100
"""Turns of the shortest wait that readers get to follow stepped or rushed time."""

_SLICE_NS = 50_000_000
"""As fast as it can: virtual time that passes before the sockets get their turn."""


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
            await self._breathe(patient=True)
        self._gateway.strike(now_ns)
        self._venue.hub.tick(now_ns)
        self._wake.set()

    async def run(self) -> None:
        """Keep time for ever."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            self._rush()
            now_ns = self._venue.clock.now_ns()
            more = self._venue.run(now_ns, _STEPS)
            self._gateway.strike(now_ns)
            self._venue.hub.tick(now_ns)
            unbound = self._venue.clock.is_unbound
            if more or unbound:
                await self._breathe(patient=unbound)
                continue
            timer = loop.call_later(self._delay(), self._wake.set)
            await self._wake.wait()
            timer.cancel()

    def _rush(self) -> None:
        """Jump to the next event and a little further, where nothing holds the time back."""
        clock = self._venue.clock
        if clock.is_unbound:
            due_ns = self._venue.next_due_ns()
            if due_ns is not None:
                clock.step_to(max(due_ns, clock.now_ns()) + _SLICE_NS)

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
