"""The HTTP connections of the practice exchange, and how one is cut on purpose.

Owns one addition to uvicorn's own protocol: every request finds `cut` in its ASGI state, which ends
the connection at once, without an answer and without a farewell.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import TypeAlias

from uvicorn.protocols.http.h11_impl import H11Protocol

CUT = "cut"
"""The key in `scope["state"]`."""

Cut: TypeAlias = Callable[[], None]


class Carrier(H11Protocol):
    """One HTTP connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, and hand out how to cut it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, CUT: lambda: abort(transport)}


def abort(transport: asyncio.WriteTransport) -> None:
    """End a TCP connection with a reset; nothing that still waits is sent."""
    found = transport.get_extra_info("socket")
    if isinstance(found, socket.socket) or hasattr(found, "setsockopt"):
        # A linger of 0 s makes the close a reset (socket(7), SO_LINGER).
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
