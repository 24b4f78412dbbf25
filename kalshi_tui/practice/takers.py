"""Those of the crowd who come and go: retail takers, informed takers, short-lived limit orders.

Retail buys and sells at the touch, now and then through it; informed takers know the fair price and
take quotes that are wrong by more than the fee; noise orders stand a moment and are canceled.
Knows nothing of makers and stock. Source: sizes, sweeps and signs of recorded trades.
"""

from functools import partial
from math import exp, sqrt

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR, Count, Price
from kalshi_tui.practice.chance import Draws, pick
from kalshi_tui.practice.pit import NOISE, TAKER, Pit, contracts
from kalshi_tui.practice.presets import (
    IMPROVES,
    LONGSHOT_TASTE,
    NOISE_SIZES,
    PLACEMENT,
    REQUOTES,
    TAKER_BUYS,
    TAKER_FRACTIONAL,
    TAKER_LARGEST,
    TAKER_MEDIAN,
    TAKER_MOODS,
    TAKER_RESTS,
    TAKER_SPREAD,
)

_MS = 1_000_000
_SECOND = 10**9
_LONGSHOT = 1_500
_ONE_SIDED = 0.25
"""Share of retail that still trades where one side of the book is empty."""

_SWEEPS = 0.35
_SILLY_TICKS = 8
_SILLY_PRICE = 300
_LONGEST_S = 25.0
_SHORTEST_NS = 4 * _MS
_LIFE_SPREAD = 2.2
_AT_ONCE = 0.45
_LATEST_NS = 240 * _MS
_SLEEPY_NS = 20 * _SECOND


class Passers:
    """The passing traders of one market."""

    __slots__ = ("_moods", "_pit")

    def __init__(self, pit: Pit) -> None:
        self._pit = pit
        self._moods = [0.0] * len(TAKER_MOODS)

    def retail(self, draws: Draws, at_ns: int) -> None:
        """One retail order. Whoever finds the price silly stays away."""
        side = self._taste(self._mood(draws), draws.unit())
        size = min(TAKER_MEDIAN * exp(draws.normal() * TAKER_SPREAD), TAKER_LARGEST)
        fractional = draws.unit() < TAKER_FRACTIONAL
        sweeps, further = draws.unit() < _SWEEPS, 1 + draws.below(5)
        rests = draws.unit() < TAKER_RESTS
        pit = self._pit
        book, stays = pit.book, draws.unit() >= _ONE_SIDED
        if stays and (book.best_ask is None or book.best_bid is None):
            return
        touch = book.best_ask if side is BookSide.BID else book.best_bid
        if touch is None or self._is_silly(side, touch, at_ns):
            return
        limit = self._further(side, touch, further) if sweeps else touch
        count = contracts(size) if fractional else contracts(float(max(1, round(size))))
        order_id = pit.take(side, limit, count, at_ns, rests=rests)
        if rests and order_id is not None and pit.order(TAKER, order_id) is not None:
            pit.later(at_ns + _SLEEPY_NS, partial(self._leave, TAKER, order_id))

    def _mood(self, draws: Draws) -> BookSide:
        """Return the side of the next taker: moods last for some takers, or for many."""
        lean = TAKER_BUYS
        for number, (kept, spread) in enumerate(TAKER_MOODS):
            fresh = draws.normal() * sqrt(1.0 - kept * kept)
            self._moods[number] = self._moods[number] * kept + fresh
            lean += self._moods[number] * spread
        return BookSide.BID if draws.unit() < lean else BookSide.ASK

    def informed(self, draws: Draws, at_ns: int) -> None:
        """Take what is wrong by more than the fee, as it was known 20 to 80 ms ago."""
        pit = self._pit
        fair = pit.fair(at_ns - (20 + draws.below(61)) * _MS)
        size = contracts(float(round(40.0 * exp(draws.normal() * 1.5)) + 1))
        fee = 0.07 * fair * (ONE_DOLLAR - fair) / ONE_DOLLAR
        edge = fee + 0.5 * pit.tick(fair)
        ask, bid = pit.book.best_ask, pit.book.best_bid
        if ask is not None and fair - ask > edge:
            pit.take(BookSide.BID, pit.prices[pit.at_or_below(fair - edge)], size, at_ns)
        elif bid is not None and bid - fair > edge:
            pit.take(BookSide.ASK, pit.prices[pit.at_or_above(fair + edge)], size, at_ns)

    def noise(self, draws: Draws, at_ns: int) -> None:
        """Begin a chain of short-lived limit orders of one side and one size."""
        side = BookSide.BID if draws.below(2) else BookSide.ASK
        size = contracts(pick(NOISE_SIZES, draws.unit()))
        self._quote(Draws(draws.word()), side, size, at_ns)

    def shun(self, at_ns: int) -> None:
        """Cancel short-lived orders at the touch that the fair price has overtaken."""
        pit = self._pit
        fair = pit.fair(at_ns)
        bid, ask = pit.book.best_bid, pit.book.best_ask
        if bid is not None and bid > fair:
            self._leave_level(BookSide.BID, bid, at_ns)
        if ask is not None and ask < fair:
            self._leave_level(BookSide.ASK, ask, at_ns)

    def _leave_level(self, side: BookSide, price: Price, at_ns: int) -> None:
        for order in self._pit.book.orders(side, price):
            if order.account_id == NOISE:
                self._pit.withdraw(NOISE, order.order_id, at_ns)

    def _quote(self, draws: Draws, side: BookSide, size: Count, at_ns: int) -> None:
        """Place the chain's next order and plan its end."""
        pit = self._pit
        depth = -1 if draws.unit() < IMPROVES else pick(PLACEMENT, draws.unit())
        life = pit.profile.noise_life_s * exp(draws.normal() * _LIFE_SPREAD)
        order_id = pit.rest(NOISE, side, self._index(side, depth, at_ns), size, at_ns)
        if order_id is not None:
            wait = int(min(life, _LONGEST_S) * _SECOND) + _SHORTEST_NS
            pit.later(at_ns + wait, partial(self._requote, draws, side, size, order_id))

    def _requote(
        self, draws: Draws, side: BookSide, size: Count, order_id: str, at_ns: int
    ) -> None:
        """Cancel the chain's order and, as often as not, place it again elsewhere."""
        pit = self._pit
        if pit.order(NOISE, order_id) is None:
            return
        pit.withdraw(NOISE, order_id, at_ns)
        if draws.unit() >= REQUOTES:
            return
        if draws.unit() < _AT_ONCE:
            self._quote(draws, side, size, at_ns)
            return
        wait = int(_MS + _LATEST_NS * draws.unit() ** 3)
        pit.later(at_ns + wait, partial(self._quote, draws, side, size))

    def _leave(self, account: str, order_id: str, at_ns: int) -> None:
        if self._pit.order(account, order_id) is not None:
            self._pit.withdraw(account, order_id, at_ns)

    def _index(self, side: BookSide, depth: int, at_ns: int) -> int:
        pit = self._pit
        if side is BookSide.BID:
            best = pit.book.best_bid
            return pit.at_or_below(pit.fair(at_ns) if best is None else best) - depth
        best = pit.book.best_ask
        return pit.at_or_above(pit.fair(at_ns) if best is None else best) + depth

    def _taste(self, side: BookSide, unit: float) -> BookSide:
        """Return the side, or the one that buys the longshot."""
        ask, bid = self._pit.book.best_ask, self._pit.book.best_bid
        if ask is not None and ask < _LONGSHOT:
            return BookSide.BID if unit < LONGSHOT_TASTE else BookSide.ASK
        if bid is not None and bid > ONE_DOLLAR - _LONGSHOT:
            return BookSide.ASK if unit < LONGSHOT_TASTE else BookSide.BID
        return side

    def _further(self, side: BookSide, touch: Price, ticks: int) -> Price:
        grid = self._pit.market.grid
        return grid.up(touch, ticks) if side is BookSide.BID else grid.down(touch, ticks)

    def _is_silly(self, side: BookSide, price: Price, at_ns: int) -> bool:
        fair = self._pit.fair(at_ns)
        worse = price - fair if side is BookSide.BID else fair - price
        return worse > max(_SILLY_TICKS * self._pit.tick(fair), _SILLY_PRICE)
