"""Order groups: one per shard in use, as a breaker that works at the exchange.

Every order of this session is placed inside the group of its shard; when more contracts are matched
in it within 15 s than ten full orders have, the exchange cancels the group and lets nothing in.
Rule: what follows what stands in `TRANSITIONS`. A shard without a group (it is being made, or could
not be) still trades, and the screen says so once. Owns the groups' states; sends nothing itself.
Source: kalshi-api order groups (openapi.yaml `CreateOrderGroup`), TO38; one per shard: design 5b.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.dues import Dues
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import GroupChange
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.state import State
from kalshi_tui.core.units import Count
from kalshi_tui.core.views import Pane

SECOND = 1_000_000_000
BREAKER_ORDERS = 10
"""Full orders that may be matched within the exchange's 15 s before the breaker trips."""

RETRY_NS = 30 * SECOND
WAIT_NS = SECOND
"""How long an order waits for the group of its shard while that is being made."""

_STATUS = (Pane.STATUS, "")


class GroupState(Enum):
    """Where the group of a shard stands."""

    NONE = "none"
    MAKING = "being made"
    OPEN = "open"
    TRIGGERED = "triggered"
    """Its orders are canceled and nothing gets in until it is reset."""
    RESETTING = "being reset"


class GroupEvent(Enum):
    """What can happen to it."""

    WANTED = "wanted"
    MADE = "made"
    FAILED = "failed"
    TRIGGERED = "triggered"
    REARMED = "rearmed"
    """The user armed the keyboard again: a triggered group is reset."""
    RESET = "reset"
    DELETED = "deleted"


_S, _E = GroupState, GroupEvent

TRANSITIONS: dict[tuple[GroupState, GroupEvent], GroupState] = {
    (_S.NONE, _E.WANTED): _S.MAKING,
    (_S.MAKING, _E.MADE): _S.OPEN,
    (_S.MAKING, _E.FAILED): _S.NONE,
    (_S.OPEN, _E.TRIGGERED): _S.TRIGGERED,
    (_S.OPEN, _E.DELETED): _S.NONE,
    (_S.TRIGGERED, _E.REARMED): _S.RESETTING,
    (_S.TRIGGERED, _E.RESET): _S.OPEN,
    (_S.TRIGGERED, _E.DELETED): _S.NONE,
    (_S.RESETTING, _E.RESET): _S.OPEN,
    # What cannot be reset is left behind: a new group lets orders in.
    (_S.RESETTING, _E.FAILED): _S.NONE,
    (_S.RESETTING, _E.TRIGGERED): _S.TRIGGERED,
    (_S.RESETTING, _E.DELETED): _S.NONE,
}
"""What the table does not list changes nothing."""

BLOCKED = frozenset({_S.TRIGGERED, _S.RESETTING})

_CHANGES = {
    GroupChange.TRIGGERED: _E.TRIGGERED,
    GroupChange.RESET: _E.RESET,
    GroupChange.DELETED: _E.DELETED,
}


@dataclass(slots=True)
class _Group:
    state: GroupState = _S.NONE
    group_id: str = ""
    retry_ns: int = 0
    asked_ns: int = 0
    is_told: bool = False
    """Whether it was said that the shard trades without one."""


class Groups:
    """The engine's order groups, by shard."""

    def __init__(self, state: State, dues: Dues) -> None:
        self._state = state
        self._dues = dues
        self._groups: dict[int, _Group] = {}
        self._is_read = False

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts that this side of the engine takes."""
        return {
            e.GroupMade: self._made,
            e.GroupChanged: self._changed,
            e.GroupFailed: self._failed,
        }

    def dressed(self, terms: OrderTerms, *, is_exit: bool = False) -> OrderTerms:
        """Return the terms inside the group of their shard, where there is one.

        The exit of a flatten goes without it under KILL, where the group is being triggered.
        """
        group = self._groups.get(self._shard(terms.ticker))
        if group is None or group.state is not _S.OPEN:
            return terms
        if is_exit and self._state.purge_until_ns is not None:
            return terms
        return replace(terms, group_id=group.group_id)

    def is_awaited(self, ticker: str) -> bool:
        """Tell whether the group of a market's shard will be there in a moment."""
        group = self._groups.get(self._shard(ticker))
        if group is None or group.state is not _S.MAKING:
            return False
        return self._state.mono_ns - group.asked_ns < WAIT_NS

    def refusal(self, ticker: str) -> str:
        """Return why nothing gets into the group of a market's shard, or an empty string."""
        return self._state.breaker.get(self._shard(ticker), "")

    def swept(self) -> None:
        """The account was read: groups may be made."""
        self._is_read = True

    def tick(self) -> list[fx.Effect]:
        """Have a group for the shard of the market on the ladder."""
        state = self._state
        market = state.board.markets.get(state.watched)
        is_open = state.connection is e.ConnectionState.OPEN
        if market is None or state.read_only or not self._is_read or not is_open:
            return []
        group = self._groups.setdefault(market.exchange_index, _Group())
        if group.state is not _S.NONE or state.mono_ns < group.retry_ns:
            return []
        self._advance(market.exchange_index, _E.WANTED)
        group.asked_ns = state.mono_ns
        limit = Count(state.limits.order_count * BREAKER_ORDERS)
        return [fx.MakeGroup(market.exchange_index, limit)]

    def trigger(self) -> list[fx.Effect]:
        """Trigger every group: what is in it is canceled, and late creates are refused."""
        return [
            fx.TriggerGroup(group.group_id, shard)
            for shard, group in self._groups.items()
            if group.state is _S.OPEN
        ]

    def rearmed(self) -> list[fx.Effect]:
        """The user has armed the keyboard: let orders into triggered groups again."""
        state = self._state
        if state.mode is Mode.VIEW or state.killed_wall_ns is not None:
            return []
        found: list[fx.Effect] = []
        for shard, group in self._groups.items():
            if group.state is _S.TRIGGERED:
                self._advance(shard, _E.REARMED)
                found.append(fx.ResetGroup(group.group_id, shard))
        return found

    def _shard(self, ticker: str) -> int:
        market = self._state.board.markets.get(ticker)
        return market.exchange_index if market is not None else 0

    def _made(self, fact: e.GroupMade) -> list[fx.Effect]:
        group = self._groups.setdefault(fact.shard, _Group(_S.MAKING))
        if group.state is _S.MAKING:
            group.group_id = fact.group_id
            self._advance(fact.shard, _E.MADE)
        return []

    def _changed(self, fact: e.GroupChanged) -> list[fx.Effect]:
        event = _CHANGES.get(fact.change)
        if event is None:
            return []
        found: list[fx.Effect] = []
        if event is not _E.RESET:
            # Its members go without a word for each of them (TO38).
            for order in self._state.ledger.live():
                if order.terms.group_id == fact.group_id:
                    self._dues.expect_cancel(order)
        for shard, group in self._groups.items():
            if group.group_id == fact.group_id:
                found += self._told(shard, event)
        return found

    def _told(self, shard: int, event: GroupEvent) -> list[fx.Effect]:
        state = self._state
        was = self._groups[shard].state
        self._advance(shard, event)
        if self._groups[shard].state is was or event is not _E.TRIGGERED:
            return []
        if state.killed_wall_ns is not None:
            return []
        # It tripped by itself: the user has to arm again before anything gets in.
        state.mode = Mode.VIEW
        text = f"the exchange's breaker tripped on shard {shard}: its orders are canceled"
        return [state.notice(fx.NoticeLevel.ERROR, f"{text}; press A to arm again")]

    def _failed(self, fact: e.GroupFailed) -> list[fx.Effect]:
        state = self._state
        group = self._groups.setdefault(fact.shard, _Group())
        if fact.group_id and fact.group_id != group.group_id:
            return []
        was = group.state
        self._advance(fact.shard, _E.FAILED)
        if group.state is was:
            # A trigger that failed: cancel-all does the same.
            return []
        group.retry_ns = state.mono_ns + RETRY_NS
        if group.is_told:
            return []
        group.is_told = True
        text = f"no order group on shard {fact.shard} ({fact.reason})"
        return [
            state.notice(
                fx.NoticeLevel.WARNING, f"{text}: orders go without the exchange's breaker"
            )
        ]

    def _advance(self, shard: int, event: GroupEvent) -> None:
        state, group = self._state, self._groups[shard]
        group.state = TRANSITIONS.get((group.state, event), group.state)
        if group.state in BLOCKED:
            state.breaker[shard] = (
                f"The order group of shard {shard} was triggered: press A to arm again."
            )
        else:
            state.breaker.pop(shard, None)
        state.touch(_STATUS)
