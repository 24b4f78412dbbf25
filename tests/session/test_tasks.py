"""Tasks that end before they begin, and groups that fail or are ended."""

import asyncio
from collections.abc import Coroutine
from inspect import CORO_CLOSED, getcoroutinestate
from typing import Any

import pytest

from kalshi_tui.session.tasks import Tasks, siblings


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


class _OddError(Exception):
    """What a read fails with."""


async def _fail() -> None:
    await asyncio.sleep(0)
    raise _OddError


async def _fail_when_asked_to_end() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        raise _OddError


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    async with siblings() as group:
        for work in works:
            group.create_task(work)


async def test_the_first_failure_of_a_group_ends_the_rest_and_is_raised_by_itself() -> None:
    ended: list[str] = []

    async def note_the_end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("end")

    with pytest.raises(_OddError):
        await _first_of(_fail(), note_the_end())
    assert ended == ["end"]


async def test_what_a_group_has_read_is_there_when_it_is_left() -> None:
    async def read() -> int:
        await asyncio.sleep(0)
        return 7

    async with siblings() as group:
        first, second = group.create_task(read()), group.create_task(read())
    assert (first.result(), second.result()) == (7, 7)
    async with siblings():
        pass


async def test_a_failed_group_inside_a_time_out_leaves_nothing_of_itself_behind() -> None:
    task = asyncio.current_task()
    assert task is not None

    async def read_and_wait() -> None:
        async with asyncio.timeout(0.01):
            with pytest.raises(_OddError):
                await _first_of(_fail(), _work())
            assert task.cancelling() == 0
            await _work()

    with pytest.raises(TimeoutError):
        await read_and_wait()
    assert task.cancelling() == 0


async def test_a_time_out_that_strikes_while_a_group_fails_is_still_a_time_out() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await _first_of(_fail_when_asked_to_end(), _work())


async def test_a_group_that_fails_as_it_is_canceled_has_been_canceled() -> None:
    task = asyncio.create_task(_first_of(_fail_when_asked_to_end(), _work()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_a_group_that_is_canceled_while_it_ends_waits_for_its_tasks_first() -> None:
    release, seen = asyncio.Event(), asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.set()
            await release.wait()

    task = asyncio.create_task(_first_of(_fail(), stubborn()))
    await seen.wait()
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    release.set()
    await asyncio.wait({task})
    assert task.cancelled()
