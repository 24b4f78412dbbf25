"""What an exchange finds when it comes back: events that went on, and some that ended meanwhile."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.assembly import build, keep
from kalshi_tui.practice.clock import Clock
from kalshi_tui.practice.config import ServeConfig
from kalshi_tui.practice.keys import AccountKey
from kalshi_tui.practice.orders import NewOrder, OrderStatus
from kalshi_tui.practice.venue import Venue
from tests.support.practice_bench import START, rsa_key
from tests.support.reel import TICKER, delta, snapshot, write

SECOND = 10**9
HOUR = 3_600 * SECOND
ANN = "ann-key"


class World:
    """One state folder and a wall clock that tests set."""

    def __init__(self, directory: Path, **config: object) -> None:
        self.directory = directory
        self.now = START
        self.config = ServeConfig(**config)  # type: ignore[arg-type]
        self._close: Callable[[], None] = lambda: None

    def start(self, **changes: object) -> Venue:
        """Start an exchange on the folder; whatever ran before was killed."""
        self._close()
        config = dataclasses.replace(self.config, **changes)  # type: ignore[arg-type]
        keys = (AccountKey(ANN, self.directory, rsa_key().public_key()),)
        venue = build(config, self.directory, keys, Clock(lambda: self.now, lambda: self.now))
        self._close = keep(venue, self.directory).close
        return venue

    def run(self, venue: Venue, nanoseconds: int) -> None:
        """Let an exchange run."""
        end = self.now + nanoseconds
        while self.now < end:
            self.now = min(end, max(venue.next_due_ns() or end, self.now + SECOND // 10))
            venue.run(venue.clock.now_ns())

    def end(self) -> None:
        """Let the folder go."""
        self._close()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, markets=5)


def place(venue: Venue, ticker: str, side: BookSide, price: int, size: int, **terms: object) -> str:
    """Place an order of Ann's and return its id."""
    order = NewOrder(ticker, side, Price(price), Count(size))._replace(**terms)  # type: ignore[arg-type]
    now_ns = venue.begin()
    placed = venue.exchange.place(ANN, order, now_ns)
    venue.settle(now_ns)
    return placed.order_id


def buy(venue: Venue, ticker: str) -> None:
    """Buy a contract at the market."""
    place(venue, ticker, BookSide.BID, 9_900, 100, time_in_force=TimeInForce.IOC)
    assert venue.exchange.accounts[ANN].net(ticker) == 100


def quarter_hour(venue: Venue) -> str:
    """Return the ticker of the 15-minute market that trades now."""
    return next(
        ticker
        for ticker, market in venue.exchange.markets.items()
        if ticker.startswith("KXBTC15M") and market.status is MarketStatus.ACTIVE
    )


def fair(venue: Venue, ticker: str) -> float:
    """Return the hidden price of a market."""
    assert venue.crowd is not None
    event = venue.exchange.markets[ticker].listing.event_ticker
    return venue.crowd.marks()[event].scores[0]


def test_a_market_goes_on_with_its_close_and_near_its_price(world: World) -> None:
    first = world.start()
    ticker = quarter_hour(first)
    world.run(first, 60 * SECOND)
    closes, before = first.exchange.markets[ticker].close_ns, fair(first, ticker)
    world.now += 5 * SECOND
    again = world.start()
    assert again.exchange.markets[ticker].close_ns == closes
    assert abs(fair(again, ticker) - before) < 0.5
    book = again.exchange.markets[ticker].book
    assert book.best_bid is not None
    assert book.best_ask is not None
    other = world.start(seed=9)
    assert abs(fair(other, ticker) - before) < 0.5, "the price is kept, whatever the seed"
    world.end()


def test_two_restarts_from_the_same_journal_are_alike(world: World) -> None:
    first = world.start()
    world.run(first, 20 * SECOND)
    journal = (world.directory / "journal.log").read_bytes()
    seen = []
    for _ in range(2):
        (world.directory / "journal.log").write_bytes(journal)
        again = world.start()
        seen.append(
            [
                (ticker, market.book.levels(BookSide.BID), market.book.levels(BookSide.ASK))
                for ticker, market in again.exchange.markets.items()
            ]
        )
    assert seen[0] == seen[1]
    world.end()


def test_what_closed_while_it_was_off_is_settled_at_the_start(world: World) -> None:
    first = world.start()
    ticker = quarter_hour(first)
    buy(first, ticker)
    resting = place(first, ticker, BookSide.BID, 100, 500)
    cash = first.exchange.accounts[ANN].cash[0]
    world.now += 3 * HOUR
    again = world.start()
    account = again.exchange.accounts[ANN]
    market = again.exchange.markets[ticker]
    assert market.status is MarketStatus.FINALIZED
    (settlement,) = account.settlements
    assert settlement.ticker == ticker
    assert market.result is not None
    assert settlement.revenue == (1_000_000 if market.result.value == "yes" else 0)
    assert account.cash[0] == cash + settlement.revenue
    assert account.net(ticker) == 0
    assert account.orders[resting].status is OrderStatus.CANCELED
    assert account.available(0) == account.cash[0], "nothing is reserved any more"
    third = world.start()
    assert third.exchange.accounts[ANN].settlements == [settlement], "paid once"
    assert quarter_hour(third) != ticker
    world.end()


def test_an_event_whose_name_is_taken_by_a_settled_one_gets_another(world: World) -> None:
    first = world.start()
    ticker = next(iter(first.exchange.markets))
    closes = first.exchange.markets[ticker].close_ns
    buy(first, ticker)
    world.now = closes + HOUR
    again = world.start()
    markets = again.exchange.markets
    event = markets[ticker].listing.event_ticker
    follower = ticker.replace(event, f"{event}R2")
    assert markets[ticker].status is MarketStatus.FINALIZED
    assert markets[follower].status is MarketStatus.ACTIVE
    assert markets[follower].listing.event_ticker == f"{event}R2"
    buy(again, follower)
    opened = markets[follower].listing.open_ns
    world.now += HOUR
    third = world.start()
    assert third.exchange.markets[follower].listing.open_ns == opened, "and it goes on"
    assert third.exchange.accounts[ANN].net(follower) == 100
    world.end()


def test_what_nobody_has_anything_in_is_forgotten(world: World) -> None:
    first = world.start()
    gone = quarter_hour(first)
    world.now += 3 * HOUR
    again = world.start()
    assert gone not in again.exchange.markets
    assert len(again.exchange.markets) == len(first.exchange.markets)
    world.end()


def test_a_smaller_catalogue_keeps_the_markets_that_customers_are_in(world: World) -> None:
    first = world.start(markets=8)
    held = list(first.exchange.markets)[-1]
    buy(first, held)
    again = world.start(markets=1)
    assert held in again.exchange.markets
    assert len(again.exchange.markets) < 8
    assert again.exchange.accounts[ANN].net(held) == 100
    world.end()


def test_time_never_goes_back_over_a_restart(world: World) -> None:
    first = world.start()
    first.clock.step(HOUR // 20)
    order_id = place(first, next(iter(first.exchange.markets)), BookSide.BID, 100, 100)
    again = world.start()
    placed_ns = again.exchange.accounts[ANN].orders[order_id].created_ns
    assert placed_ns >= START + HOUR // 20
    assert again.clock.now_ns() >= placed_ns
    world.end()


def test_a_recording_is_played_anew_and_under_another_name_once_it_was_settled(
    world: World, tmp_path: Path
) -> None:
    opening = snapshot([["0.4000", "10.00"]], [["0.5500", "8.00"]])
    reel = write(tmp_path / "reel", [opening, delta(300_000, "yes", "0.4100", "5.00")])
    first = world.start(replay=reel)
    buy(first, TICKER)
    world.run(first, 5 * SECOND)
    again = world.start(replay=reel)
    assert again.exchange.markets[TICKER].close_ns > first.exchange.markets[TICKER].close_ns
    assert again.exchange.accounts[ANN].net(TICKER) == 100
    world.now += HOUR
    third = world.start(replay=reel)
    assert third.exchange.markets[TICKER].status is MarketStatus.FINALIZED
    assert len(third.exchange.accounts[ANN].settlements) == 1
    event = third.exchange.markets[TICKER].listing.event_ticker
    follower = TICKER.replace(event, f"{event}R2")
    assert next(iter(third.exchange.markets)) == follower
    assert third.exchange.markets[follower].book.best_bid == 4_000
    world.end()
