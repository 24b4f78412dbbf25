"""What a change of a resting order would do, before it is asked for. Pure.

Owns which request a wish becomes (a decrease, an amend, or rather a second order) and what it does
to the place in the queue; the figures are of the book as shown. What is sent is `core.amending`'s.
Source: ladder-ux §5 (the strip says "keeps queue" or "LOSES queue"); kalshi-api §5.4.
"""

from dataclasses import dataclass, replace
from enum import Enum

from kalshi_tui.core import risk
from kalshi_tui.core.amending import keeps_queue
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.exposure import NO_EXPOSURE
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count, Price, count_text
from kalshi_tui.core.views import LadderView, OrderRow


class Road(Enum):
    """What a wish becomes."""

    NOTHING = "nothing"
    DECREASE = "decrease"
    """Less at the same price: the place in the queue is kept."""
    AMEND = "amend"
    """Another price, or more where that was insisted on: the place is lost."""
    SECOND = "second order"
    """More at the same price: a second order, so that the first keeps its place."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What an order should become."""

    row: OrderRow
    price: Price
    """YES price."""
    remaining: Count
    """Contracts that should rest afterwards."""
    anyway: bool = False
    """More of it is wanted in the same order, at the cost of its place."""

    @property
    def road(self) -> Road:
        """Return the request that it becomes."""
        row = self.row
        if self.price != row.price:
            return Road.AMEND
        if self.remaining == row.remaining:
            return Road.NOTHING
        if self.remaining < row.remaining:
            return Road.DECREASE
        return Road.AMEND if self.anyway else Road.SECOND

    @property
    def total(self) -> Count:
        """The total that an amend asks for: contracts already filled included."""
        return Count(self.row.filled + self.remaining)

    @property
    def added(self) -> OrderTerms:
        """The second order."""
        return _terms(self.row, self.price, Count(self.remaining - self.row.remaining))


@dataclass(frozen=True, slots=True)
class Review:
    """What a revision would do now."""

    road: Road
    keeps_queue: bool
    queue: Count | None
    """Contracts ahead before; None while unknown."""
    queue_is_estimate: bool
    queue_after: Count
    """Contracts ahead afterwards, where the place is lost."""
    fills: Count
    """Contracts that would trade at once."""
    refusal: risk.Refusal | None


def _terms(row: OrderRow, price: Price, count: Count) -> OrderTerms:
    return OrderTerms(
        row.ticker,
        row.side,
        price,
        count,
        row.time_in_force,
        post_only=row.post_only,
        # The dead-man's switch gives a second order an expiry of its own.
        expires_s=None if row.guarded else row.expires_s,
    )


def review(wish: Revision, ladder: LadderView, now: risk.Situation, limits: risk.Limits) -> Review:
    """Return what `wish` would do. Totals over the account are left to the gate at the desk.

    They contain the order itself, which is about to be replaced; refused there, it is as it was.
    """
    row, road = wish.row, wish.road
    rest = _terms(row, wish.price, wish.remaining)
    before = _terms(row, row.price, row.remaining)
    keeps = keeps_queue(before, wish.price, wish.remaining) or road is Road.SECOND
    ours = row.remaining if wish.price == row.price else NO_COUNT
    return Review(
        road=road,
        keeps_queue=keeps,
        queue=row.queue,
        queue_is_estimate=row.queue_is_estimate,
        queue_after=Count(max(_resting(ladder, row.side, wish.price) - ours, 0)),
        fills=NO_COUNT if keeps else _fills(ladder, row.side, wish.price, wish.remaining),
        refusal=_changed(row) or _refusal(wish, rest, now, limits),
    )


def _changed(row: OrderRow) -> risk.Refusal | None:
    if row.state is not OrderState.RESTING:
        return risk.Refusal("state", f"It is {row.state.value}: only what rests can be changed.")
    if row.change is not None:
        text = f"The last {row.change.kind.value} is {row.change.state.value}: x cancels."
        return risk.Refusal("change", text)
    return None


def _refusal(
    wish: Revision, rest: OrderTerms, now: risk.Situation, limits: risk.Limits
) -> risk.Refusal | None:
    match wish.road:
        case Road.NOTHING:
            return None
        case Road.SECOND:
            return risk.check(wish.added, now, limits)
        case Road.DECREASE:
            return _less(wish, now)
        case Road.AMEND:
            return risk.check(rest, _without(now), limits, frozenset({"repeat"}))


def _less(wish: Revision, now: risk.Situation) -> risk.Refusal | None:
    """Return why less may not be asked for. A doubtful book is no reason: it adds no risk."""
    if wish.remaining <= 0:
        return risk.Refusal("legal", "Nothing would be left: x cancels it.")
    if now.read_only:
        return risk.Refusal("read_only", now.read_only)
    if now.mode is Mode.VIEW:
        return risk.Refusal("armed", "The keyboard is in VIEW: press A to arm it.")
    return None


def _without(now: risk.Situation) -> risk.Situation:
    """Return the situation as if nothing of ours were live, but for the prices we could meet."""
    known = now.exposure
    bare = replace(
        NO_EXPOSURE, own_bid=known.own_bid, own_ask=known.own_ask, in_doubt=known.in_doubt
    )
    return replace(now, exposure=bare, open_orders=0)


def _resting(ladder: LadderView, side: BookSide, price: Price) -> Count:
    levels = ladder.bids if side is BookSide.BID else ladder.asks
    return next((level.size for level in levels if level.price == price), NO_COUNT)


def _fills(ladder: LadderView, side: BookSide, price: Price, count: Count) -> Count:
    levels = ladder.asks if side is BookSide.BID else ladder.bids
    met = sum(
        level.size
        for level in levels
        if (level.price <= price if side is BookSide.BID else level.price >= price)
    )
    return Count(min(met, count))


def queue_words(seen: Review) -> str:
    """Return "keeps queue q300" or "LOSES queue q300 -> q95"."""
    mark = "~" if seen.queue_is_estimate else ""
    before = f"q{mark}{count_text(seen.queue)}" if seen.queue is not None else "q?"
    if seen.keeps_queue:
        return f"keeps queue {before}"
    return f"LOSES queue {before} -> q{count_text(seen.queue_after)}"
