"""The banner: what keeps orders from being sent or figures from being trusted, in one line.

Owns which alarm comes first and its words; the verdict on a book is `paint.verdict`'s. Pure.
"""

from typing import NamedTuple

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.killing import KillPhase
from kalshi_tui.core.views import LadderView, StatusView
from kalshi_tui.core.wording import orders_words
from kalshi_tui.ui.paint.cells import SECOND_NS, age_text
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, pack

_TEXT_LEAST = 20
_WOKE_SHOWN_NS = 30 * SECOND_NS
_KILL_SHOWN_NS = 180 * SECOND_NS
_TOLD_MISSES = 2


class Alarm(NamedTuple):
    """One thing that is wrong: a badge and one sentence."""

    word: str
    text: str
    part: str


def alarms(status: StatusView | None, ladder: LadderView | None) -> list[Alarm]:
    """Return everything that is wrong, the gravest first."""
    if status is None:
        return []
    found = [*_kill(status), *_drift(status, ladder), *_halt(status), *_held_back(status)]
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


_PHASES = {
    KillPhase.CANCELING: "the cancels are on their way",
    KillPhase.VERIFYING: "a complete read has to show that nothing rests",
    KillPhase.TAIL: "nothing rests",
    KillPhase.RECHECKING: "the exchange's minute has passed: it is read once more",
    KillPhase.DOUBT: "nothing rests; what is in doubt may still appear",
    KillPhase.DONE: "nothing rests and nothing is in doubt: done",
}


def _kill(status: StatusView) -> list[Alarm]:
    """Return how far a KILL is: orders proven to be over, never merely asked for."""
    kill = status.kill
    if kill is None:
        return []
    if kill.phase is KillPhase.DONE:
        if status.mode is not Mode.VIEW or status.wall_ns - kill.begun_wall_ns > _KILL_SHOWN_NS:
            return []
        text = f"{_PHASES[kill.phase]}. Positions are unchanged; A arms again."
        return [Alarm(f"KILLED {kill.acknowledged}/{kill.known} gone", text, "caution")]
    text = _PHASES[kill.phase]
    if kill.phase is KillPhase.TAIL and status.purge_until_ns is not None:
        left = max(status.purge_until_ns - status.wall_ns, 0) // SECOND_NS
        text += f"; new orders wait {left // 60}:{left % 60:02d}"
    if kill.detail:
        text += f" ({kill.detail.rstrip('.')})"
    word = f"KILL {kill.acknowledged}/{kill.known} gone"
    return [Alarm(word, f"{text}. Positions are unchanged: F flattens.", "doubt")]


def _held_back(status: StatusView) -> list[Alarm]:
    """Return what holds orders back that is ours to know: doubt, ledger, groups, the day's loss."""
    found: list[Alarm] = []
    if status.ledger_fault:
        text = f"{status.ledger_fault.rstrip('.')}: nothing is sent without a record; cancels work."
        found.append(Alarm("LEDGER", text, "doubt"))
    if status.in_doubt:
        text = "Counts as live until proven. F4 Down Enter: more."
        found.append(Alarm(f"{orders_words(status.in_doubt)} IN DOUBT", text, "doubt"))
    if status.resolving:
        text = f"{orders_words(status.resolving)} from before are looked up; new orders wait."
        found.append(Alarm("RESOLVING", text, "caution"))
    if status.breaker:
        found.append(Alarm("ORDER GROUP", status.breaker, "caution"))
    if status.reducing:
        found.append(Alarm("DAY STOP", f"{status.reducing} Only what reduces goes out.", "caution"))
    if status.dead_man_misses >= _TOLD_MISSES:
        text = f"{status.dead_man_misses} renewals in a row failed: guarded orders are lapsing."
        found.append(Alarm("DEADMAN", text, "doubt"))
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
