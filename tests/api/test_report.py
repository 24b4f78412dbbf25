"""What the feed panel is told."""

from kalshi_tui.core.events import BookStatus
from tests.support.feed_line import MS, live_line


def test_each_sid_is_described_by_its_own_numbers() -> None:
    line = live_line("AAA-1", "BBB-2")
    for _ in range(3):
        line.delta("AAA-1")
    line.lose_one()
    line.delta("BBB-2")
    line.give({"type": "ticker", "sid": 3, "msg": {"market_ticker": "AAA-1"}})
    books, trades, quotes = line.feed.report(line.now).sids
    assert (books.sid, books.channel, books.markets) == (1, "orderbook_delta", 2)
    assert (books.seq, books.frames, books.gaps, books.repairs) == (7, 6, 1, 2)
    assert books.heard_ns == line.now
    assert (trades.seq, trades.frames, trades.heard_ns) == (None, 0, None)
    assert (quotes.seq, quotes.frames) == (None, 1)


def test_doubtful_books_come_first_with_the_step_of_their_repair() -> None:
    line = live_line("AAA-1", "BBB-2")
    line.feed.repair("BBB-2", "A level went below zero.", line.now)
    line.take()
    doubtful, live = line.feed.report(line.now).books
    assert (doubtful.ticker, doubtful.status) == ("BBB-2", BookStatus.STALE)
    assert (doubtful.reason, doubtful.rung) == ("A level went below zero.", "get_snapshot")
    assert (doubtful.repairs, doubtful.since_ns) == (1, line.now)
    assert (live.ticker, live.rung) == ("AAA-1", "")


def test_the_whole_feed_is_described() -> None:
    line = live_line("AAA-1")
    line.feed.set_clock(0)
    line.delta("AAA-1", ts_ms=(line.now - 40 * MS) // MS)
    line.give({"type": "novelty", "sid": 1, "seq": line.next()})
    line.feed.disconnected(line.now, "gone")
    line.delta("AAA-1")
    line.connect()
    report = line.feed.report(line.now)
    assert (report.epoch, report.reconnects, report.sids) == (2, 1, ())
    assert (report.age_p50_ns, report.age_p99_ns) == (40 * MS, 40 * MS)
    assert report.unknown == (("novelty", 1),)
    assert report.counts == (("after the end", 1),)
    assert report.heard_ns == line.now
    assert report.audited_ns is None
