"""The price ladder: a still axis, a cursor pinned to a price, our own orders in the book.

Stub of the public face; the behaviour follows.
"""

from textual.message import Message

from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.units import Price
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.widgets.linegrid import LineGrid


class Ladder(LineGrid[tuple[object, ...]], can_focus=True):
    """One market's ladder. Prices in its methods are YES prices; directions are the screen's.

    Natural widths: 27 shows no own orders, 51 is complete, 57 adds the other outcome's price;
    beyond 71 nothing is gained. Two header lines, then prices.
    """

    class CursorMoved(Message):
        """The cursor is on another price, or there is one for the first time."""

        def __init__(self, ladder: "Ladder", price: Price) -> None:
            super().__init__()
            self.ladder = ladder
            self.price = price
            """YES price."""

        @property
        def control(self) -> "Ladder":
            return self.ladder

    def __init__(
        self, *, glyphs: Glyphs = UNICODE, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(glyphs=glyphs, id=id, classes=classes)
        self.view: LadderView | None = None
        self.cursor_price: Price | None = None
        """YES price under the cursor; None before the first book."""
        self.outcome = Outcome.YES
        self.hold = False
        """True while a strip is armed or a size is pending: the view then never moves by itself.
        Set it; the header says center:lock."""

    @property
    def cursor_visible(self) -> bool:
        """False when the cursor's price is scrolled out of view: opening verbs re-centre first."""
        return False

    def show(self, view: LadderView | None, mono_ns: int) -> None:
        """Take the latest view; `mono_ns` is the present for ages. None clears the ladder."""

    def move(self, ticks: int) -> None:
        """Move the cursor up the screen by `ticks` rows (negative: down); the view follows."""

    def to_best_bid(self) -> None:
        """Put the cursor on the best bid of the viewed outcome (the left column)."""

    def to_best_ask(self) -> None:
        """Put the cursor on the best ask of the viewed outcome (the right column)."""

    def to_last(self) -> bool:
        """Put the cursor on the last traded price. False when there is none."""
        return False

    def to_price(self, price: Price) -> bool:
        """Put the cursor on a YES price and bring it into view. False when no such row exists."""
        return False

    def center(self) -> None:
        """Centre the view on the touch; the cursor keeps its price."""

    def center_on_cursor(self) -> None:
        """Bring the cursor's price to the middle of the view."""

    def page(self, pages: int) -> None:
        """Scroll the view by pages (positive: down); the cursor keeps its price."""

    def next_own(self, step: int = 1) -> bool:
        """Cursor to the next own order below (1) or above (-1), round the end. False: none."""
        return False

    def flip_view(self) -> None:
        """Switch between the YES and the NO view; the cursor keeps its YES price."""
