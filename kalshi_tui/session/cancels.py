"""Takes orders off the exchange: one, many, all, and by their group.

A cancel is idempotent by id, as is triggering a group, so these and only these are tried again, at
most three times and signed anew each time. One cancel of an order is under way at a time. Leaves
whatever happens to the journal. Source: reliability catalogue TO22-TO26, TO37, TO38, FL06.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from kalshi_tui.api.errors import ApiError, DeniedError
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.units import Count
from kalshi_tui.session.sender import Start

CANCEL_TRIES = 3

Outcome = e.CancelAcked | e.CancelRefused | e.CancelUnknown

_ENDED = "The program was ended before the answer."
_THROTTLED = 429


class CancelWire(Protocol):
    """The side of the client that takes risk away."""

    def cancel_room(self) -> int: ...

    async def cancel(self, order_id: str, ticker: str) -> e.CancelAcked: ...

    async def cancel_batch(self, cancels: Sequence[fx.SendCancel]) -> Sequence[Outcome]: ...

    async def cancel_all(self) -> None: ...

    async def make_group(self, shard: int, limit: Count) -> e.GroupMade: ...

    async def trigger_group(self, group_id: str, shard: int) -> None: ...

    async def reset_group(self, group_id: str, shard: int) -> None: ...


class Cancels:
    """Runs on the session thread; every effect ends in its facts."""

    def __init__(self, wire: CancelWire, *, absorb: Callable[[e.Fact], None], start: Start) -> None:
        self._wire = wire
        self._absorb = absorb
        self._start = start
        self._canceling: set[str] = set()

    def cancel(self, effect: fx.SendCancel) -> None:
        """Cancel one order."""
        if effect.order_id not in self._canceling:
            self._canceling.add(effect.order_id)
            self._start("cancel", self._cancel_one(effect))

    def cancel_batch(self, effect: fx.SendCancelBatch) -> None:
        """Cancel many orders, in requests that fit the bucket."""
        wanted = {each.order_id: each for each in effect.cancels}
        left = {name: each for name, each in wanted.items() if name not in self._canceling}
        if len(left) == 1:
            self.cancel(*left.values())
        elif left:
            self._canceling.update(left)
            self._start("cancels", self._cancel_many(left))

    def cancel_all(self) -> None:
        """Cancel every order of the account."""
        self._start("cancel all", self._cancel_all())

    def make_group(self, effect: fx.MakeGroup) -> None:
        """Make an order group."""
        self._start("order group", self._make_group(effect))

    def trigger_group(self, effect: fx.TriggerGroup) -> None:
        """Cancel what is in a group and let nothing in."""
        work = self._wire.trigger_group
        self._start("trigger", self._change(effect, work, e.GroupChange.TRIGGERED))

    def reset_group(self, effect: fx.ResetGroup) -> None:
        """Let orders into a group again."""
        work = self._wire.reset_group
        self._start("reset", self._change(effect, work, e.GroupChange.RESET))

    async def _cancel_one(self, effect: fx.SendCancel) -> None:
        order_id = effect.order_id
        fact: e.Fact = e.CancelUnknown(order_id, _ENDED)
        try:
            for _ in range(CANCEL_TRIES):
                try:
                    fact = await self._wire.cancel(order_id, effect.ticker)
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

    async def _cancel_many(self, left: dict[str, fx.SendCancel]) -> None:
        """Each order is told about as soon as it is clear, the rest at the end."""
        told: dict[str, Outcome] = {each: e.CancelUnknown(each, _ENDED) for each in left}
        try:
            for _ in range(CANCEL_TRIES):
                waiting = list(left.values())
                while waiting:
                    chunk = waiting[: max(self._wire.cancel_room(), 1)]
                    del waiting[: len(chunk)]
                    for outcome in await self._try(chunk):
                        told[outcome.order_id] = outcome
                        if _is_final(outcome) and outcome.order_id in left:
                            del left[outcome.order_id]
                            self._end(outcome)
        finally:
            for each in left:
                self._end(told[each])

    async def _try(self, chunk: Sequence[fx.SendCancel]) -> Sequence[Outcome]:
        try:
            return await self._wire.cancel_batch(chunk)
        except DeniedError as error:
            return [e.CancelRefused(each.order_id, error.status, error.code) for each in chunk]
        except ApiError as error:
            return [e.CancelUnknown(each.order_id, error.reason) for each in chunk]

    def _end(self, outcome: Outcome) -> None:
        self._canceling.discard(outcome.order_id)
        self._absorb(outcome)

    async def _cancel_all(self) -> None:
        reason = _ENDED
        try:
            reason = await self._tried(self._wire.cancel_all)
        finally:
            self._absorb(e.CancelAllAnswered(reason))

    async def _make_group(self, effect: fx.MakeGroup) -> None:
        fact: e.Fact = e.GroupFailed(effect.shard, "", _ENDED)
        try:
            fact = await self._wire.make_group(effect.shard, effect.limit)
        except ApiError as error:
            # One that was made unheard is empty and stays so: nothing hangs on it.
            fact = e.GroupFailed(effect.shard, "", error.reason)
        finally:
            self._absorb(fact)

    async def _change(
        self,
        effect: fx.TriggerGroup | fx.ResetGroup,
        work: Callable[[str, int], Awaitable[None]],
        change: e.GroupChange,
    ) -> None:
        reason = _ENDED
        try:
            reason = await self._tried(lambda: work(effect.group_id, effect.shard))
        finally:
            if reason:
                self._absorb(e.GroupFailed(effect.shard, effect.group_id, reason))
            else:
                self._absorb(e.GroupChanged(effect.group_id, change))

    async def _tried(self, work: Callable[[], Awaitable[None]]) -> str:
        """Do it, thrice if it has to be; return why not, or an empty string."""
        reason = ""
        for _ in range(CANCEL_TRIES):
            try:
                await work()
            except DeniedError as error:
                reason = error.reason
                if not error.is_throttle:
                    break
            except ApiError as error:
                reason = error.reason
            else:
                return ""
        return reason


def _is_final(outcome: Outcome) -> bool:
    if isinstance(outcome, e.CancelRefused):
        return outcome.status != _THROTTLED
    return isinstance(outcome, e.CancelAcked)
