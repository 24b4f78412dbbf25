"""The limits are read when they have to be, and what is left of them is told when it changes."""

import asyncio
from dataclasses import replace

import pytest

from kalshi_tui.api.errors import ApiError, DeniedError, ReadFailedError
from kalshi_tui.core.events import BudgetReported, Fact, RequestFailed
from kalshi_tui.session.budget import PAUSE_BEATS, Budget

FULL = BudgetReported(100, 100, 100, 600, 600, 200, 20)


class Stage:
    """A client whose budget and needs follow a script, one entry a beat."""

    def __init__(self, needs: list[bool], budgets: list[BudgetReported] | None = None) -> None:
        self.needs = needs
        self.budgets = budgets or [FULL]
        self.facts: list[Fact] = []
        self.reads: list[int] = []
        self.beat = 0
        self.fails: set[int] = set()
        self.failure: ApiError = ReadFailedError("No answer.")

    @property
    def needs_limits(self) -> bool:
        return self.needs[min(self.beat, len(self.needs) - 1)]

    def budget(self) -> BudgetReported:
        return self.budgets[min(self.beat, len(self.budgets) - 1)]

    async def read(self) -> None:
        self.reads.append(self.beat)
        if self.beat in self.fails:
            raise self.failure

    async def sleep(self, _seconds: float) -> None:
        self.beat += 1
        if self.beat > 30:
            raise asyncio.CancelledError

    async def run(self) -> None:
        budget = Budget(self, read=self.read, absorb=self.facts.append, sleep=self.sleep)
        with pytest.raises(asyncio.CancelledError):
            await budget.keep()


async def test_FL04_the_limits_are_read_at_the_start_and_after_a_429() -> None:
    stage = Stage([True, *[False] * 11, True, False])
    await stage.run()
    assert stage.reads == [0, 12]


async def test_FL04_a_storm_of_429_brings_no_storm_of_reads() -> None:
    stage = Stage([True])
    await stage.run()
    assert stage.reads == list(range(0, 31, PAUSE_BEATS))


async def test_limits_that_cannot_be_read_are_asked_for_again_and_told_once() -> None:
    stage = Stage([True])
    stage.fails = {0, PAUSE_BEATS}
    await stage.run()
    assert [each for each in stage.facts if isinstance(each, RequestFailed)] == [
        RequestFailed("the account's limits", "No answer.")
    ]
    assert len(stage.reads) == 4


async def test_FF05_limits_whose_endpoint_has_ended_are_off_and_not_asked_for_in_a_loop() -> None:
    stage = Stage([True])
    stage.fails, stage.failure = set(range(99)), DeniedError(410, "gone")
    await stage.run()
    assert stage.reads == [0]
    assert [each.reason for each in stage.facts if isinstance(each, RequestFailed)] == [
        "The exchange refused (410) gone: this is off, and asked for again in 10 minutes at most."
    ]


async def test_the_budget_is_told_where_it_changed_and_only_there() -> None:
    spent = replace(FULL, write_left=90)
    stage = Stage([False], [FULL, FULL, spent, spent, FULL])
    await stage.run()
    assert stage.facts == [FULL, spent, FULL]


async def test_what_a_write_has_cost_is_told_at_once() -> None:
    stage = Stage([False], [FULL, replace(FULL, write_left=90)])
    budget = Budget(stage, read=stage.read, absorb=stage.facts.append, sleep=stage.sleep)
    budget.tell()
    stage.beat = 1
    budget.tell()
    budget.tell()
    assert stage.facts == [FULL, replace(FULL, write_left=90)]
