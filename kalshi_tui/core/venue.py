"""Where the exchange stands: open or paused, shard by shard, and how far its clock is from ours.

Owns what is taken from its status and its clock, and the words when trading stops and goes on. The
guards that refuse by it are `core.guards`; what orders do in a pause is `core.dues`.
Source: openapi.yaml `ExchangeStatus` (the top level speaks for shard 0); reliability §8.1 (guards
4 and 5), TC15.
"""

from collections.abc import Callable
from typing import Any

from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core.state import State
from kalshi_tui.core.text import NO_TEXT
from kalshi_tui.core.views import Pane

_STATUS = (Pane.STATUS, "")


class Venue:
    """The engine's view of the exchange itself."""

    def __init__(self, state: State) -> None:
        self._state = state

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the facts that this side of the engine takes."""
        return {e.ExchangeStatusRead: self._status, e.ClockMeasured: self._clock}

    def _status(self, fact: e.ExchangeStatusRead) -> list[fx.Effect]:
        state = self._state
        was_active, was_paused = state.is_trading, _paused(state.shard_states)
        state.exchange_active = fact.exchange_active
        state.trading_active = fact.trading_active
        state.shard_states = fact.shards
        paused = _paused(fact.shards)
        is_active = state.is_trading
        state.resume_text = NO_TEXT if is_active and not paused else fact.resume_text
        state.touch(_STATUS)
        if was_active == is_active and was_paused == paused:
            return []
        if not is_active or paused - was_paused:
            return [state.notice(fx.NoticeLevel.WARNING, state.maintenance())]
        # What happened meanwhile is read as after a reconnection (TC15).
        again = sorted(was_paused - paused)
        where = "the exchange" if not was_active or not again else f"shard {again[0]}"
        return [
            state.notice(fx.NoticeLevel.GOOD, f"{where} trades again"),
            fx.Fetch(fx.Read.SWEEP),
            fx.Fetch(fx.Read.BALANCE),
        ]

    def _clock(self, fact: e.ClockMeasured) -> list[fx.Effect]:
        if self._state.offset_ns is None:
            self._state.touch(_STATUS)
        self._state.offset_ns = fact.offset_ns
        return []


def _paused(shards: tuple[e.ShardStatus, ...]) -> frozenset[int]:
    return frozenset(each.index for each in shards if not each.is_trading)
