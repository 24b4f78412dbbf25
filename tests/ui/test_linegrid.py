"""The row diff: what changed is repainted, nothing else."""

import random

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from kalshi_tui.ui import themes
from kalshi_tui.ui.paint.line import Line
from kalshi_tui.ui.widgets.linegrid import LineGrid


class Numbers(LineGrid[tuple[int, int]]):
    """Rows of two numbers; counts what it paints and which regions it refreshes."""

    def __init__(self) -> None:
        self.painted: list[tuple[int, int]] = []
        self.regions: list[Region] = []
        super().__init__()

    def paint(self, row: tuple[int, int], width: int) -> Line:
        self.painted.append(row)
        return ((f"{row[0]:>4}", "bid"), (f"{row[1]:>4}".ljust(width - 4), "ask"))

    def refresh(self, *regions: Region, **options: bool) -> "Numbers":
        self.regions += regions
        super().refresh(*regions, **options)
        return self

    def text(self) -> list[str]:
        return [self.render_line(at).text.rstrip() for at in range(self.size.height)]


class Sheet(App[None]):
    CSS = ".-framed { border: round red; padding-left: 1; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in themes.load([themes.shipped()])[0]:
            self.register_theme(theme)
        self.theme = "dark"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.defaults()

    def compose(self) -> ComposeResult:
        yield Numbers()


def rows(count: int) -> tuple[tuple[int, int], ...]:
    return tuple((at, at * 3) for at in range(count))


async def test_one_changed_row_refreshes_one_line_and_paints_once() -> None:
    app = Sheet()
    async with app.run_test(size=(40, 10)) as pilot:
        grid = app.query_one(Numbers)
        assert grid.apply(rows(8)) == 8
        await pilot.pause()
        grid.painted.clear()
        grid.regions.clear()
        changed = [*rows(8)]
        changed[3] = (3, 999)
        assert grid.apply(changed) == 1
        await pilot.pause()
        assert grid.regions == [Region(0, 3, 40, 1)]
        assert grid.painted == [(3, 999)]
        assert grid.text()[3] == "   3 999"


async def test_equal_rows_refresh_nothing() -> None:
    app = Sheet()
    async with app.run_test(size=(40, 10)) as pilot:
        grid = app.query_one(Numbers)
        grid.apply(rows(8))
        await pilot.pause()
        grid.regions.clear()
        assert grid.apply(rows(8)) == 0
        await pilot.pause()
        assert grid.regions == []


async def test_fewer_rows_blank_the_lines_that_are_left() -> None:
    app = Sheet()
    async with app.run_test(size=(40, 10)) as pilot:
        grid = app.query_one(Numbers)
        grid.apply(rows(8))
        await pilot.pause()
        assert grid.apply(rows(2)) == 6
        await pilot.pause()
        assert grid.text()[1:3] == ["   1   3", ""]


async def test_a_row_seen_before_is_not_painted_again() -> None:
    app = Sheet()
    async with app.run_test(size=(40, 10)) as pilot:
        grid = app.query_one(Numbers)
        grid.apply(rows(3))
        await pilot.pause()
        grid.apply(tuple(reversed(rows(3))))
        await pilot.pause()
        assert sorted(grid.painted) == sorted(rows(3))


async def test_another_theme_repaints_in_its_own_colours() -> None:
    app = Sheet()
    async with app.run_test(size=(40, 10)) as pilot:
        grid = app.query_one(Numbers)
        grid.apply(rows(3))
        await pilot.pause()
        before = [segment.style for segment in grid.render_line(0)]
        app.theme = "light"
        await pilot.pause()
        after = [segment.style for segment in grid.render_line(0)]
        assert before != after


async def test_parts_combine_with_the_later_one_on_top() -> None:
    app = Sheet()
    async with app.run_test(size=(40, 10)):
        grid = app.query_one(Numbers)
        both = grid.style_of("bid+best+row")
        assert both.bold
        assert both.color == grid.style_of("bid").color
        assert both.bgcolor == grid.style_of("row").bgcolor
        assert grid.style_of("cursor").reverse


async def test_a_new_width_repaints_every_row_at_that_width() -> None:
    app = Sheet()
    async with app.run_test(size=(40, 10)) as pilot:
        grid = app.query_one(Numbers)
        grid.apply(rows(3))
        await pilot.resize_terminal(60, 10)
        await pilot.pause()
        assert grid.render_line(0).cell_length == 60


def looks(strips: list[Strip]) -> list[list[tuple[str, str]]]:
    """Return each cell of each line with its style."""
    return [
        [(each, str(segment.style)) for segment in strip for each in segment.text]
        for strip in strips
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_what_stands_on_the_screen_is_what_textual_would_have_painted(seed: int) -> None:
    chance = random.Random(seed)
    app = Sheet()
    async with app.run_test(size=(40, 10)) as pilot:
        grid = app.query_one(Numbers)
        for _ in range(25):
            match chance.randrange(6):
                case 0:
                    await pilot.resize_terminal(chance.randrange(10, 60), chance.randrange(3, 14))
                case 1:
                    app.theme = chance.choice(["dark", "light", "ansi-dark", "mono"])
                case 2:
                    grid.toggle_class("-framed")
                case _:
                    lines = chance.randrange(12)
                    grid.apply([(at, chance.randrange(3)) for at in range(lines)])
            await pilot.pause()
            width, height = grid.outer_size
            for crop in (Region(0, 0, width, height), Region(2, 1, width - 4, height - 1)):
                expected = Widget.render_lines(grid, crop)
                assert looks(grid.render_lines(crop)) == looks(expected)


async def test_a_frame_without_a_change_paints_no_line() -> None:
    app = Sheet()
    async with app.run_test(size=(40, 10)) as pilot:
        grid = app.query_one(Numbers)
        grid.apply(rows(8))
        await pilot.pause()
        grid.painted.clear()
        first = grid.render_lines(Region(0, 0, 40, 10))
        again = grid.render_lines(Region(0, 0, 40, 10))
        assert grid.painted == []
        assert all(one is other for one, other in zip(first, again, strict=True))
