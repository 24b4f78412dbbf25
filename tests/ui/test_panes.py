"""The rail's panes and the lines: selection pinned to identity, titles, newest first."""

from datetime import UTC

from textual.app import App, ComposeResult
from textual.widget import Widget

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.environments import DEMO
from kalshi_tui.core.sides import Outcome
from kalshi_tui.core.views import OrdersView
from kalshi_tui.ui import themes
from kalshi_tui.ui.paint.glyphs import ASCII
from kalshi_tui.ui.widgets.fills import FillsPane
from kalshi_tui.ui.widgets.log import LogPane
from kalshi_tui.ui.widgets.market_line import MarketLine
from kalshi_tui.ui.widgets.orders import OrdersPane
from kalshi_tui.ui.widgets.pane import ListPane
from kalshi_tui.ui.widgets.positions import PositionsPane
from kalshi_tui.ui.widgets.status import StatusLine
from kalshi_tui.ui.widgets.tape import TapePane
from tests.support import sample


class Stand(App[None]):
    """One widget, and the selections it told."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.told: list[str] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.defaults()

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_list_pane_selected(self, event: ListPane.Selected) -> None:
        self.told.append(event.identity)


def lines(widget: Widget) -> list[str]:
    return [widget.render_line(at).text.rstrip() for at in range(widget.size.height)]


async def test_the_selection_follows_its_order_and_ends_with_it() -> None:
    pane = OrdersPane(glyphs=ASCII)
    app = Stand(pane)
    async with app.run_test(size=(28, 8)) as pilot:
        pane.show(sample.orders(), sample.TICKER)
        pane.move(1)
        pane.move(1)
        assert pane.selected == "c2"
        assert lines(pane)[2].startswith(">B     25 @35")
        view = sample.orders()
        pane.show(OrdersView((sample.order(9), *view.live), view.done), sample.TICKER)
        assert pane.selected == "c2"
        assert lines(pane)[3].startswith(">B     25 @35")
        pane.show(OrdersView((sample.order(9),), ()), sample.TICKER)
        assert pane.selected == ""
        await pilot.pause()
        assert app.told == ["c1", "c2", ""]


async def test_a_selection_beyond_the_pane_scrolls_it() -> None:
    pane = OrdersPane(glyphs=ASCII)
    async with Stand(pane).run_test(size=(28, 4)):
        pane.show(sample.orders(), sample.TICKER)
        for _ in range(5):
            pane.move(1)
        assert pane.selected == "c5"
        assert lines(pane)[3].startswith(">B     50")
        pane.page(-1)
        assert pane.selected == "c2"
        pane.unselect()
        assert lines(pane)[1].startswith(" B     10 @36")


async def test_a_click_selects_a_row_and_not_the_title() -> None:
    pane = OrdersPane(glyphs=ASCII)
    async with Stand(pane).run_test(size=(28, 8)) as pilot:
        pane.show(sample.orders(), sample.TICKER)
        await pilot.click(OrdersPane, offset=(4, 3))
        assert pane.selected == "c3"
        await pilot.click(OrdersPane, offset=(4, 0))
        assert pane.selected == "c3"


async def test_a_pane_without_a_view_says_that_nothing_is_known_yet() -> None:
    pane = OrdersPane(glyphs=ASCII)
    async with Stand(pane).run_test(size=(28, 4)):
        pane.move(1)
        assert lines(pane) == ["ORDERS --", "", "", ""]


async def test_fills_tape_and_positions_show_their_rows() -> None:
    fills, tape, positions = (
        FillsPane(glyphs=ASCII, zone=UTC),
        TapePane(glyphs=ASCII, zone=UTC),
        PositionsPane(glyphs=ASCII),
    )
    async with Stand(fills).run_test(size=(28, 4)):
        fills.show(sample.fills(), sample.TICKER)
        assert lines(fills)[1] == " 14:31:05 B     40 @34.2 M"
    async with Stand(tape).run_test(size=(28, 4)):
        tape.show(sample.tape(), Outcome.NO)
        assert lines(tape)[1] == " 14:32:05 ^63      5.50"
    async with Stand(positions).run_test(size=(28, 7)):
        positions.show(sample.positions(), sample.ladder())
        assert lines(positions)[:2] == ["POSITIONS 3", " 40 YES  avg 34.20"]
        positions.move(1)
        positions.move(1)
        assert positions.selected == "KXHURNYC-26-CAT1"


async def test_the_log_shows_the_newest_first_and_wraps_where_it_is_high() -> None:
    log = LogPane(glyphs=ASCII, zone=UTC)
    async with Stand(log).run_test(size=(24, 8)):
        log.add(
            [
                Notify(NoticeLevel.INFO, "Connected.", sample.WALL_NS),
                Notify(NoticeLevel.WARNING, "The book was read anew.", sample.WALL_NS),
            ]
        )
        assert lines(log) == [" 14:32:05 ! The book wa~"]
        log.styles.height = 3
    log = LogPane(glyphs=ASCII, zone=UTC)
    log.styles.height = 3
    async with Stand(log).run_test(size=(24, 8)):
        log.add([Notify(NoticeLevel.WARNING, "The book was read anew.", sample.WALL_NS)])
        assert lines(log)[1].strip() == "read anew."


async def test_status_and_market_lines_follow_the_width() -> None:
    status = StatusLine(DEMO, glyphs=ASCII, zone=UTC)
    async with Stand(status).run_test(size=(80, 3)) as pilot:
        status.show(sample.status(), sample.ladder())
        assert lines(status)[0].endswith("14:32:05")
        await pilot.resize_terminal(120, 3)
        await pilot.pause()
        assert "Fed cuts" in lines(status)[0]
    market = MarketLine(glyphs=ASCII)
    async with Stand(market).run_test(size=(80, 3)):
        market.show(sample.ladder(), sample.WALL_NS, Outcome.NO)
        assert lines(market)[0].startswith(" NO 62 x 95 / 63 x 120")
