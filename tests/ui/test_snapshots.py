"""Pictures of the trade screen at three sizes in every theme, an order armed and a notice shown.

The clock, the time zone and the book are the scripted desk's; nothing blinks and nothing moves.
"""

from collections.abc import Callable
from datetime import UTC

import pytest
from textual.pilot import Pilot

from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.core.views import Pane, View, ViewKey
from kalshi_tui.settings import Settings
from kalshi_tui.ui.app import Workstation
from tests.support.desk import FED, ScriptedDesk, scene
from tests.support.doubt import BOOKS, STATUSES, differences, feed
from tests.support.timers import ManualTimers

SIZES = [(80, 24), (120, 40), (200, 60)]
THEMES = ["dark", "light", "high-contrast", "deuteranopia", "ansi-dark", "ansi-light", "mono"]


def picture(
    theme: str, *keys: str, views: dict[ViewKey, View] | None = None, ascii_only: bool = False
) -> tuple[Workstation, Callable[[Pilot[int]], object]]:
    """Return an app and what is done to it before the picture is taken."""
    desk = ScriptedDesk({**scene(), **(views or {})})
    settings = Settings(theme=theme, ascii=ascii_only)
    app = Workstation(desk, settings=settings, zone=UTC, later=ManualTimers().later)
    app.animation_level = "none"

    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()
        desk.say("resting B 25 @35 38ms")
        desk.say("filled B 15 @34 taker fee $0.24", NoticeLevel.GOOD)
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    return app, before


@pytest.mark.parametrize("theme", THEMES)
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


def doubt(name: str) -> dict[ViewKey, View]:
    """Return the views of one doubtful state."""
    if name in BOOKS:
        return {(Pane.LADDER, FED): BOOKS[name]}
    found: dict[ViewKey, View] = {(Pane.STATUS, ""): STATUSES[name]}
    if name == "silent":
        found[(Pane.LADDER, FED)] = BOOKS["stale"]
    return found


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", [*BOOKS, *STATUSES])
def test_every_doubt(snap_compare: Callable[..., bool], name: str, size: tuple[int, int]) -> None:
    app, before = picture("dark", "1", "0", "b", views=doubt(name))
    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_STALE_in_the_light_theme(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    app, before = picture("light", "1", "0", "b", views=doubt("stale"))
    assert snap_compare(app, terminal_size=size, run_before=before)


def test_STALE_in_ASCII(snap_compare: Callable[..., bool]) -> None:
    app, before = picture("dark", "1", "0", "b", views=doubt("stale"), ascii_only=True)
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_feed_panel(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    views: dict[ViewKey, View] = {(Pane.FEED, ""): feed(), (Pane.DIFFERENCES, ""): differences()}
    app, before = picture("dark", "colon", *"feed", "enter", views=views)
    assert snap_compare(app, terminal_size=size, run_before=before)
