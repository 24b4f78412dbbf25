"""The ladder as text: a view and a geometry in, rows and lines out.

Sides of the screen carry sides of the book: bids of the viewed outcome left, its asks right, high
prices on top. Every difference of state is in characters as well as in the part's colour. Pure.
"""

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.sides import BookSide, Outcome, yes_price
from kalshi_tui.core.units import NO_COUNT, Count, Price, complement, price_text
from kalshi_tui.core.views import LadderView, OwnLevel
from kalshi_tui.ui.paint.axis import Axis
from kalshi_tui.ui.paint.cells import (
    count_cell,
    ladder_count,
    price_cell,
    queue_text,
    short_count,
)
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import RULE, TEXT, Line, Piece, Span, exact, merged, pack
from kalshi_tui.ui.paint.verdict import repair_words, verdict

OWN_WIDTH, OWN_MOST, OWN_LEAST = 11, 16, 5
SIZE_WIDTH, SIZE_MOST, SIZE_LEAST = 9, 10, 3


class Geometry(NamedTuple):
    """Column widths in cells; a column of width 0 is left out."""

    own: int
    size: int
    price: int
    other: int
    """The other outcome's price."""
    decimals: int
    width: int


class OwnCell(NamedTuple):
    """Our orders at one price, as far as the cell shows them."""

    held: Count
    orders: int
    queue: Count | None
    estimate: bool
    unsettled: bool


class PriceRow(NamedTuple):
    """One price. Left and right are columns of the screen; prices are the viewed outcome's."""

    price: Price
    left: Count
    right: Count
    left_own: OwnCell | None
    right_own: OwnCell | None
    best: str
    """"left", "right" or empty."""
    last: int
    """1: the last trade lifted this price, -1: it hit it, 0: it was elsewhere."""
    is_cursor: bool
    doubtful: bool


class DividerRow(NamedTuple):
    """Where the tick changes."""

    label: str


LadderRow = PriceRow | DividerRow | Line


class Frame(NamedTuple):
    """What of the market is looked at, and how."""

    axis: Axis
    top: int
    height: int
    outcome: Outcome
    cursor: Price | None
    """YES price."""


def geometry_of(width: int, decimals: int) -> Geometry:
    """Share out `width` cells: prices and sizes first, own orders, then the other price."""
    price = 8 if decimals > 1 else 7
    other = 6 if decimals > 1 else 5
    bare = price + 2 * SIZE_WIDTH + 2
    if width < bare:
        size = max((width - price - 2) // 2, SIZE_LEAST)
        return Geometry(0, size, price, 0, decimals, width)
    own = (width - bare - 2) // 2
    if own < OWN_WIDTH:
        return Geometry(own if own >= OWN_LEAST else 0, SIZE_WIDTH, price, 0, decimals, width)
    spare = width - bare - 2 - 2 * OWN_WIDTH
    if spare < other + 1:
        return Geometry(OWN_WIDTH + spare // 2, SIZE_WIDTH, price, 0, decimals, width)
    spare -= other + 1
    size = min(SIZE_MOST, SIZE_WIDTH + spare // 2)
    spare -= 2 * (size - SIZE_WIDTH)
    own = min(OWN_MOST, OWN_WIDTH + spare // 2)
    return Geometry(own, size, price, other, decimals, width)


def is_doubtful(view: LadderView) -> bool:
    """True when the book's sizes are not proven to be the exchange's present ones."""
    return view.status is not BookStatus.LIVE


def ladder_rows(view: LadderView, frame: Frame) -> list[PriceRow | DividerRow]:
    """Return the rows of the window, top first; fewer where the axis is shorter."""
    is_yes = frame.outcome is Outcome.YES
    left = dict(view.bids if is_yes else view.asks)
    right = dict(view.asks if is_yes else view.bids)
    own = {(each.price, each.side): each for each in view.own}
    left_side = BookSide.BID if is_yes else BookSide.ASK
    best_left = next(iter(left), None)
    best_right = next(iter(right), None)
    doubtful = is_doubtful(view)
    last_price, last_way = _last_mark(view, left_side)
    rows: list[PriceRow | DividerRow] = []
    for price, label in frame.axis.places[frame.top : frame.top + frame.height]:
        if price is None:
            rows.append(DividerRow(label))
            continue
        rows.append(
            PriceRow(
                price=price if is_yes else complement(price),
                left=left.get(price, NO_COUNT),
                right=right.get(price, NO_COUNT),
                left_own=_own_cell(own.get((price, left_side)), doubtful),
                right_own=_own_cell(own.get((price, left_side.other)), doubtful),
                best="left" if price == best_left else "right" if price == best_right else "",
                last=last_way if price == last_price else 0,
                is_cursor=price == frame.cursor,
                doubtful=doubtful,
            )
        )
    return rows


def _last_mark(view: LadderView, left_side: BookSide) -> tuple[Price | None, int]:
    if view.last is None:
        return None, 0
    return view.last.price, 1 if view.last.taker_side is left_side else -1


def _own_cell(level: OwnLevel | None, doubtful: bool) -> OwnCell | None:
    if level is None:
        return None
    estimate = level.is_estimate or doubtful
    return OwnCell(level.count, level.orders, level.queue, estimate, level.unsettled)


def own_text(own: OwnCell, width: int) -> str:
    """Return "10 q300", "25 q~410 +2" or "10 wait" in at most `width` cells.

    The count of our contracts is given up last; a shortened queue is marked as inexact.
    """
    more = f" +{own.orders - 1}" if own.orders > 1 else ""
    count, brief = ladder_count(own.held), short_count(own.held)
    if own.unsettled:
        tails = [f" wait{more}", " wait", "?"]
    else:
        queue = queue_text(own.queue, estimate=own.estimate)
        tails = [f" {queue}{more}", f" {_brief_queue(own)}{more}", f" {_brief_queue(own)}", more]
    for text in [*(f"{count}{tail}" for tail in tails), *(f"{brief}{tail}" for tail in tails)]:
        if len(text) <= width:
            return text
    return brief if len(brief) <= width else "#"


def _brief_queue(own: OwnCell) -> str:
    if own.queue is None or own.queue <= 0:
        return queue_text(own.queue, estimate=own.estimate)
    whole = Count(own.queue - own.queue % 100)
    return f"q~{short_count(whole)}"


def paint_row(row: PriceRow | DividerRow, shape: Geometry, glyphs: Glyphs) -> Line:
    """Return one row of the ladder in exactly `shape.width` cells."""
    if isinstance(row, DividerRow):
        return _paint_divider(row, shape, glyphs)
    spans: list[Span] = []
    if shape.own:
        spans += [_own_span(row.left_own, shape), (glyphs.rule, RULE)]
    spans += [_size_span(row.left, "left", row, shape), (glyphs.rule, RULE)]
    spans += [_price_span(row, shape, glyphs), (glyphs.rule, RULE)]
    if shape.other:
        other = price_cell(complement(row.price), shape.decimals)
        spans += [(other.ljust(shape.other), "dim"), (glyphs.rule, RULE)]
    spans += [_size_span(row.right, "right", row, shape)]
    if shape.own:
        spans += [(glyphs.rule, RULE), _own_span(row.right_own, shape)]
    line = exact(spans, shape.width, RULE)
    if not row.is_cursor:
        return line
    return merged((text, part if part == "cursor" else f"{part}+row") for text, part in line)


def _own_span(own: OwnCell | None, shape: Geometry) -> Span:
    if own is None:
        return " " * shape.own, RULE
    return own_text(own, shape.own).rjust(shape.own), "warning" if own.unsettled else "own"


def _size_span(size: Count, column: str, row: PriceRow, shape: Geometry) -> Span:
    if not size:
        return " " * shape.size, RULE
    text = count_cell(size, shape.size, doubtful=row.doubtful)
    part = "stale" if row.doubtful else "bid" if column == "left" else "ask"
    return text, f"{part}+best" if row.best == column else part


def _price_span(row: PriceRow, shape: Geometry, glyphs: Glyphs) -> Span:
    mark = (" ", glyphs.up, glyphs.down)[row.last]
    before, after = (">", "<") if row.is_cursor else (" ", " ")
    # Whole-cent columns have room left between the price and the mark.
    text = price_cell(row.price, shape.decimals).ljust(shape.price - 3)
    part = "cursor" if row.is_cursor else "best" if row.best else "last" if row.last else TEXT
    return f"{before}{text}{mark}{after}", part


def _paint_divider(row: DividerRow, shape: Geometry, glyphs: Glyphs) -> Line:
    dots, rule = glyphs.dots, glyphs.rule
    own = f"{dots * shape.own}{rule}" if shape.own else ""
    other = f"{rule}{dots * shape.other}" if shape.other else ""
    size = dots * shape.size
    label = row.label[: shape.price].center(shape.price)
    spans = [
        (f"{own}{size}{rule}", RULE),
        (label, "dim"),
        (f"{other}{rule}{size}{own[::-1]}", RULE),
    ]
    return exact(spans, shape.width, RULE)


def titles(shape: Geometry, outcome: Outcome, glyphs: Glyphs) -> Line:
    """Return the line of column names."""
    viewed, other = outcome.name, outcome.other.name
    names = ["BID".center(shape.size), f"{viewed} c".center(shape.price)]
    if shape.other:
        names.append(f"{other} c".ljust(shape.other))
    names.append("ASK".center(shape.size))
    if shape.own:
        left = "MY BIDS q" if shape.own >= 9 else "MY q"
        right = "MY ASKS q" if shape.own >= 9 else "MY q"
        names = [left.rjust(shape.own), *names, right.rjust(shape.own)]
    spans: list[Span] = []
    for at, name in enumerate(names):
        spans += [(glyphs.rule, RULE)] if at else []
        spans.append((name, "title"))
    return exact(spans, shape.width, RULE)


def headline(
    view: LadderView,
    frame: Frame,
    width: int,
    glyphs: Glyphs,
    *,
    centring: str,
    mono_ns: int,
    zone: tzinfo | None = None,
) -> Line:
    """Return the line above the column names: the book's state in words and what is off-screen.

    `centring` is the word after "center:".
    """
    left = _state_pieces(view, mono_ns, zone)
    if frame.outcome is Outcome.NO:
        left.append(Piece("NO VIEW", "warning", 1))
    if not view.reason or view.status is BookStatus.LIVE:
        left.append(Piece(f"center:{centring}", "warning" if centring == "moved" else "dim", 5))
        left.append(Piece(_tick_words(view), "dim", 6))
    right = [
        Piece(_own_counter(view, frame, glyphs), "own", 2),
        Piece(_cursor_note(frame, glyphs), "warning", 1),
    ]
    return pack(left, right, width, ellipsis=glyphs.ellipsis)


def _state_pieces(view: LadderView, mono_ns: int, zone: tzinfo | None) -> list[Piece]:
    pieces = [verdict(view, mono_ns)]
    if view.status is BookStatus.LIVE:
        pieces.append(Piece(repair_words(view, mono_ns, zone), "dim", 4))
    else:
        pieces.append(Piece(view.reason, "warning", 4, floor=10, gap=1))
    if view.read_only:
        pieces.append(Piece(" READ-ONLY ", "doubt", 1))
    # A closed book says of a closed market all there is to say.
    said = MarketStatus.CLOSED if view.status is BookStatus.CLOSED else MarketStatus.ACTIVE
    if view.market.status not in (MarketStatus.ACTIVE, said):
        pieces.append(Piece(view.market.status.value.upper(), "warning", 1))
    return pieces


def _tick_words(view: LadderView) -> str:
    if view.market.grid is None:
        return "no ticks: view only"
    steps = sorted({band.step for band in view.market.grid.bands})
    words = "/".join(price_text(Price(step)) for step in steps)
    return f"tick{'s' if len(steps) > 1 else ''} {words}c"


def _own_counter(view: LadderView, frame: Frame, glyphs: Glyphs) -> str:
    """Return "own ^2 v1": our orders above and below the window; empty when none are hidden."""
    above = below = 0
    for level in view.own:
        at = frame.axis.nearest(level.price)
        if at < frame.top:
            above += level.orders
        elif at >= frame.top + frame.height:
            below += level.orders
    counts = [f"{glyphs.up}{above}"] if above else []
    counts += [f"{glyphs.down}{below}"] if below else []
    return f"own {' '.join(counts)}" if counts else ""


def _cursor_note(frame: Frame, glyphs: Glyphs) -> str:
    """Return "cur 36 v12" while the cursor's price is out of the window, else nothing."""
    if frame.cursor is None:
        return ""
    at = frame.axis.nearest(frame.cursor)
    name = price_text(yes_price(frame.cursor, frame.outcome))
    if at < frame.top:
        return f"cur {name} {glyphs.up}{frame.top - at}"
    beyond = at - (frame.top + frame.height - 1)
    return f"cur {name} {glyphs.down}{beyond}" if beyond > 0 else ""


def notice(lines: Sequence[Span], width: int, height: int) -> list[Line]:
    """Return a window with `lines` centred in it: what stands where no book is known yet."""
    blank = exact([], width)
    before = max((height - len(lines)) // 2, 0)
    body = [exact([(text.center(width), part)], width) for text, part in lines]
    return ([blank] * before + body + [blank] * height)[:height]
