"""Every way in which a book or the account can be doubtful, as views of the scripted desk."""

from dataclasses import replace

from kalshi_tui.core.events import (
    BookReport,
    BookStatus,
    ConnectionState,
    FeedReport,
    SidReport,
)
from kalshi_tui.core.reconciliation import Difference, DifferenceKind
from kalshi_tui.core.views import (
    AuditRow,
    DifferencesView,
    FeedView,
    LadderView,
    StatusView,
)
from tests.support.desk import FED, HURRICANE, MONO, SECOND, WALL, fed, status

GAP = "A frame of the exchange is missing."

BOOKS: dict[str, LadderView] = {
    "repaired": fed(
        since_mono_ns=MONO + 5 * SECOND,
        repaired_wall_ns=WALL - 2 * SECOND,
        repaired_after_ns=4_000_000,
        repair_reason=GAP,
    ),
    "syncing": fed(status=BookStatus.SYNCING, since_mono_ns=MONO + 6 * SECOND),
    "stale": fed(status=BookStatus.STALE, reason=GAP),
    "degraded": fed(
        status=BookStatus.DEGRADED,
        reason="The stream does not give this book: it is read over REST.",
        since_mono_ns=MONO - 118 * SECOND,
    ),
    "closed": fed(status=BookStatus.CLOSED, reason="The market has closed."),
    "read-only": fed(read_only="Prices came on another scale than the one asked for."),
}
"""The watched market in each state that is not plainly LIVE."""

STATUSES: dict[str, StatusView] = {
    "silent": status(
        connection=ConnectionState.SILENT,
        connection_reason="Nothing has come from the exchange for 3 s.",
    ),
    "drift": status(drift="The field 'price' is missing from 'fill': no order leaves from here."),
    "maintenance": status(
        exchange_active=False,
        maintenance="The exchange is in its maintenance window.",
        resume_text="Back at 12:00 UTC.",
    ),
    "paused": status(trading_active=False, resume_text="Back at 12:00 UTC."),
    "differences": status(differences=2, lagging_ns=2_300_000_000),
}
"""The status line in each state that needs the banner or the badge."""


def report(**changes: object) -> FeedReport:
    """Return what the feed says of itself in the middle of an eventful day."""
    base = FeedReport(
        epoch=3,
        sids=(
            SidReport(1, "orderbook_delta", 2, 88_121, 92_004, 2, 2, MONO + 6_900_000_000),
            SidReport(2, "trade", 2, None, 1_204, 0, 0, MONO + 4 * SECOND),
            SidReport(3, "ticker", 21, None, 30_877, 0, 0, MONO + 6_400_000_000),
            SidReport(4, "fill", 0, None, 6, 0, 0, None),
        ),
        books=(
            BookReport(
                HURRICANE, BookStatus.STALE, GAP, MONO + 3_800_000_000, 1, 0, "get_snapshot"
            ),
            BookReport(FED, BookStatus.LIVE, "", MONO - 400 * SECOND, 1, 1, ""),
        ),
        heard_ns=MONO + 6_900_000_000,
        round_trip_ns=9_000_000,
        age_p50_ns=4_000_000,
        age_p99_ns=18_000_000,
        frames=124_091,
        gaps=2,
        repairs=2,
        reconnects=2,
        audits=31,
        audited_ns=MONO,
        unknown=(("type 'margin_call'", 3), ("field 'msg.shard' of 'trade'", 1_204)),
        malformed=(("a count with 21 digits", 1),),
        counts=(("frames of a subscription that is not ours", 4), ("exact repeats", 0)),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def feed(**changes: object) -> FeedView:
    """Return the feed panel's view."""
    base = FeedView(
        report=report(),
        audit=AuditRow(FED, WALL - 12 * SECOND, "get_snapshot", agrees=True, detail=""),
        reconnects=2,
        watched=FED,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def differences() -> DifferencesView:
    """Return one open item and one that has been settled."""
    return DifferencesView(
        (
            Difference(DifferenceKind.POSITION, FED, "", "40", "45", WALL - 30 * SECOND),
            Difference(
                DifferenceKind.FILLS,
                FED,
                "exchange-two",
                "10",
                "25",
                WALL - 90 * SECOND,
                WALL - 88 * SECOND,
                "The exchange's fills were read and booked.",
            ),
        )
    )
