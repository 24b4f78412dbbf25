"""The key hints: the last line, made from the action table, for what is going on now."""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.ui.keymap import Keymap
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


Hint = tuple[str, str, int]
"""Keys, what they do, and the rank in which hints give way where there is no room."""

_ORDERS = (
    "order.buy", "order.sell", "order.join_bid", "order.join_ask", "order.lift", "order.hit",
)  # fmt: skip
_CANCELS = ("cancel.cursor", "cancel.market", "cancel.bids", "cancel.asks", "cancel.last")

HINTS: dict[Moment, tuple[tuple[tuple[str, ...] | str, str, int], ...]] = {
    Moment.IDLE: (
        (_ORDERS, "order", 0),
        (_CANCELS, "cancel", 0),
        (("order.ticket",), "ticket", 4),
        (("view.find",), "find", 3),
        (("view.command",), "command", 5),
        (("view.outcome",), "YES/NO", 6),
        (("cursor.next_own",), "own order", 7),
        (("cursor.center",), "centre", 8),
        (("size.smaller", "size.larger"), "size", 9),
        (("order.post_only",), "post-only", 10),
        ("F2-F8", "panes", 11),
        (("app.palette",), "menu", 12),
        (("order.edit", "order.move"), "change", 13),
        (("order.flatten", "order.reverse"), "flatten, reverse", 14),
    ),
    Moment.ARMED: (
        (("order.send",), "send", 0),
        (("order.escape",), "drop", 0),
        (("order.post_only",), "post-only", 2),
        (("order.ticket",), "edit", 3),
        (_CANCELS, "cancel", 4),
    ),
    Moment.HAND: (
        (("order.send",), "do it", 0),
        (("order.escape",), "leave it", 0),
        ("Up Down", "price", 2),
        ("0-9", "what remains", 3),
        (_CANCELS, "cancel", 4),
    ),
    Moment.EXIT: (
        (("order.send",), "do it", 0),
        (("order.escape",), "leave it", 0),
        (_CANCELS, "cancel", 4),
    ),
    Moment.TICKET: (
        (("order.send",), "review, then send", 0),
        (("order.escape",), "back", 0),
        (("ticket.next",), "field", 1),
        ("Up Down", "change", 2),
        (("ticket.buy", "ticket.sell"), "side", 3),
        (("ticket.outcome",), "YES/NO", 4),
        (("ticket.post_only",), "post-only", 5),
    ),
    Moment.COMMAND: (
        (("order.send",), "do it", 0),
        (("order.escape",), "back", 0),
    ),
}
"""Action ids, or keys as they are."""


def hints(row: HintRow, keymap: Keymap) -> tuple[list[Hint], list[Hint]]:
    """Return what stands at the left and at the right of the line."""

    def keys(*ids: str) -> str:
        return " ".join(keymap.first(each).replace("Ctrl+", "^") for each in ids)

    left = [
        (named if isinstance(named, str) else keys(*named), words, rank)
        for named, words, rank in HINTS[row.moment]
    ]
    if row.moment is Moment.IDLE:
        is_view = row.mode == "VIEW"
        arm = (keys("arm.up"), "arm", 2) if is_view else (keys("arm.down"), "disarm", 5)
        left.insert(2, arm)
    right = [
        (keys("view.help"), "help", 0),
        (keys("app.quit"), "quit", 1),
        (keys("app.kill"), "KILL", 0),
    ]
    return left, right


class HintLine(LineGrid[HintRow]):
    """One line high."""

    keymap = Keymap()

    def show(self, row: HintRow) -> None:
        """Show the hints of a moment."""
        self.apply((row,))

    def use(self, keymap: Keymap) -> None:
        """Write the keys of another keymap."""
        self.keymap = keymap
        self.forget()

    def paint(self, row: HintRow, width: int) -> Line:
        left, right = hints(row, self.keymap)
        return pack(
            [Piece(f"{keys} {words}", "text", rank) for keys, words, rank in left],
            [Piece(f"{keys} {words}", "strong", rank) for keys, words, rank in right],
            width,
            ellipsis=self.glyphs.ellipsis,
        )
