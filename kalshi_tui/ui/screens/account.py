"""The keys that concern orders that exist and the account: arming, changes, ways out, order menus.

Owns which question is asked before what. The sums are `core.revision`'s and `core.exits`'; both and
the prompts are loaded when they are first wanted.
"""

from collections.abc import Callable

from kalshi_tui.core import risk
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.orders import OrderState, OrderTerms
from kalshi_tui.core.risk import Refusal
from kalshi_tui.core.views import OrderRow
from kalshi_tui.ui.screens.keys import TradeKeys
from kalshi_tui.ui.widgets.orders import OrdersPane
from kalshi_tui.ui.widgets.pane import ListPane


class AccountKeys(TradeKeys):
    """The actions of the trade screen on what is at the exchange already."""

    # Arming.

    async def action_arm_up(self) -> None:
        status = self.store.status
        if status is None:
            self.trader.warn("The session is not up yet.")
        elif status.read_only:
            self.trader.warn(status.read_only)
        elif status.mode is Mode.ONE_KEY:
            self.trader.tell("The keyboard is in ONE-KEY: that is as far as it goes. a disarms it.")
        else:
            from kalshi_tui.ui.screens.arm import ArmPrompt

            wanted = Mode.CONFIRM if status.mode is Mode.VIEW else Mode.ONE_KEY
            prompt = ArmPrompt(
                self.desk.environment,
                wanted,
                self.desk.limits,
                self.trader.entry.size,
                status.mode,
                clock=self.clock,
            )

            def arm(word: str | None) -> None:
                if word is not None:
                    self.desk.arm(wanted, word)

            await self.app.push_screen(prompt, arm)

    def action_arm_down(self) -> None:
        self.trader.disarm_keyboard()

    def ask_word(self, refusal: Refusal, then: Callable[[], None]) -> None:
        """Ask for the word with which a guard lets one order pass."""
        from kalshi_tui.ui.screens.word import WordPrompt

        prompt = WordPrompt(
            "One order in spite of this?",
            (refusal.text,),
            word=refusal.word,
            hint=f"Type {refusal.word} and press Enter, Esc sends nothing.",
            clock=self.clock,
        )
        self.app.push_screen(prompt, lambda word: then() if word else None)

    def action_dead_man(self, on: str) -> None:
        self.desk.dead_man(on == "on")

    async def action_limits(self) -> None:
        from kalshi_tui.ui.screens.limits import LimitsScreen

        await self.app.push_screen(
            LimitsScreen(self.store, self.desk.limits, self.glyphs, self.zone)
        )

    # Changing what rests.

    def action_revise(self, verb: str) -> None:
        if self.trader.again():
            return
        row = self._order_in_question()
        if row is not None:
            self.revise(row, verb)

    def revise(self, row: OrderRow, verb: str) -> None:
        """Put a change of one order in hand, with the cursor on it."""
        from kalshi_tui.ui.revision import Revising

        if row.ticker != self.store.ticker:
            self.switch_to(row.ticker)
            self.trader.tell("Its market is on the ladder now: press the key again.")
            return
        if row.state is not OrderState.RESTING:
            self.trader.warn(f"It is {row.state.value}: only what rests can be changed.")
            return
        self.set_focus(self.ladder)
        self.ladder.to_price(row.price)
        self.trader.take(Revising(row, verb, self.trader.outcome))

    def _order_in_question(self) -> OrderRow | None:
        """Return the order that is selected, or the one at the cursor; else say what is missing."""
        if isinstance(self.focused, OrdersPane) and self.focused.selected:
            return self._order(self.focused.selected)
        found = self.trader.orders_at(self.ladder.cursor_price)
        if not found:
            self.trader.tell("You have no order at the cursor: o goes to the next one.")
        elif len(found) > 1:
            self.trader.tell(f"You have {len(found)} orders there: choose one with F4.")
        return found[0] if len(found) == 1 else None

    def _order(self, identity: str) -> OrderRow | None:
        view = self.store.orders
        rows = (*view.live, *view.done) if view is not None else ()
        return next((row for row in rows if identity in (row.client_order_id, row.order_id)), None)

    # Ways out.

    def action_flatten(self) -> None:
        self._exit(reverses=False)

    def action_reverse(self) -> None:
        self._exit(reverses=True)

    def _exit(self, *, reverses: bool) -> None:
        from kalshi_tui.ui.exits import Exiting

        ladder = self.store.ladder
        here = [row for row in self.store.live_orders if row.ticker == self.store.ticker]
        if ladder is None:
            self.trader.warn("There is no book yet: wait for the ladder to fill.")
        elif not ladder.position and (reverses or not here):
            self.trader.tell("You hold nothing here: there is nothing to close.")
        else:
            self.trader.take(Exiting(self.store.ticker, reverses, self.trader.outcome))

    # One order.

    def open_row(self, pane: ListPane) -> None:
        """Open the menu of an order that is not simply resting; else go where the row lies."""
        row = self._order(pane.selected) if isinstance(pane, OrdersPane) else None
        if row is None or (row.state is OrderState.RESTING and row.doubt_wall_ns is None):
            super().open_row(pane)
            return
        self.call_later(self.show_order, row)

    async def action_order_menu(self) -> None:
        row = self._order_in_question()
        if row is not None:
            await self.show_order(row)

    async def show_order(self, row: OrderRow) -> None:
        """Show everything known of one order, and what can be done about it."""
        from kalshi_tui.ui.screens.order import OrderPrompt

        def chosen(what: str | None) -> None:
            if what is not None:
                self._do_with(row, what)

        prompt = OrderPrompt(row, self.store, self.glyphs, self.zone, clock=self.clock)
        await self.app.push_screen(prompt, chosen)

    def _do_with(self, row: OrderRow, what: str) -> None:
        trader, key = self.trader, row.client_order_id
        if what == "ladder":
            self.switch_to(row.ticker)
            self.ladder.to_price(row.price)
        elif what == "cancel":
            trader.cancel_order(key)
        elif what == "edit":
            self.revise(row, "EDIT")
        elif what == "abandon":
            self.desk.abandon(key)
            trader.tell("No longer waited for: it still counts, and is known when it appears.")
        elif what == "resend":
            self._resend(row)

    def _resend(self, row: OrderRow) -> None:
        """Send what never arrived once more; the gate is asked first whether a word is needed."""
        terms = OrderTerms(
            row.ticker,
            row.side,
            row.price,
            row.initial,
            row.time_in_force,
            post_only=row.post_only,
            expires_s=row.expires_s,
        )
        now, key = self.store.situation(), row.client_order_id
        found = None
        if now is not None and row.ticker == self.store.ticker:
            found = risk.check(terms, now, self.desk.limits, frozenset({"repeat", "empty_side"}))
        if found is not None and found.word:
            guard = found.guard
            self.ask_word(found, lambda: self.desk.resend(key, frozenset({guard, "empty_side"})))
        else:
            self.desk.resend(key, frozenset({"empty_side"}))
