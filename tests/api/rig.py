"""A REST client on a scripted exchange: fake clocks, recorded sleeps, hand-written bodies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kalshi_tui.api.auth import Signer
from kalshi_tui.api.limits import RateLimits
from kalshi_tui.api.rest import RestClient

BASE = "https://exchange.test/trade-api/v2"
WALL_NS = 1_790_000_000_000_000_000
RECORDED = Path(__file__).resolve().parents[2] / ".." / "shared" / "recordings" / "rest"

Reply = httpx.Response | Exception


def recorded(name: str) -> bytes:
    """Return a recorded body, or skip the test where the recordings are not at hand."""
    path = RECORDED / name
    if not path.exists():
        pytest.skip("the recordings (../shared/recordings) are not here")
    return path.read_bytes()


def answer(status: int, body: Any = None, **headers: str) -> httpx.Response:
    """Return a response with a JSON body (bytes and None go as they are)."""
    content = (
        body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
    )
    return httpx.Response(status, content=content, headers=headers)


class Clocks:
    """A wall and a monotonic clock that move only when told."""

    def __init__(self) -> None:
        self.wall_ns = WALL_NS
        self.mono_ns = 5_000_000_000
        self.sleeps: list[float] = []

    def wall(self) -> int:
        return self.wall_ns

    def monotonic(self) -> int:
        return self.mono_ns

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.advance(round(seconds * 1_000_000_000))

    def advance(self, nanoseconds: int) -> None:
        self.wall_ns += nanoseconds
        self.mono_ns += nanoseconds


class Exchange:
    """Answers from a list, in order, or from a function; remembers every request."""

    def __init__(self, replies: list[Reply] | Callable[[httpx.Request], Reply]) -> None:
        self._replies = replies
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self._replies(request) if callable(self._replies) else self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


class Rig:
    """Everything a test of the client needs, in one hand."""

    def __init__(
        self,
        *replies: Reply,
        handler: Callable[[httpx.Request], Reply] | None = None,
        base: str = BASE,
        limits: RateLimits | None = None,
    ) -> None:
        self.clocks = Clocks()
        self.exchange = Exchange(handler or list(replies))
        self.key = Ed25519PrivateKey.from_private_bytes(bytes(32))
        self.limits = limits or RateLimits()
        self.signer = Signer("key-1", self.key)
        self.client = RestClient(
            base,
            self.signer,
            self.limits,
            clock=self.clocks.wall,
            monotonic=self.clocks.monotonic,
            transport=httpx.MockTransport(self.exchange),
            sleep=self.clocks.sleep,
        )

    @property
    def requests(self) -> list[httpx.Request]:
        return self.exchange.requests


def market_body(ticker: str = "KXRAIN-26NOV22-NYC", **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "ticker": ticker,
        "event_ticker": "KXRAIN-26NOV22",
        "market_type": "binary",
        "title": "Will it rain in New York?",
        "yes_sub_title": "Rain in NYC",
        "status": "active",
        "close_time": "2026-11-23T04:59:00Z",
        "rules_primary": "If it rains, then Yes.",
        "rules_secondary": "Drizzle counts.",
        "price_ranges": [
            {"start": "0.0000", "end": "0.1000", "step": "0.0010"},
            {"start": "0.1000", "end": "0.9000", "step": "0.0100"},
            {"start": "0.9000", "end": "1.0000", "step": "0.0010"},
        ],
        "yes_bid_dollars": "0.4100",
        "yes_bid_size_fp": "12.50",
        "yes_ask_dollars": "0.4300",
        "yes_ask_size_fp": "7.00",
        "last_price_dollars": "0.4200",
        "volume_fp": "1200.00",
        "exchange_index": 0,
        "a_field_of_next_year": {"x": 1},
    }
    return body | changes


def order_body(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "order_id": "11111111-2222-4333-8444-555555555555",
        "client_order_id": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        "ticker": "KXRAIN-26NOV22-NYC",
        "book_side": "ask",
        "outcome_side": "no",
        "status": "resting",
        "yes_price_dollars": "0.4300",
        "initial_count_fp": "10.00",
        "fill_count_fp": "2.50",
        "remaining_count_fp": "7.50",
        "taker_fees_dollars": "0.017500",
        "maker_fees_dollars": "0.000100",
        "created_time": "2026-11-22T10:00:00.5Z",
        "last_update_time": "2026-11-22T10:00:01.25Z",
        "expiration_time": None,
        "self_trade_prevention_type": "taker_at_cross",
    }
    return body | changes


def fill_body(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "trade_id": "t-1",
        "fill_id": "t-1",
        "order_id": "o-1",
        "ticker": "KXRAIN-26NOV22-NYC",
        "book_side": "bid",
        "outcome_side": "yes",
        "yes_price_dollars": "0.4300",
        "count_fp": "2.50",
        "fee_cost": "0.042891",
        "is_taker": True,
        "created_time": "2026-11-22T10:00:01.25Z",
        "ts": 1795341601,
    }
    return body | changes


def created(client_order_id: str, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "order_id": "o-77",
        "client_order_id": client_order_id,
        "fill_count": "0.00",
        "remaining_count": "10.00",
        "ts_ms": 1_790_000_000_123,
    }
    return body | changes
