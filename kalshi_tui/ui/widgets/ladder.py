"""The price ladder: a still axis, a cursor pinned to a price, our own orders in the book.

Owns where the cursor and the window are, and when the window moves by itself: never the cursor.
Sends nothing and reads no clock; what a row looks like is `paint.ladder`'s business.
"""

from datetime import tzinfo

from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.units import Price
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.paint.axis import Axis, make_axis
from kalshi_tui.ui.paint.cells import SECOND_NS
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.ladder import (
    DividerRow,
    Frame,
    LadderRow,
    PriceRow,
    geometry_of,
    headline,
    ladder_rows,
    notice,
    paint_row,
    titles,
)
from kalshi_tui.ui.paint.line import Line, Span
from kalshi_tui.ui.paint.verdict import verdict
from kalshi_tui.ui.paint.window import Touch, at_edge, centred, clamp, keeping
from kalshi_tui.ui.widgets.linegrid import LineGrid

HEADER = 2
"""Lines above the first price: the book's state, then the column names."""

WHEEL_ROWS = 3

MIDDLE = Price(5_000)


class Ladder(LineGrid[LadderRow], can_focus=True):
    """One market's ladder. Prices in its methods are YES prices; directions are the screen's.

    Natural widths: 27 cells show no own orders, 51 are complete, 57 add the other outcome's
    price; beyond 69 nothing is gained. Call `show` at least once a second, so that ages run.
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
        self,
        *,
        glyphs: Glyphs = UNICODE,
        zone: tzinfo | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, id=id, classes=classes)
        self.zone = zone
        self.view: LadderView | None = None
        self.cursor_price: Price | None = None
        """YES price under the cursor; None before the first book."""
        self.outcome = Outcome.YES
        self._axis: Axis = make_axis(None, Outcome.YES)
        self._top = 0
        self._is_placed = False
        self._is_started = False
        self._follows = True
        self._hold = False
        self._seen_height = 0
        self._mono_ns = 0
        self._moved_ns: int | None = None

    # What the screen asks.

    @property
    def hold(self) -> bool:
        """True while a strip is armed or a size is pending: the view never moves by itself."""
        return self._hold

    @hold.setter
    def hold(self, value: bool) -> None:
        if value != self._hold:
            self._hold = value
            self.relayout()

    @property
    def cursor_visible(self) -> bool:
        """False when the cursor's price is scrolled out of view: opening verbs re-centre first."""
        if self.cursor_price is None:
            return False
        row = self._axis.nearest(self.cursor_price)
        return self._top <= row < self._top + self._height

    def show(self, view: LadderView | None, mono_ns: int) -> None:
        """Take the latest view; `mono_ns` is the present for ages. None clears the ladder."""
        self._mono_ns = mono_ns
        if view is None or self.view is None or view.market.ticker != self.view.market.ticker:
            self._restart()
        self.view = view
        if view is not None:
            self._is_started = self._is_started or bool(
                view.bids or view.asks or view.status is BookStatus.LIVE
            )
            self._take_axis(view)
            if self._is_started and self.cursor_price is None:
                self._set_cursor(self._first_price(view))
            self._follow()
        self.relayout()

    # What keys do.

    def move(self, ticks: int) -> None:
        """Move the cursor up the screen by `ticks` prices (negative: down); the view follows."""
        if self.cursor_price is not None and ticks:
            self._go(self._axis.step(self.cursor_price, -ticks))

    def to_best_bid(self) -> bool:
        """Put the cursor on the viewed outcome's best bid, the left column. False: none."""
        return self._to_best(is_left=True)

    def to_best_ask(self) -> bool:
        """Put the cursor on the viewed outcome's best ask, the right column. False: none."""
        return self._to_best(is_left=False)

    def to_last(self) -> bool:
        """Put the cursor on the last traded price. False when there is none."""
        last = self.view.last if self.view is not None else None
        return last is not None and self.to_price(last.price)

    def to_price(self, price: Price) -> bool:
        """Put the cursor on a YES price and bring it into view. False when no such row exists."""
        if self.cursor_price is None or price not in self._axis.at:
            return False
        self._go(price)
        return True

    def center(self) -> None:
        """Centre the view on the touch; the cursor keeps its price."""
        self._follows = True
        self._center()
        self.relayout()

    def center_on_cursor(self) -> None:
        """Bring the cursor's price to the middle of the view."""
        if self.cursor_price is not None:
            row = self._axis.nearest(self.cursor_price)
            self._look_from(centred((row, row), self._height, len(self._axis)))

    def page(self, pages: int) -> None:
        """Scroll the view by pages (positive: down); the cursor keeps its price."""
        self._look_from(self._top + pages * max(self._height - 1, 1))

    def next_own(self, step: int = 1) -> bool:
        """Cursor to the next own order below (1) or above (-1), round the end. False: none."""
        if self.view is None or self.cursor_price is None or not self.view.own:
            return False
        rows = sorted({self._axis.nearest(level.price) for level in self.view.own})
        here = self._axis.nearest(self.cursor_price)
        if step > 0:
            row = next((each for each in rows if each > here), rows[0])
        else:
            row = next((each for each in reversed(rows) if each < here), rows[-1])
        price = self._axis.places[row].price
        return price is not None and self.to_price(price)

    def flip_view(self) -> None:
        """Switch between the YES and the NO view; the cursor keeps its YES price."""
        self.outcome = self.outcome.other
        if self.view is not None:
            self._take_axis(self.view)
            self._follow()
        self.relayout()

    # The window.

    @property
    def _height(self) -> int:
        return max(self.size.height - HEADER, 0)

    def _restart(self) -> None:
        self.cursor_price = None
        self._is_started = self._is_placed = False
        self._follows = True
        self._moved_ns = None

    def _take_axis(self, view: LadderView) -> None:
        """Adopt the view's grid; what stood in a row of the screen stays in that row."""
        prices = [level.price for side in (view.bids, view.asks) for level in side]
        prices += [level.price for level in view.own]
        axis = make_axis(view.market.grid, self.outcome, prices)
        if axis is self._axis:
            return
        anchor = self._place_to_keep()
        if axis.decimals != self._axis.decimals:
            self.forget()
        self._axis = axis
        if anchor is not None:
            price, offset = anchor
            self._top = clamp(axis.nearest(price) - offset, self._height, len(axis))
        if self.cursor_price is not None and self.cursor_price not in axis.at:
            self._set_cursor(axis.places[axis.nearest(self.cursor_price)].price or MIDDLE)

    def _place_to_keep(self) -> tuple[Price, int] | None:
        if self.cursor_price is not None and self.cursor_visible:
            return self.cursor_price, self._axis.nearest(self.cursor_price) - self._top
        for offset, place in enumerate(self._axis.places[self._top :]):
            if place.price is not None:
                return place.price, offset
        return None

    def _touch(self) -> Touch | None:
        """Rows of the best prices; the last trade or the middle stand in for an empty book."""
        view = self.view
        if view is None:
            return None
        best = [level.price for level in (view.best_bid, view.best_ask) if level is not None]
        if not best:
            best = [view.last.price if view.last is not None else MIDDLE]
        rows = sorted(self._axis.nearest(price) for price in best)
        return rows[0], rows[-1]

    def _follow(self) -> None:
        """Centre when the touch has run to the edge, unless held or scrolled away by the user."""
        touch = self._touch()
        if touch is None or not self._is_started or self._height <= 0:
            return
        if not self._is_placed:
            self._is_placed = True
            self._center()
            return
        near = at_edge(touch, self._top, self._height, len(self._axis))
        if not near:
            self._follows = True
        elif self._follows and not self._hold:
            self._center()
            self._moved_ns = self._mono_ns

    def _center(self) -> None:
        touch = self._touch()
        if touch is not None:
            self._top = centred(touch, self._height, len(self._axis))

    def _look_from(self, top: int) -> None:
        """Move the window for the user; the touch out of sight ends the following."""
        self._top = clamp(top, self._height, len(self._axis))
        touch = self._touch()
        if touch is not None:
            self._follows = not at_edge(touch, self._top, self._height, len(self._axis))
        self.relayout()

    # The cursor.

    def _first_price(self, view: LadderView) -> Price:
        for level in (view.best_bid, view.best_ask):
            if level is not None:
                return level.price
        wanted = view.last.price if view.last is not None else MIDDLE
        return self._axis.places[self._axis.nearest(wanted)].price or MIDDLE

    def _to_best(self, *, is_left: bool) -> bool:
        if self.view is None:
            return False
        is_bid = is_left == (self.outcome is Outcome.YES)
        level = self.view.best_bid if is_bid else self.view.best_ask
        return level is not None and self.to_price(level.price)

    def _set_cursor(self, price: Price) -> None:
        if price != self.cursor_price:
            self.cursor_price = price
            self.post_message(self.CursorMoved(self, price))

    def _go(self, price: Price) -> None:
        self._set_cursor(price)
        row = self._axis.nearest(price)
        self._look_from(keeping(row, self._top, self._height, len(self._axis)))

    # Drawing.

    def relayout(self) -> None:
        width = self.size.width
        if not width or not self._height:
            return
        if self.view is None or not self._is_started:
            self.apply(self._blank(width))
            return
        self._fit_height()
        frame = Frame(self._axis, self._top, self._height, self.outcome, self.cursor_price)
        shape = geometry_of(width, self._axis.decimals)
        head = headline(
            self.view,
            frame,
            width,
            self.glyphs,
            centring=self._centring(),
            mono_ns=self._mono_ns,
            zone=self.zone,
        )
        rows: list[LadderRow] = [head, titles(shape, self.outcome, self.glyphs)]
        self.apply([*rows, *ladder_rows(self.view, frame)])

    def _fit_height(self) -> None:
        """After a resize: a cursor that was in sight stays in sight, then the touch is followed."""
        before, self._seen_height = self._seen_height, self._height
        if before == self._height:
            return
        self._top = clamp(self._top, self._height, len(self._axis))
        if self.cursor_price is not None and self._is_placed:
            row = self._axis.nearest(self.cursor_price)
            if self._top <= row < self._top + before:
                self._top = keeping(row, self._top, self._height, len(self._axis))
        self._follow()

    def _centring(self) -> str:
        if self._hold:
            return "lock"
        if self._moved_ns is not None and self._mono_ns - self._moved_ns < SECOND_NS:
            return "moved"
        return "edge" if self._follows else "off"

    def _blank(self, width: int) -> list[Line]:
        lines: list[Span] = [("no market", "dim")]
        if self.view is not None:
            state = verdict(self.view, self._mono_ns)
            lines = [(state.text, state.part)]
            lines += [(self.view.reason, "dim")] if self.view.reason else []
        return notice(lines, width, self.size.height)

    def paint(self, row: LadderRow, width: int) -> Line:
        if isinstance(row, PriceRow | DividerRow):
            return paint_row(row, geometry_of(width, self._axis.decimals), self.glyphs)
        return row

    # The mouse looks, it never trades.

    def on_click(self, event: Click) -> None:
        place = event.get_content_offset(self)
        row = self._top + place.y - HEADER if place is not None else -1
        if place is None or place.y < HEADER or row >= len(self._axis):
            return
        price = self._axis.places[row].price
        if price is not None:
            self.to_price(price)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self._look_from(self._top + WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self._look_from(self._top - WHEEL_ROWS)
