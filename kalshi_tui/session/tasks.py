"""The session's tasks: all of them in one group, none forgotten, none able to end the others.

A task that fails is reported once; the rest goes on. Owns no rule about what failing means.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

_T = TypeVar("_T")

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


class Siblings:
    """Tasks that are of use together only."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def create_task(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Begin `work`; its result can be taken once the group has been left."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        return task

    async def done(self) -> None:
        """Return when all are done. Raises the first failure as soon as there is one."""
        if not self._tasks:
            return
        ended, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in ended:
            task.result()

    async def end(self) -> None:
        """Cancel those that are left and wait until they have ended, asked to hurry or not."""
        lost: asyncio.CancelledError | None = None
        for task in self._tasks:
            task.cancel()
        while left := [task for task in self._tasks if not task.done()]:
            try:
                await asyncio.wait(left)
            except asyncio.CancelledError as error:
                lost = error
        for task in self._tasks:
            if not task.cancelled():
                # Looked at, so that nothing complains of a failure behind the first.
                task.exception()
        if lost is not None:
            raise lost


@asynccontextmanager
async def siblings() -> AsyncIterator[Siblings]:
    """A group whose first failure cancels the rest and is raised by itself.

    Not `asyncio.TaskGroup`: on Python 3.11 and 3.12 one that fails while it is being left keeps a
    cancellation of its own counted, and one that is cancelled while it fails forgets that it was,
    so that a time-out or an end around it is lost or taken for another.
    """
    group = Siblings()
    try:
        yield group
        await group.done()
    finally:
        await group.end()
