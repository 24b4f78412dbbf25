"""What the order keys do: from the draft in hand to exactly one request at the desk.

Owns the moment of sending on the screen's side: the beat before Enter counts, the second look when
a resting order begins to cross, and that Enter sends once. Knows no widget.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from kalshi_tui.core import risk
from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import Action, BookSide, Outcome, book_side, yes_price
from kalshi_tui.core.ticket import Draft, TicketError, contracts, size_words
from kalshi_tui.core.units import Count, Price, count_text, money_text, notional, price_text
from kalshi_tui.core.views import LadderView, OrderRow
from kalshi_tui.ui.entry import VERBS, Answer, Entry, Stage, Touch
from kalshi_tui.ui.paint.strip import SizeRow, StripRow, headline
from kalshi_tui.ui.store import Store

if TYPE_CHECKING:
    from kalshi_tui.session.desk import DeskPort

GUARD_S = 0.150
"""Enter does nothing for this long after the strip appeared: it has to be read first."""
PREFIX_S = 3.0
"""A pending size is forgotten after this long."""
SENT_S = 3.0
"""How long the strip keeps saying what was sent."""

Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Call something after a delay in seconds; returns what calls it off."""

Say = Callable[[str, NoticeLevel], None]


def _nothing() -> None:
    """Call off a timer that was never set."""


class Trader:
    """The order keys of one trade screen. `redraw` is called after every change."""

    def __init__(
        self,
        desk: "DeskPort",
        store: Store,
        entry: Entry,
        *,
        later: Later,
        say: Say,
        redraw: Callable[[], None],
    ) -> None:
        self.desk = desk
        self.store = store
        self.entry = entry
        self._later = later
        self._say = say
        self._redraw = redraw
        self._guarded = False
        self._note = ""
        self._stop_guard = self._stop_prefix = self._stop_note = _nothing

    @property
    def is_holding(self) -> bool:
        """True while the ladder must not move by itself: a size is pending or the strip armed."""
        return self.entry.is_armed or bool(self.entry.prefix.text)

    # Size and price.

    def type(self, key: str) -> None:
        """Take one key of the pending size or price."""
        was_armed = self.entry.is_armed
        try:
            self.entry.type(key, self.store.ladder)
        except TicketError as refusal:
            self.warn(str(refusal))
            return
        if was_armed:
            self.tell("Order dropped: a new size was typed.")
        self._stop_prefix()
        self._stop_prefix = self._later(PREFIX_S, self._forget_prefix)
        self._changed()

    def erase(self) -> None:
        """Take back the last key."""
        self.entry.erase()
        self._changed()

    def _forget_prefix(self) -> None:
        if self.entry.prefix.text:
            self.entry.clear_prefix()
            self._changed()

    def take_price(self) -> Price | None:
        """Use the pending number as a price of the viewed outcome ("37g"); returns a YES price."""
        prefix = self.entry.prefix
        self.entry.clear_prefix()
        price = prefix.price
        if price is None and prefix.size is not None:
            # "37" was typed as a number of contracts; in cents it has the same scale.
            price = Price(prefix.size.value)
        self._changed()
        return None if price is None else yes_price(price, self.entry.outcome)

    def preset(self, step: int) -> None:
        """Choose another preset size."""
        self.entry.step_preset(step)
        self._changed()

    def post_only(self, *, sticky: bool = False) -> None:
        """Flip post-only for the next order, for the armed one, or for all."""
        try:
            on = self.entry.toggle_sticky_post_only() if sticky else self.entry.toggle_post_only()
        except TicketError as refusal:
            self.warn(str(refusal))
            return
        which = "every order" if sticky else "this order" if self.entry.draft else "the next order"
        self.tell(f"Post-only {'on' if on else 'off'} for {which}.")
        if self.entry.is_armed:
            self._start_guard()
        self._changed()

    # Drafts.

    def verb(self, key: str, cursor: Price | None) -> None:
        """Arm what a verb key means now. `cursor` is a YES price."""
        ladder = self.store.ladder
        if ladder is None or ladder.market.grid is None:
            why = ladder.market.trade_refusal() if ladder else None
            self.warn(why or "There is no book yet: wait for the ladder to fill.")
            return
        if cursor is None and VERBS[key].touch is Touch.CURSOR and not self.entry.prefix.price:
            self.warn("Put the cursor on a price first, or type one with @.")
            return
        try:
            self.entry.arm_verb(key, ladder, cursor or ladder.market.grid.prices[0])
        except TicketError as refusal:
            self.warn(str(refusal))
            return
        self._armed()

    def arm(self, draft: Draft) -> None:
        """Arm a draft that was worded on the command line."""
        self.entry.arm_new(draft)
        self._armed()

    def open_ticket(self, ladder: LadderView, cursor: Price) -> None:
        """Begin a draft at the cursor, or take up the one in hand. Raises `TicketError`."""
        self.entry.open_ticket(ladder, cursor)
        self._changed()

    def edit(self, draft: Draft) -> None:
        """Take a change from the ticket."""
        self.entry.edit(draft)
        self._changed()

    def _armed(self) -> None:
        self._stop_note()
        self._note = ""
        self._start_guard()
        self._changed()

    def _start_guard(self) -> None:
        self._stop_guard()
        self._guarded = True
        self._stop_guard = self._later(GUARD_S, self._open)

    def _open(self) -> None:
        self._guarded = False

    def enter(self) -> None:
        """Send the armed draft, or arm the one being edited."""
        if self.entry.stage is Stage.EMPTY:
            self.tell("Nothing is armed: type a size, then b s B S L or H.")
            return
        if self.entry.stage is Stage.DRAFT:
            self.entry.arm_draft()
            self._armed()
            return
        if self._guarded:
            self.tell("Too soon: read the strip, then press Enter.")
            return
        self.look()
        answer = self.entry.enter()
        if answer is Answer.SEND:
            self._send()
        elif answer is Answer.LOOK_AGAIN:
            self._start_guard()
            self.warn("It fills now: Enter once more sends it, Esc drops it.")
        else:
            shown = self.entry.preview
            why = shown.refusal.text if shown and shown.refusal else "There is no book yet."
            self.warn(why)
        self._changed()

    def _send(self) -> None:
        draft = self.entry.sent()
        self.desk.place(draft.terms)
        self._note = f"SENT {headline(draft)}"
        self._stop_note()
        self._stop_note = self._later(SENT_S, self._forget_note)

    def _forget_note(self) -> None:
        self._note = ""
        self._redraw()

    def escape(self) -> bool:
        """Clear the pending size, else drop the draft. False when there was neither."""
        if self.entry.prefix.text:
            self.entry.clear_prefix()
        elif self.entry.stage is not Stage.EMPTY:
            self.entry.drop()
        else:
            return False
        self._changed()
        return True

    def disarm(self, why: str) -> None:
        """Take Enter away from an armed draft, which stays to be read and armed again."""
        if self.entry.is_armed:
            self.entry.disarm()
            self.tell(f"{why}: the draft is kept, Enter reviews it again.")
            self._changed()

    def forget(self) -> None:
        """Drop everything in hand: another market is on the ladder."""
        self.entry.clear_prefix()
        self.entry.drop()
        self._changed()

    def flip(self) -> None:
        """Look at the other outcome. A pending price would mean another one: it is cleared."""
        self.entry.outcome = self.entry.outcome.other
        self.entry.clear_prefix()
        self._changed()

    def refusal(self) -> str:
        """Return why no order at all can be sent now, or empty."""
        now, ladder = self.store.situation(), self.store.ladder
        if now is None or ladder is None:
            return "There is no book yet: wait for the ladder to fill."
        grid = ladder.market.grid
        if grid is None:
            return ladder.market.trade_refusal() or ""
        smallest = OrderTerms(ladder.market.ticker, BookSide.BID, grid.prices[0], Count(1))
        found = risk.check(smallest, now, self.desk.limits)
        return found.text if found else ""

    # Cancels: never asked about, never refused here.

    def cancel_at(self, price: Price | None) -> None:
        """Cancel our orders at one price of the watched market."""
        found = [
            row for row in self.store.live_orders
            if row.ticker == self.store.ticker and row.price == price
        ]  # fmt: skip
        if price is None or not found:
            at = "there" if price is None else f"at {self._on_leg(price)}c"
            self.tell(f"You have no order {at}.")
            return
        self._cancel(found)

    def cancel_order(self, client_order_id: str) -> None:
        """Cancel one order of the orders pane."""
        self._cancel(
            [row for row in self.store.live_orders if row.client_order_id == client_order_id]
        )

    def cancel_everything(self) -> None:
        """Cancel every live order in every market, and stay armed."""
        rows = list(self.store.live_orders)
        if rows:
            self._cancel(rows)
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

    def disarm_keyboard(self) -> None:
        """Drop to VIEW at once."""
        self.entry.disarm()
        self.desk.arm(Mode.VIEW)
        self._changed()

    # What the lines show.

    def look(self) -> None:
        """Preview the draft against the latest views."""
        ladder, now = self.store.ladder, self.store.situation()
        if ladder is not None and now is not None:
            self.entry.look(ladder, now, self.desk.limits)

    def strip_row(self) -> StripRow:
        """Return the strip's content."""
        entry = self.entry
        if entry.preview is None:
            note = self._note
            if entry.draft is not None:
                note = f"{headline(entry.draft)}: no book to preview it against."
            return StripRow(note=note, note_part="strong" if note else "dim")
        return StripRow(entry.preview, entry.is_armed, entry.crossed_since)

    def size_row(self, cursor: Price | None) -> SizeRow:
        """Return the size line's content."""
        entry = self.entry
        return SizeRow(
            presets=entry.presets,
            preset=entry.preset,
            pending=entry.prefix.text,
            meaning=self._meaning(cursor),
            post_only=entry.post_only,
            sticky=entry.post_only == entry.sticky_post_only,
            limits=self.desk.limits,
        )

    def _meaning(self, cursor: Price | None) -> str:
        prefix = self.entry.prefix
        if not prefix.text:
            return ""
        leg = prefix.price
        if leg is None and cursor is not None:
            leg = yes_price(cursor, self.entry.outcome)
        size, ladder = prefix.size, self.store.ladder
        if size is None:
            count = self.entry.size
        else:
            if ladder is None or leg is None:
                return size_words(size)
            side = book_side(Action.BUY, self.entry.outcome)
            try:
                count = contracts(size, side, yes_price(leg, self.entry.outcome), ladder)
            except TicketError as refusal:
                return str(refusal)
        if leg is None:
            return f"{count_text(count)} contracts"
        return _amount(count, leg)

    def _on_leg(self, price: Price) -> str:
        return price_text(yes_price(price, self.entry.outcome))

    @property
    def outcome(self) -> Outcome:
        """The viewed outcome."""
        return self.entry.outcome

    def _changed(self) -> None:
        self.look()
        self._redraw()

    def tell(self, text: str) -> None:
        """Say something quietly."""
        self._say(text, NoticeLevel.INFO)

    def warn(self, text: str) -> None:
        """Say why something was not done."""
        self._say(text, NoticeLevel.WARNING)


def _amount(count: Count, leg: Price) -> str:
    cost = money_text(notional(leg, count))
    return f"{count_text(count)} at {price_text(leg)}c: {cost}, pays {_dollars(count)}"


def _dollars(count: Count) -> str:
    whole, rest = divmod(count, 100)
    return f"${whole:,}" if rest == 0 else f"${whole:,}.{rest:02d}"
