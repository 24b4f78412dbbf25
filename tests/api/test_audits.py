"""A second copy of a LIVE book: when it is asked for, and what it is compared with."""

from itertools import pairwise
from typing import Any

import pytest

from kalshi_tui.api.books import RING
from kalshi_tui.core.events import AuditSource, BookAudited, BookSnapshot, BookStatus, Fact
from tests.support.feed_line import MS, SECOND, Line, live_line, statuses

LIVE, STALE = BookStatus.LIVE, BookStatus.STALE


def audits(facts: list[Fact]) -> list[BookAudited]:
    return [fact for fact in facts if isinstance(fact, BookAudited)]


def requests(line: Line) -> int:
    return len(line.sent("update_subscription", "get_snapshot"))


def busy(line: Line, milliseconds: int, ticker: str) -> None:
    """Let time pass while the first market changes every four seconds."""
    end = line.now + milliseconds * MS
    while line.now < end:
        line.wait(min(4_000, (end - line.now) // MS))
        line.delta(ticker, clock=10)


def audited_line(*tickers: str) -> Line:
    """Return a line on which the first audit has just been asked for."""
    line = live_line(*tickers)
    busy(line, 60_000, tickers[0])
    line.wait(100)
    assert requests(line) == 1
    line.facts.clear()
    return line


def test_TB13_every_minute_a_copy_of_a_live_book_is_asked_for_and_handed_on() -> None:
    line = audited_line("AAA-1")
    (audit,) = line.snapshot("AAA-1", line.last_request())
    assert isinstance(audit, BookAudited)
    assert (audit.snapshot.ticker, audit.tail, audit.source) == ("AAA-1", (), AuditSource.SOCKET)
    assert line.status("AAA-1") is LIVE
    busy(line, 59_000, "AAA-1")
    assert requests(line) == 1
    busy(line, 1_200, "AAA-1")
    assert requests(line) == 2
    assert line.feed.counters.audits == 1
    assert line.feed.counters.repairs == 0


def test_TB13_changes_that_overtook_the_copy_are_handed_on_with_it() -> None:
    line = audited_line("AAA-1")
    for clock in (11, 12, 12, 13):
        line.delta("AAA-1", f"{clock}.00", clock=clock)
    (audit,) = audits(line.snapshot("AAA-1", line.last_request(), clock=11))
    assert [delta.change for delta in audit.tail] == [1_200, 1_200, 1_300]


def test_TB13_a_difference_makes_the_book_stale_and_fetches_it() -> None:
    line = audited_line("AAA-1")
    line.snapshot("AAA-1", line.last_request())
    line.feed.repair("AAA-1", "The audit differs.", line.now, by_audit=True)
    assert statuses(line.take()) == [("AAA-1", STALE)]
    assert line.feed.counters.audit_differences == 1
    line.snapshot("AAA-1", line.last_request())
    assert line.status("AAA-1") is LIVE


def test_TB13_a_copy_that_the_kept_changes_do_not_reach_proves_nothing() -> None:
    line = audited_line("AAA-1")
    for clock in range(11, 13 + RING):
        line.delta("AAA-1", clock=clock)
    assert audits(line.snapshot("AAA-1", line.last_request(), clock=11)) == []
    assert line.status("AAA-1") is LIVE


def test_TB13_a_copy_that_does_not_come_is_no_fault_of_the_book() -> None:
    line = audited_line("AAA-1")
    line.wait(2_000)
    line.delta("AAA-1", clock=10)
    busy(line, 48_000, "AAA-1")
    assert statuses(line.facts) == []
    line.snapshot("AAA-1", line.last_request())
    assert line.status("AAA-1") is LIVE
    assert audits(line.facts) == [], "it came too late to be compared"
    busy(line, 15_000, "AAA-1")
    assert requests(line) == 2


def test_TC08_a_stream_of_books_that_falls_silent_is_asked_before_its_turn() -> None:
    line = live_line("AAA-1", "BBB-2")
    busy(line, 8_000, "AAA-1")
    line.wait(4_900)
    assert requests(line) == 0
    line.wait(200)
    assert requests(line) == 1
    line.wait(3_100)
    assert line.status("AAA-1") is STALE
    assert line.status("BBB-2") is STALE


def test_TC08_a_quiet_stream_that_answers_is_asked_ever_less_often() -> None:
    line = live_line("AAA-1")
    asked = []
    for _ in range(2 * 60 * 10):
        before = requests(line)
        line.wait(100)
        if requests(line) > before:
            asked.append(line.now)
            line.snapshot("AAA-1", line.last_request())
    pauses = [round((later - earlier) / SECOND) for earlier, later in pairwise(asked)]
    assert pauses == [10, 20, 40], "after the first at five seconds"
    assert statuses(line.facts) == [], "it was LIVE throughout"
    line.delta("AAA-1")
    line.wait(5_100)
    assert len(line.sent("update_subscription", "get_snapshot")) == len(asked) + 1


def test_TB13_a_stream_that_is_held_back_while_pings_are_answered_is_found_by_the_audit() -> None:
    line = audited_line("AAA-1", "BBB-2")
    line.wait(2_500)
    assert statuses(line.facts) == []
    line.wait(1_500)
    assert statuses(line.facts) == [("AAA-1", STALE), ("BBB-2", STALE)]
    assert "not even what was asked for" in line.feed.reconnect_reason


def test_TB13_where_other_channels_go_on_the_books_alone_are_fetched_anew() -> None:
    line = audited_line("AAA-1")
    line.wait(2_500)
    quote = {"market_ticker": "AAA-1", "yes_bid_dollars": "0.4", "yes_bid_size_fp": "1.00"}
    line.give({"type": "ticker", "sid": 3, "msg": quote})
    line.wait(1_500)
    assert statuses(line.facts) == [("AAA-1", STALE)]
    assert line.feed.reconnect_reason == ""


@pytest.mark.parametrize(
    ("body", "asked"), [({"market_ticker": "BBB-2"}, ["BBB-2"]), ({}, ["AAA-1", "BBB-2"])]
)
def test_TB20_a_new_type_among_the_books_may_change_them_so_they_are_audited_at_once(
    body: dict[str, Any], asked: list[str]
) -> None:
    line = live_line("AAA-1", "BBB-2")
    line.give({"type": "orderbook_shuffle", "sid": 1, "seq": line.next(), "msg": body})
    line.wait(100)
    (command,) = line.sent("update_subscription", "get_snapshot")
    assert command["params"]["market_tickers"] == asked
    assert line.status("BBB-2") is LIVE


def test_TB20_a_copy_asked_for_before_the_new_type_came_proves_nothing() -> None:
    line = audited_line("AAA-1")
    before = line.last_request()
    line.give({"type": "orderbook_shuffle", "sid": 1, "seq": line.next(), "msg": {}})
    assert audits(line.snapshot("AAA-1", before)) == []
    line.wait(100)
    assert audits(line.snapshot("AAA-1", line.last_request()))


def test_a_gap_during_an_audit_makes_it_void() -> None:
    line = audited_line("AAA-1")
    asked = line.last_request()
    line.lose_one()
    line.delta("AAA-1")
    assert audits(line.snapshot("AAA-1", asked)) == []
    assert line.status("AAA-1") is STALE
    (snapshot, *_) = line.snapshot("AAA-1", line.last_request())
    assert isinstance(snapshot, BookSnapshot)


def test_many_books_are_audited_a_few_at_a_time() -> None:
    tickers = [f"M-{number}" for number in range(20)]
    line = live_line(*tickers)
    busy(line, 63_500, tickers[0])
    asked = [
        command["params"]["market_tickers"]
        for command in line.sent("update_subscription", "get_snapshot")
    ]
    assert [len(each) for each in asked[:3]] == [8, 8, 4]
    assert sorted(ticker for each in asked[:3] for ticker in each) == sorted(tickers)


def test_TB17_FD29_a_changed_grid_is_told_and_the_book_audited_at_once() -> None:
    line = live_line("AAA-1")
    body = {
        "market_ticker": "AAA-1",
        "event_type": "price_level_structure_updated",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
    }
    (fact,) = line.give({"type": "market_lifecycle_v2", "sid": 3, "seq": 1, "msg": body})
    assert fact.grid is not None  # type: ignore[union-attr]
    line.wait(100)
    assert requests(line) == 1
    assert line.status("AAA-1") is LIVE
