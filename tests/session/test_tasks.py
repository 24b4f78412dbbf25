"""Tasks that end before they begin."""

import asyncio
from inspect import CORO_CLOSED, getcoroutinestate

from kalshi_tui.session.tasks import Tasks


async def _work() -> None:
    await asyncio.Event().wait()


async def test_what_is_canceled_before_its_first_step_is_closed() -> None:
    failures: list[str] = []
    work = _work()
    async with asyncio.TaskGroup() as group:
        tasks = Tasks(group, failures.append)
        tasks.start("never begun", work)
        tasks.cancel()
    assert getcoroutinestate(work) == CORO_CLOSED
    assert failures == []


async def test_nothing_is_started_after_the_end() -> None:
    work = _work()
    async with asyncio.TaskGroup() as group:
        tasks = Tasks(group, lambda _: None)
        tasks.cancel()
        assert tasks.start("too late", work) is None
    assert getcoroutinestate(work) == CORO_CLOSED
