"""Fees as the exchange really charges them: the worked table, and recorded production fills."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price, parse_count, parse_money, parse_price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import MarketResult
from kalshi_tui.practice.orders import NewOrder
from tests.support.exchange_world import ASK, BID, NOW, listing

RECORDED = Path(__file__).resolve().parents[2] / ".." / "shared" / "recordings" / "rest" / "prod"
needs_recordings = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recordings (../shared/recordings) are not here"
)
START = Money(10_000_000_000)


def exchange(fees: FeeSchedule) -> Exchange:
    """Return an exchange with one market on the finest grid, ann, and a crowd to trade with."""
    made = Exchange()
    grid = PUBLISHED_GRIDS["center_centi_edge_centi_cent"]
    made.list_market(listing(grid=grid, fees=fees), NOW)
    made.open_account("ann", {0: START}, NOW)
    made.open_house("crowd")
    return made


def put(made: Exchange, account: str, side: BookSide, price: int, size: int) -> str:
    """Place an order; return its id."""
    order = NewOrder("RAIN", side, Price(price), Count(size))
    return made.place(account, order, NOW).order_id


@pytest.mark.parametrize(
    ("fees", "taker", "price", "parts", "net", "cash"),
    [
        (FeeSchedule(), True, 5_200, [100], [17_500], -537_500),
        (FeeSchedule(), True, 5_200, [100] * 4, [17_500, 17_500, 17_500, 17_400], -2_149_900),
        (FeeSchedule(), True, 5_200, [400], [69_900], -2_149_900),
        (FeeSchedule(), True, 5_000, [10_000], [1_750_000], -51_750_000),
        (
            FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES),
            False,
            2_500,
            [1_000],
            [32_900],
            -2_532_900,
        ),
        (FeeSchedule(), True, 3_301, [3], [497], -10_400),
    ],
    ids=["1@.52", "4x1@.52", "4@.52", "100@.50", "maker 10@.25", "0.03@.3301"],
)
def test_the_worked_table_is_charged_to_the_micro_dollar(
    fees: FeeSchedule, taker: bool, price: int, parts: Sequence[int], net: list[int], cash: int
) -> None:
    made = exchange(fees)
    for size in parts if taker else []:
        put(made, "crowd", ASK, price, size)
    put(made, "ann", BID, price, sum(parts))
    for size in [] if taker else parts:
        put(made, "crowd", ASK, price, size)
    ann = made.accounts["ann"]
    assert [fill.fee for fill in ann.fills] == net
    assert ann.available() - START == cash


@needs_recordings
def test_every_recorded_production_fill_is_charged_exactly_as_it_was() -> None:
    fills = recorded("portfolio_fills.json")["fills"]
    for fill in fills:
        made = exchange(fees_of(fill["ticker"]))
        side = BookSide(fill["book_side"])
        price, size = parse_price(fill["yes_price_dollars"]), parse_count(fill["count_fp"])
        put(made, "crowd", side.other, price, size)
        put(made, "ann", side, price, size)
        charged = [each.fee for each in made.accounts["ann"].fills]
        assert charged == [parse_money(fill["fee_cost"])], fill["fill_id"]
    assert len(fills) == 11


@needs_recordings
def test_every_recorded_production_settlement_pays_what_it_paid() -> None:
    settlements = recorded("portfolio_settlements_redacted.json")["payload"]["settlements"]
    for told in settlements:
        made = exchange(fees_of(told["ticker"]))
        for leg, side in (("yes", BID), ("no", ASK)):
            size = parse_count(told[f"{leg}_count_fp"])
            cost = parse_money(told[f"{leg}_total_cost_dollars"])
            if size:
                # Recorded are sums; one fill at the mean price stands for them.
                mean = cost // size
                price = mean if side is BID else 10_000 - mean
                put(made, "crowd", side.other, price, size)
                put(made, "ann", side, price, size)
                assert mean * size == cost
        made.determine("RAIN", MarketResult(told["market_result"]), NOW)
        made.settle("RAIN", NOW)
        (paid,) = made.accounts["ann"].settlements
        assert paid.revenue == told["revenue"] * 10_000
        assert paid.value == told["value"] * 100
        assert paid.yes_count == parse_count(told["yes_count_fp"])
        assert paid.no_count == parse_count(told["no_count_fp"])
        assert paid.yes_cost + paid.no_cost == cost_of(told)
    assert len(settlements) == 22


def cost_of(told: Mapping[str, Any]) -> Money:
    """Return what both legs of a recorded settlement cost."""
    legs = [parse_money(told[f"{leg}_total_cost_dollars"]) for leg in ("yes", "no")]
    return Money(sum(legs))


def fees_of(ticker: str) -> FeeSchedule:
    """Return the recorded fees of the ticker's series; plain quadratic ×1 where none are."""
    for name, payload in recorded("series_fee_fields.json")["payloads"].items():
        if ticker.startswith(name):
            series = payload["series"]
            multiplier = round(series["fee_multiplier"] * 1_000_000)
            return FeeSchedule(FeeType(series["fee_type"]), multiplier)
    return FeeSchedule()


def recorded(name: str) -> Mapping[str, Any]:
    """Return one recorded body."""
    body: Mapping[str, Any] = json.loads((RECORDED / name).read_text())
    return body
