"""A stream that fails too often is not believed for a while."""

from kalshi_tui.api.quarantine import Patience, Quarantine
from kalshi_tui.core.events import BookSnapshot, BookStatus, BookStatusChanged
from tests.support.feed_line import SECOND, Line, live_line, snapshots

LIVE, STALE, DEGRADED = BookStatus.LIVE, BookStatus.STALE, BookStatus.DEGRADED


def gap(line: Line) -> None:
    line.lose_one()
    line.delta("AAA-1")


def heal(line: Line) -> None:
    line.snapshot("AAA-1", line.last_request(), clock=line.seq + 20)
    assert line.status("AAA-1") is LIVE


def test_TC17_three_gaps_in_five_minutes_hand_the_books_to_REST() -> None:
    line = live_line("AAA-1")
    for _ in range(2):
        gap(line)
        heal(line)
    gap(line)
    assert line.status("AAA-1") is DEGRADED
    assert line.feed.degraded() == ("AAA-1",)
    assert line.feed.counters.quarantines == 1
    assert line.feed.take_status_wanted() == (), "the market is not what is in doubt"


def test_TC17_after_thirty_calm_seconds_the_socket_is_believed_again() -> None:
    line = live_line("AAA-1")
    for _ in range(2):
        gap(line)
        heal(line)
    gap(line)
    asked = len(line.sent("update_subscription", "get_snapshot"))
    line.wait(29_900)
    assert len(line.sent("update_subscription", "get_snapshot")) == asked
    line.wait(200)
    heal(line)


def test_TC17_a_gap_during_the_quarantine_begins_the_calm_anew() -> None:
    line = live_line("AAA-1")
    for _ in range(2):
        gap(line)
        heal(line)
    gap(line)
    line.wait(20_000)
    gap(line)
    asked = len(line.sent("update_subscription", "get_snapshot"))
    line.wait(20_000)
    assert len(line.sent("update_subscription", "get_snapshot")) == asked
    line.wait(10_100)
    heal(line)


def test_TC17_gaps_far_apart_are_borne() -> None:
    line = live_line("AAA-1")
    for _ in range(6):
        gap(line)
        heal(line)
        for _ in range(151):
            line.wait(1_000)
            # A changed book a second: whoever is silent altogether is held back.
            line.delta("AAA-1", clock=line.seq + 40)
    assert line.status("AAA-1") is LIVE
    assert line.feed.counters.quarantines == 0


def test_TC17_five_lost_connections_in_five_minutes_hand_the_books_to_REST() -> None:
    line = live_line("AAA-1")
    for _ in range(4):
        line.feed.disconnected(line.now, "gone")
        line.connect()
        line.granted()
        line.snapshot("AAA-1")
        assert line.status("AAA-1") is LIVE
    line.feed.disconnected(line.now, "gone")
    line.connect()
    line.granted()
    line.snapshot("AAA-1")
    assert line.status("AAA-1") is DEGRADED
    line.wait(30_100)
    heal(line)


def test_TC17_attempts_that_never_connect_are_no_lost_connections() -> None:
    line = live_line("AAA-1")
    for _ in range(9):
        line.feed.connecting(line.now)
        line.feed.connect_failed(line.now, "down")
        line.feed.disconnected(line.now, "down")
    assert line.status("AAA-1") is STALE


def test_a_market_wanted_during_the_quarantine_is_polled_as_well() -> None:
    line = live_line("AAA-1")
    for _ in range(2):
        gap(line)
        heal(line)
    gap(line)
    line.feed.want(["AAA-1", "BBB-2"], line.now)
    line.wait(200)
    assert line.feed.degraded() == ("AAA-1", "BBB-2")


def test_what_REST_gives_is_shown_and_stays_degraded() -> None:
    line = live_line("AAA-1")
    polled = BookSnapshot("AAA-1", (), (), 0, 0)
    line.feed.polled(polled, line.now)
    assert line.take() == [], "a LIVE book has the better source"
    for _ in range(2):
        gap(line)
        heal(line)
    gap(line)
    line.take()
    line.feed.polled(polled, line.now)
    assert snapshots(line.take()) == ["AAA-1"]
    assert line.status("AAA-1") is DEGRADED


def test_TB12_a_degraded_book_that_REST_does_not_give_is_stale_until_it_does() -> None:
    line = live_line("AAA-1")
    line.feed.unpolled("AAA-1", "No answer.")
    assert line.take() == [], "a LIVE book needs no REST"
    for _ in range(2):
        gap(line)
        heal(line)
    gap(line)
    line.take()
    line.feed.unpolled("AAA-1", "No answer.")
    (said,) = line.take()
    assert isinstance(said, BookStatusChanged)
    assert (said.status, said.reason) == (STALE, "No answer.")
    assert line.feed.degraded() == ("AAA-1",), "it is asked for again"
    line.feed.polled(BookSnapshot("AAA-1", (), (), 0, 0), line.now)
    told = [each for each in line.take() if isinstance(each, BookStatusChanged)]
    assert [each.status for each in told] == [DEGRADED]
    assert told[0].reason.startswith("Read over REST: "), "what a narrow screen cuts is the cause"


def test_only_faults_within_the_window_count() -> None:
    quarantine = Quarantine(Patience(gaps=3, within_ns=10 * SECOND, calm_ns=SECOND))
    said = [bool(quarantine.gap(second * SECOND)) for second in (0, 5, 11, 12, 15, 40, 41, 42)]
    assert said == [False, False, False, True, True, False, False, True]
    assert quarantine.until_ns == 43 * SECOND
