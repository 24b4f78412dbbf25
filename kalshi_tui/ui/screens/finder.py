"""The market finder: fuzzy by ticker and title, with live prices; Enter puts one on the ladder."""

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.fuzzy import Matcher
from textual.widgets import Input, Static

from kalshi_tui.core.units import Price, count_text, price_text
from kalshi_tui.core.views import MarketRow, Pane, ViewKey
from kalshi_tui.ui.paint.entry import ticker_tail
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, exact, pack
from kalshi_tui.ui.screens.modal import Prompt
from kalshi_tui.ui.store import Store
from kalshi_tui.ui.widgets.field import TextField
from kalshi_tui.ui.widgets.linegrid import LineGrid


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One line of the list, or a sentence when there is none."""

    ticker: str
    title: str
    bid: Price | None
    ask: Price | None
    position: str
    is_selected: bool


def found(rows: tuple[MarketRow, ...], query: str) -> list[MarketRow]:
    """Return the markets that match, best first; all of them, in the session's order, for ""."""
    if not query.strip():
        return list(rows)
    matcher = Matcher(query.strip())
    scored = [
        (max(matcher.match(row.market.ticker), matcher.match(row.market.title)), at, row)
        for at, row in enumerate(rows)
    ]
    return [row for score, _, row in sorted(scored, key=lambda each: (-each[0], each[1])) if score]


class FoundList(LineGrid[FoundRow]):
    """The matches. Owns which one is selected, by ticker."""

    def paint(self, row: FoundRow, width: int) -> Line:
        if not row.ticker:
            return exact([(f" {row.title}", "dim")], width)
        mark = ">" if row.is_selected else " "
        part = "strong" if row.is_selected else "text"
        room = width * 2 // 5
        # Strikes of one event differ at the ticker's end.
        name = ticker_tail(row.ticker, room, self.glyphs.ellipsis)
        touch = f"{_cents(row.bid):>5} / {_cents(row.ask):<5}"
        return pack(
            [Piece(f"{mark} {name:<{room}}", part),
             Piece(row.title, part, 0, 8)],
            [Piece(row.position, "own", 2), Piece(touch, part, 1)],
            width,
            ellipsis=self.glyphs.ellipsis,
        )  # fmt: skip


def _cents(price: Price | None) -> str:
    return "-" if price is None else price_text(price)


class Finder(Prompt[str]):
    """Dismisses with a ticker, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
    ]

    def __init__(self, store: Store, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self.store = store
        self.glyphs = glyphs
        self._at = 0
        self._found: list[MarketRow] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="finder"):
            yield TextField("ticker or title")
            yield FoundList(glyphs=self.glyphs, id="found")
            yield Static(
                "Up Down choose, Enter shows it, Esc leaves.", classes="dialog-hint", markup=False
            )

    def on_mount(self) -> None:
        rows = self.store.markets.rows if self.store.markets else ()
        here = [at for at, row in enumerate(rows) if row.market.ticker == self.store.ticker]
        self._at = here[0] if here else 0
        self._search()
        self.set_focus(self.query_one(TextField))

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def follow(self, changed: frozenset[ViewKey]) -> None:
        if (Pane.MARKETS, "") in changed:
            self._search()

    def on_input_changed(self) -> None:
        self._at = 0
        self._search()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._found:
            self.dismiss(self._found[self._at].market.ticker)

    def action_move(self, step: int) -> None:
        if self._found:
            self._at = min(max(self._at + step, 0), len(self._found) - 1)
            self._show()

    def _search(self) -> None:
        rows = self.store.markets.rows if self.store.markets else ()
        self._found = found(rows, self.query_one(TextField).value)
        self._at = min(self._at, max(len(self._found) - 1, 0))
        self._show()

    def _show(self) -> None:
        listing = self.query_one(FoundList)
        height = max(listing.size.height, 1)
        first = min(max(self._at - height + 1, 0), max(len(self._found) - height, 0))
        if not self._found:
            sentence = "No market matches." if self.store.markets else "No market is listed yet."
            listing.apply([FoundRow("", sentence, None, None, "", is_selected=False)])
            return
        listing.apply(
            [
                _row(row, is_selected=first + at == self._at)
                for at, row in enumerate(self._found[first : first + height])
            ]
        )


def _row(row: MarketRow, *, is_selected: bool) -> FoundRow:
    position = ""
    if row.position:
        position = f"{'+' if row.position > 0 else ''}{count_text(row.position)}"
    market = row.market
    return FoundRow(market.ticker, market.title, row.bid, row.ask, position, is_selected)
