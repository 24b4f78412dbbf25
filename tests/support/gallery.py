"""A small application around the painted widgets, for their tests, the benchmark and the eye.

`python -m tests.support.gallery [dark|light] [cent|tapered|stale|syncing] [ascii]` shows it.
"""

import sys
from datetime import UTC

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.environments import DEMO, Environment
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.units import Price
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui import themes
from kalshi_tui.ui.paint.glyphs import ASCII, UNICODE, Glyphs
from kalshi_tui.ui.widgets.fills import FillsPane
from kalshi_tui.ui.widgets.ladder import Ladder
from kalshi_tui.ui.widgets.log import LogPane
from kalshi_tui.ui.widgets.market_line import MarketLine
from kalshi_tui.ui.widgets.orders import OrdersPane
from kalshi_tui.ui.widgets.positions import PositionsPane
from kalshi_tui.ui.widgets.status import StatusLine
from kalshi_tui.ui.widgets.tape import TapePane
from tests.support import sample


class Gallery(App[None]):
    """Every painted widget on one screen, fed by hand."""

    CSS = """
    Screen { background: $background; }
    #main { height: 1fr; }
    Ladder { width: 51; }
    #rail { width: 1fr; border-left: solid $market-rule; }
    PositionsPane { height: 7; }
    OrdersPane { height: 9; }
    FillsPane { height: 5; }
    .-wide Ladder { width: 69; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012

    def __init__(
        self,
        view: LadderView | None,
        *,
        theme_name: str = "dark",
        glyphs: Glyphs = UNICODE,
        environment: Environment = DEMO,
    ) -> None:
        super().__init__()
        self.view = view
        self.glyphs = glyphs
        self.environment = environment
        for theme in themes.load([themes.shipped()])[0]:
            self.register_theme(theme)
        self.theme = theme_name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.defaults()

    def compose(self) -> ComposeResult:
        glyphs = self.glyphs
        yield StatusLine(self.environment, glyphs=glyphs, zone=UTC)
        yield MarketLine(glyphs=glyphs)
        with Horizontal(id="main"):
            yield Ladder(glyphs=glyphs)
            with Vertical(id="rail"):
                yield PositionsPane(glyphs=glyphs, hint="F5")
                yield OrdersPane(glyphs=glyphs, hint="F4")
                yield FillsPane(glyphs=glyphs, zone=UTC, hint="F6")
                yield TapePane(glyphs=glyphs, zone=UTC, hint="F6")
        yield LogPane(glyphs=glyphs, zone=UTC)

    def on_mount(self) -> None:
        self.show(self.view)
        self.query_one(OrdersPane).show(sample.orders(), sample.TICKER)
        self.query_one(FillsPane).show(sample.fills(), sample.TICKER)
        self.query_one(TapePane).show(sample.tape())
        self.query_one(LogPane).add(
            [Notify(NoticeLevel.GOOD, "Filled: bought 40 YES at 34.2c.", sample.WALL_NS)]
        )
        self.query_one(Ladder).focus()

    def show(self, view: LadderView | None) -> None:
        self.view = view
        ladder = self.query_one(Ladder)
        ladder.show(view, sample.MONO_NS)
        self.query_one(StatusLine).show(sample.status(), view)
        self.query_one(MarketLine).show(view, sample.WALL_NS, ladder.outcome)
        self.query_one(PositionsPane).show(sample.positions(), view)

    def on_key(self, event: events.Key) -> None:
        ladder = self.query_one(Ladder)
        moves = {"up": 1, "down": -1, "K": 10, "J": -10}
        verbs = {
            "left": ladder.to_best_bid,
            "right": ladder.to_best_ask,
            "space": ladder.center,
            "o": ladder.next_own,
            "v": ladder.flip_view,
        }
        if event.key in moves:
            ladder.move(moves[event.key])
        elif event.key in verbs:
            verbs[event.key]()
        elif event.key in ("pageup", "pagedown"):
            ladder.page(1 if event.key == "pagedown" else -1)
        elif event.key == "g":
            ladder.to_price(Price(2500))
        elif event.key == "h":
            ladder.hold = not ladder.hold
        elif event.key == "tab":
            self.query_one(OrdersPane).move(1)
        elif event.key == "q":
            self.exit()


def views() -> dict[str, LadderView]:
    """Return the books that the command line can name."""
    return {
        "cent": sample.ladder(),
        "tapered": sample.tapered(),
        "stale": sample.ladder(
            status=BookStatus.STALE, reason="a message of the feed was lost; reading the book anew"
        ),
        "syncing": sample.ladder(bids=(), asks=(), status=BookStatus.SYNCING),
    }


if __name__ == "__main__":
    words = sys.argv[1:]
    Gallery(
        next((view for name, view in views().items() if name in words), sample.ladder()),
        theme_name="light" if "light" in words else "dark",
        glyphs=ASCII if "ascii" in words else UNICODE,
    ).run()
