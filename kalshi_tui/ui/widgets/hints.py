"""The key hints: the last line, made from the action table, for what is going on now."""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.ui.actions import ACTIONS, key_text
from kalshi_tui.ui.paint.line import Line, Piece, pack
from kalshi_tui.ui.widgets.linegrid import LineGrid


class Moment(Enum):
    """What the hints are for."""

    IDLE = "idle"
    ARMED = "armed"
    HAND = "hand"
    """A change is on the strip."""
    EXIT = "exit"
    """A way out is on the strip."""
    TICKET = "ticket"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class HintRow:
    """What the hints depend on."""

    moment: Moment
    mode: str


_KEYS = {action.id: key_text(action.keys[0]) for action in ACTIONS if action.keys}


def _keys(*ids: str) -> str:
    return " ".join(_KEYS[each] for each in ids)


_ORDERS = _keys(
    "order.buy", "order.sell", "order.join_bid", "order.join_ask", "order.lift", "order.hit"
)
_CANCELS = _keys("cancel.cursor", "cancel.market", "cancel.bids", "cancel.asks", "cancel.last")
_HELP = (_keys("view.help"), "help", 0)
_KILL = (_keys("app.kill"), "KILL", 0)
_QUIT = ("^q", "quit", 1)

HINTS: dict[Moment, tuple[tuple[str, str, int], ...]] = {
    Moment.IDLE: (
        (_ORDERS, "order", 0),
        (_CANCELS, "cancel", 0),
        (_keys("order.ticket"), "ticket", 4),
        (_keys("view.find"), "find", 3),
        (_keys("view.command"), "command", 5),
        (_keys("view.outcome"), "YES/NO", 6),
        (_keys("cursor.next_own"), "own order", 7),
        (_keys("cursor.center"), "centre", 8),
        (_keys("size.smaller", "size.larger"), "size", 9),
        (_keys("order.post_only"), "post-only", 10),
        ("F2-F8", "panes", 11),
        ("^p", "menu", 12),
        (_keys("order.edit", "order.move"), "change", 13),
        (_keys("order.flatten", "order.reverse"), "flatten, reverse", 14),
    ),
    Moment.ARMED: (
        (_keys("order.send"), "send", 0),
        (_keys("order.escape"), "drop", 0),
        (_keys("order.post_only"), "post-only", 2),
        (_keys("order.ticket"), "edit", 3),
        (_CANCELS, "cancel", 4),
    ),
    Moment.HAND: (
        (_keys("order.send"), "do it", 0),
        (_keys("order.escape"), "leave it", 0),
        ("Up Down", "price", 2),
        ("0-9", "what remains", 3),
        (_CANCELS, "cancel", 4),
    ),
    Moment.EXIT: (
        (_keys("order.send"), "do it", 0),
        (_keys("order.escape"), "leave it", 0),
        (_CANCELS, "cancel", 4),
    ),
    Moment.TICKET: (
        (_keys("order.send"), "review, then send", 0),
        (_keys("order.escape"), "back", 0),
        (_keys("ticket.next"), "field", 1),
        ("Up Down", "change", 2),
        (_keys("ticket.buy", "ticket.sell"), "side", 3),
        (_keys("ticket.outcome"), "YES/NO", 4),
        (_keys("ticket.post_only"), "post-only", 5),
    ),
    Moment.COMMAND: (
        (_keys("order.send"), "do it", 0),
        (_keys("order.escape"), "back", 0),
    ),
}


class HintLine(LineGrid[HintRow]):
    """One line high."""

    def show(self, row: HintRow) -> None:
        """Show the hints of a moment."""
        self.apply((row,))

    def paint(self, row: HintRow, width: int) -> Line:
        arm = (
            (_keys("arm.up"), "arm", 2) if row.mode == "VIEW" else (_keys("arm.down"), "disarm", 5)
        )
        left = list(HINTS[row.moment])
        if row.moment is Moment.IDLE:
            left.insert(2, arm)
        return pack(
            [Piece(f"{keys} {words}", "text", rank) for keys, words, rank in left],
            [Piece(f"{keys} {words}", "strong", rank) for keys, words, rank in
             (_HELP, _QUIT, _KILL)],
            width,
            ellipsis=self.glyphs.ellipsis,
        )  # fmt: skip
