"""Keeps the exchange's state in a file: soon after each change, and at the end.

Owns when the file is written, and the lock that keeps a second exchange off the same folder; what
stands in it is `state`'s business.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from kalshi_tui.practice import state
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.files import FileError, write_atomically

STATE_FILE = "state.json"

DELAY_S = 0.05
"""How long changes are gathered before the file is written."""


def read_state(directory: Path) -> Mapping[str, Any] | None:
    """Return the kept state, or None at the first start. Raises `FileError`."""
    path = directory / STATE_FILE
    if not path.exists():
        return None
    try:
        found = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise FileError(
            f"{path} cannot be read ({error}); start with --reset-practice to begin anew."
        ) from error
    if not isinstance(found, dict):
        raise FileError(
            f"{path} holds no practice state; start with --reset-practice to begin anew."
        )
    return found


class Keeper:
    """Writes one exchange's state into one folder."""

    def __init__(
        self, directory: Path, exchange: Exchange, on_saved: Callable[[], None] = lambda: None
    ) -> None:
        self._path = directory / STATE_FILE
        self._exchange = exchange
        self._on_saved = on_saved
        self._changed = asyncio.Event()

    def mark(self) -> None:
        """Note that there is something new to keep."""
        self._changed.set()

    def save(self) -> None:
        """Write the state now. Raises `FileError`."""
        self._changed.clear()
        write_atomically(self._path, msgspec.json.encode(state.dump(self._exchange)))

    async def run(self) -> None:
        """Write the state after each change, for ever; a failure is told and tried again."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(DELAY_S)
            self._changed.clear()
            data = msgspec.json.encode(state.dump(self._exchange))
            try:
                await asyncio.to_thread(write_atomically, self._path, data)
                self._on_saved()
            except FileError as error:
                sys.stderr.write(f"{error}\n")
                self._changed.set()
                await asyncio.sleep(1)
