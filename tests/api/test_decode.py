"""Bodies become facts exactly, or a typed error; never a guess."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api import decode, schemas
from kalshi_tui.api.decode import (
    grid_of_ranges,
    multiplier_of,
    optional_stamp_ns,
    read_body,
    side_of,
    stamp_ns,
)
from kalshi_tui.api.errors import BodyError
from kalshi_tui.core.events import (
    BalanceReported,
    Filled,
    OrderReported,
    PositionReported,
    ReportedStatus,
)
from kalshi_tui.core.market import PUBLISHED_GRIDS, TickGrid
from kalshi_tui.core.orders import SelfTradePrevention
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.text import clean_title
from kalshi_tui.core.units import Money, price_to_wire
from tests.api.rig import fill_body, order_body, recorded


def _order(**changes: Any) -> OrderReported:
    return decode.order(read_body(msgspec.json.encode(order_body(**changes)), schemas.OrderBody))


def _fill(**changes: Any) -> Filled:
    return decode.fill(read_body(msgspec.json.encode(fill_body(**changes)), schemas.FillBody))


@given(
    st.integers(0, 7_258_118_400),
    st.integers(0, 999_999_999),
    st.integers(-14 * 60, 14 * 60),
)
def test_times_are_read_to_the_nanosecond_with_trimmed_fractions_and_offsets(
    second: int, fraction: int, offset: int
) -> None:
    whole = datetime.fromtimestamp(second, UTC)
    digits = f"{fraction:09d}".rstrip("0")
    sign, size = ("-", -offset) if offset < 0 else ("+", offset)
    zone = f"{sign}{size // 60:02d}:{size % 60:02d}"
    local = (whole + timedelta(minutes=offset)).strftime("%Y-%m-%dT%H:%M:%S")
    text = local + (f".{digits}" if digits else "") + zone
    assert stamp_ns(text) == second * 1_000_000_000 + fraction


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-13-01T00:00:00Z",
        "2026-11-22T10:00:00",
        "1790000000",
        "2026-11-22T10:00:00.1234567890Z",
        "2026-11-22T10:00:00Z\n",
        "٢026-11-22T10:00:00Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month"):
        stamp_ns(text)


def test_null_and_the_zero_time_are_absent() -> None:
    assert optional_stamp_ns(None) is None
    assert optional_stamp_ns("") is None
    assert optional_stamp_ns("0001-01-01T00:00:00Z") is None


@pytest.mark.parametrize("label", sorted(PUBLISHED_GRIDS))
def test_every_published_structure_is_read_from_its_ranges(label: str) -> None:
    grid = PUBLISHED_GRIDS[label]
    assert grid_of_ranges(_ranges(grid)) == grid


def _ranges(grid: TickGrid) -> list[schemas.PriceRange]:
    return [
        schemas.PriceRange(price_to_wire(band.start), price_to_wire(band.end), f"0.{band.step:04d}")
        for band in grid.bands
    ]


@pytest.mark.parametrize(
    "ranges",
    [
        None,
        [],
        [("0.0000", "0.5000", "0.0100")],
        [("0.0000", "0.6000", "0.0100"), ("0.5000", "1.0000", "0.0100")],
        [("0.0000", "0.4000", "0.0100"), ("0.5000", "1.0000", "0.0100")],
        [("0.0000", "1.0000", "0.0000")],
        [("1.0000", "0.0000", "0.0100")],
        [("0.0000", "1.0000", "0.0300")],
        [("0.0000", "1.0000", "x")],
        [("0.0000", "1.0000", "0.00001")],
    ],
)
def test_FF11_FF12_broken_ranges_give_no_grid(ranges: list[tuple[str, str, str]] | None) -> None:
    read = None if ranges is None else [schemas.PriceRange(*each) for each in ranges]
    assert grid_of_ranges(read) is None


@pytest.mark.parametrize(
    ("book_side", "outcome", "side"),
    [
        ("bid", "yes", BookSide.BID),
        ("ask", "yes", BookSide.ASK),
        ("ask", None, BookSide.ASK),
        (None, "yes", BookSide.BID),
        ("", "no", BookSide.ASK),
    ],
)
def test_the_book_side_decides_and_the_outcome_stands_in(
    book_side: str | None, outcome: str | None, side: BookSide
) -> None:
    assert side_of(book_side, outcome) is side


@pytest.mark.parametrize(("book_side", "outcome"), [(None, None), ("both", "yes"), ("", "maybe")])
def test_a_side_is_never_guessed(book_side: str | None, outcome: str | None) -> None:
    with pytest.raises(ValueError, match="side"):
        side_of(book_side, outcome)


@pytest.mark.parametrize(
    ("text", "millionths"),
    [
        ("0.5", 500_000),
        ("1", 1_000_000),
        ("1.0", 1_000_000),
        ("0.07", 70_000),
        ("0.000001", 1),
        ("0", 0),
        ("1E+2", 100_000_000),
        ("0.0000001", None),
        ("-1", None),
        ("1001", None),
        ("NaN", None),
        ("Infinity", None),
        ("1E+999999999", None),
        ("1E-999999999", None),
        ("1.0000000000000000000000000000000001", None),
    ],
)
def test_a_fee_multiplier_is_exact_or_not_known(text: str, millionths: int | None) -> None:
    assert multiplier_of(Decimal(text)) == millionths


def test_an_order_is_read_to_the_last_digit() -> None:
    report = _order(expiration_time="2026-11-22T11:00:00Z", last_update_reason=clean_title("Trade"))
    assert report == OrderReported(
        order_id="11111111-2222-4333-8444-555555555555",
        client_order_id="aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        ticker="KXRAIN-26NOV22-NYC",
        side=BookSide.ASK,
        price=report.price,
        status=ReportedStatus.RESTING,
        initial=report.initial,
        filled=report.filled,
        remaining=report.remaining,
        fees=report.fees,
        created_ms=1_795_341_600_500,
        updated_ms=1_795_341_601_250,
        expires_ms=1_795_345_200_000,
        reason=clean_title("Trade"),
        self_trade_prevention=SelfTradePrevention.TAKER_AT_CROSS,
    )
    figures = (report.price, report.initial, report.filled, report.remaining, report.fees)
    assert figures == (4_300, 1_000, 250, 750, 17_600)


def test_FC17_words_that_are_not_known_do_not_stop_an_order() -> None:
    report = _order(
        status="suspended", self_trade_prevention_type="both", last_update_reason="NewReason"
    )
    assert report.status is ReportedStatus.UNKNOWN
    assert report.self_trade_prevention is None
    assert report.reason == "NewReason"


@pytest.mark.parametrize(
    "changes",
    [
        {"book_side": None, "outcome_side": None},
        {"book_side": "middle"},
        {"yes_price_dollars": "43"},
        {"yes_price_dollars": "0.43001"},
        {"fill_count_fp": "-1.00"},
        {"remaining_count_fp": "1e3"},
        {"initial_count_fp": "1.005"},
        {"taker_fees_dollars": "NaN"},
        {"created_time": "yesterday"},
        {"order_id": ""},
        {"order_id": "a\nb"},
        {"ticker": "kxrain"},
    ],
)
def test_FG03_FF07_an_order_with_a_wrong_figure_is_an_error_not_a_guess(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(BodyError, match="order"):
        _order(**changes)


def test_FJ01_words_of_an_order_are_cleaned() -> None:
    report = _order(client_order_id="x\x1b[2J", last_update_reason="a\u202eb")
    assert "\x1b" not in report.client_order_id
    assert "\u202e" not in report.reason


def test_a_fill_is_read_and_carries_no_client_id() -> None:
    fill = _fill()
    assert (fill.side, fill.price, fill.count, fill.fee) == (BookSide.BID, 4_300, 250, 42_891)
    assert fill.ts_ms == 1_795_341_601_250
    assert fill.client_order_id == ""


def test_a_fill_without_the_newer_names_is_read_by_the_older_ones() -> None:
    fill = _fill(trade_id=None, ticker=None, market_ticker="KX-1", created_time=None)
    assert (fill.trade_id, fill.ticker) == ("t-1", "KX-1")
    assert fill.ts_ms == 1_795_341_601_000


def test_a_balance_is_exact_dollars_or_whole_cents_but_never_an_assumed_zero() -> None:
    exact = schemas.BalanceAnswer(portfolio_value=198, balance=9_801, balance_dollars="98.0186")
    assert decode.balance(exact) == BalanceReported(Money(98_018_600), Money(1_980_000))
    cents = schemas.BalanceAnswer(portfolio_value=0, balance=9_801)
    assert decode.balance(cents).cash == 98_010_000
    with pytest.raises(BodyError, match="balance"):
        decode.balance(schemas.BalanceAnswer(portfolio_value=0))


ALL = [
    (schemas.OrderBody, decode.order),
    (schemas.FillBody, decode.fill),
    (schemas.PositionBody, decode.position),
    (schemas.BalanceAnswer, decode.balance),
    (schemas.QueuesAnswer, decode.queues),
    (schemas.StatusAnswer, decode.exchange_status),
    (schemas.StampAnswer, decode.as_of_ns),
    (schemas.LimitsAnswer, decode.account_limits),
    (schemas.CostsAnswer, decode.endpoint_costs),
]
ODD = st.sampled_from(
    ["", "0.5000", "1.00", "-3.00", "bid", "no", "NaN", "\x1b[", "KX-1", "2026-11-22T10:00:00Z"]
)
NAMES = st.sampled_from(sorted({*order_body(), *fill_body(), "balance", "read", "as_of_time"}))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(ALL), st.dictionaries(NAMES, VALUES, max_size=20))
def test_FA06_no_body_raises_anything_but_a_body_error(
    case: tuple[type[Any], Any], body: dict[str, Any]
) -> None:
    kind, convert = case
    try:
        convert(read_body(msgspec.json.encode(body), kind))
    except BodyError as error:
        reason = str(error)
    else:
        reason = ""
    assert "\x1b" not in reason


@given(st.sampled_from([kind for kind, _ in ALL]), st.binary(max_size=200))
def test_FA06_no_bytes_raise_anything_but_a_body_error(kind: type[Any], body: bytes) -> None:
    with pytest.raises(BodyError):
        read_body(body + b"\xff", kind)


@given(st.sampled_from(sorted(order_body())), VALUES)
def test_one_odd_field_of_an_order_gives_an_order_or_a_body_error(name: str, value: Any) -> None:
    try:
        report = _order(**{name: value})
    except BodyError:
        return
    assert isinstance(report, OrderReported)


def test_FA06_deep_nesting_is_refused() -> None:
    with pytest.raises(BodyError):
        read_body(b'{"order_id":' + b"[" * 100_000, schemas.OrderBody)


def test_the_recorded_account_is_read() -> None:
    orders = msgspec.json.decode(recorded("demo/portfolio__orders_list.json"))["orders"]
    reports = [
        decode.order(read_body(msgspec.json.encode(each), schemas.OrderBody)) for each in orders
    ]
    first = reports[0]
    assert (first.price, first.filled, first.fees) == (9_900, 100, 17_500)
    assert first.status is ReportedStatus.EXECUTED
    fills = msgspec.json.decode(recorded("prod/portfolio_fills.json"))["fills"]
    read = [decode.fill(read_body(msgspec.json.encode(each), schemas.FillBody)) for each in fills]
    assert len(read) == 11
    assert (read[0].price, read[0].count, read[0].fee) == (10, 22_727, 15_930)
    balance = read_body(recorded("demo/auth__balance_ok.json"), schemas.BalanceAnswer)
    assert decode.balance(balance).shards == ((0, 98_018_600),)


def test_the_recorded_position_is_read() -> None:
    page = msgspec.json.decode(recorded("demo/portfolio__positions.json"))
    body = read_body(msgspec.json.encode(page["market_positions"][0]), schemas.PositionBody)
    position = decode.position(body)
    assert isinstance(position, PositionReported)
    assert (position.position, position.cost, position.fees) == (300, 2_500_000, 18_900)
    assert position.ts_ms == 1_781_159_370_165
