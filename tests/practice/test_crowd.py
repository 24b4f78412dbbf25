"""The crowd: the same from the same seed, always valid, at the wanted rate, and never gone."""

from collections import Counter
from hashlib import sha256
from itertools import pairwise

import pytest

from kalshi_tui.core.book import Book
from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR
from kalshi_tui.practice.crowd import Crowd
from kalshi_tui.practice.happenings import (
    BookChanged,
    Happening,
    MarketDetermined,
    MarketResult,
    StatusChanged,
)
from kalshi_tui.practice.listings import FIRST
from kalshi_tui.practice.presets import Sides
from tests.support.crowd_world import (
    SECOND,
    START,
    CrowdWorld,
    deltas,
    public,
    trades,
)

HOCKEY = "KXNHL-27-COL"


def fingerprint(happenings: list[Happening]) -> str:
    return sha256(repr(happenings).encode()).hexdigest()


def two_sided(world: CrowdWorld) -> list[str]:
    return [
        each.listing.ticker for each in world.catalogue.markets if each.profile.sides is Sides.BOTH
    ]


def test_the_opening_book_is_there_at_once() -> None:
    world = CrowdWorld()
    assert {each.at_ns for each in deltas(world.happenings)} == {START}
    book = world.market(FIRST).book
    bids, asks = book.levels(BookSide.BID), book.levels(BookSide.ASK)
    assert len(bids) >= 10
    assert len(asks) >= 10
    assert asks[0][0] - bids[0][0] <= 200
    near = sum(size for _, size in bids[:6] + asks[:6])
    assert near > 3_000 * 100
    assert all(here[0] - after[0] == 100 for here, after in pairwise(bids[:11]))


def test_an_exclusive_events_prices_sum_to_about_a_dollar() -> None:
    world = CrowdWorld()
    world.run(30)
    books = [world.market(each).book for each in world.exchange.markets if "KXNHL" in each]
    middles = [(book.best_bid or 0) + (book.best_ask or ONE_DOLLAR) for book in books]
    assert len(middles) == 5
    assert abs(sum(middles) // 2 - ONE_DOLLAR) < 600


def test_the_same_seed_gives_the_same_happenings() -> None:
    first, second, other = CrowdWorld(seed=5), CrowdWorld(seed=5), CrowdWorld(seed=6)
    for world in (first, second, other):
        world.run(40)
    assert len(first.happenings) > 1_500
    assert fingerprint(first.happenings) == fingerprint(second.happenings)
    assert fingerprint(first.happenings) != fingerprint(other.happenings)


@pytest.mark.parametrize(("step_s", "most"), [(0.02, None), (7.0, None), (1.0, 3)])
def test_how_often_the_server_looks_changes_nothing(step_s: float, most: int | None) -> None:
    plain, other = CrowdWorld(), CrowdWorld()
    plain.run(30)
    other.run(30, step_s, most)
    assert fingerprint(plain.happenings) == fingerprint(other.happenings)


def test_a_customers_trade_leaves_every_other_market_alone() -> None:
    alone, visited = CrowdWorld(), CrowdWorld()
    for world in (alone, visited):
        world.run(5)
    visited.place(FIRST, BookSide.BID, 9_900, 20_000)
    for world in (alone, visited):
        world.run(40)
    elsewhere = [public(world.happenings, lambda each: each != FIRST) for world in (alone, visited)]
    here = [public(world.happenings, lambda each: each == FIRST) for world in (alone, visited)]
    assert elsewhere[0] == elsewhere[1]
    assert here[0] != here[1]


def test_a_customers_resting_order_shifts_no_draw() -> None:
    alone, visited = CrowdWorld(), CrowdWorld()
    visited.place(FIRST, BookSide.BID, 200, 500)
    for world in (alone, visited):
        world.run(40)
    seen = [public(world.happenings, lambda _: True) for world in (alone, visited)]
    assert seen[0] == seen[1]


def test_each_market_has_a_time_and_a_will_of_its_own() -> None:
    world = CrowdWorld(rate=400.0)
    found = world.run(10)
    twin, other = "KXNHL-27-COL", "KXNHL-27-EDM"
    times = [{each.at_ns for each in deltas(found, ticker)} for ticker in (twin, other)]
    assert min(map(len, times)) > 20
    assert not times[0] & times[1]


def test_further_markets_shift_no_other_market() -> None:
    few, many = CrowdWorld(seed=2), CrowdWorld(seed=2, markets=60)
    for world in (few, many):
        world.run(30)
    known = set(few.exchange.markets)
    seen = [public(world.happenings, known.__contains__) for world in (few, many)]
    assert Counter(seen[0]) == Counter(seen[1])


def test_books_are_never_crossed_and_deltas_rebuild_them() -> None:
    world = CrowdWorld(seed=3, rate=400.0)
    world.run(30)
    books: dict[str, Book] = {}
    clocks: dict[str, int] = {}
    for each in deltas(world.happenings):
        book = books.setdefault(each.ticker, Book())
        book.apply(each.side, each.price, each.change)
        assert not book.is_crossed
        assert each.price in world.market(each.ticker).grid
        assert each.clock == clocks.get(each.ticker, 0) + 1
        clocks[each.ticker] = each.clock
    for ticker, book in books.items():
        real = world.market(ticker).book
        for side in BookSide:
            assert [tuple(level) for level in book.levels(side)] == real.levels(side)


def test_times_never_run_back() -> None:
    world = CrowdWorld(rate=200.0)
    world.run(20)
    times = [each.at_ns for each in deltas(world.happenings)]
    assert times == sorted(times)
    assert times[-1] <= world.now < world.crowd.next_time()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rate", [None, 40.0, 300.0])
def test_the_rate_is_kept_within_a_quarter_over_a_minute(seed: int, rate: float | None) -> None:
    world = CrowdWorld(seed=seed, rate=rate)
    wanted = rate or sum(each.profile.rate for each in world.catalogue.markets)
    found = len(deltas(world.run(60))) / 60
    assert 0.75 * wanted < found < 1.25 * wanted


def test_single_markets_can_be_given_a_rate() -> None:
    world = CrowdWorld(rates={HOCKEY: 30.0})
    found = world.run(60)
    assert 20 < len(deltas(found, HOCKEY)) / 60 < 42
    assert len(deltas(found, FIRST)) / 60 < 18


def test_the_default_is_lively_but_calm() -> None:
    world = CrowdWorld()
    found = world.run(120)
    assert 25 < len(deltas(found)) / 120 < 45
    assert 6 < len(deltas(found, FIRST)) / 120 < 14
    assert 15 < sum(each.ticker == FIRST for each in trades(found)) < 120
    quiet = [each for each in world.exchange.markets if "KXHIGHNY" in each]
    assert sum(len(deltas(found, each)) for each in quiet) / 120 < 0.7


@pytest.mark.parametrize(("preset", "least", "most"), [("dead", 0, 1.0), ("quiet", 0.3, 3.0)])
def test_quiet_presets_are_quiet(preset: str, least: float, most: float) -> None:
    world = CrowdWorld(preset=preset)
    assert least <= len(deltas(world.run(60))) / 60 <= most


def test_busy_presets_are_busy() -> None:
    assert 20 < len(deltas(CrowdWorld(preset="sports", markets=12).run(60))) / 60 < 40
    hot = [len(deltas(CrowdWorld(seed=n, preset="15m", markets=1).run(30))) / 30 for n in range(4)]
    assert 30 < sum(hot) / len(hot) < 130


def test_two_sided_markets_stay_two_sided_and_tight() -> None:
    world = CrowdWorld(seed=4)
    wide = Counter[str]()
    for _ in world.seconds(240):
        for ticker in two_sided(world):
            market = world.market(ticker)
            bid, ask = market.book.best_bid, market.book.best_ask
            assert bid is not None
            assert ask is not None
            wide[ticker] += ask - bid > 1_000
    assert all(count < 24 for count in wide.values())
    assert wide[FIRST] == 0


def test_one_sided_markets_stay_one_sided() -> None:
    world = CrowdWorld(rate=200.0)
    world.run(30)
    for each in world.catalogue.markets:
        book = world.market(each.listing.ticker).book
        if each.profile.sides is Sides.NO_BIDS:
            assert book.best_bid is None
            assert book.best_ask is not None
        elif each.profile.sides is Sides.YES_BIDS:
            assert book.best_bid is not None
            assert book.best_ask is None


@pytest.mark.parametrize("ticker", [FIRST, HOCKEY, "KXHIGHNY-27JAN15-B43.5"])
@pytest.mark.parametrize("side", list(BookSide))
def test_a_swept_book_comes_back_within_seconds(ticker: str, side: BookSide) -> None:
    world = CrowdWorld()
    world.run(3)
    limit = 9_900 if side is BookSide.BID else 100
    world.place(ticker, side, limit, 9_000_000)
    book = world.market(ticker).book
    swept = book.best_ask if side is BookSide.BID else book.best_bid
    assert swept is None
    for order in list(world.exchange.accounts["client"].resting.values()):
        world.exchange.cancel("client", order.order_id, world.now)
    world.run(4)
    assert book.best_bid is not None
    assert book.best_ask is not None
    assert book.best_ask - book.best_bid <= 900


def test_top_sizes_vary_from_tens_to_thousands() -> None:
    world = CrowdWorld()
    sizes = []
    for _ in world.seconds(300):
        book = world.market(FIRST).book
        sizes += [book.levels(side)[0][1] // 100 for side in BookSide]
    sizes.sort()
    assert sizes[len(sizes) // 10] < 150
    assert sizes[len(sizes) // 2] > 100
    assert sizes[-len(sizes) // 10] > 500


def test_every_trade_is_exactly_one_delta_before_it() -> None:
    world = CrowdWorld(seed=8, rate=300.0)
    open_trades = Counter[tuple[str, int, int, int]]()
    printed = 0
    for each in world.run(20):
        if isinstance(each, BookChanged) and each.change < 0:
            open_trades[each.ticker, each.at_ns, each.price, -each.change] += 1
    for trade in trades(world.happenings):
        open_trades[trade.ticker, trade.at_ns, trade.price, trade.size] -= 1
        printed += 1
    assert printed > 50
    assert min(open_trades.values()) == 0


def test_the_flow_looks_like_the_recorded_one() -> None:
    world = CrowdWorld(seed=1, preset="15m", markets=1)
    best: dict[BookSide, int] = {}
    book = Book()
    near = adds = 0
    for each in deltas(world.happenings) + deltas(world.run(120)):
        if each.change > 0 and each.at_ns > START:
            top = book.best_bid if each.side is BookSide.BID else book.best_ask
            best[each.side] = each.price if top is None else top
            behind = best[each.side] - each.price
            near += (behind if each.side is BookSide.BID else -behind) <= 0
            adds += 1
        book.apply(each.side, each.price, each.change)
    printed = trades(world.happenings)
    count = len(deltas(world.happenings))
    assert 0.1 < near / adds < 0.5
    assert 20 < count / len(printed) < 80
    fractional = sum(each.size % 100 != 0 for each in printed) / len(printed)
    assert 0.3 < fractional < 0.9
    buys = sum(each.taker_side is BookSide.BID for each in printed) / len(printed)
    assert 0.2 < buys < 0.8


def test_nobody_trades_during_a_pause_and_everybody_after_it() -> None:
    world = CrowdWorld()
    world.run(5)
    world.exchange.trading_active = False
    assert deltas(world.run(10)) == []
    world.exchange.trading_active = True
    assert len(deltas(world.run(10))) > 100


def test_a_reactivated_market_fills_again() -> None:
    world = CrowdWorld()
    world.run(5)
    world.exchange.pause_market(FIRST, world.now)
    assert deltas(world.run(5), FIRST) == []
    world.exchange.reactivate_market(FIRST, world.now)
    book = world.market(FIRST).book
    assert book.best_bid is None
    world.run(20)
    assert len(book.levels(BookSide.BID)) >= 8
    assert len(book.levels(BookSide.ASK)) >= 8


def test_a_quarter_hour_market_is_followed_by_the_next() -> None:
    world = CrowdWorld(seed=1)
    first = [each for each in world.exchange.markets if "KXBTC15M" in each]
    closes_ns = world.market(first[0]).close_ns
    world.run((closes_ns - START) / SECOND + 30, step_s=5.0)
    quarters = [each for each in world.exchange.markets if "KXBTC15M" in each]
    assert len(quarters) == 2
    assert world.market(quarters[0]).status is MarketStatus.FINALIZED
    assert world.market(quarters[0]).book.all_orders() == []
    assert quarters[1] in [each.listing.ticker for each in world.catalogue.markets]
    assert world.market(quarters[1]).close_ns - closes_ns == 900 * SECOND
    assert world.market(quarters[1]).book.best_bid is not None
    late = [
        each
        for each in world.happenings
        if isinstance(each, StatusChanged) and each.ticker == quarters[0]
    ]
    assert [each.after for each in late] == [
        MarketStatus.CLOSED,
        MarketStatus.DETERMINED,
        MarketStatus.FINALIZED,
    ]
    assert late[0].at_ns == closes_ns
    assert closes_ns + SECOND <= late[1].at_ns <= closes_ns + 20 * SECOND


def test_five_hundred_markets_open_and_run() -> None:
    world = CrowdWorld(markets=500)
    assert len(world.exchange.markets) == 500
    empty = [
        each for each in two_sided(world) if not world.market(each).book.levels(BookSide.BID, 1)
    ]
    assert len(empty) <= 5
    assert len(deltas(world.run(5))) > 200


def test_makers_withdraw_when_told_and_come_back() -> None:
    world = CrowdWorld(rate=200.0)
    world.run(5)
    world.crowd.withdraw_makers([FIRST, "no such market"], world.now + 20 * SECOND, world.now)
    world.collect()
    book = world.market(FIRST).book
    assert len(book.all_orders()) < 40  # what passers have left
    assert deltas(world.run(19), HOCKEY)
    assert len(book.all_orders()) < 40
    world.run(15)
    assert len(book.levels(BookSide.BID)) >= 8
    assert len(book.levels(BookSide.ASK)) >= 8


@pytest.mark.parametrize("ticker", [FIRST, "KXHIGHNY-27JAN15-B43.5"])
def test_the_book_follows_a_gap_of_the_fair_price(ticker: str) -> None:
    world = CrowdWorld()
    world.run(5)
    before = world.market(ticker).book.best_bid
    world.crowd.gap([ticker], -20, world.now)
    world.run(3)
    after = world.market(ticker).book.best_ask
    assert before is not None
    assert after is not None
    assert 1_000 < before - after < 3_000


def test_a_verdict_names_one_winner_of_an_exclusive_event() -> None:
    world = CrowdWorld()
    world.run(3)
    rivals = [each for each in world.exchange.markets if "KXNHL" in each]
    for each in rivals:
        world.exchange.close_market(each, world.now)
    assert sum(world.crowd.outcome(each) for each in rivals) == 1
    with pytest.raises(KeyError):
        world.crowd.outcome("no such market")


def test_hidden_prices_go_on_where_an_earlier_run_left_them() -> None:
    world = CrowdWorld(seed=3)
    world.run(20)
    world.crowd.gap([HOCKEY], 30, world.now)
    marks = world.crowd.marks()
    again = CrowdWorld(seed=3, marks=marks)
    assert again.crowd.marks()["KXNHL-27"].scores == marks["KXNHL-27"].scores
    middle = again.market(HOCKEY).book.best_bid
    assert middle is not None
    assert middle > 5_500


def test_the_market_that_cannot_be_judged_settles_at_its_last_fair_price() -> None:
    world = CrowdWorld()
    combo = next(each for each in world.exchange.markets if "KXMVE" in each)
    world.run(3)
    middle = world.market(combo).book.best_bid or 0
    world.exchange.close_market(combo, world.now)
    world.run(300, step_s=10.0)
    market = world.market(combo)
    assert market.result is MarketResult.SCALAR
    assert market.value is not None
    assert market.value % 100 == 0
    assert abs(market.value - middle) < 400


def test_a_market_that_a_person_determined_is_left_alone() -> None:
    world = CrowdWorld()
    world.run(3)
    world.exchange.close_market(FIRST, world.now)
    world.run(2)
    world.exchange.determine(FIRST, MarketResult.YES, world.now)
    world.run(200, step_s=10.0)
    determined = [each for each in world.happenings if isinstance(each, MarketDetermined)]
    assert [each.ticker for each in determined] == [FIRST]


def test_a_market_that_closes_again_is_judged_by_its_last_close() -> None:
    world = CrowdWorld()
    world.run(3)
    world.exchange.close_market(FIRST, world.now)
    world.run(2)
    world.exchange.move_close(FIRST, world.now + 300 * SECOND, world.now)
    world.run(200, step_s=5.0)
    assert world.market(FIRST).status is MarketStatus.ACTIVE
    assert len(world.market(FIRST).book.levels(BookSide.BID)) > 8
    world.run(320, step_s=5.0)
    assert world.market(FIRST).status is MarketStatus.FINALIZED


def test_one_event_overrides_its_series_fees_and_markets_lie_on_several_shards() -> None:
    world = CrowdWorld()
    assert len(world.exchange.shards) >= 2
    weather = world.market("KXHIGHNY-27JAN15-B43.5")
    assert weather.fees != weather.listing.fees
    assert world.market(FIRST).fees == world.market(FIRST).listing.fees


def test_one_market_changes_its_grid_on_the_way() -> None:
    world = CrowdWorld(rate=2.0)
    before = world.market("KXNHL-27-DAL").grid
    world.run(1_260, step_s=60.0)
    market = world.market("KXNHL-27-DAL")
    assert market.structure == "tapered_deci_cent"
    assert market.grid != before
    assert all(price in market.grid for price, _ in market.book.levels(BookSide.BID))


def test_what_closed_long_before_the_start_is_settled_at_once() -> None:
    world = CrowdWorld()
    world.exchange.close_market(HOCKEY, world.now)
    world.exchange.close_market(FIRST, world.now + 3_600 * SECOND)
    again = Crowd(world.exchange, world.catalogue)
    again.open(world.now + 3_660 * SECOND)
    assert world.market(HOCKEY).status is MarketStatus.FINALIZED
    assert world.market(FIRST).status is MarketStatus.CLOSED
