"""Effects are carried out in order; no order leaves without its record, none leaves twice."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from kalshi_tui.api.errors import (
    ApiError,
    DeniedError,
    NotSentError,
    OrderExistsError,
    UnknownOutcomeError,
)
from kalshi_tui.api.rest import Prepared
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.dispatch import CANCEL_TRIES, Dispatcher
from kalshi_tui.session.journal import JournalClashError, JournalError
from kalshi_tui.session.tasks import Tasks
from tests.session.manual import ManualClock

TERMS = OrderTerms("KX-A", BookSide.BID, Price(5600), Count(100))
SIGNED_MS = 1_700_000_000_123
INTENT = fx.Intent("c1", TERMS, 1)
PLACE: list[fx.Effect] = [fx.Record(INTENT), fx.Submit("c1", TERMS)]
ACKED = e.Acked("c1", "o1", Count(0), Count(100), None, 1, 2)
CANCELED = e.CancelAcked("o1", Count(100), 1, 2)


@dataclass
class Stage:
    """Scripted neighbours that write down, in one list, everything that is asked of them."""

    log: list[object] = field(default_factory=list)
    facts: list[e.Fact] = field(default_factory=list)
    journal_errors: list[JournalError | None] = field(default_factory=list)
    answers: list[object] = field(default_factory=list)
    prepare_error: NotSentError | None = None
    reason: str = ""
    hold: asyncio.Event | None = None
    failed: list[str] = field(default_factory=list)

    # A ledger

    def record(self, entries: Sequence[fx.JournalEntry]) -> None:
        error = self.journal_errors.pop(0) if self.journal_errors else None
        if error is not None:
            raise error
        self.log.append(("committed", *entries))

    def entries(self) -> Iterator[fx.JournalEntry]:
        return iter(())

    def close(self) -> None:
        pass

    # An order wire

    def prepare(self, client_order_id: str, terms: OrderTerms, wall_ms: int) -> Prepared:
        if self.prepare_error is not None:
            raise self.prepare_error
        self.log.append(("signed", client_order_id))
        return Prepared(client_order_id, httpx.Request("POST", "http://x"), SIGNED_MS)

    async def send(self, prepared: Prepared) -> e.Acked:
        self.log.append(("sent", prepared.client_order_id))
        answer = await self._answer(ACKED)
        assert isinstance(answer, e.Acked)
        return answer

    async def cancel(self, order_id: str, ticker: str) -> e.CancelAcked:
        self.log.append(("cancel", order_id, ticker))
        answer = await self._answer(CANCELED)
        assert isinstance(answer, e.CancelAcked)
        return answer

    async def cancel_all(self) -> None:
        self.log.append("cancel all")
        await self._answer(None)

    async def _answer(self, usual: object) -> object:
        if self.hold is not None:
            await self.hold.wait()
        answer = self.answers.pop(0) if self.answers else usual
        if isinstance(answer, Exception):
            raise answer
        return answer

    # Books, reads and notices

    def want(self, tickers: Iterable[str]) -> None:
        self.log.append(("want", *tickers))

    def repair(self, ticker: str, reason: str, *, by_audit: bool = False) -> None:
        self.log.append(("repair", ticker, reason))

    def drill_down(self, order_id: str) -> None:
        self.log.append(("drill down", order_id))

    def read(self, what: fx.Read) -> None:
        self.log.append(what)

    def notify(self, notice: fx.Notify) -> None:
        self.log.append(notice)

    def absorb(self, fact: e.Fact) -> None:
        self.facts.append(fact)
        if isinstance(fact, e.Sending):
            self.log.append(fact)

    def notices(self) -> list[str]:
        return [each.text for each in self.log if isinstance(each, fx.Notify)]

    @asynccontextmanager
    async def dispatcher(self) -> AsyncIterator[Dispatcher]:
        """Runs until everything that was started has ended."""
        async with asyncio.TaskGroup() as group:
            yield Dispatcher(
                ledger=self,
                orders=self,
                books=self,
                read=self.read,
                drill_down=self.drill_down,
                write=self.log.append,
                notify=self.notify,
                absorb=self.absorb,
                tasks=Tasks(group, self.failed.append),
                clock=ManualClock(),
            )


async def test_the_intent_and_the_sending_entry_are_committed_before_the_first_byte() -> None:
    stage = Stage()
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
    sign_ns = SIGNED_MS * 1_000_000
    assert stage.log == [
        ("committed", INTENT),
        ("signed", "c1"),
        ("committed", fx.StateEntry("c1", OrderState.SENDING, sign_ns)),
        e.Sending("c1", sign_ns),
        ("sent", "c1"),
    ]
    assert stage.facts == [e.Sending("c1", sign_ns), ACKED]


async def test_TO03_an_intent_that_cannot_be_committed_is_not_sent() -> None:
    stage = Stage(journal_errors=[JournalError("The disk is full.")])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([*PLACE, fx.Fetch(fx.Read.BALANCE)])
    assert stage.log == [fx.Read.BALANCE]
    assert stage.facts == [e.JournalFailed("c1", "The disk is full.")]


async def test_an_order_whose_sending_entry_cannot_be_committed_is_not_sent() -> None:
    stage = Stage(journal_errors=[None, JournalError("The disk is full.")])
    async with stage.dispatcher() as dispatcher:
        dispatcher.run(PLACE)
    assert ("sent", "c1") not in stage.log
    assert stage.facts == [e.NotSent("c1", "The disk is full.")]


async def test_FH03_cancels_leave_with_a_journal_that_fails_and_are_recorded_later() -> None:
    stage = Stage(journal_errors=[JournalError("The disk is full."), JournalError("Still.")])
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


async def test_TO25_a_cancel_without_an_answer_is_tried_again_and_then_in_doubt() -> None:
    stage = Stage(answers=[UnknownOutcomeError("Lost.")] * CANCEL_TRIES)
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
        ([UnknownOutcomeError("Lost."), None], ""),
        ([UnknownOutcomeError("Lost.")] * CANCEL_TRIES, "Lost."),
    ],
)
async def test_cancel_all_is_tried_again_and_answered_once(
    answers: list[object], error: str
) -> None:
    stage = Stage(answers=answers)
    async with stage.dispatcher() as dispatcher:
        dispatcher.run([fx.SendCancelAll()])
    assert stage.facts == [e.CancelAllAnswered(error)]


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
