"""LAGGING: what comes is true but late."""

from kalshi_tui.api.ages import HOPELESS_NS, OLD_NS, QUIET_NS, Ages
from kalshi_tui.core.events import BookStatus, Lagging
from tests.support.feed_line import MS, SECOND, Line, live_line

AHEAD = 7_000 * SECOND


def ages() -> Ages:
    found = Ages()
    found.ahead_ns = AHEAD
    return found


def stamp(now: int, age_ns: int) -> int:
    """Return the stamp of a message that is so old when it arrives at `now`."""
    return (now + AHEAD - age_ns) // MS


def lags(line: Line) -> list[int]:
    return [fact.age_ns for fact in line.facts if isinstance(fact, Lagging)]


def late(line: Line, age_ns: int) -> None:
    line.delta("AAA-1", ts_ms=stamp(line.now, age_ns), clock=11)


def test_TC09_FD23_three_old_messages_in_a_row_are_a_lag_and_a_fresh_one_ends_it() -> None:
    line = live_line("AAA-1")
    line.feed.set_clock(AHEAD)
    late(line, 3 * SECOND)
    late(line, 3 * SECOND)
    late(line, 0)
    late(line, 3 * SECOND)
    late(line, 3 * SECOND)
    assert lags(line) == []
    late(line, 3 * SECOND)
    assert lags(line) == [3 * SECOND]
    assert line.status("AAA-1") is BookStatus.LIVE, "late is not wrong"
    late(line, OLD_NS)
    assert lags(line) == [3 * SECOND, 0]


def test_TC09_very_old_messages_for_five_seconds_ask_for_a_new_connection() -> None:
    line = live_line("AAA-1")
    line.feed.set_clock(AHEAD)
    for _ in range(49):
        late(line, 20 * SECOND)
        line.wait(100)
    assert line.feed.reconnect_reason == ""
    line.wait(100)
    assert line.feed.reconnect_reason == "Messages have been arriving old for 5 s."


def test_TC09_without_the_exchanges_clock_no_message_is_called_old() -> None:
    line = live_line("AAA-1")
    line.feed.set_clock(None)
    for _ in range(10):
        late(line, 60 * SECOND)
    assert lags(line) == []


def test_a_lag_ends_when_nothing_late_has_come_for_long() -> None:
    found = ages()
    for _ in range(3):
        change = found.note(stamp(0, 3 * SECOND), 0)
    assert change is not None
    assert found.tick(QUIET_NS - 1) is None
    assert found.tick(QUIET_NS) == Lagging(0)
    assert not found.is_lagging


def test_the_age_is_told_again_only_where_it_moved_by_a_second() -> None:
    found = ages()
    told = [found.note(stamp(0, age), 0) for age in [3 * SECOND] * 5 + [4 * SECOND] * 2]
    assert [change is not None for change in told] == [False] * 2 + [True] + [False] * 2 + [
        True,
        False,
    ]


def test_one_message_that_is_less_old_begins_the_five_seconds_anew() -> None:
    found = ages()
    found.note(stamp(0, HOPELESS_NS + SECOND), 0)
    found.note(stamp(SECOND, 3 * SECOND), SECOND)
    assert not found.is_hopeless(HOPELESS_NS)


def test_TC10_a_pause_of_our_own_blocks_until_a_fresh_message_or_a_second() -> None:
    line = live_line("AAA-1")
    line.feed.set_clock(AHEAD)
    line.feed.lag("The program stood still for 300 ms.", line.now)
    assert [type(fact) for fact in line.take()] == [Lagging]
    late(line, 0)
    line.feed.lag("again", line.now)
    line.wait(1_000)
    assert lags(line) == [1, 0, 1, 0]


def test_a_new_connection_begins_without_a_lag() -> None:
    line = live_line("AAA-1")
    line.feed.lag("slow", line.now)
    line.feed.disconnected(line.now, "gone")
    line.take()
    assert lags(line) == [1, 0]


def test_the_shares_are_of_the_recent_ages() -> None:
    found = ages()
    assert found.share(50) is None
    for milliseconds in range(100):
        found.note(stamp(0, milliseconds * MS), 0)
    assert (found.share(50), found.share(99)) == (50 * MS, 99 * MS)
