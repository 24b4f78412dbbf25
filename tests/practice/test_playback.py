"""A recorded market: the book equals the recording, and customers trade against it."""

from pathlib import Path
from typing import Any

import pytest

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.practice.crowd import Crowd
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import FillMade, Happening, MarketResult, TradePrinted
from kalshi_tui.practice.listings import Catalogue, catalogue, with_recordings
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import NewOrder, Placed
from kalshi_tui.practice.recording import Recording, read_recordings
from tests.support.reel import TICKER, delta, snapshot, trade, write

BID, ASK = BookSide.BID, BookSide.ASK
MS = 1_000_000
SECOND = 1_000 * MS
START = 1_800_000_000 * SECOND
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "recordings" / "ws"

OPENING = snapshot([["0.4000", "10.00"]], [["0.5500", "8.00"]])


class Cinema:
    """An exchange that plays a recording, with one customer in the seats."""

    def __init__(self, recordings: tuple[Recording, ...]) -> None:
        self.exchange = Exchange()
        self.listed = with_recordings(Catalogue([]), recordings, START)
        for listing in self.listed.listings:
            self.exchange.list_market(listing, START)
        self.exchange.open_account("me", {0: Money(10**13)})
        self.crowd = Crowd(self.exchange, self.listed)
        self.crowd.open(START)
        self.now = START

    @property
    def market(self) -> ListedMarket:
        return self.exchange.markets[TICKER]

    def run(self, ms: int) -> list[Happening]:
        """Let time pass; return what happened."""
        self.now += ms * MS
        self.crowd.run_until(self.now)
        self.exchange.advance(self.now)
        return self.exchange.take_happenings()

    def place(self, side: BookSide, price: int, count: int) -> Placed:
        order = NewOrder(TICKER, side, Price(price), Count(count))
        return self.exchange.place("me", order, self.now)

    def book(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return bids and asks, best first."""
        bids, asks = (self.market.book.levels(side) for side in (BID, ASK))
        return [(price, size) for price, size in bids], [(price, size) for price, size in asks]


def cinema(tmp_path: Path, *frames: dict[str, Any]) -> Cinema:
    end = delta(60_000, "yes", "0.0100", "1.00")
    return Cinema(read_recordings(write(tmp_path / "reel", [OPENING, *frames, end])))


def test_the_book_equals_the_recording_step_by_step(tmp_path: Path) -> None:
    world = cinema(
        tmp_path,
        delta(0, "yes", "0.4100", "2.00"),
        delta(100, "no", "0.5500", "-3.00"),
        delta(200, "yes", "0.4100", "-2.00"),
    )
    assert world.book() == ([(4_100, 200), (4_000, 1_000)], [(4_500, 800)])
    world.run(100)
    assert world.book() == ([(4_100, 200), (4_000, 1_000)], [(4_500, 500)])
    world.run(100)
    assert world.book() == ([(4_000, 1_000)], [(4_500, 500)])


def test_a_recorded_trade_prints_and_is_one_delta(tmp_path: Path) -> None:
    world = cinema(
        tmp_path, delta(100, "no", "0.5500", "-3.00"), trade(100, "0.4500", "3.00", "bid")
    )
    prints = [each for each in world.run(100) if isinstance(each, TradePrinted)]
    assert [(each.price, each.size, each.taker_side) for each in prints] == [(4_500, 300, BID)]
    assert world.book()[1] == [(4_500, 500)]


def test_the_queue_ahead_falls_with_the_prints(tmp_path: Path) -> None:
    steps = []
    for number in range(1, 4):
        steps += [
            delta(100 * number, "no", "0.5500", "-4.00"),
            trade(100 * number, "0.4500", "4.00", "bid"),
            delta(100 * number, "no", "0.5500", "4.00"),
        ]
    world = cinema(tmp_path, *steps)
    mine = world.place(ASK, 4_500, 300).order_id
    assert world.exchange.queue_ahead(mine) == 800
    world.run(100)
    assert world.exchange.queue_ahead(mine) == 400
    world.run(100)
    assert world.exchange.queue_ahead(mine) == 0
    fills = [each.fill for each in world.run(100) if isinstance(each, FillMade)]
    assert [(each.price, each.size, each.is_taker) for each in fills] == [(4_500, 300, False)]


def test_a_recorded_order_meets_a_customers(tmp_path: Path) -> None:
    world = cinema(tmp_path, delta(100, "no", "0.5800", "5.00"))
    world.place(BID, 4_300, 200)
    fills = [each.fill for each in world.run(100) if isinstance(each, FillMade)]
    assert [(each.price, each.size, each.is_taker) for each in fills] == [(4_300, 200, False)]
    assert world.book()[1] == [(4_200, 300), (4_500, 800)]


def test_what_a_customer_took_stays_taken_and_later_removals_are_clipped(tmp_path: Path) -> None:
    world = cinema(
        tmp_path,
        delta(100, "no", "0.5500", "2.00"),
        delta(200, "no", "0.5500", "-9.00"),
        delta(300, "no", "0.5500", "4.00"),
    )
    assert world.place(BID, 4_500, 600).filled == 600
    assert world.book()[1] == [(4_500, 200)]
    world.run(100)
    assert world.book()[1] == [(4_500, 400)]
    world.run(100)
    assert world.book()[1] == []
    world.run(100)
    assert world.book()[1] == [(4_500, 400)]


def test_a_book_crossed_within_one_stamp_ends_as_recorded(tmp_path: Path) -> None:
    world = cinema(
        tmp_path,
        delta(100, "yes", "0.4600", "5.00"),
        delta(100, "no", "0.5500", "-8.00"),
        delta(100, "no", "0.5200", "1.00"),
    )
    world.run(100)
    assert world.book() == ([(4_600, 500), (4_000, 1_000)], [(4_800, 100)])


def test_a_pause_hides_nothing_for_good(tmp_path: Path) -> None:
    world = cinema(
        tmp_path, delta(100, "yes", "0.4100", "2.00"), delta(300, "yes", "0.4200", "1.00")
    )
    world.exchange.pause_market(TICKER, world.now)
    world.run(200)
    assert world.book() == ([(4_000, 1_000)], [(4_500, 800)])
    world.exchange.reactivate_market(TICKER, world.now)
    assert world.book() == ([], [])
    world.run(100)
    assert world.book() == ([(4_200, 100), (4_100, 200), (4_000, 1_000)], [(4_500, 800)])


def test_the_market_closes_after_the_last_step_and_settles_by_its_last_book(
    tmp_path: Path,
) -> None:
    world = cinema(tmp_path)
    world.run(61_000)
    before = world.market.status
    world.run(30_000)
    assert (before, world.market.status) == (MarketStatus.ACTIVE, MarketStatus.FINALIZED)
    assert world.market.result is MarketResult.NO


def test_a_recording_stands_first_beside_the_usual_markets(tmp_path: Path) -> None:
    recordings = read_recordings(write(tmp_path / "reel", [OPENING]))
    listed = with_recordings(catalogue(START), recordings, START)
    assert listed.markets[0].listing.ticker == TICKER
    assert len(listed.markets) > 12


@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not here")
@pytest.mark.parametrize("name", ["gold15m-1900", "btc15m-short"])
def test_a_real_recording_plays_without_a_difference(name: str) -> None:
    world = Cinema(read_recordings(SHARED / f"{name}.ndjson.gz"))
    (recording,) = world.listed.recordings.values()
    market = world.exchange.markets[recording.ticker]
    wanted: dict[tuple[BookSide, int], int] = {}
    for number, step in enumerate(recording.steps):
        place = (step.side, step.price)
        wanted[place] = wanted.get(place, 0) + step.change
        later = recording.steps[number + 1 : number + 2]
        if (number % 400 and later) or (later and later[0].after_ns == step.after_ns):
            continue
        world.crowd.run_until(START + step.after_ns)
        for side in BookSide:
            held = {(side, price): size for price, size in market.book.levels(side)}
            assert held == {at: size for at, size in wanted.items() if size and at[0] is side}
