"""Notices as lines: the time, a mark for what is not plain news, and the sentence. Pure."""

import textwrap
from datetime import tzinfo

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.ui.paint.cells import clock_text
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, exact, shorten

_MARKS = {
    NoticeLevel.INFO: ("", "text"),
    NoticeLevel.GOOD: ("", "good"),
    NoticeLevel.WARNING: ("! ", "warning"),
    NoticeLevel.ERROR: ("ERROR ", "error"),
}
_INDENT = 10


def notice_lines(
    notice: Notify, width: int, glyphs: Glyphs, zone: tzinfo | None, *, wrap: bool
) -> list[Line]:
    """Return a notice on one line, cut, or on as many as it needs."""
    mark, part = _MARKS[notice.level]
    stamp = f" {clock_text(notice.wall_ns, zone)} "
    room = max(width - _INDENT, 1)
    text = f"{mark}{notice.text}"
    texts = textwrap.wrap(text, room) if wrap else [shorten(text, room, glyphs.ellipsis)]
    return [
        exact([(" " * _INDENT if at else stamp, "dim"), (body, part)], width)
        for at, body in enumerate(texts or [""])
    ]
