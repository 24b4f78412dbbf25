"""A list row with its identity, and how a selected one is marked.

Shared by the panes of the rail. The first cell of every row is the selection's.
"""

from kalshi_tui.ui.paint.line import Line, merged

Entry = tuple[str, Line]
"""(identity, line); an empty identity cannot be selected."""

MARGIN = " "
"""The first cell of an unselected row."""


def selected(line: Line) -> Line:
    """Return `line` with `>` in its first cell and emphasis on the rest."""
    marked = [(text, f"{part}+selected") for text, part in line]
    if marked:
        text, part = marked[0]
        marked[0] = (">" + text[1:], part)
    return merged(marked)


def ticker_tail(ticker: str, width: int, ellipsis: str) -> str:
    """Return a ticker in at most `width` cells; its end tells strikes apart and is kept."""
    if len(ticker) <= width:
        return ticker
    return ellipsis + ticker[len(ticker) - width + 1 :] if width > 0 else ""
