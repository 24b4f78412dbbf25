"""An order as one line. B buys YES and S sells YES, at YES prices, as on the ladder."""

from rich.cells import cell_len

from kalshi_tui.core.orders import LIVE, CancelState, OrderState
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import count_text, price_text
from kalshi_tui.core.views import OrderRow, OrdersView
from kalshi_tui.ui.paint.cells import count_cell, queue_text
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
    doubt = sum(row.state is OrderState.IN_DOUBT for row in live)
    count = str(len(live)) if view is not None else "--"
    left = [Piece("ORDERS", "title"), Piece(count, "strong", gap=1)]
    left.append(Piece(f" {doubt} IN DOUBT " if doubt else "", "doubt"))
    return pack(left, [Piece(hint, "dim", 1)], width, ellipsis=glyphs.ellipsis)


def order_line(
    row: OrderRow, ticker: str, width: int, glyphs: Glyphs, *, doubtful: bool = False
) -> Line:
    """Return "B 10 @36 q300"; an order of another market than `ticker` names it at the right.

    Where a line is too narrow for both, the state goes before the name, of which an ellipsis stays.
    `doubtful` marks the queue as an estimate.
    """
    is_live = row.state in LIVE
    is_bid = row.side is BookSide.BID
    shown = row.remaining if is_live else row.initial
    word, part = _state(row, doubtful=doubtful)
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
    left.append(Piece("" if is_live else row.detail, "dim", 7, floor=12, gap=1))
    right: list[Piece] = []
    if is_elsewhere and room >= 1:
        name = ticker_tail(row.ticker, min(TICKER_MOST, room), glyphs.ellipsis)
        right.append(Piece(name, "dim", gap=1))
    return pack(left, right, width, ellipsis=glyphs.ellipsis)


def _tone(is_live: bool, part: str) -> str:
    return part if is_live else "dim"


def _state(row: OrderRow, *, doubtful: bool) -> tuple[str, str]:
    """Return the word for where an order stands, and its part."""
    if row.state in LIVE and row.cancel is CancelState.IN_DOUBT:
        return "cxl IN DOUBT", "doubt"
    if row.state in LIVE and row.cancel is CancelState.PENDING:
        return "canceling", "warning"
    if row.state is OrderState.RESTING:
        return queue_text(row.queue, estimate=row.queue_is_estimate or doubtful), "own"
    return _WORDS[row.state]
