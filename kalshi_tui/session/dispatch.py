"""Carries out the engine's effects, in order.

Rule 1: an order is sent only after its intent is on disk, and its SENDING entry after that.
Rule 2: an order is sent once; nothing here ever sends it again. A cancel may be repeated: it is
idempotent by id. Where the journal cannot be written no order leaves, but cancels still do, and
what could not be recorded is recorded as soon as that works again.
Owns the only path from the program to order writing. Source: reliability catalogue TO03-TO13, TO25.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Protocol

from kalshi_tui.api.errors import (
    ApiError,
    DeniedError,
    NotSentError,
    OrderExistsError,
    UnknownOutcomeError,
)
from kalshi_tui.api.writes import Prepared
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.journal import JournalClashError, JournalError, Ledger
from kalshi_tui.session.tasks import Tasks

CANCEL_TRIES = 3
_MILLI_NS = 1_000_000
_UNRECORDED_KEPT = 10_000

_log = logging.getLogger(__name__)


class OrderWire(Protocol):
    """The order-writing side of the client."""

    def prepare(self, client_order_id: str, terms: OrderTerms, wall_ms: int) -> Prepared: ...

    async def send(self, prepared: Prepared) -> e.Acked: ...

    async def cancel(self, order_id: str, ticker: str) -> e.CancelAcked: ...

    async def cancel_all(self) -> None: ...


class BookWire(Protocol):
    """The market-data side of the client."""

    def want(self, tickers: Iterable[str]) -> None: ...

    def repair(self, ticker: str, reason: str, *, by_audit: bool = False) -> None: ...


class Dispatcher:
    """Runs on the session thread; `absorb` gives a fact back to the engine."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        orders: OrderWire,
        books: BookWire,
        read: Callable[[fx.Read], None],
        drill_down: Callable[[str], None],
        write: Callable[[fx.WriteTrail], None],
        notify: Callable[[fx.Notify], None],
        absorb: Callable[[e.Fact], None],
        tasks: Tasks,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._orders = orders
        self._books = books
        self._read = read
        self._drill_down = drill_down
        self._write = write
        self._notify = notify
        self._absorb = absorb
        self._tasks = tasks
        self._clock = clock
        self._unrecorded: list[fx.JournalEntry] = []
        self._canceling: set[str] = set()
        self._writes: set[asyncio.Task[None]] = set()
        self._is_closing = False

    def run(self, effects: Sequence[fx.Effect]) -> None:
        """Carry out one list. Records that follow each other are committed together."""
        submitted = {each.client_order_id for each in effects if isinstance(each, fx.Submit)}
        entries: list[fx.JournalEntry] = []
        may_submit = True
        for effect in effects:
            if isinstance(effect, fx.Record):
                entries.append(effect.entry)
                continue
            if entries:
                may_submit = self._record(entries, submitted) and may_submit
                entries = []
            if may_submit or not isinstance(effect, fx.Submit):
                self._carry_out(effect)
        if entries:
            self._record(entries, submitted)

    async def settle(self, within_s: float) -> None:
        """Take no more orders, and wait for the answers to what is on its way."""
        self._is_closing = True
        if self._writes:
            await asyncio.wait(self._writes, timeout=within_s)

    def _carry_out(self, effect: fx.Effect) -> None:
        match effect:
            case fx.Submit():
                self._submit(effect)
            case fx.SendCancel():
                self._send_cancel(effect)
            case fx.SendCancelAll():
                self._start("cancel all", self._cancel_all())
            case fx.WatchBooks() | fx.RepairBook():
                self._see_to_books(effect)
            case fx.Fetch():
                self._read(effect.what)
            case fx.DrillDown():
                self._drill_down(effect.order_id)
            case fx.WriteTrail():
                self._write(effect)
            case fx.Notify():
                self._notify(effect)
            case _:
                raise AssertionError(f"nothing here carries out {type(effect).__name__}")

    def _see_to_books(self, effect: fx.WatchBooks | fx.RepairBook) -> None:
        if isinstance(effect, fx.WatchBooks):
            self._books.want(effect.tickers)
        else:
            self._books.repair(effect.ticker, effect.reason, by_audit=effect.by_audit)

    # The journal

    def _record(self, entries: list[fx.JournalEntry], submitted: set[str]) -> bool:
        """Commit. On failure say so for each order that was about to go, and keep the rest."""
        waiting = [*self._unrecorded, *entries]
        try:
            self._ledger.record(waiting)
        except JournalClashError as error:
            self._unrecorded.clear()
            self._refuse(entries, submitted, str(error))
            self._record_each(each for each in waiting if not _is_submitted(each, submitted))
            return False
        except JournalError as error:
            self._keep(self._refuse(entries, submitted, str(error)), str(error))
            return False
        self._unrecorded.clear()
        return True

    def _refuse(
        self, entries: list[fx.JournalEntry], submitted: set[str], reason: str
    ) -> list[fx.JournalEntry]:
        """Answer for the intents that will not be sent; return the other entries."""
        _log.error("the journal failed: %s", reason)
        others: list[fx.JournalEntry] = []
        for entry in entries:
            if _is_submitted(entry, submitted):
                self._absorb(e.JournalFailed(entry.client_order_id, reason))
            else:
                others.append(entry)
        return others

    def _keep(self, entries: list[fx.JournalEntry], reason: str) -> None:
        if self._ledger.reason:
            return
        if entries and not self._unrecorded:
            text = f"{reason} What happens is shown, and recorded as soon as that works again."
            self._notify(fx.Notify(fx.NoticeLevel.ERROR, text, self._clock.wall_ns()))
        self._unrecorded += entries
        del self._unrecorded[:-_UNRECORDED_KEPT]

    def _record_each(self, entries: Iterable[fx.JournalEntry]) -> None:
        """One by one, so that an entry that clashes costs only itself."""
        for entry in entries:
            try:
                self._ledger.record([entry])
            except JournalError as error:
                _log.error("an entry was not recorded: %s", error)

    # Orders

    def _submit(self, effect: fx.Submit) -> None:
        coid = effect.client_order_id
        if self._is_closing:
            self._absorb(e.NotSent(coid, "The workstation is closing."))
            return
        wall_ns = self._clock.wall_ns()
        try:
            prepared = self._orders.prepare(coid, effect.terms, wall_ns // _MILLI_NS)
        except NotSentError as error:
            self._absorb(e.NotSent(coid, error.reason))
            return
        sign_wall_ns = prepared.sign_wall_ms * _MILLI_NS
        try:
            self._ledger.record([fx.StateEntry(coid, OrderState.SENDING, sign_wall_ns)])
        except JournalError as error:
            self._absorb(e.NotSent(coid, str(error)))
            return
        self._absorb(e.Sending(coid, sign_wall_ns))
        self._start("order", self._send(coid, prepared))

    async def _send(self, coid: str, prepared: Prepared) -> None:
        fact: e.Fact = e.OutcomeUnknown(coid, "The program was ended before the answer.")
        try:
            fact = await self._orders.send(prepared)
        except DeniedError as error:
            fact = e.Refused(coid, error.status, error.code, error.detail)
        except NotSentError as error:
            fact = e.NotSent(coid, error.reason)
        except OrderExistsError as error:
            fact = e.OutcomeUnknown(coid, error.reason, exists=True)
        except ApiError as error:
            fact = e.OutcomeUnknown(coid, error.reason)
        except Exception as error:
            # Whatever else went wrong, only the wire's own types prove that nothing was sent.
            fact = e.OutcomeUnknown(coid, f"An internal error ({type(error).__name__}).")
            raise
        finally:
            # Also when the task is cancelled: an order under way never stays undecided.
            self._absorb(fact)

    # Cancels

    def _send_cancel(self, effect: fx.SendCancel) -> None:
        if effect.order_id not in self._canceling:
            self._canceling.add(effect.order_id)
            self._start("cancel", self._cancel(effect.order_id, effect.ticker))

    async def _cancel(self, order_id: str, ticker: str) -> None:
        fact: e.Fact = e.CancelUnknown(order_id, "The program was ended before the answer.")
        try:
            for _ in range(CANCEL_TRIES):
                try:
                    fact = await self._orders.cancel(order_id, ticker)
                    break
                except DeniedError as error:
                    fact = e.CancelRefused(order_id, error.status, error.code)
                    if not error.is_throttle:
                        break
                except ApiError as error:
                    fact = e.CancelUnknown(order_id, error.reason)
        finally:
            self._canceling.discard(order_id)
            self._absorb(fact)

    async def _cancel_all(self) -> None:
        reason = "The program was ended before the answer."
        try:
            for _ in range(CANCEL_TRIES):
                try:
                    await self._orders.cancel_all()
                    reason = ""
                    break
                except DeniedError as error:
                    reason = error.reason
                    if not error.is_throttle:
                        break
                except (NotSentError, UnknownOutcomeError) as error:
                    reason = error.reason
        finally:
            self._absorb(e.CancelAllAnswered(reason))

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks.start(name, work)
        if task is not None:
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)


def _is_submitted(entry: fx.JournalEntry, submitted: set[str]) -> bool:
    return isinstance(entry, fx.Intent) and entry.client_order_id in submitted
