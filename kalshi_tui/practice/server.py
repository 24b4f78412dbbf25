"""The practice exchange as a program: two loopback ports, a state folder, a ready line, an end.

Owns start and shutdown. `main` is what the command line calls; `running` is the same exchange
inside another event loop. Never listens on anything but 127.0.0.1.
Source: the project's command-line contract.
"""

import asyncio
import contextlib
import gc
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import uvicorn
from starlette.types import ASGIApp

from kalshi_tui.practice.assembly import build, keep
from kalshi_tui.practice.carrier import Carrier
from kalshi_tui.practice.clock import Clock
from kalshi_tui.practice.config import ServeConfig, StartError
from kalshi_tui.practice.files import (
    DirectoryLock,
    FileError,
    make_private_directory,
    write_atomically,
)
from kalshi_tui.practice.gateway import PATH as WS_PATH
from kalshi_tui.practice.gateway import Gateway
from kalshi_tui.practice.keys import load_or_make_keys
from kalshi_tui.practice.pump import Pump
from kalshi_tui.practice.routes import ROOT, application
from kalshi_tui.practice.venue import Venue

__all__ = ["HOST", "Ready", "ReadyAccount", "Running", "ServeConfig", "StartError", "build", "main"]

HOST = "127.0.0.1"

_STOP_S = 2.0

_THRESHOLDS = (10_000, 20, 20)
"""Allocations before a collection of the youngest, and so on (`gc.set_threshold`)."""


class ReadyAccount(msgspec.Struct, frozen=True):
    """One account of the ready line."""

    key_id: str
    private_key_path: str


class Ready(msgspec.Struct, frozen=True):
    """What a client needs to know; written as one line of JSON when the exchange is up."""

    rest: str
    ws: str
    control: str
    accounts: list[ReadyAccount]
    pid: int


@dataclass(slots=True)
class Running:
    """A started exchange."""

    ready: Ready
    venue: Venue
    failure: FileError | None = None
    """Why it cannot go on, once it cannot."""
    on_failure: Callable[[], object] = bool
    """Called then."""

    def fail(self, error: FileError) -> None:
        """Note that what was done cannot be kept."""
        self.failure = error
        self.on_failure()


def main(config: ServeConfig) -> int:
    """Serve until a signal or the parent's end; return the exit code (0 done, 1 failed)."""
    thresholds = gc.get_threshold()
    gc.disable()  # nothing that the start makes is garbage: collecting costs a tenth of it
    try:
        asyncio.run(serve(config))
    except (StartError, FileError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        gc.enable()
    return 0


async def serve(config: ServeConfig) -> None:
    """Serve, say so on stdout and in the ready file, and end on a signal or the parent's end.

    Raises `StartError` or `FileError`, each one sentence with the cure.
    """
    over = asyncio.Event()
    with _signals(over.set):
        if config.parent_fd is not None:
            _watch_parent(config.parent_fd, over.set)
        async with running(config) as exchange:
            _settle_memory()
            exchange.on_failure = over.set
            line = msgspec.json.encode(exchange.ready)
            if config.ready_file is not None:
                write_atomically(config.ready_file, line + b"\n")
            sys.stdout.write(line.decode() + "\n")
            sys.stdout.flush()
            await over.wait()
        if exchange.failure is not None:
            raise exchange.failure


def _settle_memory() -> None:
    """Spare the collector what the start has made, and let it look less often.

    A full collection over the books of 500 markets holds every answer up for tens of milliseconds;
    orders and frames hold no cycles and go without it.
    """
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()


@contextlib.asynccontextmanager
async def running(config: ServeConfig, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Run an exchange in this event loop until the context is left."""
    with contextlib.ExitStack() as stack:
        directory = _directory(config, stack)
        rest_socket = _bind(config.port, "--port")
        stack.callback(rest_socket.close)
        ws_socket = _bind(config.ws_port, "--ws-port")
        stack.callback(ws_socket.close)
        keys = load_or_make_keys(directory / "keys")
        venue = build(config, directory, keys, clock or Clock())
        ready = Ready(
            rest=f"http://{HOST}:{rest_socket.getsockname()[1]}{ROOT}",
            ws=f"ws://{HOST}:{ws_socket.getsockname()[1]}{WS_PATH}",
            control=f"http://{HOST}:{rest_socket.getsockname()[1]}/practice",
            accounts=[ReadyAccount(each.key_id, str(each.private_key_path)) for each in keys],
            pid=os.getpid(),
        )
        exchange = Running(ready, venue)
        # Before an id is made, because the number of this start stands in it.
        keeper = None if config.state is None else keep(venue, directory, exchange.fail)
        async with _servers(venue, Gateway(venue, config.ping_s), rest_socket, ws_socket):
            yield exchange
        if keeper is not None:
            keeper.save(venue.clock.now_ns())
            keeper.close()


def _directory(config: ServeConfig, stack: contextlib.ExitStack) -> Path:
    """Return the folder for keys and state: the given one, locked, or one that is removed."""
    if config.state is None:
        directory = Path(tempfile.mkdtemp(prefix="kalshi-practice-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        return directory
    directory = config.state.absolute()
    make_private_directory(directory)
    lock = DirectoryLock(directory)
    stack.callback(lock.release)
    return directory


def _bind(port: int, option: str) -> socket.socket:
    # The protocol is named: asyncio turns Nagle's algorithm off only on sockets that say TCP, and
    # with it on every second answer waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # A restart on the same port must not wait for the old connections to time out.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.setblocking(False)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "no such port"
        raise StartError(
            f"Port {port} cannot be used ({reason}); choose another one with {option}, "
            "or 0 for any free one."
        ) from None
    return listener


@contextlib.asynccontextmanager
async def _servers(
    venue: Venue,
    gateway: Gateway,
    rest_socket: socket.socket,
    ws_socket: socket.socket,
) -> AsyncIterator[None]:
    pump = Pump(venue, gateway)
    venue.on_wake = pump.wake
    rest = _rest_server(application(venue, pump.advance))
    ws = await gateway.listen(ws_socket)
    tasks = [
        asyncio.create_task(rest.serve(sockets=[rest_socket])),
        asyncio.create_task(pump.run()),
    ]
    try:
        await rest.up.wait()
        yield
    finally:
        rest.should_exit = True
        ws.close()
        for task in tasks[1:]:
            task.cancel()
        # A peer that does not let go must not keep the state from being saved.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await ws.wait_closed()
                await asyncio.gather(*tasks, return_exceptions=True)


def _rest_server(app: ASGIApp) -> "_Rest":
    return _Rest(
        uvicorn.Config(
            app,
            http=Carrier,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
    )


class _Rest(uvicorn.Server):
    """The REST server, without a hand on the signals of the process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to `serve`."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell who waits for it."""
        await super().startup(sockets)
        self.up.set()


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Generator[None, None, None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    try:
        for number in numbers:
            loop.add_signal_handler(number, stop)
    except NotImplementedError:  # Windows: the interpreter's own handlers end the loop
        yield
        return
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def _watch_parent(descriptor: int, stop: Callable[[], None]) -> None:
    """Call `stop` when the other end of the pipe is closed, however the parent ended."""
    loop = asyncio.get_running_loop()

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(descriptor, 1):
                pass
        with contextlib.suppress(RuntimeError):  # the loop is gone already
            loop.call_soon_threadsafe(stop)

    threading.Thread(target=wait, name="parent watch", daemon=True).start()
