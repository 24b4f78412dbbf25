"""An order as one line. B buys YES and S sells YES, at YES prices, as on the ladder."""

from rich.cells import cell_len

from kalshi_tui.core.orders import (
    LIVE,
    CancelState,
    Due,
    OrderState,
    RequestKind,
    RequestState,
)
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import count_text, price_text
from kalshi_tui.core.views import OrderRow, OrdersView
from kalshi_tui.ui.paint.cells import SECOND_NS, age_text, count_cell, queue_text
from kalshi_tui.ui.paint.entry import MARGIN, ticker_tail
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, pack

TICKER_MOST = 26
_BEFORE_STATE = 16
"""Cells of side, count and price."""

_WORDS = {
    OrderState.INTENT: ("recorded", "warning"),
    OrderState.SENDING: ("sending", "warning"),
    OrderState.IN_DOUBT: ("IN DOUBT", "doubt"),
    OrderState.EXECUTED: ("filled", "dim"),
    OrderState.CANCELED: ("canceled", "dim"),
    OrderState.REJECTED: ("REJECTED", "error"),
    OrderState.NOT_SENT: ("not sent", "error"),
    OrderState.PROVEN_ABSENT: ("never arrived", "error"),
}


def orders_title(view: OrdersView | None, hint: str, width: int, glyphs: Glyphs) -> Line:
    """Return "ORDERS 3" and, unmistakably, how many are in doubt."""
    live = view.live if view is not None else ()
    doubt = sum(_doubt(row) != "" for row in live)
    count = str(len(live)) if view is not None else "--"
    left = [Piece("ORDERS", "title"), Piece(count, "strong", gap=1)]
    left.append(Piece(f" {doubt} IN DOUBT " if doubt else "", "doubt"))
    return pack(left, [Piece(hint, "dim", 1)], width, ellipsis=glyphs.ellipsis)


def order_line(
    row: OrderRow,
    ticker: str,
    width: int,
    glyphs: Glyphs,
    *,
    doubtful: bool = False,
    wall_ns: int = 0,
) -> Line:
    """Return "B 10 @36 q300"; an order of another market than `ticker` names it at the right.

    Where a line is too narrow for both, the state goes before the name, of which an ellipsis stays.
    `doubtful` marks the queue as an estimate; `wall_ns` is the present, for the age of a doubt.
    """
    is_live = row.state in LIVE
    is_bid = row.side is BookSide.BID
    shown = row.remaining if is_live else row.initial
    word, part = _state(row, doubtful=doubtful, wall_ns=wall_ns)
    is_elsewhere = row.ticker != ticker
    room = width - _BEFORE_STATE - cell_len(word) - 1
    margin = glyphs.ellipsis if is_elsewhere and room < 1 else MARGIN
    left = [
        Piece(f"{margin}{'B' if is_bid else 'S'}", _tone(is_live, "bid" if is_bid else "ask")),
        Piece(count_cell(shown, 7).rstrip().rjust(7), _tone(is_live, "text"), gap=0),
        Piece(f"@{price_text(row.price):<4}", _tone(is_live, "text"), gap=1),
        Piece(word, part, gap=1),
    ]
    if row.filled and (is_live or row.state is not OrderState.EXECUTED):
        left.append(Piece(f"filled {count_text(row.filled)}", "gain", 5, gap=1))
    left.append(Piece("not ours" if row.external else "", "dim", 6, gap=1))
    left.append(Piece("post-only" if row.post_only and is_live else "", "dim", 8, gap=1))
    left.append(Piece("deadman" if row.guarded and is_live else "", "dim", 9, gap=1))
    left.append(Piece("" if is_live else row.detail, "dim", 7, floor=12, gap=1))
    right: list[Piece] = []
    if is_elsewhere and room >= 1:
        name = ticker_tail(row.ticker, min(TICKER_MOST, room), glyphs.ellipsis)
        right.append(Piece(name, "dim", gap=1))
    return pack(left, right, width, ellipsis=glyphs.ellipsis)


def _tone(is_live: bool, part: str) -> str:
    return part if is_live else "dim"


def _state(row: OrderRow, *, doubtful: bool, wall_ns: int) -> tuple[str, str]:
    """Return the word for where an order stands, and its part. A doubt tells its age."""
    if row.state not in LIVE:
        return _WORDS[row.state]
    if (lost := _doubt(row)) != "":
        return f"{lost}{_age(row, wall_ns)}", "doubt"
    if row.cancel is CancelState.PENDING:
        return "canceling", "warning"
    if (change := row.change) is not None:
        return ("amending" if change.kind is RequestKind.AMEND else "reducing"), "warning"
    if row.due is not Due.NONE:
        return row.due.value, "warning"
    if row.state is OrderState.RESTING:
        return queue_text(row.queue, estimate=row.queue_is_estimate or doubtful), "own"
    return _WORDS[row.state]


def _doubt(row: OrderRow) -> str:
    """Return what about a live order is in doubt, or an empty string."""
    if row.cancel is CancelState.IN_DOUBT:
        return "cxl IN DOUBT"
    if row.state is OrderState.IN_DOUBT:
        return "given up" if row.abandoned else "IN DOUBT"
    if row.change is not None and row.change.state is RequestState.IN_DOUBT:
        return "chg IN DOUBT"
    return "LOST SIGHT" if row.due is Due.UNKNOWN else ""


def _age(row: OrderRow, wall_ns: int) -> str:
    if row.doubt_wall_ns is None or wall_ns <= row.doubt_wall_ns:
        return ""
    age = wall_ns - row.doubt_wall_ns
    return f" {age // SECOND_NS}s" if age < 10 * SECOND_NS else f" {age_text(age)}"
