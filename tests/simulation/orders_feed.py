"""What the client's feed makes of the venue's private messages."""

from kalshi_tui.core import events as e
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_MONEY, Count, Money, Price
from tests.simulation.orders_text import Body
from tests.simulation.orders_venue import MILLI, VenueFill


def fact_of(kind: str, body: Body) -> e.Fact:
    """Return what the feed makes of a private message."""
    match kind:
        case "fill":
            return _filled(body["fill"])
        case "position":
            fill = body["fill"]
            cost, realized = Money(fill.cost), Money(fill.realized)
            return e.PositionReported(fill.ticker, Count(fill.after), cost, realized, NO_MONEY)
        case "group":
            return e.GroupChanged(body["order_group_id"], e.GroupChange(body["event"]))
        case _:
            return _reported(body)


def _filled(fill: VenueFill) -> e.Filled:
    return e.Filled(
        trade_id=fill.trade_id,
        order_id=fill.order_id,
        client_order_id=fill.client_id,
        ticker=fill.ticker,
        side=BookSide(fill.side),
        price=Price(fill.price),
        count=Count(fill.count),
        fee=NO_MONEY,
        is_taker=fill.is_taker,
        ts_ms=fill.at_ns // MILLI,
        position_after=Count(fill.after),
    )


def _reported(body: Body) -> e.OrderReported:
    expires = body["expires_s"]
    return e.OrderReported(
        order_id=body["order_id"],
        client_order_id=body["client_order_id"],
        ticker=body["ticker"],
        side=BookSide(body["side"]),
        price=Price(body["price"]),
        status=e.ReportedStatus(body["status"]),
        initial=Count(body["initial"]),
        filled=Count(body["filled"]),
        remaining=Count(body["remaining"]),
        fees=NO_MONEY,
        created_ms=body["created_ns"] // MILLI,
        updated_ms=body["updated_ns"] // MILLI,
        expires_ms=None if expires is None else expires * 1_000,
        reason=body["reason"],
        group_id=body["group"],
    )
