"""Where a session trades: the addresses and the key, once the exchange is there.

The practice exchange has to be started first and may die; a loopback exchange just is. Owns no
connection.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kalshi_tui.core.environments import Environment, loopback_environment
from kalshi_tui.session.child import ChildError, PracticeChild, ReadyExchange
from kalshi_tui.session.custody import Credential
from kalshi_tui.session.keys import FileMark, read_signer

RESTART_S = (0.1, 0.5, 2.0, 5.0)
"""Pauses before each restart of a dead exchange; the last repeats for ever."""

KEY_LOOK_S = 10.0
"""Seconds between two looks at the file of a key of Kalshi's."""

_log = logging.getLogger(__name__)


OpenKey = Callable[[Environment], Credential]
"""Opens the user's key of an environment. May wait for a keyring, so it is called in a thread of
its own. Raises `KeyUnusableError`."""


@dataclass(frozen=True, slots=True)
class Access:
    """An exchange and the key to it."""

    environment: Environment
    key: Credential


class Venue(Protocol):
    """One exchange."""

    opening: str
    """What to say while it is opened."""

    async def open(self, told: Callable[[str], None]) -> Access:
        """Wait until the exchange is there; `told` hears why that takes long.

        Raises `KeyUnusableError`.
        """
        ...

    async def keep(self, told: Callable[[str], None], back: Callable[[], None]) -> None:
        """Keep it there: `told` hears of its death in words, `back` when it is there again."""
        ...

    async def close(self, within_s: float) -> None: ...


class FixedVenue:
    """An exchange that somebody else runs."""

    opening = ""

    def __init__(self, environment: Environment, key_id: str, key_file: Path) -> None:
        self._environment = environment
        self._key_id = key_id
        self._key_file = key_file

    async def open(self, told: Callable[[str], None]) -> Access:
        key = Credential(
            self._environment.name,
            read_signer(self._key_id, self._key_file),
            f"file {self._key_file}",
        )
        return Access(self._environment, key)

    async def keep(self, told: Callable[[str], None], back: Callable[[], None]) -> None:
        return None

    async def close(self, within_s: float) -> None:
        return None


class KalshiVenue:
    """An environment of Kalshi's, with the user's own key to it."""

    opening = "opening the key"

    def __init__(
        self,
        environment: Environment,
        open_key: OpenKey,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._environment = environment
        self._open_key = open_key
        self._sleep = sleep
        self._file: FileMark | None = None

    async def open(self, told: Callable[[str], None]) -> Access:
        key = await asyncio.to_thread(self._open_key, self._environment)
        self._file = key.file
        return Access(self._environment, key)

    async def keep(self, told: Callable[[str], None], back: Callable[[], None]) -> None:
        """Say once when the key's file changes; the session goes on with the key it has."""
        if self._file is None:
            return
        while not await asyncio.to_thread(self._file.has_changed):
            await self._sleep(KEY_LOOK_S)
        told(
            f"The key file {self._file.path} has changed; this session goes on with the key that "
            "it opened. Start again to use the new one."
        )

    async def close(self, within_s: float) -> None:
        return None


class PracticeVenue:
    """The practice exchange in a child process, which was spawned already."""

    opening = "starting the practice exchange"

    def __init__(
        self,
        child: PracticeChild,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._child = child
        self._sleep = sleep

    async def open(self, told: Callable[[str], None]) -> Access:
        try:
            ready = await self._child.ready()
        except ChildError as error:
            told(str(error))
            ready = await self._restart(told)
        environment = loopback_environment(ready.rest_url, ready.socket_url)
        key = Credential(environment.name, read_signer(ready.key_id, ready.key_path), "practice")
        return Access(environment, key)

    async def keep(self, told: Callable[[str], None], back: Callable[[], None]) -> None:
        """Start the exchange again whenever it dies, from the same state, for ever."""
        while True:
            code = await self._child.ended()
            _log.error("the practice exchange ended with code %d", code)
            told("The practice exchange ended; it is started again.")
            await self._restart(told)
            back()

    async def _restart(self, told: Callable[[str], None]) -> ReadyExchange:
        tries = 0
        while True:
            await self._sleep(RESTART_S[min(tries, len(RESTART_S) - 1)])
            tries += 1
            try:
                self._child.spawn()
                return await self._child.ready()
            except ChildError as error:
                told(str(error))

    async def close(self, within_s: float) -> None:
        await self._child.stop(within_s)
