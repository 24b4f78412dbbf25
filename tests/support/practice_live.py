"""A practice exchange on loopback sockets for tests, and clients that know only its ready line."""

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from websockets.asyncio.client import ClientConnection, connect

from kalshi_tui.practice.server import Ready, Running, ServeConfig, running
from tests.support.practice_bench import Signer

Frame = dict[str, Any]


def wall_ms() -> int:
    """Return the real time: a live exchange judges signatures by it."""
    return time.time_ns() // 1_000_000  # noqa: TID251


def signers(ready: Ready) -> list[Signer]:
    """Return the accounts of a ready line with their keys read from the files."""
    found = []
    for account in ready.accounts:
        key = load_pem_private_key(Path(account.private_key_path).read_bytes(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)
        found.append(Signer(account.key_id, key))
    return found


@dataclass
class Live:
    """A running exchange, an HTTP client and the accounts."""

    ready: Ready
    http: httpx.AsyncClient
    accounts: list[Signer]
    running: Running | None = None

    async def call(
        self, method: str, path: str, by: Signer | None = None, body: object = None
    ) -> httpx.Response:
        """Send a request below the REST root, signed where `by` is given."""
        url = self.ready.rest + path
        headers = {}
        if by is not None:
            headers = by.headers(method, urlsplit(url).path, wall_ms())
        return await self.http.request(method, url, headers=headers, json=body)

    async def control(self, path: str, **body: object) -> Any:
        """POST to the practice control, or GET the truth."""
        if path == "truth":
            response = await self.http.get(f"{self.ready.control}/truth")
        else:
            response = await self.http.post(f"{self.ready.control}/{path}", json=body)
        assert response.status_code < 300, response.text
        return response.json()

    def connect(self, by: Signer, **options: Any) -> connect:
        """Return a signed WebSocket connection, to be entered."""
        path = urlsplit(self.ready.ws).path
        headers = by.headers("GET", path, wall_ms())
        return connect(self.ready.ws, additional_headers=headers, proxy=None, **options)


@contextlib.asynccontextmanager
async def live(directory: Path, **config: Any) -> AsyncIterator[Live]:
    """Run an exchange in this event loop, without a crowd unless asked for one."""
    settings = ServeConfig(state=directory, **{"with_crowd": False, "tier": "unlimited", **config})
    async with running(settings) as exchange, httpx.AsyncClient(trust_env=False) as http:
        yield Live(exchange.ready, http, signers(exchange.ready), exchange)


async def say(socket: ClientConnection, cmd: str, id: int = 1, **params: Any) -> None:
    """Send one command."""
    command: Mapping[str, Any] = {"id": id, "cmd": cmd, "params": params}
    await socket.send(msgspec.json.encode(command).decode())


async def hear(socket: ClientConnection) -> Frame:
    """Receive one frame; it must be text that ends with a newline."""
    data = await socket.recv()
    assert isinstance(data, str)
    assert data.endswith("\n")
    found: Frame = msgspec.json.decode(data)
    return found


async def hear_until(socket: ClientConnection, kind: str) -> Frame:
    """Receive frames until one of this type comes."""
    while True:
        frame = await hear(socket)
        if frame["type"] == kind:
            return frame
