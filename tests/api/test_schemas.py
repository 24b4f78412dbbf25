"""What a body must have, what it may have, and what is ignored."""

from typing import Any

import msgspec
import pytest

from kalshi_tui.api import schemas
from kalshi_tui.api.decode import read_body
from kalshi_tui.api.errors import BodyError
from tests.api.rig import fill_body, market_body, order_body

REQUIRED: list[tuple[type[Any], dict[str, Any], list[str]]] = [
    (schemas.MarketBody, market_body(), ["ticker", "event_ticker", "status", "close_time"]),
    (
        schemas.OrderBody,
        order_body(),
        [
            "order_id",
            "ticker",
            "status",
            "yes_price_dollars",
            "initial_count_fp",
            "fill_count_fp",
            "remaining_count_fp",
        ],
    ),
    (
        schemas.FillBody,
        fill_body(),
        ["order_id", "yes_price_dollars", "count_fp", "fee_cost", "is_taker"],
    ),
]
CASES = [(kind, body, name) for kind, body, names in REQUIRED for name in names]


@pytest.mark.parametrize(("kind", "body", "name"), CASES)
def test_FF07_a_missing_required_field_is_named(
    kind: type[Any], body: dict[str, Any], name: str
) -> None:
    without = {key: value for key, value in body.items() if key != name}
    with pytest.raises(BodyError, match=name):
        read_body(msgspec.json.encode(without), kind)


@pytest.mark.parametrize(("kind", "body", "names"), REQUIRED)
def test_FF08_FF09_null_is_absent_and_new_fields_are_ignored(
    kind: type[Any], body: dict[str, Any], names: list[str]
) -> None:
    sparse = {key: value if key in names else None for key, value in body.items()}
    assert read_body(msgspec.json.encode(sparse | {"new_in_2027": [1, {"a": None}]}), kind)


def test_a_number_where_a_string_belongs_is_refused_and_named() -> None:
    with pytest.raises(BodyError, match="yes_price_dollars"):
        read_body(
            b'{"order_id":"o","ticker":"T","status":"resting","yes_price_dollars":0.43,'
            b'"initial_count_fp":"1.00","fill_count_fp":"0.00","remaining_count_fp":"1.00"}',
            schemas.OrderBody,
        )
