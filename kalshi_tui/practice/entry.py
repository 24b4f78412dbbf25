"""Order entry over REST: reading the body, the command, the answer.

Owns how a malformed body is refused, in the words of the exchange's own decoder; the rules of
trading are `exchange`'s. Every command settles the venue before its answer leaves.
Source: openapi.yaml `CreateOrderV2Request`; recorded bodies.
"""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price, UnitError, parse_count, parse_price
from kalshi_tui.practice import answers, rejections
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.orders import NewOrder
from kalshi_tui.practice.parameters import Query
from kalshi_tui.practice.rejections import Rejection
from kalshi_tui.practice.venue import Venue

E = TypeVar("E", bound=Enum)

_REQUEST = "CreateOrderV2Request"
_FIELDS: Mapping[str, tuple[type, str]] = {
    "ticker": (str, "string"),
    "client_order_id": (str, "string"),
    "side": (str, "string"),
    "count": (str, "string"),
    "price": (str, "string"),
    "expiration_time": (int, "int64"),
    "time_in_force": (str, "string"),
    "post_only": (bool, "bool"),
    "self_trade_prevention_type": (str, "string"),
    "cancel_order_on_pause": (bool, "bool"),
    "reduce_only": (bool, "bool"),
    "subaccount": (int, "int"),
    "order_group_id": (str, "string"),
    "exchange_index": (int, "int32"),
}
_REQUIRED = ("ticker", "side", "count", "price", "time_in_force", "self_trade_prevention_type")
_AUTO_ROUTE = -1


class BodyError(Exception):
    """A body that the exchange's JSON decoder refuses: status 400 and the flat error shape."""

    def __init__(self, details: str) -> None:
        super().__init__(details)
        self.details = details

    def body(self) -> dict[str, str]:
        """Return the flat envelope."""
        return {"code": "bad_request", "message": "bad request", "details": self.details}


class OrderEntry:
    """The order commands of one venue. `key_id` names the account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def create(self, request: Request, key_id: str) -> Response:
        """POST /portfolio/events/orders."""
        order = self._read(request, await request.body())
        now_ns = self._venue.begin()
        try:
            placed = self._venue.exchange.place(key_id, order, now_ns)
        finally:
            self._venue.settle(now_ns)
        self._venue.on_wake()
        return answer(answers.placed(placed), 201)

    async def cancel(self, request: Request, key_id: str) -> Response:
        """DELETE /portfolio/events/orders/{order_id}."""
        _check_subaccount(Query("CancelOrderV2", request.query_params).whole("subaccount"))
        now_ns = self._venue.begin()
        try:
            done = self._venue.exchange.cancel(key_id, request.path_params["order_id"], now_ns)
        finally:
            self._venue.settle(now_ns)
        return answer(answers.canceled(done))

    async def cancel_all(self, request: Request, key_id: str) -> Response:
        """DELETE /portfolio/events/orders."""
        _check_subaccount(Query("CancelAllOrders", request.query_params).whole("subaccount"))
        now_ns = self._venue.begin()
        try:
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

    def _read(self, request: Request, body: bytes) -> NewOrder:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Rejection(400, "invalid_content_type", "invalid content type")
        fields = read_fields(body)
        for name in _REQUIRED:
            if not fields.get(name):
                raise _invalid(f"{name} is required")
        _check_subaccount(_number(fields, "subaccount"))
        self._check_route(str(fields["ticker"]), _number(fields, "exchange_index"))
        return NewOrder(
            ticker=str(fields["ticker"]),
            side=_word(BookSide, fields, "side"),
            price=_price(str(fields["price"])),
            size=_count(str(fields["count"])),
            time_in_force=_word(TimeInForce, fields, "time_in_force"),
            self_trade_prevention=_word(SelfTradePrevention, fields, "self_trade_prevention_type"),
            client_order_id=str(fields.get("client_order_id", "")),
            post_only=bool(fields.get("post_only", False)),
            reduce_only=bool(fields.get("reduce_only", False)),
            expires_s=_number(fields, "expiration_time") or None,
            cancel_on_pause=bool(fields.get("cancel_order_on_pause", False)),
            order_group_id=str(fields.get("order_group_id", "")),
        )

    def _check_route(self, ticker: str, index: int | None) -> None:
        listed = self._venue.exchange.markets.get(ticker)
        if listed is None or index is None or index == _AUTO_ROUTE:
            return
        if index != listed.listing.exchange_index:
            raise rejections.not_found()


def read_fields(body: bytes) -> dict[str, object]:
    """Return the known fields of a create request, each of its own JSON type.

    Unknown fields and nulls are left out. Raises `BodyError` in the words of the real decoder.
    """
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BodyError("invalid character in JSON body" if body else "EOF") from None
    if not isinstance(decoded, dict):
        raise BodyError(
            f"json: cannot unmarshal {_json_kind(decoded)} into Go value of type {_REQUEST}"
        )
    found: dict[str, object] = {}
    for name, value in decoded.items():
        if name not in _FIELDS or value is None:
            continue
        wanted, go_type = _FIELDS[name]
        if type(value) is not wanted:
            raise BodyError(
                f"json: cannot unmarshal {_json_kind(value)} into Go struct field "
                f"{_REQUEST}.{name} of type {go_type}"
            )
        found[name] = value
    return found


def _json_kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _invalid(details: str) -> Rejection:
    return Rejection(400, "invalid_parameters", "invalid parameters", details)


def _number(fields: Mapping[str, object], name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) else None


def _word(kind: type[E], fields: Mapping[str, object], name: str) -> E:
    try:
        return kind(fields[name])
    except ValueError:
        raise _invalid(f"{name} is not valid") from None


def _price(text: str) -> Price:
    try:
        return parse_price(text)
    except UnitError:
        raise rejections.invalid_price() from None


def _count(text: str) -> Count:
    try:
        return parse_count(text)
    except UnitError:
        raise _invalid("count must be a number of contracts with at most 2 decimals") from None


def _check_subaccount(number: int | None) -> None:
    if number:
        raise _invalid("this account has no subaccounts")
