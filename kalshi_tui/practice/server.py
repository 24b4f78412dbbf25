"""The practice exchange as a program: two loopback ports, a state folder, a ready line, an end.

Owns start and shutdown. `main` is what the command line calls; `running` is the same exchange
inside another event loop. Never listens on anything but 127.0.0.1.
Source: the project's command-line contract.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.types import ASGIApp

from kalshi_tui.core.units import DOLLAR, Money
from kalshi_tui.practice import state
from kalshi_tui.practice.auth import KeyRing
from kalshi_tui.practice.clock import Clock
from kalshi_tui.practice.crowd import Crowd
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.faults import Registry
from kalshi_tui.practice.files import (
    DirectoryLock,
    FileError,
    make_private_directory,
    write_atomically,
)
from kalshi_tui.practice.gateway import PATH as WS_PATH
from kalshi_tui.practice.gateway import PING_S, Gateway
from kalshi_tui.practice.hub import Hub
from kalshi_tui.practice.keeper import Keeper, read_state
from kalshi_tui.practice.keys import AccountKey, load_or_make_keys
from kalshi_tui.practice.listings import Catalogue, catalogue
from kalshi_tui.practice.pump import Pump
from kalshi_tui.practice.routes import ROOT, application
from kalshi_tui.practice.state import StateError
from kalshi_tui.practice.subscriptions import BUFFER_FRAMES
from kalshi_tui.practice.venue import Venue

HOST = "127.0.0.1"

DEPOSIT = Money(10_000 * DOLLAR)
"""What a new account starts with, on each exchange index that has markets."""

HISTORY_NS = 15_000_000_000
"""A new exchange opens this far in the past, so that its tape is not empty."""

_STOP_S = 2.0


class StartError(Exception):
    """The exchange cannot start. The message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class ServeConfig:
    """What the command line says. `port` and `ws_port` 0 mean any free one."""

    port: int = 0
    ws_port: int = 0
    seed: int = 0
    markets: int | None = None
    rate: float | None = None
    preset: str | None = None
    state: Path | None = None
    ready_file: Path | None = None
    parent_fd: int | None = None
    """A pipe whose other end the parent holds: the exchange ends when it is closed."""
    with_crowd: bool = True
    """False leaves the books empty, for tests that need to know every order."""
    buffer_frames: int = BUFFER_FRAMES
    ping_s: float = PING_S


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


def main(config: ServeConfig) -> int:
    """Serve until a signal or the parent's end; return the exit code (0 done, 1 failed)."""
    try:
        asyncio.run(serve(config))
    except (StartError, FileError, StateError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


async def serve(config: ServeConfig) -> None:
    """Serve, say so on stdout and in the ready file, and end on a signal or the parent's end.

    Raises `StartError`, `FileError` or `StateError`, each one sentence with the cure.
    """
    over = asyncio.Event()
    with _signals(over.set):
        if config.parent_fd is not None:
            _watch_parent(config.parent_fd, over.set)
        async with running(config) as exchange:
            line = msgspec.json.encode(exchange.ready)
            if config.ready_file is not None:
                write_atomically(config.ready_file, line + b"\n")
            sys.stdout.write(line.decode() + "\n")
            sys.stdout.flush()
            await over.wait()


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
        keeper = Keeper(directory, venue.exchange)
        keeper.save()  # the number of this start must be known before an id is made
        venue.on_change = keeper.mark
        ready = Ready(
            rest=f"http://{HOST}:{rest_socket.getsockname()[1]}{ROOT}",
            ws=f"ws://{HOST}:{ws_socket.getsockname()[1]}{WS_PATH}",
            control=f"http://{HOST}:{rest_socket.getsockname()[1]}/practice",
            accounts=[ReadyAccount(each.key_id, str(each.private_key_path)) for each in keys],
            pid=os.getpid(),
        )
        gateway = Gateway(venue, config.ping_s)
        async with _servers(venue, gateway, keeper, rest_socket, ws_socket):
            yield Running(ready, venue)
        keeper.save()


def build(
    config: ServeConfig, directory: Path, keys: tuple[AccountKey, ...], clock: Clock
) -> Venue:
    """Return a venue with its markets listed, its state restored and its books opened.

    Raises `StartError`, `FileError` or `StateError`.
    """
    kept = read_state(directory)
    now_ns = clock.now_ns()
    start_ns = now_ns - HISTORY_NS if kept is None and config.with_crowd else now_ns
    listed = _catalogue(config, start_ns)
    exchange = _exchange(kept, listed, keys, start_ns)
    crowd = None
    if config.with_crowd:
        crowd = Crowd(exchange, listed, seed=config.seed, rate=config.rate)
        crowd.open(start_ns)
    faults = Registry(config.seed)
    venue = Venue(
        exchange=exchange,
        crowd=crowd,
        catalogue=listed,
        clock=clock,
        keys=KeyRing({key.key_id: key.public_key for key in keys}),
        faults=faults,
        hub=Hub(exchange.markets, faults, config.buffer_frames),
    )
    venue.run(now_ns)
    return venue


def _exchange(
    kept: Mapping[str, Any] | None,
    listed: Catalogue,
    keys: tuple[AccountKey, ...],
    start_ns: int,
) -> Exchange:
    # Ids are counted within a run. An exchange without a past takes the second of its start, so
    # that it never makes an id that a client knows from an exchange that was thrown away.
    run = start_ns // 1_000_000_000 % 2**32 if kept is None else state.next_run(kept)
    exchange = Exchange(run=run)
    for listing in listed.listings:
        exchange.list_market(listing, start_ns)
    if kept is not None:
        state.load(exchange, kept)
    shards = {listing.exchange_index for listing in listed.listings} | {0}
    for key in keys:
        exchange.open_account(key.key_id, dict.fromkeys(shards, DEPOSIT))
    return exchange


def _catalogue(config: ServeConfig, start_ns: int) -> Catalogue:
    try:
        return catalogue(start_ns, seed=config.seed, markets=config.markets, preset=config.preset)
    except ValueError as error:
        raise StartError(str(error)) from None


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
    keeper: Keeper,
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
        asyncio.create_task(keeper.run()),
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
            http="h11",
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
