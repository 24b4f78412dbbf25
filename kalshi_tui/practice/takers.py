"""Those of the crowd who come and go: retail takers, informed takers, short-lived limit orders.

Retail buys and sells at the touch, now and then through it; informed takers know the fair price and
take quotes that are wrong by more than the fee; noise orders stand a moment and are canceled.
Knows nothing of makers and stock. Source: sizes, sweeps and signs of recorded trades.
"""

from functools import partial
from math import exp

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR, Price
from kalshi_tui.practice.chance import Draws, pick
from kalshi_tui.practice.pit import NOISE, TAKER, Pit, contracts
from kalshi_tui.practice.presets import (
    IMPROVES,
    LONGSHOT_TASTE,
    NOISE_SIZES,
    PLACEMENT,
    TAKER_FRACTIONAL,
    TAKER_LARGEST,
    TAKER_MEDIAN,
    TAKER_REPEATS,
    TAKER_RESTS,
    TAKER_SPREAD,
)

_MS = 1_000_000
_SECOND = 10**9
_LONGSHOT = 1_500
_SWEEPS = 0.15
_SILLY_TICKS = 8
_SILLY_PRICE = 300
_LONGEST_S = 300.0
_LIFE_SPREAD = 1.6
_SLEEPY_NS = 20 * _SECOND


class Passers:
    """The passing traders of one market."""

    __slots__ = ("_pit", "_side")

    def __init__(self, pit: Pit) -> None:
        self._pit = pit
        self._side = BookSide.BID

    def retail(self, draws: Draws, at_ns: int) -> None:
        """One retail order. Whoever finds the price silly stays away."""
        if draws.unit() >= TAKER_REPEATS:
            self._side = self._side.other
        side = self._taste(self._side, draws.unit())
        size = min(TAKER_MEDIAN * exp(draws.normal() * TAKER_SPREAD), TAKER_LARGEST)
        fractional = draws.unit() < TAKER_FRACTIONAL
        sweeps, further = draws.unit() < _SWEEPS, 1 + draws.below(3)
        rests = draws.unit() < TAKER_RESTS
        pit = self._pit
        touch = pit.book.best_ask if side is BookSide.BID else pit.book.best_bid
        if touch is None or self._is_silly(side, touch, at_ns):
            return
        limit = self._further(side, touch, further) if sweeps else touch
        count = contracts(size) if fractional else contracts(float(max(1, round(size))))
        order_id = pit.take(side, limit, count, at_ns, rests=rests)
        if rests and order_id is not None and pit.order(TAKER, order_id) is not None:
            pit.later(at_ns + _SLEEPY_NS, partial(self._leave, TAKER, order_id))

    def informed(self, draws: Draws, at_ns: int) -> None:
        """Take what is wrong by more than the fee, as it was known 20 to 80 ms ago."""
        pit = self._pit
        fair = pit.fair(at_ns - (20 + draws.below(61)) * _MS)
        size = contracts(float(round(40.0 * exp(draws.normal() * 1.2)) + 1))
        fee = 0.07 * fair * (ONE_DOLLAR - fair) / ONE_DOLLAR
        edge = fee + 0.5 * pit.tick(fair)
        ask, bid = pit.book.best_ask, pit.book.best_bid
        if ask is not None and fair - ask > edge:
            pit.take(BookSide.BID, pit.prices[pit.at_or_below(fair - edge)], size, at_ns)
        elif bid is not None and bid - fair > edge:
            pit.take(BookSide.ASK, pit.prices[pit.at_or_above(fair + edge)], size, at_ns)

    def noise(self, draws: Draws, at_ns: int) -> None:
        """Place one short-lived limit order and plan its cancel."""
        pit = self._pit
        side = BookSide.BID if draws.below(2) else BookSide.ASK
        size = contracts(pick(NOISE_SIZES, draws.unit()))
        depth = -1 if draws.unit() < IMPROVES else pick(PLACEMENT, draws.unit())
        life = pit.profile.noise_life_s * exp(draws.normal() * _LIFE_SPREAD)
        order_id = pit.rest(NOISE, side, self._index(side, depth, at_ns), size, at_ns)
        if order_id is not None:
            wait = int(min(life, _LONGEST_S) * _SECOND) + _MS
            pit.later(at_ns + wait, partial(self._leave, NOISE, order_id))

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
