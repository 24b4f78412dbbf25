"""What holds the user back for the user's own good: arming and its decay, and the day's loss.

Owns when a mode falls back, when the day is stopped, and the words for both. The rules are
`core.arming` and `core.daybook`; the gate itself is `core.risk`. Sends nothing and raises nothing.
Source: ladder-ux §4.6 ("falls back to"); reliability §8.1 (guards 2, 3 and 11), FK14.
"""

from collections.abc import Callable
from typing import Any

from kalshi_tui.core import commands as c
from kalshi_tui.core import effects as fx
from kalshi_tui.core import events as e
from kalshi_tui.core import panes
from kalshi_tui.core.arming import Fall
from kalshi_tui.core.daybook import DayBook
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.state import State
from kalshi_tui.core.units import NO_MONEY, Count, Money, Price, money_text
from kalshi_tui.core.views import Pane

SECOND = 1_000_000_000
LEDGER_PAUSE_NS = 2 * SECOND
"""So long after a failed commit the gate refuses by itself; then the next order tries again."""

_STATUS = (Pane.STATUS, "")
_MONEY = (e.Filled, e.PositionReported, e.Swept)
"""What may change the day's result."""
_WATCHED = frozenset(
    {
        c.Watch,
        c.Place,
        c.PlaceBatch,
        c.Amend,
        c.Decrease,
        c.Resend,
        c.Abandon,
        c.Cancel,
        c.CancelMarket,
        c.CancelEverything,
        c.CancelLast,
        c.Kill,
        c.Flatten,
        c.Reverse,
        c.DeadMan,
        e.BookStatusChanged,
        e.ConnectionChanged,
        e.Slept,
        e.Refused,
        e.JournalFailed,
        *_MONEY,
    }
)
_COMMANDS = frozenset(each for each in _WATCHED if each.__module__ == c.__name__)


class Restraint:
    """The engine's brakes."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._daybook = DayBook(state.limits.day_start)
        self._looked_ns = 0
        self._faulted_ns = 0
        self._watched = ""

    def handlers(self) -> dict[type, Callable[[Any], list[fx.Effect]]]:
        """Return the commands that this side of the engine takes."""
        return {c.Arm: self._arm}

    def _arm(self, command: c.Arm) -> list[fx.Effect]:
        state = self._state
        if state.read_only:
            return [state.notice(fx.NoticeLevel.WARNING, state.read_only)]
        was = state.mode
        armed = state.arming.ask(command.mode, command.word, state.mono_ns)
        if armed.refusal:
            return [state.notice(fx.NoticeLevel.WARNING, armed.refusal)]
        if armed.mode is was:
            return []
        state.touch(_STATUS)
        found: list[fx.Effect] = [
            state.notice(fx.NoticeLevel.INFO, f"the keyboard is in {armed.mode.value}")
        ]
        if state.purge_until_ns is not None and armed.mode is not Mode.VIEW:
            left = (state.purge_until_ns - state.wall_ns + SECOND - 1) // SECOND
            text = f"a cancel-all may still catch new orders: they wait for {left} s"
            found.append(state.notice(fx.NoticeLevel.WARNING, text))
        return found

    def after(self, item: e.Fact | c.Command) -> list[fx.Effect]:
        """Look at what was just handled, and take the mode back where it demands that."""
        kind = type(item)
        if kind not in _WATCHED:
            return []
        found: list[fx.Effect] = []
        if isinstance(item, _MONEY):
            found += self._look()
        elif kind in _COMMANDS:
            self._state.arming.acted(self._state.mono_ns)
        elif isinstance(item, e.JournalFailed):
            self._state.ledger_fault = f"The ledger cannot be written: {item.reason}"
            self._faulted_ns = self._state.mono_ns
        why = self._why(item)
        return found + (self._fall(why) if why is not None else [])

    def _why(self, item: e.Fact | c.Command) -> Fall | None:
        state = self._state
        refused, state.refused_mono_ns = state.refused_mono_ns, None
        match item:
            case c.Kill():
                return Fall.KILLED
            case c.Watch():
                was, self._watched = self._watched, state.watched
                return Fall.SWITCHED if was and was != state.watched else None
            case e.Slept():
                return Fall.SLEPT
            case e.ConnectionChanged(state=connection):
                return None if connection is e.ConnectionState.OPEN else Fall.RECONNECT
            case e.BookStatusChanged(ticker=ticker, status=status):
                is_doubt = ticker == state.watched and status is not e.BookStatus.LIVE
                return Fall.STALE if is_doubt else None
            case e.Refused():
                return Fall.REJECTED
            case _:
                return Fall.REJECTED if refused is not None else None

    def _fall(self, why: Fall) -> list[fx.Effect]:
        state = self._state
        if not state.arming.fall(why):
            return []
        state.touch(_STATUS)
        text = f"the keyboard fell back to {state.mode.value}: {why.value}"
        return [state.notice(fx.NoticeLevel.WARNING, text)]

    def tick(self) -> list[fx.Effect]:
        """Let ONE-KEY decay, and look at the day's result once a second."""
        state = self._state
        if state.ledger_fault and state.mono_ns - self._faulted_ns >= LEDGER_PAUSE_NS:
            state.ledger_fault = ""
            state.touch(_STATUS)
        found = self._fall(Fall.IDLE) if state.arming.idle(state.mono_ns) else []
        if state.mono_ns - self._looked_ns >= SECOND:
            found += self._look()
        return found

    def _look(self) -> list[fx.Effect]:
        state = self._state
        self._looked_ns = state.mono_ns
        positions = ((ticker, position.count) for ticker, position in state.ledger.positions())
        result, is_new = self._daybook.look(
            state.wall_ns, state.ledger.fills(), positions, self._mark
        )
        found: list[fx.Effect] = []
        if is_new and state.reducing:
            state.reducing = ""
            text = "a new trading day: the limit on its loss begins anew"
            found.append(state.notice(fx.NoticeLevel.GOOD, text))
        state.day_loss, state.day_note = Money(-result), self._daybook.note
        if state.day_loss >= state.limits.day_loss > NO_MONEY and not state.reducing:
            found += self._stop()
        return found

    def _stop(self) -> list[fx.Effect]:
        state = self._state
        state.reducing = (
            f"{money_text(state.day_loss)} was lost today and your limit is"
            f" {money_text(state.limits.day_loss)}."
        )
        state.touch(_STATUS)
        text = f"DAY STOP: {state.reducing} Only what reduces may be sent until tomorrow."
        return [state.notice(fx.NoticeLevel.ERROR, text), *self._fall(Fall.DAY_STOP)]

    def _mark(self, ticker: str, count: Count) -> Price | None:
        """Return the price at which a position could be closed now, else of the last trade."""
        board = self._state.board
        bid, ask = panes.touch(board, ticker)
        closing = bid if count > 0 else ask
        if closing is not None and count:
            return closing
        quote, book = board.quotes.get(ticker), board.states.get(ticker)
        if book is not None and book.last is not None:
            return book.last.price
        return quote.last if quote is not None else None
