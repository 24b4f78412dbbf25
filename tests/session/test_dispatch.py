"""Effects are carried out in order; no order leaves without its record, none leaves twice."""

import asyncio
from collections.abc import Sequence
from typing import get_args

import pytest

from kalshi_tui.api.errors import (
    ApiError,
    DeniedError,
    NotSentError,
    OrderExistsError,
    UnknownOutcomeError,
)
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderState, RequestKind, RequestState
from kalshi_tui.core.text import clean_title
from kalshi_tui.session.journal import JournalClashError, JournalError
from tests.session.stage import ACKED, AMENDED, CANCELED, SIGNED_MS, TERMS, Stage

INTENT = fx.Intent("c1", TERMS, 1)
PLACE: list[fx.Effect] = [fx.Record(INTENT), fx.Submit("c1", TERMS)]
FULL = JournalError("The disk is full.")
AMEND = fx.SendAmend("r1", "o1", "c1", TERMS)
REQUEST = fx.RequestEntry("r1", "c1", RequestKind.AMEND, RequestState.PENDING, 1)


async def test_TO04_TO06_intent_and_sending_are_one_commit_between_signature_and_first_byte() -> (
    None
):
    stage = Stage()
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
    sign_ns = SIGNED_MS * 1_000_000
    assert stage.log == [
        ("signed", "c1"),
        ("committed", INTENT, fx.StateEntry("c1", OrderState.SENDING, sign_ns)),
        e.Sending("c1", sign_ns),
        ("sent", "c1"),
    ]
    assert stage.facts == [e.Sending("c1", sign_ns), ACKED]


async def test_TO03_an_intent_that_cannot_be_committed_is_not_sent() -> None:
    stage = Stage(journal_errors=[FULL])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([*PLACE, fx.Fetch(fx.Read.BALANCE)])
    assert stage.log == [("signed", "c1"), fx.Read.BALANCE]
    assert stage.facts == [e.JournalFailed("c1", "The disk is full.")]


async def test_an_order_whose_sending_entry_cannot_be_committed_is_not_sent() -> None:
    stage = Stage(journal_errors=[None, FULL])
    async with stage.dispatcher() as dispatcher:
        # Something between the two has the intent committed by itself.
        dispatcher.run([PLACE[0], fx.Fetch(fx.Read.BALANCE), PLACE[1]])
    assert stage.log == [("committed", INTENT), fx.Read.BALANCE, ("signed", "c1")]
    assert stage.facts == [e.NotSent("c1", "The disk is full.")]


async def test_TO05_the_intent_of_an_order_that_may_not_go_is_recorded_all_the_same() -> None:
    stage = Stage(refusals={"c1": "The book is STALE."})
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
    assert stage.log == [("committed", INTENT)]
    assert stage.facts == [e.NotSent("c1", "The book is STALE.")]


class _SlowStage(Stage):
    """While it commits, the gate closes."""

    def record(self, entries: Sequence[fx.JournalEntry]) -> None:
        super().record(entries)
        self.refusals["c1"] = "The book is STALE."


async def test_TO05_the_gate_is_asked_again_when_the_commit_has_taken_its_time() -> None:
    stage = _SlowStage()
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
    assert ("sent", "c1") not in stage.log
    assert stage.facts == [e.NotSent("c1", "The book is STALE.")]
    stage = _SlowStage()
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.SubmitBatch((fx.Submit("c1", TERMS), fx.Submit("c2", TERMS)))])
    assert ("sent", "c1", "c2") not in stage.log
    assert stage.facts == [e.NotSent(each, "The book is STALE.") for each in ("c1", "c2")]


async def test_FH03_cancels_leave_with_a_journal_that_fails_and_are_recorded_later() -> None:
    stage = Stage(journal_errors=[FULL, JournalError("Still.")])
    late = fx.StateEntry("c0", OrderState.CANCELED, 5)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.Record(late), fx.SendCancel("o1", "KX-A")])
        dispatcher.run(PLACE)
        dispatcher.run([fx.Record(fx.StateEntry("c9", OrderState.RESTING, 6))])
    assert ("cancel", "o1", "KX-A") in stage.log
    assert ("sent", "c1") not in stage.log
    assert stage.facts == [e.JournalFailed("c1", "Still."), CANCELED]
    assert ("committed", late, fx.StateEntry("c9", OrderState.RESTING, 6)) in stage.log
    assert len(stage.notices()) == 1


async def test_an_entry_that_clashes_costs_only_itself() -> None:
    twice, other = fx.Intent("c0", TERMS, 1), fx.StateEntry("c0", OrderState.RESTING, 2)
    clash = JournalClashError("It is there.")
    stage = Stage(journal_errors=[clash, clash, None])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.Record(twice), fx.Record(other)])
    assert stage.log == [("committed", other)]


@pytest.mark.parametrize(
    ("error", "fact"),
    [
        (DeniedError(400, "bad", "no"), e.Refused("c1", 400, "bad", clean_title("no"))),
        (NotSentError("Nothing left."), e.NotSent("c1", "Nothing left.")),
        (UnknownOutcomeError("Lost."), e.OutcomeUnknown("c1", "Lost.")),
        (OrderExistsError("There."), e.OutcomeUnknown("c1", "There.", exists=True)),
        (ApiError("Odd."), e.OutcomeUnknown("c1", "Odd.")),
    ],
    ids=["TO12", "TO07", "TO08", "TO13", "other"],
)
async def test_every_answer_to_an_order_becomes_its_fact_and_nothing_is_sent_again(
    error: ApiError, fact: e.Fact
) -> None:
    stage = Stage(answers=[error])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
    assert stage.facts[1:] == [fact]
    assert stage.log.count(("sent", "c1")) == 1
    assert stage.failed == []


async def test_a_fault_in_our_own_code_leaves_the_order_in_doubt_and_is_reported() -> None:
    stage = Stage(answers=[ZeroDivisionError()])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
    assert stage.facts[1:] == [e.OutcomeUnknown("c1", "An internal error (ZeroDivisionError).")]
    assert len(stage.failed) == 1


async def test_TO09_an_order_under_way_at_the_end_is_in_doubt() -> None:
    stage = Stage(hold=asyncio.Event())
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
        await dispatcher.settle(0.001)
        for task in tuple(dispatcher._writes):
            task.cancel()
    assert [type(each) for each in stage.facts] == [e.Sending, e.OutcomeUnknown]


async def test_closing_waits_for_answers_and_takes_no_new_order() -> None:
    stage = Stage(hold=asyncio.Event())
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
        settled = asyncio.create_task(dispatcher.settle(5))
        await asyncio.sleep(0)
        dispatcher.run([fx.Submit("c2", TERMS)])
        assert not settled.done()
        assert stage.hold is not None
        stage.hold.set()
        await settled
        assert ACKED in stage.facts
    assert isinstance(stage.facts[1], e.NotSent)
    assert ("sent", "c2") not in stage.log


async def test_an_order_beyond_the_write_budget_is_not_sent_late() -> None:
    stage = Stage(prepare_error=NotSentError("The budget is used up."))
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
    assert stage.facts == [e.NotSent("c1", "The budget is used up.")]


async def test_the_other_effects_reach_their_owners_in_order() -> None:
    stage = Stage()
    notice = fx.Notify(fx.NoticeLevel.INFO, "hello", 1)
    effects: list[fx.Effect] = [
        notice,
        fx.WatchBooks(("A", "B")),
        fx.RepairBook("A", "crossed"),
        fx.Fetch(fx.Read.SWEEP),
    ]
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(effects)
    assert stage.log == [notice, ("want", "A", "B"), ("repair", "A", "crossed"), fx.Read.SWEEP]


async def test_records_that_follow_each_other_are_one_commit() -> None:
    stage = Stage()
    entries = [fx.StateEntry("c1", OrderState.RESTING, number) for number in range(3)]
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([*map(fx.Record, entries), fx.Fetch(fx.Read.SWEEP)])
    assert stage.log == [("committed", *entries), fx.Read.SWEEP]


async def test_FK20_an_intent_that_fails_costs_its_own_order_and_no_other() -> None:
    stage = Stage(journal_errors=[FULL, None])
    second = fx.Intent("c2", TERMS, 1)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([*PLACE, fx.Record(second), fx.Submit("c2", TERMS)])
    assert ("sent", "c1") not in stage.log
    assert ("sent", "c2") in stage.log
    assert stage.facts[0] == e.JournalFailed("c1", "The disk is full.")


async def test_TO03_a_batch_whose_intents_cannot_be_committed_is_not_sent() -> None:
    stage = Stage(journal_errors=[FULL])
    names = ("c1", "c2")
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(
            [
                *(fx.Record(fx.Intent(each, TERMS, 1)) for each in names),
                fx.SubmitBatch(tuple(fx.Submit(each, TERMS) for each in names)),
            ]
        )
    assert stage.log == [("signed", *names)]
    assert stage.facts == [e.JournalFailed(each, "The disk is full.") for each in names]


async def test_TO03_a_resend_that_cannot_be_committed_is_not_sent() -> None:
    stage = Stage(journal_errors=[FULL])
    again = fx.RequestEntry("r9", "c1", RequestKind.RESEND, RequestState.PENDING, 1)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.Record(again), fx.Submit("c1", TERMS)])
    assert stage.log == [("signed", "c1")]
    assert stage.facts == [e.JournalFailed("c1", "The disk is full.")]


async def test_TO03_an_amend_that_cannot_be_committed_is_not_sent_and_says_so() -> None:
    stage = Stage(journal_errors=[FULL])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.Record(REQUEST), AMEND])
    assert stage.log == []
    assert stage.facts == [
        e.AmendRefused("r1", "o1", 0, "not sent", clean_title("The disk is full."))
    ]


async def test_an_amend_leaves_after_its_record() -> None:
    stage = Stage()
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.Record(REQUEST), AMEND])
    assert stage.log == [("committed", REQUEST), AMEND]
    assert stage.facts == [AMENDED]


async def test_FH03_a_decrease_leaves_with_a_journal_that_fails() -> None:
    stage = Stage(journal_errors=[FULL])
    lesser = fx.RequestEntry("r1", "c1", RequestKind.DECREASE, RequestState.PENDING, 1)
    effect = fx.SendDecrease("r1", "o1", "KX-A", TERMS.count)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.Record(lesser), effect])
    assert effect in stage.log


async def test_TO09_a_batch_under_way_at_the_end_is_in_doubt_order_by_order() -> None:
    stage = Stage(hold=asyncio.Event())
    submits = tuple(fx.Submit(each, TERMS) for each in ("c1", "c2"))
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.SubmitBatch(submits), AMEND])
        await dispatcher.settle(0.001)
        for task in tuple(dispatcher._writes):
            task.cancel()
        dispatcher.run([AMEND])
    kinds = [type(each) for each in stage.facts]
    assert kinds[:2] == [e.Sending, e.Sending]
    assert sorted(kinds[2:], key=str) == sorted(
        [e.AmendRefused, e.AmendUnknown, e.OutcomeUnknown, e.OutcomeUnknown], key=str
    )


async def test_every_effect_of_the_engine_is_carried_out_by_somebody() -> None:
    stage = Stage()
    cancel = fx.SendCancel("o1", "KX-A")
    effects: list[fx.Effect] = [
        fx.Record(INTENT),
        fx.Submit("c1", TERMS),
        fx.SubmitBatch((fx.Submit("c2", TERMS), fx.Submit("c3", TERMS))),
        AMEND,
        fx.SendDecrease("r1", "o1", "KX-A", TERMS.count),
        cancel,
        fx.SendCancelBatch((fx.SendCancel("o2", "KX-A"), fx.SendCancel("o3", "KX-A"))),
        fx.SendCancelAll(),
        fx.MakeGroup(1, TERMS.count),
        fx.TriggerGroup("g1", 1),
        fx.ResetGroup("g1", 1),
        fx.WatchBooks(("KX-A",)),
        fx.RepairBook("KX-A", "crossed"),
        fx.Fetch(fx.Read.SCAN),
        fx.DrillDown("o1"),
        fx.WriteTrail("KX-A", fx.TrailKind.LIVE, 1, 2),
        fx.Notify(fx.NoticeLevel.INFO, "hello", 1),
    ]
    assert {type(each) for each in effects} == set(get_args(fx.Effect))
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(effects)
    assert stage.failed == []
    assert len(stage.log) == len(effects) + 6  # two signatures, one more commit, three "may leave"
