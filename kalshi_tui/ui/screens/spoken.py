"""The command line of the trade screen: opening it, and doing what a sentence asks for.

Owns no grammar (`ui.sentence`) and no text field (`widgets.command`); both are loaded when the
line is first wanted.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.ticket import Draft, TicketError
from kalshi_tui.ui.messages import KeysWanted, Travel
from kalshi_tui.ui.screens.account import AccountKeys

if TYPE_CHECKING:
    from kalshi_tui.ui.sentence import Do
    from kalshi_tui.ui.widgets.command import CommandLine


class SpokenKeys(AccountKeys):
    """The trade screen's keys, and the same in words."""

    def action_environment(self) -> None:
        """Say which exchange this is, and how to go to another."""
        self.post_message(Travel(""))

    def action_keys(self) -> None:
        """Show the keys of this environment."""
        self.post_message(KeysWanted(""))

    @property
    def is_commanding(self) -> bool:
        """True while the command line is open."""
        # Asked in every frame: a query would walk the whole screen.
        return any(child.id == "command" and child.display for child in self.children)

    async def action_command(self) -> None:
        # Made when it is first wanted: the first frame does not wait for a text field.
        from kalshi_tui.ui.widgets.command import CommandLine

        if not self.query("#command"):
            await self.mount(CommandLine(id="command"), after="#size")
        self.query_one("#size").display = False
        self.query_one("#command", CommandLine).open()
        self.redraw()

    def close_command(self) -> None:
        """Put the size line back and the focus on the ladder."""
        self.query_one("#command").display = False
        self.query_one("#size").display = True
        self.set_focus(self.ladder)
        self.redraw()

    def on_command_line_spoken(self, event: "CommandLine.Spoken") -> None:
        from kalshi_tui.ui import sentence

        self.close_command()
        try:
            meant = sentence.read(event.text, self.store.ladder, self.trader.outcome)
        except TicketError as refusal:
            self.trader.warn(str(refusal))
            return
        if isinstance(meant, Draft):
            self.trader.arm(meant)
        elif isinstance(meant, sentence.Switch):
            self._switch(meant.ticker)
        elif isinstance(meant, sentence.Go):
            self.post_message(Travel(meant.name))
        elif isinstance(meant, sentence.KeysOf):
            self.post_message(KeysWanted(meant.name))
        elif isinstance(meant, sentence.Keys):
            self.trader.entry.clear_prefix()
            for key in meant.prefix:
                self.trader.type(key)
            self.action_verb(meant.verb)
        else:
            self._do(meant)

    def _switch(self, ticker: str) -> None:
        markets = self.store.markets
        if markets and all(row.market.ticker != ticker for row in markets.rows):
            self.trader.warn(f"{ticker} is not listed here: press / to find a market.")
        else:
            self.switch_to(ticker)

    def _do(self, what: "Do") -> None:
        from kalshi_tui.ui.sentence import Do

        trader = self.trader
        calls: dict[Do, Callable[[], object]] = {
            Do.CANCEL_ALL: trader.cancel_everything,
            Do.CANCEL_HERE: trader.cancel_market,
            Do.CANCEL_BIDS: lambda: trader.cancel_side(BookSide.BID),
            Do.CANCEL_ASKS: lambda: trader.cancel_side(BookSide.ASK),
            Do.CANCEL_LAST: trader.cancel_last,
            Do.ARM: lambda: self.call_later(self.action_arm_up),
            Do.VIEW: self.action_arm_down,
            Do.KILL: lambda: self.call_later(self.run_action, "app.kill"),
            Do.HELP: lambda: self.call_later(self.action_help),
            Do.FEED: lambda: self.call_later(self.action_feed),
            Do.LIMITS: lambda: self.call_later(self.action_limits),
            Do.FLATTEN: self.action_flatten,
            Do.REVERSE: self.action_reverse,
            Do.EDIT: lambda: self.action_revise("EDIT"),
            Do.ORDER: lambda: self.call_later(self.action_order_menu),
            Do.DEAD_MAN_ON: lambda: self.action_dead_man("on"),
            Do.DEAD_MAN_OFF: lambda: self.action_dead_man("off"),
            Do.FIND: lambda: self.call_later(self.action_find),
            Do.QUIT: lambda: self.call_later(self.run_action, "app.quit_ask"),
        }
        calls[what]()
