"""Order entry between the first key and Enter: prefix, presets, the draft and whether it is armed.

Owns what the trader has in hand; every figure comes from `core.ticket`. Draws nothing, sends
nothing, knows no time: the screen brings the timers and the desk. Refusals are `TicketError`.
"""

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from kalshi_tui.core import risk
from kalshi_tui.core.market import TickBand, TickGrid
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import Action, BookSide, Outcome, book_side, yes_price
from kalshi_tui.core.ticket import Draft, Prefix, Preview, TicketError, contracts, preview
from kalshi_tui.core.units import ONE_CONTRACT, Count, Price, complement
from kalshi_tui.core.views import LadderView

PRESETS = tuple(Count(size * ONE_CONTRACT) for size in (1, 5, 10, 25, 100))
"""Sizes that `-` and `=` step through, where the settings name no others."""

DEFAULT_PRESET = 2


class Touch(Enum):
    """Where a verb takes its price from."""

    CURSOR = "cursor"
    OWN = "own"
    """The best price of the order's own side: it joins."""
    OTHER = "other"
    """The best price of the other side: it takes."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One order key."""

    action: Action
    touch: Touch
    time_in_force: TimeInForce = TimeInForce.GTC


VERBS: dict[str, Verb] = {
    "b": Verb(Action.BUY, Touch.CURSOR),
    "s": Verb(Action.SELL, Touch.CURSOR),
    "B": Verb(Action.BUY, Touch.OWN),
    "S": Verb(Action.SELL, Touch.OWN),
    "L": Verb(Action.BUY, Touch.OTHER, TimeInForce.IOC),
    "H": Verb(Action.SELL, Touch.OTHER, TimeInForce.IOC),
}


class Stage(Enum):
    """How far the draft has come."""

    EMPTY = "empty"
    DRAFT = "draft"
    """Being edited in the ticket; Enter arms it."""
    ARMED = "armed"
    """On the strip; Enter sends it."""


class Answer(Enum):
    """What Enter did to an armed draft."""

    SEND = "send"
    LOOK_AGAIN = "look again"
    """It rested when it was armed and fills now: the same Enter once more sends."""
    REFUSED = "refused"
    WORD = "word"
    """The guard that refuses lets it pass once its word was typed."""


@lru_cache(maxsize=64)
def grid_on(outcome: Outcome, grid: TickGrid) -> TickGrid:
    """Return the market's grid in prices of `outcome`."""
    if outcome is Outcome.YES:
        return grid
    return TickGrid(
        TickBand(complement(band.end), complement(band.start), band.step) for band in grid.bands
    )


def touch(side: BookSide, ladder: LadderView) -> Price | None:
    """Return the best YES price on one side of the book."""
    level = ladder.best_bid if side is BookSide.BID else ladder.best_ask
    return level.price if level else None


class Entry:
    """What the trader has in hand. One per trade screen."""

    def __init__(self, presets: tuple[Count, ...] = PRESETS, preset: int = DEFAULT_PRESET) -> None:
        self.presets = presets
        self.preset = preset
        self.outcome = Outcome.YES
        self.prefix = Prefix()
        self.post_only = True
        """For the next order."""
        self.sticky_post_only = True
        self.stage = Stage.EMPTY
        self.draft: Draft | None = None
        self.preview: Preview | None = None
        self.crossed_since = False
        """It rested when it was armed and would fill now; not yet agreed to."""
        self.confirmed: frozenset[str] = frozenset()
        """Guards that the user let pass for this very draft."""
        self._verb = ""
        self._agreed_to_fill = False

    @property
    def is_armed(self) -> bool:
        """True while Enter would send."""
        return self.stage is Stage.ARMED

    @property
    def size(self) -> Count:
        """The preset in force."""
        return self.presets[self.preset]

    # The prefix.

    def type(self, key: str, ladder: LadderView | None) -> None:
        """Take one key of a size or a price. An armed draft is dropped: it had another size."""
        grid = ladder.market.grid if ladder else None
        self.prefix = self.prefix.typed(key, grid_on(self.outcome, grid) if grid else None)
        if self.is_armed:
            self.drop()

    def erase(self) -> None:
        """Take back the last key of the prefix."""
        self.prefix = self.prefix.erased()

    def clear_prefix(self) -> None:
        """Forget the pending size and price."""
        self.prefix = Prefix()

    def step_preset(self, step: int) -> None:
        """Choose the next or the previous preset size."""
        self.preset = min(max(self.preset + step, 0), len(self.presets) - 1)

    # The draft.

    def arm_verb(self, key: str, ladder: LadderView, cursor: Price) -> None:
        """Make a draft of the pending prefix and a verb, and arm it. `cursor` is a YES price.

        The same verb again without a new prefix keeps the armed size: a key held a little too
        long must not turn 10 contracts into the preset.
        """
        verb = VERBS[key]
        again = self.is_armed and self._verb == key and not self.prefix.text
        price = self._price(verb, ladder, cursor)
        if again and self.draft is not None:
            count = self.draft.count
            if verb.touch is Touch.CURSOR:
                price = self.draft.price
        else:
            count = self._count(book_side(verb.action, self.outcome), price, ladder)
        resting = verb.time_in_force is TimeInForce.GTC
        self.draft = Draft(
            ticker=ladder.market.ticker,
            action=verb.action,
            outcome=self.outcome,
            price=price,
            count=count,
            time_in_force=verb.time_in_force,
            post_only=resting and (verb.touch is Touch.OWN or self.post_only),
        )
        self._verb = key
        self.prefix = Prefix()
        self._arm()

    def _price(self, verb: Verb, ladder: LadderView, cursor: Price) -> Price:
        """Return the price of a verb on the leg of the viewed outcome."""
        typed = self.prefix.price
        if verb.touch is Touch.CURSOR:
            if typed is None and "@" in self.prefix.text:
                raise TicketError("Type the price after @, in cents.")
            price = typed if typed is not None else yes_price(cursor, self.outcome)
            grid = ladder.market.grid
            refusal = grid_on(self.outcome, grid).refusal(price) if grid else None
            if refusal:
                raise TicketError(refusal)
            return price
        if "@" in self.prefix.text:
            raise TicketError("B, S, L and H take their price from the book: use b or s with @.")
        own = book_side(verb.action, self.outcome)
        side = own if verb.touch is Touch.OWN else own.other
        best = touch(side, ladder)
        if best is None:
            raise TicketError(f"There is no {side.value} in the book to take a price from.")
        return yes_price(best, self.outcome)

    def _count(self, side: BookSide, price: Price, ladder: LadderView) -> Count:
        size = self.prefix.size
        if size is None:
            return self.size
        return contracts(size, side, yes_price(price, self.outcome), ladder)

    def open_ticket(self, ladder: LadderView, cursor: Price) -> Draft:
        """Return the draft to edit: the one in hand, or a new one at the cursor."""
        if self.draft is None or self.draft.ticker != ladder.market.ticker:
            price = self.prefix.price
            at = price if price is not None else yes_price(cursor, self.outcome)
            count = self._count(book_side(Action.BUY, self.outcome), at, ladder)
            self.draft = Draft(
                ladder.market.ticker, Action.BUY, self.outcome, at, count, post_only=self.post_only
            )
            self.prefix = Prefix()
        if self.stage is Stage.EMPTY:
            self.stage = Stage.DRAFT
        return self.draft

    def edit(self, draft: Draft) -> None:
        """Take a changed draft from the ticket; it has to be armed again."""
        self.draft = draft
        self.stage = Stage.DRAFT
        self._forget_crossing()

    def arm_draft(self) -> None:
        """Arm the draft of the ticket. Raises `TicketError` when there is none."""
        if self.draft is None:
            raise TicketError("There is no order to review: press b, s, B, S, L, H or t first.")
        self._verb = ""
        self._arm()

    def arm_new(self, draft: Draft) -> None:
        """Arm a draft that was worded elsewhere (the command line)."""
        self.draft = draft
        self._verb = ""
        self._arm()

    def _arm(self) -> None:
        self.stage = Stage.ARMED
        self.preview = None
        self.confirmed = frozenset()
        self._forget_crossing()

    def _forget_crossing(self) -> None:
        self.crossed_since = False
        self._agreed_to_fill = False

    def disarm(self) -> None:
        """Keep the draft but take Enter away from it."""
        if self.is_armed:
            self.stage = Stage.DRAFT
            self._forget_crossing()

    def drop(self) -> None:
        """Forget the draft."""
        self.draft = None
        self.preview = None
        self.confirmed = frozenset()
        self.stage = Stage.EMPTY
        self._verb = ""
        self._forget_crossing()

    def toggle_post_only(self) -> bool:
        """Flip post-only on the armed draft, or for the next order. Returns the new value."""
        if self.draft is None:
            self.post_only = not self.post_only
            return self.post_only
        if self.draft.time_in_force is not TimeInForce.GTC:
            name = self.draft.time_in_force.name
            raise TicketError(f"{name} never rests: post-only does not apply.")
        was_armed = self.is_armed
        self.draft = replace(self.draft, post_only=not self.draft.post_only)
        if was_armed:
            self._arm()
        return self.draft.post_only

    def toggle_sticky_post_only(self) -> bool:
        """Flip post-only for every order from now on. Returns the new value."""
        self.sticky_post_only = not self.sticky_post_only
        self.post_only = self.sticky_post_only
        return self.post_only

    # What it would do.

    def look(self, ladder: LadderView, now: risk.Situation, limits: risk.Limits) -> Preview | None:
        """Preview the draft against the book as it is now, and notice when it begins to cross."""
        if self.draft is None or self.draft.ticker != ladder.market.ticker:
            self.preview = None
            return None
        before, after = self.preview, preview(self.draft, ladder, now, limits, self.confirmed)
        self.preview = after
        if self.is_armed and before is not None and after.crosses and not before.crosses:
            self.crossed_since = not self._agreed_to_fill
        elif not after.crosses:
            self.crossed_since = False
        return after

    @property
    def is_clear(self) -> bool:
        """True where no guard and no question stands between the armed draft and the wire."""
        shown = self.preview
        return shown is not None and shown.refusal is None and not self.crossed_since

    def enter(self) -> Answer:
        """Say what Enter does now. After SEND the caller takes the draft with `sent`."""
        refusal = self.preview.refusal if self.preview else None
        if refusal is not None and refusal.confirmable:
            if refusal.word:
                return Answer.WORD
            self.confirm(refusal.guard)
            return Answer.LOOK_AGAIN
        if self.preview is None or refusal is not None:
            return Answer.REFUSED
        if self.crossed_since:
            self.crossed_since = False
            self._agreed_to_fill = True
            return Answer.LOOK_AGAIN
        return Answer.SEND

    def confirm(self, guard: str) -> None:
        """Let one guard pass for the draft in hand, because the user said so."""
        self.confirmed |= {guard}

    def sent(self) -> Draft:
        """Hand the draft over for sending: from here on Enter sends nothing."""
        assert self.draft is not None
        draft = self.draft
        self.drop()
        self.post_only = self.sticky_post_only
        return draft
