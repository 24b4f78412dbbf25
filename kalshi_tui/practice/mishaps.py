"""What faults do to REST calls: delays, lost answers, wrong answers, refusals, stale pages.

An ASGI layer around the whole REST side. While no fault is on it only lets calls pass, after the
crowd has caught up. Owns no rule of trading: a call that reaches the application changes what it
changes, whatever becomes of its answer. Source: practice-exchange reference, faults by name.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kalshi_tui.practice.auth import KEY_HEADER
from kalshi_tui.practice.carrier import CUT
from kalshi_tui.practice.faults import Fault, Target
from kalshi_tui.practice.limits import TooManyRequests
from kalshi_tui.practice.rejections import Rejection
from kalshi_tui.practice.venue import Venue

_JSON = b"application/json"
_HTML = (
    b"<html><head><title>502 Bad Gateway</title></head>"
    b"<body><center><h1>502 Bad Gateway</h1></center></body></html>"
)
_NOWHERE = "cGFnZS0x"
"""A cursor that means nothing, and so is the first page again."""

_TAIL_POWER = 3
_TAIL_FLOOR = 0.05

_ERRORS = {
    500: ("internal_server_error", "internal server error"),
    502: ("bad_gateway", "bad gateway"),
    503: ("service_unavailable", "service unavailable"),
    504: ("gateway_timeout", "gateway timeout"),
}


@dataclass(slots=True)
class _Answer:
    """A whole answer, held back until it is decided what becomes of it."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def replace(self, body: bytes, kind: bytes = _JSON) -> None:
        """Put another body in place of the own one."""
        self.body = body
        if self.status == HTTPStatus.NO_CONTENT:
            self.status = HTTPStatus.OK
        kept = [
            each for each in self.headers if each[0] not in (b"content-length", b"content-type")
        ]
        self.headers = [
            *kept,
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
        ]


@dataclass(slots=True)
class _Call:
    """One call to the trading API: what faults are aimed at."""

    scope: Scope
    body: bytes
    target: Target
    """The key, the endpoint, and the market where the call names one."""

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.scope["query_string"].decode("latin-1")))


class Mishaps:
    """The layer between the server and the application."""

    def __init__(
        self, app: ASGIApp, venue: Venue, root: str, advance: Callable[[], Awaitable[None]]
    ) -> None:
        """`advance` does what is due, a piece at a time; `root` is where the trading API lies."""
        self._app = app
        self._venue = venue
        self._root = root
        self._advance = advance
        self._old: dict[str, tuple[int, _Answer]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, with whatever is switched on against it."""
        if scope["type"] != "http" or not scope["path"].startswith(self._root):
            await self._app(scope, receive, send)
            return
        if self._venue.is_late():
            await self._advance()
        if not self._venue.faults:
            self._old.clear()
            await self._app(scope, receive, send)
            return
        await self._endure(scope, receive, send)

    async def _endure(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = _Call(scope, await _read(receive), Target())
        call.target = self._aim(call)
        pause = self._latency(call.target)
        await asyncio.sleep(pause / 2)
        answer = self._refusal(call)
        if answer is None and self._ask("cut_before_accept", call.target):
            await _cut(scope, receive)
            return
        if answer is None:
            self._shorten(call)
            answer = self._remembered(call) or await self._run(call)
            if self._ask("cut_after_accept", call.target):
                await _cut(scope, receive)
                return
            self._spoil(call, answer)
        await asyncio.sleep(pause / 2 + self._delay(call.target))
        await _send(answer, send)

    def _ask(self, name: str, target: Target) -> Fault | None:
        return self._venue.faults.ask(name, target, self._venue.clock.now_ns())

    def _aim(self, call: _Call) -> Target:
        path = str(call.scope["path"]).removeprefix(self._root)
        account = Headers(scope=call.scope).get(KEY_HEADER, "")
        return Target(
            market=self._market(call, path, account),
            account=account,
            endpoint=f"{call.method} {path}",
        )

    def _market(self, call: _Call, path: str, account: str) -> str:
        """Return the market that a call is about, or an empty text."""
        markets = self._venue.exchange.markets
        query = call.query
        named: list[object] = [*path.split("/"), query.get("ticker"), query.get("market_ticker")]
        if call.body:
            try:
                decoded: Any = msgspec.json.decode(call.body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                decoded = None
            if isinstance(decoded, dict):
                named.append(decoded.get("ticker"))
        for each in named:
            if isinstance(each, str) and each in markets:
                return each
        customer = self._venue.exchange.accounts.get(account)
        for part in path.split("/"):
            order = None if customer is None else customer.orders.get(part)
            if order is not None:
                return order.ticker
        return ""

    def _latency(self, target: Target) -> float:
        """Return seconds of road, there and back: the least, and a tail that is seldom long."""
        fault = self._ask("latency", target)
        if fault is None:
            return 0.0
        draw = max(self._venue.faults.draw(), _TAIL_FLOOR)
        tail = fault.whole("tail") * (draw**-_TAIL_POWER - 1) / (_TAIL_FLOOR**-_TAIL_POWER - 1)
        return (fault.whole("ms") + tail) / 1000

    def _delay(self, target: Target) -> float:
        found = (self._ask("delay_answer", target), self._ask("fill_before_ack", target))
        return sum(each.whole("ms") for each in found if each is not None) / 1000

    def _refusal(self, call: _Call) -> _Answer | None:
        """Return the answer to a call that never reaches the exchange."""
        limited = self._ask("rate_limit", call.target)
        if limited is not None:
            return _said(429, TooManyRequests(limited.text("body")).body())
        failed = self._failed(call, accepted=False)
        return None if failed is None else _failure(failed.whole("status"))

    def _failed(self, call: _Call, *, accepted: bool) -> Fault | None:
        """Return the `http_error` that strikes now, before or after the call was accepted."""
        fault = self._venue.faults.standing("http_error", call.target, self._now())
        if fault is None or fault.args["accepted"] is not accepted:
            return None
        return self._ask("http_error", call.target)

    def _shorten(self, call: _Call) -> None:
        """Ask for one item a page; the application's own cursor goes on from there."""
        if call.method == "GET" and self._ask("short_page", call.target):
            query = {**call.query, "limit": "1"}
            call.scope = {**call.scope, "query_string": urlencode(query).encode()}

    def _remembered(self, call: _Call) -> _Answer | None:
        """Return an old answer of `/markets` while it may be that old."""
        if not _is_cached(call):
            return None
        slow = self._ask("slow_markets", call.target)
        if slow is None:
            self._old.clear()
            return None
        at_ns, old = self._old.get(_place(call), (0, None))
        if old is not None and self._now() - at_ns < slow.whole("ms") * 1_000_000:
            return _Answer(old.status, list(old.headers), old.body)
        return None

    async def _run(self, call: _Call) -> _Answer:
        """Let the application answer."""
        messages: list[Message] = []

        async def hear() -> Message:
            return {"type": "http.request", "body": call.body, "more_body": False}

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(call.scope, hear, keep)
        start = messages[0]
        body = b"".join(each.get("body", b"") for each in messages[1:])
        answer = _Answer(start["status"], list(start["headers"]), body)
        if _is_cached(call) and self._venue.faults.knows("slow_markets"):
            self._old[_place(call)] = (self._now(), _Answer(start["status"], answer.headers, body))
        return answer

    def _spoil(self, call: _Call, answer: _Answer) -> None:
        """Change an answer whose call has done its work."""
        target = call.target
        failed = self._failed(call, accepted=True)
        if failed is not None:
            other = _failure(failed.whole("status"))
            answer.status = other.status
            answer.replace(other.body)
        if self._ask("empty_body", target):
            answer.replace(b"")
        if self._ask("html_body", target):
            answer.replace(_HTML, b"text/html")
        if self._ask("truncated_body", target):
            answer.replace(answer.body[: len(answer.body) // 2])
        if call.method == "GET" and b'"cursor"' in answer.body and self._ask("cursor_loop", target):
            decoded = msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw])
            cursor = call.query.get("cursor") or _NOWHERE
            decoded["cursor"] = msgspec.Raw(msgspec.json.encode(cursor))
            answer.replace(msgspec.json.encode(decoded))

    def _now(self) -> int:
        return self._venue.clock.now_ns()


def _is_cached(call: _Call) -> bool:
    """Return True for the market lists and single markets, which a cache may answer."""
    parts = call.target.endpoint.removeprefix("GET /").split("/")
    return parts[0] == "markets" and (
        len(parts) == 1 or (len(parts) == 2 and parts[1] == call.target.market)
    )


def _place(call: _Call) -> str:
    return f"{call.scope['path']}?{call.scope['query_string'].decode('latin-1')}"


def _said(status: int, body: object) -> _Answer:
    answer = _Answer(status)
    answer.replace(msgspec.json.encode(body))
    return answer


def _failure(status: int) -> _Answer:
    code, message = _ERRORS.get(status, ("error", "error"))
    return _said(status, Rejection(status, code, message).body())


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send(answer: _Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _cut(scope: Scope, receive: Receive) -> None:
    """End the connection, and wait until the server has noticed it."""
    scope["state"][CUT]()
    while (await receive())["type"] != "http.disconnect":
        pass
