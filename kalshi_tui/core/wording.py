"""How an order is named in one line of the log: side, size, price, and what became of it.

Owns words only; decides nothing.
"""

from kalshi_tui.core.orders import Order, OrderEvent, OrderState, OrderTerms, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import count_text, price_text


def terms_words(terms: OrderTerms) -> str:
    """Return "B 10 @36": the side of the YES book, contracts and the YES price in cents."""
    verb = "B" if terms.side is BookSide.BID else "S"
    return f"{verb} {count_text(terms.count)} @{price_text(terms.price)}"


def order_words(order: Order) -> str:
    """Return the terms of an order in words."""
    return terms_words(order.terms)


def outcome_words(order: Order) -> str:
    """Return what an answered order has come to."""
    if order.state is OrderState.EXECUTED:
        return "filled"
    if order.state is OrderState.RESTING:
        return "rests" if order.filled == 0 else f"{count_text(order.filled)} filled, rests"
    return f"{count_text(order.filled)} filled, the rest canceled"


def orders_words(count: int) -> str:
    """Return "1 order" or "3 orders"."""
    return f"{count:,} order{'' if count == 1 else 's'}"


def rest_words(terms: OrderTerms, event: OrderEvent) -> str:
    """Return why the exchange took off at once what did not fill, or an empty string."""
    if event is not OrderEvent.CANCELS:
        return ""
    if terms.time_in_force is TimeInForce.IOC:
        return "IOC: what did not fill at once was canceled"
    return "canceled by the exchange at entry"
