"""A dispatcher between scripted neighbours, for tests of what leaves and in which order."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from kalshi_tui.api.errors import NotSentError
from kalshi_tui.api.writes import Prepared
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.dispatch import Dispatcher
from kalshi_tui.session.journal import JournalError
from kalshi_tui.session.tasks import Tasks
from tests.session.manual import ManualClock

TERMS = OrderTerms("KX-A", BookSide.BID, Price(5600), Count(100))
SIGNED_MS = 1_700_000_000_123


def acked(client_order_id: str) -> e.Acked:
    return e.Acked(client_order_id, f"o-{client_order_id}", Count(0), Count(100), None, 1, 2)


def canceled(order_id: str) -> e.CancelAcked:
    return e.CancelAcked(order_id, Count(100), 1, 2)


ACKED = acked("c1")
CANCELED = canceled("o1")
AMENDED = e.AmendAcked("r1", "o1", None, None, 1, 2)
DECREASED = e.DecreaseAcked("r1", "o1", Count(50), 1, 2)


@dataclass
class Stage:
    """Scripted neighbours that write down, in one list, everything that is asked of them."""

    log: list[object] = field(default_factory=list)
    facts: list[e.Fact] = field(default_factory=list)
    journal_errors: list[JournalError | None] = field(default_factory=list)
    answers: list[object] = field(default_factory=list)
    prepare_error: NotSentError | None = None
    reason: str = ""
    room: int = 100
    hold: asyncio.Event | None = None
    halted: str = ""
    refusals: dict[str, str] = field(default_factory=dict)
    """What the gate says to an order when it is asked once more."""
    failed: list[str] = field(default_factory=list)

    # A ledger

    def record(self, entries: Sequence[fx.JournalEntry]) -> None:
        error = self.journal_errors.pop(0) if self.journal_errors else None
        if error is not None:
            raise error
        self.log.append(("committed", *entries))

    def entries(self) -> Iterator[fx.JournalEntry]:
        return iter(())

    def working(self) -> Iterator[fx.JournalEntry]:
        return iter(())

    def sign_times(self, client_order_id: str) -> tuple[int, ...]:
        return ()

    def newest_fill_ms(self) -> int:
        return 0

    def close(self) -> None:
        pass

    # An order wire

    def prepare(self, client_order_id: str, terms: OrderTerms, wall_ms: int) -> Prepared:
        if self.prepare_error is not None:
            raise self.prepare_error
        self.log.append(("signed", client_order_id))
        return Prepared((client_order_id,), httpx.Request("POST", "http://x"), SIGNED_MS)

    def prepare_batch(self, orders: Sequence[fx.Submit], wall_ms: int) -> Prepared:
        if self.prepare_error is not None:
            raise self.prepare_error
        names = tuple(each.client_order_id for each in orders)
        if len(names) > self.room:
            raise NotSentError("The budget is used up.")
        self.room -= len(names)
        self.log.append(("signed", *names))
        return Prepared(names, httpx.Request("POST", "http://x"), SIGNED_MS)

    def create_room(self) -> int:
        return self.room

    def cancel_room(self) -> int:
        return self.room

    async def send(self, prepared: Prepared) -> e.Acked:
        self.log.append(("sent", *prepared.client_order_ids))
        answer = await self._answer(ACKED)
        assert isinstance(answer, e.Acked)
        return answer

    async def send_batch(
        self, prepared: Prepared
    ) -> Sequence[e.Acked | e.Refused | e.OutcomeUnknown]:
        self.log.append(("sent", *prepared.client_order_ids))
        answer = await self._answer([acked(each) for each in prepared.client_order_ids])
        assert isinstance(answer, list)
        return answer

    async def amend(self, change: fx.SendAmend) -> e.AmendAcked:
        self.log.append(change)
        answer = await self._answer(AMENDED)
        assert isinstance(answer, e.AmendAcked)
        return answer

    async def decrease(self, change: fx.SendDecrease) -> e.DecreaseAcked:
        self.log.append(change)
        answer = await self._answer(DECREASED)
        assert isinstance(answer, e.DecreaseAcked)
        return answer

    async def cancel(self, order_id: str, ticker: str) -> e.CancelAcked:
        self.log.append(("cancel", order_id, ticker))
        answer = await self._answer(CANCELED)
        assert isinstance(answer, e.CancelAcked)
        return answer

    async def cancel_all(self) -> None:
        self.log.append("cancel all")
        await self._answer(None)

    async def cancel_batch(
        self, cancels: Sequence[fx.SendCancel]
    ) -> Sequence[e.CancelAcked | e.CancelRefused | e.CancelUnknown]:
        self.log.append(("cancel", *(each.order_id for each in cancels)))
        answer = await self._answer([canceled(each.order_id) for each in cancels])
        assert isinstance(answer, list)
        return answer

    async def make_group(self, shard: int, limit: Count) -> e.GroupMade:
        self.log.append(("make group", shard, limit))
        answer = await self._answer(e.GroupMade(shard, "g1"))
        assert isinstance(answer, e.GroupMade)
        return answer

    async def trigger_group(self, group_id: str, shard: int) -> None:
        self.log.append(("trigger", group_id, shard))
        await self._answer(None)

    async def reset_group(self, group_id: str, shard: int) -> None:
        self.log.append(("reset", group_id, shard))
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

    def drill_down(self, wanted: fx.DrillDown) -> None:
        self.log.append(wanted)

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
                halted=lambda: self.halted,
                recheck=lambda coid: self.refusals.get(coid, ""),
            )
