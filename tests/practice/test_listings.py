"""The catalogue: enough markets, of every kind, with ids that outlive a restart."""

from collections import defaultdict

import pytest

from kalshi_tui.core.fees import FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.practice.latent import Shape
from kalshi_tui.practice.listings import (
    FIRST,
    Catalogue,
    catalogue,
    quarter_hour,
    successor,
)
from kalshi_tui.practice.presets import PRESETS, Sides

SECOND = 10**9
NOW = 1_800_000_123 * SECOND
QUARTER = 900 * SECOND


def tickers(found: Catalogue) -> list[str]:
    return [each.listing.ticker for each in found.markets]


def test_there_are_at_least_twelve_markets_in_four_events_of_every_kind() -> None:
    found = catalogue(NOW)
    assert len(found.markets) >= 12
    assert len(found.events) >= 4
    structures = {each.listing.structure for each in found.markets}
    assert {"linear_cent", "tapered_deci_cent", "center_deci_edge_centi_cent"} <= structures
    tapered = [
        odds
        for event in found.events
        for each, odds in zip(event.markets, event.motion.start, strict=True)
        if each.listing.structure == "tapered_deci_cent"
    ]
    assert min(tapered) < 0.1
    sides = {each.profile.sides for each in found.markets}
    assert sides == set(Sides)
    contest = [event for event in found.events if event.motion.shape is Shape.CONTEST]
    assert contest
    assert len(contest[0].markets) >= 4


def test_fees_differ_between_series() -> None:
    fees = {each.listing.fees for each in catalogue(NOW).markets}
    assert {each.fee_type for each in fees} >= {
        FeeType.QUADRATIC,
        FeeType.QUADRATIC_WITH_MAKER_FEES,
    }
    assert {each.multiplier for each in fees} >= {1_000_000, 500_000}


def test_the_liveliest_whole_cent_market_comes_first() -> None:
    found = catalogue(NOW)
    first = found.markets[0]
    assert first.listing.ticker == FIRST
    assert first.listing.structure == "linear_cent"
    whole = [each for each in found.markets if each.listing.structure == "linear_cent"]
    assert first.profile.rate == max(each.profile.rate for each in whole)


@pytest.mark.parametrize("size", [1, 2, 12, 21, 40, 500])
def test_any_number_of_markets_can_be_asked_for(size: int) -> None:
    found = catalogue(NOW, markets=size, seed=3)
    assert len(found.markets) == size
    assert len(set(tickers(found))) == size
    assert tickers(found)[0] == FIRST
    assert all(event.markets for event in found.events)


def test_more_markets_leave_the_others_as_they_were() -> None:
    few, many = catalogue(NOW, markets=60, seed=3), catalogue(NOW, markets=200, seed=3)
    assert tickers(many)[:60] == tickers(few)
    assert catalogue(NOW, markets=60, seed=4).events[-1] != few.events[-1]


def test_every_listing_is_complete_and_open() -> None:
    for each in catalogue(NOW, markets=80).markets:
        listing = each.listing
        assert listing.open_ns < NOW < listing.close_ns
        assert listing.grid == PUBLISHED_GRIDS[listing.structure]
        assert listing.ticker.startswith(f"{listing.event_ticker}-")
        assert listing.event_ticker.startswith(f"{listing.series_ticker}-")
        for text in (listing.title, listing.yes_sub_title, listing.no_sub_title, listing.rules):
            assert text.isprintable()
            assert text.strip() == text != ""
            assert "{" not in text


def test_ids_are_unique_uuids() -> None:
    ids = [each.listing.market_id for each in catalogue(NOW, markets=80).markets]
    assert len(set(ids)) == 80
    assert all(len(each) == 36 and each[14] == "4" for each in ids)


def test_tickers_survive_a_restart_except_the_quarter_hours() -> None:
    today, tomorrow = catalogue(NOW), catalogue(NOW + 86_400 * SECOND)
    changed = set(tickers(today)) ^ set(tickers(tomorrow))
    assert all(each.startswith("KXBTC15M-") for each in changed)
    ids = {each.listing.ticker: each.listing.market_id for each in today.markets}
    again = {each.listing.ticker: each.listing.market_id for each in tomorrow.markets}
    assert all(again[ticker] == ids[ticker] for ticker in ids.keys() & again.keys())


def test_odds_of_exclusive_events_sum_to_one() -> None:
    sums = defaultdict(float)
    for event in catalogue(NOW, markets=60).events:
        if event.mutually_exclusive:
            sums[event.ticker] = sum(event.motion.start)
    assert len(sums) >= 3
    assert all(each == pytest.approx(1.0) for each in sums.values())


@pytest.mark.parametrize("offset_s", [0, 1, 299, 300, 301, 777])
def test_a_quarter_hour_market_closes_on_the_quarter_with_time_left(offset_s: int) -> None:
    now = NOW // QUARTER * QUARTER + offset_s * SECOND
    listing = quarter_hour(now).markets[0].listing
    assert listing.close_ns % QUARTER == 0
    assert 600 * SECOND <= listing.close_ns - now < 1_500 * SECOND


def test_a_quarter_hour_market_is_named_after_its_close_in_new_york() -> None:
    # 2027-01-15 08:00:00 UTC is 03:00 in New York; at least ten minutes later is 03:15.
    event = quarter_hour(1_800_000_000 * SECOND)
    assert event.ticker == "KXBTC15M-27JAN150315"
    assert event.markets[0].listing.ticker == "KXBTC15M-27JAN150315-15"


def test_only_a_quarter_hour_event_is_followed_by_another() -> None:
    found = catalogue(NOW, preset="sports")
    followed = [event for event in found.events if successor(event, NOW + QUARTER)]
    assert [event.series.ticker for event in followed] == ["KXBTC15M"]
    after = successor(followed[0], NOW + QUARTER)
    assert after is not None
    assert after.ticker != followed[0].ticker
    assert after.markets[0].profile == PRESETS["sports"]


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_preset_is_every_markets_crowd_but_keeps_one_sided_markets(preset: str) -> None:
    plain, chosen = catalogue(NOW), catalogue(NOW, preset=preset)
    assert tickers(plain) == tickers(chosen)
    assert {each.profile.rate for each in chosen.markets} == {PRESETS[preset].rate}
    assert [each.profile.sides for each in chosen.markets] == [
        each.profile.sides for each in plain.markets
    ]


def test_nonsense_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="'loud' is not a preset; there are dead, quiet"):
        catalogue(NOW, preset="loud")
    with pytest.raises(ValueError, match="at least one market"):
        catalogue(NOW, markets=0)
