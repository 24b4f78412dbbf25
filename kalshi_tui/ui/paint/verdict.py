"""How far a book can be trusted, in a word that cannot be overlooked.

The same piece stands above the ladder and on the status line. Every verdict but LIVE is a badge in
reverse video, which needs no colour, and carries how long it has held. Pure.
"""

from datetime import tzinfo

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.paint.cells import SECOND_NS, age_text, clock_text, lapse_text
from kalshi_tui.ui.paint.line import Piece

REPAIR_SHOWN_NS = 10 * SECOND_NS
"""How long a repair stays in sight: on a quick line it lasts less than a frame."""

_ALARMING = frozenset({BookStatus.STALE, BookStatus.DEGRADED})


def verdict(view: LadderView, mono_ns: int) -> Piece:
    """Return "LIVE", or a badge such as " STALE 3.2s "; `mono_ns` is the present."""
    if view.status is BookStatus.LIVE:
        return Piece(view.status.value, "good")
    part = "doubt" if view.status in _ALARMING else "caution"
    age = age_text(max(mono_ns - view.since_mono_ns, 0))
    return Piece(f" {view.status.value} {age} ", part)


def repair_words(view: LadderView, mono_ns: int, zone: tzinfo | None) -> str:
    """Return "repaired 12:01:07 in 4ms" for some seconds after a repair, else nothing.

    Said beside LIVE only: it never stands in for the present verdict.
    """
    if view.status is not BookStatus.LIVE or view.repaired_wall_ns is None:
        return ""
    if mono_ns - view.since_mono_ns >= REPAIR_SHOWN_NS:
        return ""
    at = clock_text(view.repaired_wall_ns, zone)
    return f"repaired {at} in {lapse_text(view.repaired_after_ns)}"
