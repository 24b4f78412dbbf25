"""Pictures of the trade screen at three sizes in both themes, an order armed and a notice shown.

The clock, the time zone and the book are the scripted desk's; nothing blinks and nothing moves.
"""

from collections.abc import Callable
from datetime import UTC

import pytest
from textual.pilot import Pilot

from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.settings import Settings
from kalshi_tui.ui.app import Workstation
from tests.support.desk import ScriptedDesk
from tests.support.timers import ManualTimers

SIZES = [(80, 24), (120, 40), (200, 60)]


def picture(theme: str, *keys: str) -> tuple[Workstation, Callable[[Pilot[int]], object]]:
    """Return an app and what is done to it before the picture is taken."""
    desk = ScriptedDesk()
    app = Workstation(desk, settings=Settings(theme=theme), zone=UTC, later=ManualTimers().later)
    app.animation_level = "none"

    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        desk.say("resting B 25 @35 38ms")
        desk.say("filled B 15 @34 taker fee $0.24", NoticeLevel.GOOD)
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    return app, before


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_trade_screen(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    app, before = picture(theme, "down", "1", "0", "b")
    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("keys", [("t", "tab"), ("slash", "f", "e", "d"), ("question_mark",),
                                  ("ctrl+q",)],
                         ids=["ticket", "finder", "help", "quit"])  # fmt: skip
def test_what_opens_over_it(snap_compare: Callable[..., bool], keys: tuple[str, ...]) -> None:
    app, before = picture("dark", *keys)
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)
