"""A practice exchange with its crowd, driven in virtual time by the tests."""

from collections.abc import Callable, Iterator, Mapping

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.practice.crowd import Crowd
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import BookChanged, Happening, TradePrinted
from kalshi_tui.practice.latent import LatentMark
from kalshi_tui.practice.listings import catalogue
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import NewOrder, Placed

SECOND = 10**9
START = 1_800_000_000 * SECOND
CLIENT = "client"


class CrowdWorld:
    """One seeded exchange and everything that happened on it."""

    def __init__(
        self,
        *,
        seed: int = 0,
        markets: int | None = None,
        preset: str | None = None,
        rate: float | None = None,
        rates: Mapping[str, float] | None = None,
        marks: Mapping[str, LatentMark] | None = None,
        scenario: str | None = None,
    ) -> None:
        self.catalogue = catalogue(
            START, seed=seed, markets=markets, preset=preset, scenario=scenario
        )
        self.exchange = Exchange()
        for listing in self.catalogue.listings:
            self.exchange.list_market(listing, START)
        self.exchange.open_account(CLIENT, dict.fromkeys(range(4), Money(10**13)))
        self.crowd = Crowd(
            self.exchange, self.catalogue, seed=seed, rate=rate, rates=rates, marks=marks
        )
        self.now = START
        self.happenings: list[Happening] = []
        self.crowd.open(START)
        self.collect()

    def collect(self) -> list[Happening]:
        """Take what happened, and keep it."""
        taken = self.exchange.take_happenings()
        self.happenings += taken
        return taken

    def run(self, seconds: float, step_s: float = 1.0, most: int | None = None) -> list[Happening]:
        """Let time pass in steps; return what happened."""
        found: list[Happening] = []
        end = self.now + int(seconds * SECOND)
        while self.now < end:
            self.now = min(end, self.now + int(step_s * SECOND))
            while self.crowd.run_until(self.now, most):
                found += self.collect()
            self.exchange.advance(self.now)
            found += self.collect()
        return found

    def seconds(self, count: int) -> Iterator[None]:
        """Let time pass, second by second."""
        for _ in range(count):
            self.run(1.0)
            yield

    def place(self, ticker: str, side: BookSide, price: int, contracts: int) -> Placed:
        """Place a customer's order now."""
        order = NewOrder(ticker, side, Price(price), Count(contracts * 100))
        placed = self.exchange.place(CLIENT, order, self.now)
        self.collect()
        return placed

    def market(self, ticker: str) -> ListedMarket:
        """Return one market's record."""
        return self.exchange.markets[ticker]


def deltas(happenings: list[Happening], ticker: str | None = None) -> list[BookChanged]:
    """Return the book changes, of one market or of all."""
    return [
        each
        for each in happenings
        if isinstance(each, BookChanged) and ticker in (None, each.ticker)
    ]


def trades(happenings: list[Happening]) -> list[TradePrinted]:
    """Return the public trades."""
    return [each for each in happenings if isinstance(each, TradePrinted)]


def public(
    happenings: list[Happening], keep: Callable[[str], bool]
) -> list[tuple[str, str, int, int, int]]:
    """Return the crowd's own deltas and all trades of some markets, without ids and counters."""
    found: list[tuple[str, str, int, int, int]] = []
    for each in happenings:
        if isinstance(each, BookChanged) and not each.account_id and keep(each.ticker):
            found.append((each.ticker, each.side.value, each.price, each.change, each.at_ns))
        elif isinstance(each, TradePrinted) and keep(each.ticker):
            found.append((each.ticker, "trade", each.price, each.size, each.at_ns))
    return found
