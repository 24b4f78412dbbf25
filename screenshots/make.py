"""Makes the pictures of the README from a seeded practice session.

Usage, from the repository's root with the package installed: `python screenshots/make.py`. Starts
the practice exchange with a fixed seed, drives the real workstation by keys, and writes an SVG for
each size and theme. Prices move with the clock, so the pictures differ in detail from run to run.
"""

import asyncio
import re
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from kalshi_tui.core.events import BookStatus
from kalshi_tui.session.build import build
from kalshi_tui.session.child import PracticeChild, practice_command
from kalshi_tui.settings import Settings
from kalshi_tui.ui.app import Workstation

HERE = Path(__file__).parent
SEED = "7"
SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}
# Textual names a web font in its pictures; a page that shows them should fetch nothing.
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


async def shoot(name: str, size: tuple[int, int], theme: str) -> None:
    """Trade a little, then take one picture with an order on the strip."""
    with tempfile.TemporaryDirectory() as directory:
        state = Path(directory)
        exchange = state / "practice" / "exchange"
        child = PracticeChild(exchange, [*practice_command(exchange), "--seed", SEED])
        child.spawn()
        desk = build(state_dir=state, child=child)
        app = Workstation(desk, settings=Settings(theme=theme))
        try:
            async with app.run_test(size=size) as pilot:
                await trade(app, pilot)
                picture = app.export_screenshot(title="kalshi-tui")
        finally:
            desk.close()
    path = HERE / f"trade-{name}-{theme}.svg"
    path.write_text(FONT_FACE.sub("", picture), encoding="utf-8")
    print(path.name)


async def trade(app: Workstation, pilot: Pilot[int]) -> None:
    """Take 40, rest two bids and an offer, and leave a fourth order on the strip."""

    def is_live() -> bool:
        ladder, status = app.store.ladder, app.store.status
        is_known = status is not None and status.cash is not None
        return is_known and ladder is not None and ladder.status is BookStatus.LIVE

    async with asyncio.timeout(20):
        while not is_live():
            await pilot.pause(0.05)
    for keys in (("4", "0", "L"), ("2", "5", "B"), ("1", "0", "S")):
        await pilot.press(*keys)
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause(0.7)
    await pilot.press("left", "down", "down", "5", "b")
    await pilot.pause(0.3)
    await pilot.press("enter")
    await pilot.pause(20)
    await pilot.press("left", "down", "1", "0", "b")
    await pilot.pause(0.3)


async def main() -> None:
    """Make every picture, one after the other."""
    for name, size in SIZES.items():
        for theme in ("dark", "light"):
            await shoot(name, size, theme)


if __name__ == "__main__":
    asyncio.run(main())
