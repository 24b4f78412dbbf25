"""Our fills as lines: when, what, at which price, as maker or taker, for which fee."""

from datetime import tzinfo

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import money_text, price_text
from kalshi_tui.core.views import FillRow, FillsView
from kalshi_tui.ui.paint.cells import clock_text, count_cell
from kalshi_tui.ui.paint.entry import MARGIN, ticker_tail
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, pack

_MILLI_NS = 1_000_000
_TICKER_LEAST, _TICKER_MOST = 7, 26
_ROOMY = 36
"""Cells from which roles are words instead of T and M."""


def fills_title(view: FillsView | None, hint: str, width: int, glyphs: Glyphs) -> Line:
    """Return "FILLS 6"."""
    count = str(len(view.rows)) if view is not None else "--"
    left = [Piece("FILLS", "title"), Piece(count, "strong", gap=1)]
    return pack(left, [Piece(hint, "dim", 1)], width, ellipsis=glyphs.ellipsis)


def fill_line(row: FillRow, ticker: str, width: int, glyphs: Glyphs, zone: tzinfo | None) -> Line:
    """Return "14:31:58 S 20 @9.6 taker fee $0.31"; narrow panes drop the fee, then the time."""
    is_bid = row.side is BookSide.BID
    role = "taker" if row.is_taker else "maker"
    left = [
        Piece(MARGIN + clock_text(row.ts_ms * _MILLI_NS, zone), "dim", 2),
        Piece("B" if is_bid else "S", "bid" if is_bid else "ask", gap=1),
        Piece(count_cell(row.count, 7).rstrip().rjust(7), "text", gap=0),
        Piece(f"@{price_text(row.price):<4}", "text", gap=1),
        Piece(role if width >= _ROOMY else role[:1].upper(), "dim", 3, gap=1),
        Piece(f"fee {money_text(row.fee)}", "dim", 4, gap=1),
    ]
    right: list[Piece] = []
    if row.ticker != ticker:
        room = max(_TICKER_LEAST, min(_TICKER_MOST, width - 30))
        right.append(Piece(ticker_tail(row.ticker, room, glyphs.ellipsis), "dim", gap=1))
    line = pack(left, right, width, ellipsis=glyphs.ellipsis)
    if line[0][0].startswith(MARGIN):
        return line
    return pack([Piece(MARGIN, gap=0), *left[1:]], right, width, ellipsis=glyphs.ellipsis)
