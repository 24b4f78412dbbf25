"""The app: the wake, the first market, themes, the palette and what a crash shows."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from textual.app import App
from textual.command import CommandPalette

from kalshi_tui.core.environments import PROD, Mode
from kalshi_tui.core.views import LadderView, Pane
from kalshi_tui.session.mailbox import Delivery
from kalshi_tui.settings import Settings
from kalshi_tui.ui import themes
from kalshi_tui.ui.actions import ACTIONS, Scope
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.messages import Wake
from kalshi_tui.ui.wardrobe import Files
from tests.support.desk import (
    FED,
    HURRICANE,
    WALL,
    ScriptedDesk,
    fed,
    hurricane,
    levels,
    markets,
    scene,
    status,
)
from tests.support.workstation import seated

SECRET = "BEGIN PRIVATE KEY"


async def test_the_session_is_started_once_and_after_the_first_frame() -> None:
    async with seated() as seat:
        assert [name for name, _ in seat.desk.calls] == ["start"]


async def test_the_book_that_the_session_already_watches_is_adopted() -> None:
    async with seated() as seat:
        assert seat.app.store.ticker == FED
        assert ("watch", FED) not in seat.desk.calls


async def test_without_a_book_the_first_listed_market_is_watched() -> None:
    async with seated(ScriptedDesk({(Pane.MARKETS, ""): markets()})) as seat:
        assert ("watch", FED) in seat.desk.calls


async def test_the_market_of_the_command_line_is_left_to_the_session_to_watch() -> None:
    async with seated(market=HURRICANE) as seat:
        assert seat.app.store.ticker == HURRICANE
        assert [name for name, _ in seat.desk.calls] == ["start"]


async def test_a_market_of_the_command_line_that_is_not_listed_gives_way() -> None:
    async with seated(market="KXNEVER") as seat:
        assert seat.app.store.ticker == FED


async def test_a_wake_from_another_thread_puts_the_new_book_on_the_ladder() -> None:
    async with seated() as seat:
        changed = ((Pane.LADDER, FED), fed(bids=levels("36x77"), revision=8))
        thread = Thread(target=seat.desk.show, args=(changed,))
        thread.start()
        thread.join()
        await seat.pilot.pause()
        assert "36 x 77" in seat.line("market")


async def test_many_wakes_are_one_delivery() -> None:
    class Counting(ScriptedDesk):
        taken = 0

        def take(self) -> Delivery:
            self.taken += 1
            return super().take()

    desk = Counting()
    async with seated(desk) as seat:
        before = desk.taken
        for _ in range(200):
            seat.app.post_message(Wake())
        await seat.pilot.pause()
        assert desk.taken - before <= 2


async def test_only_the_panes_concerned_are_told() -> None:
    views = {**scene(), (Pane.LADDER, HURRICANE): hurricane()}
    async with seated(ScriptedDesk(views), market=FED) as seat:
        shown = seat.app.trade.ladder.view
        other: LadderView = hurricane(revision=9)
        seat.desk.show(((Pane.LADDER, HURRICANE), other))
        await seat.pilot.pause()
        assert seat.app.trade.ladder.view is shown


async def test_notices_go_to_the_log_newest_first() -> None:
    async with seated() as seat:
        seat.desk.say("resting B 10 @36")
        seat.desk.say("filled B 10 @36")
        await seat.pilot.pause()
        assert "filled B 10 @36" in seat.log


async def test_notices_that_did_not_fit_are_counted() -> None:
    class Dropping(ScriptedDesk):
        def take(self) -> Delivery:
            return Delivery({}, (), 3)

    async with seated(Dropping()) as seat:
        assert "3 earlier notices did not fit" in seat.log


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_both_themes_are_found(theme: str) -> None:
    async with seated(theme=theme) as seat:
        assert seat.app.theme == theme
        await seat.press("ctrl+t")
        assert seat.app.theme != theme


async def test_an_unknown_theme_gets_one_sentence_and_the_default() -> None:
    async with seated(theme="mauve") as seat:
        assert seat.app.theme == "dark"
        assert "There is no theme 'mauve'" in seat.lines("log") or "mauve" in seat.log


async def test_the_palette_offers_every_listed_action() -> None:
    async with seated() as seat:
        await seat.press("ctrl+p")
        assert isinstance(seat.app.screen, CommandPalette)
        offered = {command.title for command in seat.app.get_system_commands(seat.app.screen)}
        listed = [action for action in ACTIONS if action.is_listed]
        assert len(offered) == len(listed)
        assert all("[" not in title for title in offered)


async def test_an_action_of_the_palette_runs_on_the_trade_screen() -> None:
    async with seated() as seat:
        commands = seat.app.get_system_commands(seat.app.screen)
        (cancel,) = [each for each in commands if each.title.startswith("Cancel all here")]
        cancel.callback()
        await seat.pilot.pause()
        assert seat.desk.calls[-1] == ("cancel_market", (FED, None))


async def test_ctrl_c_does_not_quit_and_says_what_does() -> None:
    async with seated() as seat:
        await seat.press("ctrl+c")
        assert seat.app.return_value is None
        assert "ctrl+q quits" in seat.log


async def test_under_80x24_there_is_one_line() -> None:
    async with seated(size=(79, 24)) as seat:
        shown = [child for child in seat.app.trade.children if child.display and child.region]
        assert [child.id for child in shown if child.region.height] == ["needed"]
    async with seated(size=(80, 24)) as seat:
        assert not seat.app.trade.query_one("#needed").display


async def test_ascii_only_leaves_nothing_but_ascii_on_the_screen() -> None:
    async with seated(ascii_only=True, size=(120, 40)) as seat:
        await seat.slowly("1", "0", "B")
        for key in ((), ("slash",), ("escape", "question_mark")):
            await seat.press(*key)
            strips = seat.app.screen._compositor.render_strips()
            text = "".join(segment.text for strip in strips for segment in strip)
            assert {character for character in text if not character.isascii()} == set()


async def test_a_read_only_session_says_why_in_the_strip_and_refuses_to_arm() -> None:
    reason = "Another workstation holds the ledger."
    views = {**scene(), (Pane.STATUS, ""): status(read_only=reason)}
    async with seated(ScriptedDesk(views)) as seat:
        await seat.slowly("B", "enter")
        assert reason in seat.strip
        assert seat.desk.placed == []
        await seat.press("A")
        assert seat.desk.asked == []


async def test_production_says_so_on_the_status_line() -> None:
    async with seated(ScriptedDesk(environment=PROD)) as seat:
        assert "PROD" in seat.line("status")


def test_every_app_binding_keeps_its_id() -> None:
    ids = {action.id for action in ACTIONS if action.scope is Scope.APP}
    assert {binding.id for binding in Workstation.BINDINGS if not isinstance(binding, tuple)} == ids


def _ended_by(error: Exception, crashed: Callable[[BaseException], str] | None) -> str:
    """Return what is left on the terminal after an app has met `error`."""
    desk = ScriptedDesk({})
    app = Workstation(desk, crashed=crashed)
    with app.console.capture() as captured:
        try:
            _fail(error, f"{SECRET} {WALL}")
        except Exception as caught:
            app._handle_exception(caught)
        for renderable in app._exit_renderables:
            app.console.print(renderable)
    assert desk.calls[-1] == ("arm", Mode.VIEW)
    return captured.get()


def _fail(error: Exception, secret: str) -> None:
    length = len(secret)
    assert length
    raise error


class _DrawnError(ValueError):
    """An error that can draw itself, which Textual lets it do."""

    def __rich__(self) -> str:
        return SECRET


@pytest.mark.parametrize("error", [ValueError(SECRET), _DrawnError(SECRET), KeyError(SECRET)])
def test_FH12_FI15_a_crash_leaves_one_sentence_and_no_values(error: Exception) -> None:
    shown = _ended_by(error, None)
    assert "internal error" in shown
    assert len(shown.strip().splitlines()) == 1
    assert SECRET not in shown


def test_FH12_a_crash_names_the_report_that_was_kept() -> None:
    seen: list[BaseException] = []

    def crashed(error: BaseException) -> str:
        seen.append(error)
        return "Ended. Report: /somewhere"

    error = ValueError("what went wrong")
    assert "Report: /somewhere" in _ended_by(error, crashed)
    assert seen == [error]


def test_textual_still_reports_a_crash_through_the_method_that_is_overridden() -> None:
    assert callable(App._fatal_error)
    assert {"_fatal_error", "panic"} <= set(App._handle_exception.__code__.co_names)
    assert "_exit_renderables" in App._print_error_renderables.__code__.co_names
    assert callable(App._close_messages_no_wait)


async def test_the_users_presets_and_themes_are_offered(tmp_path: Path) -> None:
    shipped = (themes.shipped() / "dark.toml").read_text()
    (tmp_path / "mine.toml").write_text(shipped)
    settings = Settings(theme="mine", presets=("0.5", "7"), size="7")
    app = Workstation(ScriptedDesk(scene()), settings=settings, files=Files(themes=tmp_path))
    async with app.run_test(size=(120, 40)):
        assert app.theme == "mine"
        assert app.trade.trader.entry.presets == (50, 700)
        assert app.trade.trader.entry.size == 700


async def test_a_wake_on_the_way_out_finds_nobody_home() -> None:
    desk = ScriptedDesk(scene())
    app = Workstation(desk)
    async with app.run_test(size=(120, 40)):
        pass
    app.on_wake(Wake())
    assert not app.is_running
