"""The banner: what keeps orders from being sent or figures from being trusted, in one line.

Owns which alarm comes first and its words; the verdict on a book is `paint.verdict`'s. Pure.
"""

from typing import NamedTuple

from kalshi_tui.core.views import LadderView, StatusView
from kalshi_tui.ui.paint.cells import SECOND_NS, age_text
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, pack

_TEXT_LEAST = 20
_WOKE_SHOWN_NS = 30 * SECOND_NS


class Alarm(NamedTuple):
    """One thing that is wrong: a badge and one sentence."""

    word: str
    text: str
    part: str


def alarms(status: StatusView | None, ladder: LadderView | None) -> list[Alarm]:
    """Return everything that is wrong, the gravest first."""
    if status is None:
        return []
    found = [*_drift(status, ladder), *_halt(status)]
    if status.lagging_ns is not None:
        age = age_text(status.lagging_ns)
        text = f"What arrives is {age} old: new orders wait until it is fresh."
        found.append(Alarm("LAGGING", text, "caution"))
    if (woke := status.resumed_wall_ns) is not None and status.wall_ns - woke < _WOKE_SHOWN_NS:
        text = "This computer slept: every book, order and position is read anew."
        found.append(Alarm("WOKE UP", text, "caution"))
    if status.differences:
        plural = "S" if status.differences > 1 else ""
        text = "The exchange's account and our record disagree: type :feed to read how."
        found.append(Alarm(f"{status.differences} DIFFERENCE{plural}", text, "caution"))
    return found


def _drift(status: StatusView, ladder: LadderView | None) -> list[Alarm]:
    found: list[Alarm] = []
    if status.drift:
        found.append(Alarm("WIRE CHANGED", status.drift, "doubt"))
    if ladder is not None and ladder.read_only and ladder.read_only != status.drift:
        found.append(Alarm("READ-ONLY", f"{ladder.market.ticker}: {ladder.read_only}", "doubt"))
    if status.read_only and status.read_only != status.drift:
        found.append(Alarm("READ-ONLY", status.read_only, "caution"))
    return found


def _halt(status: StatusView) -> list[Alarm]:
    """Return the one halt that explains the others."""
    back = f" {status.resume_text}" if status.resume_text else ""
    if status.maintenance:
        return [Alarm("MAINTENANCE", f"{status.maintenance}{back}", "caution")]
    if not status.exchange_active:
        return [Alarm("EXCHANGE PAUSED", f"Nothing can be sent.{back}", "caution")]
    if not status.trading_active:
        text = f"New orders are refused, cancels work.{back}"
        return [Alarm("TRADING PAUSED", text, "caution")]
    return []


def banner_line(found: list[Alarm], width: int, glyphs: Glyphs) -> Line:
    """Return the gravest alarm with its sentence, and the words of the others."""
    if not found:
        return pack([], [], width, ellipsis=glyphs.ellipsis)
    first, *others = found
    left = [
        Piece(f" {first.word} ", first.part),
        Piece(first.text, "warning", 1, floor=_TEXT_LEAST, gap=1),
    ]
    right = [Piece(f" {each.word} ", each.part, 2 + at, gap=1) for at, each in enumerate(others)]
    if others:
        right.append(Piece(":feed", "dim", 9, gap=1))
    return pack(left, right, width, ellipsis=glyphs.ellipsis)
