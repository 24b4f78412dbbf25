"""Opens the WebSocket of an exchange with a fresh signature."""

import asyncio
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from kalshi_tui.api.auth import Signer
from kalshi_tui.session.connection import ChannelLostError

OPEN_S = 10.0
CLOSE_S = 1.0


class _Channel:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def receive(self) -> str | bytes:
        try:
            return await self._socket.recv(decode=False)
        except ConnectionClosed as error:
            raise _lost(error) from None

    async def send(self, text: str) -> None:
        try:
            await self._socket.send(text)
        except ConnectionClosed as error:
            raise _lost(error) from None

    async def ping(self) -> None:
        try:
            await (await self._socket.ping())
        except ConnectionClosed as error:
            raise _lost(error) from None

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._socket.close()
        except TimeoutError:
            self._socket.transport.abort()


async def dial(url: str, signer: Signer, wall_ms: int) -> _Channel:
    """Return an open channel. Raises `ChannelLostError`."""
    headers = signer.headers("GET", urlsplit(url).path, wall_ms)
    try:
        socket = await connect(
            url,
            additional_headers=headers,
            proxy=None,
            open_timeout=OPEN_S,
            ping_interval=None,
            close_timeout=CLOSE_S,
            max_size=16_000_000,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        raise ChannelLostError(
            f"The exchange refused the feed ({status}).", refused=status in (401, 403)
        ) from None
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise ChannelLostError(f"The feed could not be opened ({type(error).__name__}).") from None
    return _Channel(socket)


def _lost(error: ConnectionClosed) -> ChannelLostError:
    code = error.rcvd.code if error.rcvd else 1006
    return ChannelLostError(f"The exchange closed the feed ({code}).")
