"""A way out in hand: `F` flattens the market, `R` reverses it; Enter asks for it. Draws nothing."""

from typing import TYPE_CHECKING

from kalshi_tui.core.exits import ExitPlan, exit_plan
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import Outcome, action_on, yes_price
from kalshi_tui.core.ticket import TicketError
from kalshi_tui.core.units import Count, Price, count_text, price_text
from kalshi_tui.core.wording import orders_words
from kalshi_tui.ui.hand import ActRow
from kalshi_tui.ui.store import Store

if TYPE_CHECKING:
    from kalshi_tui.session.desk import DeskPort


class Exiting:
    """The way out of one market."""

    carries = False

    def __init__(self, ticker: str, reverses: bool, outcome: Outcome) -> None:
        self.ticker = ticker
        self.reverses = reverses
        self._outcome = outcome
        self._plan: ExitPlan | None = None

    def look(self, store: Store, limits: Limits) -> None:
        """Work out what would be canceled and sold against the latest views."""
        ladder, now = store.ladder, store.situation()
        if ladder is None or now is None or ladder.market.ticker != self.ticker:
            self._plan = None
            return
        here = sum(row.ticker == self.ticker for row in store.live_orders)
        self._plan = exit_plan(ladder, here, now, limits, reverses=self.reverses)

    def row(self) -> ActRow:
        """Return what the strip says."""
        head = "REVERSE" if self.reverses else "FLATTEN"
        plan = self._plan
        if plan is None:
            return ActRow(head, refusal="There is no book yet.")
        if plan.refusal:
            return ActRow(head, refusal=plan.refusal)
        steps = [f"cancel {orders_words(plan.cancels)}"] if plan.cancels else []
        if plan.held:
            steps.append(self._close(plan))
        if self.reverses and plan.held:
            steps.append(f"then {count_text(plan.count)} more")
        note = ""
        if plan.count < abs(plan.held):
            note = f"{count_text(Count(abs(plan.held) - plan.count))} stay: your cap"
        return ActRow(head, ", ".join(steps), warning=note, enter="Enter=do it")

    def _close(self, plan: ExitPlan) -> str:
        assert plan.price is not None
        action = action_on(plan.side, self._outcome)
        worst = price_text(yes_price(plan.price, self._outcome))
        bound = ">=" if action.name == "SELL" else "<="
        size = count_text(plan.count)
        return f"{action.name} up to {size} {self._outcome.name} {bound} {worst}c reduce-only"

    def enter(self) -> str:
        """Return why it cannot be done, or empty."""
        if self._plan is None:
            return "There is no book yet."
        return self._plan.refusal

    def do(self, desk: "DeskPort") -> str:
        """Ask for it, once."""
        if self.reverses:
            desk.reverse(self.ticker)
        else:
            desk.flatten(self.ticker)
        return f"SENT {self.row().head} {self.ticker}: the log says what came of it"

    # A way out has no size and no price of its own.

    def type(self, key: str) -> None:
        """Refuse a size: all of it goes."""
        raise TicketError("It takes everything: Esc first, then type a size.")

    def erase(self) -> None:
        """There is nothing to take back."""

    def carry(self, price: Price) -> None:
        """The cursor means nothing to it."""

    def again(self) -> None:
        """Pressed twice it is still the same."""
