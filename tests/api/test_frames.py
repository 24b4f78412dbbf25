"""The decoder: every frame in use, tolerant of what is new, exact about what is missing."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api import frames
from kalshi_tui.api.frames import NO_CLOCK, NO_SEQ, FrameError, Malformed, Unknown, read

DELTA: dict[str, Any] = {
    "type": "orderbook_delta",
    "sid": 1,
    "seq": 2,
    "msg": {
        "market_ticker": "AAA-1",
        "market_id": "0b0e",
        "clock": 3,
        "price_dollars": "0.4000",
        "delta_fp": "-1.00",
        "side": "no",
    },
}
SAMPLES: list[tuple[dict[str, Any], type]] = [
    (DELTA, frames.Delta),
    (
        {"type": "orderbook_snapshot", "sid": 1, "seq": 1, "msg": {"market_ticker": "A"}},
        frames.Snapshot,
    ),
    (
        {
            "type": "trade",
            "sid": 2,
            "msg": {
                "trade_id": "t",
                "market_ticker": "A",
                "yes_price_dollars": "0.5",
                "count_fp": "1",
            },
        },
        frames.Trade,
    ),
    ({"type": "ticker", "sid": 3, "msg": {"market_ticker": "A"}}, frames.Ticker),
    (
        {
            "type": "market_lifecycle_v2",
            "sid": 4,
            "seq": 1,
            "msg": {"market_ticker": "A", "event_type": "created", "new": [1]},
        },
        frames.Lifecycle,
    ),
    (
        {
            "type": "order_group_updates",
            "sid": 5,
            "seq": 1,
            "msg": {"event_type": "triggered", "order_group_id": "g", "ts_ms": 1},
        },
        frames.GroupUpdate,
    ),
    ({"type": "subscribed", "id": 1, "msg": {"channel": "trade", "sid": 2}}, frames.Subscribed),
    ({"type": "unsubscribed", "id": 1, "sid": 2, "seq": 3}, frames.Unsubscribed),
    ({"type": "ok", "id": 1, "sid": 2, "seq": 3, "msg": {"market_tickers": ["A"]}}, frames.Ok),
    ({"type": "error", "id": 1, "msg": {"code": 8, "msg": "Unknown channel"}}, frames.ErrorFrame),
]


@pytest.mark.parametrize(("sample", "kind"), SAMPLES, ids=lambda each: str(each)[:24])
def test_every_frame_in_use_is_typed_wherever_its_type_stands(
    sample: dict[str, Any], kind: type
) -> None:
    assert type(read(json.dumps(sample))) is kind
    backwards = dict(reversed(sample.items())) | {"sending_ts_ms": 5, "new_field": {"a": [None]}}
    assert type(read(json.dumps(backwards).encode() + b"\n")) is kind


def test_absent_numbers_and_clocks_are_told_from_zero() -> None:
    snapshot = read('{"type":"orderbook_snapshot","sid":1,"seq":1,"msg":{"market_ticker":"A"}}')
    assert isinstance(snapshot, frames.Snapshot)
    assert (snapshot.msg.clock, snapshot.msg.yes, snapshot.msg.no) == (NO_CLOCK, [], [])
    plain = read('{"type":"error","msg":{"code":3,"msg":"Channels required"}}')
    assert isinstance(plain, frames.ErrorFrame)
    assert (plain.sid, plain.seq) == (0, NO_SEQ)


def test_TS14_an_ok_with_a_list_is_told_from_an_acknowledgement() -> None:
    listing = read('{"id":1,"type":"ok","msg":[{"channel":"ticker","sid":2}]}')
    assert isinstance(listing, frames.Ok)
    assert listing.msg == [frames.Granted("ticker", 2)]
    bare = read('{"id":1,"type":"ok"}')
    assert isinstance(bare, frames.Ok)
    assert bare.msg is None


@pytest.mark.parametrize("field", ["market_ticker", "price_dollars", "delta_fp", "side"])
def test_a_missing_required_field_is_named(field: str) -> None:
    body = {key: value for key, value in DELTA["msg"].items() if key != field}
    found = read(json.dumps(DELTA | {"msg": body}))
    assert isinstance(found, Malformed)
    assert f"`{field}`" in found.reason
    assert (found.sid, found.seq) == (1, 2)
    assert found.ticker == ("" if field == "market_ticker" else "AAA-1")


def test_FD32_a_number_where_text_was_promised_is_malformed_not_guessed() -> None:
    body = DELTA["msg"] | {"price_dollars": 0.4}
    found = read(json.dumps(DELTA | {"msg": body}))
    assert isinstance(found, Malformed)
    assert "price_dollars" in found.reason


def test_TB20_an_unknown_type_keeps_its_number() -> None:
    found = read('{"type":"rfq_created","sid":9,"seq":4,"msg":{"x":1}}')
    assert found == Unknown("rfq_created", 9, 4)
    assert isinstance(read('{"no_type":1}'), Unknown)


def test_untrusted_names_are_cleaned() -> None:
    found = read(json.dumps({"type": "\x1b]52;c;x\x07" * 100, "sid": 1, "seq": 1}))
    assert isinstance(found, Unknown)
    assert "\x1b" not in found.type
    assert len(found.type) <= 200


@given(st.binary(max_size=200))
def test_bytes_that_are_no_frame_raise_one_error(data: bytes) -> None:
    reason = ""
    try:
        found: object = read(data)
    except FrameError as error:
        reason, found = str(error), None
    assert isinstance(found, Unknown | Malformed) or reason.startswith("The frame cannot be read")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(SAMPLES), st.data())
def test_a_mutated_frame_is_read_or_refused_never_a_crash(
    sample: tuple[dict[str, Any], type], data: st.DataObject
) -> None:
    frame = json.loads(json.dumps(sample[0]))
    target = data.draw(st.sampled_from([frame, frame.get("msg", frame)]))
    if isinstance(target, dict) and target:
        target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON)
    with contextlib.suppress(FrameError):
        read(json.dumps(frame))
