"""The WebSocket to the exchange: opened with a fresh signature, drained in batches, closed quickly.

A thin shell over `websockets`: owns its options, the words for what can go wrong, and nothing of
what the frames mean (`api.feed`). Pings are ours to send, so that silence is noticed in seconds;
those of the exchange are answered by the library and reported as life. No proxy variable and no
redirect is followed, and nothing of a handshake reaches a log: its headers are signed.
Source: reliability TC01 to TC12; kalshi-api §3.2.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    WebSocketException,
)

from kalshi_tui import __version__
from kalshi_tui.api.auth import signed_parts
from kalshi_tui.api.errors import STAMP_EXPIRED, refusal_words
from kalshi_tui.core.text import clean_title

MAX_FRAME = 8 * 1024 * 1024
"""Bytes: a first snapshot of a deep book passes, a broken peer does not fill the memory."""

OPEN_TIMEOUT = 10.0
CLOSE_TIMEOUT = 1.0
PACE = 0.002
"""Seconds between two drains: each wake costs more than the frames it brings (performance §2)."""

_QUEUE = (4_096, 1_024)
_RETRIED = frozenset({408, 425, 429})

# A logger of its own that is registered nowhere: at DEBUG the library prints the signed headers.
_silent = logging.Logger("kalshi_tui.api.socket")
_silent.disabled = True
_log = logging.getLogger(__name__)
_UNAUTHORIZED = 401


class SocketError(Exception):
    """The socket could not be opened or has ended. `reason` is one clean sentence."""

    def __init__(
        self,
        reason: str,
        *,
        refused: bool = False,
        status: int = 0,
        code: str = "",
        detail: str = "",
        date: str | None = None,
        close_code: int = 0,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused
        """True where trying again is useless until the user acts: the key was refused."""
        self.status = status
        """HTTP status of a refused handshake, else 0."""
        self.code = code
        """The exchange's word for a refused handshake, such as `header_timestamp_expired`."""
        self.detail = detail
        """Its further word, such as `NOT_FOUND`."""
        self.date = date
        """The `Date` header of a refused handshake, to measure the clock by."""
        self.close_code = close_code
        """WebSocket close code of a connection that ended, else 0."""


class _Wire(ClientConnection):
    """The library's connection, which also tells of every byte that arrives."""

    on_life: Callable[[], None] | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.on_life is not None:
            self.on_life()


class _Connect(connect):
    """The library's connector without redirects: they would carry our signature elsewhere."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Socket:
    """One open connection. Make it with `open_socket`; every method raises `SocketError`."""

    def __init__(self, wire: ClientConnection, *, pace: float = PACE) -> None:
        self._wire = wire
        self._pace = pace
        self._is_first = True

    async def receive(self) -> list[bytes]:
        """Return all frames that are there, at least one, in order.

        A frame that comes after a pause is returned at once; under load the frames of `PACE`
        seconds come together.
        """
        try:
            if not self._is_first:
                await asyncio.sleep(self._pace)
            self._is_first = False
            batch = [await self._wire.recv(decode=False)]
            try:
                # While frames are buffered `recv` returns without waiting, so the time-out of
                # zero strikes when there are none; cancelling `recv` loses nothing.
                async with asyncio.timeout(0):
                    while True:
                        batch.append(await self._wire.recv(decode=False))
            except TimeoutError:
                return batch
            except ConnectionClosed:
                # The next call tells; these frames came before the end.
                return batch
        except ConnectionClosed as closed:
            error = _ended(closed)
        raise error

    async def send(self, text: str) -> None:
        """Send one text frame."""
        try:
            await self._wire.send(text)
        except ConnectionClosed as closed:
            error = _ended(closed)
        else:
            return
        raise error

    async def ping(self) -> None:
        """Send a ping and return when it is answered."""
        try:
            await (await self._wire.ping())
        except ConnectionClosed as closed:
            error = _ended(closed)
        else:
            return
        raise error

    async def close(self) -> None:
        """End the connection; takes a second at most, also where the peer is gone."""
        await self._wire.close()


async def open_socket(
    url: str,
    headers: Callable[[str], Mapping[str, str]],
    *,
    on_life: Callable[[], None] | None = None,
    context: ssl.SSLContext | None = None,
    open_timeout: float = OPEN_TIMEOUT,
    pace: float = PACE,
) -> Socket:
    """Connect to `url`. Raises `SocketError` in words for the user.

    `headers` is called once with the URL's path and returns the signature of this attempt.
    `on_life` is called for every chunk of bytes that arrives, pings included. Times in seconds.
    """
    parts = urlsplit(url)
    options: dict[str, Any] = {"ssl": context} if context is not None else {}
    error: SocketError
    signature = dict(headers(parts.path or "/"))
    try:
        wire = await _Connect(
            url,
            additional_headers=signature,
            user_agent_header=f"kalshi-tui/{__version__}",
            proxy=None,
            compression=None,
            open_timeout=open_timeout,
            ping_interval=None,
            close_timeout=CLOSE_TIMEOUT,
            max_size=MAX_FRAME,
            max_queue=_QUEUE,
            logger=_silent,
            create_connection=_Wire,
            **options,
        )
    except InvalidStatus as failure:
        error = _refused(failure, parts.path, signature)
    except (OSError, TimeoutError, WebSocketException) as failure:
        error = SocketError(_unreachable(failure, parts.hostname or url, open_timeout))
    else:
        if isinstance(wire, _Wire):
            wire.on_life = on_life
        return Socket(wire, pace=pace)
    # Raised outside the handlers: the library's error, and the headers in its frames, stay behind.
    raise error


def _refused(failure: InvalidStatus, path: str, signature: Mapping[str, str]) -> SocketError:
    response = failure.response
    status = response.status_code
    if status == _UNAUTHORIZED:
        _log.warning("refused with 401: %s", signed_parts("GET", path, signature) or "unsigned")
    code, detail = refusal_words(bytes(response.body or b""))
    words = ": ".join(part for part in (code, detail) if part)
    is_final = 400 <= status < 500 and status not in _RETRIED and code != STAMP_EXPIRED
    return SocketError(
        f"The exchange refused the connection ({status}{f', {words}' if words else ''}).",
        refused=is_final,
        status=status,
        code=code,
        detail=detail,
        date=response.headers.get("Date"),
    )


def _unreachable(failure: Exception, host: str, open_timeout: float) -> str:
    match failure:
        case TimeoutError():
            return f"{host} did not answer within {open_timeout:g} s."
        case socket.gaierror():
            return f"The name {host} cannot be found; check the network connection."
        case ssl.SSLCertVerificationError():
            return (
                f"The certificate of {host} is not trusted "
                f"({clean_title(failure.verify_message)}); a proxy or portal may stand between."
            )
        case ssl.SSLError():
            return f"No encrypted connection to {host} could be made."
        case ConnectionRefusedError():
            return f"{host} refuses connections; the exchange may be down."
        case OSError():
            return f"{host} cannot be reached ({clean_title(failure.strerror or 'no details')})."
        case InvalidHandshake():
            return f"{host} answered, but not as a WebSocket server."
        case _:
            return f"{host} broke off while connecting."


def _ended(closed: ConnectionClosed) -> SocketError:
    received = closed.rcvd
    if received is None:
        return SocketError("The connection broke.", close_code=1006)
    reason = clean_title(received.reason)
    words = f"{received.code}, {reason}" if reason else str(received.code)
    return SocketError(f"The exchange closed the connection ({words}).", close_code=received.code)
