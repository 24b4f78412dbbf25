"""The feed panel as lines: everything that is counted, with its age, in 76 cells."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.events import ConnectionState
from kalshi_tui.core.views import AuditRow, DifferencesView, FeedView, StatusView
from kalshi_tui.ui.paint.feed import Look, feed_lines
from kalshi_tui.ui.paint.glyphs import ASCII
from kalshi_tui.ui.paint.line import span_width
from tests.support.desk import FED, MONO, SECOND, WALL, status
from tests.support.doubt import STATUSES, differences, feed, report

NOW = MONO + 7 * SECOND


def painted(
    view: FeedView | None = None,
    items: DifferencesView | None = None,
    state: StatusView | None = None,
    width: int = 76,
) -> list[str]:
    lines = feed_lines(view, items, state, Look(width, ASCII, UTC, NOW))
    assert all(span_width(line) == width for line in lines)
    return ["".join(each for each, _ in line).rstrip() for line in lines]


def test_a_full_panel_at_80_columns() -> None:
    assert painted(feed(), differences(), status()) == [
        "FEED  connected  round trip 9ms  heard 0.1s ago  connection 3  reconnects 2",
        " message age p50 4ms  p99 18ms  frames 124,091  gaps 2  repairs 2",
        " last audit 14:39:48 by get_snapshot: agrees  KXFEDDEC-26DEC-C25",
        " audits 31  differences 0",
        "SUBSCRIPTIONS 4",
        "  sid channel             markets        seq    frames  gaps repairs  heard",
        "    1 orderbook_delta           2     88,121    92,004     2       2  100ms",
        "    2 trade                     2          -     1,204     0       0   3.0s",
        "    3 ticker                   21          -    30,877     0       0  600ms",
        "    4 fill                      0          -         6     0       0     --",
        "BOOKS 2",
        "  KXHURNYC-26-CAT3             STALE 3.2s   get_snapshot   gaps 1  repairs 0",
        "   A frame of the exchange is missing.",
        " *KXFEDDEC-26DEC-C25          LIVE 6m47s                   gaps 1  repairs 1",
        "DIFFERENCES 1 open",
        "  OPEN  14:39:30 position  ours 40  theirs 45  KXFEDDEC-26DEC-C25",
        " closed 14:38:30 fills of an order  ours 10  theirs 25  KXFEDDE~  order exc~",
        "   The exchange's fills were read and booked.",
        "NOT AS SPECIFIED 1,208",
        "        3 x unknown type 'margin_call'",
        "    1,204 x unknown field 'msg.shard' of 'trade'",
        "        1 x unreadable: a count with 21 digits",
        "ALSO COUNTED 1",
        "        4 x frames of a subscription that is not ours",
    ]


def test_before_anything_was_reported_it_says_so() -> None:
    assert painted(None, None, status()) == [
        "FEED  connected  round trip 9ms",
        " nothing has been reported yet",
        "DIFFERENCES 0",
        " not compared yet",
    ]
    assert painted()[0] == " the session is not up yet"


def test_a_lost_connection_and_a_halt_are_told_in_full() -> None:
    lines = painted(feed(), None, STATUSES["silent"])
    assert lines[0].startswith("FEED  silent")
    assert lines[1] == "   Nothing has come from the exchange for 3 s."
    lines = painted(feed(), None, STATUSES["maintenance"], width=40)
    assert lines[2:5] == [
        " MAINTENANCE",
        "   The exchange is in its maintenance",
        "   window. Back at 12:00 UTC.",
    ]


@pytest.mark.parametrize(
    ("agrees", "words", "part"),
    [(True, "agrees", "good"), (False, " DIFFERS ", "doubt"), (None, "not be compared", "dim")],
)
def test_an_audit_says_how_it_ended(agrees: bool | None, words: str, part: str) -> None:
    audit = AuditRow(FED, WALL, "REST", agrees, "Bid 37c: ours 120, theirs 95.")
    lines = feed_lines(feed(audit=audit), None, status(), Look(76, ASCII, UTC, NOW))
    spans = [span for line in lines for span in line if words in span[0]]
    assert [each for _, each in spans] == [part]
    assert "   Bid 37c: ours 120, theirs 95." in painted(feed(audit=audit), None, status())


@given(st.integers(0, 2**63), st.integers(20, 200))
def test_no_figure_breaks_the_width(figure: int, width: int) -> None:
    view = feed(report=report(frames=figure, gaps=figure, age_p50_ns=figure, heard_ns=figure))
    painted(view, differences(), status(connection=ConnectionState.IDLE), width)
