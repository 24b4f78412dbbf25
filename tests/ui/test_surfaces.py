"""What stands around the exchange's words: nothing clickable, nothing hidden, nothing ambiguous."""

import pytest

from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.core.text import clean, clean_heading, clean_title
from kalshi_tui.core.views import Pane
from tests.support.desk import FED, ScriptedDesk, fed, market, scene
from tests.support.hostile import BY_FAULT
from tests.support.workstation import Seat, seated

SCREENS = ((80, 24), (120, 40), (200, 60))


def _desk(text: str) -> ScriptedDesk:
    named = market(title=clean_heading(text), subtitle=clean_title(text), rules=clean(text))
    return ScriptedDesk({**scene(), (Pane.LADDER, FED): fed(market=named)})


def _styles(seat: Seat) -> list[tuple[str, object]]:
    strips = seat.app.screen._compositor.render_strips()
    return [(segment.text, segment.style) for strip in strips for segment in strip if segment.style]


@pytest.mark.parametrize(
    "text", [*BY_FAULT["FJ06"], "https://evil.example/x", "file:///etc/passwd"]
)
async def test_FJ06_FJ15_nothing_that_the_exchange_says_can_be_clicked(text: str) -> None:
    desk = _desk(text)
    async with seated(desk, size=(200, 60)) as seat:
        seat.app.trade.say(clean_title(text), NoticeLevel.ERROR)
        for key in ((), ("slash",)):
            await seat.press(*key)
            for _, style in _styles(seat):
                assert getattr(style, "link", None) is None
                assert "@click" not in (getattr(style, "meta", None) or {})


@pytest.mark.parametrize("text", BY_FAULT["FJ06"])
async def test_FJ06_brackets_are_shown_as_they_are(text: str) -> None:
    async with seated(_desk(text), size=(200, 60)) as seat:
        seat.app.trade.say(text, NoticeLevel.INFO)
        await seat.pilot.pause()
        assert text in seat.line("log")


@pytest.mark.parametrize("text", BY_FAULT["FJ11"])
async def test_FJ11_mode_environment_and_what_enter_does_are_not_the_exchanges_to_say(
    text: str,
) -> None:
    async with seated(_desk(text), size=(120, 40)) as seat:
        assert "FILLED" not in seat.line("hints")
        assert text not in seat.strip
        assert seat.line("status").startswith(" PRACTICE")


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (1, 1), (2, 50), (300, 2)])
async def test_FJ12_no_size_is_an_error(size: tuple[int, int]) -> None:
    async with seated(_desk("東京 [red]" * 9), size=size) as seat:
        await seat.press("B", "escape", "slash", "escape")
        assert seat.app.is_running


async def test_FJ12_a_storm_of_resizes_sends_nothing_and_breaks_nothing() -> None:
    async with seated(_desk("title"), size=(120, 40)) as seat:
        await seat.slowly("1", "0", "B")
        for width, height in ((80, 24), (1, 1), (200, 60), (40, 10), (79, 23), (120, 40)) * 3:
            await seat.pilot.resize_terminal(width, height)
        await seat.press("enter")
        assert seat.desk.placed == []


@pytest.mark.parametrize("size", SCREENS)
async def test_FJ12_FJ08_what_is_confirmed_names_side_count_and_price(
    size: tuple[int, int],
) -> None:
    async with seated(_desk("KXВTC imitates KXBTC"), size=size) as seat:
        await seat.slowly("1", "0", "B")
        assert "BUY 10 YES @37c" in seat.strip
        shown = "\n".join(strip.text for strip in seat.app.screen._compositor.render_strips())
        assert FED in shown


async def test_FJ13_what_is_stale_or_armed_is_said_in_words() -> None:
    from kalshi_tui.core.events import BookStatus

    view = fed(status=BookStatus.STALE, reason=clean_title("nothing came"))
    async with seated(ScriptedDesk({**scene(), (Pane.LADDER, FED): view})) as seat:
        assert "STALE" in seat.lines("ladder")
        assert "PRACTICE" in seat.line("status")
        assert "CONFIRM" in seat.line("status")


async def test_a_title_that_is_replaced_does_not_move_the_prices() -> None:
    plain, foreign = _desk("title"), _desk("東京" * 40)
    async with seated(plain) as seat:
        before = seat.lines("ladder")
    async with seated(foreign) as seat:
        assert seat.lines("ladder") == before
