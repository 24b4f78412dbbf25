"""Guards on whether anything may be sent: session, exchange, market, book, and the order's words.

Owns one function a guard; each returns one sentence that refuses, or an empty string. Numbers that
the user has limited are `core.caps`; the order of all of them is `core.risk`.
Source: reliability §8.1 (guards 1 to 6, 13 and 15), TO37; kalshi-api §5.4 (what is taken).
"""

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.situation import Limits, Situation
from kalshi_tui.core.units import count_text, price_text

SECOND = 1_000_000_000
CLOSE_MARGIN_NS = 2 * SECOND
"""So long before its close a market takes no order from here: it might arrive after it."""


def tenths_text(nanoseconds: int) -> str:
    """Return seconds with one digit after the point."""
    tenths = nanoseconds // 100_000_000
    return f"{tenths // 10}.{tenths % 10}"


def reduces(terms: OrderTerms, now: Situation) -> bool:
    """True when an order, with all that is live on its side, cannot do more than close."""
    return terms.count <= now.exposure.market.closable(terms.side, now.position)


def leaves(terms: OrderTerms, now: Situation) -> bool:
    """True for a flatten's own exit: it can only reduce, and never rests (ladder-ux §4.6)."""
    return now.is_exit and terms.reduce_only and terms.time_in_force is TimeInForce.IOC


def read_only(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """1: the session is bound to its environment, key and ledger, and may write."""
    return now.read_only


def armed(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """2: the keyboard was armed in this session; a flatten's exit goes out in VIEW as well."""
    if now.mode is Mode.VIEW and not leaves(terms, now):
        return "The keyboard is in VIEW: press A to arm it."
    return ""


def killed(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """3: nothing is halted but the way out."""
    if now.killed and not leaves(terms, now):
        return "KILL is in force: the exchange may still cancel new orders for up to a minute."
    return ""


def reducing(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """3: once the day is stopped, only what reduces goes out."""
    if not now.reducing or reduces(terms, now):
        return ""
    free = now.exposure.market.closable(terms.side, now.position)
    return f"{now.reducing} Only what reduces may be sent: {count_text(free)} here on this side."


def exchange(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """4: the exchange trades, on the shard of this market."""
    is_active, trades, where = now.exchange_active, now.trading_active, ""
    index = now.market.exchange_index if now.market is not None else 0
    for each in now.shard_states:
        if each.index == index:
            is_active, trades = each.exchange_active, each.trading_active
            where = f" on shard {index}"
    if not is_active:
        return f"The exchange is paused{where}: nothing can be sent."
    if not trades:
        return f"Trading is paused{where}: new orders are refused, cancels work."
    return ""


def market(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """4: the market is known, active, and not about to close."""
    if now.market is None or now.market.ticker != terms.ticker:
        return f"{terms.ticker} is not the market on the ladder."
    if now.market.close_ns:
        left = now.market.close_ns - now.exchange_ns
        if left <= 0:
            return f"{terms.ticker} has closed: it takes no orders."
        if left <= CLOSE_MARGIN_NS:
            return f"{terms.ticker} closes in {tenths_text(left)} s: an order might come too late."
    return now.market.trade_refusal() or ""


def drifted(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """4: the wire of this market is understood."""
    return f"This market is read-only: {now.drift}" if now.drift else ""


def book_live(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """5: the book is proven and fresh."""
    if now.connection is not ConnectionState.OPEN:
        return f"The feed is {now.connection.value}: the book cannot be trusted."
    if now.book is not BookStatus.LIVE:
        why = f" ({now.book_reason.rstrip('.')})" if now.book_reason else ""
        return f"The book is {now.book.value}{why}: new orders wait until it is LIVE."
    if now.lagging_ns is not None:
        return f"What arrives is {tenths_text(now.lagging_ns)} s old: new orders wait."
    return ""


def clock(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """5: the distance to the exchange's clock is known, so that closes and ages mean something."""
    if now.offset_ns is None:
        return "The exchange's clock has not been measured yet: new orders wait for its answer."
    return ""


def grid(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """6: the price exists."""
    assert now.market is not None
    assert now.market.grid is not None
    return now.market.grid.refusal(terms.price) or ""


def legal(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """6: size, time in force, post-only and expiry go together."""
    if terms.count <= 0:
        return "The size must be at least 0.01 contracts."
    if terms.post_only and terms.time_in_force is not TimeInForce.GTC:
        return f"Post-only rests, {terms.time_in_force.name} never does: choose one."
    if terms.expires_s is not None:
        if terms.time_in_force is not TimeInForce.GTC:
            return f"{terms.time_in_force.name} cannot carry an expiry."
        if terms.expires_s * SECOND <= now.exchange_ns:
            return "The expiry is in the past."
    return ""


def post_only(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """6: what must rest does not cross."""
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


def in_doubt(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """13: nothing in this market is unresolved."""
    count = now.exposure.in_doubt
    if count:
        orders = "1 order" if count == 1 else f"{count} orders"
        return f"{orders} here IN DOUBT: it may be live already; type DOUBT to send another."
    return ""


def ledger(_terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """15: an intent can be committed. The commit itself stands between this and the wire."""
    return now.ledger_fault


def reduce_only(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """16: reduce-only is IOC and never more than what is left to close."""
    if not terms.reduce_only:
        return ""
    if terms.time_in_force is not TimeInForce.IOC:
        return "Reduce-only works only with IOC."
    free = now.exposure.market.closable(terms.side, now.position)
    if terms.count > free:
        return (
            f"Reduce-only: {count_text(terms.count)} contracts are more than the"
            f" {count_text(free)} that are left to close."
        )
    return ""


def purge(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """17: no cancel-all is still in its tail (openapi.yaml: it may catch the next minute).

    It catches what rests; a flatten's exit never does.
    """
    until_ns = now.purge_until_ns
    if until_ns is None or now.wall_ns >= until_ns or leaves(terms, now):
        return ""
    left = tenths_text(until_ns - now.wall_ns)
    return f"A cancel-all may still catch new orders for {left} s: they wait until then."
