"""Whether a WebSocket frame is what the published specification says, and which were seen."""

import functools
import re
from collections import Counter
from typing import Any

from tests.support.contract import ASYNCAPI, Spec

_DOLLARS = re.compile(r"-?\d+\.\d{4}(\d\d)?")
_COUNT = re.compile(r"-?\d+\.\d\d")

_PAYLOADS = {
    "subscribed": "subscribedResponsePayload",
    "unsubscribed": "unsubscribedResponsePayload",
    "error": "errorResponsePayload",
    "orderbook_snapshot": "orderbookSnapshotPayload",
    "orderbook_delta": "orderbookDeltaPayload",
    "ticker": "tickerPayload",
    "trade": "tradePayload",
    "fill": "fillPayload",
    "user_order": "userOrderPayload",
    "market_position": "marketPositionPayload",
    "order_group_updates": "orderGroupUpdatesPayload",
    "event_lifecycle": "eventLifecyclePayload",
    "event_fee_update": "eventFeeUpdatePayload",
    "cfbenchmarks_value_indexlist": "cfbenchmarksIndexListPayload",
    "cfbenchmarks_value_5hz_indexlist": "cfbenchmarks5HzIndexListPayload",
    "pyth_value_underlying_list": "pythUnderlyingListPayload",
}
_WORDS = {
    "error": "code",
    "market_lifecycle_v2": "event_type",
    "order_group_updates": "event_type",
    "user_order": "last_update_reason",
}
"""Types of which every kind is counted, and the field that tells the kind."""


@functools.cache
def asyncapi() -> Spec:
    """Return the WebSocket specification."""
    return Spec(ASYNCAPI)


class FrameRecord:
    """Every frame that was checked, for the table."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()

    def check(self, frame: dict[str, Any]) -> None:
        """Hold one frame against its schema, closed against unknown fields."""
        kind = str(frame["type"])
        message = frame.get("msg")
        errors = asyncapi().errors(_payload(kind, message), frame)
        assert not errors, f"{kind}: {errors[:5]} in {frame}"
        if isinstance(message, dict):
            _check_numbers(kind, message)
        word = ""
        if kind in _WORDS and isinstance(message, dict):
            word = str(message.get(_WORDS[kind], "(none)"))
        self.seen[kind, word] += 1

    def words(self, kind: str) -> set[str]:
        """Return the kinds of one type that were seen."""
        return {word for each, word in self.seen if each == kind}

    def table(self) -> str:
        """Return the table: one line for each frame type and kind, with its number."""
        lines = [f"{'frame':<34}{'kind':<32}{'seen':>6}"]
        for (kind, word), count in sorted(self.seen.items()):
            lines.append(f"{kind:<34}{word:<32}{count:>6}")
        return "\n".join(lines)


def _payload(kind: str, message: object) -> str:
    if kind == "ok":
        if isinstance(message, list):
            return "listSubscriptionsResponsePayload"
        if isinstance(message, dict) and "index_ids" in message:
            return "subscribedIndicesResponsePayload"
        if isinstance(message, dict) and "underlying_tickers" in message:
            return "subscribedUnderlyingsResponsePayload"
        return "okResponsePayload"
    if kind == "market_lifecycle_v2":
        step = message.get("event_type") if isinstance(message, dict) else None
        if step == "metadata_updated":
            return "marketMetadataUpdatedPayload"
        return "marketLifecycleV2Payload"
    return _PAYLOADS[kind]


def _check_numbers(kind: str, message: dict[str, Any]) -> None:
    """Prices and counts have the decimals of the wire."""
    for name, value in message.items():
        texts = [value] if isinstance(value, str) else []
        if name.endswith("_dollars") or name == "fee_cost":
            assert all(_DOLLARS.fullmatch(each) for each in texts), f"{kind}.{name}: {value}"
        elif name.endswith("_dollars_fp"):
            for price, count in value:
                assert _DOLLARS.fullmatch(price), f"{kind}.{name}: {price}"
                assert _COUNT.fullmatch(count), f"{kind}.{name}: {count}"
        elif name.endswith("_fp"):
            assert all(_COUNT.fullmatch(each) for each in texts), f"{kind}.{name}: {value}"
