"""What the themes look like to an eye: every painted pair can be read, and colour only helps."""

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

import pytest
from textual.color import Color

from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.core.environments import DEMO, PROD, Mode
from kalshi_tui.core.events import ConnectionState
from kalshi_tui.core.orders import CancelState, OrderState
from kalshi_tui.core.sides import BookSide, Outcome
from kalshi_tui.core.units import Count, Money
from kalshi_tui.core.views import OrderRow, OrdersView, Pane, TapeView, View, ViewKey
from kalshi_tui.settings import Settings
from kalshi_tui.ui import terminal, themes
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.paint.glyphs import ASCII, UNICODE
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.widgets.linegrid import LineGrid
from tests.support import desk as world
from tests.support.desk import FED, ScriptedDesk, scene
from tests.support.doubt import BOOKS, STATUSES, differences, feed
from tests.support.sight import as_deuteranope, contrast, distance, inks, worst_contrast
from tests.support.timers import ManualTimers

NAMES = ["ansi-dark", "ansi-light", "dark", "deuteranopia", "high-contrast", "light", "mono"]
LEAST_TEXT, LEAST_MARK = 4.5, 3.0
HIGH = 7.0
APART = 20.0
"""Distance in Lab between two colours that are to be told apart at a glance."""


def app_of(theme: str, views: dict[ViewKey, View] | None = None, **more: object) -> Workstation:
    desk = ScriptedDesk({**scene(), **(views or {})})
    settings = Settings(theme=theme, **more)  # type: ignore[arg-type]
    app = Workstation(desk, settings=settings, zone=UTC, later=ManualTimers().later)
    app.animation_level = "none"
    return app


def everything() -> dict[ViewKey, View]:
    """Return orders in every state, with one in doubt, and a feed that is unwell."""
    rows = tuple(
        replace(world.order(f"o{at}", side, "36", "10"), state=state, post_only=bool(at % 2))
        for at, (state, side) in enumerate(
            (state, side) for state in OrderState for side in BookSide
        )
    )
    return {
        (Pane.ORDERS, ""): OrdersView(live=rows, done=()),
        (Pane.FEED, ""): feed(),
        (Pane.DIFFERENCES, ""): differences(),
        (Pane.STATUS, ""): world.status(in_doubt=2),
    }


SCENES: dict[str, tuple[dict[ViewKey, View], tuple[tuple[str, ...], ...]]] = {
    "day": (
        everything(),
        (
            ("down", "1", "0", "b"), ("escape", "t"), ("escape", "f4", "down"), ("f5", "down"),
            ("question_mark",), ("escape", "slash", "f"), ("escape", "colon", "b"),
            ("escape", "escape", "colon", *"feed", "enter"), ("escape", "ctrl+q"),
            ("escape", "v"), ("a",),
        ),
    ),
    **{
        name: ({(Pane.LADDER, FED): book}, (("down", "1", "b"),)) for name, book in BOOKS.items()
    },
    **{
        name: ({(Pane.STATUS, ""): status}, (("1", "b"),)) for name, status in STATUSES.items()
    },
}  # fmt: skip


@pytest.mark.parametrize("scene_name", SCENES)
@pytest.mark.parametrize("theme", NAMES)
async def test_every_painted_pair_can_be_read(theme: str, scene_name: str) -> None:
    views, rounds = SCENES[scene_name]
    app = app_of(theme, views)
    wanted = HIGH if theme == "high-contrast" else LEAST_TEXT
    bad: set[str] = set()
    async with app.run_test(size=(200, 60)) as pilot:
        for level in NoticeLevel:
            app.trade.say(f"a notice that is {level.value}", level)
        for keys in (("left",), *rounds):
            await pilot.press(*keys)
            await pilot.pause()
            for ink in inks(app.screen):
                least = LEAST_MARK if ink.is_mark else wanted
                if (found := worst_contrast(ink)) < least:
                    bad.add(f"{ink.text!r} {ink.front} on {ink.back}: {found:.2f}")
    assert not bad, "\n".join(sorted(bad))


@pytest.mark.parametrize("name", [each for each in NAMES if "ansi" not in each and each != "mono"])
def test_a_deuteranope_tells_the_sides_our_orders_and_the_signs_apart(name: str) -> None:
    theme = next(each for each in themes.load([themes.shipped()])[0] if each.name == name)
    market = {
        key.removeprefix("market-"): as_deuteranope(Color.parse(value).rgb)
        for key, value in theme.variables.items()
    }
    pairs = [("bid", "ask"), ("bid", "own"), ("gain", "loss")]
    # Elsewhere our own orders are told from asks by their column, which is bold and says q.
    for one, other in pairs + ([("ask", "own")] if name == "deuteranopia" else []):
        assert distance(market[one], market[other]) >= APART, (one, other)
    # The badge of real money differs in lightness from both others, whatever the hue.
    for other in ("practice", "demo"):
        assert contrast(market["prod"], market[other]) >= (2.5 if theme.dark else 1), other


# Colour only helps: whatever a colour says, the characters say too.


def orders_of(row: OrderRow) -> dict[ViewKey, View]:
    return {(Pane.ORDERS, ""): OrdersView(live=(row,), done=())}


def tape_of(side: BookSide) -> dict[ViewKey, View]:
    first = world.tape().rows[0]
    return {(Pane.TAPE, FED): TapeView(FED, (first._replace(taker_side=side),))}


def held(position: str, cost: int) -> dict[ViewKey, View]:
    size = Count(-world.count(position[1:])) if position[0] == "-" else world.count(position)
    return {(Pane.LADDER, FED): world.fed(position=size, position_cost=Money(cost))}


def variations() -> Iterator[dict[ViewKey, View]]:
    """Return scenes that differ in one fact each."""
    yield {}
    resting = world.order("one", BookSide.BID, "36", "10", queue="300")
    for side in BookSide:
        for state in OrderState:
            yield orders_of(replace(resting, side=side, state=state))
        for cancel in CancelState:
            yield orders_of(replace(resting, side=side, cancel=cancel))
        yield tape_of(side)
        own = replace(world.fed().own[0], side=side)
        yield {(Pane.LADDER, FED): world.fed(own=(own,))}
        yield {(Pane.LADDER, FED): world.fed(own=(replace(own, unsettled=True),))}
        last = world.fed().last
        assert last is not None
        yield {(Pane.LADDER, FED): world.fed(last=last._replace(taker_side=side))}
    yield {(Pane.LADDER, FED): world.fed(own=(), last=None)}
    for position in ("40", "-40"):
        for cost in (1_000_000, 13_680_000, 39_000_000):
            yield held(position, cost)
    for book in BOOKS.values():
        yield {(Pane.LADDER, FED): book}
    for status in STATUSES.values():
        yield {(Pane.STATUS, ""): status}
    for mode in Mode:
        yield {(Pane.STATUS, ""): world.status(mode=mode)}
    for connection in ConnectionState:
        yield {(Pane.STATUS, ""): world.status(connection=connection)}
    yield {(Pane.STATUS, ""): world.status(in_doubt=1)}
    yield {(Pane.STATUS, ""): world.status(trading_active=False)}
    yield {(Pane.STATUS, ""): world.status(exchange_active=False)}


def painted(app: Workstation) -> dict[str, tuple[Line, ...]]:
    """Return every pane's lines, by name."""
    found: dict[str, tuple[Line, ...]] = {}
    for grid in app.screen.query(LineGrid):
        if grid.size.width:
            lines = tuple(grid.paint(row, grid.size.width) for row in grid.rows)
            found[str(grid.id)] = lines[: grid.size.height]
    return found


def words(lines: tuple[Line, ...]) -> str:
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def tones(lines: tuple[Line, ...]) -> list[list[tuple[int, str]]]:
    """Return which part stands at which cell, blanks left out."""
    found = []
    for line in lines:
        at, here = 0, []
        for text, part in line:
            if text.strip():
                here.append((at, part))
            at += len(text)
        found.append(here)
    return found


@pytest.mark.parametrize("outcome", Outcome)
async def test_a_screen_without_colour_loses_nothing(outcome: Outcome) -> None:
    """Two scenes that read alike are coloured alike: no colour says what no character says."""
    seen: dict[tuple[str, str], list[list[list[tuple[int, str]]]]] = defaultdict(list)
    for views in variations():
        app = app_of("mono", views)
        async with app.run_test(size=(120, 40)) as pilot:
            if outcome is Outcome.NO:
                await pilot.press("v")
            await pilot.pause()
            for name, lines in painted(app).items():
                here = tones(lines)
                if here not in seen[name, words(lines)]:
                    seen[name, words(lines)].append(here)
    alike = {name: text for (name, text), found in seen.items() if len(found) > 1}
    assert not alike


async def test_the_environments_differ_without_colour() -> None:
    from kalshi_tui.ui.paint.status import status_line

    lines = {
        "".join(text for text, _ in status_line(each, world.status(), None, 80, UNICODE, UTC))
        for each in (world.PRACTICE, DEMO, PROD)
    }
    assert len(lines) == 3


@pytest.mark.parametrize("theme", ["dark", "light", "ansi-dark"])
async def test_NO_COLOR_leaves_no_colour_on_the_screen(
    theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_of(theme)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("down", "1", "0", "b")
        await pilot.pause()
        assert app.theme == themes.MONO
        found = list(inks(app.screen))
        assert all(ink.front is None or ink.front.is_default for ink in found)
        assert all(ink.back is None or ink.back.is_default for ink in found)
        await pilot.press("ctrl+t")
        assert app.theme == themes.MONO


def test_an_empty_NO_COLOR_asks_for_nothing() -> None:
    environ = {"NO_COLOR": "", "LANG": "C"}
    assert terminal.refuses_color(environ) is False
    assert environ == {"LANG": "C"}
    assert terminal.refuses_color({"NO_COLOR": "0"}) is True


@pytest.mark.parametrize("keys", [(), ("t",), ("question_mark",), ("slash",), ("f4", "down")],
                         ids=" ".join)  # fmt: skip
async def test_ascii_means_ASCII_on_every_screen(keys: tuple[str, ...]) -> None:
    app = app_of("dark", everything(), ascii=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("down", "1", "0", "b", "escape", *keys)
        await pilot.pause()
        found = {each for ink in inks(app.screen) for each in ink.text if ord(each) > 127}
    assert not found


def test_each_glyph_has_an_ASCII_one_of_its_width() -> None:
    for one, other in zip(vars_of(UNICODE), vars_of(ASCII), strict=True):
        assert len(one) == len(other) == 1
        assert other.isascii()


def vars_of(glyphs: object) -> list[str]:
    return [getattr(glyphs, name) for name in glyphs.__slots__]  # type: ignore[attr-defined]


def test_TEXTUAL_ANIMATIONS_none_means_that_nothing_moves() -> None:
    code = (
        "from kalshi_tui.ui.app import Workstation\n"
        "from tests.support.desk import ScriptedDesk, scene\n"
        "print(Workstation(ScriptedDesk(scene())).animation_level)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TEXTUAL_ANIMATIONS": "none"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "none"
