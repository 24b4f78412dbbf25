"""The feed's calling contract, connection and private side. Numbers: `test_intake`."""

import json
from time import process_time

import pytest

from kalshi_tui.api.feed import Feed
from kalshi_tui.core.events import (
    BookStatus,
    BookStatusChanged,
    ConnectionChanged,
    ConnectionState,
    Filled,
    LatencyMeasured,
    OrderReported,
    PositionReported,
    Quoted,
    Traded,
)
from kalshi_tui.core.sides import BookSide
from tests.support.feed_line import (
    CHANNELS,
    MS,
    SECOND,
    Line,
    live_line,
    singly,
    snapshots,
    statuses,
)

LIVE, STALE, SYNCING = BookStatus.LIVE, BookStatus.STALE, BookStatus.SYNCING


def states(line: Line) -> list[ConnectionState]:
    return [fact.state for fact in line.facts if isinstance(fact, ConnectionChanged)]


def test_nothing_comes_out_before_a_connection() -> None:
    line = Line("AAA-1")
    assert line.take() == []
    assert line.commands == []
    assert line.feed.next_deadline(line.now) is None
    assert not line.feed.take_ping(line.now)


def test_connecting_subscribes_every_channel_with_yes_prices() -> None:
    line = Line("AAA-1", "BBB-2", private=True)
    line.connect()
    subscribed = {command["params"]["channels"][0]: command for command in line.sent("subscribe")}
    assert tuple(subscribed) == CHANNELS
    books = subscribed["orderbook_delta"]["params"]
    assert books["market_tickers"] == ["AAA-1", "BBB-2"]
    assert books["use_yes_price"] is True
    assert subscribed["trade"]["params"]["market_tickers"] == ["AAA-1", "BBB-2"]
    assert subscribed["ticker"]["params"] == {"channels": ["ticker"]}
    ids = [command["id"] for command in line.commands]
    assert len(set(ids)) == len(ids)
    assert min(ids) >= 1


def test_facts_and_commands_are_taken_once() -> None:
    line = Line("AAA-1")
    line.feed.connecting(line.now)
    line.feed.connected(line.now)
    assert line.feed.facts()
    assert line.feed.outgoing()
    assert line.feed.facts() == []
    assert line.feed.outgoing() == []


def test_receiving_together_is_receiving_one_by_one() -> None:
    alone, together = live_line("AAA-1"), live_line("AAA-1")
    frames = [json.dumps(alone.delta_frame("AAA-1", f"{n}.00")).encode() for n in range(1, 9)]
    for frame in frames:
        alone.feed.receive(frame, alone.now)
    together.feed.receive_all(frames, together.now)
    assert singly(alone.feed.facts()) == singly(together.feed.facts())
    assert alone.feed.counters == together.feed.counters


def test_a_book_becomes_live_by_snapshot_then_status() -> None:
    line = Line("AAA-1")
    line.connect()
    line.granted()
    facts = line.snapshot("AAA-1")
    assert [type(fact).__name__ for fact in facts] == ["BookSnapshot", "BookStatusChanged"]
    assert statuses(facts) == [("AAA-1", LIVE)]


def test_TC01_every_attempt_has_its_own_epoch() -> None:
    line = Line()
    assert [line.feed.connecting(line.now) for _ in range(3)] == [1, 2, 3]


def test_TC02_a_refused_key_is_told_from_a_passing_failure() -> None:
    line = Line("AAA-1")
    line.feed.connecting(line.now)
    line.feed.connect_failed(line.now, "The server is down.")
    line.feed.connecting(line.now)
    line.feed.connect_failed(line.now, "The key is not known.", refused=True)
    line.take()
    assert states(line) == [
        ConnectionState.CONNECTING,
        ConnectionState.IDLE,
        ConnectionState.CONNECTING,
        ConnectionState.REFUSED,
    ]
    assert line.facts[-1] == ConnectionChanged(
        ConnectionState.REFUSED, "The key is not known.", epoch=2
    )


def test_TB18_FD21_a_lost_connection_makes_every_book_stale_at_once() -> None:
    line = live_line("AAA-1", "BBB-2")
    line.feed.disconnected(line.now, "The connection broke.")
    facts = line.take()
    assert statuses(facts) == [("AAA-1", STALE), ("BBB-2", STALE)]
    assert BookStatusChanged("AAA-1", STALE, "The connection broke.") in facts
    assert facts[-1] == ConnectionChanged(ConnectionState.IDLE, "The connection broke.", 1)


def test_TC16_FD14_frames_after_the_end_are_dropped_and_counted() -> None:
    line = live_line("AAA-1")
    line.feed.disconnected(line.now, "gone")
    line.take()
    assert line.delta("AAA-1") == []
    assert line.feed.counters.late == 1


def test_TS13_FD13_a_sid_of_an_earlier_connection_means_nothing() -> None:
    line = live_line("AAA-1")
    line.feed.disconnected(line.now, "gone")
    line.connect()
    line.sid = 1
    assert line.delta("AAA-1") == [], "sid 1 is not granted on this connection yet"
    line.granted("trade", 1)
    line.granted("orderbook_delta", 2)
    assert line.status("AAA-1") is SYNCING
    line.snapshot("AAA-1")
    assert line.status("AAA-1") is LIVE


def test_TC03_after_a_refused_handshake_the_books_are_read_over_REST() -> None:
    line = live_line("AAA-1")
    line.feed.disconnected(line.now, "gone")
    line.feed.connecting(line.now)
    line.feed.connect_failed(line.now, "Your region is not allowed.", refused=True)
    assert line.status("AAA-1") is BookStatus.DEGRADED
    assert line.feed.degraded() == ("AAA-1",)
    line.connect()
    line.granted()
    line.snapshot("AAA-1")
    assert line.status("AAA-1") is LIVE


@pytest.mark.parametrize("sign", ["frame", "ping of the exchange", "answer to ours"])
def test_TC06_every_sign_of_life_counts(sign: str) -> None:
    line = live_line("AAA-1")
    line.feed.take_ping(line.now)
    line.silence(2_900)
    match sign:
        case "frame":
            line.delta("AAA-1")
        case "answer to ours":
            line.feed.ponged(line.now)
        case _:
            line.feed.heard(line.now)
    line.silence(2_900)
    assert line.status("AAA-1") is LIVE
    line.silence(200)
    assert line.status("AAA-1") is STALE


def test_TC15_TB10_after_a_maintenance_the_markets_clocks_may_begin_anew() -> None:
    line = live_line("AAA-1", private=True)
    line.delta("AAA-1", clock=900)
    line.feed.maintenance(True, line.now)
    assert not line.feed.take_sweep_wanted()
    line.feed.maintenance(False, line.now)
    assert line.feed.take_sweep_wanted()
    line.delta("AAA-1", clock=1)
    assert line.status("AAA-1") is LIVE


def test_TB16_a_market_whose_close_time_has_come_is_closed_without_any_event() -> None:
    line = live_line("AAA-1", "BBB-2")
    line.feed.closed("AAA-1", "Trading ended at 16:00.", line.now)
    assert line.take() == [BookStatusChanged("AAA-1", BookStatus.CLOSED, "Trading ended at 16:00.")]
    assert line.delta("AAA-1") == []
    line.wait(200)
    delete = line.sent("update_subscription", "delete_markets")[0]
    assert delete["params"]["market_tickers"] == ["AAA-1"]


def test_TB16_FF14_a_market_that_is_open_after_all_gets_a_new_book() -> None:
    line = live_line("AAA-1", "BBB-2")
    line.feed.closed("AAA-1", "Trading ended.", line.now)
    line.wait(200)
    delete = line.sent("update_subscription", "delete_markets")[0]
    line.ok(delete["id"], ["BBB-2"])
    line.wait(200)
    line.feed.reopened("AAA-1", line.now)
    line.wait(200)
    assert line.status("AAA-1") is not LIVE
    add = [
        command
        for command in line.sent("update_subscription", "add_markets")
        if command["params"]["sids"] == [1]
    ]
    line.ok(add[-1]["id"], ["BBB-2", "AAA-1"])
    line.snapshot("AAA-1")
    assert line.status("AAA-1") is LIVE


def test_TB16_reopened_before_it_was_let_go_it_is_asked_for_a_snapshot() -> None:
    line = live_line("AAA-1")
    line.feed.closed("AAA-1", "Trading ended.", line.now)
    line.feed.reopened("AAA-1", line.now)
    line.feed.reopened("AAA-1", line.now)
    line.take()
    assert line.status("AAA-1") is STALE


class TestLifecycle:
    """TB17: what the exchange's own words do to a book."""

    @pytest.mark.parametrize("event", ["determined", "settled"])
    def test_TB17_a_market_that_has_ended_is_closed(self, event: str) -> None:
        line = live_line("AAA-1")
        body = {"market_ticker": "AAA-1", "event_type": event}
        line.give({"type": "market_lifecycle_v2", "sid": 3, "seq": 1, "msg": body})
        assert line.status("AAA-1") is BookStatus.CLOSED

    def test_TB17_a_paused_market_keeps_its_book_and_its_return_wants_a_sweep(self) -> None:
        line = live_line("AAA-1", private=True)
        for seq, event in enumerate(("deactivated", "activated"), 1):
            assert not line.feed.take_sweep_wanted()
            body = {"market_ticker": "AAA-1", "event_type": event}
            line.give({"type": "market_lifecycle_v2", "sid": 3, "seq": seq, "msg": body})
            assert line.status("AAA-1") is LIVE
        assert line.feed.take_sweep_wanted(), "its resting orders were cancelled"

    def test_TB17_after_a_lost_event_the_status_of_every_market_is_asked_for(self) -> None:
        line = live_line("AAA-1", "BBB-2", lifecycle=True)
        line.granted("market_lifecycle_v2", 4)
        body = {"market_ticker": "ZZZ-9", "event_type": "settled"}
        line.give({"type": "market_lifecycle_v2", "sid": 4, "seq": 1, "msg": body})
        assert line.feed.take_status_wanted() == ()
        line.give({"type": "market_lifecycle_v2", "sid": 4, "seq": 3, "msg": body})
        assert line.feed.take_status_wanted() == ("AAA-1", "BBB-2")
        assert line.status("AAA-1") is LIVE

    def test_what_the_channel_tells_of_events_is_counted_and_not_called_unknown(self) -> None:
        line = live_line("AAA-1", lifecycle=True)
        line.granted("market_lifecycle_v2", 4)
        for seq, kind in enumerate(("event_lifecycle", "event_fee_update"), 1):
            line.give({"type": kind, "sid": 4, "seq": seq, "msg": {"event_ticker": "E"}})
        assert line.feed.counters.unknown == {}
        assert line.feed.counters.gaps == 0


def test_TS15_the_status_of_a_market_that_gives_no_book_is_asked_for_once() -> None:
    line = live_line("AAA-1", "OLD-1")
    line.feed.repair("OLD-1", "wrong", line.now)
    line.take()
    line.error(13, id=line.last_request())
    delete = line.sent("update_subscription", "delete_markets")[-1]
    line.ok(delete["id"], ["AAA-1"])
    line.wait(200)
    add = line.sent("update_subscription", "add_markets")[-1]
    line.ok(add["id"], ["AAA-1"])
    assert line.feed.take_status_wanted() == ("OLD-1",)
    assert line.feed.take_status_wanted() == ()
    line.feed.closed("OLD-1", "The market is finalized.", line.now)
    assert line.status("OLD-1") is BookStatus.CLOSED


class TestSilence:
    """Design §5b: ping after 1 s, STALE after 2 s more, reconnect at 11 s."""

    def test_the_first_round_trip_is_measured_at_once(self) -> None:
        line = Line()
        line.connect()
        assert line.feed.take_ping(line.now)
        assert not line.feed.take_ping(line.now)
        line.feed.ponged(line.now + 30 * MS)
        assert LatencyMeasured(30 * MS) in line.take()

    def test_TC07_a_second_of_silence_asks_for_a_ping(self) -> None:
        line = live_line("AAA-1")
        line.feed.take_ping(line.now)
        line.feed.ponged(line.now)
        line.silence(999)
        assert not line.feed.take_ping(line.now)
        line.silence(1)
        assert line.feed.take_ping(line.now)

    def test_three_seconds_of_silence_make_every_book_stale(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        assert line.silence(2_999) == []
        facts = line.silence(1)
        assert statuses(facts) == [("AAA-1", STALE), ("BBB-2", STALE)]
        assert states(line)[-1] is ConnectionState.SILENT
        assert line.silence(100) == [], "said once"

    def test_life_after_silence_repairs_the_books_on_the_same_connection(self) -> None:
        line = live_line("AAA-1")
        line.silence(4_000)
        assert line.sent("update_subscription", "get_snapshot") == []
        line.feed.heard(line.now)
        line.take()
        assert states(line)[-1] is ConnectionState.OPEN
        line.snapshot("AAA-1", line.last_request())
        assert line.status("AAA-1") is LIVE

    def test_TC08_FD20_eleven_seconds_of_silence_ask_for_a_new_connection(self) -> None:
        line = live_line("AAA-1")
        line.silence(10_999)
        assert line.feed.reconnect_reason == ""
        line.silence(1)
        assert line.feed.reconnect_reason == "Nothing was heard from the exchange for 11 s."

    def test_FD34_any_sign_of_life_keeps_a_quiet_market_live(self) -> None:
        line = live_line("AAA-1")
        for _ in range(12):
            facts = line.wait(5_000)
            assert {type(fact) for fact in facts} <= {LatencyMeasured}
            if line.sent("update_subscription", "get_snapshot"):
                line.snapshot("AAA-1", line.last_request())
        assert line.status("AAA-1") is LIVE

    def test_the_deadline_is_never_behind_what_tick_has_done(self) -> None:
        line = live_line("AAA-1")
        for _ in range(40):
            deadline = line.feed.next_deadline(line.now)
            assert deadline is not None
            assert deadline > line.now or line.feed.take_ping(line.now)
            line.now = max(line.now, deadline)
            line.feed.tick(line.now)
            if line.feed.reconnect_reason:
                assert line.now == 1_011 * SECOND
                return
        pytest.fail("the silence never ended the connection")


class TestPrivate:
    """Private channels have no numbers: a REST sweep completes them."""

    def test_TC18_a_sweep_is_wanted_once_all_private_channels_are_granted(self) -> None:
        line = Line("AAA-1", private=True)
        line.connect()
        for sid, channel in enumerate(CHANNELS, 1):
            assert not line.feed.take_sweep_wanted()
            line.granted(channel, sid)
        assert line.feed.take_sweep_wanted()
        assert not line.feed.take_sweep_wanted()

    def test_TC18_every_new_connection_wants_its_own_sweep(self) -> None:
        line = Line(private=True)
        for _ in range(2):
            line.connect()
            for sid, channel in enumerate(CHANNELS[2:], 1):
                line.granted(channel, sid)
            assert line.feed.take_sweep_wanted()

    def test_a_refused_private_channel_does_not_hold_the_sweep_back(self) -> None:
        line = Line(private=True)
        line.connect()
        line.error(8, id=line.subscribe_id("market_positions"))
        line.granted("fill", 1)
        line.granted("user_orders", 2)
        assert line.feed.take_sweep_wanted()
        assert list(line.feed.refusals()) == ["market_positions"]

    def test_private_frames_become_facts(self) -> None:
        line = Line(private=True)
        line.connect()
        for sid, channel in enumerate(CHANNELS[2:], 1):
            line.granted(channel, sid)
        (fill,) = line.give({"type": "fill", "sid": 2, "msg": FILL})
        (order,) = line.give({"type": "user_order", "sid": 3, "msg": ORDER})
        (position,) = line.give({"type": "market_position", "sid": 4, "msg": POSITION})
        assert isinstance(fill, Filled)
        assert (fill.side, fill.price, fill.count, fill.fee) == (BookSide.BID, 5_600, 150, 17_500)
        assert fill.position_after == 350
        assert isinstance(order, OrderReported)
        assert (order.side, order.remaining, order.fees) == (BookSide.ASK, 700, 30_000)
        assert isinstance(position, PositionReported)
        assert (position.position, position.cost) == (-350, 1_234_500)

    @pytest.mark.parametrize("spoiled", [{"count_fp": "1e3"}, {"count_fp": None}])
    def test_a_private_frame_that_cannot_be_read_wants_a_sweep(
        self, spoiled: dict[str, object]
    ) -> None:
        line = Line(private=True)
        line.connect()
        for sid, channel in enumerate(CHANNELS[2:], 1):
            line.granted(channel, sid)
        line.feed.take_sweep_wanted()
        assert line.give({"type": "fill", "sid": 2, "msg": FILL | spoiled}) == []
        assert line.feed.take_sweep_wanted()
        assert line.feed.counters.malformed


FILL = {
    "trade_id": "t-1",
    "order_id": "o-1",
    "client_order_id": "c-1",
    "market_ticker": "AAA-1",
    "is_taker": True,
    "yes_price_dollars": "0.5600",
    "count_fp": "1.50",
    "fee_cost": "0.017500",
    "book_side": "bid",
    "post_position_fp": "3.50",
    "ts_ms": 9,
}
ORDER = {
    "order_id": "o-1",
    "client_order_id": "c-1",
    "ticker": "AAA-1",
    "status": "resting",
    "book_side": "ask",
    "yes_price_dollars": "0.5600",
    "fill_count_fp": "3.00",
    "remaining_count_fp": "7.00",
    "initial_count_fp": "10.00",
    "taker_fees_dollars": "0.010000",
    "maker_fees_dollars": "0.020000",
    "created_ts_ms": 1,
}
POSITION = {
    "market_ticker": "AAA-1",
    "position_fp": "-3.50",
    "position_cost_dollars": "1.234500",
    "realized_pnl_dollars": "-0.100000",
    "fees_paid_dollars": "0.010000",
}
TRADE = {
    "trade_id": "t-9",
    "market_ticker": "AAA-1",
    "yes_price_dollars": "0.5600",
    "count_fp": "2.00",
    "taker_book_side": "ask",
    "ts_ms": 3,
}


def test_trades_of_wanted_markets_and_quotes_of_all_come_through() -> None:
    line = live_line("AAA-1")
    (trade,) = line.give({"type": "trade", "sid": 2, "seq": 1, "msg": TRADE})
    assert trade == Traded("AAA-1", 5_600, 200, BookSide.ASK, "t-9", 3)  # type: ignore[arg-type]
    assert line.give({"type": "trade", "sid": 2, "msg": TRADE | {"market_ticker": "ZZZ-9"}}) == []
    body = {"market_ticker": "ZZZ-9", "yes_bid_dollars": "0.1000", "yes_bid_size_fp": "3.00"}
    (quote,) = line.give({"type": "ticker", "sid": 3, "msg": body})
    assert isinstance(quote, Quoted)
    assert (quote.bid, quote.ask) == (1_000, None)


def test_a_gap_in_the_trades_leaves_the_books_alone() -> None:
    line = live_line("AAA-1")
    line.give({"type": "trade", "sid": 2, "seq": 1, "msg": TRADE})
    line.give({"type": "trade", "sid": 2, "seq": 9, "msg": TRADE})
    assert line.feed.counters.gaps == 1
    assert line.status("AAA-1") is LIVE


class TestRepairAsked:
    """The engine found a book wrong."""

    def test_the_book_is_stale_at_once_and_only_that_one(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        line.feed.repair("AAA-1", "a level went below zero", line.now)
        assert line.take() == [BookStatusChanged("AAA-1", STALE, "a level went below zero")]
        assert line.status("BBB-2") is LIVE
        line.delta("AAA-1")
        line.snapshot("AAA-1", line.last_request(), clock=11)
        assert line.status("AAA-1") is LIVE

    def test_asking_again_while_it_is_repaired_changes_nothing(self) -> None:
        line = live_line("AAA-1")
        for _ in range(5):
            line.feed.repair("AAA-1", "wrong", line.now)
        line.take()
        assert len(line.sent("update_subscription", "get_snapshot")) == 1

    def test_a_market_that_nobody_wants_is_left_alone(self) -> None:
        line = live_line("AAA-1")
        line.feed.repair("ZZZ-9", "wrong", line.now)
        assert line.take() == []

    def test_a_book_that_stays_wrong_climbs_the_ladder_and_ends_degraded(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        line.feed.repair("AAA-1", "wrong", line.now)
        line.take()
        line.snapshot("AAA-1", line.last_request())
        line.feed.repair("AAA-1", "wrong again", line.now)
        line.wait(200)
        (delete,) = line.sent("update_subscription", "delete_markets")
        line.ok(delete["id"], ["BBB-2"])
        line.wait(200)
        (add,) = line.sent("update_subscription", "add_markets")
        line.ok(add["id"], ["BBB-2", "AAA-1"])
        line.snapshot("AAA-1")
        assert line.status("AAA-1") is LIVE
        line.feed.repair("AAA-1", "wrong for ever", line.now)
        line.take()
        assert line.status("AAA-1") is BookStatus.DEGRADED
        assert line.status("BBB-2") is LIVE
        assert line.feed.reconnect_reason == ""


def test_wanting_another_market_adds_then_deletes() -> None:
    line = live_line("AAA-1")
    line.wait(1_000)
    line.feed.want(["BBB-2"], line.now)
    line.take()
    (add, add_trades) = line.sent("update_subscription", "add_markets")
    assert add["params"] == {
        "sids": [1],
        "action": "add_markets",
        "market_tickers": ["BBB-2"],
    }
    assert add_trades["params"]["sids"] == [2]
    line.ok(add["id"], ["AAA-1", "BBB-2"])
    assert snapshots(line.snapshot("BBB-2")) == ["BBB-2"]
    line.wait(200)
    assert line.sent("update_subscription", "delete_markets")[0]["params"]["market_tickers"] == [
        "AAA-1"
    ]


def test_TS17_FD36_flipping_fast_sends_few_commands_and_ends_at_the_last_wish() -> None:
    line = live_line("AAA-1")
    line.wait(1_000)
    line.commands.clear()
    for number in range(50):
        line.feed.want([f"M-{number}"], line.now)
        line.wait(10)
    books = [c for c in line.commands if c["params"]["sids"] == [1]]
    assert len(books) == 1, "one command at a time, and its answer has not come"
    line.ok(books[0]["id"], ["AAA-1", "M-0"])
    line.wait(200)
    assert line.commands[-1]["params"]["market_tickers"] in (["M-49"], ["AAA-1", "M-0"])


def test_no_wish_means_no_book_subscription() -> None:
    line = Line()
    line.connect()
    assert [command["params"]["channels"] for command in line.sent("subscribe")] == [["ticker"]]


def test_a_feed_without_a_key_asks_for_no_private_channel() -> None:
    feed = Feed(jitter=lambda: 0.0, private=False, lifecycle=True)
    feed.connecting(SECOND)
    feed.connected(SECOND)
    channels = [json.loads(text)["params"]["channels"] for text in feed.outgoing()]
    assert channels == [["ticker"], ["market_lifecycle_v2"]]


def test_FL09_400_watched_markets_take_a_small_part_of_a_second_for_5000_messages() -> None:
    tickers = [f"KX-{number:03d}" for number in range(400)]
    line = live_line(*tickers)
    frames = [
        json.dumps(line.delta_frame(tickers[at % 400], clock=11 + at // 400)).encode()
        for at in range(5_000)
    ]
    begun = process_time()
    for at in range(0, len(frames), 20):
        line.feed.receive_all(frames[at : at + 20], line.now)
        line.feed.facts()
    spent = process_time() - begun
    # G-7 is 5,000 a second with the painting beside it; this is the part of the feed.
    assert spent < 0.5
    assert line.feed.counters.gaps == 0
    assert all(line.status(ticker) is LIVE for ticker in tickers)
