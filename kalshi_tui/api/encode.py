"""Order terms turned into the bytes of a create request.

Owns the body's form and the refusal of terms that no body can say. The gate has judged the order
before; this is the last check that what is confirmed is what is sent.
Source: openapi.yaml `CreateOrderV2Request`.
"""

import msgspec

from kalshi_tui.api.schemas import CreateBody
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.text import is_ticker
from kalshi_tui.core.units import ONE_DOLLAR, count_to_wire, price_to_wire

MAX_CLIENT_ID = 64

_encoder = msgspec.json.Encoder()


class TermsError(ValueError):
    """Terms that cannot be put into a request. The message is one sentence."""


def create_body(client_order_id: str, terms: OrderTerms) -> bytes:
    """Return the body of `POST /portfolio/events/orders`. Raises `TermsError`.

    Count and price go as strings, the price is that of the YES leg, and the shard is left to the
    exchange, which routes by ticker.
    """
    _check(client_order_id, terms)
    return _encoder.encode(
        CreateBody(
            ticker=terms.ticker,
            client_order_id=client_order_id,
            side=terms.side.value,
            count=count_to_wire(terms.count),
            price=price_to_wire(terms.price),
            time_in_force=terms.time_in_force.value,
            self_trade_prevention_type=terms.self_trade_prevention.value,
            expiration_time=terms.expires_s,
            post_only=terms.post_only,
            reduce_only=terms.reduce_only,
        )
    )


def _check(client_order_id: str, terms: OrderTerms) -> None:
    if not client_order_id or len(client_order_id) > MAX_CLIENT_ID or not client_order_id.isascii():
        raise TermsError("The order has no usable client order id.")
    if not is_ticker(terms.ticker):
        raise TermsError("The order names no ticker.")
    # bool is an int: True would be sent as 0.01 contract.
    if type(terms.count) is not int or terms.count <= 0:
        raise TermsError("The order's count must be more than zero.")
    if type(terms.price) is not int or not 0 < terms.price < ONE_DOLLAR:
        raise TermsError("The order's price must lie between $0 and $1.")
    if terms.expires_s is not None and terms.time_in_force is not TimeInForce.GTC:
        raise TermsError("Only a good-till-canceled order can expire at a time.")
    if terms.reduce_only and terms.time_in_force is not TimeInForce.IOC:
        raise TermsError("A reduce-only order must be immediate-or-cancel.")
