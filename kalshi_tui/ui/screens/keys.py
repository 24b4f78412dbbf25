"""What each key of the trade screen does, one method per action of the table.

Owns the routing between focus, trader and ladder. The panes and their layout are the subclass's;
what an order is, is the trader's.
"""

from collections.abc import Callable
from datetime import tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from kalshi_tui.core.sides import yes_price
from kalshi_tui.core.ticket import TicketError
from kalshi_tui.core.units import price_text
from kalshi_tui.ui.actions import Scope, bindings
from kalshi_tui.ui.entry import VERBS, Touch
from kalshi_tui.ui.keymap import Keymap
from kalshi_tui.ui.paint.glyphs import Glyphs
from kalshi_tui.ui.paint.ticket import Field
from kalshi_tui.ui.store import Store
from kalshi_tui.ui.trader import Trader
from kalshi_tui.ui.widgets.board import BoardPane
from kalshi_tui.ui.widgets.ladder import Ladder
from kalshi_tui.ui.widgets.log import LogPane
from kalshi_tui.ui.widgets.orders import OrdersPane
from kalshi_tui.ui.widgets.pane import ListPane
from kalshi_tui.ui.widgets.positions import PositionsPane
from kalshi_tui.ui.widgets.ticket import Ticket

if TYPE_CHECKING:
    from kalshi_tui.session.desk import DeskPort

SMALLEST = (80, 24)
"""Columns and rows below which nothing is traded: the strip could not be read."""

_WITHOUT_SIGHT = frozenset({"cancel_market", "cancel_last", "arm_down", "help"})
"""Actions that work on a terminal that is too small."""


class TradeKeys(Screen[None]):
    """The actions of the trade screen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.TRADE)]

    desk: "DeskPort"
    store: Store
    trader: Trader
    glyphs: Glyphs
    zone: tzinfo | None
    keymap = Keymap()
    clock: Callable[[], int]
    """By which a prompt knows when it was shown."""

    @property
    def ladder(self) -> Ladder:
        return self.query_one(Ladder)

    @property
    def is_too_small(self) -> bool:
        """True while the terminal is smaller than the screen needs."""
        return self.size.width < SMALLEST[0] or self.size.height < SMALLEST[1]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Switch the keys off while the screen cannot be read."""
        if self.is_mounted and self.is_too_small and action not in _WITHOUT_SIGHT:
            return not hasattr(TradeKeys, f"action_{action}")
        return True

    # What the subclass brings.

    def switch_to(self, ticker: str) -> None:
        """Put another market on the ladder."""
        raise NotImplementedError

    def show_all(self) -> None:
        """Hand every pane its latest view."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Show what the trader has in hand."""
        raise NotImplementedError

    @property
    def is_commanding(self) -> bool:
        """True while the command line is open."""
        raise NotImplementedError

    def close_command(self) -> None:
        """Put the size line back and the focus on the ladder."""
        raise NotImplementedError

    def why_not(self, action_id: str) -> str:
        """Return why an action does nothing now, or empty."""
        raise NotImplementedError

    # Orders.

    def action_verb(self, key: str) -> None:
        ladder = self.ladder
        reads_cursor = VERBS[key].touch is Touch.CURSOR and not self.trader.entry.prefix.price
        if reads_cursor and ladder.cursor_price is not None and not ladder.cursor_visible:
            ladder.center_on_cursor()
            self.trader.tell("The cursor was out of view: here it is. Press again to order there.")
            return
        self.trader.verb(key, ladder.cursor_price)

    def action_enter(self) -> None:
        ticket = self.query_one(Ticket)
        if ticket.has_focus and (why := ticket.unfinished):
            self.trader.warn(why)
        elif self.trader.is_idle and isinstance(self.focused, ListPane):
            self.open_row(self.focused)
        else:
            self.trader.enter()

    def open_row(self, pane: ListPane) -> None:
        """Bring what the selected row of a pane is about onto the ladder."""
        if isinstance(pane, OrdersPane):
            for row in self.store.live_orders:
                if row.client_order_id == pane.selected:
                    self.switch_to(row.ticker)
                    self.ladder.to_price(row.price)
        elif isinstance(pane, PositionsPane | BoardPane) and pane.selected:
            self.switch_to(pane.selected)

    def action_escape(self) -> None:
        if self.is_commanding:
            self.close_command()
        elif not self.trader.escape():
            if isinstance(self.focused, ListPane):
                self.focused.unselect()
            self.close_ticket()
            self.set_focus(self.ladder)

    def action_ticket(self) -> None:
        view, cursor = self.store.ladder, self.ladder.cursor_price
        if view is None or cursor is None:
            self.trader.warn("There is no book yet: wait for the ladder to fill.")
            return
        try:
            self.trader.open_ticket(view, cursor)
        except TicketError as refusal:
            self.trader.warn(str(refusal))
            return
        if not self.ladder.cursor_visible:
            self.ladder.center_on_cursor()
        self.set_class(True, "-ticket")
        ticket = self.query_one(Ticket)
        ticket.begin(Field.SIZE)
        self.set_focus(ticket)

    def close_ticket(self) -> None:
        """Give the rail back to the panes; where there is room the ticket stays in sight."""
        self.set_class(False, "-ticket")

    def action_post_only(self) -> None:
        self.trader.post_only()

    def action_post_only_sticky(self) -> None:
        self.trader.post_only(sticky=True)

    # Cancels.

    def action_cancel_cursor(self) -> None:
        if isinstance(self.focused, OrdersPane) and self.focused.selected:
            self.trader.cancel_order(self.focused.selected)
        else:
            self.trader.cancel_at(self.ladder.cursor_price)

    def action_cancel_last(self) -> None:
        self.trader.cancel_last()

    def action_cancel_market(self) -> None:
        self.trader.cancel_market()

    def action_cancel_side(self, column: str) -> None:
        self.trader.cancel_market(column)

    # Size and presets.

    def action_type(self, key: str) -> None:
        self.trader.type(key)

    def action_erase(self) -> None:
        self.trader.erase()

    def action_preset(self, step: int) -> None:
        self.trader.preset(step)

    # Cursor and view.

    def action_cursor(self, ticks: int) -> None:
        if isinstance(self.focused, ListPane):
            self.focused.move(-ticks)
        else:
            self.ladder.move(ticks)
            self.trader.carry(self.ladder.cursor_price)

    def action_cursor_page(self, pages: int) -> None:
        if isinstance(self.focused, ListPane):
            self.focused.page(-pages)
        else:
            self.ladder.page(-pages)

    def action_cursor_touch(self, column: str) -> None:
        if column == "left":
            self.ladder.to_best_bid()
        else:
            self.ladder.to_best_ask()
        self.trader.carry(self.ladder.cursor_price)

    def action_go(self) -> None:
        price = self.trader.take_price()
        if price is None:
            if not self.ladder.to_last():
                self.trader.tell("Nothing has traded here yet.")
        elif not self.ladder.to_price(price):
            shown = price_text(yes_price(price, self.trader.outcome))
            self.trader.tell(f"{shown}c is not a row of this ladder.")

    def action_center(self) -> None:
        self.ladder.center()

    def action_own(self, step: int) -> None:
        if not self.ladder.next_own(step):
            self.trader.tell("You have no order in this market.")

    def action_flip(self) -> None:
        self.trader.flip()
        self.ladder.flip_view()
        self.show_all()

    async def action_pane(self, name: str) -> None:
        panes = {
            "ladder": ("ladder",),
            "orders": ("orders",),
            "positions": ("positions",),
            "tape": ("fills", "tape"),
            "board": ("board",),
        }[name]
        here = self.focused.id if self.focused else None
        target = panes[(panes.index(here) + 1) % len(panes)] if here in panes else panes[0]
        if target == "board" and not self.query_one("#board").display:
            await self.action_find()
            return
        if target in ("orders", "positions", "fills"):
            self.close_ticket()
        self.set_focus(self.query_one(f"#{target}"))

    def action_log(self) -> None:
        self.set_focus(self.query_one(LogPane))

    async def action_help(self) -> None:
        from kalshi_tui.ui.screens.help import HelpScreen

        await self.app.push_screen(HelpScreen(self.why_not, self.keymap))

    async def action_feed(self) -> None:
        from kalshi_tui.ui.screens.feed import FeedScreen

        await self.app.push_screen(FeedScreen(self.store, self.glyphs, self.zone))

    async def action_find(self) -> None:
        from kalshi_tui.ui.screens.finder import Finder

        await self.app.push_screen(Finder(self.store, self.glyphs), self._found)

    def _found(self, ticker: str | None) -> None:
        if ticker:
            self.switch_to(ticker)
