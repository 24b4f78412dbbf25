"""A session whose exchange can be stopped and killed, with a proxy on each road to it."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TypeVar
from urllib.parse import urlsplit

from kalshi_tui.core.effects import Notify
from kalshi_tui.core.views import View, ViewKey
from kalshi_tui.session.build import Loopback, build
from kalshi_tui.session.child import PracticeChild, ReadyExchange, practice_command
from kalshi_tui.session.clock import Clock, SystemClock
from tests.session.bench import Bench
from tests.support.proxy import Proxy

SECOND = 1_000_000_000
_T = TypeVar("_T")


class Outage(Bench):
    """The exchange is nobody's child here: the workstation only knows its addresses."""

    def __init__(
        self, state_dir: Path, *, preset: str = "quiet", clock: Clock | None = None, **options: int
    ) -> None:
        self.state_dir = state_dir
        directory = state_dir / "exchange"
        extra = [f"--{name}={value}" for name, value in options.items()]
        command = [*practice_command(directory), "--preset", preset, *extra]
        self.child = PracticeChild(directory, command)
        self.exchange = self.begin()
        self._stack = ExitStack()
        self.rest_road = self._stack.enter_context(Proxy(_port(self.exchange.rest_url)))
        self.socket_road = self._stack.enter_context(Proxy(_port(self.exchange.socket_url)))
        loopback = Loopback(
            _through(self.exchange.rest_url, self.rest_road),
            _through(self.exchange.socket_url, self.socket_road),
            self.exchange.key_id,
            self.exchange.key_path,
        )
        self.desk = build(state_dir=state_dir / "desk", loopback=loopback, clock=clock)
        self.views: dict[ViewKey, View] = {}
        self.notices: list[Notify] = []
        self._woken = threading.Event()
        self._clock = SystemClock()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        self._stack.close()
        self.child.kill()

    # The exchange

    def begin(self) -> ReadyExchange:
        """Start the exchange, at the addresses where it was before, from the same state."""
        self.child.spawn()
        return asyncio.run(self.child.ready())

    def stop(self) -> None:
        """Halt the exchange's process without its knowing."""
        os.kill(self._pid(), signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the halted process run."""
        os.kill(self._pid(), signal.SIGCONT)

    def kill(self) -> None:
        """End the exchange as a power cut would."""
        os.kill(self._pid(), signal.SIGKILL)
        self.child.kill()

    def _pid(self) -> int:
        assert self.child.pid is not None
        return self.child.pid

    def said_since(self, count: int, words: str) -> bool:
        """Return whether a notice after the first `count` contains these words."""
        return any(words in each.text for each in self.notices[count:])

    # Time

    def now_ns(self) -> int:
        return self._clock.mono_ns()

    def after(self, condition: Callable[[], _T | None]) -> float:
        """Wait for a condition; return how many seconds that took."""
        begun_ns = self.now_ns()
        self.until(condition)
        return (self.now_ns() - begun_ns) / SECOND

    def pass_time(self, seconds: float) -> None:
        """Let the session run for so long, taking what it delivers."""
        end_ns = self.now_ns() + round(seconds * SECOND)
        while (left_ns := end_ns - self.now_ns()) > 0:
            self._woken.clear()
            delivery = self.desk.take()
            self.views.update(delivery.views)
            self.notices += delivery.notices
            self._woken.wait(left_ns / SECOND)


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def _through(url: str, road: Proxy) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:{road.port}").geturl()
