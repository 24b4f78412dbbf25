"""Pictures of the trade screen at three sizes in every theme, an order armed and a notice shown.

The clock, the time zone and the book are the scripted desk's; nothing blinks and nothing moves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from textual.pilot import Pilot

from kalshi_tui.core.answers import BudgetReported
from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.killing import KillPhase, KillProgress
from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import DOLLAR, Money
from kalshi_tui.core.views import OrdersView, Pane, View, ViewKey
from kalshi_tui.session.custody import Custody
from kalshi_tui.session.entrance import Entrance
from kalshi_tui.session.vault import Protection
from kalshi_tui.settings import Settings
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.screens.passphrase import PassphrasePrompt
from tests.support.desk import FED, SECOND, WALL, ScriptedDesk, order, orders, scene, status
from tests.support.doubt import BOOKS, STATUSES, differences, feed
from tests.support.timers import ManualTimers
from tests.test_checkup import NoKeyring
from tests.ui.test_passage import WORDS

SAYS_KEYS, SAYS_DEMO, SAYS_PROD = (
    ["space" if each == " " else each for each in sentence]
    for sentence in ("keys demo", "env demo", "env prod")
)
SIZES = [(80, 24), (120, 40), (200, 60)]
THEMES = ["dark", "light", "high-contrast", "deuteranopia", "ansi-dark", "ansi-light", "mono"]


def picture(
    theme: str,
    *keys: str,
    views: dict[ViewKey, View] | None = None,
    ascii_only: bool = False,
    entrance: Entrance | None = None,
    welcomes: bool = False,
) -> tuple[Workstation, Callable[[Pilot[int]], Awaitable[None]]]:
    """Return an app and what is done to it before the picture is taken."""
    desk = ScriptedDesk({**scene(), **(views or {})})
    settings = Settings(theme=theme, ascii=ascii_only)
    app = Workstation(
        desk,
        settings=settings,
        zone=UTC,
        later=ManualTimers().later,
        entrance=entrance,
        welcomes=welcomes,
    )
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


def way_in(directory: Path, protection: Protection | None = None) -> Entrance:
    """Return the entrance of a system without a keyring, with a key for demo or without one."""
    custody = Custody(directory, keyring=NoKeyring(), environ={})
    if protection is not None:
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        custody.add("demo", "key-1", pem, protection=protection, passphrase=WORDS)
    return Entrance(lambda: custody, lambda name, open_key: ScriptedDesk())


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_welcome(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    views: dict[ViewKey, View] = {(Pane.ORDERS, ""): OrdersView((), ())}
    app, before = picture("dark", views=views, welcomes=True)
    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_prompt_for_a_key(
    snap_compare: Callable[..., bool], tmp_path: Path, size: tuple[int, int], theme: str
) -> None:
    typed = ("a", "b", "c", "tab", *"key", "enter", *"short", "enter", *"short", "enter")
    app, before = picture(theme, "colon", *SAYS_KEYS, "enter", entrance=way_in(tmp_path))

    async def filled(pilot: Pilot[int]) -> None:
        await before(pilot)
        lock = app.screen.query_one("#key-lock")
        async with asyncio.timeout(10):
            while not lock.display:
                await pilot.pause(0.01)
        await pilot.press(*typed)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=filled)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_prompt_for_a_passphrase(
    snap_compare: Callable[..., bool], tmp_path: Path, size: tuple[int, int]
) -> None:
    entrance = way_in(tmp_path, Protection.PASSPHRASE)
    views: dict[ViewKey, View] = {(Pane.ORDERS, ""): OrdersView((), ())}
    app, before = picture("dark", "colon", *SAYS_DEMO, "enter", views=views, entrance=entrance)

    async def asked(pilot: Pilot[int]) -> None:
        await before(pilot)
        async with asyncio.timeout(10):
            while not isinstance(app.screen, PassphrasePrompt):
                await pilot.pause(0.01)
        await pilot.press(*"secret")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=asked)


def test_the_question_before_another_exchange(
    snap_compare: Callable[..., bool], tmp_path: Path
) -> None:
    app, before = picture("dark", "colon", *SAYS_PROD, "enter", entrance=way_in(tmp_path))
    assert snap_compare(app, terminal_size=(80, 24), run_before=before)


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_key_that_lies_open(
    snap_compare: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    views: dict[ViewKey, View] = {(Pane.STATUS, ""): status(open_key=True)}
    app, before = picture(theme, views=views)
    assert snap_compare(app, terminal_size=size, run_before=before)
