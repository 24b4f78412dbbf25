"""Guards on how much: the user's own caps, each against the number that it limits.

Owns one function a guard; each returns one sentence that names both numbers, or an empty string.
A cap refuses only what makes its figure larger: what reduces always passes, also where a cap was
lowered below what is held. Everything live, in flight or in doubt counts.
Source: reliability §8.1 (guards 7 to 12 and 14).
"""

from bisect import bisect_right
from operator import attrgetter

from kalshi_tui.core.guards import SECOND, reduces
from kalshi_tui.core.market import TickGrid
from kalshi_tui.core.orders import OrderTerms, SelfTradePrevention
from kalshi_tui.core.positions import leg_price
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.situation import Limits, Situation
from kalshi_tui.core.units import (
    CENT,
    Count,
    Money,
    Price,
    complement,
    count_text,
    money_text,
    notional,
    price_text,
)

REPEAT_NS = 2 * SECOND
"""The same market, side and price again within this has to be confirmed."""
MINUTE_NS = 60 * SECOND

_PLACED_NS = attrgetter("mono_ns")


def cash_for(terms: OrderTerms, now: Situation) -> Money:
    """Return the cash that an order needs: what it cannot close it opens, fees not counted."""
    closes = min(terms.count, now.exposure.market.closable(terms.side, now.position))
    return notional(leg_price(terms.side, terms.price), Count(terms.count - closes))


def size_cap(terms: OrderTerms, _now: Situation, limits: Limits) -> str:
    """7: contracts in one order."""
    if terms.count > limits.order_count:
        return (
            f"{count_text(terms.count)} contracts is over your cap of"
            f" {count_text(limits.order_count)} an order."
        )
    return ""


def cost_cap(terms: OrderTerms, now: Situation, limits: Limits) -> str:
    """7: cash that one order needs."""
    cost = cash_for(terms, now)
    if cost > limits.order_cost:
        return f"{money_text(cost)} is over your cap of {money_text(limits.order_cost)} an order."
    return ""


def collar_of(reference: Price, limits: Limits) -> Price:
    """Return how far an order may go through a reference price."""
    part = min(reference, complement(reference)) * limits.collar_percent // 100
    return Price(min(limits.collar, max(part, CENT)))


def exit_price(grid: TickGrid, side: BookSide, touch: Price, limits: Limits) -> Price:
    """Return the price of an exit on `side`: as far through `touch` as the collar and the grid let.

    Where the collar ends between two prices, the one that goes less far.
    """
    width = collar_of(touch, limits)
    price = Price(touch - width if side is BookSide.ASK else touch + width)
    if grid.refusal(price) is None:
        return price
    below, above = grid.neighbours(price)
    inward = above if side is BookSide.ASK else below
    return touch if inward is None else inward


def collar(terms: OrderTerms, now: Situation, limits: Limits) -> str:
    """8: the price is not far through the market.

    Against the best price of the other side; where that side is empty, against the best price of
    the order's own side or the last trade, whichever is further.
    """
    is_bid = terms.side is BookSide.BID
    touch = now.best_ask if is_bid else now.best_bid
    words = f"the best {'ask' if is_bid else 'bid'}"
    if touch is None:
        known = [each for each in (now.best_bid if is_bid else now.best_ask, now.last) if each]
        if not known:
            return ""
        touch = max(known) if is_bid else min(known)
        words = "the last known price"
    width = collar_of(touch, limits)
    beyond = terms.price - touch if is_bid else touch - terms.price
    if beyond > width:
        return (
            f"{price_text(terms.price)}c is {price_text(Price(beyond))}c through {words} of"
            f" {price_text(touch)}c; your collar is {price_text(width)}c."
        )
    return ""


def empty_side(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """8: there is another side to compare the price with."""
    is_bid = terms.side is BookSide.BID
    if (now.best_ask if is_bid else now.best_bid) is not None:
        return ""
    other = "ask" if is_bid else "bid"
    return f"There is no {other} to compare {price_text(terms.price)}c with: confirm the price."


def self_cross(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """9: it does not meet an order of our own, unless that one was told to give way."""
    if terms.self_trade_prevention is SelfTradePrevention.MAKER:
        return ""
    is_bid = terms.side is BookSide.BID
    own = now.exposure.own_ask if is_bid else now.exposure.own_bid
    if own is None or (terms.price < own if is_bid else terms.price > own):
        return ""
    other = "ask" if is_bid else "bid"
    return (
        f"{price_text(terms.price)}c would meet your own {other} at {price_text(own)}c:"
        " cancel that one first."
    )


def position_cap(terms: OrderTerms, now: Situation, limits: Limits) -> str:
    """10: contracts in one market, if all that is live there fills."""
    market = now.exposure.market
    after = market.highest if terms.side is BookSide.BID else Count(-market.lowest)
    after = Count(after + terms.count)
    if after > limits.position_count and not reduces(terms, now):
        return (
            f"You could hold {count_text(after)} contracts here and your cap is"
            f" {count_text(limits.position_count)} a market."
        )
    return ""


def _risk_after(terms: OrderTerms, now: Situation) -> tuple[Money, bool]:
    """Return what this market may cost with the order, and whether that is more than before."""
    assert now.market is not None
    before = now.exposure.market
    after = before.with_order(terms.side, terms.price, terms.count, now.market.fees).at_risk
    return after, after > before.at_risk and not reduces(terms, now)


def event_cap(terms: OrderTerms, now: Situation, limits: Limits) -> str:
    """10: what the event may cost at worst."""
    after, is_more = _risk_after(terms, now)
    at_risk = Money(after + now.exposure.event_others)
    if is_more and at_risk > limits.event_risk:
        return (
            f"{money_text(at_risk)} would be at risk in this event and your cap is"
            f" {money_text(limits.event_risk)}."
        )
    return ""


def total_cap(terms: OrderTerms, now: Situation, limits: Limits) -> str:
    """10: what the account may cost at worst."""
    after, is_more = _risk_after(terms, now)
    at_risk = Money(after + now.exposure.others)
    if is_more and at_risk > limits.total_risk:
        return (
            f"{money_text(at_risk)} would be at risk in all and your cap is"
            f" {money_text(limits.total_risk)}."
        )
    return ""


def order_cap(_terms: OrderTerms, now: Situation, limits: Limits) -> str:
    """10: orders live at once."""
    if now.open_orders >= limits.open_orders:
        return f"{now.open_orders} orders are live and your cap is {limits.open_orders}."
    return ""


def day_loss(terms: OrderTerms, now: Situation, limits: Limits) -> str:
    """11: the loss of the trading day."""
    if now.day_loss >= limits.day_loss and not reduces(terms, now):
        return (
            f"{money_text(now.day_loss)} is lost today and your limit is"
            f" {money_text(limits.day_loss)}: only what reduces may be sent."
        )
    return ""


def _newer(now: Situation, age_ns: int) -> int:
    """Return how many orders passed the gate less than `age_ns` ago; they stand oldest first."""
    return len(now.placed) - bisect_right(now.placed, now.mono_ns - age_ns, key=_PLACED_NS)


def rate(_terms: OrderTerms, now: Situation, limits: Limits) -> str:
    """12: orders in the last second and in the last minute."""
    second = _newer(now, SECOND)
    if second >= limits.orders_per_second:
        return f"{second} orders in a second and your cap is {limits.orders_per_second}: wait."
    minute = _newer(now, MINUTE_NS)
    if minute >= limits.orders_per_minute:
        return f"{minute} orders in a minute and your cap is {limits.orders_per_minute}: wait."
    return ""


def repeat(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """12: not the same market, side and price again within two seconds."""
    key = (terms.ticker, terms.side, terms.price)
    for each in reversed(now.placed):
        if now.mono_ns - each.mono_ns >= REPEAT_NS:
            break
        if each[1:] == key:
            return "The same order went out less than 2 s ago: confirm to send it again."
    return ""


def funds(terms: OrderTerms, now: Situation, _limits: Limits) -> str:
    """14: cash on the market's shard, less what orders on their way need."""
    if now.cash is None:
        return "The balance is not known yet."
    cost, free = cash_for(terms, now), Money(now.cash - now.exposure.in_flight)
    if cost > free and cost > 0:
        return f"It needs {money_text(cost)} and {money_text(max(free, Money(0)))} is available."
    return ""
