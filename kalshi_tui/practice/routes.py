"""The REST side as one ASGI application: paths, signatures, error envelopes, the `Date` header.

Owns which path needs a signature and what an error looks like; `marketdata`, `portfolio` and
`entry` own the answers. Must not know sockets or how the server runs.
Source: openapi.yaml paths; recorded error bodies.
"""

from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kalshi_tui.practice import rejections
from kalshi_tui.practice.amendments import Amendments
from kalshi_tui.practice.auth import AuthError
from kalshi_tui.practice.bodies import BodyError
from kalshi_tui.practice.charging import charge
from kalshi_tui.practice.charts import Charts
from kalshi_tui.practice.control import Control, ControlError
from kalshi_tui.practice.directory import Directory
from kalshi_tui.practice.entry import OrderEntry
from kalshi_tui.practice.funding import Funding
from kalshi_tui.practice.groupentry import GroupEntry
from kalshi_tui.practice.historical import Historical
from kalshi_tui.practice.limits import TooManyRequests
from kalshi_tui.practice.marketdata import MarketData, answer
from kalshi_tui.practice.membership import Membership
from kalshi_tui.practice.mishaps import Mishaps
from kalshi_tui.practice.parameters import ParameterError
from kalshi_tui.practice.portfolio import Portfolio
from kalshi_tui.practice.rejections import Rejection
from kalshi_tui.practice.venue import Venue

ROOT = "/trade-api/v2"

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
PrivateEndpoint: TypeAlias = Callable[[Request, str], Awaitable[Response]]
Call: TypeAlias = tuple[str, str, PrivateEndpoint]
"""Method, path below the root, and who answers."""


def application(venue: Venue, advance: Callable[[], Awaitable[None]]) -> ASGIApp:
    """Return the whole REST side: the trading API and the practice control."""
    routes = [*_public(venue), *_private(venue), *Control(venue, advance).routes()]
    app = Starlette(routes=routes, exception_handlers=_handlers())
    app.router.redirect_slashes = False
    return _Dated(Mishaps(app, venue, ROOT, advance), venue.wall_ns)


_LEGACY_WRITES = (
    ("POST", "/portfolio/orders"),
    ("POST", "/portfolio/orders/batched"),
    ("DELETE", "/portfolio/orders/batched"),
    ("DELETE", "/portfolio/orders/{order_id}"),
    ("POST", "/portfolio/orders/{order_id}/amend"),
    ("POST", "/portfolio/orders/{order_id}/decrease"),
)
"""Switched off in June 2026: each answers 410 and names its successor."""


def _public(venue: Venue) -> list[Route]:
    data, charts, directory = MarketData(venue), Charts(venue), Directory(venue)
    historical, entry = Historical(venue), OrderEntry(venue)
    reads: dict[str, Endpoint] = {
        "/exchange/status": data.status,
        "/exchange/schedule": data.schedule,
        "/exchange/user_data_timestamp": data.user_data_timestamp,
        "/account/endpoint_costs": Membership(venue).endpoint_costs,
        "/search/tags_by_categories": directory.tags,
        "/series": directory.series_list,
        "/series/fee_changes": directory.series_fee_changes,
        "/series/{ticker}": directory.series,
        "/series/{series_ticker}/markets/{ticker}/candlesticks": charts.market,
        "/series/{series_ticker}/events/{ticker}/candlesticks": charts.event,
        "/events": directory.events,
        "/events/fee_changes": directory.event_fee_changes,
        "/events/{ticker}": directory.event,
        "/events/{ticker}/metadata": directory.metadata,
        "/markets": data.markets,
        "/markets/trades": data.trades,
        "/markets/orderbooks": data.orderbooks,
        "/markets/candlesticks": charts.batch,
        "/markets/{ticker}": data.market,
        "/markets/{ticker}/orderbook": data.orderbook,
        "/historical/cutoff": historical.cutoff,
        "/historical/trades": historical.trades,
        "/historical/markets": historical.markets,
        "/historical/markets/{ticker}": historical.market,
        "/historical/markets/{ticker}/candlesticks": charts.archived,
    }
    return [
        *(Route(ROOT + path, endpoint, methods=["GET"]) for path, endpoint in reads.items()),
        *(Route(ROOT + path, entry.legacy, methods=[method]) for method, path in _LEGACY_WRITES),
    ]


def _private(venue: Venue) -> list[Route]:
    calls = [*_account_reads(venue), *_order_calls(venue), *_cash_calls(venue)]
    return [
        Route(ROOT + path, _signed(venue, method, path, endpoint), methods=[method])
        for method, path, endpoint in calls
    ]


def _account_reads(venue: Venue) -> list[Call]:
    portfolio, membership, historical = Portfolio(venue), Membership(venue), Historical(venue)
    reads: dict[str, PrivateEndpoint] = {
        "/portfolio/balance": portfolio.balance,
        "/portfolio/positions": portfolio.positions,
        "/portfolio/orders": portfolio.orders,
        "/portfolio/orders/queue_positions": portfolio.queue_positions,
        "/portfolio/orders/{order_id}": portfolio.order,
        "/portfolio/orders/{order_id}/queue_position": portfolio.queue_position,
        "/portfolio/fills": portfolio.fills,
        "/portfolio/settlements": portfolio.settlements,
        "/account/limits": membership.limits,
        "/api_keys": membership.api_keys,
        "/historical/fills": historical.fills,
        "/historical/orders": historical.orders,
        "/historical/positions": historical.positions,
    }
    return [("GET", path, endpoint) for path, endpoint in reads.items()]


def _order_calls(venue: Venue) -> list[Call]:
    entry, amendments, grouping = OrderEntry(venue), Amendments(venue), GroupEntry(venue)
    group = "/portfolio/order_groups/{order_group_id}"
    return [
        ("POST", "/portfolio/events/orders", entry.create),
        ("DELETE", "/portfolio/events/orders", entry.cancel_all),
        ("POST", "/portfolio/events/orders/batched", entry.create_batch),
        ("DELETE", "/portfolio/events/orders/batched", entry.cancel_batch),
        ("DELETE", "/portfolio/events/orders/{order_id}", entry.cancel),
        ("POST", "/portfolio/events/orders/{order_id}/amend", amendments.amend),
        ("POST", "/portfolio/events/orders/{order_id}/decrease", amendments.decrease),
        ("GET", "/portfolio/order_groups", grouping.groups),
        ("POST", "/portfolio/order_groups/create", grouping.create),
        ("GET", group, grouping.group),
        ("DELETE", group, grouping.delete),
        ("PUT", f"{group}/reset", grouping.reset),
        ("PUT", f"{group}/trigger", grouping.trigger),
        ("PUT", f"{group}/limit", grouping.limit),
    ]


def _cash_calls(venue: Venue) -> list[Call]:
    funding = Funding(venue)
    transfers = "/portfolio/intra_exchange_instance_transfers"
    return [
        ("GET", "/portfolio/deposits", funding.deposits),
        ("GET", "/portfolio/withdrawals", funding.withdrawals),
        ("POST", "/portfolio/intra_exchange_instance_transfer", funding.transfer),
        ("GET", transfers, funding.transfers),
        ("GET", f"{transfers}/{{transfer_id}}", funding.one_transfer),
        ("GET", "/portfolio/target_balance_allocation", funding.allocation),
        ("POST", "/portfolio/target_balance_allocation", funding.allocate),
    ]


def _signed(venue: Venue, method: str, path: str, endpoint: PrivateEndpoint) -> Endpoint:
    async def checked(request: Request) -> Response:
        # The path as it was sent, still percent-encoded and without its query (ASGI `raw_path`).
        raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
        sent = raw.decode("ascii", "replace")
        identity = venue.identify(request.headers, request.method, sent)
        await charge(venue, identity.key_id, method, path, request)
        return await endpoint(request, identity.key_id)

    return checked


def _handlers() -> dict[Any, Callable[[Request, Any], Response]]:
    def rejected(request: Request, error: Rejection) -> Response:
        return answer(error.body(), error.status)

    def unsigned(request: Request, error: AuthError) -> Response:
        return Response(error.body, status_code=401, media_type="application/json")

    def misread(request: Request, error: BodyError) -> Response:
        return answer(error.body(), 400)

    def misasked(request: Request, error: ParameterError | ControlError) -> Response:
        return answer({"msg": str(error)}, 400)

    def unrouted(request: Request, error: HTTPException) -> Response:
        # A wrong method on a known path is nothing else than an unknown path to this API.
        return answer(rejections.not_found().body(), 404)

    def too_many(request: Request, error: TooManyRequests) -> Response:
        return answer(error.body(), 429)

    def broken(request: Request, error: Exception) -> Response:
        body = Rejection(500, "internal_server_error", "internal server error").body()
        return answer(body, 500)

    return {
        Rejection: rejected,
        AuthError: unsigned,
        BodyError: misread,
        ParameterError: misasked,
        ControlError: misasked,
        TooManyRequests: too_many,
        HTTPException: unrouted,
        Exception: broken,
    }


class _Dated:
    """Puts the wall time into every answer's `Date`, as the real exchange's front does."""

    def __init__(self, app: ASGIApp, wall_ns: Callable[[], int]) -> None:
        self._app = app
        self._wall_ns = wall_ns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self._wall_ns() // 1_000_000_000, usegmt=True)
                message["headers"] = [*message["headers"], (b"date", date.encode())]
            await send(message)

        await self._app(scope, receive, dated)
