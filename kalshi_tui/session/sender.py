"""Signs orders and sends them and their changes: each once, each after its record.

An order goes in two steps, so that one commit can stand between them: `sign`, then `send`.
Rule: nothing here is ever sent a second time. What became of it is told as exactly one fact an
order, also when the task is cancelled or our own code fails: then the outcome is unknown.
Owns no journal and no retry. Source: reliability catalogue TO05-TO13, TO27-TO29, TO36.
"""

from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kalshi_tui.api.errors import ApiError, DeniedError, NotSentError, OrderExistsError
from kalshi_tui.api.writes import Prepared
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.text import clean_title
from kalshi_tui.session.clock import Clock

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


@dataclass(frozen=True, slots=True)
class Signed:
    """One request before it is recorded, or orders of which none can be made, and why."""

    names: tuple[str, ...]
    """The client order ids of the orders in it."""
    prepared: Prepared | None = None
    reason: str = ""

    @property
    def entries(self) -> list[fx.StateEntry]:
        """What has to be on disk before the first byte: that the sending begins, and the stamp."""
        if self.prepared is None:
            return []
        signed_ns = self.prepared.sign_wall_ms * _MILLI_NS
        return [fx.StateEntry(each, OrderState.SENDING, signed_ns) for each in self.names]


class Sender:
    """The only caller of the order wire. Runs on the session thread."""

    def __init__(
        self,
        wire: OrderWire,
        *,
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
        self._absorb = absorb
        self._start = start
        self._clock = clock
        self._halted = halted
        self._recheck = recheck
        self.is_closing = False
        """True once nothing new may be sent."""

    # Orders

    def sign(self, submits: Sequence[fx.Submit]) -> list[Signed]:
        """Ask the gate once more, then sign, in as few requests as the budget allows.

        What the gate or the budget does not allow is not sent, for an order does not wait. Nothing
        is told yet: `send` does that, when what was signed here has been recorded.
        """
        if reason := self._refusal():
            return [Signed((each.client_order_id,), reason=reason) for each in submits]
        found: list[Signed] = []
        left: list[fx.Submit] = []
        for each in submits:
            if reason := self._recheck(each.client_order_id):
                found.append(Signed((each.client_order_id,), reason=reason))
            else:
                left.append(each)
        while left:
            room = self._wire.create_room() if len(left) > 1 else 1
            chunk = left[: room or len(left)]
            left = left[len(chunk) :]
            found.append(self._signed(chunk))
        return found

    def _signed(self, chunk: Sequence[fx.Submit]) -> Signed:
        names = tuple(each.client_order_id for each in chunk)
        wall_ms = self._clock.wall_ns() // _MILLI_NS
        try:
            if len(chunk) > 1:
                return Signed(names, self._wire.prepare_batch(chunk, wall_ms))
            return Signed(names, self._wire.prepare(names[0], chunk[0].terms, wall_ms))
        except NotSentError as error:
            return Signed(names, reason=error.reason)

    def send(self, signed: Signed) -> None:
        """Let the first byte leave, now that the record is on disk; or tell why it does not.

        The commit may have taken its time: the gate is asked a last time (TO05).
        """
        prepared, reason = signed.prepared, signed.reason or self._objection(signed.names)
        if prepared is None or reason:
            self.give_up(signed.names, reason)
            return
        for each in signed.names:
            self._absorb(e.Sending(each, prepared.sign_wall_ms * _MILLI_NS))
        if len(signed.names) > 1:
            self._start("orders", self._send_batch(signed.names, prepared))
        else:
            self._start("order", self._send(signed.names[0], prepared))

    def give_up(self, names: Collection[str], reason: str) -> None:
        """Tell that orders were not sent."""
        for each in names:
            self._absorb(e.NotSent(each, reason))

    def _objection(self, names: Collection[str]) -> str:
        """Return why a request may not go after all; one of its orders holds all of them back."""
        return self._refusal() or next(filter(None, map(self._recheck, names)), "")

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
