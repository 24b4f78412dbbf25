"""The few characters that are not ASCII, and what stands in for each without UTF-8.

Every glyph is one terminal cell wide in both sets, so a switch never moves a column.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of drawing characters."""

    up: str
    """A trade at the ask, and what lies above the visible rows."""
    down: str
    rule: str
    """Between two columns."""
    dots: str
    """The divider where the tick changes."""
    ellipsis: str
    """Ends a text that was cut."""


UNICODE = Glyphs(up="▲", down="▼", rule="│", dots="┄", ellipsis="…")
ASCII = Glyphs(up="^", down="v", rule="|", dots=".", ellipsis="~")
