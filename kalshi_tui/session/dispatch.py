"""Carries out the engine's effects, in order.

Rule 1: an order is sent only after its intent and its SENDING entry are on disk, both in one commit
that stands between its signature and its first byte; an amend only after its request is.
Rule 2: an order is sent once; nothing here ever sends it again. Where the journal cannot be written
no order leaves, but cancels still do, and what could not be recorded is recorded as soon as that
works again.
Owns the only path from the program to order writing, through its `Sender`.
Source: reliability catalogue TO03-TO13, TO25.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Protocol

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderState, RequestKind
from kalshi_tui.session.cancels import Cancels, CancelWire
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.journal import JournalClashError, JournalError, Ledger
from kalshi_tui.session.sender import OrderWire, Sender
from kalshi_tui.session.tasks import Tasks

_UNRECORDED_KEPT = 10_000

_log = logging.getLogger(__name__)


class Wire(OrderWire, CancelWire, Protocol):
    """The writing side of the client."""


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
        orders: Wire,
        books: BookWire,
        read: Callable[[fx.Read], None],
        drill_down: Callable[[fx.DrillDown], None],
        write: Callable[[fx.WriteTrail], None],
        notify: Callable[[fx.Notify], None],
        absorb: Callable[[e.Fact], None],
        tasks: Tasks,
        clock: Clock,
        halted: Callable[[], str] = str,
        recheck: Callable[[str], str] = lambda _: "",
    ) -> None:
        """`halted` says in one sentence why no order may leave now, or nothing.

        `recheck` asks the gate once more about an order that is about to leave.
        """
        self._ledger = ledger
        self._books = books
        self._read = read
        self._drill_down = drill_down
        self._write = write
        self._notify = notify
        self._absorb = absorb
        self._tasks = tasks
        self._clock = clock
        self._unrecorded: list[fx.JournalEntry] = []
        self._writes: set[asyncio.Task[None]] = set()
        self._sender = Sender(
            orders,
            absorb=absorb,
            start=self._start,
            clock=clock,
            halted=halted,
            recheck=recheck,
        )
        self._cancels = Cancels(orders, absorb=absorb, start=self._start)
        self._handlers = self._make_handlers()

    def run(self, effects: Sequence[fx.Effect]) -> None:
        """Carry out one list. Records that follow each other are committed together."""
        guarded = _guarded(effects)
        blocked: set[str] = set()
        entries: list[fx.JournalEntry] = []
        for effect in effects:
            if isinstance(effect, fx.Record):
                entries.append(effect.entry)
                continue
            if isinstance(effect, fx.Submit | fx.SubmitBatch):
                blocked |= self._send(effect, entries, guarded, blocked)
            else:
                if entries:
                    blocked |= self._record(entries, guarded)
                self._carry_out(effect, blocked)
            entries = []
        if entries:
            self._record(entries, guarded)

    async def settle(self, within_s: float) -> None:
        """Take no more orders, and wait for the answers to what is on its way."""
        self._sender.is_closing = True
        if self._writes:
            await asyncio.wait(self._writes, timeout=within_s)

    def _send(
        self,
        effect: fx.Submit | fx.SubmitBatch,
        entries: list[fx.JournalEntry],
        guarded: "_Guarded",
        blocked: set[str],
    ) -> set[str]:
        """Sign, commit what is to be recorded and that the sending begins, send.

        Returns the ids of the writes that must not be sent.
        """
        submits = effect.submits if isinstance(effect, fx.SubmitBatch) else (effect,)
        left = [each for each in submits if each.client_order_id not in blocked]
        signed = self._sender.sign(left)
        waiting = [*entries, *(entry for each in signed for entry in each.entries)]
        refused = self._record(waiting, guarded) if waiting else set()
        for each in signed:
            # One commit: either none of them is refused or all that had something to record.
            if refused.isdisjoint(each.names):
                self._sender.send(each)
        return refused

    def _carry_out(self, effect: fx.Effect, blocked: set[str]) -> None:
        match effect:
            case fx.SendAmend():
                if effect.request_id not in blocked:
                    self._sender.amend(effect)
            case _:
                self._handlers[type(effect)](effect)

    def _make_handlers(self) -> dict[type, Callable[[Any], None]]:
        """Return who carries out what needs no record."""
        cancels = self._cancels
        return {
            fx.SendDecrease: self._sender.decrease,
            fx.SendCancel: cancels.cancel,
            fx.SendCancelBatch: cancels.cancel_batch,
            fx.SendCancelAll: lambda _: cancels.cancel_all(),
            fx.MakeGroup: cancels.make_group,
            fx.TriggerGroup: cancels.trigger_group,
            fx.ResetGroup: cancels.reset_group,
            fx.WatchBooks: self._see_to_books,
            fx.RepairBook: self._see_to_books,
            fx.Fetch: lambda effect: self._read(effect.what),
            fx.DrillDown: self._drill_down,
            fx.WriteTrail: self._write,
            fx.Notify: self._notify,
        }

    def _see_to_books(self, effect: fx.WatchBooks | fx.RepairBook) -> None:
        if isinstance(effect, fx.WatchBooks):
            self._books.want(effect.tickers)
        else:
            self._books.repair(effect.ticker, effect.reason, by_audit=effect.by_audit)

    # The journal

    def _record(self, entries: list[fx.JournalEntry], guarded: "_Guarded") -> set[str]:
        """Commit. On failure say so for each write that was about to go, and keep the rest.

        Returns the ids of the writes that must not be sent.
        """
        waiting = [*self._unrecorded, *entries]
        try:
            self._ledger.record(waiting)
        except JournalClashError as error:
            self._unrecorded.clear()
            refused = self._refuse(entries, guarded, str(error))
            self._record_each(each for each in waiting if _guard_of(each) not in refused)
            return refused
        except JournalError as error:
            refused = self._refuse(entries, guarded, str(error))
            others = [each for each in entries if _guard_of(each) not in refused]
            self._keep(others, str(error))
            return refused
        self._unrecorded.clear()
        return set()

    def _refuse(
        self, entries: Iterable[fx.JournalEntry], guarded: "_Guarded", reason: str
    ) -> set[str]:
        """Answer for the writes that will not be sent; return their ids."""
        _log.error("the journal failed: %s", reason)
        refused: set[str] = set()
        for entry in entries:
            name = _guard_of(entry)
            if name not in guarded or name in refused:
                continue
            refused.add(name)
            amend = guarded[name]
            if isinstance(entry, fx.StateEntry):
                # Its intent was recorded before.
                self._sender.give_up([name], reason)
            elif amend is None:
                self._absorb(e.JournalFailed(name, reason))
            else:
                self._sender.refuse(amend, reason)
        return refused

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

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks.start(name, work)
        if task is not None:
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)


_Guarded = dict[str, fx.SendAmend | None]
"""Writes that wait for a record, by their id: amends, and None for orders."""


def _guarded(effects: Sequence[fx.Effect]) -> _Guarded:
    found: _Guarded = {}
    for effect in effects:
        match effect:
            case fx.Submit():
                found[effect.client_order_id] = None
            case fx.SubmitBatch():
                found.update(dict.fromkeys(each.client_order_id for each in effect.submits))
            case fx.SendAmend():
                found[effect.request_id] = effect
            case _:
                pass
    return found


def _guard_of(entry: fx.JournalEntry) -> str:
    """Return the id of the write that this entry has to precede, or an empty string."""
    match entry:
        case fx.Intent():
            return entry.client_order_id
        case fx.RequestEntry(kind=RequestKind.RESEND):
            return entry.client_order_id
        case fx.StateEntry(state=OrderState.SENDING):
            return entry.client_order_id
        case fx.RequestEntry():
            return entry.request_id
        case _:
            return ""
