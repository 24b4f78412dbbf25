"""What a frame may change, by its number, its clock and its content (TS, TB and FD rows)."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.api import frames
from kalshi_tui.api.books import RING
from kalshi_tui.api.stash import LIMIT as STASH_LIMIT
from kalshi_tui.core.events import (
    BookChanges,
    BookCounted,
    BookDelta,
    BookSnapshot,
    BookStatus,
    BookStatusChanged,
    WireDrifted,
)
from kalshi_tui.core.sides import BookSide
from tests.support.feed_line import Line, changes, live_line, singly, snapshots, statuses

LIVE, STALE, SYNCING = BookStatus.LIVE, BookStatus.STALE, BookStatus.SYNCING

CHANGES = st.fixed_dictionaries(
    {
        "ticker": st.sampled_from(["AAA-1", "AAA-1", "BBB-2", "ZZZ-9"]),
        "delta_fp": st.sampled_from([*["1.00", "-2.50", "3"] * 4, "1e3"]),
        "price_dollars": st.sampled_from([*["0.4000", "0.55", "0.5500"] * 4, "1.0001"]),
        "side": st.sampled_from(["yes", "no"]),
        "clock": st.sampled_from([*range(11, 21), -1]),
        "client_order_id": st.sampled_from(["", "", "", "c-1"]),
        "lost": st.sampled_from([*[0] * 16, 1, -1]),
    }
)
"""Changes of which some are impossible, unwanted, ours, or follow a loss or a repeated number."""


def requests(line: Line) -> int:
    return len(line.sent("update_subscription", "get_snapshot"))


class TestNumbers:
    def test_TB04_a_change_in_sequence_comes_out(self) -> None:
        line = live_line("AAA-1")
        (fact,) = line.delta("AAA-1", "-2.50", side="no", price_dollars="0.6100")
        assert fact == BookDelta("AAA-1", BookSide.ASK, 6_100, -250, 11, 5, "")  # type: ignore[arg-type]

    def test_TB05_FD02_an_exact_repeat_is_dropped(self) -> None:
        line = live_line("AAA-1")
        frame = line.delta_frame("AAA-1")
        assert len(line.give(frame)) == 1
        assert line.give(frame) == []
        assert line.feed.counters.repeats == 1
        assert line.status("AAA-1") is LIVE

    def test_TB06_FD01_one_missing_frame_makes_every_book_of_the_sid_stale_in_the_same_call(
        self,
    ) -> None:
        line = live_line("AAA-1", "BBB-2")
        line.lose_one()
        facts = line.delta("AAA-1")
        assert statuses(facts) == [("AAA-1", STALE), ("BBB-2", STALE)]
        assert changes(facts) == [], "nothing of the frame that shows the gap is applied"
        (request,) = line.sent("update_subscription", "get_snapshot")
        assert request["params"]["market_tickers"] == ["AAA-1", "BBB-2"]

    def test_the_number_counts_on_from_the_gap(self) -> None:
        line = live_line("AAA-1")
        line.lose_one()
        line.delta("AAA-1")
        line.snapshot("AAA-1", line.last_request(), clock=20)
        assert changes(line.delta("AAA-1", clock=21)) == [100]
        assert line.feed.counters.gaps == 1

    def test_FD08_a_lost_later_snapshot_is_a_gap(self) -> None:
        line = Line("AAA-1", "BBB-2")
        line.connect()
        line.granted()
        line.snapshot("AAA-1")
        line.lose_one()
        line.delta("AAA-1")
        assert line.status("AAA-1") is STALE
        line.snapshot("AAA-1", line.last_request(), clock=20)
        line.snapshot("BBB-2", line.last_request(), clock=20)
        assert line.status("BBB-2") is LIVE

    def test_TB07_FD03_a_late_frame_is_dropped_and_the_subscription_opened_anew(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        late = line.delta_frame("AAA-1")
        line.delta("AAA-1")
        assert line.status("AAA-1") is STALE
        assert line.give(late) == []
        (ending,) = line.sent("unsubscribe")
        assert ending["params"] == {"sids": [1]}
        line.give({"type": "unsubscribed", "id": ending["id"], "sid": 1, "seq": line.next()})
        line.granted(sid=7)
        line.snapshot("AAA-1")
        line.snapshot("BBB-2")
        assert line.status("AAA-1") is LIVE
        assert line.status("BBB-2") is LIVE

    def test_TB07_FD04_a_silent_renumbering_is_never_mistaken_for_a_repeat(self) -> None:
        line = live_line("AAA-1")
        line.delta("AAA-1")
        line.seq -= 1
        assert statuses(line.delta("AAA-1", "7.00")) == [("AAA-1", STALE)]
        assert line.feed.counters.backwards == 1
        assert line.sent("unsubscribe")

    def test_FD05_a_sid_that_does_not_begin_at_1_is_taken_and_doubted(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.granted()
        line.seq = 41
        line.snapshot("AAA-1")
        assert line.status("AAA-1") is STALE
        line.snapshot("AAA-1", line.last_request())
        assert line.status("AAA-1") is LIVE
        assert changes(line.delta("AAA-1")) == [100]

    def test_TS02_TS04_FD06_every_numbered_frame_counts(self) -> None:
        line = live_line("AAA-1")
        line.ok(99, ["AAA-1"])
        line.error(11, sid=1, seq=line.next())
        line.give({"type": "market_lifecycle_v3", "sid": 1, "seq": line.next(), "msg": {}})
        line.delta("ZZZ-9")
        assert changes(line.delta("AAA-1")) == [100]
        assert line.feed.counters.gaps == 0

    def test_an_unnumbered_acknowledgement_is_accepted_as_well(self) -> None:
        line = live_line("AAA-1")
        line.ok(99, ["AAA-1"], numbered=False)
        assert changes(line.delta("AAA-1")) == [100]

    def test_an_acknowledgement_that_shows_a_gap_still_acknowledges(self) -> None:
        line = live_line("AAA-1")
        line.wait(1_000)
        line.feed.want(["AAA-1", "BBB-2"], line.now)
        line.take()
        add = line.sent("update_subscription", "add_markets")[0]
        line.lose_one()
        line.ok(add["id"], ["AAA-1", "BBB-2"])
        assert line.status("AAA-1") is STALE
        assert line.sent("update_subscription", "get_snapshot")[0]["params"]["market_tickers"] == [
            "AAA-1",
            "BBB-2",
        ]


class TestPlaces:
    def test_TS01_FD11_frames_before_their_sid_is_announced_wait_for_it(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.sid = 1
        assert line.snapshot("AAA-1") == []
        assert line.delta("AAA-1") == []
        line.sid, kept = 0, line.seq
        facts = line.granted()
        line.seq = kept
        assert snapshots(facts) == ["AAA-1"]
        assert changes(facts) == [100]
        assert changes(line.delta("AAA-1")) == [100]

    def test_TS01_TS05_an_overflow_before_the_announcement_is_not_forgotten(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.sid = 1
        line.snapshot("AAA-1")
        line.error(25, sid=1, seq=line.next())
        line.granted()
        assert line.status("AAA-1") is STALE
        opened = len(line.sent("subscribe"))
        line.wait(700)
        assert len(line.sent("subscribe")) == opened + 1

    def test_frames_that_are_never_announced_are_given_up(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.sid = 9
        for _ in range(STASH_LIMIT + 5):
            line.delta("AAA-1")
        assert line.feed.counters.unplaced == 5
        line.wait(2_000)
        assert line.feed.counters.unplaced == STASH_LIMIT + 5

    def test_TS03_frames_of_an_ended_sid_are_dropped(self) -> None:
        line = live_line("AAA-1")
        line.feed.want([], line.now)
        line.take()
        ending = line.sent("unsubscribe")[0]
        line.give({"type": "unsubscribed", "id": ending["id"], "sid": 1, "seq": line.next()})
        assert line.delta("AAA-1") == []
        assert line.feed.counters.unplaced == 1

    def test_TB19_a_market_never_asked_for_changes_nothing(self) -> None:
        line = live_line("AAA-1")
        assert line.delta("ZZZ-9") == []
        assert line.snapshot("ZZZ-9") == []
        assert line.status("AAA-1") is LIVE


class TestContent:
    def test_TB02_FD09_changes_before_the_snapshot_follow_it_by_clock(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.granted()
        for clock in (9, 10, 11, 12):
            assert line.delta("AAA-1", f"{clock}.00", clock=clock) == []
        facts = line.snapshot("AAA-1", clock=10)
        assert [type(fact) for fact in facts[:2]] == [BookSnapshot, BookStatusChanged]
        assert changes(facts) == [1_100, 1_200]

    def test_without_clocks_the_snapshot_supersedes_what_came_before(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.granted()
        frame = line.delta_frame("AAA-1")
        del frame["msg"]["clock"]
        line.give(frame)
        snapshot = line.snapshot_frame("AAA-1", yes_dollars_fp=[["0.4000", "1.00"]])
        facts = line.give(snapshot)
        assert changes(facts) == []
        assert line.status("AAA-1") is LIVE

    def test_TB14_FD10_a_reply_older_than_changes_that_overtook_it_is_completed(self) -> None:
        line = live_line("AAA-1")
        line.lose_one()
        line.delta("AAA-1", clock=12)
        line.delta("AAA-1", "3.00", clock=14)
        line.delta("AAA-1", "4.00", clock=15)
        facts = line.snapshot("AAA-1", line.last_request(), clock=14)
        assert changes(facts) == [400]
        assert line.status("AAA-1") is LIVE

    def test_TB14_a_reply_that_the_kept_changes_do_not_reach_is_not_believed(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        line.lose_one()
        line.delta("AAA-1", clock=12)
        for clock in range(13, 14 + RING):
            line.delta("AAA-1", clock=clock)
        line.snapshot("AAA-1", line.last_request(), clock=12)
        assert line.status("AAA-1") is STALE

    def test_a_reply_to_a_question_from_before_a_loss_is_not_believed(self) -> None:
        line = live_line("AAA-1")
        line.lose_one()
        line.delta("AAA-1", clock=12)
        before = line.last_request()
        line.lose_one()
        line.delta("AAA-1", clock=14)
        line.snapshot("AAA-1", before, clock=12)
        assert line.status("AAA-1") is STALE
        assert line.feed.counters.disbelieved == 1
        line.snapshot("AAA-1", line.last_request(), clock=15)
        assert line.status("AAA-1") is LIVE

    def test_a_stray_snapshot_after_a_loss_is_not_believed(self) -> None:
        line = live_line("AAA-1")
        line.lose_one()
        line.delta("AAA-1")
        line.snapshot("AAA-1")
        assert line.status("AAA-1") is STALE

    def test_the_empty_snapshot_of_the_close_replaces_a_live_book(self) -> None:
        line = live_line("AAA-1")
        facts = line.give(line.snapshot_frame("AAA-1", clock=20))
        assert facts == [BookSnapshot("AAA-1", (), (), 20, 0)]
        assert line.status("AAA-1") is LIVE

    @pytest.mark.parametrize("sides", [{}, {"yes_dollars_fp": [["0.4000", "1.00"]]}])
    def test_TB03_FD25_an_absent_side_is_empty_and_live(self, sides: dict[str, Any]) -> None:
        line = Line("AAA-1")
        line.connect()
        line.granted()
        (snapshot, _) = line.give(line.snapshot_frame("AAA-1", clock=0, **sides))
        assert isinstance(snapshot, BookSnapshot)
        assert snapshot.asks == ()
        assert len(snapshot.bids) == len(sides)
        assert line.status("AAA-1") is LIVE

    @pytest.mark.parametrize(
        "spoiled",
        [
            {"price_dollars": "1.2000"},
            {"price_dollars": "0.56001"},
            {"price_dollars": "5e-1"},
            {"price_dollars": "NaN"},
            {"price_dollars": 0.56},
            {"delta_fp": "1.001"},
            {"delta_fp": "1" * 20},
            {"side": "maybe"},
            {"price_dollars": None},
        ],
    )
    def test_TB08_a_change_that_cannot_be_true_makes_that_book_stale(
        self, spoiled: dict[str, object]
    ) -> None:
        line = live_line("AAA-1", "BBB-2")
        facts = line.delta("AAA-1", **spoiled)  # type: ignore[arg-type]
        assert statuses(facts) == [("AAA-1", STALE)]
        assert line.status("BBB-2") is LIVE
        assert len(line.feed.counters.malformed) == 1
        assert changes(line.delta("BBB-2")) == [100], "its number counted"

    def test_a_missing_field_is_named(self) -> None:
        line = live_line("AAA-1")
        frame = line.delta_frame("AAA-1")
        del frame["msg"]["price_dollars"]
        drift, fact = line.give(frame)
        assert drift == WireDrifted(
            "AAA-1", "orderbook_delta frames no longer carry `price_dollars`."
        )
        assert isinstance(fact, BookStatusChanged)
        assert "`price_dollars`" in fact.reason

    def test_a_book_frame_without_a_market_makes_the_whole_sid_stale(self) -> None:
        line = live_line("AAA-1", "BBB-2")
        frame = line.delta_frame("AAA-1")
        del frame["msg"]["market_ticker"]
        assert len(statuses(line.give(frame))) == 2

    def test_TB10_FD28_a_clock_that_falls_makes_the_book_stale_and_is_then_forgotten(self) -> None:
        line = live_line("AAA-1")
        assert changes(line.delta("AAA-1", clock=11)) == [100]
        assert changes(line.delta("AAA-1", clock=11)) == [100], "equal clocks are one action"
        assert changes(line.delta("AAA-1", clock=40)) == [100], "skipping is normal"
        assert statuses(line.delta("AAA-1", clock=39)) == [("AAA-1", STALE)]
        line.snapshot("AAA-1", line.last_request(), clock=2)
        assert line.status("AAA-1") is LIVE
        assert changes(line.delta("AAA-1", clock=3)) == [100]

    def test_changes_kept_before_a_doubt_are_not_applied_after_it(self) -> None:
        line = Line("AAA-1")
        line.connect()
        line.granted()
        line.delta("AAA-1", clock=40)
        line.feed.disconnected(line.now, "maintenance")
        line.connect()
        line.granted()
        facts = line.snapshot("AAA-1", clock=2)
        assert changes(facts) == [], "clocks may begin anew after maintenance"
        assert line.status("AAA-1") is LIVE

    def test_FD37_the_same_price_written_shorter_is_the_same_level(self) -> None:
        line = live_line("AAA-1")
        prices = [
            fact.price
            for text in ("0.5", "0.50", "0.5000")
            for fact in line.delta("AAA-1", price_dollars=text)
            if isinstance(fact, BookDelta)
        ]
        assert prices == [5_000] * 3

    def test_our_own_order_is_told_by_its_id(self) -> None:
        line = live_line("AAA-1")
        (fact,) = line.delta("AAA-1", client_order_id="c-1", subaccount=0)
        assert isinstance(fact, BookDelta)
        assert fact.client_order_id == "c-1"

    def test_both_scales_of_the_no_side_come_out_on_the_yes_leg(self) -> None:
        prices = []
        for yes_scale, text in ((True, "0.6000"), (False, "0.4000")):
            line = Line("AAA-1", yes_scale=yes_scale)
            line.connect()
            line.granted()
            (snapshot, _) = line.give(line.snapshot_frame("AAA-1", no_dollars_fp=[[text, "1.00"]]))
            (delta,) = line.delta("AAA-1", side="no", price_dollars=text)
            assert isinstance(snapshot, BookSnapshot)
            assert isinstance(delta, BookDelta)
            prices += [snapshot.asks[0][0], delta.price]
        assert prices == [6_000] * 4


class TestShortWay:
    """Plain changes are taken in one piece; whatever that does, the long way does as well."""

    @settings(max_examples=150, deadline=None)
    @given(st.lists(CHANGES, min_size=2, max_size=24), st.booleans())
    def test_the_short_way_and_the_long_way_come_to_the_same(
        self, drawn: list[dict[str, Any]], audited: bool
    ) -> None:
        short, long = (live_line("AAA-1", "BBB-2", count_every=3) for _ in range(2))
        drawn.sort(key=lambda body: body["clock"] + 3 * body["lost"])
        batch = []
        for body in drawn:
            change = {name: value for name, value in body.items() if name not in ("ticker", "lost")}
            frame = short.delta_frame(body["ticker"], **change)
            short.seq += body["lost"]
            batch.append(json.dumps(frame).encode())
        for line in (short, long):
            line.wait(60_100 if audited else 100)
        short.feed.receive_all(batch, short.now)
        long.feed.counters.frames += len(batch)
        for data in batch:
            long.feed._intake._long(frames.decode(data), data, long.now)
        long.feed.receive_all((), long.now)
        copy = short.snapshot_frame("AAA-1", short.last_request() if audited else 0, clock=12)
        for line in (short, long):
            line.feed.receive(json.dumps(copy).encode(), line.now)
        assert singly(short.feed.facts()) == singly(long.feed.facts())
        assert short.feed.outgoing() == long.feed.outgoing()
        assert short.feed.report(short.now) == long.feed.report(long.now)

    def test_plain_changes_come_out_together_and_others_between_them(self) -> None:
        line = live_line("AAA-1")
        named = {"client_order_id": "c-1"}
        batch = [line.delta_frame("AAA-1", **body) for body in ({}, {}, named, {})]
        line.feed.receive_all([json.dumps(frame).encode() for frame in batch], line.now)
        first, ours, last = line.feed.facts()
        assert isinstance(first, BookChanges)
        assert isinstance(last, BookChanges)
        assert (len(first.rows), type(ours), len(last.rows)) == (2, BookDelta, 1)


class TestOddFrames:
    def test_TB20_FD30_an_unknown_type_counts_and_is_named(self) -> None:
        line = live_line("AAA-1")
        line.give({"type": "novelty", "sid": 1, "seq": line.next(), "msg": {"a": 1}})
        line.give({"type": "novelty", "sid": 1, "seq": line.next()})
        assert line.feed.counters.unknown == {"novelty": 2}
        assert line.status("AAA-1") is LIVE
        assert changes(line.delta("AAA-1")) == [100]

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"{",
            b'{"type":"orderbook_delta","sid":1,"seq":2,"msg":{"market_ti',
            b"\xff\xfe\x00",
            b"[]",
            b"null",
            b"[" * 100_000,
            b'{"type":7}',
            b"x" * 2_000_000,
        ],
    )
    def test_TB21_FD31_a_frame_that_is_none_ends_the_trust_and_the_connection(
        self, data: bytes
    ) -> None:
        line = live_line("AAA-1")
        assert statuses(line.give(data)) == [("AAA-1", STALE)]
        assert line.feed.reconnect_reason.startswith("The frame cannot be read")
        assert line.feed.counters.garbled == 1

    def test_frames_of_spring_summer_and_autumn_are_all_read(self) -> None:
        line = live_line("AAA-1")
        spring = line.delta_frame("AAA-1", ts="2026-04-20T01:02:03Z")
        del spring["msg"]["clock"], spring["msg"]["ts_ms"]
        summer = line.delta_frame("AAA-1")
        del summer["msg"]["clock"]
        autumn = line.delta_frame("AAA-1") | {"sending_ts_ms": 6}
        stamps = [
            fact.ts_ms
            for frame in (spring, summer, autumn)
            for fact in line.give(frame)
            if isinstance(fact, BookDelta)
        ]
        assert stamps == [0, 5, 5]

    def test_text_and_bytes_are_the_same(self) -> None:
        line = live_line("AAA-1")
        line.feed.receive(json.dumps(line.delta_frame("AAA-1")) + "\n", line.now)
        assert changes(line.take()) == [100]


def test_TB17_a_settled_market_is_closed_and_no_longer_asked_for() -> None:
    line = live_line("AAA-1", "BBB-2")
    body = {"market_ticker": "AAA-1", "event_type": "settled", "settled_ts": 1}
    line.give({"type": "market_lifecycle_v2", "sid": 3, "seq": 1, "msg": body})
    assert line.status("AAA-1") is BookStatus.CLOSED
    assert line.delta("AAA-1") == []
    line.wait(200)
    deletes = line.sent("update_subscription", "delete_markets")
    assert deletes[0]["params"]["market_tickers"] == ["AAA-1"]
    line.feed.disconnected(line.now, "gone")
    assert line.status("AAA-1") is BookStatus.CLOSED


def test_FD38_ten_thousand_changes_at_once_lose_nothing() -> None:
    line = live_line("AAA-1")
    frames = [json.dumps(line.delta_frame("AAA-1")).encode() for _ in range(10_000)]
    line.feed.receive_all(frames, line.now)
    facts = line.take()
    assert len(changes(facts)) == 10_000
    assert [fact.changes for fact in facts if isinstance(fact, BookCounted)] == list(
        range(1_000, 10_001, 1_000)
    )
