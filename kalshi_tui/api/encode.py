"""Order commands turned into the bytes of their requests.

Owns the bodies' form and the refusal of terms that no body can say. The gate has judged the order
before; this is the last check that what is confirmed is what is sent. Shards are left to the
exchange, which routes by ticker: a body without a ticker cannot be made here (FC23).
Source: openapi.yaml `CreateOrderV2Request`, `AmendOrderV2Request`, `DecreaseOrderV2Request`,
`BatchCreateOrdersV2Request`, `BatchCancelOrdersV2Request`, `CreateOrderGroupRequest`.
"""

from collections.abc import Sequence

import msgspec

from kalshi_tui.api import schemas
from kalshi_tui.core.orders import OrderTerms, TimeInForce
from kalshi_tui.core.text import is_ticker
from kalshi_tui.core.units import ONE_DOLLAR, Count, Price, count_to_wire, price_to_wire

MAX_CLIENT_ID = 64
MAX_EXPIRY_S = 100_000_000_000
"""A later time than this (the year 5138) was meant in milliseconds (FC21)."""

_encoder = msgspec.json.Encoder()


class TermsError(ValueError):
    """Terms that cannot be put into a request. The message is one sentence."""


def create_body(client_order_id: str, terms: OrderTerms) -> bytes:
    """Return the body of `POST /portfolio/events/orders`. Raises `TermsError`.

    Count and price go as strings, the price is that of the YES leg.
    """
    return _encoder.encode(_create(client_order_id, terms))


def batch_body(orders: Sequence[tuple[str, OrderTerms]]) -> bytes:
    """Return the body of a batch of (client order id, terms). Raises `TermsError`."""
    if len({client_order_id for client_order_id, _ in orders}) != len(orders) or not orders:
        raise TermsError("A batch must name each of its orders once.")
    return _encoder.encode(schemas.BatchCreateBody([_create(*order) for order in orders]))


def _create(client_order_id: str, terms: OrderTerms) -> schemas.CreateBody:
    _check_id(client_order_id)
    _check_terms(terms)
    return schemas.CreateBody(
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
        cancel_order_on_pause=terms.cancel_on_pause,
        order_group_id=terms.group_id,
    )


def amend_body(client_order_id: str, terms: OrderTerms, expires_s: int | None) -> bytes:
    """Return the body of an amend to `terms`, whose count is the total. Raises `TermsError`.

    `expires_s` None keeps the expiry, 0 removes it. An expiry-only amend says the present price and
    total. The client order id is said as it is, and never changed.
    """
    _check_id(client_order_id)
    _check_size(terms.ticker, terms.price, terms.count)
    _check_expiry(expires_s, least=0)
    return _encoder.encode(
        schemas.AmendBody(
            ticker=terms.ticker,
            side=terms.side.value,
            price=price_to_wire(terms.price),
            count=count_to_wire(terms.count),
            client_order_id=client_order_id,
            expiration_time=expires_s,
        )
    )


def decrease_body(ticker: str, remaining: Count) -> bytes:
    """Return the body of a decrease to `remaining` contracts; 0 cancels. Raises `TermsError`.

    Only "reduce to" can be said: it means the same however often it is carried out (FC12).
    """
    _check_ticker(ticker)
    if type(remaining) is not int or remaining < 0:
        raise TermsError("An order cannot be decreased to less than nothing.")
    return _encoder.encode(schemas.DecreaseBody(count_to_wire(remaining), ticker))


def cancel_batch_body(orders: Sequence[tuple[str, str]]) -> bytes:
    """Return the body of a batch of cancels: (order id, ticker) each. Raises `TermsError`."""
    for order_id, ticker in orders:
        _check_ticker(ticker)
        if not order_id:
            raise TermsError("A cancel names no order.")
    items = [schemas.CancelItem(order_id, ticker) for order_id, ticker in orders]
    return _encoder.encode(schemas.BatchCancelBody(items))


def group_body(limit: Count, shard: int) -> bytes:
    """Return the body that makes an order group on a shard. Raises `TermsError`.

    `limit` is how many contracts may match within 15 s before the group trips.
    """
    _check_limit(limit)
    return _encoder.encode(schemas.GroupCreateBody(count_to_wire(limit), shard))


def group_limit_body(limit: Count) -> bytes:
    """Return the body that changes a group's limit. Raises `TermsError`."""
    _check_limit(limit)
    return _encoder.encode(schemas.GroupLimitBody(count_to_wire(limit)))


def _check_terms(terms: OrderTerms) -> None:
    _check_size(terms.ticker, terms.price, terms.count)
    if terms.expires_s is not None and terms.time_in_force is not TimeInForce.GTC:
        raise TermsError("Only a good-till-canceled order can expire at a time.")
    _check_expiry(terms.expires_s, least=1)
    if terms.reduce_only and terms.time_in_force is not TimeInForce.IOC:
        raise TermsError("A reduce-only order must be immediate-or-cancel.")


def _check_id(client_order_id: str) -> None:
    if not client_order_id or len(client_order_id) > MAX_CLIENT_ID or not client_order_id.isascii():
        raise TermsError("The order has no usable client order id.")


def _check_ticker(ticker: str) -> None:
    if not is_ticker(ticker):
        raise TermsError("The order names no ticker.")


def _check_size(ticker: str, price: Price, count: Count) -> None:
    _check_ticker(ticker)
    # bool is an int: True would be sent as 0.01 contract.
    if type(count) is not int or count <= 0:
        raise TermsError("The order's count must be more than zero.")
    if type(price) is not int or not 0 < price < ONE_DOLLAR:
        raise TermsError("The order's price must lie between $0 and $1.")


def _check_expiry(expires_s: int | None, *, least: int) -> None:
    if expires_s is None:
        return
    if type(expires_s) is not int or not least <= expires_s < MAX_EXPIRY_S:
        raise TermsError("The order's expiry must be a time in whole seconds.")


def _check_limit(limit: Count) -> None:
    if type(limit) is not int or limit <= 0:
        raise TermsError("The limit of an order group must be more than zero.")
