"""What the exchange's answers change in our map of subscriptions (TS rows)."""

import pytest

from kalshi_tui.core.events import BookStatus
from tests.support.feed_line import Line, changes, live_line, statuses

LIVE, STALE, DEGRADED = BookStatus.LIVE, BookStatus.STALE, BookStatus.DEGRADED


def adding(line: Line, *tickers: str) -> int:
    """Want these as well; returns the id of the command that adds them to the books."""
    line.wait(1_000)
    line.feed.want(["AAA-1", *tickers], line.now)
    line.take()
    return next(
        int(command["id"])
        for command in line.sent("update_subscription", "add_markets")
        if command["params"]["sids"] == [1]
    )


def test_TS12_FD12_a_grant_that_nobody_waits_for_is_given_back() -> None:
    line = live_line("AAA-1")
    body = {"channel": "orderbook_delta", "sid": 44}
    line.give({"type": "subscribed", "id": 999, "msg": body})
    assert line.sent("unsubscribe")[-1]["params"] == {"sids": [44]}
    assert line.feed.counters.orphans == 1
    assert line.status("AAA-1") is LIVE


def test_TS02_a_subscribe_that_is_merged_into_a_live_sid_binds_it() -> None:
    line = Line("AAA-1")
    line.connect()
    line.sid = 6
    line.ok(line.subscribe_id("orderbook_delta"), ["AAA-1"])
    line.snapshot("AAA-1")
    assert line.status("AAA-1") is LIVE


def test_TS02_a_merged_sid_that_is_under_way_is_doubted_first() -> None:
    line = Line("AAA-1")
    line.connect()
    line.sid, line.seq = 6, 30
    line.ok(line.subscribe_id("orderbook_delta"), ["AAA-1"])
    line.snapshot("AAA-1")
    assert line.status("AAA-1") is STALE
    line.snapshot("AAA-1", line.last_request())
    assert line.status("AAA-1") is LIVE


def test_TS02_a_grant_that_is_said_twice_ends_nothing() -> None:
    line = live_line("AAA-1")
    granted = {"channel": "orderbook_delta", "sid": line.sid}
    line.give({"type": "subscribed", "id": 1, "msg": granted})
    assert line.sent("unsubscribe") == []
    assert line.feed.counters.orphans == 0
    line.delta("AAA-1")
    assert line.status("AAA-1") is BookStatus.LIVE


def test_TS14_FD19_the_list_of_subscriptions_is_no_acknowledgement() -> None:
    line = live_line("AAA-1")
    added = adding(line, "BBB-2")
    line.give({"type": "ok", "id": 12345, "msg": [{"channel": "orderbook_delta", "sid": 1}]})
    assert changes(line.delta("AAA-1")) == [100]
    line.ok(added, ["AAA-1", "BBB-2"])
    line.snapshot("BBB-2")
    assert line.status("BBB-2") is LIVE


def test_TS16_a_market_that_the_list_leaves_out_is_doubted_and_asked_for_again() -> None:
    line = live_line("AAA-1", "BBB-2")
    facts = line.ok(77, ["BBB-2"])
    assert statuses(facts)[0] == ("AAA-1", STALE)
    add = line.sent("update_subscription", "add_markets")[0]
    assert add["params"]["market_tickers"] == ["AAA-1"]
    assert line.status("BBB-2") is LIVE


def test_an_acknowledgement_without_a_list_is_taken_at_its_word() -> None:
    line = live_line("AAA-1")
    added = adding(line, "BBB-2")
    line.give({"type": "ok", "id": added, "sid": 1, "seq": line.next()})
    line.snapshot("BBB-2")
    assert line.status("BBB-2") is LIVE
    assert line.status("AAA-1") is LIVE


@pytest.mark.parametrize("code", [10, 25])
def test_TS05_FD15_FD16_a_terminal_error_ends_the_sid_and_opens_it_anew_after_a_pause(
    code: int,
) -> None:
    line = live_line("AAA-1", "BBB-2")
    facts = line.error(code, sid=1, seq=line.next())
    assert statuses(facts) == [("AAA-1", STALE), ("BBB-2", STALE)]
    assert line.delta("AAA-1") == [], "nothing after the loss is trusted"
    opened = len(line.sent("subscribe"))
    line.wait(500)
    assert len(line.sent("subscribe")) == opened
    line.wait(200)
    assert len(line.sent("subscribe")) == opened + 1
    line.granted(sid=9)
    for ticker in ("AAA-1", "BBB-2"):
        line.snapshot(ticker)
        assert line.status(ticker) is LIVE


def test_an_end_that_nobody_asked_for_is_a_loss() -> None:
    line = live_line("AAA-1")
    facts = line.give({"type": "unsubscribed", "sid": 1, "seq": line.next()})
    assert statuses(facts)[0] == ("AAA-1", STALE)
    line.granted(sid=9)
    line.snapshot("AAA-1")
    assert line.status("AAA-1") is LIVE


def test_TS07_FD18_markets_beyond_the_limit_are_shown_degraded_never_dropped() -> None:
    line = live_line("AAA-1")
    added = adding(line, "BBB-2")
    line.error(26, id=added, sid=1, seq=line.next())
    assert line.status("BBB-2") is DEGRADED
    assert line.status("AAA-1") is LIVE


def test_TS08_FD18_too_many_commands_are_paused_then_sent_again() -> None:
    line = live_line("AAA-1")
    added = adding(line, "BBB-2")
    line.error(27, id=added)
    before = len(line.commands)
    line.wait(500)
    assert len(line.commands) == before
    line.wait(200)
    assert line.commands[-1]["params"]["market_tickers"] == ["BBB-2"]


def test_too_many_commands_while_subscribing_subscribes_again() -> None:
    line = Line("AAA-1")
    line.connect()
    line.error(27, id=line.subscribe_id("orderbook_delta"))
    line.wait(700)
    line.granted()
    line.snapshot("AAA-1")
    assert line.status("AAA-1") is LIVE


@pytest.mark.parametrize("code", [8, 9, 13, 99])
def test_TS10_a_refused_channel_is_off_visible_and_not_asked_for_in_a_loop(code: int) -> None:
    line = Line("AAA-1")
    line.connect()
    line.error(code, id=line.subscribe_id("trade"))
    assert list(line.feed.refusals()) == ["trade"]
    line.wait(3_000)
    assert len(line.sent("subscribe")) == 3
    line.feed.disconnected(line.now, "gone")
    line.connect()
    assert line.feed.refusals() == {}, "a new connection is a new chance"


def test_a_refused_book_channel_degrades_its_books_with_the_exchanges_words() -> None:
    line = Line("AAA-1")
    line.connect()
    line.error(9, id=line.subscribe_id("orderbook_delta"))
    assert line.status("AAA-1") is DEGRADED
    assert "code 9" in line.feed.refusals()["orderbook_delta"]


def test_a_trade_channel_that_takes_no_changes_is_opened_anew() -> None:
    line = live_line("AAA-1")
    adding(line, "BBB-2")
    change = next(
        command
        for command in line.sent("update_subscription", "add_markets")
        if command["params"]["sids"] == [2]
    )
    line.error(13, id=change["id"])
    line.wait(700)
    ending = line.sent("unsubscribe")[-1]
    assert ending["params"] == {"sids": [2]}
    line.give({"type": "unsubscribed", "id": ending["id"], "sid": 2, "seq": 1})
    assert line.sent("subscribe")[-1]["params"] == {
        "channels": ["trade"],
        "market_tickers": ["AAA-1", "BBB-2"],
    }


def test_an_error_without_an_address_changes_nothing() -> None:
    line = live_line("AAA-1")
    assert line.error(1) == []
    assert line.status("AAA-1") is LIVE
