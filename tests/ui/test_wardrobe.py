"""Themes and keys are read again while the program runs; everything else waits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from kalshi_tui.settings import Settings, read
from kalshi_tui.ui import themes
from kalshi_tui.ui.app import Workstation
from kalshi_tui.ui.wardrobe import Files
from kalshi_tui.ui.widgets.hints import HintLine
from kalshi_tui.ui.widgets.log import LogPane
from tests.support.desk import ScriptedDesk

DARK = (themes.shipped() / "dark.toml").read_text()


class Home:
    """A folder of settings and themes under a running workstation."""

    def __init__(self, root: Path) -> None:
        self.file = root / "settings.toml"
        self.themes = root / "themes"
        self.themes.mkdir(exist_ok=True)
        self.app: Workstation
        self.pilot: Pilot[int]

    def write(self, text: str) -> None:
        self.file.write_text(text)

    async def look(self) -> None:
        await self.app.wardrobe.look()
        await self.pilot.pause()

    @property
    def log(self) -> str:
        """Everything in the log, newest first."""
        pane = self.app.trade.query_one(LogPane)
        lines = [pane.render_line(at).text.strip() for at in range(pane.size.height)]
        return " ".join(lines)

    @property
    def hints(self) -> str:
        return self.app.trade.query_one(HintLine).render_line(0).text

    @property
    def ground(self) -> str:
        return self.app.theme_variables["background"]


@asynccontextmanager
async def at_home(root: Path, text: str = "", **over: str) -> AsyncIterator[Home]:
    home = Home(root)
    home.write(text)
    settings = read(home.file, {}).settings
    home.app = Workstation(
        ScriptedDesk(),
        settings=Settings(theme=over.get("theme", settings.theme), keys=settings.keys),
        files=Files(home.file, home.themes),
    )
    async with home.app.run_test(size=(120, 40)) as pilot:
        home.pilot = pilot
        await pilot.pause()
        yield home


async def test_a_theme_that_was_edited_is_seen_at_once(tmp_path: Path) -> None:
    async with at_home(tmp_path, 'theme = "mine"') as home:
        assert home.app.theme == "dark"
        assert "There is no theme 'mine'" in home.log
        (home.themes / "mine.toml").write_text(DARK)
        home.write('theme = "mine" ')
        await home.look()
        home.write('theme = "dark"')
        await home.look()
        home.write('theme = "mine"')
        await home.look()
        assert home.app.theme == "mine"
        (home.themes / "mine.toml").write_text(DARK.replace("#101418", "#000001"))
        await home.look()
        assert home.ground == "#000001"
        assert "Theme mine was read again." in home.log


async def test_a_theme_that_was_spoilt_is_told_and_stays_on(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text(DARK.replace("#101418", "#000001"))
    async with at_home(tmp_path, 'theme = "mine"') as home:
        assert home.ground == "#000001"
        (home.themes / "mine.toml").write_text("dark = ")
        await home.look()
        assert (home.app.theme, home.ground) == ("mine", "#000001")
        assert "not valid TOML" in home.log


async def test_keys_are_read_again_and_a_conflict_is_named(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.write('[keys]\n"order.buy" = "n"\n"cursor.go" = "x"')
        await home.look()
        assert home.hints.startswith("n s B S")
        assert "x is claimed by cancel.cursor and by cursor.go" in home.log
        home.write("")
        await home.look()
        assert home.hints.startswith("b s B S")


async def test_of_a_file_that_is_half_written_nothing_is_taken(tmp_path: Path) -> None:
    async with at_home(tmp_path, '[keys]\n"order.buy" = "n"') as home:
        home.write('[keys]\n"order.buy" = ')
        await home.look()
        assert home.hints.startswith("n s B S")
        assert "not valid TOML" in home.log
        home.write('theme = "light"\n[limits]\norder_count = "few"')
        await home.look()
        assert home.app.theme == "dark"
        assert "left as they are" in home.log


async def test_limits_and_the_rest_wait_for_the_next_start(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        home.write("fps = 7\n[limits]\norder_count = 5")
        await home.look()
        assert "Changed in the settings, for the next start: fps, limits." in home.log


async def test_the_theme_of_the_command_line_outlives_an_edit_of_something_else(
    tmp_path: Path,
) -> None:
    async with at_home(tmp_path, 'theme = "dark"', theme="light") as home:
        home.write('theme = "dark"\nfps = 7')
        await home.look()
        assert home.app.theme == "light"


async def test_nothing_is_read_while_nothing_changed(tmp_path: Path) -> None:
    async with at_home(tmp_path) as home:
        before = home.log
        await home.look()
        assert home.log == before


async def test_chosen_keys_outlive_the_way_to_another_exchange(tmp_path: Path) -> None:
    async with at_home(tmp_path, '[keys]\n"order.buy" = "n"') as home:
        await home.app.seat(ScriptedDesk())
        await home.pilot.pause()
        assert home.hints.startswith("n s B S")
        await home.pilot.press("n")
        assert home.app.trade.trader.entry.draft is not None
