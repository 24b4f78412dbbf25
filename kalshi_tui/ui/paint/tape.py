"""Public trades as lines: the arrow says which way the taker went, in the viewed outcome."""

from datetime import tzinfo

from kalshi_tui.core.events import Traded
from kalshi_tui.core.sides import BookSide, Outcome, yes_price
from kalshi_tui.core.views import TapeView
from kalshi_tui.ui.paint.cells import clock_text, count_cell, decimals_of, price_cell
from kalshi_tui.ui.paint.entry import MARGIN
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, exact, pack

_MILLI_NS = 1_000_000
_COUNT = 9


def tape_title(outcome: Outcome, hint: str, width: int, glyphs: Glyphs) -> Line:
    """Return "TAPE YES  ^lift vhit"."""
    key = f"{glyphs.up}lift {glyphs.down}hit"
    left = [Piece("TAPE", "title"), Piece(outcome.name, "title", gap=1), Piece(key, "dim", 1)]
    return pack(left, [Piece(hint, "dim", 2)], width, ellipsis=glyphs.ellipsis)


def tape_decimals(view: TapeView) -> int:
    """Return the decimals of a cent that align the prices of a tape."""
    return max((decimals_of(trade.price) for trade in view.rows), default=0)


def trade_line(
    trade: Traded,
    outcome: Outcome,
    decimals: int,
    width: int,
    glyphs: Glyphs,
    zone: tzinfo | None,
) -> Line:
    """Return "14:32:05 ^38    12"; `decimals` aligns the prices of a pane."""
    is_lift = (trade.taker_side is BookSide.BID) == (outcome is Outcome.YES)
    mark, part = (glyphs.up, "bid") if is_lift else (glyphs.down, "ask")
    price = price_cell(yes_price(trade.price, outcome), decimals)
    spans = [
        (f"{MARGIN}{clock_text(trade.ts_ms * _MILLI_NS, zone)} ", "dim"),
        (f"{mark}{price} ", part),
        (count_cell(trade.size, _COUNT), "text"),
    ]
    return exact(spans, width)
