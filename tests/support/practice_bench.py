"""A practice exchange without sockets for tests: keys of its own, a clock that is set by hand."""

import base64
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from kalshi_tui.practice.clock import Clock
from kalshi_tui.practice.keys import AccountKey
from kalshi_tui.practice.routes import application
from kalshi_tui.practice.server import ServeConfig, build
from kalshi_tui.practice.subscriptions import BUFFER_FRAMES, Client
from kalshi_tui.practice.venue import Venue

SECOND = 1_000_000_000
START = 1_800_000_000 * SECOND
"""Wall nanoseconds at which a bench begins."""

ROOT = "/trade-api/v2"
ORDERS = f"{ROOT}/portfolio/events/orders"
FED = "KXFEDDECISION-27JAN-H0"
"""A market with whole cents."""

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@functools.cache
def rsa_key() -> rsa.RSAPrivateKey:
    """Return one RSA key for all tests: making one takes 50 ms."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def sign(key: PrivateKey, message: str) -> str:
    """Sign as the documentation says; nothing here is shared with client or server."""
    data = message.encode()
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        raw = key.sign(data, pss, hashes.SHA256())
    else:
        raw = key.sign(data)
    return base64.b64encode(raw).decode()


@dataclass(frozen=True)
class Signer:
    """A key that can sign requests."""

    key_id: str
    key: PrivateKey

    def headers(self, method: str, path: str, wall_ms: int) -> dict[str, str]:
        """Return the three headers of a signed request."""
        return {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-TIMESTAMP": str(wall_ms),
            "KALSHI-ACCESS-SIGNATURE": sign(self.key, f"{wall_ms}{method}{path}"),
        }


class Hands:
    """The wall and the steady clock of a test: they move when told."""

    def __init__(self) -> None:
        self.wall = START
        self.steady = 0

    def pass_ms(self, milliseconds: int) -> None:
        """Let time pass."""
        self.wall += milliseconds * 1_000_000
        self.steady += milliseconds * 1_000_000

    def clock(self) -> Clock:
        """Return a clock that shows these hands."""
        return Clock(lambda: self.wall, lambda: self.steady)


@dataclass
class Bench:
    """An exchange, its REST side in memory, and two customers."""

    venue: Venue
    hands: Hands
    http: httpx.AsyncClient
    ann: Signer
    bob: Signer

    async def call(
        self,
        method: str,
        path: str,
        by: Signer | None = None,
        body: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        """Send one request, signed where `by` is given; `path` may carry a query."""
        headers = {}
        if by is not None:
            wall_ms = self.hands.wall // 1_000_000
            headers = by.headers(method, path.partition("?")[0], wall_ms)
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = msgspec.json.encode(body)
        return await self.http.request(method, path, headers=headers, content=content)

    async def place(self, by: Signer, **changes: object) -> httpx.Response:
        """Create an order: by default a resting bid for one contract at 40 cents."""
        return await self.call("POST", ORDERS, by, terms(**changes))

    def join(self, account_id: str = "") -> Client:
        """Return a connected WebSocket client of an account (by default of Ann's)."""
        return self.venue.hub.join(account_id or self.ann.key_id, lambda: None)


def terms(**changes: object) -> dict[str, object]:
    """Return the body of a create request."""
    body: dict[str, object] = {
        "ticker": FED,
        "side": "bid",
        "count": "1.00",
        "price": "0.4000",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }
    body.update(changes)
    return {name: value for name, value in body.items() if value is not None}


def bench(
    directory: Path, *, with_crowd: bool = False, buffer_frames: int = BUFFER_FRAMES
) -> Bench:
    """Return an exchange; without a crowd only what a test places is in its books."""
    hands = Hands()
    ann = Signer("ann-key", ed25519.Ed25519PrivateKey.generate())
    bob = Signer("bob-key", rsa_key())
    keys = tuple(AccountKey(each.key_id, directory, each.key.public_key()) for each in (ann, bob))
    config = ServeConfig(with_crowd=with_crowd, buffer_frames=buffer_frames, tier="unlimited")
    venue = build(config, directory, keys, hands.clock())
    app = application(venue, _nothing_is_due)
    http = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://practice.test"
    )
    return Bench(venue, hands, http, ann, bob)


async def _nothing_is_due() -> None:
    """The bench has no pump: a test that needs time to act uses a live exchange."""


def told(client: Client) -> list[dict[str, Any]]:
    """Return the frames that wait for a client, decoded; each must end with a newline."""
    frames = client.take(10_000)
    assert all(each.endswith(b"\n") for each in frames)
    return [msgspec.json.decode(each) for each in frames]
