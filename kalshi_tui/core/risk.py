"""The gate: one function that every order passes before it is recorded or sent.

Owns the guards and their order; each refusal names the number it compared. Cancels never come
here. The same function serves the preview on the screen and the engine before the wire, so that
what the strip promises is what the gate decides.
"""

from dataclasses import dataclass

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.market import Market
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.positions import cash_needed
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import (
    DOLLAR,
    ONE_CONTRACT,
    Count,
    Money,
    Price,
    count_text,
    money_text,
    price_text,
)
from kalshi_tui.core.views import LadderView, StatusView


@dataclass(frozen=True, slots=True)
class Limits:
    """The user's own caps. There is no override key; they change only in the settings."""

    order_count: Count = Count(500 * ONE_CONTRACT)
    """Contracts in one order."""
    order_cost: Money = Money(250 * DOLLAR)
    """Cash that one order may need at its limit price, fees not counted."""
    open_orders: int = 50
    """Orders that may be live at once."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the guards look at."""

    mode: Mode
    read_only: str
    killed: bool
    connection: ConnectionState
    exchange_active: bool
    trading_active: bool
    market: Market | None
    book: BookStatus
    book_reason: str
    best_bid: Price | None
    best_ask: Price | None
    position: Count
    cash: Money | None
    open_orders: int
    wall_ns: int
    lagging_ns: int | None = None
    drift: str = ""
    """Why this market is read-only since the wire changed, or empty."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order may not go out: the guard's name and one sentence with its number."""

    guard: str
    text: str


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
        cash=status.cash,
        open_orders=open_orders,
        wall_ns=status.wall_ns,
        lagging_ns=status.lagging_ns,
        drift=(ladder.read_only if ladder else "") or status.drift,
    )


def check(terms: OrderTerms, now: Situation, limits: Limits) -> Refusal | None:
    """Return the first guard that refuses `terms`, or None when all let it pass."""
    for guard in _GUARDS:
        text = guard(terms, now, limits)
        if text:
            return Refusal(guard.__name__.removeprefix("_"), text)
    return None


def tenths_text(nanoseconds: int) -> str:
    """Return seconds with one digit after the point."""
    tenths = nanoseconds // 100_000_000
    return f"{tenths // 10}.{tenths % 10}"


def _read_only(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    return now.read_only


def _killed(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    if now.killed:
        return "KILL is in force: the exchange may still cancel new orders for up to a minute."
    return ""


def _armed(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    if now.mode is Mode.VIEW:
        return "The keyboard is in VIEW: press A to arm it."
    return ""


def _exchange(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    if not now.exchange_active:
        return "The exchange is paused: nothing can be sent."
    if not now.trading_active:
        return "Trading is paused: new orders are refused, cancels work."
    return ""


def _market(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    if now.market is None or now.market.ticker != terms.ticker:
        return f"{terms.ticker} is not the market on the ladder."
    if now.market.close_ns and now.wall_ns >= now.market.close_ns:
        return f"{terms.ticker} has closed: it takes no orders."
    return now.market.trade_refusal() or ""


def _drifted(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    return f"This market is read-only: {now.drift}" if now.drift else ""


def _book_live(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    if now.connection is not ConnectionState.OPEN:
        return f"The feed is {now.connection.value}: the book cannot be trusted."
    if now.book is not BookStatus.LIVE:
        why = f" ({now.book_reason.rstrip('.')})" if now.book_reason else ""
        return f"The book is {now.book.value}{why}: new orders wait until it is LIVE."
    if now.lagging_ns is not None:
        return f"What arrives is {tenths_text(now.lagging_ns)} s old: new orders wait."
    return ""


def _grid(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    assert now.market is not None
    assert now.market.grid is not None
    return now.market.grid.refusal(terms.price) or ""


def _legal(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    if terms.count <= 0:
        return "The size must be at least 0.01 contracts."
    if terms.reduce_only and terms.time_in_force is not TimeInForce.IOC:
        return "Reduce-only works only with IOC."
    if terms.post_only and terms.time_in_force is not TimeInForce.GTC:
        return f"Post-only rests, {terms.time_in_force.name} never does: choose one."
    if terms.expires_s is not None:
        if terms.time_in_force is not TimeInForce.GTC:
            return f"{terms.time_in_force.name} cannot carry an expiry."
        if terms.expires_s * 1_000_000_000 <= now.wall_ns:
            return "The expiry is in the past."
    return ""


def _post_only(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    if not terms.post_only:
        return ""
    touch = now.best_ask if terms.side is BookSide.BID else now.best_bid
    if touch is None:
        return ""
    crosses = terms.price >= touch if terms.side is BookSide.BID else terms.price <= touch
    if crosses:
        other = "ask" if terms.side is BookSide.BID else "bid"
        return f"Post-only would cross the best {other} at {price_text(touch)}c: press p to take."
    return ""


def _size_cap(terms: OrderTerms, _now: Situation, limits: Limits) -> str:
    if terms.count > limits.order_count:
        return (
            f"{count_text(terms.count)} contracts is over your cap of"
            f" {count_text(limits.order_count)} an order."
        )
    return ""


def _cost_cap(terms: OrderTerms, now: Situation, limits: Limits) -> str:
    cost = cash_needed(terms.side, terms.price, terms.count, now.position)
    if cost > limits.order_cost:
        return f"{money_text(cost)} is over your cap of {money_text(limits.order_cost)} an order."
    return ""


def _order_cap(_terms: OrderTerms, now: Situation, limits: Limits) -> str:
    if now.open_orders >= limits.open_orders:
        return f"{now.open_orders} orders are live and your cap is {limits.open_orders}."
    return ""


def _funds(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    cost = cash_needed(terms.side, terms.price, terms.count, now.position)
    if now.cash is None:
        return "The balance is not known yet."
    if cost > now.cash:
        return f"It needs {money_text(cost)} and {money_text(now.cash)} is available."
    return ""


_GUARDS = (
    _read_only,
    _killed,
    _armed,
    _exchange,
    _market,
    _drifted,
    _book_live,
    _grid,
    _legal,
    _post_only,
    _size_cap,
    _cost_cap,
    _order_cap,
    _funds,
)
