"""The trade screen: ladder, rail, size line, strip and log.

Owns the layout and which pane is told about which view; a view that arrives goes to the panes it
concerns and to nothing else. What the keys do is in `screens.keys` and `screens.spoken`.
"""

from collections.abc import Callable
from datetime import tzinfo
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.timer import Timer
from textual.widgets import Static

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.views import Pane, ViewKey
from kalshi_tui.ui.actions import ACTIONS, Risk
from kalshi_tui.ui.entry import Entry
from kalshi_tui.ui.keymap import Keymap
from kalshi_tui.ui.messages import toolkit_ns
from kalshi_tui.ui.paint.glyphs import UNICODE, Glyphs
from kalshi_tui.ui.paint.ladder import is_doubtful
from kalshi_tui.ui.screens.keys import SMALLEST
from kalshi_tui.ui.screens.spoken import SpokenKeys
from kalshi_tui.ui.store import Store
from kalshi_tui.ui.trader import Later, Trader
from kalshi_tui.ui.widgets.banner import Banner
from kalshi_tui.ui.widgets.board import BoardPane
from kalshi_tui.ui.widgets.fills import FillsPane
from kalshi_tui.ui.widgets.ground import Column, Ground, Row
from kalshi_tui.ui.widgets.hints import HintLine, HintRow, Moment
from kalshi_tui.ui.widgets.ladder import Ladder
from kalshi_tui.ui.widgets.log import LogPane
from kalshi_tui.ui.widgets.market_line import MarketLine
from kalshi_tui.ui.widgets.orders import OrdersPane
from kalshi_tui.ui.widgets.positions import PositionsPane
from kalshi_tui.ui.widgets.prefix import SizeLine
from kalshi_tui.ui.widgets.status import StatusLine
from kalshi_tui.ui.widgets.strip import Strip
from kalshi_tui.ui.widgets.tape import TapePane
from kalshi_tui.ui.widgets.ticket import Ticket

if TYPE_CHECKING:
    from kalshi_tui.session.desk import DeskPort

_WIDTHS = [(0, "-tiny"), (SMALLEST[0], "-s"), (112, "-m"), (180, "-l")]
_HEIGHTS = [(0, "-short"), (SMALLEST[1], "-low"), (36, "-tall")]
BEAT_S = 1.0
_RISK = {action.id: action.risk for action in ACTIONS}


class TradeScreen(SpokenKeys):
    """One market on the ladder, everything of ours beside it."""

    # Textual declares these as instance variables, so they cannot be marked ClassVar.
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS
    BLANK = True
    AUTO_FOCUS = "#ladder"

    def __init__(
        self,
        desk: "DeskPort",
        store: Store,
        *,
        entry: Entry,
        glyphs: Glyphs = UNICODE,
        zone: tzinfo | None = None,
        later: Later | None = None,
        clock: Callable[[], int] = toolkit_ns,
    ) -> None:
        super().__init__()
        self.clock = clock
        self.desk = desk
        self.store = store
        self.glyphs = glyphs
        self.zone = zone
        self._call_later = later or self._later
        self.trader = self._make_trader(entry)
        self._seen_size = (0, 0)
        self._is_moving = False
        """True between two desks: there are no panes to tell anything."""

    def _make_trader(self, entry: Entry) -> Trader:
        return Trader(
            self.desk,
            self.store,
            entry,
            later=self._call_later,
            say=self.say,
            redraw=self.redraw,
            ask_word=self.ask_word,
        )

    def leave(self) -> None:
        """Show nothing more of a desk that is being closed: that it ends is no alarm."""
        self._is_moving = True

    async def reseat(self, desk: "DeskPort", store: Store, entry: Entry) -> None:
        """Sit down at another desk: what was shown or in hand of the old one is gone."""
        self.desk, self.store = desk, store
        self.trader = self._make_trader(entry)
        self.leave()
        await self.recompose()
        self._is_moving = False
        self.set_focus(self.ladder)
        self.show_all()

    def use_keymap(self, keymap: Keymap) -> None:
        """Write the keys of another keymap in hints and help."""
        self.keymap = keymap
        for hints in self.query(HintLine):
            hints.use(keymap)

    def _later(self, delay: float, call: Callable[[], None]) -> Callable[[], None]:
        timer: Timer = self.set_timer(delay, call)
        return timer.stop

    def compose(self) -> ComposeResult:
        self._fit(self.app.size)
        glyphs, zone = self.glyphs, self.zone
        yield StatusLine(self.desk.environment, glyphs=glyphs, zone=zone, id="status")
        yield MarketLine(glyphs=glyphs, id="market")
        with Row(id="desk"):
            yield BoardPane(glyphs=glyphs, zone=zone, hint="F7", id="board")
            yield Ladder(glyphs=glyphs, zone=zone, id="ladder")
            with Ground(id="rail"):
                with Column(id="near"):
                    yield Ticket(self.trader, glyphs=glyphs, id="ticket")
                    yield PositionsPane(glyphs=glyphs, zone=zone, hint="F5", id="positions")
                    yield OrdersPane(glyphs=glyphs, zone=zone, hint="F4", id="orders")
                    yield FillsPane(glyphs=glyphs, zone=zone, hint="F6", id="fills")
                with Column(id="far"):
                    yield TapePane(glyphs=glyphs, zone=zone, hint="F6", id="tape")
        yield Banner(glyphs=glyphs, id="banner")
        yield SizeLine(glyphs=glyphs, id="size")
        yield Strip(glyphs=glyphs, id="strip")
        yield LogPane(glyphs=glyphs, zone=zone, id="log")
        hints = HintLine(glyphs=glyphs, id="hints")
        hints.keymap = self.keymap
        yield hints
        needed = f"{SMALLEST[0]}x{SMALLEST[1]} needed. F9 KILL works here."
        yield Static(needed, id="needed", markup=False)

    def _fit(self, size: Size) -> None:
        """Set the breakpoint classes before there is anything to restyle: a faster first frame."""
        for extent, steps in ((size.width, _WIDTHS), (size.height, _HEIGHTS)):
            here = max((step for step in steps if step[0] <= extent), default=steps[0])
            for step in steps:
                self.set_class(step == here, step[1])

    def on_mount(self) -> None:
        self.show_all()
        self._call_later(BEAT_S, self._beat)

    def _beat(self) -> None:
        """Watch the session itself: a screen whose source has stopped must not look LIVE."""
        if self.store.beat() and not self._is_moving:
            self._take_book()
        self._call_later(BEAT_S, self._beat)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the draft but disarm it: what Enter would send may have scrolled away."""
        size = (event.size.width, event.size.height)
        if self._seen_size not in ((0, 0), size):
            self.trader.disarm("The terminal was resized")
        self._seen_size = size

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let no key do anything between two desks."""
        return not self._is_moving

    # Views.

    def switch_to(self, ticker: str) -> None:
        """Put another market on the ladder; what was in hand belonged to the old one."""
        if ticker == self.store.ticker:
            return
        self.store.ticker = ticker
        self.trader.forget()
        self.desk.watch(ticker)
        self.show_all()

    def show_all(self) -> None:
        """Hand every pane its latest view."""
        ticker = self.store.ticker
        keys = {(pane, ticker if pane in (Pane.LADDER, Pane.TAPE) else "") for pane in Pane}
        self.take(frozenset(keys))

    def take(self, changed: frozenset[ViewKey]) -> None:
        """Hand the views that changed to the panes they concern."""
        if self._is_moving:
            return
        store, ticker = self.store, self.store.ticker
        book = (Pane.LADDER, ticker) in changed
        clock = (Pane.STATUS, "") in changed
        if book or clock:
            self._take_book()
        if book or clock or (Pane.ORDERS, "") in changed:
            doubtful = store.ladder is not None and is_doubtful(store.ladder)
            self.query_one(OrdersPane).show(
                store.orders, ticker, doubtful=doubtful, wall_ns=store.wall_ns
            )
            self.trader.follow()
        if book or (Pane.POSITIONS, "") in changed:
            self.query_one(PositionsPane).show(store.positions, store.ladder)
        if (Pane.FILLS, "") in changed:
            self.query_one(FillsPane).show(store.fills, store.ticker)
        if (Pane.MARKETS, "") in changed:
            self.query_one(BoardPane).show(store.markets, ticker)
        if (Pane.TAPE, ticker) in changed:
            self.query_one(TapePane).show(store.tape, self.trader.outcome)

    def _take_book(self) -> None:
        store = self.store
        self.query_one(StatusLine).show(store.status, store.ladder)
        self.query_one(Banner).show(store.status, store.ladder)
        self.query_one(MarketLine).show(store.ladder, store.wall_ns, self.trader.outcome)
        self.ladder.show(store.ladder, store.mono_ns)
        self.trader.look()
        self.redraw()

    def on_ladder_cursor_moved(self) -> None:
        self.redraw()

    def redraw(self) -> None:
        """Show what the trader has in hand."""
        if not self.is_mounted or self._is_moving:
            return
        trader = self.trader
        ladder = self.ladder
        ladder.hold = trader.is_holding
        self.query_one(SizeLine).show(trader.size_row(ladder.cursor_price))
        self.query_one(Strip).show(trader.strip_row())
        self.query_one(Ticket).show()
        mode = self.store.status.mode.value if self.store.status else ""
        self.query_one(HintLine).show(HintRow(self._moment(), mode))

    def _moment(self) -> Moment:
        if self.is_commanding:
            return Moment.COMMAND
        if self.trader.hand is not None:
            return Moment.HAND if self.trader.hand.carries else Moment.EXIT
        if self.trader.entry.is_armed:
            return Moment.ARMED
        return Moment.TICKET if self.query_one(Ticket).has_focus else Moment.IDLE

    # Words.

    def say(self, text: str, level: NoticeLevel) -> None:
        """Put one line of our own into the log."""
        self.log_notices((Notify(level, text, self.store.wall_ns),))

    def log_notices(self, notices: tuple[Notify, ...]) -> None:
        """Put what the session reports into the log."""
        if self._is_moving:
            return
        self.query_one(LogPane).add(notices)

    def why_not(self, action_id: str) -> str:
        """Return why an action does nothing now, or empty."""
        if action_id == "order.send" and self.trader.is_idle:
            return "Nothing is armed."
        if _RISK.get(action_id) in (Risk.OPEN, Risk.TAKE):
            return self.store.refusal(self.desk.limits)
        if action_id == "arm.up" and self.store.status is not None:
            return self.store.status.read_only
        return ""
