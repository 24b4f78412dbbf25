"""Time stamps and the shapes of the REST bodies."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.practice import wire


@pytest.mark.parametrize(
    ("at_ns", "text"),
    [
        (1_781_159_364_957_081_000, "2026-06-11T06:29:24.957081Z"),
        (1_781_159_364_957_081_999, "2026-06-11T06:29:24.957081Z"),
        (1_781_159_364_978_710_000, "2026-06-11T06:29:24.97871Z"),
        (1_781_159_364_000_000_000, "2026-06-11T06:29:24Z"),
        (1_781_159_364_000_000_999, "2026-06-11T06:29:24Z"),
        (1_781_159_364_000_001_000, "2026-06-11T06:29:24.000001Z"),
    ],
)
def test_a_stamp_trims_the_zeros_of_its_fraction(at_ns: int, text: str) -> None:
    assert wire.stamp(at_ns) == text


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_a_stamp_keeps_every_microsecond(at_ns: int) -> None:
    read = datetime.fromisoformat(wire.stamp(at_ns))
    whole = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
    expected = whole.replace(microsecond=at_ns // 1_000 % 1_000_000)
    assert read == expected
    assert datetime.fromisoformat(wire.stamp_ms(at_ns)) == expected.replace(
        microsecond=expected.microsecond // 1_000 * 1_000
    )


def test_optional_fields_are_absent_and_required_ones_never() -> None:
    plain = wire.CreateOrderResponse("id", "0.00", "1.00", 5)
    assert msgspec.json.decode(wire.encode(plain)) == {
        "order_id": "id",
        "fill_count": "0.00",
        "remaining_count": "1.00",
        "ts_ms": 5,
    }
    status = wire.ExchangeStatus(True, False, True, [wire.IndexStatus(0, "x", True, False, True)])
    assert set(msgspec.json.decode(wire.encode(status))) == {
        "exchange_active",
        "trading_active",
        "intra_exchange_transfers_active",
        "exchange_index_statuses",
    }
