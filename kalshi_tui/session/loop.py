"""Feeds the engine, batch by batch, and has its effects carried out.

One batch: the time, then every fact and command in order, each followed by its effects; then the
publisher. Facts that come up while effects run wait for their turn in the same batch. Runs on the
session thread only. A fault inside the engine stops order entry and nothing else.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from kalshi_tui.core.commands import Command, Place
from kalshi_tui.core.effects import Effect, NoticeLevel, Notify
from kalshi_tui.core.events import Fact, Tick
from kalshi_tui.session.clock import Clock

_log = logging.getLogger(__name__)


class Machine(Protocol):
    """What the loop needs of the engine."""

    def handle(self, item: Fact | Command) -> list[Effect]: ...


class Loop:
    """Call `absorb` with what happened; it returns when its effects were handed out."""

    def __init__(
        self,
        machine: Machine,
        *,
        run: Callable[[Sequence[Effect]], None],
        publish: Callable[[], None],
        notify: Callable[[Notify], None],
        clock: Clock,
    ) -> None:
        self._machine = machine
        self._run = run
        self._publish = publish
        self._notify = notify
        self._clock = clock
        self._queue: deque[Fact | Command] = deque()
        self._is_busy = False
        self.halted = ""
        """Why no more orders are taken, or empty."""

    def absorb(self, *items: Fact | Command) -> None:
        """Take facts and commands in order; without any, only tell the time."""
        self._queue.extend(items)
        if self._is_busy:
            return
        self._is_busy = True
        try:
            self._step(Tick(self._clock.mono_ns(), self._clock.wall_ns()))
            while self._queue:
                self._step(self._queue.popleft())
        finally:
            self._is_busy = False
        self._publish()

    def halt(self, reason: str) -> None:
        """Take no more orders; cancels, kill and the feed go on. Said once."""
        if self.halted:
            return
        self.halted = reason
        self._say(f"{reason} No more orders are taken; restart the workstation.")

    def _step(self, item: Fact | Command) -> None:
        if self.halted and isinstance(item, Place):
            self._say(f"not sent: {self.halted}")
            return
        try:
            effects = self._machine.handle(item)
            if effects:
                self._run(effects)
        except Exception as error:
            # The second loop top: trading halts first, what is shown stays alive.
            _log.exception("the engine failed on a %s", type(item).__name__)
            self.halt(f"An internal error ({type(error).__name__}).")

    def _say(self, text: str) -> None:
        self._notify(Notify(NoticeLevel.ERROR, text, self._clock.wall_ns()))
