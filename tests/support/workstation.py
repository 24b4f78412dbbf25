"""The workstation in a headless terminal, over the scripted desk and manual timers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC

from textual import events
from textual.pilot import Pilot

from kalshi_tui.settings import Settings
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.trader import GUARD_S
from kalshi_tui.ui.widgets.linegrid import LineGrid
from kalshi_tui.ui.widgets.log import LogPane
from tests.support.desk import ScriptedDesk
from tests.support.timers import ManualTimers


class Seat:
    """A trader's seat: the keyboard, the screen as text, the desk's record."""

    def __init__(self, pilot: Pilot[int], app: Workstation, desk: ScriptedDesk) -> None:
        self.pilot = pilot
        self.app = app
        self.desk = desk
        self.timers = ManualTimers()

    async def press(self, *keys: str) -> None:
        """Press keys in one go."""
        await self.pilot.press(*keys)

    async def slowly(self, *keys: str) -> None:
        """Press keys with the beat between them that the strip asks for."""
        for key in keys:
            await self.pilot.press(key)
            self.timers.advance(GUARD_S)

    async def storm(self, keys: Sequence[str]) -> None:
        """Deliver keys as fast as a terminal can, without waiting for each."""
        for key in keys:
            character = " " if key == "space" else key if len(key) == 1 else None
            self.app.post_message(events.Key(key, character))
        await self.pilot.pause()

    def line(self, name: str, at: int = 0) -> str:
        """Return one painted line of a widget, without its padding."""
        widget = self.app.trade.query_one(f"#{name}", LineGrid)
        return widget.render_line(at).text.rstrip()

    def lines(self, name: str) -> str:
        """Return everything a widget shows."""
        widget = self.app.trade.query_one(f"#{name}", LineGrid)
        return "\n".join(self.line(name, at) for at in range(widget.size.height))

    @property
    def strip(self) -> str:
        return self.line("strip")

    @property
    def size(self) -> str:
        return self.line("size")

    @property
    def log(self) -> str:
        """The newest line of the log."""
        return self.app.trade.query_one(LogPane).render_line(0).text.strip()


@asynccontextmanager
async def seated(
    desk: ScriptedDesk | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    market: str = "",
    theme: str = "dark",
    ascii_only: bool = False,
    keys: tuple[tuple[str, tuple[str, ...]], ...] = (),
    shown_ns: int = 0,
) -> AsyncIterator[Seat]:
    """Sit down in front of a running workstation. `shown_ns` is when any prompt is shown."""
    desk = desk or ScriptedDesk()
    timers = ManualTimers()
    app = Workstation(
        desk,
        settings=Settings(theme=theme, ascii=ascii_only, keys=keys),
        market=market,
        zone=UTC,
        later=timers.later,
        clock=lambda: shown_ns,
    )
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        seat = Seat(pilot, app, desk)
        seat.timers = timers
        yield seat
