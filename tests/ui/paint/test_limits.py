"""The limits panel says since when the day's loss is counted."""

from kalshi_tui.core.risk import Limits
from kalshi_tui.core.views import StatusView
from kalshi_tui.ui.paint.glyphs import UNICODE
from kalshi_tui.ui.paint.limits import limit_lines
from tests.support.desk import status


def shown(found: StatusView) -> str:
    lines = limit_lines(Limits(), found, None, 0, 80, UNICODE)
    return " ".join("".join(span[0] for span in line) for line in lines)


def test_FK14_the_panel_says_from_when_what_was_held_counts() -> None:
    note = "what was held before counts from its price at 9:05"
    assert note in " ".join(shown(status(day_note=note)).split())
    assert "counts from its price" not in shown(status())
