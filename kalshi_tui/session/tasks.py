"""The session's tasks: all of them in one group, none forgotten, none able to end the others.

A task that fails is reported once; the rest goes on. Owns no rule about what failing means.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

_log = logging.getLogger(__name__)


class Tasks:
    """Starts coroutines in a task group; `failed` hears of each exception, on the loop."""

    def __init__(self, group: asyncio.TaskGroup, failed: Callable[[str], None]) -> None:
        self._group = group
        self._failed = failed
        self._is_over = False
        self._running: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Run `work` beside everything else, until `cancel`; after that nothing is started."""
        if self._is_over:
            work.close()
            return None
        task = self._group.create_task(self._guarded(name, work), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        # A task that is canceled before its first step never reaches `work`.
        task.add_done_callback(lambda _: work.close())
        return task

    def cancel(self) -> None:
        """Ask every task to end, and start no other."""
        self._is_over = True
        for task in self._running:
            task.cancel()

    async def _guarded(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            # One of three loop tops: a fault in one task must not take the feed down.
            _log.exception("the task %s failed", name)
            self._failed(f"An internal error ({type(error).__name__} in {name}).")


@asynccontextmanager
async def siblings() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group whose first failure cancels the rest and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as failures:
        # Raised outside the handler, so that the group does not travel along.
        first = failures.exceptions[0]
    else:
        return
    raise first
