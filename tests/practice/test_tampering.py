"""What becomes of one frame under a fault."""

from typing import Any

import msgspec
import pytest

from kalshi_tui.practice.faults import Registry, Target
from kalshi_tui.practice.tampering import Outcome, tamper

NOW = 1_800_000_000_000_000_000
DELTA = b'{"type":"orderbook_delta","sid":1,"seq":4,"msg":{"price_dollars":"0.4000","side":"yes"}}'
BOOK = (
    b'{"type":"orderbook_snapshot","sid":1,"seq":1,'
    b'"msg":{"yes_dollars_fp":[["0.4000","1.00"],["0.4100","2.00"]]}}'
)


def struck(
    body: dict[str, object], data: bytes = DELTA, kind: str = "orderbook_delta", **target: Any
) -> Outcome:
    registry = Registry()
    registry.switch_on(body, NOW)
    return tamper(data, kind, Target(**{"channel": "orderbook_delta", **target}), registry, NOW)


def message(outcome: Outcome) -> dict[str, Any]:
    (text,) = outcome.texts
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


def test_without_a_fault_a_frame_goes_as_it_is() -> None:
    assert tamper(DELTA, "orderbook_delta", Target(), Registry(), NOW) == Outcome([DELTA])


def test_frames_are_lost_doubled_swapped_and_late() -> None:
    assert struck({"fault": "drop_frame"}).texts == []
    assert struck({"fault": "duplicate_frame"}).texts == [DELTA, DELTA]
    assert struck({"fault": "swap_frames"}) == Outcome([DELTA], after_next=True)
    assert struck({"fault": "delay_frame", "ms": 3}) == Outcome([DELTA], late_ns=3_000_000)


@pytest.mark.parametrize(
    ("fault", "kind", "channel", "lost"),
    [
        ("lose_snapshot", "orderbook_snapshot", "orderbook_delta", True),
        ("lose_snapshot", "orderbook_delta", "orderbook_delta", False),
        ("fill_rest_only", "fill", "fill", True),
        ("fill_rest_only", "user_order", "user_orders", False),
        ("drop_private", "market_position", "market_positions", True),
        ("drop_private", "trade", "trade", False),
        ("unnumbered_ok", "ok", "orderbook_delta", False),
    ],
)
def test_some_faults_get_hold_of_some_frames_only(
    fault: str, kind: str, channel: str, lost: bool
) -> None:
    outcome = struck({"fault": fault}, kind=kind, channel=channel)
    assert (outcome.texts == []) is lost


def test_a_fault_that_finds_nothing_is_not_spent() -> None:
    registry = Registry()
    registry.switch_on({"fault": "fill_rest_only"}, NOW)
    tamper(DELTA, "orderbook_delta", Target(channel="orderbook_delta"), registry, NOW)
    assert len(registry) == 1


def test_content_changes_the_message_and_keeps_the_numbers() -> None:
    assert message(struck({"fault": "unknown_type"}))["type"] == "brand_new_type"
    lengthened = message(struck({"fault": "six_decimals"}, BOOK, "orderbook_snapshot"))
    assert lengthened["msg"]["yes_dollars_fp"] == [["0.400000", "1.00"], ["0.410000", "2.00"]]
    gone = message(struck({"fault": "missing_field", "field": "seq"}))
    assert "seq" not in gone, "a field of the envelope can be named too"
    padded = struck({"fault": "huge_frame", "bytes": 500}).texts[0]
    assert len(padded) > 500
    both = Registry()
    both.switch_on({"fault": "new_field"}, NOW)
    both.switch_on({"fault": "duplicate_frame"}, NOW)
    outcome = tamper(DELTA, "orderbook_delta", Target(), both, NOW)
    assert len(outcome.texts) == 2
    assert b"brand_new_field" in outcome.texts[1]
