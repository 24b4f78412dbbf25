"""What takes risk away is tried again, in requests that fit, and ends in one fact an order."""

import asyncio

import pytest

from kalshi_tui.api.errors import DeniedError, NotSentError, UnknownOutcomeError
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.units import Count
from kalshi_tui.session.cancels import CANCEL_TRIES
from tests.session.stage import Stage, canceled

LOST = UnknownOutcomeError("Lost.")
BUSY = DeniedError(429, "too_many_requests")


def batch(*names: str) -> fx.SendCancelBatch:
    return fx.SendCancelBatch(tuple(fx.SendCancel(each, "KX-A") for each in names))


async def test_TO25_a_cancel_without_an_answer_is_tried_again_and_then_in_doubt() -> None:
    stage = Stage(answers=[LOST] * CANCEL_TRIES)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.SendCancel("o1", "KX-A")])
    assert stage.log == [("cancel", "o1", "KX-A")] * CANCEL_TRIES
    assert stage.facts == [e.CancelUnknown("o1", "Lost.")]


async def test_TO24_a_refused_cancel_is_not_repeated_but_a_throttled_one_is() -> None:
    stage = Stage(answers=[DeniedError(429, "too_many_requests"), DeniedError(404, "not_found")])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.SendCancel("o1", "KX-A")])
    assert stage.facts == [e.CancelRefused("o1", 404, "not_found")]
    assert len(stage.log) == 2


async def test_one_cancel_of_an_order_is_under_way_at_a_time() -> None:
    stage = Stage()
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.SendCancel("o1", "KX-A"), fx.SendCancel("o1", "KX-A")])
    assert stage.log == [("cancel", "o1", "KX-A")]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([], ""),
        ([LOST, None], ""),
        ([LOST] * CANCEL_TRIES, "Lost."),
    ],
)
async def test_cancel_all_is_tried_again_and_answered_once(
    answers: list[object], error: str
) -> None:
    stage = Stage(answers=answers)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.SendCancelAll()])
    assert stage.facts == [e.CancelAllAnswered(error)]


async def test_a_batch_of_cancels_goes_in_requests_that_fit_the_bucket() -> None:
    stage = Stage(room=2)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("o1", "o2", "o3")])
    assert stage.log == [("cancel", "o1", "o2"), ("cancel", "o3")]
    assert stage.facts == [canceled("o1"), canceled("o2"), canceled("o3")]


async def test_TO25_only_the_cancels_without_an_answer_are_tried_again() -> None:
    first = [canceled("o1"), e.CancelUnknown("o2", "?"), e.CancelRefused("o3", 404, "not_found")]
    stage = Stage(answers=[first, LOST, [canceled("o2")]])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("o1", "o2", "o3")])
    assert stage.log == [("cancel", "o1", "o2", "o3"), ("cancel", "o2"), ("cancel", "o2")]
    assert stage.facts == [first[0], first[2], canceled("o2")]


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        (LOST, [e.CancelUnknown("o1", "Lost."), e.CancelUnknown("o2", "Lost.")]),
        (BUSY, [e.CancelRefused(each, 429, "too_many_requests") for each in ("o1", "o2")]),
    ],
)
async def test_TO25_a_batch_of_cancels_is_tried_thrice_and_then_told(
    error: Exception, facts: list[e.Fact]
) -> None:
    stage = Stage(answers=[error] * CANCEL_TRIES)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("o1", "o2")])
    assert len(stage.log) == CANCEL_TRIES
    assert stage.facts == facts


async def test_TO26_a_refused_batch_of_cancels_is_not_tried_again() -> None:
    stage = Stage(answers=[DeniedError(409, "exchange_is_paused")])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("o1", "o2")])
    assert len(stage.log) == 1
    assert [type(each) for each in stage.facts] == [e.CancelRefused] * 2


async def test_one_cancel_of_an_order_is_under_way_however_it_was_asked_for() -> None:
    stage = Stage()
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.SendCancel("o1", "KX-A"), batch("o1", "o2"), batch("o1", "o2")])
    assert stage.log == [("cancel", "o1", "KX-A"), ("cancel", "o2", "KX-A")]
    again = Stage()
    async with again.dispatcher() as dispatcher:
        dispatcher.run([batch("o1", "o2")])
        await asyncio.sleep(0.001)
        dispatcher.run([batch("o1", "o2")])
    assert again.log == [("cancel", "o1", "o2")] * 2


async def test_cancels_that_are_stopped_half_way_are_in_doubt() -> None:
    stage = Stage(hold=asyncio.Event())
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("o1", "o2")])
        await dispatcher.settle(0.001)
        for task in tuple(dispatcher._writes):
            task.cancel()
    assert [type(each) for each in stage.facts] == [e.CancelUnknown] * 2


async def test_TO38_a_group_is_made_triggered_and_reset() -> None:
    stage = Stage(answers=[None, LOST, BUSY, None])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.ResetGroup("g1", 1)])
        await asyncio.sleep(0.001)
        dispatcher.run([fx.TriggerGroup("g1", 1)])
        await asyncio.sleep(0.001)
        dispatcher.run([fx.MakeGroup(0, Count(500))])
    assert stage.log == [
        ("reset", "g1", 1),
        *[("trigger", "g1", 1)] * 3,
        ("make group", 0, 500),
    ]
    assert stage.facts == [
        e.GroupChanged("g1", e.GroupChange.RESET),
        e.GroupChanged("g1", e.GroupChange.TRIGGERED),
        e.GroupMade(0, "g1"),
    ]


@pytest.mark.parametrize(
    ("answers", "tries"),
    [
        ([LOST] * CANCEL_TRIES, 3),
        ([DeniedError(404, "not_found")], 1),
        ([NotSentError("x")] * 3, 3),
    ],
)
async def test_FK09_a_trigger_that_fails_says_so(answers: list[object], tries: int) -> None:
    stage = Stage(answers=answers)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.TriggerGroup("g1", 1)])
    assert len(stage.log) == tries
    (fact,) = stage.facts
    assert isinstance(fact, e.GroupFailed)
    assert (fact.shard, fact.group_id) == (1, "g1")


async def test_a_group_is_made_once_and_a_failure_is_told() -> None:
    stage = Stage(answers=[LOST])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.MakeGroup(1, Count(500))])
    assert stage.facts == [e.GroupFailed(1, "", "Lost.")]
    assert len(stage.log) == 1
