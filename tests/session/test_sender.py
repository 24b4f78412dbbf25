"""An order or a change is sent once, and what became of it is told once, whatever goes wrong."""

from typing import Any

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
from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Count
from kalshi_tui.session.journal import JournalError
from tests.session.stage import AMENDED, DECREASED, SIGNED_MS, TERMS, Stage, acked

AMEND = fx.SendAmend("r1", "o1", "c1", TERMS)
DECREASE = fx.SendDecrease("r1", "o1", "KX-A", Count(50))


def batch(*names: str) -> fx.SubmitBatch:
    return fx.SubmitBatch(tuple(fx.Submit(each, TERMS) for each in names))


def sent(stage: Stage) -> list[tuple[str, ...]]:
    return [each[1:] for each in stage.log if isinstance(each, tuple) and each[0] == "sent"]


async def test_a_batch_is_recorded_in_one_commit_before_its_first_byte() -> None:
    stage = Stage()
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("c1", "c2")])
    sign_ns = SIGNED_MS * 1_000_000
    entries = [fx.StateEntry(each, OrderState.SENDING, sign_ns) for each in ("c1", "c2")]
    assert stage.log == [
        ("signed", "c1", "c2"),
        ("committed", *entries),
        e.Sending("c1", sign_ns),
        e.Sending("c2", sign_ns),
        ("sent", "c1", "c2"),
    ]
    assert stage.facts[2:] == [acked("c1"), acked("c2")]


async def test_FC14_a_batch_larger_than_the_budget_sends_what_fits_and_says_what_did_not() -> None:
    stage = Stage(room=2)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("c1", "c2", "c3", "c4")])
    assert sent(stage) == [("c1", "c2")]
    not_sent = [each for each in stage.facts if isinstance(each, e.NotSent)]
    assert [each.client_order_id for each in not_sent] == ["c3", "c4"]


async def test_a_batch_whose_sending_entries_cannot_be_committed_is_not_sent() -> None:
    stage = Stage(journal_errors=[JournalError("The disk is full.")])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("c1", "c2")])
    assert sent(stage) == []
    assert stage.facts == [e.NotSent(each, "The disk is full.") for each in ("c1", "c2")]


async def test_TO36_an_order_that_the_answer_leaves_out_is_in_doubt() -> None:
    stage = Stage(answers=[[acked("c2")]])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("c1", "c2")])
    unknown, known = stage.facts[2:]
    assert isinstance(unknown, e.OutcomeUnknown)
    assert unknown.client_order_id == "c1"
    assert known == acked("c2")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DeniedError(429, "too_many_requests"), e.Refused),
        (NotSentError("No connection."), e.NotSent),
        (UnknownOutcomeError("Lost."), e.OutcomeUnknown),
        (ApiError("Odd."), e.OutcomeUnknown),
    ],
)
async def test_FA17_FC14_what_befalls_a_whole_batch_befalls_each_of_its_orders(
    error: ApiError, kind: type[Any]
) -> None:
    stage = Stage(answers=[error])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([batch("c1", "c2")])
    assert [type(each) for each in stage.facts[2:]] == [kind, kind]
    assert len(sent(stage)) == 1
    assert stage.failed == []


async def test_a_fault_in_our_own_code_leaves_a_batch_and_a_change_in_doubt() -> None:
    for effect in (batch("c1", "c2"), AMEND, DECREASE):
        stage = Stage(answers=[ZeroDivisionError()])
        async with stage.dispatcher() as dispatcher:
            dispatcher.run([effect])
        told = [each for each in stage.facts if not isinstance(each, e.Sending)]
        unknown = (e.OutcomeUnknown, e.AmendUnknown, e.DecreaseUnknown)
        assert told
        assert all(isinstance(each, unknown) for each in told)
        assert len(stage.failed) == 1


@pytest.mark.parametrize(
    ("error", "amended", "decreased"),
    [
        (
            DeniedError(400, "bad", "no"),
            e.AmendRefused("r1", "o1", 400, "bad", clean_title("no")),
            e.DecreaseRefused("r1", "o1", 400, "bad", clean_title("no")),
        ),
        (
            NotSentError("Down."),
            e.AmendRefused("r1", "o1", 0, "not sent", clean_title("Down.")),
            e.DecreaseRefused("r1", "o1", 0, "not sent", clean_title("Down.")),
        ),
        (
            UnknownOutcomeError("Lost."),
            e.AmendUnknown("r1", "o1", "Lost."),
            e.DecreaseUnknown("r1", "o1", "Lost."),
        ),
        (
            OrderExistsError("There."),
            e.AmendUnknown("r1", "o1", "There."),
            e.DecreaseUnknown("r1", "o1", "There."),
        ),
        (None, AMENDED, DECREASED),
    ],
)
async def test_TO27_TO28_every_answer_to_a_change_becomes_its_fact_and_it_is_sent_once(
    error: ApiError | None, amended: e.Fact, decreased: e.Fact
) -> None:
    stage = Stage(answers=[] if error is None else [error, error])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([AMEND, DECREASE])
    assert stage.log == [AMEND, DECREASE]
    assert stage.facts == [amended, decreased]
    assert stage.failed == []


async def test_after_a_fault_nothing_that_adds_risk_leaves_but_a_decrease_does() -> None:
    stage = Stage(halted="An internal error.")
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.Submit("c1", TERMS), batch("c2", "c3"), AMEND, DECREASE])
    assert stage.log == [DECREASE]
    assert stage.facts == [
        *(e.NotSent(each, "An internal error.") for each in ("c1", "c2", "c3")),
        e.AmendRefused("r1", "o1", 0, "not sent", clean_title("An internal error.")),
        DECREASED,
    ]


async def test_TO05_an_order_that_the_gate_refuses_at_the_wire_is_not_sent_and_others_are() -> None:
    stage = Stage(refusals={"c1": "The book is STALE.", "c3": "KILL is in force."})
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.Submit("c1", TERMS), batch("c2", "c3", "c4")])
    assert stage.facts[:2] == [
        e.NotSent("c1", "The book is STALE."),
        e.NotSent("c3", "KILL is in force."),
    ]
    assert sent(stage) == [("c2", "c4")]
