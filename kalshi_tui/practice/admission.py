"""Which orders the practice exchange takes at all, before anyone's cash or book is looked at.

Owns the checks of terms, market and exchange status, and their order. Pure: raises a `Rejection` or
returns None.
Source: openapi.yaml `CreateOrderV2Request`; error code catalogue of the trading API; tick grids.
"""

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.units import Count
from kalshi_tui.practice import rejections
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import Amendment, CustomerOrder, NewOrder

_NS_PER_S = 1_000_000_000

POST_ONLY_CROSS = "post only cross"
"""Recorded, demo and production."""

# The wording of these is not recorded; the rule is documented.
REDUCE_ONLY_NEEDS_IOC = "reduce only requires immediate or cancel"
POST_ONLY_NEEDS_GTC = "post only requires good till canceled"
EXPIRATION_NEEDS_GTC = "expiration time requires good till canceled"
EXPIRATION_PAST = "expiration time must be in the future"
COUNT_TOO_SMALL = "count must be at least 0.01"
TOTAL_BELOW_FILLED = "count must not be below the filled count"
OTHER_TERMS = "ticker, side or client order id is not the order's"
ONE_OF_TWO = "exactly one of reduce_by and reduce_to must be given"
NOT_A_DECREASE = "an order can only be decreased"


def check_market(market: ListedMarket) -> None:
    """Refuse a market that is not trading. Raises `Rejection`."""
    if market.status is not MarketStatus.ACTIVE:
        raise rejections.market_inactive()


def check_terms(order: NewOrder, market: ListedMarket, now_ns: int) -> None:
    """Refuse terms that no book could make good. Raises `Rejection`."""
    if order.price not in market.grid:
        raise rejections.invalid_price()
    if order.size <= 0:
        raise rejections.invalid_order(COUNT_TOO_SMALL)
    if order.time_in_force is TimeInForce.GTC and not order.reduce_only:
        if order.expires_s is not None and order.expires_s * _NS_PER_S <= now_ns:
            raise rejections.invalid_order(EXPIRATION_PAST)
        return
    if order.reduce_only and order.time_in_force is not TimeInForce.IOC:
        raise rejections.invalid_order(REDUCE_ONLY_NEEDS_IOC)
    if order.post_only:
        raise rejections.invalid_order(POST_ONLY_NEEDS_GTC)
    if order.expires_s is not None:
        raise rejections.invalid_order(EXPIRATION_NEEDS_GTC)


def check_amendment(
    order: CustomerOrder, amendment: Amendment, market: ListedMarket, now_ns: int
) -> None:
    """Refuse an amendment that does not fit its order. Raises `Rejection`.

    A price that stays is not looked up in the grid: an order outlives a change of the grid.
    """
    named = amendment.client_order_id
    if (amendment.ticker, amendment.side) != (order.ticker, order.side) or (
        named and named != order.client_order_id
    ):
        raise rejections.invalid_order(OTHER_TERMS)
    if amendment.price != order.price and amendment.price not in market.grid:
        raise rejections.invalid_price()
    if amendment.total <= 0:
        raise rejections.invalid_order(COUNT_TOO_SMALL)
    if amendment.total < order.filled:
        raise rejections.invalid_order(TOTAL_BELOW_FILLED)
    if amendment.expires_s and amendment.expires_s * _NS_PER_S <= now_ns:
        raise rejections.invalid_order(EXPIRATION_PAST)


def decrease_to(order: CustomerOrder, reduce_by: Count | None, reduce_to: Count | None) -> Count:
    """Return what shall rest after a decrease; more than there is takes all. Raises `Rejection`."""
    if (reduce_by is None) is (reduce_to is None):
        raise rejections.invalid_parameters(ONE_OF_TWO)
    if reduce_by is not None:
        if reduce_by <= 0:
            raise rejections.invalid_order(COUNT_TOO_SMALL)
        return Count(max(order.remaining - reduce_by, 0))
    assert reduce_to is not None
    if not 0 <= reduce_to <= order.remaining:
        raise rejections.invalid_order(NOT_A_DECREASE)
    return reduce_to
