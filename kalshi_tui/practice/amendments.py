"""Changes of a live order over REST: amend and decrease.

Owns how the two requests are read and answered; when an order keeps its place in the queue is the
exchange's business. Every command settles the venue before its answer leaves.
Source: openapi.yaml `AmendOrderV2Request`, `DecreaseOrderV2Request`.
"""

from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.sides import BookSide
from kalshi_tui.practice import answers
from kalshi_tui.practice.bodies import (
    INT32,
    INT64,
    TEXT,
    Body,
    Form,
    check_subaccount,
    invalid,
)
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.orders import Amendment
from kalshi_tui.practice.parameters import Query
from kalshi_tui.practice.venue import Venue

_AMEND = Form(
    "AmendOrderV2Request",
    {
        "ticker": TEXT,
        "side": TEXT,
        "price": TEXT,
        "count": TEXT,
        "client_order_id": TEXT,
        "updated_client_order_id": TEXT,
        "expiration_time": INT64,
        "exchange_index": INT32,
    },
)
_DECREASE = Form(
    "DecreaseOrderV2Request",
    {"reduce_by": TEXT, "reduce_to": TEXT, "exchange_index": INT32, "market_ticker": TEXT},
)


class Amendments:
    """The commands that change a live order. `key_id` names the account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def amend(self, request: Request, key_id: str) -> Response:
        """POST /portfolio/events/orders/{order_id}/amend."""
        body = await _AMEND.receive(request)
        body.require("ticker", "side", "price", "count")
        check_subaccount(Query("AmendOrderV2", request.query_params).at_least("subaccount", 0))
        terms = _amendment(body)
        exchange = self._venue.exchange
        now_ns = self._venue.begin()
        try:
            shard = exchange.route(body.number("exchange_index"), terms.ticker)
            done = exchange.amend(key_id, request.path_params["order_id"], terms, now_ns, shard)
        finally:
            self._venue.settle(now_ns)
        self._venue.on_wake()
        return answer(answers.amended(done))

    async def decrease(self, request: Request, key_id: str) -> Response:
        """POST /portfolio/events/orders/{order_id}/decrease."""
        body = await _DECREASE.receive(request)
        check_subaccount(Query("DecreaseOrderV2", request.query_params).at_least("subaccount", 0))
        if ("reduce_by" in body) == ("reduce_to" in body):
            raise invalid("exactly one of reduce_by and reduce_to is required")
        exchange = self._venue.exchange
        now_ns = self._venue.begin()
        try:
            shard = exchange.route(body.number("exchange_index"), body.text("market_ticker"))
            done = exchange.decrease(
                key_id,
                request.path_params["order_id"],
                now_ns,
                reduce_by=body.maybe_count("reduce_by"),
                reduce_to=body.maybe_count("reduce_to"),
                exchange_index=shard,
            )
        finally:
            self._venue.settle(now_ns)
        return answer(answers.decreased(done))


def _amendment(body: Body) -> Amendment:
    expires_s = body.number("expiration_time")
    if expires_s is not None and expires_s < 0:
        raise invalid("expiration_time is not valid")
    return Amendment(
        ticker=body.text("ticker"),
        side=body.word(BookSide, "side"),
        price=body.price("price"),
        total=body.count("count"),
        client_order_id=body.text("client_order_id"),
        updated_client_order_id=body.text("updated_client_order_id"),
        expires_s=expires_s,
    )
