"""The market makers of the crowd: quotes around a private estimate, moved when it moves.

A maker keeps a few orders on each side. One of them stands at its own best price, the others at
depths drawn from the recordings. To move an order is to cancel it and add the same size elsewhere,
sometimes a moment later. After a large jump makers withdraw everything and come back wider.
Knows nothing of the other traders. Source: order life and placement in recorded 15-minute markets.
"""

from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum
from functools import partial
from math import sqrt

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count
from kalshi_tui.practice.chance import Draws, pick
from kalshi_tui.practice.pit import Pit, contracts
from kalshi_tui.practice.presets import PLACEMENT

ACCOUNTS = tuple(f"crowd-maker-{number}" for number in range(1, 13))
"""Enough for the busiest profile; each trades in every market."""

_MS = 1_000_000
_SECOND = 10**9
_NOISE_KEPT = 0.98
_NOISE_TICKS = 0.3
_JUMP_TICKS = 5.0
_JUMP_SIGMAS = 4.0
_TOO_FAR = 14
_TOO_NEAR = 0.6
_LEFT_BEHIND = 1.8
"""In ticks: a lead stays while it is no nearer, and no further, than this from its best place."""

_LATE_SHARE = 0.6
_RESIZES = 0.45
"""Share of moved orders that come back with another size."""

_INVENTORY_KEPT = 0.98


class Fault(Enum):
    """What is the matter with an order that stands."""

    NONE = "none"
    ODD = "odd"
    """Not where the maker wants it, or filled."""
    LOSES = "loses"
    """Beyond the maker's own estimate, or a lead that the price has left behind."""


@dataclass(slots=True, eq=False)
class Slot:
    """One place in a maker's quotes; `order_id` is empty while nothing stands there."""

    side: BookSide
    size: Count
    order_id: str = ""
    is_due: bool = False
    """True while its next order is on the way."""


class Maker:
    """One market maker in one market."""

    __slots__ = (
        "_account",
        "_away_until",
        "_best_ask",
        "_best_bid",
        "_center",
        "_delay_ns",
        "_furthest",
        "_half",
        "_inventory",
        "_lot",
        "_nearest",
        "_noise",
        "_pit",
        "_reaction",
        "_seen",
        "_seen_ns",
        "_slots",
    )

    def __init__(self, pit: Pit, account: str, draws: Draws) -> None:
        profile = pit.profile
        self._pit = pit
        self._account = account
        self._delay_ns = (5 + draws.below(146)) * _MS
        self._reaction = sqrt(self._delay_ns / _SECOND + pit.reaction_s)
        self._half = profile.half_spread * (0.8 + profile.variety * draws.unit())
        self._lot = contracts(profile.lots[draws.below(len(profile.lots))])
        self._noise = draws.normal() * _NOISE_TICKS
        self._inventory = 0
        self._best_bid = self._best_ask = -1
        self._center = self._nearest = self._furthest = 0.0
        self._seen, self._seen_ns = -1.0, 0
        self._away_until = 0
        self._slots = [
            Slot(side, Count(self._lot * (1 + draws.below(3) // 2)))
            for _ in range(profile.slots)
            for side in (BookSide.BID, BookSide.ASK)
        ]

    def open(self, draws: Draws, at_ns: int) -> None:
        """Put up the first quotes."""
        self._estimate(draws, at_ns)
        for number, slot in enumerate(self._slots):
            self._put(slot, 0 if number < 2 else pick(PLACEMENT, draws.unit()), at_ns)

    def pulse(self, draws: Draws, at_ns: int, moves: int) -> None:
        """Look at the market and move up to `moves` orders: first what stands wrong, then at will.

        What would trade at a loss by the maker's own estimate is moved in any case.
        """
        jumped = self._estimate(draws, at_ns)
        if jumped and self._away_until <= at_ns:
            self.withdraw(at_ns + int((0.5 + 2.0 * draws.unit()) * _SECOND), at_ns)
        if at_ns < self._away_until:
            return
        left = moves
        for number, slot in enumerate(self._slots):
            if slot.is_due:
                continue
            fault = self._fault(slot, leads=number < 2)
            if fault is Fault.LOSES or (fault is Fault.ODD and left > 0):
                self._move(slot, 0 if number < 2 else pick(PLACEMENT, draws.unit()), at_ns)
                left -= 1
        for _ in range(left):
            self._flicker(draws, at_ns)

    def withdraw(self, until_ns: int, at_ns: int) -> None:
        """Cancel everything, and stay away until `until_ns`."""
        self._away_until = max(self._away_until, until_ns)
        for slot in self._slots:
            self._cancel(slot, at_ns)

    def _estimate(self, draws: Draws, at_ns: int) -> bool:
        """Renew the private estimate and the best quotes; return True after a jump."""
        pit = self._pit
        fair = pit.fair(at_ns - self._delay_ns)
        tick = pit.tick(fair)
        sigma = pit.volatility(at_ns)
        spread = sqrt(1.0 - _NOISE_KEPT * _NOISE_KEPT)
        self._noise = self._noise * _NOISE_KEPT + draws.normal() * _NOISE_TICKS * spread
        self._inventory = int(self._inventory * _INVENTORY_KEPT)
        skew = max(-1.5, min(1.5, -self._inventory / (20.0 * self._lot)))
        center = self._center = fair + (self._noise + skew) * tick
        back = 1.0 if at_ns - self._away_until > 20 * _SECOND else 2.0
        half = (
            (self._half * tick + pit.profile.caution * sigma * self._reaction) * back * pit.nerves
        )
        self._best_bid = pit.at_or_below(center - half)
        self._best_ask = pit.at_or_above(center + half)
        self._nearest, self._furthest = half - _TOO_NEAR * tick, half + _LEFT_BEHIND * tick
        passed = max(1.0, (at_ns - self._seen_ns) / _SECOND)
        limit = max(_JUMP_TICKS * tick, _JUMP_SIGMAS * sigma * sqrt(passed))
        jumped = self._seen >= 0.0 and abs(fair - self._seen) > limit
        self._seen, self._seen_ns = fair, at_ns
        return jumped

    def _fault(self, slot: Slot, *, leads: bool) -> Fault:
        pit = self._pit
        order = pit.order(self._account, slot.order_id) if slot.order_id else None
        if order is None:
            return Fault.ODD if pit.has(slot.side) else Fault.NONE
        index = bisect_left(pit.prices, order.price)
        if slot.side is BookSide.BID:
            behind = self._best_bid - index
            room = self._center - order.price
        else:
            behind = index - self._best_ask
            room = order.price - self._center
        if room < 0.0 or (leads and not self._nearest <= room <= self._furthest):
            return Fault.LOSES
        return Fault.ODD if behind < 0 or behind > _TOO_FAR or (leads and behind) else Fault.NONE

    def _flicker(self, draws: Draws, at_ns: int) -> None:
        slot = self._slots[draws.below(len(self._slots))]
        depth = pick(PLACEMENT, draws.unit())
        late, wait = draws.unit() < _LATE_SHARE, draws.unit()
        resizes, lot = draws.unit() < _RESIZES, draws.below(len(self._pit.profile.lots))
        if slot.is_due:
            return
        if slot in self._slots[:2]:
            depth = 0
        self._cancel(slot, at_ns)
        if resizes:
            slot.size = contracts(self._pit.profile.lots[lot])
        if not late:
            self._put(slot, depth, at_ns)
            return
        slot.is_due = True
        pause = int(5 * _MS + 240 * _MS * wait * wait)
        self._pit.later(at_ns + pause, partial(self._put_late, slot, depth))

    def _put_late(self, slot: Slot, depth: int, at_ns: int) -> None:
        slot.is_due = False
        if at_ns >= self._away_until:
            self._put(slot, depth, at_ns)

    def _move(self, slot: Slot, depth: int, at_ns: int) -> None:
        self._cancel(slot, at_ns)
        self._put(slot, depth, at_ns)

    def _put(self, slot: Slot, depth: int, at_ns: int) -> None:
        index = self._best_bid - depth if slot.side is BookSide.BID else self._best_ask + depth
        slot.order_id = self._pit.rest(self._account, slot.side, index, slot.size, at_ns) or ""

    def _cancel(self, slot: Slot, at_ns: int) -> None:
        if not slot.order_id:
            return
        left = NO_COUNT
        if self._pit.order(self._account, slot.order_id) is not None:
            left = self._pit.withdraw(self._account, slot.order_id, at_ns)
        filled = slot.size - left
        self._inventory += filled if slot.side is BookSide.BID else -filled
        slot.order_id = ""
