"""Markets, events and series: the broken ones leave the others alone."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api import catalogue, decode, schemas
from kalshi_tui.api.catalogue import EventRead, SeriesRead, fees_of
from kalshi_tui.api.decode import read_body
from kalshi_tui.api.errors import BodyError
from kalshi_tui.core.events import MarketsListed
from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS, Market, MarketStatus
from tests.api.rig import market_body, recorded


def _listing(*bodies: Any) -> tuple[MarketsListed, int]:
    return catalogue.listing(msgspec.Raw(msgspec.json.encode(body)) for body in bodies)


def _market(**changes: Any) -> Market:
    listed, skipped = _listing(market_body(**changes))
    assert skipped == 0
    return listed.markets[0]


def test_a_market_is_read_with_its_grid_and_quote() -> None:
    listed, skipped = _listing(market_body())
    market, quote = listed.markets[0], listed.quotes[0]
    assert skipped == 0
    assert market.grid == PUBLISHED_GRIDS["tapered_deci_cent"]
    assert market.status is MarketStatus.ACTIVE
    assert market.subtitle == "Rain in NYC"
    assert market.rules == "If it rains, then Yes. Drizzle counts."
    assert market.close_ns == 1_795_409_940_000_000_000
    assert not market.fees_known
    assert (quote.bid, quote.bid_size, quote.ask, quote.ask_size) == (4_100, 1_250, 4_300, 700)
    assert (quote.last, quote.volume, quote.ts_ms) == (4_200, 120_000, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"yes_bid_dollars": "0.0000", "yes_bid_size_fp": "0.00"},
        {"yes_bid_dollars": "0.4100", "yes_bid_size_fp": "0.00"},
        {"yes_bid_dollars": "0.0000", "yes_bid_size_fp": None},
        {"yes_bid_dollars": None},
        {"yes_bid_size_fp": "-3.00"},
    ],
)
def test_an_empty_side_is_no_quote(changes: dict[str, Any]) -> None:
    quote = _listing(market_body(**changes))[0].quotes[0]
    assert (quote.bid, quote.bid_size) == (None, 0)
    assert quote.ask == 4_300


def test_an_ask_at_one_dollar_without_size_is_no_quote() -> None:
    body = market_body(
        yes_ask_dollars="1.0000", yes_ask_size_fp="0.00", last_price_dollars="0.0000"
    )
    quote = _listing(body)[0].quotes[0]
    assert (quote.ask, quote.last) == (None, None)


def test_FF06_a_status_that_is_not_known_is_kept_and_not_traded() -> None:
    market = _market(status="hibernating")
    assert market.status is MarketStatus.UNKNOWN
    assert market.trade_refusal() is not None


def test_FF10_FF12_scalar_and_gridless_markets_are_view_only() -> None:
    assert _market(market_type="scalar").trade_refusal() is not None
    assert _market(price_ranges=[]).trade_refusal() is not None
    assert _market(price_ranges=None).trade_refusal() is not None
    assert _market().trade_refusal() is None


def test_one_broken_market_leaves_the_others_alone() -> None:
    listed, skipped = _listing(
        market_body("KX-1"),
        {"ticker": "KX-2"},
        "text",
        market_body("kx-lower"),
        market_body("KX-3"),
    )
    assert [market.ticker for market in listed.markets] == ["KX-1", "KX-3"]
    assert len(listed.quotes) == 2
    assert skipped == 3


def test_FJ08_a_ticker_with_foreign_letters_is_refused() -> None:
    assert _listing(market_body("KX\u041a-1"))[1] == 1


def test_FJ01_titles_and_rules_are_cleaned() -> None:
    market = _market(title="a\x1b]0;x\x07b", yes_sub_title="c\u202ed", rules_primary="e\x9bf")
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(
        market.title + market.subtitle + market.rules
    )


def test_a_market_without_a_title_takes_its_events() -> None:
    raw = msgspec.Raw(msgspec.json.encode(market_body(title=None)))
    listed, _ = catalogue.listing([raw], "Rain tomorrow")
    assert listed.markets[0].title == "Rain tomorrow"


def _series(kind: str | None, multiplier: str | None) -> SeriesRead:
    number = None if multiplier is None else Decimal(multiplier)
    return catalogue.series(schemas.SeriesBody("KXRAIN", fee_type=kind, fee_multiplier=number))


def _event(kind: str | None = None, multiplier: str | None = None) -> EventRead:
    number = None if multiplier is None else Decimal(multiplier)
    return catalogue.event(
        schemas.EventBody("KXRAIN-1", "KXRAIN", fee_type=kind, fee_multiplier=number)
    )


def test_fees_come_from_the_series() -> None:
    fees = _series("quadratic_with_maker_fees", "0.5").fees
    assert fees == FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES, 500_000)


@pytest.mark.parametrize(
    ("kind", "multiplier"),
    [("new_model", "1"), (None, "1"), ("quadratic", None), ("quadratic", "0.1234567")],
)
def test_a_fee_model_that_cannot_be_read_is_not_known(
    kind: str | None, multiplier: str | None
) -> None:
    assert not _series(kind, multiplier).fees.is_known


def test_the_events_override_beats_the_series_part_by_part() -> None:
    series = _series("quadratic", "1")
    assert fees_of(series) == series.fees
    both = fees_of(series, _event("quadratic_with_maker_fees", "2"))
    assert both == FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES, 2_000_000)
    assert fees_of(series, _event(None, "0")) == FeeSchedule(FeeType.QUADRATIC, 0)
    assert fees_of(series, _event("flat", None)).fee_type is FeeType.FLAT
    assert not fees_of(series, _event(None, "0.1234567")).is_known


def test_FF19_null_overrides_fall_back_to_the_series() -> None:
    series = _series("quadratic", "0.5")
    assert fees_of(series, _event()) == series.fees


def test_an_events_markets_may_stand_inside_or_beside_it() -> None:
    event = {"event_ticker": "KXRAIN-1", "series_ticker": "KXRAIN", "title": "Rain"}
    inside = {"event": event | {"markets": [market_body()]}}
    beside = {"event": event, "markets": [market_body()]}
    for body in (inside, beside):
        read = catalogue.event_answer(msgspec.json.encode(body))
        assert [market.ticker for market in read.listed.markets] == ["KXRAIN-26NOV22-NYC"]


def test_a_multiplier_is_read_from_the_digits_of_the_number() -> None:
    body = read_body(
        b'{"series":{"ticker":"KX","fee_type":"quadratic","fee_multiplier":0.07}}',
        schemas.SeriesAnswer,
    )
    assert catalogue.series(body.series).fees.multiplier == 70_000


@given(
    st.sampled_from(sorted(market_body())), st.none() | st.integers() | st.text() | st.booleans()
)
def test_any_odd_field_costs_at_most_its_own_market(name: str, value: Any) -> None:
    listed, skipped = _listing(market_body(**{name: value}), market_body("KX-GOOD"))
    assert listed.markets[-1].ticker == "KX-GOOD"
    assert len(listed.markets) + skipped == 2


def test_a_market_answer_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(BodyError):
        catalogue.market_answer(b'{"market":{}}')


def test_a_quote_that_cannot_be_read_does_not_cost_the_market() -> None:
    listed, skipped = _listing(market_body(yes_bid_dollars="0.41001"))
    assert (len(listed.markets), len(listed.quotes), skipped) == (1, 0, 0)


@pytest.mark.parametrize(
    "name",
    ["markets__page1", "markets__page3", "markets__status_closed", "markets__high_temp"],
)
def test_every_recorded_market_of_a_page_is_read(name: str) -> None:
    page = read_body(recorded(f"demo/{name}.json"), dict[str, msgspec.Raw])
    items = read_body(page["markets"], list[msgspec.Raw])
    listed, skipped = catalogue.listing(items)
    assert skipped == 0
    assert len(listed.markets) == len(items) > 0
    assert all(market.grid is not None for market in listed.markets)


def test_recorded_production_events_and_fees_are_read() -> None:
    events = read_body(recorded("prod/events_sports_nested.json"), list[msgspec.Raw])
    for item in events:
        read = catalogue.event_item(item)
        assert read.skipped == 0
        assert read.listed.markets
    fees = msgspec.json.decode(recorded("prod/series_fee_fields.json"))["payloads"]
    for ticker, payload in fees.items():
        body = read_body(msgspec.json.encode(payload), schemas.SeriesAnswer)
        series = catalogue.series(body.series)
        assert series.ticker == ticker
        assert series.fees.is_known


def test_recorded_combo_books_are_read() -> None:
    for body in msgspec.json.decode(recorded("prod/combo_orderbooks.json")):
        book = read_body(msgspec.json.encode(body), schemas.BookAnswer)
        snapshot = decode.snapshot(body["ticker"], book)
        assert all(0 < price < 10_000 for price, _ in (*snapshot.bids, *snapshot.asks))
