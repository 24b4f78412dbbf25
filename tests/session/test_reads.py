"""An endpoint that the exchange has ended: off in words, and no loop of questions."""

import asyncio

import pytest

from kalshi_tui.api.errors import ApiError, DeniedError, ReadFailedError
from kalshi_tui.core.effects import Read
from kalshi_tui.core.events import Fact, RequestFailed
from kalshi_tui.session.reads import ENDED_S, PAUSE_S, RETRY_S, Reads, tried
from kalshi_tui.session.tasks import Tasks

OFF = "The exchange refused (410) gone: this is off, and asked for again in 10 minutes at most."


class Script:
    """A read that runs into these errors one after the other, wanted again in every pause."""

    def __init__(self, *errors: ApiError | None) -> None:
        self._errors = list(errors)
        self._reads: Reads | None = None
        self.slept: list[float] = []
        self.facts: list[Fact] = []

    async def read(self) -> None:
        error = self._errors.pop(0)
        if error is not None:
            raise error

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self._errors and self._reads is not None:
            self._reads.want(Read.QUEUES)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = Tasks(group, lambda reason: None)
            self._reads = Reads(
                {Read.QUEUES: self.read}, tasks=tasks, absorb=self.facts.append, sleep=self.sleep
            )
            self._reads.want(Read.QUEUES)


GONE = DeniedError(410, "gone")


async def test_FF05_an_ended_endpoint_is_told_once_and_asked_for_every_ten_minutes() -> None:
    script = Script(GONE, GONE, GONE)
    await script.run()
    assert script.slept == [ENDED_S] * 3
    assert script.facts == [RequestFailed("queue positions", OFF)]


async def test_FF05_an_endpoint_that_is_back_is_on_again() -> None:
    script = Script(GONE, None, GONE)
    await script.run()
    assert script.slept == [ENDED_S, PAUSE_S[Read.QUEUES], ENDED_S]
    assert script.facts == [RequestFailed("queue positions", OFF)] * 2


async def test_another_failure_is_told_each_time_and_asked_for_soon() -> None:
    script = Script(ReadFailedError("No answer."), DeniedError(404, "not_found"))
    await script.run()
    assert script.slept == [PAUSE_S[Read.QUEUES]] * 2
    assert len(script.facts) == 2


@pytest.mark.parametrize(
    ("error", "wait_s", "reason"),
    [
        (None, 0.0, ""),
        (ReadFailedError("No answer."), RETRY_S, "No answer."),
        (GONE, ENDED_S, OFF),
    ],
)
async def test_a_read_at_the_start_says_how_long_to_wait(
    error: ApiError | None, wait_s: float, reason: str
) -> None:
    facts: list[Fact] = []
    assert await tried("the markets", Script(error).read, facts.append) == wait_s
    assert facts == ([RequestFailed("the markets", reason)] if reason else [])
