"""Pictures of the trade screen at three sizes in every theme, an order armed and a notice shown.

The clock, the time zone and the book are the scripted desk's; nothing blinks and nothing moves.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC

import pytest
from textual.pilot import Pilot

from kalshi_tui.core.answers import BudgetReported
from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.killing import KillPhase, KillProgress
from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import DOLLAR, Money
from kalshi_tui.core.views import OrdersView, Pane, View, ViewKey
from kalshi_tui.settings import Settings
from kalshi_tui.ui.app import Workstation
from tests.support.desk import FED, SECOND, WALL, ScriptedDesk, order, orders, scene, status
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


def trouble() -> dict[ViewKey, View]:
    """Return a KILL in its tail, an order in doubt, and everything the status line can tell."""
    lost = replace(
        order("lost", BookSide.BID, "36", "10", state=OrderState.IN_DOUBT),
        doubt_wall_ns=WALL - 12 * SECOND,
        detail="The answer was lost: the connection failed.",
    )
    view = status(
        mode=Mode.VIEW,
        in_doubt=1,
        at_risk=Money(812 * DOLLAR),
        budget=BudgetReported(72, 100, 100, 200, 200, 200, 20),
        dead_man=True,
        killed_wall_ns=WALL - 18 * SECOND,
        kill=KillProgress(KillPhase.TAIL, WALL - 18 * SECOND, 7, 6, 1),
        purge_until_ns=WALL + 42 * SECOND,
    )
    return {(Pane.ORDERS, ""): OrdersView((lost, *orders().live), ()), (Pane.STATUS, ""): view}


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("keys", [(), ("f4", "down", "enter")], ids=["screen", "menu"])
def test_KILL_and_an_order_in_doubt(
    snap_compare: Callable[..., bool], size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    app, before = picture("dark", *keys, views=trouble())
    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize(
    "keys", [("3", "6", "g", "m", "down"), ("F",), ("A",), ("colon", *"limits", "enter")],
    ids=["move", "flatten", "one-key", "limits"],
)  # fmt: skip
def test_what_is_asked_of_orders(snap_compare: Callable[..., bool], keys: tuple[str, ...]) -> None:
    app, before = picture("dark", *keys)
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)
