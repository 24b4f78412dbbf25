"""What the cancel keys do: never asked about, never refused here. Knows no widget."""

from typing import TYPE_CHECKING

from kalshi_tui.core.sides import Action, BookSide, book_side, yes_price
from kalshi_tui.core.units import Price, price_text
from kalshi_tui.core.views import OrderRow
from kalshi_tui.ui.entry import Entry
from kalshi_tui.ui.store import Store

if TYPE_CHECKING:
    from kalshi_tui.session.desk import DeskPort


class Cancels:
    """The cancels of one trade screen. What becomes of them, the session says."""

    desk: "DeskPort"
    store: Store
    entry: Entry

    def tell(self, text: str) -> None:
        """Say something quietly."""
        raise NotImplementedError

    def cancel_at(self, price: Price | None) -> None:
        """Cancel our orders at one price of the watched market."""
        found = self.orders_at(price)
        if price is None or not found:
            at = "there" if price is None else f"at {self.on_leg(price)}c"
            self.tell(f"You have no order {at}.")
            return
        self._cancel(found)

    def orders_at(self, price: Price | None) -> list[OrderRow]:
        """Return our live orders at one YES price of the watched market, newest first."""
        return [
            row for row in self.store.live_orders
            if row.ticker == self.store.ticker and row.price == price
        ]  # fmt: skip

    def cancel_order(self, client_order_id: str) -> None:
        """Cancel one order of the orders pane."""
        self._cancel(
            [row for row in self.store.live_orders if row.client_order_id == client_order_id]
        )

    def cancel_everything(self) -> None:
        """Cancel every live order in every market, and stay armed."""
        count = len(self.store.live_orders)
        if count:
            self.desk.cancel_everything()
            self.tell(f"Canceling {count} order{'s' if count > 1 else ''}.")
        else:
            self.tell("No order is working.")

    def _cancel(self, rows: list[OrderRow]) -> None:
        if rows:
            self.desk.cancel([row.client_order_id for row in rows])
            self.tell(f"Canceling {len(rows)} order{'s' if len(rows) > 1 else ''}.")

    def cancel_market(self, column: str = "") -> None:
        """Cancel all our orders here, or those of the left or right column as it is shown."""
        if not column:
            self.cancel_side(None)
            return
        action = Action.BUY if column == "left" else Action.SELL
        self.cancel_side(book_side(action, self.entry.outcome))

    def cancel_side(self, side: BookSide | None) -> None:
        """Cancel all our orders here on one side of the YES book, or on both."""
        self.desk.cancel_market(self.store.ticker, side)
        self.tell(f"Canceling all {f'{side.value}s' if side else 'orders'} in this market.")

    def cancel_last(self) -> None:
        """Cancel what was placed last."""
        self.desk.cancel_last()

    def on_leg(self, price: Price) -> str:
        """Return a YES price as text on the viewed outcome."""
        return price_text(yes_price(price, self.entry.outcome))
