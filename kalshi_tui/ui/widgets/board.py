"""The board: every listed market a line, with its touch and what we hold; for wide terminals."""

from collections.abc import Sequence

from kalshi_tui.core.units import Count, Price, count_text, price_text
from kalshi_tui.core.views import MarketRow, MarketsView
from kalshi_tui.ui.paint.entry import MARGIN, ticker_tail
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, exact, pack
from kalshi_tui.ui.widgets.pane import ListPane

_TICKER = 16


class BoardPane(ListPane):
    """Identity of a row: the ticker. An event's markets stand below its own line."""

    _rows: Sequence[MarketRow | str] = ()
    _count = 0
    _ticker = ""

    def show(self, view: MarketsView | None, ticker: str) -> None:
        """Take the latest view; the market on the ladder is `ticker`."""
        rows: list[MarketRow | str] = []
        event = ""
        for row in view.rows if view else ():
            if row.market.event_ticker != event:
                event = row.market.event_ticker
                rows.append(event)
            rows.append(row)
        self._rows, self._ticker = rows, ticker
        self._count = len(view.rows) if view else 0
        self.relayout()

    def heading(self, width: int) -> list[Line]:
        left = [Piece("MARKETS", "title"), Piece(f"{self._count}", "strong", gap=1)]
        return [pack(left, [Piece(self.hint, "dim", 1)], width, ellipsis=self.glyphs.ellipsis)]

    def identities(self, width: int) -> Sequence[str]:
        return ["" if isinstance(row, str) else row.market.ticker for row in self._rows]

    def line(self, at: int, width: int) -> Line:
        row = self._rows[at]
        if isinstance(row, str):
            return exact([(MARGIN + row, "dim")], width)
        return board_line(row, width, self.glyphs, is_here=row.market.ticker == self._ticker)


def board_line(row: MarketRow, width: int, glyphs: Glyphs, *, is_here: bool) -> Line:
    """Return "KXFEDDEC-C25  37 38  +40" in exactly `width` cells."""
    name = row.market.ticker.removeprefix(f"{row.market.event_ticker}-")
    part = "strong" if is_here else "text"
    return exact(
        [
            (MARGIN, "text"),
            (f"{'*' if is_here else ' '}{ticker_tail(name, _TICKER, glyphs.ellipsis):<{_TICKER}}",
             part),
            (f"{_cents(row.bid):>5}", "bid"),
            (f"{_cents(row.ask):>6}", "ask"),
            (f"{_held(row.position):>7}", "own"),
        ],
        width,
    )  # fmt: skip


def _cents(price: Price | None) -> str:
    return "-" if price is None else price_text(price)


def _held(position: Count) -> str:
    return f"{'+' if position > 0 else ''}{count_text(position)}" if position else ""
