"""The venue over HTTP, and a network between it and the client that does its worst.

Owns the bodies as the wire spells them, which request is what, and what can happen to a request and
its answer on the way. A request that has left is carried out whether or not anybody still waits.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.simulation.orders_text import Answer, Body, count_text, price_text, refusal
from tests.simulation.orders_venue import MILLI, SECOND, Venue, VenueFill

ROOT = "/trade-api/v2"
MARKETS = {"KXSIM-A": 0, "KXSIM-B": 1}
STAMP = "KALSHI-ACCESS-TIMESTAMP"
_PAGE = 2
_STATUS = {503: "unavailable", 500: "internal", 408: "timeout"}


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances of what can happen to one request; writes and reads alike unless they say so."""

    unsent: float = 0.04
    """No connection: no byte leaves."""
    lost: float = 0.04
    """The request never arrives, and nobody says so."""
    late: float = 0.15
    """An order arrives after up to 30 s, another write less often so; mostly its signature is fresh
    for 25 of these."""
    twice: float = 0.03
    """A cancel arrives twice."""
    echo: float = 0.03
    """Something on the way asks twice, and the answer is that of the second: it exists already."""
    refused: float = 0.03
    """The venue refuses a create, or says 429, and does nothing."""
    error_before: float = 0.03
    """408, 500 or 503, and nothing was done."""
    error_after: float = 0.05
    """The same after it was done."""
    cut: float = 0.05
    """The connection breaks before the answer."""
    garbled: float = 0.03
    """2xx with half a body, with none of its fields, or with a page of a proxy."""
    slow: float = 0.08
    """The answer takes up to 9 s."""
    read: float = 0.5
    """How often the above happens to reads, of how often it happens to writes."""
    told_lost: float = 0.25
    """A private message never arrives."""
    told_twice: float = 0.1
    told_late: float = 0.3
    """It takes up to 3 s, and those behind it on its channel as well."""
    drop: float = 0.02
    """The feed breaks, each second."""
    lag: float = 0.15
    """A read is behind by up to 6 s instead of 0.4 s."""
    crash: float = 0.006
    """The program is killed, at each point where it can be."""

    def times(self, factor: float) -> "Faults":
        """Return these faults that many times as often."""
        scaled = {each.name: getattr(self, each.name) * factor for each in fields(self)}
        return replace(self, **{**scaled, "read": self.read})


USUAL = Faults()
NO_FAULTS = Faults(*(0.0 for _ in fields(Faults)))


class Wire(Protocol):
    """What the network needs of the world."""

    venue: Venue
    faults: Faults
    window_ns: int

    @property
    def now(self) -> int: ...

    def is_out(self, what: str) -> bool: ...

    def chance(self, name: str) -> bool: ...

    def draw(self, most: float) -> float: ...

    def behind_s(self) -> float: ...

    def expect(self, delay_s: float) -> None: ...

    def arrived(self, body: Body) -> None: ...

    def happened(self) -> None: ...


class Line(httpx.AsyncBaseTransport):
    """The network of one life of the client."""

    def __init__(self, world: Wire, die: Callable[[str], Awaitable[None]]) -> None:
        """`die` ends the program here, or returns."""
        self._world = world
        self._die = die

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request there and its answer back."""
        await self._die("before a request")
        world, is_read = self._world, request.method == "GET"
        if self._happens("unsent", is_read=is_read):
            raise httpx.ConnectError("All connection attempts failed")
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Answer] = loop.create_future()
        delay = 0.005 + world.draw(0.1)
        if self._happens("lost", is_read=is_read):
            return await self._nothing()
        is_create = request.method == "POST" and request.url.path.endswith("/orders")
        if (is_create or world.draw(1.0) < 0.3) and not is_read and world.chance("late"):
            delay = world.draw(30.0)
            world.expect(delay)
        loop.call_later(delay, self._arrive, request, answered)
        if request.method == "DELETE" and world.chance("twice"):
            loop.call_later(delay + world.draw(3.0), self._arrive, request, loop.create_future())
        status, body = await answered
        await self._die("before an answer")
        return await self._back(request, status, body, is_read=is_read)

    async def _back(
        self, request: httpx.Request, status: int, body: Body, *, is_read: bool
    ) -> httpx.Response:
        world = self._world
        if self._happens("cut", is_read=is_read):
            if world.chance("lost"):
                return await self._nothing()
            raise httpx.ReadError("") if world.draw(1.0) < 0.5 else httpx.RemoteProtocolError("")
        if self._happens("error_after", is_read=is_read):
            status, body = self._broken()
        await asyncio.sleep(0.005 + world.draw(0.1))
        if self._happens("slow", is_read=is_read):
            await asyncio.sleep(world.draw(9.0))
        content = json.dumps(body).encode() if body or status == 200 else b""
        if 200 <= status < 300 and self._happens("garbled", is_read=is_read):
            content = (b"", b"{}", content[: len(content) // 2], b"<html>")[int(world.draw(4.0))]
        await self._die("with an answer")
        date = format_datetime(datetime.fromtimestamp(world.now // SECOND, UTC), usegmt=True)
        return httpx.Response(status, headers={"date": date}, content=content)

    def _arrive(self, request: httpx.Request, answered: "asyncio.Future[Answer]") -> None:
        answer = self._answer(request)
        if not answered.done():
            answered.set_result(answer)
        self._world.happened()

    def _answer(self, request: httpx.Request) -> Answer:
        world, is_read = self._world, request.method == "GET"
        stamp_ms = request.headers.get(STAMP)
        if stamp_ms is not None and abs(int(stamp_ms) * MILLI - world.now) > world.window_ns:
            return refusal(401, "header_timestamp_expired")
        is_out = request.method == "DELETE" and world.is_out("cancels")
        if is_out or self._happens("error_before", is_read=is_read):
            return self._broken()
        split = urlsplit(str(request.url))
        path = split.path.removeprefix(ROOT)
        if not is_read and self._happens("refused", is_read=False):
            if world.draw(1.0) < 0.5:
                return 429, {"error": "too many requests"}
            if request.method == "POST":
                return refusal(409, "trading_is_paused")
        query = {key: values[0] for key, values in parse_qs(split.query).items()}
        if is_read:
            return self._read(path, query)
        return self._write(request.method, path, json.loads(request.content or b"{}"))

    def _broken(self) -> Answer:
        status = (503, 500, 408)[int(self._world.draw(3.0))]
        return status, {"error": {"code": _STATUS[status]}}

    def _happens(self, name: str, *, is_read: bool) -> bool:
        if is_read and self._world.draw(1.0) >= self._world.faults.read:
            return False
        return self._world.chance(name)

    async def _nothing(self) -> httpx.Response:
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nothing comes of nothing")

    # Writes

    def _write(self, method: str, path: str, body: Body) -> Answer:
        world, venue, now = self._world, self._world.venue, self._world.now
        parts = path.strip("/").split("/")
        if parts[1] == "order_groups":
            return self._group(parts[2:], body)
        match (method, parts):
            case ("POST", ["portfolio", "events", "orders"]):
                world.arrived(body)
                answer = venue.create(body, now)
                is_echo = answer[0] == 201 and world.chance("echo")
                return refusal(409, "order_already_exists") if is_echo else answer
            case ("POST", ["portfolio", "events", "orders", "batched"]):
                return 201, {"orders": [self._created(each) for each in body["orders"]]}
            case ("DELETE", ["portfolio", "events", "orders"]):
                return venue.cancel_all(now)
            case ("DELETE", ["portfolio", "events", "orders", "batched"]):
                return 200, {"orders": [self._canceled(each) for each in body["orders"]]}
            case ("DELETE", ["portfolio", "events", "orders", order_id]):
                return venue.cancel(order_id, now)
            case ("POST", ["portfolio", "events", "orders", order_id, "amend"]):
                return venue.amend(order_id, body, now)
            case ("POST", ["portfolio", "events", "orders", order_id, "decrease"]):
                return venue.decrease(order_id, body, now)
            case _:
                raise AssertionError(f"the client wrote {method} {path}")

    def _group(self, parts: list[str], body: Body) -> Answer:
        venue = self._world.venue
        match parts:
            case ["create"]:
                return venue.make_group(int(body["exchange_index"]))
            case [group, "trigger"]:
                return venue.trigger(group, self._world.now)
            case [group, "reset"]:
                return venue.reset(group)
            case _:
                raise AssertionError(f"the client asked a group for {parts}")

    def _created(self, item: Body) -> Body:
        self._world.arrived(item)
        status, body = self._world.venue.create(item, self._world.now)
        if status == 201:
            return body
        return {"client_order_id": item["client_order_id"], "error": body["error"]}

    def _canceled(self, item: Body) -> Body:
        status, body = self._world.venue.cancel(item["order_id"], self._world.now)
        return body if status == 200 else {"order_id": item["order_id"], "error": body["error"]}

    # Reads

    def _read(self, path: str, query: dict[str, str]) -> Answer:
        venue, now = self._world.venue, self._world.now
        venue.expire(now)
        as_of = venue.replica_ns(now, round(self._world.behind_s() * SECOND))
        parts = path.strip("/").split("/")
        if self._world.is_out("reads") and parts[0] in ("portfolio", "historical"):
            return 503, {"error": {"code": "unavailable"}}
        match parts:
            case ["exchange", "user_data_timestamp"]:
                return 200, {"as_of_time": stamp(as_of)}
            case ["portfolio", "orders", "queue_positions"]:
                return 200, {"queue_positions": []}
            case ["portfolio" | "historical" as where, "orders"]:
                return self._orders(query, as_of, archived=where == "historical")
            case ["portfolio", "orders", order_id]:
                found = venue.listed(as_of, venue.cutoff_ns(now), archived=False)
                body = next((each for each in found if each["order_id"] == order_id), None)
                return refusal(404, "not_found") if body is None else (200, {"order": wired(body)})
            case ["portfolio", "fills"]:
                found_fills = [
                    fill_body(fill)
                    for fill in reversed(venue.fills_until(as_of))
                    if query.get("order_id", fill.order_id) == fill.order_id
                    and fill.at_ns >= int(query.get("min_ts", 0)) * SECOND
                ]
                return 200, {"fills": found_fills, "cursor": ""}
            case ["portfolio", "positions"]:
                return 200, {"market_positions": self._positions(as_of), "cursor": ""}
            case _:
                return 200, still(path, venue.cutoff_ns(now))

    def _orders(self, query: dict[str, str], as_of: int, *, archived: bool) -> Answer:
        venue, now = self._world.venue, self._world.now
        found = [
            body
            for body in venue.listed(as_of, venue.cutoff_ns(now), archived=archived)
            if query.get("status", body["status"]) == body["status"]
            and query.get("ticker", body["ticker"]) == body["ticker"]
            and body["created_ns"] >= int(query.get("min_ts", 0)) * SECOND
        ]
        names = [body["order_id"] for body in found]
        cursor = query.get("cursor", "")
        at = next((n + 1 for n, name in enumerate(names) if name == cursor), 0)
        if cursor and not at:
            # What it pointed to has gone: everything that is older is still to come.
            at = sum(int(name[1:]) >= int(cursor[1:]) for name in names)
        page = found[at : at + _PAGE]
        more = page[-1]["order_id"] if at + _PAGE < len(found) else ""
        return 200, {"orders": [wired(body) for body in page], "cursor": more}

    def _positions(self, as_of: int) -> list[Body]:
        latest: dict[str, VenueFill] = {}
        for fill in self._world.venue.fills_until(as_of):
            latest[fill.ticker] = fill
        return [
            {
                "ticker": ticker,
                "position_fp": count_text(fill.after),
                "market_exposure_dollars": price_text(fill.cost // 100),
                "realized_pnl_dollars": price_text(fill.realized // 100),
                "fees_paid_dollars": "0.0000",
                "last_updated_ts": stamp(fill.at_ns),
            }
            for ticker, fill in latest.items()
        ]


def wired(body: Body) -> Body:
    """Return an order as REST spells it."""
    expires = body["expires_s"]
    return {
        "order_id": body["order_id"],
        "client_order_id": body["client_order_id"],
        "ticker": body["ticker"],
        "book_side": body["side"],
        "status": body["status"],
        "yes_price_dollars": price_text(body["price"]),
        "initial_count_fp": count_text(body["initial"]),
        "fill_count_fp": count_text(body["filled"]),
        "remaining_count_fp": count_text(body["remaining"]),
        "created_time": stamp(body["created_ns"]),
        "last_update_time": stamp(body["updated_ns"]),
        "expiration_time": None if expires is None else stamp(expires * SECOND),
        "last_update_reason": body["reason"],
        "order_group_id": body["group"],
    }


def fill_body(fill: VenueFill) -> Body:
    """Return a fill as REST spells it."""
    return {
        "trade_id": fill.trade_id,
        "order_id": fill.order_id,
        "ticker": fill.ticker,
        "book_side": fill.side,
        "yes_price_dollars": price_text(fill.price),
        "count_fp": count_text(fill.count),
        "fee_cost": "0.0000",
        "is_taker": fill.is_taker,
        "created_time": stamp(fill.at_ns),
    }


def stamp(wall_ns: int) -> str:
    """Return a time as the wire spells it."""
    whole = datetime.fromtimestamp(wall_ns // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{wall_ns % SECOND:09d}Z"


def still(path: str, cutoff_ns: int) -> Body:
    """Return the reads that never change."""
    events: list[Any] = [
        {
            "event_ticker": "KXSIM",
            "series_ticker": "KXSIM",
            "title": "Simulated",
            "markets": [_market(each, shard) for each, shard in MARKETS.items()],
        }
    ]
    bucket = {"refill_rate": 400, "bucket_capacity": 800}
    bodies: dict[str, Body] = {
        "/events": {"events": events, "cursor": ""},
        "/series/KXSIM": {"series": {"ticker": "KXSIM", "fee_type": "no_fee"}},
        "/exchange/status": {"exchange_active": True, "trading_active": True},
        "/account/limits": {"usage_tier": "advanced", "read": bucket, "write": bucket},
        "/account/endpoint_costs": {"default_cost": 10, "endpoint_costs": []},
        "/portfolio/balance": {"portfolio_value": 0, "balance_dollars": "100000.0000"},
        "/historical/cutoff": {
            "orders_updated_ts": stamp(cutoff_ns),
            "trades_created_ts": stamp(0),
        },
        "/historical/fills": {"fills": [], "cursor": ""},
        **{f"/markets/{each}": {"market": _market(each, at)} for each, at in MARKETS.items()},
    }
    return bodies[path]


def _market(ticker: str, shard: int) -> Body:
    return {
        "ticker": ticker,
        "event_ticker": "KXSIM",
        "status": "active",
        "close_time": "2099-01-01T00:00:00Z",
        "market_type": "binary",
        "title": ticker,
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
        "exchange_index": shard,
        "yes_bid_dollars": "0.4500",
        "yes_bid_size_fp": "1000.00",
        "yes_ask_dollars": "0.5500",
        "yes_ask_size_fp": "1000.00",
    }
