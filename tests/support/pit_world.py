"""One market whose fair price the test decides, with the hands of the crowd in it."""

from collections.abc import Callable

from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.latent import Latent, Motion, Shape
from kalshi_tui.practice.makers import ACCOUNTS
from kalshi_tui.practice.orders import NewOrder, Order
from kalshi_tui.practice.pit import NOISE, STOCK, TAKER, Pit
from kalshi_tui.practice.presets import LIVELY, Profile
from tests.support.exchange_world import NOW, listing

TICKER = "CENT"
STILL = Motion(Shape.THRESHOLDS, (0.503,), 1e12)
"""A fair price of 50.3 cents that practically stands still."""


class PitWorld:
    """A pit on an exchange of its own; what is put off lands in `late`."""

    def __init__(
        self,
        profile: Profile = LIVELY,
        motion: Motion = STILL,
        structure: str = "linear_cent",
    ) -> None:
        self.exchange = Exchange()
        market = self.exchange.list_market(listing(TICKER, grid=PUBLISHED_GRIDS[structure]), NOW)
        for account in (*ACCOUNTS, STOCK, NOISE, TAKER):
            self.exchange.open_house(account)
        self.exchange.open_account("client", {0: Money(10**15)})
        self.late: list[tuple[int, Callable[[int], None]]] = []
        self.latent = Latent(0, "event", motion, NOW)
        self.pit = Pit(
            self.exchange,
            market,
            self.latent,
            0,
            profile,
            lambda at_ns, deed: self.late.append((at_ns, deed)),
        )

    def place(self, side: BookSide, price: int, contracts: int) -> str:
        """Place a customer's order; return its id."""
        order = NewOrder(TICKER, side, Price(price), Count(contracts * 100))
        return self.exchange.place("client", order, NOW).order_id

    def orders(self, account: str, side: BookSide) -> list[Order]:
        """Return a crowd account's live orders of one side."""
        return [o for o in self.exchange.house[account].orders.values() if o.side is side]
