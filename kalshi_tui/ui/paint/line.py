"""Lines of styled text as plain tuples, and how pieces are fitted to a width.

A span is (text, part); a part names a component style, several joined by "+". Owns fitting only:
no colour is known here. Widths are terminal cells.
"""

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

Span = tuple[str, str]
"""(text, part)."""

Line = tuple[Span, ...]
"""One screen line, exactly as wide as the widget."""

TEXT = "text"
RULE = "rule"


class Piece(NamedTuple):
    """A stretch of a line that may be dropped or shortened when space is short."""

    text: str
    part: str = TEXT
    rank: int = 0
    """The highest rank is dropped first; 0 is never dropped."""
    floor: int = 0
    """When positive, the piece may be cut to this many cells before anything is dropped."""
    gap: int = 2
    """Blank cells before it, unless it is the first of its edge."""


def shorten(text: str, width: int, ellipsis: str) -> str:
    """Return `text` in at most `width` cells, ended by `ellipsis` when it was cut."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    return set_cell_size(text, width - 1).rstrip() + ellipsis


def fit(text: str, width: int, ellipsis: str = "~") -> str:
    """Return `text` in exactly `width` cells: cut or padded on the right."""
    return set_cell_size(shorten(text, width, ellipsis), width)


def merged(spans: Iterable[Span]) -> Line:
    """Join neighbouring spans of one part: each span costs an escape sequence on the wire."""
    joined: list[Span] = []
    for text, part in spans:
        if not text:
            continue
        if joined and joined[-1][1] == part:
            joined[-1] = (joined[-1][0] + text, part)
        else:
            joined.append((text, part))
    return tuple(joined)


def span_width(spans: Iterable[Span]) -> int:
    """Return the cells that `spans` take."""
    return sum(cell_len(text) for text, _ in spans)


def exact(spans: Iterable[Span], width: int, part: str = TEXT) -> Line:
    """Return `spans` cut or padded to exactly `width` cells; the padding carries `part`."""
    kept: list[Span] = []
    left = width
    for text, style in spans:
        size = cell_len(text)
        if size > left:
            kept.append((set_cell_size(text, left), style))
            left = 0
            break
        kept.append((text, style))
        left -= size
    kept.append((" " * left, part))
    return merged(kept)


def pack(
    left: Iterable[Piece],
    right: Iterable[Piece],
    width: int,
    *,
    ellipsis: str,
    part: str = TEXT,
) -> Line:
    """Lay out pieces from both edges in exactly `width` cells.

    While they do not fit, cuttable pieces shrink to their floor, the highest rank first; then the
    piece of the highest rank goes. What still does not fit is cut at the right edge.
    """
    pieces = [(piece, False) for piece in left if piece.text]
    pieces += [(piece, True) for piece in right if piece.text]
    while _needed(pieces, floors=True) > width:
        rank = max((piece.rank for piece, _ in pieces), default=0)
        if rank == 0:
            break
        worst = max(at for at, (piece, _) in enumerate(pieces) if piece.rank == rank)
        del pieces[worst]
    excess = _needed(pieces, floors=False) - width
    for at in sorted(range(len(pieces)), key=lambda at: -pieces[at][0].rank):
        piece, is_right = pieces[at]
        if excess > 0 and piece.floor:
            size = cell_len(piece.text)
            cut = shorten(piece.text, max(piece.floor, size - excess), ellipsis)
            excess -= size - cell_len(cut)
            pieces[at] = (piece._replace(text=cut), is_right)
    head = _joined([piece for piece, is_right in pieces if not is_right], part)
    tail = _joined([piece for piece, is_right in pieces if is_right], part)
    filler = max(width - span_width(head) - span_width(tail), 0)
    return exact([*head, (" " * filler, part), *tail], width, part)


def _needed(pieces: list[tuple[Piece, bool]], *, floors: bool) -> int:
    sizes = [
        min(cell_len(piece.text), piece.floor) if floors and piece.floor else cell_len(piece.text)
        for piece, _ in pieces
    ]
    return sum(sizes) + sum(piece.gap for piece, _ in pieces[1:])


def _joined(pieces: list[Piece], part: str) -> list[Span]:
    spans: list[Span] = []
    for at, piece in enumerate(pieces):
        if at:
            spans.append((" " * piece.gap, part))
        spans.append((piece.text, piece.part))
    return spans
