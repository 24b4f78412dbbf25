"""The gate: one function that every order passes before it is recorded or sent.

Owns the order of the guards, which of them can be confirmed, which are asked again at the wire, and
how the situation is read off the screen's views. Each refusal names the number it compared. Cancels
never come here. The same function serves the preview on the screen and the engine before the wire,
so that what the strip promises is what the gate decides.
Source: reliability §8.1; design §5b (17 guards, no override key).
"""

from collections.abc import Callable

from kalshi_tui.core import caps, guards
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.exposure import NO_EXPOSURE, Exposure
from kalshi_tui.core.guards import tenths_text
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.situation import Limits, Placed, Refusal, Situation, shard_cash
from kalshi_tui.core.units import Count
from kalshi_tui.core.views import LadderView, StatusView

__all__ = [
    "CONFIRMABLE",
    "GUARDS",
    "WAIT_NS",
    "Exposure",
    "Limits",
    "Placed",
    "Refusal",
    "Situation",
    "check",
    "recheck",
    "shard_cash",
    "situation",
    "tenths_text",
]

Guard = Callable[[OrderTerms, Situation, Limits], str]

GUARDS: tuple[tuple[int, Guard], ...] = (
    (1, guards.read_only),
    (2, guards.armed),
    (3, guards.killed),
    (3, guards.reducing),
    (4, guards.exchange),
    (4, guards.market),
    (4, guards.drifted),
    (5, guards.book_live),
    (5, guards.clock),
    (6, guards.grid),
    (6, guards.legal),
    (6, guards.post_only),
    (7, caps.size_cap),
    (7, caps.cost_cap),
    (8, caps.collar),
    (8, caps.empty_side),
    (9, caps.self_cross),
    (10, caps.position_cap),
    (10, caps.event_cap),
    (10, caps.total_cap),
    (10, caps.order_cap),
    (11, caps.day_loss),
    (12, caps.rate),
    (12, caps.repeat),
    (13, guards.in_doubt),
    (14, caps.funds),
    (15, guards.ledger),
    (16, guards.reduce_only),
    (17, guards.purge),
)
"""The 17 guards in their fixed order; those that look at several things stand in several lines."""

CONFIRMABLE = {"empty_side": "", "repeat": "", "in_doubt": "DOUBT"}
"""Guards that the user may let one order pass, and the word that has to be typed for it."""

WAIT_NS = 250_000_000
"""The oldest situation that an order may leave on (reliability §8.2: no stall of 250 ms)."""

_AT_SEND = (
    guards.read_only,
    guards.armed,
    guards.killed,
    guards.exchange,
    guards.market,
    guards.drifted,
    guards.book_live,
    guards.post_only,
    caps.collar,
    guards.purge,
)
"""What may have changed while an order waited: the world, and what halts. Not what it itself is."""


def check(
    terms: OrderTerms, now: Situation, limits: Limits, confirmed: frozenset[str] = frozenset()
) -> Refusal | None:
    """Return the first guard that refuses `terms`, or None when all let it pass.

    `confirmed` names guards that the user let pass for this order; only those that can be count.
    """
    in_force = limits.in_mode(now.mode)
    for _, guard in GUARDS:
        text = guard(terms, now, in_force)
        if text:
            name = guard.__name__
            word = CONFIRMABLE.get(name)
            if word is None:
                return Refusal(name, text)
            if name not in confirmed:
                return Refusal(name, text, confirmable=True, word=word)
    return None


def recheck(
    terms: OrderTerms, now: Situation, limits: Limits, waited_ns: int = 0
) -> Refusal | None:
    """Return why an order that waited may not go out after all, or None (TO05, FK07, FK08).

    `waited_ns` is the age of the situation: what happened since then is not in it.
    """
    if waited_ns > WAIT_NS:
        text = f"It waited {tenths_text(waited_ns)} s on this computer: look at the book again."
        return Refusal("waited", text)
    for guard in _AT_SEND:
        text = guard(terms, now, limits)
        if text:
            return Refusal(guard.__name__, text)
    return None


def situation(status: StatusView, ladder: LadderView | None, open_orders: int) -> Situation:
    """Return the situation that the screen shows, for a preview."""
    bid = ladder.best_bid if ladder else None
    ask = ladder.best_ask if ladder else None
    return Situation(
        mode=status.mode,
        read_only=status.read_only,
        killed=status.killed_wall_ns is not None,
        connection=status.connection,
        exchange_active=status.exchange_active,
        trading_active=status.trading_active,
        market=ladder.market if ladder else None,
        book=ladder.status if ladder else BookStatus.EMPTY,
        book_reason=ladder.reason if ladder else "",
        best_bid=bid.price if bid else None,
        best_ask=ask.price if ask else None,
        position=ladder.position if ladder else Count(0),
        cash=shard_cash(status.cash, status.shards, ladder.market.exchange_index if ladder else 0),
        open_orders=open_orders,
        wall_ns=status.wall_ns,
        lagging_ns=status.lagging_ns,
        drift=(ladder.read_only if ladder else "") or status.drift,
        mono_ns=status.mono_ns,
        last=ladder.last.price if ladder and ladder.last else None,
        exposure=ladder.exposure if ladder else NO_EXPOSURE,
        reducing=status.reducing,
        day_loss=status.day_loss,
        placed=status.placed,
        purge_until_ns=status.purge_until_ns,
        ledger_fault=status.ledger_fault,
        shard_states=status.shard_states,
        offset_ns=status.offset_ns,
    )
