"""What a flatten or a reverse would do, said before Enter. Pure.

Owns the plan that the strip shows; the sequence itself is `core.flattening`'s, and both take their
price from `core.caps`, so that what is shown is what is sent. Source: ladder-ux §4.6.
"""

from dataclasses import dataclass, replace

from kalshi_tui.core import risk
from kalshi_tui.core.caps import exit_price
from kalshi_tui.core.exposure import NO_EXPOSURE
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """What would be done, in this order."""

    cancels: int
    """Orders that are canceled first."""
    held: Count
    """The signed position now."""
    side: BookSide
    """Of the book that the exit goes to."""
    count: Count
    """The most that is closed: one order, within the cap on its size."""
    price: Price | None
    """The worst YES price, from the collar; None where nothing is there to trade against."""
    refusal: str


def exit_plan(
    ladder: LadderView,
    cancels: int,
    now: risk.Situation,
    limits: risk.Limits,
    *,
    reverses: bool = False,
) -> ExitPlan:
    """Return the plan for the market on the ladder. A reverse needs an armed keyboard."""
    now = replace(now, is_exit=not reverses)
    held = ladder.position
    side = BookSide.ASK if held > 0 else BookSide.BID
    touch = ladder.best_bid if side is BookSide.ASK else ladder.best_ask
    count = Count(min(abs(held), limits.in_mode(now.mode).order_count))
    price = None
    if touch is not None and ladder.market.grid is not None:
        price = exit_price(ladder.market.grid, side, touch.price, limits)
    return ExitPlan(
        cancels, held, side, count, price, _refusal(ladder, side, count, price, now, limits)
    )


def _refusal(
    ladder: LadderView,
    side: BookSide,
    count: Count,
    price: Price | None,
    now: risk.Situation,
    limits: risk.Limits,
) -> str:
    """Return why it would not go out. What is canceled first is counted as gone."""
    if not count:
        return now.read_only
    if price is None:
        what = "bid" if side is BookSide.ASK else "ask"
        return f"There is no {what} to trade against: rest an order instead."
    terms = OrderTerms(ladder.market.ticker, side, price, count, TimeInForce.IOC, reduce_only=True)
    alone = replace(now, exposure=NO_EXPOSURE, open_orders=0)
    found = risk.check(terms, alone, limits, frozenset(risk.CONFIRMABLE))
    return found.text if found else ""
