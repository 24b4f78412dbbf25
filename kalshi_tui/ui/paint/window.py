"""Which stretch of an axis is on the screen: centring, following and edges, as arithmetic.

Rows are axis indices from the top; a window is `height` rows from `top`. Knows no widget.
"""

EDGE_ROWS = 2
"""The touch this close to an edge asks for centring (ladder convention: TT, Jigsaw)."""

Touch = tuple[int, int]
"""Rows of the two best prices, the upper one first; equal where only one side is quoted."""


def clamp(top: int, height: int, length: int) -> int:
    """Return `top` so that the window shows as much of the axis as it can."""
    return max(0, min(top, length - height))


def centred(touch: Touch, height: int, length: int) -> int:
    """Return the top that puts the middle of the touch in the middle of the window."""
    middle = (touch[0] + touch[1]) // 2
    return clamp(middle - height // 2, height, length)


def keeping(row: int, top: int, height: int, length: int) -> int:
    """Return the top nearest to `top` whose window shows `row`."""
    if row < top:
        return clamp(row, height, length)
    if row >= top + height:
        return clamp(row - height + 1, height, length)
    return clamp(top, height, length)


def at_edge(touch: Touch, top: int, height: int, length: int) -> bool:
    """True when the touch is out of the window or close to its edge, and centring would help.

    A spread too wide for the window counts with its middle alone.
    """
    margin = min(EDGE_ROWS, max((height - 1) // 2, 0))
    upper, lower = touch
    if lower - upper >= height - 2 * margin:
        upper = lower = (upper + lower) // 2
    near = upper < top + margin or lower > top + height - 1 - margin
    return near and centred(touch, height, length) != top
