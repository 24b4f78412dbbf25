"""Commands, their deadlines and the repair ladder (TS11, TS15, TB01, TB11, TB12)."""

import pytest

from kalshi_tui.core.events import BookStatus
from tests.support.feed_line import SECOND, Line, live_line, statuses

LIVE, STALE, DEGRADED = BookStatus.LIVE, BookStatus.STALE, BookStatus.DEGRADED


def fall(line: Line, ticker: str) -> None:
    """A frame is lost; the change that shows it is of `ticker`."""
    line.lose_one()
    line.delta(ticker)


class TestLadder:
    def test_TB01_FD07_a_lost_first_snapshot_is_asked_for_after_three_seconds(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.granted()
        line.lose_one()
        line.wait(2_900)
        assert line.sent("update_subscription", "get_snapshot") == []
        line.wait(200)
        assert line.status("AAA-1") is STALE
        line.snapshot("AAA-1", line.last_request())
        assert line.feed.counters.gaps == 1, "the lost snapshot had taken number 1"
        line.snapshot("AAA-1", line.last_request())
        assert line.status("AAA-1") is LIVE

    def test_TB11_TB12_each_step_has_three_seconds_then_the_next_follows(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        line.feed.repair("AAA-1", "wrong", line.now)
        line.take()
        assert len(line.sent("update_subscription", "get_snapshot")) == 1
        line.wait(2_900)
        assert line.sent("update_subscription", "delete_markets") == []
        line.wait(200)
        (delete,) = line.sent("update_subscription", "delete_markets")
        assert delete["params"]["market_tickers"] == ["AAA-1"]
        line.ok(delete["id"], ["BBB-2"])
        line.wait(200)
        (add,) = line.sent("update_subscription", "add_markets")
        line.ok(add["id"], ["BBB-2", "AAA-1"])
        line.wait(3_100)
        assert line.status("AAA-1") is DEGRADED
        assert line.status("BBB-2") is LIVE, "the repair of one never blanks another"
        assert line.feed.reconnect_reason == "", "others live on this connection"

    def test_TB12_when_nothing_is_live_the_connection_is_made_anew_once(self) -> None:
        line = live_line("AAA-1")
        line.feed.repair("AAA-1", "wrong", line.now)
        line.wait(3_200)
        (ending,) = line.sent("unsubscribe")
        line.give({"type": "unsubscribed", "id": ending["id"], "sid": 1, "seq": line.next()})
        line.granted(sid=5)
        line.wait(3_200)
        assert line.feed.reconnect_reason == "No snapshot came within 3 s."
        line.feed.disconnected(line.now, line.feed.reconnect_reason)
        line.connect()
        assert line.feed.reconnect_reason == ""
        line.granted()
        line.wait(3_200)
        assert line.status("AAA-1") is DEGRADED
        assert line.feed.reconnect_reason == ""

    def test_TS15_FD24_a_silent_market_ends_degraded_and_is_tried_again_for_ever(self) -> None:
        line = Line("AAA-1", "OLD-1")
        line.connect()
        for sid, channel in enumerate(("trade", "ticker", "orderbook_delta"), 1):
            line.granted(channel, sid)
        line.snapshot("AAA-1")
        asked: list[int] = []
        for second in range(80):
            line.commands.clear()
            line.wait(1_000)
            for command in line.commands:
                match command["params"]["action"]:
                    case "get_snapshot" if command["params"]["market_tickers"] == ["AAA-1"]:
                        line.snapshot("AAA-1", command["id"])
                    case "get_snapshot":
                        asked.append(second)
                    case "delete_markets":
                        line.ok(command["id"], ["AAA-1"])
                    case _:
                        line.ok(command["id"], ["AAA-1", "OLD-1"])
        assert 3 <= len(asked) <= 10
        assert asked[-1] > 60, "it goes on asking"
        assert line.status("OLD-1") is DEGRADED
        assert line.status("AAA-1") is LIVE
        assert line.feed.reconnect_reason == ""

    def test_a_degraded_book_becomes_live_when_a_snapshot_comes(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        line.feed.repair("AAA-1", "wrong", line.now)
        line.take()
        line.error(11, id=line.last_request())
        (delete,) = line.sent("update_subscription", "delete_markets")
        line.ok(delete["id"], ["BBB-2"])
        line.wait(200)
        (add,) = line.sent("update_subscription", "add_markets")
        line.ok(add["id"], ["BBB-2"])
        assert line.status("AAA-1") is DEGRADED, "the exchange did not add it"
        line.wait(10_500)
        add = line.sent("update_subscription", "add_markets")[-1]
        line.ok(add["id"], ["BBB-2", "AAA-1"])
        line.snapshot("AAA-1")
        assert line.status("AAA-1") is LIVE

    def test_a_refused_get_snapshot_goes_to_the_next_step_at_once(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        line.feed.repair("AAA-1", "wrong", line.now)
        line.take()
        line.error(13, id=line.last_request())
        assert line.sent("update_subscription", "delete_markets")

    def test_one_repair_per_market_is_on_its_way(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        fall(line, "AAA-1")
        for _ in range(10):
            line.delta("BBB-2")
        assert len(line.sent("update_subscription", "get_snapshot")) == 1

    def test_a_second_loss_during_the_repair_asks_anew(self) -> None:
        line = live_line("AAA-1")
        fall(line, "AAA-1")
        fall(line, "AAA-1")
        assert len(line.sent("update_subscription", "get_snapshot")) == 2

    def test_many_markets_are_asked_for_in_one_command(self) -> None:
        tickers = [f"M-{number}" for number in range(200)]
        line = live_line(*tickers)
        line.lose_one()
        line.delta("M-0")
        (request,) = line.sent("update_subscription", "get_snapshot")
        assert request["params"]["market_tickers"] == tickers


class TestLostAnswers:
    def test_TS11_an_unanswered_subscribe_is_looked_up_after_five_seconds(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.wait(4_900)
        assert line.sent("list_subscriptions") == []
        line.wait(200)
        lookups = line.sent("list_subscriptions")
        assert len(lookups) == 3, "one for each channel that waits"
        line.give({"type": "ok", "id": lookups[0]["id"], "msg": []})
        assert line.subscribe_id("orderbook_delta") > 3, "it is not there: asked for again"

    def test_TS11_what_was_granted_unheard_is_taken_over(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.wait(5_100)
        lookup = line.sent("list_subscriptions")[0]
        known = [{"channel": "orderbook_delta", "sid": 4}, {"channel": "trade", "sid": 5}]
        line.give({"type": "ok", "id": lookup["id"], "msg": known})
        line.sid, line.seq = 4, 30
        assert len(line.sent("subscribe")) == 3
        line.wait(3_100)
        line.snapshot("AAA-1", line.last_request(), clock=20)
        assert line.status("AAA-1") is STALE, "numbers begin at 31: something may be missing"
        line.snapshot("AAA-1", line.last_request(), clock=20)
        assert line.status("AAA-1") is LIVE

    def test_TS06_FD17_a_change_whose_answer_was_lost_is_repeated(self) -> None:
        line = live_line("AAA-1")
        line.wait(1_000)
        line.feed.want(["AAA-1", "BBB-2"], line.now)
        line.take()
        add = line.sent("update_subscription", "add_markets")[0]
        line.error(18, id=add["id"])
        lookup = line.sent("list_subscriptions")[0]
        line.give(
            {"type": "ok", "id": lookup["id"], "msg": [{"channel": "orderbook_delta", "sid": 1}]}
        )
        again = [
            command
            for command in line.sent("update_subscription", "add_markets")
            if command["params"]["sids"] == [1]
        ]
        assert [command["params"]["market_tickers"] for command in again] == [["BBB-2"]] * 2
        line.ok(again[-1]["id"], ["AAA-1", "BBB-2"])
        line.snapshot("BBB-2")
        assert line.status("BBB-2") is LIVE
        assert line.status("AAA-1") is LIVE

    @pytest.mark.parametrize("speaks", [False, True])
    def test_TS11_a_subscription_that_answers_nothing_twice_is_left_unless_it_speaks(
        self, speaks: bool
    ) -> None:
        line = live_line("AAA-1")
        line.wait(1_000)
        line.feed.want(["AAA-1", "BBB-2"], line.now)
        granted = [{"channel": "orderbook_delta", "sid": 1}, {"channel": "trade", "sid": 2}]
        for lost in (1, 2):
            assert line.feed.reconnect_reason == ""
            line.wait(2_000)
            if speaks:
                line.delta("AAA-1")
                line.give({"type": "trade", "sid": 2, "seq": lost, "msg": {}})
            line.wait(3_100)
            lookups = line.sent("list_subscriptions")[-2:]
            assert len(line.sent("list_subscriptions")) == 2 * lost, "for books and for trades"
            for lookup in lookups:
                line.give({"type": "ok", "id": lookup["id"], "msg": granted})
        assert bool(line.feed.reconnect_reason) is not speaks

    def test_TS11_a_market_that_may_have_left_is_added_again_where_nobody_can_tell(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        line.wait(1_000)
        line.feed.want(["AAA-1"], line.now)
        line.take()
        line.wait(5_100)
        for lookup in line.sent("list_subscriptions"):
            line.error(27, id=lookup["id"])
        line.feed.want(["AAA-1", "BBB-2"], line.now)
        line.wait(1_500)
        added = [
            command["params"]["market_tickers"]
            for command in line.sent("update_subscription", "add_markets")
            if command["params"]["sids"] == [1]
        ]
        assert added == [["BBB-2"]]

    def test_TS09_a_sid_that_the_exchange_does_not_know_is_opened_anew(self) -> None:
        line = live_line("AAA-1")
        line.wait(1_000)
        line.feed.want(["AAA-1", "BBB-2"], line.now)
        line.take()
        add = line.sent("update_subscription", "add_markets")[0]
        line.error(7, id=add["id"])
        lookup = line.sent("list_subscriptions")[0]
        line.give({"type": "ok", "id": lookup["id"], "msg": []})
        assert line.status("AAA-1") is STALE
        line.wait(1_100)
        line.granted(sid=8)
        line.snapshot("AAA-1")
        assert line.status("AAA-1") is LIVE

    def test_an_exchange_that_answers_nothing_is_left(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.wait(10_100)
        assert line.feed.reconnect_reason == "The exchange does not answer commands."

    def test_while_nothing_is_heard_nothing_is_asked(self) -> None:
        line = live_line("AAA-1")
        line.silence(4_000)
        before = len(line.commands)
        line.feed.want(["BBB-2"], line.now)
        line.take()
        assert len(line.commands) == before


def test_no_deadline_is_set_while_all_is_well() -> None:
    line = live_line("AAA-1")
    line.wait(6_000)
    deadline = line.feed.next_deadline(line.now)
    assert deadline is not None
    assert deadline - line.now >= SECOND // 2
    assert statuses(line.facts) == []
