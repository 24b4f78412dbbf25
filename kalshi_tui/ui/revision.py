"""A change of a resting order in hand: `e` and `m`, until Enter asks for it.

Digits say what should remain, arrows or @ the price; the same key again insists on amending where a
second order would keep the place. Draws nothing; figures are `core.revision`'s.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from kalshi_tui.core.market import TickGrid
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.revision import Review, Revision, Road, queue_words, review
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.sides import Outcome, yes_price
from kalshi_tui.core.ticket import Prefix, SizeKind, TicketError, draft_of
from kalshi_tui.core.units import Count, Price, count_text, price_text
from kalshi_tui.core.views import OrderRow
from kalshi_tui.ui.entry import grid_on
from kalshi_tui.ui.hand import ActRow
from kalshi_tui.ui.store import Store

if TYPE_CHECKING:
    from kalshi_tui.session.desk import DeskPort

_ENTER = {
    Road.NOTHING: "Up Down price, digits size,",
    Road.DECREASE: "Enter=decrease",
    Road.AMEND: "Enter=amend",
    Road.SECOND: "Enter=add e=amend",
}


class Revising:
    """One order and what it should become."""

    carries = True

    def __init__(self, row: OrderRow, verb: str, outcome: Outcome) -> None:
        self.wish = Revision(row, row.price, row.remaining)
        self._verb = verb
        self._outcome = outcome
        self._prefix = Prefix()
        self._grid: TickGrid | None = None
        self._seen: Review | None = None
        self._crossed = self._agreed = False

    # Keys.

    def type(self, key: str) -> None:
        """Take one key of what should remain, or of the price after @."""
        longer = self._prefix.typed(key, grid_on(self._outcome, self._grid) if self._grid else None)
        self._take(longer)

    def erase(self) -> None:
        """Take back the last key."""
        self._take(self._prefix.erased())

    def _take(self, prefix: Prefix) -> None:
        row, size, price = self.wish.row, prefix.size, prefix.price
        if size is not None and size.kind is not SizeKind.CONTRACTS:
            raise TicketError("Type how many contracts should remain.")
        self._prefix = prefix
        remaining = row.remaining if size is None else Count(size.value)
        at = self.wish.price if price is None else yes_price(price, self._outcome)
        self._wish(replace(self.wish, remaining=remaining, price=at))

    def carry(self, price: Price) -> None:
        """Follow the cursor."""
        self._wish(replace(self.wish, price=price))

    def again(self) -> None:
        """Insist on amending, or no longer."""
        self._wish(replace(self.wish, anyway=not self.wish.anyway))

    def _wish(self, wish: Revision) -> None:
        if wish != self.wish:
            self.wish = wish
            self._seen = None
            self._crossed = self._agreed = False

    # Against the latest views.

    def look(self, store: Store, limits: Limits) -> None:
        """Take the order as it is now, and work out what the change would do."""
        ladder, now = store.ladder, store.situation()
        if ladder is None or now is None:
            return
        self._grid = ladder.market.grid
        self._follow(store)
        before, after = self._seen, review(self.wish, ladder, now, limits)
        if before is not None and after.fills and not before.fills and not self._agreed:
            self._crossed = True
        elif not after.fills:
            self._crossed = False
        self._seen = after

    def _follow(self, store: Store) -> None:
        """A fill meanwhile leaves less to rest; what was not asked to change follows it."""
        known = self.wish.row
        view = store.orders
        rows = (*view.live, *view.done) if view is not None else ()
        for row in rows:
            if row.client_order_id == known.client_order_id and row is not known:
                untouched = self.wish.remaining == known.remaining
                remaining = row.remaining if untouched else self.wish.remaining
                self.wish = replace(self.wish, row=row, remaining=remaining)

    def row(self) -> ActRow:
        """Return what the strip says."""
        seen, wish = self._seen, self.wish
        if seen is None:
            return ActRow(self._head(), refusal="There is no book yet.")
        if seen.refusal is not None:
            return ActRow(self._head(), refusal=seen.refusal.text)
        if seen.road is Road.NOTHING:
            return ActRow(self._head(), enter=_ENTER[Road.NOTHING])
        effect = queue_words(seen)
        if seen.road is Road.SECOND:
            effect = f"+{count_text(wish.added.count)} as 2nd, {effect.replace(' queue', '')}"
        fills = f"fills {count_text(seen.fills)} now" if seen.fills else ""
        return ActRow(
            self._head(),
            fills or effect,
            "warning" if fills or not seen.keeps_queue else "strong",
            effect if fills else "",
            enter=_ENTER[seen.road],
        )

    def _head(self) -> str:
        row, wish = self.wish.row, self.wish
        terms = OrderTerms(row.ticker, row.side, row.price, row.remaining)
        was = draft_of(terms, self._outcome)
        head = f"{self._verb} {was.action.name} {count_text(was.count)} {was.outcome.name}"
        head += f" @{price_text(was.price)}c"
        news = []
        if wish.remaining != row.remaining:
            news.append(count_text(wish.remaining))
        if wish.price != row.price:
            news.append(f"@{price_text(yes_price(wish.price, self._outcome))}c")
        return f"{head} to {' '.join(news)}" if news else head

    # Enter.

    def enter(self) -> str:
        """Return why it cannot be done yet, or empty."""
        seen = self._seen
        if seen is None:
            return "There is no book yet."
        if seen.refusal is not None:
            return seen.refusal.text
        if seen.road is Road.NOTHING:
            return "Nothing about it changes yet: arrows move the price, digits set what remains."
        if self._crossed:
            self._crossed, self._agreed = False, True
            return "It fills now: Enter once more asks for it, Esc leaves it."
        return ""

    def do(self, desk: "DeskPort") -> str:
        """Ask for the change, once."""
        wish, key = self.wish, self.wish.row.client_order_id
        match wish.road:
            case Road.DECREASE:
                desk.decrease(key, wish.remaining)
            case Road.SECOND:
                desk.place(wish.added)
            case _:
                desk.amend(key, wish.price, wish.total)
        return f"SENT {self._head()}"
