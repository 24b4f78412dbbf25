"""A connection that is cut on purpose."""

import asyncio
import socket

import pytest

from kalshi_tui.practice.carrier import abort


async def test_an_aborted_connection_is_reset_not_closed() -> None:
    served = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        abort(writer.transport)
        served.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        try:
            await served.wait()
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            with pytest.raises(ConnectionResetError):
                await loop.sock_recv(client, 100)
        finally:
            client.close()
