"""Commands on the WebSocket and what they are answered with, frame by frame."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.practice.dialogue import Dialogue
from kalshi_tui.practice.faults import Registry
from kalshi_tui.practice.hub import Hub
from kalshi_tui.practice.subscriptions import Client
from tests.support.practice_bench import FED, START, Bench, bench, told

CUT = "KXFEDDECISION-27JAN-C25"
BOOK = "orderbook_delta"


class Talk:
    """One client and its commands."""

    def __init__(self, table: Bench) -> None:
        self.table = table
        self.client = table.join()
        self._dialogue = Dialogue(table.venue.hub, self.client)

    def raw(self, data: str | bytes) -> list[dict[str, Any]]:
        self._dialogue.receive(data, START)
        return told(self.client)

    def say(self, cmd: str, id: int = 1, **params: Any) -> list[dict[str, Any]]:
        return self.raw(msgspec.json.encode({"id": id, "cmd": cmd, "params": params}))


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(bench(tmp_path))


def outline(frames: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(each["type"], each.get("id"), each.get("sid"), each.get("seq")) for each in frames]


def test_one_subscribed_for_each_channel_then_the_snapshots(talk: Talk) -> None:
    frames = talk.say("subscribe", channels=[BOOK, "trade"], market_tickers=[FED, CUT])
    assert frames[0] == {
        "type": "subscribed",
        "id": 1,
        "msg": {"channel": BOOK, "sid": 1},
        "sending_ts_ms": START // 1_000_000,
    }
    assert frames[1]["msg"] == {"channel": "trade", "sid": 2}
    assert outline(frames[2:]) == [
        ("orderbook_snapshot", None, 1, 1),
        ("orderbook_snapshot", None, 1, 2),
    ]
    assert [each["msg"]["market_ticker"] for each in frames[2:]] == [FED, CUT]


def test_a_second_subscribe_merges_into_the_sid_and_its_ok_is_numbered(talk: Talk) -> None:
    talk.say("subscribe", channels=[BOOK], market_ticker=FED)
    frames = talk.say("subscribe", id=2, channels=[BOOK], market_tickers=[FED, CUT])
    assert outline(frames) == [("ok", 2, 1, 2), ("orderbook_snapshot", None, 1, 3)]
    assert frames[0]["msg"] == {"market_tickers": [FED, CUT]}
    assert frames[1]["msg"]["market_ticker"] == CUT
    again = talk.say("subscribe", id=3, channels=[BOOK], market_ticker=FED)
    assert outline(again) == [("ok", 3, 1, 4)]


def test_an_empty_book_has_neither_side_in_its_snapshot(talk: Talk) -> None:
    frames = talk.say("subscribe", channels=[BOOK], market_ticker=FED)
    assert set(frames[1]["msg"]) == {"market_ticker", "market_id", "clock"}
    assert frames[1]["msg"]["clock"] == 0


def test_markets_are_added_deleted_and_shown_again(talk: Talk) -> None:
    talk.say("subscribe", channels=[BOOK], market_ticker=FED)
    added = talk.say("update_subscription", sid=1, action="add_markets", market_tickers=[CUT])
    assert outline(added) == [("ok", 1, 1, 2), ("orderbook_snapshot", None, 1, 3)]
    gone = talk.say("update_subscription", sids=[1], action="delete_markets", market_ticker=FED)
    assert outline(gone) == [("ok", 1, 1, 4)]
    assert gone[0]["msg"] == {"market_tickers": [CUT]}
    back = talk.say("update_subscription", sid=1, action="add_markets", market_ticker=FED)
    assert outline(back) == [("ok", 1, 1, 5), ("orderbook_snapshot", None, 1, 6)]


def test_get_snapshot_carries_the_id_and_consumes_a_seq(talk: Talk) -> None:
    talk.say("subscribe", channels=[BOOK], market_ticker=FED)
    frames = talk.say(
        "update_subscription", id=9, sid=1, action="get_snapshot", market_tickers=[FED, CUT]
    )
    assert outline(frames) == [
        ("orderbook_snapshot", 9, 1, 2),
        ("orderbook_snapshot", 9, 1, 3),
    ]
    listed = talk.say("update_subscription", sid=1, action="delete_markets", market_ticker="X")
    assert listed[0]["msg"] == {"market_tickers": [FED]}


def test_unsubscribe_is_numbered_and_the_next_sid_is_new(talk: Talk) -> None:
    talk.say("subscribe", channels=[BOOK, "ticker"], market_ticker=FED)
    frames = talk.say("unsubscribe", id=4, sids=[1, 2])
    assert outline(frames) == [("unsubscribed", 4, 1, 2), ("unsubscribed", 4, 2, 1)]
    assert "msg" not in frames[0]
    again = talk.say("subscribe", id=5, channels=[BOOK], market_ticker=FED)
    assert again[0]["msg"] == {"channel": BOOK, "sid": 3}
    assert outline(again[1:]) == [("orderbook_snapshot", None, 3, 1)]


def test_list_subscriptions_answers_with_an_array(talk: Talk) -> None:
    talk.say("subscribe", channels=[BOOK, "fill"], market_ticker=FED)
    frames = talk.raw('{"id":3,"cmd":"list_subscriptions"}')
    assert outline(frames) == [("ok", 3, None, None)]
    assert frames[0]["msg"] == [{"channel": BOOK, "sid": 1}, {"channel": "fill", "sid": 2}]


def test_ticker_without_a_market_is_every_market(talk: Talk) -> None:
    assert len(talk.say("subscribe", channels=["ticker"])) == 1
    assert talk.client.by_channel["ticker"].markets is None


def test_ticker_sends_its_first_frames_when_asked(talk: Talk) -> None:
    frames = talk.say(
        "subscribe", channels=["ticker"], market_tickers=[FED], send_initial_snapshot=True
    )
    assert outline(frames[1:]) == [("ticker", None, 1, None)]
    market_id = frames[1]["msg"]["market_id"]
    other = Talk(talk.table)
    by_id = other.say(
        "subscribe", channels=["ticker"], market_ids=[market_id], send_initial_snapshot=True
    )
    assert by_id[1]["msg"]["market_ticker"] == FED


def test_skip_ticker_ack_leaves_the_list_out(talk: Talk) -> None:
    talk.say("subscribe", channels=["trade"], market_ticker=FED, skip_ticker_ack=True)
    frames = talk.say("update_subscription", sid=1, action="add_markets", market_ticker=CUT)
    assert outline(frames) == [("ok", 1, 1, 1)]
    assert "msg" not in frames[0]


def test_an_unknown_market_subscribes_cleanly_and_stays_silent(talk: Talk) -> None:
    frames = talk.say("subscribe", channels=[BOOK], market_ticker="KXGONE")
    assert outline(frames) == [("subscribed", 1, None, None)]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"cmd": "subscribe"}, 2),
        ({"cmd": "subscribe", "params": None}, 2),
        ({"cmd": "subscribe", "params": {}}, 3),
        ({"cmd": "subscribe", "params": {"channels": []}}, 3),
        ({"cmd": "unsubscribe", "params": {}}, 4),
        ({"cmd": "dance", "params": {}}, 5),
        ({"params": {}}, 5),
        ({"cmd": "unsubscribe", "params": {"sids": [7]}}, 7),
        ({"cmd": "subscribe", "params": {"channels": ["ticker_v2"]}}, 8),
        ({"cmd": "subscribe", "params": {"channels": "trade"}}, 11),
        ({"cmd": "subscribe", "params": []}, 11),
        (
            {
                "cmd": "subscribe",
                "params": {"channels": [BOOK], "market_ticker": "A", "market_tickers": ["A"]},
            },
            11,
        ),
        ({"cmd": "subscribe", "params": {"channels": [BOOK], "market_ids": ["x"]}}, 11),
        ({"cmd": "update_subscription", "params": {"action": "add_markets"}}, 12),
        ({"cmd": "update_subscription", "params": {"sids": [1, 2]}}, 12),
        ({"cmd": "update_subscription", "params": {"sid": 5, "action": "add_markets"}}, 7),
        ({"cmd": "update_subscription", "params": {"sid": 1, "action": "explode"}}, 13),
        ({"cmd": "update_subscription", "params": {"sid": 1}}, 15),
        ({"cmd": "update_subscription", "params": {"sid": 1, "action": "add_markets"}}, 14),
        ({"cmd": "subscribe", "params": {"channels": [BOOK]}}, 14),
        ({"cmd": "subscribe", "params": {"channels": ["communications"], "shard_factor": 0}}, 19),
        ({"cmd": "subscribe", "params": {"channels": ["communications"], "shard_key": 1}}, 20),
        (
            {
                "cmd": "subscribe",
                "params": {"channels": ["communications"], "shard_factor": 3, "shard_key": 3},
            },
            21,
        ),
        ({"cmd": "subscribe", "params": {"channels": ["communications"], "shard_factor": 101}}, 22),
        ({"cmd": "subscribe", "params": {"channels": ["multivariate"]}}, 8),
        (
            {
                "cmd": "update_subscription",
                "params": {"sid": 1, "action": "get_snapshot", "market_ticker": FED},
            },
            13,
        ),
    ],
)
def test_a_bad_command_gets_the_published_code(
    talk: Talk, command: dict[str, object], code: int
) -> None:
    talk.say("subscribe", channels=["trade"], market_ticker=FED)
    frames = talk.raw(msgspec.json.encode({"id": 8, **command}))
    assert [(each["type"], each["id"], each["msg"]["code"]) for each in frames] == [
        ("error", 8, code)
    ]
    assert "sid" not in frames[0]
    assert "seq" not in frames[0]


@pytest.mark.parametrize("data", ["", "hello", "[]", "7", "{", b"\xff\xfe", '{"id":"one"}'])
def test_a_frame_that_is_no_command_gets_code_one(talk: Talk, data: str | bytes) -> None:
    frames = talk.raw(data)
    assert [each["msg"] for each in frames] == [{"code": 1, "msg": "Unable to process message"}]
    assert talk.say("subscribe", channels=["trade"])[0]["type"] == "subscribed"


def test_get_snapshot_takes_market_tickers_only(talk: Talk) -> None:
    talk.say("subscribe", channels=[BOOK], market_ticker=FED)
    frames = talk.say("update_subscription", sid=1, action="get_snapshot", market_ticker=FED)
    assert frames[0]["msg"]["code"] == 14


def test_channels_without_a_filter_ignore_markets_and_cannot_be_updated(talk: Talk) -> None:
    talk.say("subscribe", channels=["market_lifecycle_v2"], market_ticker=FED)
    assert talk.client.by_sid[1].covers(CUT)
    frames = talk.say("update_subscription", sid=1, action="add_markets", market_ticker=CUT)
    assert frames[0]["msg"]["code"] == 13


def test_outside_prices_can_be_followed_and_never_come(talk: Talk) -> None:
    talk.say("subscribe", channels=["cfbenchmarks_value"], index_ids=["BRTI"])
    added = talk.say("update_subscription", sid=1, action="subscribe_indices", index_ids=["X"])
    assert outline(added) == [("ok", 1, 1, 1)]
    assert added[0]["msg"] == {"index_ids": ["BRTI", "X"]}
    gone = talk.say("update_subscription", sid=1, action="unsubscribe_indices", index_ids=["BRTI"])
    assert gone[0]["msg"] == {"index_ids": ["X"]}
    listed = talk.say("update_subscription", sid=1, action="indexlist")
    assert (listed[0]["type"], listed[0]["seq"]) == ("cfbenchmarks_value_indexlist", 3)
    missing = talk.say("update_subscription", sid=1, action="subscribe_indices")
    assert missing[0]["msg"]["code"] == 24


def test_the_ticker_acknowledges_tickers_and_ids(talk: Talk) -> None:
    talk.say("subscribe", channels=["ticker"], market_ticker=FED)
    (frame,) = talk.say("subscribe", id=2, channels=["ticker"], market_ticker=CUT)
    markets = talk.table.venue.exchange.markets
    assert frame["msg"] == {
        "market_tickers": [FED, CUT],
        "market_ids": [markets[each].listing.market_id for each in (FED, CUT)],
    }


def test_more_markets_than_allowed_are_error_26_and_none_is_added(talk: Talk) -> None:
    talk.table.venue.hub.limits.markets = 2
    refused = talk.say("subscribe", channels=[BOOK], market_tickers=["A", "B", "C"])
    assert [each["msg"]["code"] for each in refused] == [26]
    talk.say("subscribe", channels=[BOOK], market_tickers=[FED, CUT])
    (frame,) = talk.say("update_subscription", sid=1, action="add_markets", market_ticker="C")
    assert (frame["msg"]["code"], frame["sid"], frame["seq"]) == (26, 1, 3)
    assert list(talk.client.by_sid[1].markets or ()) == [FED, CUT]


def test_more_commands_than_allowed_in_a_second_are_error_27(talk: Talk) -> None:
    talk.table.venue.hub.limits.commands = 2
    codes = [talk.raw('{"id":1,"cmd":"list_subscriptions"}')[0]["type"] for _ in range(3)]
    assert codes == ["ok", "ok", "error"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("subscribe"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "cmd", "params", "channels", "sid", "sids", "action", "market_tickers"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_no_frame_breaks_the_dialogue(anything: Any) -> None:
    client = Client(1, "ann", Registry(), lambda: None)
    dialogue = Dialogue(Hub({}, Registry()), client)
    for data in (msgspec.json.encode(anything), repr(anything)):
        dialogue.receive(data, START)
        for frame in told(client):
            assert frame["type"] in ("ok", "error", "subscribed")
    dialogue.receive("[" * 100_000, START)
    assert told(client)[0]["msg"]["code"] == 1
