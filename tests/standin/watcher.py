"""Reads a desk from the event loop in which the exchange runs as well."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from kalshi_tui.core.effects import Notify
from kalshi_tui.core.events import BookStatus, ConnectionState
from kalshi_tui.core.views import LadderView, Pane, StatusView, View, ViewKey
from kalshi_tui.session.desk import Desk
from tests.standin import KEY_IDS
from tests.support.practice_live import Live

PATIENCE_S = 20


class Watcher:
    """Everything that a started desk has delivered so far."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.views: dict[ViewKey, View] = {}
        self.notices: list[Notify] = []
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        """Hear of a delivery; called on the session's thread."""
        self._loop.call_soon_threadsafe(self._woken.set)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Take deliveries until a condition holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await self._woken.wait()
                self._woken.clear()
                delivery = self.desk.take()
                self.views.update(delivery.views)
                self.notices += delivery.notices

    @property
    def status(self) -> StatusView | None:
        view = self.views.get((Pane.STATUS, ""))
        return view if isinstance(view, StatusView) else None

    @property
    def is_live(self) -> bool:
        ladders = [each for each in self.views.values() if isinstance(each, LadderView)]
        return any(each.status is BookStatus.LIVE for each in ladders)

    @property
    def is_refused(self) -> bool:
        return self.status is not None and self.status.connection is ConnectionState.REFUSED

    @property
    def read_only(self) -> str:
        return self.status.read_only if self.status is not None else ""

    def said(self, words: str) -> list[str]:
        """Return the notices that hold `words`."""
        return [each.text for each in self.notices if words in each.text]


@asynccontextmanager
async def watched(desk: Desk) -> AsyncIterator[Watcher]:
    """Start a desk and close it at the end."""
    watcher = Watcher(desk)
    desk.start(watcher.wake)
    try:
        yield watcher
    finally:
        await asyncio.to_thread(desk.close)


def account(exchange: Live, name: str) -> tuple[str, Path]:
    """Return id and file of the key that plays the user's key of an environment."""
    found = exchange.ready.accounts[KEY_IDS[name]]
    return found.key_id, Path(found.private_key_path)
