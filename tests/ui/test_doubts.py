"""Every doubt on the whole screen: seen, in words and in reverse video; no order gets past it."""

import pytest

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.views import LadderView, Pane
from kalshi_tui.ui.screens.feed import FeedGrid, FeedScreen
from kalshi_tui.ui.store import SILENT_BEATS
from kalshi_tui.ui.widgets.banner import Banner
from kalshi_tui.ui.widgets.ladder import Ladder
from kalshi_tui.ui.widgets.orders import OrdersPane
from tests.support.desk import FED, MONO, SECOND, ScriptedDesk, fed, scene, status
from tests.support.doubt import BOOKS, GAP, STATUSES, differences, feed
from tests.support.workstation import Seat, seated

SIZES = [(80, 24), (120, 40)]
DOUBTFUL = [state for state in BookStatus if state is not BookStatus.LIVE]
LADDER = (Pane.LADDER, FED)
STATUS = (Pane.STATUS, "")
FEED = (Pane.FEED, "")


def desk_of(view: LadderView) -> ScriptedDesk:
    return ScriptedDesk({**scene(), LADDER: view})


async def shown(seat: Seat, **changes: object) -> None:
    seat.desk.ladder(**changes)
    await seat.pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
async def test_a_doubt_stands_on_ladder_and_status_line_in_reverse_video(
    size: tuple[int, int], theme: str, ascii_only: bool
) -> None:
    async with seated(size=size, theme=theme, ascii_only=ascii_only) as seat:
        for state in DOUBTFUL:
            await shown(seat, status=state, reason=GAP)
            for name in ("ladder", "status"):
                segments = list(seat.app.trade.query_one(f"#{name}").render_line(0))
                (found,) = [each for each in segments if each.text == f" {state.value} 7.0s "]
                assert found.style is not None
                assert found.style.reverse
                assert "feed ok" not in "".join(each.text for each in segments)
            assert GAP[:10] in seat.line("ladder")


@pytest.mark.parametrize("state", DOUBTFUL)
async def test_every_size_carries_a_question_mark_while_not_LIVE(state: BookStatus) -> None:
    async with seated() as seat:
        await shown(seat, status=state)
        assert "?120" in seat.lines("ladder")
        assert "37 x ?120" in seat.line("market")
        body = seat.lines("ladder").split("\n")[2:]
        sizes = [cell.strip() for line in body for cell in (line.split("│")[1], line.split("│")[3])]
        assert all(cell.startswith("?") for cell in sizes if cell)
        assert "q~300" in seat.lines("orders")
        await shown(seat)
        assert "?" not in seat.lines("ladder")
        assert "q300" in seat.lines("orders")


async def test_the_age_runs_with_each_second() -> None:
    async with seated() as seat:
        await shown(seat, status=BookStatus.STALE, reason=GAP)
        for second in (8, 9, 75):
            seat.desk.show((STATUS, status(mono_ns=MONO + second * SECOND)))
            await seat.pilot.pause()
            age = "1m15s" if second == 75 else f"{second}.0s"
            assert f" STALE {age} " in seat.line("ladder")
            assert f" STALE {age} " in seat.line("status")


@pytest.mark.parametrize("state", DOUBTFUL)
async def test_UX18_no_order_gets_past_a_doubt_and_every_cancel_does(state: BookStatus) -> None:
    async with seated(desk_of(fed(status=state, reason="a frame is missing"))) as seat:
        for keys in (("1", "b"), ("1", "B"), ("1", "H"), ("1", "at", "3", "6", "s")):
            await seat.slowly(*keys)
            assert f"NO: The book is {state.value} (a frame is missing)" in seat.strip
            await seat.slowly("enter", "escape")
        assert seat.desk.placed == []
        await seat.slowly("x", "X", "less_than_sign", "greater_than_sign", "u", "f9")
        assert len([name for name in seat.desk.asked if name.startswith("cancel")]) >= 4
        assert "kill" in seat.desk.asked


async def test_a_repair_leaves_a_marker_beside_LIVE_and_goes_away() -> None:
    async with seated() as seat:
        seat.desk.show((LADDER, BOOKS["repaired"]))
        await seat.pilot.pause()
        assert seat.line("ladder").startswith("LIVE  repaired 14:39:58 in 4ms")
        seat.desk.show((STATUS, status(mono_ns=MONO + 15 * SECOND)))
        await seat.pilot.pause()
        assert "repaired" not in seat.line("ladder")


async def test_a_marker_of_a_repair_never_hides_the_next_doubt() -> None:
    async with seated() as seat:
        view = BOOKS["repaired"]
        seat.desk.show((LADDER, fed(status=BookStatus.STALE, reason=GAP,
                                    repaired_wall_ns=view.repaired_wall_ns)))  # fmt: skip
        await seat.pilot.pause()
        assert seat.line("ladder").startswith(" STALE")
        assert "repaired" not in seat.line("ladder")


async def test_FH13_orders_typed_while_the_session_is_blocked_are_never_sent() -> None:
    async with seated() as seat:
        for _ in range(SILENT_BEATS + 2):
            seat.timers.advance(1)
            await seat.storm(["1", "B", "enter", "L", "enter"])
            await seat.press("escape")
        assert " STALE " in seat.line("ladder")
        await seat.slowly("1", "0", "B", "enter", "enter")
        assert "The book is STALE" in seat.strip
        seat.desk.show((STATUS, status()))
        await seat.pilot.pause()
        seat.timers.advance(5)
        await seat.pilot.pause()
        assert seat.line("ladder").startswith("LIVE")
        assert seat.desk.placed == []


async def test_FH13_keys_that_queued_up_while_the_screen_was_blocked_send_nothing() -> None:
    async with seated() as seat:
        # All at once, as a terminal hands over what was typed into a program that stood still.
        await seat.storm(["1", "0", "B", "enter", "enter", "b", "enter", "2", "L", "enter", "s"])
        assert seat.desk.placed == []
        assert " 10 " not in seat.strip


async def test_a_session_that_stops_telling_the_time_makes_the_book_STALE() -> None:
    async with seated() as seat:
        for _ in range(SILENT_BEATS - 1):
            seat.timers.advance(1)
        await seat.pilot.pause()
        assert seat.line("ladder").startswith("LIVE")
        seat.timers.advance(1)
        await seat.pilot.pause()
        assert " STALE 3.0s " in seat.line("ladder")
        assert " STALE 3.0s " in seat.line("status")
        await seat.slowly("1", "0", "B")
        assert "NO: The book is STALE (The session does not answer" in seat.strip
        seat.desk.show((STATUS, status()))
        await seat.pilot.pause()
        assert seat.line("ladder").startswith("LIVE")


@pytest.mark.parametrize("name", [each for each in STATUSES if each != "silent"])
async def test_the_banner_comes_and_goes_without_moving_a_price(name: str) -> None:
    async with seated() as seat:
        before = seat.lines("ladder").split("\n")
        seat.desk.show((STATUS, STATUSES[name]))
        await seat.pilot.pause()
        banner = seat.app.trade.query_one(Banner)
        assert banner.display
        assert any(each.style and each.style.reverse for each in banner.render_line(0))
        after = seat.lines("ladder").split("\n")
        assert after[2:] == before[2:-1]
        seat.desk.show((STATUS, status()))
        await seat.pilot.pause()
        assert not banner.display
        assert seat.lines("ladder").split("\n")[2:] == before[2:]


async def test_a_read_only_market_says_so_on_its_ladder_and_in_the_banner() -> None:
    async with seated(desk_of(BOOKS["read-only"])) as seat:
        assert " READ-ONLY " in seat.line("ladder")
        assert seat.line("banner").startswith(" READ-ONLY  KXFEDDEC-26DEC-C25: Prices came")


async def test_feed_opens_follows_scrolls_and_leaves() -> None:
    async with seated() as seat:
        await seat.press("colon", *"feed", "enter")
        screen = seat.app.screen
        assert isinstance(screen, FeedScreen)
        grid = screen.query_one(FeedGrid)

        def top() -> str:
            return grid.render_line(0).text.rstrip()

        assert "nothing has been reported yet" in grid.render_line(1).text
        seat.desk.show((FEED, feed()), ((Pane.DIFFERENCES, ""), differences()))
        await seat.pilot.pause()
        assert "message age p50 4ms  p99 18ms" in grid.render_line(1).text
        first = top()
        await seat.press("down", "down")
        assert top() != first
        await seat.press("end")
        assert "not ours" in grid.render_line(grid.size.height - 1).text
        await seat.press("home")
        assert top() == first
        await seat.press("escape")
        assert len(seat.app.screen_stack) == 1
        assert seat.desk.asked == []


async def test_KILL_works_over_the_feed_panel() -> None:
    async with seated() as seat:
        await seat.press("colon", *"feed", "enter", "f9")
        assert seat.desk.asked == ["kill"]


async def test_b_and_s_bring_an_off_screen_cursor_back_before_they_arm() -> None:
    async with seated() as seat:
        ladder = seat.app.trade.query_one(Ladder)
        for key in ("b", "s"):
            await seat.press("home", "pagedown", "pagedown", "pagedown")
            ladder.page(9)
            await seat.pilot.pause()
            assert not ladder.cursor_visible
            await seat.press(key)
            assert ladder.cursor_visible
            assert not seat.app.trade.trader.entry.is_armed
            await seat.press(key)
            assert seat.app.trade.trader.entry.is_armed
            await seat.press("escape")


async def test_the_command_line_and_the_ticket_bring_it_back_too() -> None:
    async with seated() as seat:
        ladder = seat.app.trade.query_one(Ladder)
        ladder.page(9)
        await seat.pilot.pause()
        await seat.press("colon", *"10b", "enter")
        assert ladder.cursor_visible
        assert not seat.app.trade.trader.entry.is_armed
        ladder.page(9)
        await seat.pilot.pause()
        assert not ladder.cursor_visible
        await seat.press("t")
        assert ladder.cursor_visible


async def test_an_order_of_another_market_is_no_stale_order_here() -> None:
    async with seated() as seat:
        await shown(seat, status=BookStatus.STALE)
        pane = seat.app.trade.query_one(OrdersPane)
        pane.show(seat.desk.now[(Pane.ORDERS, "")], "KXELSE", doubtful=True)  # type: ignore[arg-type]
        assert "q~300" not in seat.lines("orders")
