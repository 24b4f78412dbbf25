"""Order entry over REST: create, cancel, their batches, cancel-all, and what is gone.

Owns how a request becomes a command and which shard it goes to; the rules of trading are
`exchange`'s, the changes of a live order are `amendments`'. Every command settles the venue before
its answer leaves.
Source: openapi.yaml `CreateOrderV2Request`, `BatchCreateOrdersV2Request`; recorded bodies.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, count_to_wire
from kalshi_tui.practice import answers, wire
from kalshi_tui.practice.bodies import (
    BOOL,
    INT,
    INT32,
    INT64,
    LIST,
    TEXT,
    Body,
    Form,
    check_subaccount,
    invalid,
)
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.orders import AUTO_ROUTE, Canceled, CancelItem, NewOrder, Placed
from kalshi_tui.practice.parameters import Query
from kalshi_tui.practice.rejections import Rejection
from kalshi_tui.practice.venue import Venue

CREATE = Form(
    "CreateOrderV2Request",
    {
        "ticker": TEXT,
        "client_order_id": TEXT,
        "side": TEXT,
        "count": TEXT,
        "price": TEXT,
        "expiration_time": INT64,
        "time_in_force": TEXT,
        "post_only": BOOL,
        "self_trade_prevention_type": TEXT,
        "cancel_order_on_pause": BOOL,
        "reduce_only": BOOL,
        "subaccount": INT,
        "order_group_id": TEXT,
        "exchange_index": INT32,
    },
)
_REQUIRED = ("ticker", "side", "count", "price", "time_in_force", "self_trade_prevention_type")
_CREATES = Form("BatchCreateOrdersV2Request", {"orders": LIST})
_CANCELS = Form("BatchCancelOrdersV2Request", {"orders": LIST})
_CANCEL = Form(
    "BatchCancelOrdersV2RequestOrder",
    {"order_id": TEXT, "subaccount": INT, "exchange_index": INT32, "market_ticker": TEXT},
)


class OrderEntry:
    """The order commands of one venue. `key_id` names the account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def create(self, request: Request, key_id: str) -> Response:
        """POST /portfolio/events/orders."""
        order = self._order(await CREATE.receive(request))
        now_ns = self._venue.begin()
        try:
            placed = self._venue.exchange.place(key_id, order, now_ns)
        finally:
            self._venue.settle(now_ns)
        self._venue.on_wake()
        return answer(answers.placed(placed), 201)

    async def create_batch(self, request: Request, key_id: str) -> Response:
        """POST /portfolio/events/orders/batched: in order, each with its own answer."""
        body = await _CREATES.receive(request)
        bodies = [CREATE.pick(each) for each in _items(body)]
        now_ns = self._venue.begin()
        orders = [self._order_or_refusal(each) for each in bodies]
        try:
            done = self._venue.exchange.place_all(key_id, orders, now_ns)
        finally:
            self._venue.settle(now_ns)
        self._venue.on_wake()
        return answer({"orders": list(map(_created, bodies, done))}, 201)

    async def cancel(self, request: Request, key_id: str) -> Response:
        """DELETE /portfolio/events/orders/{order_id}."""
        query = Query("CancelOrderV2", request.query_params)
        check_subaccount(query.at_least("subaccount", 0))
        index, ticker = query.whole("exchange_index"), query.text("market_ticker")
        now_ns = self._venue.begin()
        try:
            shard = self._venue.exchange.route(index, ticker)
            order_id = request.path_params["order_id"]
            done = self._venue.exchange.cancel(key_id, order_id, now_ns, shard)
        finally:
            self._venue.settle(now_ns)
        return answer(answers.canceled(done))

    async def cancel_batch(self, request: Request, key_id: str) -> Response:
        """DELETE /portfolio/events/orders/batched: in order, each with its own answer."""
        body = await _CANCELS.receive(request)
        bodies = [_CANCEL.pick(each) for each in _items(body)]
        now_ns = self._venue.begin()
        items = [self._item_or_refusal(each) for each in bodies]
        try:
            done = self._venue.exchange.cancel_each(key_id, items, now_ns)
        finally:
            self._venue.settle(now_ns)
        return answer({"orders": list(map(_canceled, bodies, done))})

    async def cancel_all(self, request: Request, key_id: str) -> Response:
        """DELETE /portfolio/events/orders: every shard; of another subaccount there is nothing."""
        subaccount = Query("CancelAllOrders", request.query_params).at_least("subaccount", 0)
        now_ns = self._venue.begin()
        try:
            if not subaccount:
                self._venue.exchange.cancel_all(key_id, now_ns)
        finally:
            self._venue.settle(now_ns)
        return Response(status_code=204)

    async def legacy(self, request: Request) -> Response:
        """Every write of the order endpoints that were switched off in June 2026."""
        raise Rejection(
            410,
            "deprecated_v1_order_endpoint",
            "Please switch to the V2 endpoints",
            "https://docs.kalshi.com/api-reference/orders/create-order-v2",
        )

    def _order_or_refusal(self, body: Body) -> NewOrder | Rejection:
        try:
            return self._order(body)
        except Rejection as error:
            return error

    def _item_or_refusal(self, body: Body) -> CancelItem | Rejection:
        try:
            body.require("order_id")
            check_subaccount(body.number("subaccount"))
            index, ticker = body.number("exchange_index"), body.text("market_ticker")
            return CancelItem(body.text("order_id"), self._venue.exchange.route(index, ticker))
        except Rejection as error:
            return error

    def _order(self, body: Body) -> NewOrder:
        body.require(*_REQUIRED)
        check_subaccount(body.number("subaccount"))
        index = body.number("exchange_index")
        return NewOrder(
            ticker=body.text("ticker"),
            side=body.word(BookSide, "side"),
            price=body.price("price"),
            size=body.count("count"),
            time_in_force=body.word(TimeInForce, "time_in_force"),
            self_trade_prevention=body.word(SelfTradePrevention, "self_trade_prevention_type"),
            client_order_id=body.text("client_order_id"),
            post_only=body.flag("post_only"),
            reduce_only=body.flag("reduce_only"),
            expires_s=body.number("expiration_time") or None,
            cancel_on_pause=body.flag("cancel_order_on_pause"),
            order_group_id=body.text("order_group_id"),
            exchange_index=AUTO_ROUTE if index is None else index,
        )


def _items(body: Body) -> list[object]:
    found = body.items("orders")
    if not found:
        raise invalid("orders is required")
    return found


def _created(body: Body, result: Placed | Rejection) -> wire.BatchCreated:
    if isinstance(result, Rejection):
        name = body.text("client_order_id") or msgspec.UNSET
        return wire.BatchCreated(client_order_id=name, error=result.body()["error"])
    one = answers.placed(result)
    return wire.BatchCreated(
        one.order_id,
        one.client_order_id,
        one.fill_count,
        one.remaining_count,
        one.average_fill_price,
        one.average_fee_paid,
        one.ts_ms,
    )


def _canceled(body: Body, result: Canceled | Rejection) -> wire.BatchCanceled:
    if isinstance(result, Rejection):
        nothing = count_to_wire(NO_COUNT)
        return wire.BatchCanceled(body.text("order_id"), nothing, error=result.body()["error"])
    one = answers.canceled(result)
    name = result.client_order_id or msgspec.UNSET
    return wire.BatchCanceled(one.order_id, one.reduced_by, name, one.ts_ms)
