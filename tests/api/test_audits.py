"""A second copy of a LIVE book: when it is asked for, and what it is compared with."""

from kalshi_tui.api.books import RING
from kalshi_tui.core.events import AuditSource, BookAudited, BookSnapshot, BookStatus, Fact
from tests.support.feed_line import Line, live_line, statuses

LIVE, STALE = BookStatus.LIVE, BookStatus.STALE


def audits(facts: list[Fact]) -> list[BookAudited]:
    return [fact for fact in facts if isinstance(fact, BookAudited)]


def requests(line: Line) -> int:
    return len(line.sent("update_subscription", "get_snapshot"))


def audited_line(*tickers: str) -> Line:
    """Return a line on which the first audit has just been asked for."""
    line = live_line(*tickers)
    line.wait(60_100)
    assert requests(line) == 1
    return line


def test_TB13_every_minute_a_copy_of_a_live_book_is_asked_for_and_handed_on() -> None:
    line = audited_line("AAA-1")
    (audit,) = line.snapshot("AAA-1", line.last_request())
    assert isinstance(audit, BookAudited)
    assert (audit.snapshot.ticker, audit.tail, audit.source) == ("AAA-1", (), AuditSource.SOCKET)
    assert line.status("AAA-1") is LIVE
    line.wait(59_000)
    assert requests(line) == 1
    line.wait(1_200)
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
    line.wait(50_000)
    assert statuses(line.facts) == []
    line.snapshot("AAA-1", line.last_request())
    assert line.status("AAA-1") is LIVE
    assert audits(line.facts) == [], "it came too late to be compared"
    line.wait(15_000)
    assert requests(line) == 2


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
    line.wait(63_500)
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
