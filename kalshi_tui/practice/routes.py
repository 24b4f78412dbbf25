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
from kalshi_tui.practice.auth import AuthError
from kalshi_tui.practice.control import Control, ControlError
from kalshi_tui.practice.entry import BodyError, OrderEntry
from kalshi_tui.practice.marketdata import MarketData, answer
from kalshi_tui.practice.parameters import ParameterError
from kalshi_tui.practice.portfolio import Portfolio
from kalshi_tui.practice.rejections import Rejection
from kalshi_tui.practice.venue import Venue

ROOT = "/trade-api/v2"

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
PrivateEndpoint: TypeAlias = Callable[[Request, str], Awaitable[Response]]


def application(venue: Venue, advance: Callable[[], Awaitable[None]]) -> ASGIApp:
    """Return the whole REST side: the trading API and the practice control."""
    routes = [*_public(venue), *_private(venue), *Control(venue, advance).routes()]
    app = Starlette(routes=routes, exception_handlers=_handlers())
    app.router.redirect_slashes = False
    return _Dated(app, venue.clock.wall_ns)


def _public(venue: Venue) -> list[Route]:
    data, entry = MarketData(venue), OrderEntry(venue)
    reads: dict[str, Endpoint] = {
        "/exchange/status": data.status,
        "/exchange/user_data_timestamp": data.user_data_timestamp,
        "/account/endpoint_costs": data.endpoint_costs,
        "/historical/cutoff": data.historical_cutoff,
        "/series": data.series_list,
        "/series/{ticker}": data.series,
        "/events": data.events,
        "/events/{ticker}": data.event,
        "/markets": data.markets,
        "/markets/trades": data.trades,
        "/markets/orderbooks": data.orderbooks,
        "/markets/{ticker}": data.market,
        "/markets/{ticker}/orderbook": data.orderbook,
    }
    old = (
        ("POST", "/portfolio/orders"),
        ("POST", "/portfolio/orders/batched"),
        ("DELETE", "/portfolio/orders/batched"),
        ("DELETE", "/portfolio/orders/{order_id}"),
        ("POST", "/portfolio/orders/{order_id}/amend"),
        ("POST", "/portfolio/orders/{order_id}/decrease"),
    )
    return [
        *(Route(ROOT + path, endpoint, methods=["GET"]) for path, endpoint in reads.items()),
        *(Route(ROOT + path, entry.legacy, methods=[method]) for method, path in old),
    ]


def _private(venue: Venue) -> list[Route]:
    portfolio, entry = Portfolio(venue), OrderEntry(venue)
    calls: list[tuple[str, str, PrivateEndpoint]] = [
        ("GET", "/portfolio/balance", portfolio.balance),
        ("GET", "/portfolio/positions", portfolio.positions),
        ("GET", "/portfolio/orders", portfolio.orders),
        ("GET", "/portfolio/orders/queue_positions", portfolio.queue_positions),
        ("GET", "/portfolio/orders/{order_id}", portfolio.order),
        ("GET", "/portfolio/orders/{order_id}/queue_position", portfolio.queue_position),
        ("GET", "/portfolio/fills", portfolio.fills),
        ("GET", "/portfolio/settlements", portfolio.settlements),
        ("GET", "/account/limits", portfolio.limits),
        ("POST", "/portfolio/events/orders", entry.create),
        ("DELETE", "/portfolio/events/orders", entry.cancel_all),
        ("DELETE", "/portfolio/events/orders/{order_id}", entry.cancel),
    ]
    return [
        Route(ROOT + path, _signed(venue, endpoint), methods=[method])
        for method, path, endpoint in calls
    ]


def _signed(venue: Venue, endpoint: PrivateEndpoint) -> Endpoint:
    async def checked(request: Request) -> Response:
        # The path as it was sent, still percent-encoded and without its query (ASGI `raw_path`).
        raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
        path = raw.decode("ascii", "replace")
        wall_ms = venue.clock.wall_ms()
        identity = venue.keys.identify(request.headers, request.method, path, wall_ms)
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

    def broken(request: Request, error: Exception) -> Response:
        body = Rejection(500, "internal_server_error", "internal server error").body()
        return answer(body, 500)

    return {
        Rejection: rejected,
        AuthError: unsigned,
        BodyError: misread,
        ParameterError: misasked,
        ControlError: misasked,
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
