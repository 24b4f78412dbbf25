"""One market as the traders of the crowd see it: the book, the fair price, and their hands.

Owns how a wish becomes a valid order: on the grid, never through the other side, never on a side
that this crowd leaves empty. Knows no strategy and no random stream. A fair price is a float in
price units; an order's price comes from the tick grid and its size is an integer.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from kalshi_tui.core.market import MarketStatus, TickGrid
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, ONE_CONTRACT, ONE_DOLLAR, Count, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.latent import Latent
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import NewOrder, Order
from kalshi_tui.practice.presets import Profile, Sides
from kalshi_tui.practice.rejections import Rejection

Later = Callable[[int, Callable[[int], None]], None]
"""Do something at a time: (nanoseconds, what); what is called with that time."""

STOCK = "crowd-stock"
NOISE = "crowd-noise"
TAKER = "crowd-taker"

_SLOWEST_S = 30.0

_BEFORE_CLOSE = (MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE)

_CLOSED_SIDE = {Sides.YES_BIDS: BookSide.ASK, Sides.NO_BIDS: BookSide.BID}


class Pit:
    """One market, its fair price and the means to trade in it."""

    __slots__ = (
        "_closed_side",
        "_exchange",
        "_grid",
        "_outcome",
        "book",
        "latent",
        "later",
        "market",
        "nerves",
        "prices",
        "profile",
        "reaction_s",
        "ticker",
    )

    def __init__(
        self,
        exchange: Exchange,
        market: ListedMarket,
        latent: Latent,
        outcome: int,
        profile: Profile,
        later: Later,
    ) -> None:
        self._exchange = exchange
        self._outcome = outcome
        self._closed_side = _CLOSED_SIDE.get(profile.sides)
        self.market = market
        self.ticker = market.ticker
        self.book = market.book
        self.latent = latent
        self.profile = profile
        self.later = later
        self.nerves = 1.0
        """What the half spreads of all makers are multiplied with just now."""
        self.reaction_s = min(_SLOWEST_S, 2.0 * profile.makers / max(profile.rate, 1e-6))
        self._grid: TickGrid = market.grid
        self.prices = market.grid.prices

    def is_open(self) -> bool:
        """Return True while orders are taken; looks at the grid again, which may have changed."""
        market = self.market
        if market.grid is not self._grid:
            self._grid = market.grid
            self.prices = market.grid.prices
        return market.status is MarketStatus.ACTIVE and self._exchange.is_trading(
            market.listing.exchange_index
        )

    def is_over(self) -> bool:
        """Return True once the market has closed; it may be opened again."""
        return self.market.status not in _BEFORE_CLOSE

    def fair(self, at_ns: int) -> float:
        """Return the fair price of YES in price units."""
        return self.latent.fair(self._outcome, at_ns) * ONE_DOLLAR

    def is_right(self, at_ns: int) -> bool:
        """Return whether YES comes true, which ends all doubt about the event."""
        return self.latent.is_right(self._outcome, at_ns)

    def jump(self, ticks: int, at_ns: int) -> None:
        """Let the fair price jump by so many ticks; negative is down."""
        fair = self.fair(at_ns)
        self.latent.jump(self._outcome, ticks * self.tick(fair) / ONE_DOLLAR, at_ns)

    def volatility(self, at_ns: int) -> float:
        """Return how far the fair price moves in one second, in price units."""
        return self.latent.volatility(self._outcome, at_ns) * ONE_DOLLAR

    def tick(self, price: float) -> int:
        """Return the grid's step around a price."""
        prices = self.prices
        index = min(max(bisect_left(prices, price), 1), len(prices) - 1)
        return prices[index] - prices[index - 1]

    def at_or_below(self, price: float) -> int:
        """Return the index of the highest grid price at or below `price`; -1 if there is none."""
        return bisect_right(self.prices, price) - 1

    def at_or_above(self, price: float) -> int:
        """Return the index of the lowest grid price at or above `price`."""
        return bisect_left(self.prices, price)

    def has(self, side: BookSide) -> bool:
        """Return True for a side that this crowd fills."""
        return side is not self._closed_side

    def is_torn(self, at_ns: int) -> bool:
        """Return True when a side that should be there is empty or far from the fair price."""
        fair = self.fair(at_ns)
        far = (2.0 * self.profile.half_spread + 3.0) * self.tick(fair)
        far += 4.0 * self.volatility(at_ns)
        for side, best in (
            (BookSide.BID, self.book.best_bid),
            (BookSide.ASK, self.book.best_ask),
        ):
            if side is self._closed_side:
                continue
            room = fair if side is BookSide.BID else ONE_DOLLAR - fair
            if room > far and (best is None or abs(best - fair) > far):
                return True
        return False

    def order(self, account: str, order_id: str) -> Order | None:
        """Return a live order of a crowd account."""
        return self._exchange.house[account].orders.get(order_id)

    def rest(self, account: str, side: BookSide, index: int, size: Count, at_ns: int) -> str | None:
        """Rest an order at a grid index, or as near to it as the other side allows.

        Return its id, or None where no price was left or the exchange refused.
        """
        prices, book = self.prices, self.book
        if side is self._closed_side:
            return None
        if side is BookSide.BID:
            ask = book.best_ask
            if ask is not None:
                index = min(index, bisect_left(prices, ask) - 1)
        else:
            bid = book.best_bid
            if bid is not None:
                index = max(index, bisect_right(prices, bid))
        if not 0 <= index < len(prices):
            return None
        try:
            order = NewOrder(self.ticker, side, prices[index], size)
            return self._exchange.place(account, order, at_ns).order_id
        except Rejection:
            return None

    def take(
        self, side: BookSide, limit: Price, size: Count, at_ns: int, *, rests: bool = False
    ) -> str | None:
        """Trade up to a limit; what is left over rests only if `rests`. Return the order's id."""
        lasts = TimeInForce.GTC if rests else TimeInForce.IOC
        order = NewOrder(self.ticker, side, limit, size, lasts, SelfTradePrevention.MAKER)
        try:
            return self._exchange.place(TAKER, order, at_ns).order_id
        except Rejection:
            return None

    def withdraw(self, account: str, order_id: str, at_ns: int) -> Count:
        """Cancel an order and return what was left of it; 0 if it was gone already."""
        try:
            return self._exchange.cancel(account, order_id, at_ns).reduced_by
        except Rejection:
            return NO_COUNT


def contracts(number: float) -> Count:
    """Return a size in 1/100 contract, at least the smallest."""
    return Count(max(1, round(number * ONE_CONTRACT)))
