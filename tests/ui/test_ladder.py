"""The cursor's rules: pinned to a price, never moved by the market; the view moves around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.units import Price
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui import themes
from kalshi_tui.ui.paint.glyphs import ASCII
from kalshi_tui.ui.widgets.ladder import HEADER, Ladder
from tests.support import sample


class Stand(App[None]):
    """A ladder alone, and the cursor messages it sent."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: list[int] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.defaults()

    def compose(self) -> ComposeResult:
        yield Ladder(glyphs=ASCII)

    def on_ladder_cursor_moved(self, event: Ladder.CursorMoved) -> None:
        self.moved.append(event.price)


@asynccontextmanager
async def ladder_at(
    view: LadderView | None, size: tuple[int, int] = (51, 22)
) -> AsyncIterator[tuple[Stand, Ladder, Pilot[None]]]:
    app = Stand()
    async with app.run_test(size=size) as pilot:
        ladder = app.query_one(Ladder)
        ladder.show(view, sample.MONO_NS)
        await pilot.pause()
        yield app, ladder, pilot


def lines(ladder: Ladder) -> list[str]:
    return [ladder.render_line(at).text for at in range(ladder.size.height)]


def row_of(ladder: Ladder, mark: str) -> int | None:
    found = [at for at, line in enumerate(lines(ladder)) if mark in line]
    return found[0] if found else None


def touch_at(bid: int, ask: int) -> LadderView:
    return sample.ladder(
        bids=sample.levels((bid, 1_000)), asks=sample.levels((ask, 1_000)), own_levels=()
    )


async def test_the_first_book_puts_the_cursor_on_the_best_bid_and_the_touch_in_the_middle() -> None:
    async with ladder_at(sample.ladder()) as (app, ladder, _):
        assert ladder.cursor_price == 3700
        assert app.moved == [3700]
        row = row_of(ladder, ">37   <")
        assert row is not None
        assert abs(row - HEADER - 10) <= 1


async def test_the_market_never_moves_the_cursor() -> None:
    async with ladder_at(sample.ladder()) as (app, ladder, pilot):
        for bid in (3600, 4200, 900, 9000):
            ladder.show(touch_at(bid, bid + 100), sample.MONO_NS)
            await pilot.pause()
            assert ladder.cursor_price == 3700
        assert app.moved == [3700]


async def test_the_view_follows_a_touch_at_its_edge_and_tells_where_the_cursor_went() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, pilot):
        ladder.show(touch_at(6000, 6100), sample.MONO_NS)
        await pilot.pause()
        assert not ladder.cursor_visible
        head = lines(ladder)[0]
        assert "cur 37 v" in head
        assert "center:moved" in head
        ladder.show(touch_at(6000, 6100), sample.MONO_NS + sample.SECOND)
        assert "center:edge" in lines(ladder)[0]


async def test_a_touch_that_moves_inside_the_view_moves_no_row() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, pilot):
        before = row_of(ladder, ">37   <")
        ladder.show(touch_at(3400, 3500), sample.MONO_NS)
        await pilot.pause()
        assert row_of(ladder, ">37   <") == before


async def test_hold_freezes_the_view_until_it_is_released() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, pilot):
        before = row_of(ladder, ">37   <")
        ladder.hold = True
        ladder.show(touch_at(6000, 6100), sample.MONO_NS)
        await pilot.pause()
        assert row_of(ladder, ">37   <") == before
        assert "center:lock" in lines(ladder)[0]
        ladder.hold = False
        ladder.show(touch_at(6000, 6100), sample.MONO_NS)
        assert not ladder.cursor_visible


async def test_a_user_who_scrolled_away_is_left_alone_until_space() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, pilot):
        ladder.page(2)
        assert "center:off" in lines(ladder)[0]
        ladder.show(touch_at(3800, 3900), sample.MONO_NS)
        await pilot.pause()
        assert row_of(ladder, "| 38 ") is None
        ladder.center()
        assert row_of(ladder, "| 38 ") is not None
        assert "center:edge" in lines(ladder)[0]
        assert ladder.cursor_price == 3700


async def test_moving_keeps_the_cursor_in_sight_and_stops_at_the_ends() -> None:
    async with ladder_at(sample.ladder()) as (_app, ladder, _):
        ladder.move(1)
        assert ladder.cursor_price == 3800
        ladder.move(-3)
        assert ladder.cursor_price == 3500
        ladder.move(30)
        assert ladder.cursor_price == 6500
        assert ladder.cursor_visible
        ladder.move(500)
        assert ladder.cursor_price == 9900
        ladder.move(-500)
        assert ladder.cursor_price == 100
        assert ladder.cursor_visible


async def test_steps_follow_the_tick_bands() -> None:
    async with ladder_at(sample.tapered()) as (_, ladder, _pilot):
        ladder.to_price(Price(990))
        ladder.move(1)
        assert ladder.cursor_price == 1000
        ladder.move(1)
        assert ladder.cursor_price == 1100


async def test_best_bid_and_ask_are_those_of_the_viewed_outcome() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, _pilot):
        assert ladder.to_best_ask()
        assert ladder.cursor_price == 3800
        assert ladder.to_best_bid()
        assert ladder.cursor_price == 3700
        ladder.flip_view()
        assert ladder.outcome is Outcome.NO
        assert ladder.to_best_bid()
        assert ladder.cursor_price == 3800
        assert ladder.to_best_ask()
        assert ladder.cursor_price == 3700


async def test_a_side_without_quotes_leaves_the_cursor_where_it_is() -> None:
    async with ladder_at(sample.ladder(asks=(), own_levels=())) as (_, ladder, _pilot):
        assert not ladder.to_best_ask()
        assert ladder.cursor_price == 3700


async def test_flipping_keeps_the_yes_price_and_its_row_and_up_is_up_the_screen() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, _pilot):
        ladder.to_price(Price(3600))
        ladder.flip_view()
        assert ladder.cursor_price == 3600
        assert row_of(ladder, ">64   <") is not None
        ladder.move(1)
        assert ladder.cursor_price == 3500


async def test_a_price_that_does_not_exist_is_refused() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, _pilot):
        assert not ladder.to_price(Price(3650))
        assert ladder.cursor_price == 3700
        assert ladder.to_price(Price(9000))
        assert ladder.cursor_visible


async def test_the_last_price_is_reached() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, _pilot):
        assert ladder.to_last()
        assert ladder.cursor_price == 3800


async def test_own_orders_are_walked_in_screen_order_and_round_the_end() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, _pilot):
        seen = []
        for _step in range(4):
            assert ladder.next_own()
            seen.append(ladder.cursor_price)
        assert seen == [3600, 3500, 4100, 3600]
        assert ladder.next_own(-1)
        assert ladder.cursor_price == 4100


async def test_without_own_orders_there_is_none_to_walk_to() -> None:
    async with ladder_at(touch_at(3700, 3800)) as (_, ladder, _pilot):
        assert not ladder.next_own()


async def test_an_own_order_out_of_sight_is_brought_into_sight() -> None:
    async with ladder_at(sample.ladder(), size=(51, 7)) as (_, ladder, _pilot):
        assert "own ^1 v1" in lines(ladder)[0]
        ladder.next_own(-1)
        assert ladder.cursor_price == 4100
        assert ladder.cursor_visible


async def test_before_the_first_book_it_says_syncing_and_has_no_cursor() -> None:
    empty = sample.ladder(bids=(), asks=(), status=BookStatus.SYNCING, own_levels=())
    async with ladder_at(empty) as (app, ladder, pilot):
        assert ladder.cursor_price is None
        assert any("SYNCING 3.2s" in line for line in lines(ladder))
        assert not ladder.to_price(Price(3700))
        ladder.move(1)
        assert app.moved == []
        ladder.show(sample.ladder(), sample.MONO_NS)
        await pilot.pause()
        assert app.moved == [3700]


async def test_a_live_but_empty_book_has_an_axis_and_a_cursor_at_the_last_price() -> None:
    async with ladder_at(sample.ladder(bids=(), asks=(), own_levels=())) as (_, ladder, _pilot):
        assert ladder.cursor_price == 3800
        assert row_of(ladder, ">38  ^<") is not None


async def test_a_stale_book_keeps_its_levels_marked_and_says_why() -> None:
    view = sample.ladder(status=BookStatus.STALE, reason="A message was lost.")
    async with ladder_at(view) as (_, ladder, _pilot):
        assert lines(ladder)[0].startswith(" STALE 3.2s  A message was lost.")
        assert any("?120" in line for line in lines(ladder))


@pytest.mark.parametrize("size", [(51, 8), (51, 60), (80, 22), (30, 15)])
async def test_a_resize_keeps_the_cursor_s_price_in_sight(size: tuple[int, int]) -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, pilot):
        ladder.move(-7)
        assert ladder.cursor_price == 3000
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert ladder.cursor_price == 3000
        assert ladder.cursor_visible or "cur 30" in lines(ladder)[0]
        assert {len(line) for line in lines(ladder)} == {size[0]}


async def test_another_market_starts_over() -> None:
    async with ladder_at(sample.ladder()) as (_app, ladder, pilot):
        ladder.move(5)
        ladder.show(replace(sample.tapered(), market=sample.market(ticker="OTHER")), 0)
        await pilot.pause()
        assert ladder.cursor_price == 900 or ladder.cursor_price == 960
        ladder.show(None, 0)
        await pilot.pause()
        assert ladder.cursor_price is None
        assert any("no market" in line for line in lines(ladder))


async def test_a_change_of_ticks_keeps_the_cursor_and_its_row() -> None:
    async with ladder_at(sample.ladder(), size=(51, 42)) as (_, ladder, pilot):
        row = row_of(ladder, ">37   <")
        finer = sample.ladder(grid=PUBLISHED_GRIDS["deci_cent"])
        ladder.show(finer, sample.MONO_NS)
        await pilot.pause()
        assert ladder.cursor_price == 3700
        assert row_of(ladder, ">37   <") == row
        ladder.move(1)
        assert ladder.cursor_price == 3710


async def test_a_click_moves_the_cursor_and_the_wheel_the_view() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, pilot):
        row = row_of(ladder, "| 40 ")
        assert row is not None
        await pilot.click(Ladder, offset=(20, row))
        assert ladder.cursor_price == 4000
        await pilot.click(Ladder, offset=(20, 0))
        assert ladder.cursor_price == 4000


async def test_one_changed_size_repaints_one_row() -> None:
    async with ladder_at(sample.ladder()) as (_, ladder, pilot):
        asks = sample.levels((3800, 9_600), *((p, s) for p, s in sample.ASKS[1:]))
        before = ladder.rows
        ladder.show(sample.ladder(asks=asks), sample.MONO_NS)
        await pilot.pause()
        changed = [at for at, row in enumerate(ladder.rows) if row != before[at]]
        assert len(changed) == 1
        assert "|    96   |" in lines(ladder)[changed[0]]
