"""Feeds the engine, batch by batch, and has its effects carried out.

One batch: the time, then every fact and command in order, each followed by its effects; then the
publisher. Facts that come up while effects run wait for their turn in the same batch. Runs on the
session thread only. A fault inside the engine stops order entry and nothing else.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from kalshi_tui.core.commands import Amend, Command, Flatten, Place, PlaceBatch, Resend, Reverse
from kalshi_tui.core.effects import Effect, NoticeLevel, Notify
from kalshi_tui.core.events import Fact, Slept, Tick
from kalshi_tui.session.vigil import Lapse, Vigil

_SENDING = (Place, PlaceBatch, Amend, Resend, Flatten, Reverse)
"""Commands that end in an order or in a change of one."""

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
        vigil: Vigil,
        lapsed: Callable[[Lapse], None],
    ) -> None:
        """`lapsed` hears of sleep and set clocks, after the engine has heard of sleep."""
        self._machine = machine
        self._run = run
        self._publish = publish
        self._notify = notify
        self._vigil = vigil
        self._lapsed = lapsed
        self._wall_ns = 0
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
            now, lapse = self._vigil.look()
            self._wall_ns = now.wall_ns
            self._step(Tick(now.mono_ns, now.wall_ns))
            if lapse is not None:
                self._lapse(lapse)
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

    def _lapse(self, lapse: Lapse) -> None:
        if lapse.asleep_ns:
            # Before anything that was asked in the meantime: nothing old is to be sent.
            self._step(Slept(lapse.asleep_ns))
        self._lapsed(lapse)

    def _step(self, item: Fact | Command) -> None:
        if self.halted and isinstance(item, _SENDING):
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
        self._notify(Notify(NoticeLevel.ERROR, text, self._wall_ns))
