"""The session's tasks: all of them in one group, none forgotten, none able to end the others.

A task that fails is reported once; the rest goes on. Owns no rule about what failing means.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

_log = logging.getLogger(__name__)


class Tasks:
    """Starts coroutines in a task group; `failed` hears of each exception, on the loop."""

    def __init__(self, group: asyncio.TaskGroup, failed: Callable[[str], None]) -> None:
        self._group = group
        self._failed = failed

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` beside everything else. It may be cancelled; it ends with the session."""
        return self._group.create_task(self._guarded(name, work), name=name)

    async def _guarded(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            # One of three loop tops: a fault in one task must not take the feed down.
            _log.exception("the task %s failed", name)
            self._failed(f"An internal error ({type(error).__name__} in {name}).")
