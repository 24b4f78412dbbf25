"""The scenarios: what each promises happens, at its time, the same from the same seed."""

from collections import defaultdict

import pytest

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.practice.happenings import MarketDetermined, MarketResult, StatusChanged
from kalshi_tui.practice.scenarios import SCENARIOS, described
from tests.support.crowd_world import SECOND, START, CrowdWorld, deltas

STEP_S = 10.0


def statuses(world: CrowdWorld, ticker: str) -> list[tuple[int, MarketStatus]]:
    return [
        ((each.at_ns - START) // SECOND, each.after)
        for each in world.happenings
        if isinstance(each, StatusChanged) and each.ticker == ticker
    ]


def middle(world: CrowdWorld, ticker: str) -> float:
    book = world.market(ticker).book
    return ((book.best_bid or 0) + (book.best_ask or 10_000)) / 2


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_every_scenario_runs_and_repeats(name: str) -> None:
    first, second = (CrowdWorld(seed=2, scenario=name, rate=4.0) for _ in range(2))
    for world in (first, second):
        world.run(120, STEP_S)
    assert first.happenings == second.happenings
    assert len(deltas(first.happenings)) > 100
    assert name in described()


@pytest.mark.parametrize("name", list(SCENARIOS))
@pytest.mark.parametrize("seed", [0, 1])
def test_every_cue_names_something_that_is_listed(name: str, seed: int) -> None:
    world = CrowdWorld(seed=seed, scenario=name, rate=1.0)
    known = {""}
    for each in world.catalogue.listings:
        known |= {each.ticker, each.event_ticker}
    last = max(each.close_ns for each in world.catalogue.listings)
    for cue in world.catalogue.programme:
        assert cue.target in known
        assert 15 < cue.at_s < (last - START) / SECOND


def test_the_release_moves_every_threshold_at_its_second() -> None:
    world = CrowdWorld(seed=3, scenario="cpi", rate=20.0)
    world.run(169, STEP_S)
    before = {each: middle(world, each) for each in world.exchange.markets if "KXCPI" in each}
    world.run(5)
    assert len(world.market("KXCPI-27JAN-T0.3").book.all_orders()) < 20
    world.run(12)
    for ticker, was in before.items():
        if 1_500 < was < 8_500:
            assert abs(middle(world, ticker) - was) > 800


def test_the_election_closes_early_and_one_candidate_wins() -> None:
    world = CrowdWorld(seed=1, scenario="election-night", rate=4.0)
    world.run(700, STEP_S)
    found = [each for each in world.happenings if isinstance(each, MarketDetermined)]
    assert sorted(each.result.value for each in found) == ["no", "no", "yes"]
    assert next(at for at, _ in statuses(world, "KXGOVNJ-27NOV02-SHE")) == 600
    assert world.market("KXGOVNJ-27NOV02-SHE").status is MarketStatus.FINALIZED


def test_a_halt_stops_one_market_then_all_and_ends() -> None:
    world = CrowdWorld(scenario="halt", rate=20.0)
    world.run(450, STEP_S)
    by_second: defaultdict[str, set[int]] = defaultdict(set)
    for each in deltas(world.happenings):
        by_second[each.ticker].add((each.at_ns - START) // SECOND)
    first, other = by_second["KXDRILL-HALT-A"], by_second["KXDRILL-HALT-B"]
    assert not first & set(range(61, 90))
    assert other & set(range(61, 90))
    for quiet in (range(151, 190), range(251, 280)):
        assert not (first | other) & set(quiet)
    crypto = next(each for each in by_second if "KXBTC" in each)
    assert not by_second[crypto] & set(range(341, 370))
    assert first & set(range(341, 370))
    assert max(first) > 440
    assert world.market("KXDRILL-HALT-B").structure == "tapered_deci_cent"


def test_every_kind_of_ending_is_settled() -> None:
    world = CrowdWorld(seed=2, scenario="settlement", rate=4.0)
    world.run(600, STEP_S)
    drills = [each for each in world.exchange.markets if "KXDRILL" in each]
    assert all(world.market(each).status is MarketStatus.FINALIZED for each in drills)
    void = world.market("KXDRILL-VOID-Q")
    assert void.result is MarketResult.SCALAR
    assert void.value is not None
    assert 2_000 < void.value < 9_000
    assert world.market("KXDRILL-YES-Q").result is MarketResult.YES
    assert world.market("KXDRILL-NO-Q").result is MarketResult.NO
    again = [status for _, status in statuses(world, "KXDRILL-AGAIN-Q")]
    assert again[:3] == [MarketStatus.CLOSED, MarketStatus.ACTIVE, MarketStatus.CLOSED]
    assert MarketStatus.DISPUTED in [each for _, each in statuses(world, "KXDRILL-DISPUTE-Q")]


def test_a_word_that_is_no_scenario_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a scenario; there are election-night, cpi"):
        CrowdWorld(scenario="doomsday")
