"""A live exchange on which faults are switched on over the control endpoint, for tests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection

from tests.support.practice_bench import FED, Signer, terms
from tests.support.practice_live import Frame, Live, hear, live, say

WAIT_S = 20
ORDERS = "/portfolio/events/orders"


class Scene:
    """An exchange without a crowd, two customers, and a hand on the control endpoint."""

    def __init__(self, exchange: Live) -> None:
        self.exchange = exchange
        self.ann, self.bob = exchange.accounts[2], exchange.accounts[0]

    async def fault(self, name: str, **body: object) -> str:
        """Switch a fault on and return its id."""
        found = await self.exchange.control("faults", fault=name, **body)
        return str(found["id"])

    async def clear(self) -> None:
        """Switch all faults off."""
        response = await self.exchange.http.delete(f"{self.exchange.ready.control}/faults")
        assert response.status_code == 200

    async def place(self, by: Signer, **changes: object) -> httpx.Response:
        """Create an order: by default a resting bid for one contract at 40 cents."""
        return await self.exchange.call("POST", ORDERS, by, terms(**changes))

    async def read(self, path: str, by: Signer | None = None) -> Any:
        """Return the JSON of a private (signed) or public read."""
        response = await self.exchange.call("GET", path, by)
        assert response.status_code == 200, response.text
        return response.json()

    async def truth(self) -> Any:
        """Return the truth."""
        return await self.exchange.control("truth")

    @contextlib.asynccontextmanager
    async def listening(
        self, *channels: str, by: Signer | None = None, **params: Any
    ) -> AsyncIterator[ClientConnection]:
        """Connect, subscribe (to one market where the channel wants one) and read the answers."""
        async with self.exchange.connect(by or self.ann, max_size=None) as socket:
            if channels:
                wanted = {"market_ticker": FED, **params} if FED not in params.values() else params
                await say(socket, "subscribe", channels=list(channels), **wanted)
                for _ in channels:
                    assert (await hear(socket))["type"] == "subscribed"
                if "orderbook_delta" in channels:
                    assert (await hear(socket))["type"] == "orderbook_snapshot"
            yield socket


@contextlib.asynccontextmanager
async def scene(home: Path, **config: Any) -> AsyncIterator[Scene]:
    """Run an exchange on loopback sockets; a test that hangs fails instead."""
    async with asyncio.timeout(WAIT_S), live(home, **config) as exchange:
        yield Scene(exchange)


async def hear_bytes(socket: ClientConnection) -> bytes:
    """Receive one frame as it came."""
    data = await socket.recv(decode=False)
    assert isinstance(data, bytes)
    return data


async def hear_nothing(socket: ClientConnection, seconds: float = 0.05) -> None:
    """Fail when a frame comes within a moment."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            raise AssertionError(await socket.recv())


def decoded(data: bytes) -> Frame:
    """Return a frame's JSON."""
    found: Frame = msgspec.json.decode(data)
    return found
