"""What the order keys do: from the draft in hand to exactly one request at the desk.

Owns the moment of sending on the screen's side: the beat before Enter counts, the second look when
a resting order begins to cross, that Enter sends once, and which keys ONE-KEY believes. Knows no
widget.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from kalshi_tui.core import risk
from kalshi_tui.core.effects import NoticeLevel
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.keyboard import WORDS, Verdict
from kalshi_tui.core.sides import Outcome, yes_price
from kalshi_tui.core.ticket import Draft, TicketError
from kalshi_tui.core.units import Price
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.cancels import Cancels
from kalshi_tui.ui.entry import VERBS, Answer, Entry, Stage, Touch
from kalshi_tui.ui.hand import Hand
from kalshi_tui.ui.paint.strip import SizeRow, StripRow, headline
from kalshi_tui.ui.presses import Presses
from kalshi_tui.ui.sizing import size_row
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


class Trader(Cancels):
    """The order keys of one trade screen. `redraw` is called after every change, `ask_word` where
    a guard lets an order pass for a typed word."""

    def __init__(
        self,
        desk: "DeskPort",
        store: Store,
        entry: Entry,
        *,
        later: Later,
        say: Say,
        redraw: Callable[[], None],
        ask_word: Callable[[risk.Refusal, Callable[[], None]], None],
    ) -> None:
        self.desk = desk
        self.store = store
        self.entry = entry
        self._later = later
        self._say = say
        self._redraw = redraw
        self._ask_word = ask_word
        self.hand: Hand | None = None
        """What Enter would do instead of sending the draft."""
        self._presses = Presses()
        self._guarded = False
        self._note = ""
        self._stop_guard = self._stop_prefix = self._stop_note = _nothing

    @property
    def is_holding(self) -> bool:
        """True while the ladder must not move by itself: a size is pending or the strip armed."""
        return self.entry.is_armed or bool(self.entry.prefix.text) or self.hand is not None

    @property
    def is_idle(self) -> bool:
        """True while there is nothing that Enter would review or send."""
        return self.entry.stage is Stage.EMPTY and self.hand is None

    @property
    def mode(self) -> Mode:
        """How much the keyboard may do, as the session last told it."""
        return self.store.status.mode if self.store.status else Mode.VIEW

    def press(self, key: str, pressed_ns: int, handled_ns: int) -> None:
        """Take note of every key before anything comes of it; times as in `Presses.note`."""
        sends = key in VERBS and self.mode is Mode.ONE_KEY
        if why := self._presses.note(key, pressed_ns, handled_ns, sends=sends):
            self.warn(why)

    # Size and price.

    def type(self, key: str) -> None:
        """Take one key of the pending size or price, or of what is in hand."""
        was_armed = self.entry.is_armed
        try:
            if self.hand is not None:
                self.hand.type(key)
                self._changed()
                return
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
        (self.hand or self.entry).erase()
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
        is_one_key = self.mode is Mode.ONE_KEY
        if is_one_key and not self._believes(key):
            return
        try:
            self.entry.arm_verb(key, ladder, cursor or ladder.market.grid.prices[0])
        except TicketError as refusal:
            self.warn(str(refusal))
            return
        self._armed()
        if is_one_key and self.entry.is_clear:
            self._send()
            self._changed()

    def _believes(self, key: str) -> bool:
        """Judge a key that would send at once, and say why where it does not."""
        verdict = self._presses.judge(key)
        if verdict is Verdict.GOOD:
            return True
        if verdict is Verdict.BURST:
            self.desk.arm(Mode.CONFIRM)
        self.warn(WORDS[verdict])
        return False

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

    def take(self, hand: Hand) -> None:
        """Put something else in hand; a draft that was there is dropped."""
        self.entry.clear_prefix()
        self.entry.drop()
        self.hand = hand
        self._on_strip()

    def follow(self) -> None:
        """Orders have changed: what is in hand may be about one of them."""
        if self.hand is not None:
            self._changed()

    def carry(self, price: Price | None) -> None:
        """The cursor has moved: what is in hand may follow it."""
        if self.hand is not None and price is not None:
            self.hand.carry(price)
            self._changed()

    def again(self) -> bool:
        """The key of what is in hand was pressed again. False where nothing is."""
        if self.hand is not None:
            self.hand.again()
            self._start_guard()
            self._changed()
        return self.hand is not None

    def _armed(self) -> None:
        self.hand = None
        self._on_strip()

    def _on_strip(self) -> None:
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
        """Send the armed draft, or arm the one being edited; or do what is in hand."""
        if self.hand is not None:
            self._act(self.hand)
            return
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
            self.warn("Look once more: Enter again sends it, Esc drops it.")
        else:
            refusal = self.entry.preview.refusal if self.entry.preview else None
            if answer is Answer.WORD and refusal is not None:
                self._ask_word(refusal, lambda: self._confirm(refusal.guard))
            else:
                self.warn(refusal.text if refusal else "There is no book yet.")
        self._changed()

    def _confirm(self, guard: str) -> None:
        """The word of a guard was typed: the draft is reviewed once more without it."""
        if self.entry.is_armed:
            self.entry.confirm(guard)
            self._start_guard()
            self._changed()

    def _act(self, hand: Hand) -> None:
        if self._guarded:
            self.tell("Too soon: read the strip, then press Enter.")
            return
        self.look()
        if why := hand.enter():
            self._start_guard()
            self.warn(why)
        else:
            self.hand = None
            self._say_sent(hand.do(self.desk))
        self._changed()

    def _send(self) -> None:
        confirmed = self.entry.confirmed
        draft = self.entry.sent()
        self.desk.place(draft.terms, confirmed)
        self._say_sent(f"SENT {headline(draft)}")

    def _say_sent(self, note: str) -> None:
        self._note = note
        self._stop_note()
        self._stop_note = self._later(SENT_S, self._forget_note)

    def _forget_note(self) -> None:
        self._note = ""
        self._redraw()

    def escape(self) -> bool:
        """Clear the pending size, else drop what is in hand. False when there was neither."""
        if self.hand is not None:
            self.hand = None
        elif self.entry.prefix.text:
            self.entry.clear_prefix()
        elif self.entry.stage is not Stage.EMPTY:
            self.entry.drop()
        else:
            return False
        self._changed()
        return True

    def disarm(self, why: str) -> None:
        """Take Enter away from an armed draft, which stays to be read and armed again."""
        if self.hand is not None:
            self.hand = None
            self.tell(f"{why}: nothing was changed.")
            self._changed()
        if self.entry.is_armed:
            self.entry.disarm()
            self.tell(f"{why}: the draft is kept, Enter reviews it again.")
            self._changed()

    def forget(self) -> None:
        """Drop everything in hand: another market is on the ladder."""
        self.entry.clear_prefix()
        self.entry.drop()
        self.hand = None
        self._changed()

    def flip(self) -> None:
        """Look at the other outcome. A pending price would mean another one: it is cleared."""
        self.entry.outcome = self.entry.outcome.other
        self.entry.clear_prefix()
        self.hand = None
        self._changed()

    def disarm_keyboard(self) -> None:
        """Drop to VIEW at once."""
        self.entry.disarm()
        self.hand = None
        self.desk.arm(Mode.VIEW)
        self._changed()

    # What the lines show.

    def look(self) -> None:
        """Preview the draft against the latest views."""
        ladder, now = self.store.ladder, self.store.situation()
        if ladder is not None and now is not None:
            self.entry.look(ladder, now, self.desk.limits)
        if self.hand is not None:
            self.hand.look(self.store, self.desk.limits)

    def strip_row(self) -> StripRow:
        """Return the strip's content."""
        entry = self.entry
        if self.hand is not None:
            return StripRow(act=self.hand.row())
        if entry.preview is None:
            note = self._note
            if entry.draft is not None:
                note = f"{headline(entry.draft)}: no book to preview it against."
            return StripRow(note=note, note_part="strong" if note else "dim")
        return StripRow(entry.preview, entry.is_armed, entry.crossed_since)

    def size_row(self, cursor: Price | None) -> SizeRow:
        """Return the size line's content."""
        return size_row(self.entry, self.store, self.desk.limits.in_mode(self.mode), cursor)

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
