"""The feed panel as lines: what the connection carries, what was lost, what was proven since.

Every count is since the program started, except those of a subscription, which dies with its
connection. Pure.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo
from textwrap import wrap
from typing import NamedTuple

from kalshi_tui.core.events import BookReport, BookStatus, ConnectionState, FeedReport, SidReport
from kalshi_tui.core.reconciliation import Difference
from kalshi_tui.core.views import AuditRow, DifferencesView, FeedView, StatusView
from kalshi_tui.ui.paint.banner import alarms
from kalshi_tui.ui.paint.cells import age_text, clock_text, lapse_text, latency_text
from kalshi_tui.ui.paint.entry import MARGIN, ticker_tail
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.line import Line, Piece, Span, exact, fit, pack

_CHANNEL, _MARKETS, _SEQ, _FRAMES, _GAPS, _REPAIRS, _HEARD = 19, 8, 11, 10, 6, 8, 7
_TICKER = 26
_INDENT = "   "


class Look(NamedTuple):
    """How the panel is looked at."""

    width: int
    glyphs: Glyphs
    zone: tzinfo | None
    mono_ns: int
    """The present, for ages."""


def feed_lines(
    view: FeedView | None,
    differences: DifferencesView | None,
    status: StatusView | None,
    look: Look,
) -> list[Line]:
    """Return the whole panel; the screen shows the stretch that fits."""
    lines = list(_connection(view, status, look))
    if status is not None:
        # The differences have a chapter of their own below.
        for alarm in alarms(replace(status, differences=0), None):
            lines.append(_line(look, (f" {alarm.word} ", alarm.part)))
            lines += _sentence(alarm.text, look)
    if view is not None:
        lines += _audit(view, look)
        lines += _subscriptions(view.report, look)
        lines += _books(view, look)
    lines += _differences(differences, look)
    if view is not None:
        lines += _strangers(view.report, look)
    return lines


def _connection(view: FeedView | None, status: StatusView | None, look: Look) -> Iterator[Line]:
    if status is None:
        yield _line(look, (f"{MARGIN}the session is not up yet", "warning"))
        return
    is_open = status.connection is ConnectionState.OPEN
    pieces = [
        Piece("FEED", "title"),
        Piece(status.connection.value, "good" if is_open else "warning"),
    ]
    if latency := latency_text(status.latency_ns):
        pieces.append(Piece(f"round trip {latency}"))
    if view is not None:
        pieces.append(Piece(f"heard {_ago(view.report.heard_ns, look)}", "text", 1))
        pieces.append(Piece(f"connection {view.report.epoch}", "dim", 3))
        pieces.append(Piece(f"reconnects {view.reconnects}", _count_part(view.reconnects), 2))
    yield pack(pieces, [], look.width, ellipsis=look.glyphs.ellipsis)
    if not is_open:
        yield from _sentence(status.connection_reason, look)
    if view is None:
        yield _line(look, (f"{MARGIN}nothing has been reported yet", "dim"))
        return
    report = view.report
    yield _line(
        look,
        (
            f"{MARGIN}message age p50 {_age(report.age_p50_ns)}  p99 {_age(report.age_p99_ns)}",
            "text",
        ),
        (f"  frames {report.frames:,}", "text"),
        (f"  gaps {report.gaps:,}", _count_part(report.gaps)),
        (f"  repairs {report.repairs:,}", _count_part(report.repairs)),
    )


def _audit(view: FeedView, look: Look) -> Iterator[Line]:
    report = view.report
    tail = f"  audits {report.audits:,}  differences {report.audit_differences:,}"
    part = "doubt" if report.audit_differences else "text"
    if view.audit is None:
        yield _line(look, (f"{MARGIN}last audit: none yet", "dim"), (tail, part))
        return
    words, tone = _audit_words(view.audit)
    at = clock_text(view.audit.wall_ns, look.zone)
    name = ticker_tail(view.audit.ticker, _TICKER, look.glyphs.ellipsis)
    yield _line(
        look,
        (f"{MARGIN}last audit {at} by {view.audit.source}: ", "text"),
        (words, tone),
        (f"  {name}", "dim"),
    )
    yield from _sentence(view.audit.detail, look)
    yield _line(look, (MARGIN + tail.lstrip(), part))


def _audit_words(audit: AuditRow) -> tuple[str, str]:
    if audit.agrees is None:
        return "could not be compared", "dim"
    return ("agrees", "good") if audit.agrees else (" DIFFERS ", "doubt")


def _subscriptions(report: FeedReport, look: Look) -> Iterator[Line]:
    yield _title(look, "SUBSCRIPTIONS", len(report.sids))
    if not report.sids:
        return
    heads = ("markets", _MARKETS), ("seq", _SEQ), ("frames", _FRAMES)
    more = ("gaps", _GAPS), ("repairs", _REPAIRS), ("heard", _HEARD)
    names = "".join(name.rjust(width) for name, width in (*heads, *more))
    yield _line(look, (f"{MARGIN} sid {'channel':<{_CHANNEL}}{names}", "dim"))
    for each in report.sids:
        yield _sid_line(each, look)


def _sid_line(each: SidReport, look: Look) -> Line:
    seq = "-" if each.seq is None else f"{each.seq:,}"
    return _line(
        look,
        (f"{MARGIN}{each.sid:>4} {fit(each.channel, _CHANNEL, look.glyphs.ellipsis)}", "text"),
        (f"{each.markets:>{_MARKETS},}{seq:>{_SEQ}}{each.frames:>{_FRAMES},}", "text"),
        (f"{each.gaps:>{_GAPS},}", _count_part(each.gaps)),
        (f"{each.repairs:>{_REPAIRS},}", _count_part(each.repairs)),
        (
            _age(None if each.heard_ns is None else look.mono_ns - each.heard_ns).rjust(_HEARD),
            "dim",
        ),
    )


def _books(view: FeedView, look: Look) -> Iterator[Line]:
    yield _title(look, "BOOKS", len(view.report.books))
    for each in view.report.books:
        yield _book_line(each, view.watched, look)
        if each.reason and each.status is not BookStatus.LIVE:
            yield from _sentence(each.reason, look)


def _book_line(each: BookReport, watched: str, look: Look) -> Line:
    is_live = each.status is BookStatus.LIVE
    part = "good" if is_live else "doubt" if each.status in _ALARMING else "caution"
    word = f"{each.status.value} {age_text(max(look.mono_ns - each.since_ns, 0))}"
    name = ticker_tail(each.ticker, _TICKER, look.glyphs.ellipsis)
    counts = f"gaps {each.gaps:,}  repairs {each.repairs:,}"
    left = [
        Piece(f"{MARGIN}{'*' if each.ticker == watched else ' '}{name:<{_TICKER}}", "strong"),
        Piece(word if is_live else f" {word} ", part),
        Piece(each.rung, "warning", 1),
    ]
    right = [Piece(counts, _count_part(each.gaps + each.repairs), 3)]
    return pack(left, right, look.width, ellipsis=look.glyphs.ellipsis)


_ALARMING = frozenset({BookStatus.STALE, BookStatus.DEGRADED})


def _differences(view: DifferencesView | None, look: Look) -> Iterator[Line]:
    rows = view.rows if view is not None else ()
    still = sum(row.resolved_wall_ns is None for row in rows)
    yield _title(look, "DIFFERENCES", still, " open" if rows else "")
    if not rows:
        words = "what we booked and what the exchange states agree"
        yield _line(look, (f"{MARGIN}{words if view is not None else 'not compared yet'}", "dim"))
    for row in rows:
        yield _difference_line(row, look)
        yield from _sentence(row.note, look)


def _difference_line(row: Difference, look: Look) -> Line:
    is_open = row.resolved_wall_ns is None
    badge = Piece(" OPEN ", "doubt") if is_open else Piece("closed", "dim")
    tone = "text" if is_open else "dim"
    name = ticker_tail(row.ticker, _TICKER, look.glyphs.ellipsis)
    left = [
        Piece(MARGIN),
        badge._replace(gap=0),
        Piece(clock_text(row.since_wall_ns, look.zone), "dim", 2, gap=1),
        Piece(row.kind.value, tone, gap=1),
        Piece(f"ours {row.ours}", tone),
        Piece(f"theirs {row.theirs}", "warning" if is_open else "dim"),
        Piece(name, tone, 1, floor=8),
        Piece(f"order {row.order_id}" if row.order_id else "", "dim", 3, floor=10),
    ]
    if row.resolved_wall_ns is not None:
        took = lapse_text(row.resolved_wall_ns - row.since_wall_ns)
        left.append(Piece(f"after {took}", "dim", 4))
    return pack(left, [], look.width, ellipsis=look.glyphs.ellipsis)


def _strangers(report: FeedReport, look: Look) -> Iterator[Line]:
    """What the wire carried that is not in the specification, each by name."""
    total = sum(count for _, count in (*report.unknown, *report.malformed))
    yield _title(look, "NOT AS SPECIFIED", total)
    for name, count in report.unknown:
        yield _line(look, (f"{count:>9,} x ", "text"), (f"unknown {name}", "warning"))
    for name, count in report.malformed:
        yield _line(look, (f"{count:>9,} x ", "text"), (f"unreadable: {name}", "warning"))
    counted = [(name, count) for name, count in report.counts if count]
    if counted:
        yield _title(look, "ALSO COUNTED", len(counted))
        for name, count in counted:
            yield _line(look, (f"{count:>9,} x ", "text"), (name, "text"))


def _sentence(text: str, look: Look) -> Iterator[Line]:
    """Yield a sentence in full, on as many lines as it takes."""
    for line in wrap(text, look.width - len(_INDENT)):
        yield _line(look, (f"{_INDENT}{line}", "warning"))


def _title(look: Look, name: str, count: int, words: str = "") -> Line:
    left = [Piece(name, "title"), Piece(f"{count:,}{words}", "strong", gap=1)]
    return pack(left, [], look.width, ellipsis=look.glyphs.ellipsis)


def _line(look: Look, *spans: Span) -> Line:
    return exact(spans, look.width)


def _age(age_ns: int | None) -> str:
    return "--" if age_ns is None else lapse_text(max(age_ns, 0))


def _ago(heard_ns: int | None, look: Look) -> str:
    return "nothing" if heard_ns is None else f"{age_text(max(look.mono_ns - heard_ns, 0))} ago"


def _count_part(count: int) -> str:
    return "warning" if count else "text"
