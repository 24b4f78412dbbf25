"""Sends orders and their changes: each once, each recorded before its first byte.

Rule: nothing here is ever sent a second time. What became of it is told as exactly one fact an
order, also when the task is cancelled or our own code fails: then the outcome is unknown.
Owns no journal and no retry. Source: reliability catalogue TO06-TO13, TO27-TO29, TO36.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from kalshi_tui.api.errors import ApiError, DeniedError, NotSentError, OrderExistsError
from kalshi_tui.api.writes import Prepared
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.text import clean_title
from kalshi_tui.session.clock import Clock
from kalshi_tui.session.journal import JournalError, Ledger

Start = Callable[[str, Coroutine[Any, Any, None]], None]
"""Begins a task that is waited for when the session ends."""

NOT_SENT_STATUS = 0
"""The status of a change that provably never left this machine."""

_CLOSING = "The workstation is closing."
_ENDED = "The program was ended before the answer."
_MILLI_NS = 1_000_000


class OrderWire(Protocol):
    """The order-writing side of the client."""

    def prepare(self, client_order_id: str, terms: OrderTerms, wall_ms: int) -> Prepared: ...

    def prepare_batch(self, orders: Sequence[fx.Submit], wall_ms: int) -> Prepared: ...

    def create_room(self) -> int: ...

    async def send(self, prepared: Prepared) -> e.Acked: ...

    async def send_batch(
        self, prepared: Prepared
    ) -> Sequence[e.Acked | e.Refused | e.OutcomeUnknown]: ...

    async def amend(self, change: fx.SendAmend) -> e.AmendAcked: ...

    async def decrease(self, change: fx.SendDecrease) -> e.DecreaseAcked: ...


class Sender:
    """The only caller of the order wire. Runs on the session thread."""

    def __init__(
        self,
        wire: OrderWire,
        *,
        ledger: Ledger,
        absorb: Callable[[e.Fact], None],
        start: Start,
        clock: Clock,
        halted: Callable[[], str],
        recheck: Callable[[str], str],
    ) -> None:
        """`halted` says in one sentence why no order may leave now, or nothing.

        `recheck` puts an order to the gate once more, by its client order id (TO05).
        """
        self._wire = wire
        self._ledger = ledger
        self._absorb = absorb
        self._start = start
        self._clock = clock
        self._halted = halted
        self._recheck = recheck
        self.is_closing = False
        """True once nothing new may be sent."""

    # Orders

    def submit(self, effect: fx.Submit) -> None:
        """Sign, record and send one order whose intent is recorded."""
        coid = effect.client_order_id
        if not self._passes(coid):
            return
        prepared = self._prepared(
            (coid,), lambda wall_ms: self._wire.prepare(coid, effect.terms, wall_ms)
        )
        if prepared is not None:
            self._start("order", self._send(coid, prepared))

    def submit_batch(self, submits: Sequence[fx.Submit]) -> None:
        """Send several orders in as few requests as the budget allows; what it does not allow is
        not sent, for an order does not wait.
        """
        left = [each for each in submits if self._passes(each.client_order_id)]
        while left:
            room = self._wire.create_room()
            chunk = left[: room or len(left)]
            left = left[len(chunk) :]
            if len(chunk) == 1:
                self.submit(chunk[0])
                continue
            names = tuple(each.client_order_id for each in chunk)
            prepared = self._prepared(names, self._batch_of(chunk))
            if prepared is not None:
                self._start("orders", self._send_batch(names, prepared))

    def _batch_of(self, chunk: Sequence[fx.Submit]) -> Callable[[int], Prepared]:
        return lambda wall_ms: self._wire.prepare_batch(chunk, wall_ms)

    def _prepared(self, names: tuple[str, ...], sign: Callable[[int], Prepared]) -> Prepared | None:
        """Sign, and record that the sending begins; None where that cannot be, which is told."""
        prepared, reason = None, self._refusal()
        if not reason:
            try:
                prepared = sign(self._clock.wall_ns() // _MILLI_NS)
                signed_ns = prepared.sign_wall_ms * _MILLI_NS
                entries = [fx.StateEntry(each, OrderState.SENDING, signed_ns) for each in names]
                self._ledger.record(entries)
            except NotSentError as error:
                reason = error.reason
            except JournalError as error:
                reason = str(error)
        if reason or prepared is None:
            for each in names:
                self._absorb(e.NotSent(each, reason))
            return None
        for each in names:
            self._absorb(e.Sending(each, prepared.sign_wall_ms * _MILLI_NS))
        return prepared

    def _passes(self, coid: str) -> bool:
        reason = self._recheck(coid)
        if reason:
            self._absorb(e.NotSent(coid, reason))
        return not reason

    def _refusal(self) -> str:
        return _CLOSING if self.is_closing else self._halted()

    async def _send(self, coid: str, prepared: Prepared) -> None:
        fact: e.Fact = e.OutcomeUnknown(coid, _ENDED)
        try:
            fact = await self._wire.send(prepared)
        except ApiError as error:
            fact = _outcome(coid, error)
        except Exception as error:
            # Whatever else went wrong, only the wire's own types prove that nothing was sent.
            fact = e.OutcomeUnknown(coid, _fault(error))
            raise
        finally:
            # Also when the task is cancelled: an order under way never stays undecided.
            self._absorb(fact)

    async def _send_batch(self, names: tuple[str, ...], prepared: Prepared) -> None:
        facts: dict[str, e.Fact] = {each: e.OutcomeUnknown(each, _ENDED) for each in names}
        try:
            for told in await self._wire.send_batch(prepared):
                facts[told.client_order_id] = told
        except ApiError as error:
            facts = {each: _outcome(each, error) for each in names}
        except Exception as error:
            facts = {each: e.OutcomeUnknown(each, _fault(error)) for each in names}
            raise
        finally:
            for each in names:
                self._absorb(facts[each])

    # Changes

    def amend(self, change: fx.SendAmend) -> None:
        """Send an amend whose request is recorded."""
        if reason := self._refusal():
            self.refuse(change, reason)
        else:
            self._start("amend", self._amend(change))

    def decrease(self, change: fx.SendDecrease) -> None:
        """Send a decrease. Like a cancel it takes risk away, so it also leaves while closing."""
        self._start("decrease", self._decrease(change))

    def refuse(self, change: fx.SendAmend, reason: str) -> None:
        """Answer for an amend that is not sent."""
        self._absorb(
            e.AmendRefused(
                change.request_id, change.order_id, NOT_SENT_STATUS, "not sent", clean_title(reason)
            )
        )

    async def _amend(self, change: fx.SendAmend) -> None:
        ids = change.request_id, change.order_id
        fact: e.Fact = e.AmendUnknown(*ids, _ENDED)
        try:
            fact = await self._wire.amend(change)
        except DeniedError as error:
            fact = e.AmendRefused(*ids, error.status, error.code, error.detail)
        except NotSentError as error:
            fact = e.AmendRefused(*ids, NOT_SENT_STATUS, "not sent", error.reason)
        except ApiError as error:
            fact = e.AmendUnknown(*ids, error.reason)
        except Exception as error:
            fact = e.AmendUnknown(*ids, _fault(error))
            raise
        finally:
            self._absorb(fact)

    async def _decrease(self, change: fx.SendDecrease) -> None:
        ids = change.request_id, change.order_id
        fact: e.Fact = e.DecreaseUnknown(*ids, _ENDED)
        try:
            fact = await self._wire.decrease(change)
        except DeniedError as error:
            fact = e.DecreaseRefused(*ids, error.status, error.code, error.detail)
        except NotSentError as error:
            fact = e.DecreaseRefused(*ids, NOT_SENT_STATUS, "not sent", error.reason)
        except ApiError as error:
            fact = e.DecreaseUnknown(*ids, error.reason)
        except Exception as error:
            fact = e.DecreaseUnknown(*ids, _fault(error))
            raise
        finally:
            self._absorb(fact)


def _outcome(coid: str, error: ApiError) -> e.Fact:
    """Return what an error says about an order; only the types that prove it say "not done"."""
    if isinstance(error, DeniedError):
        return e.Refused(coid, error.status, error.code, error.detail)
    if isinstance(error, NotSentError):
        return e.NotSent(coid, error.reason)
    return e.OutcomeUnknown(coid, error.reason, exists=isinstance(error, OrderExistsError))


def _fault(error: Exception) -> str:
    return f"An internal error ({type(error).__name__})."
