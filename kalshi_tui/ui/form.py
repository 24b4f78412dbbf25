"""Editing the order ticket: which field, what was typed into it, and the draft that results.

Pure. Illegal keys and figures are `TicketError` and change nothing.
"""

from dataclasses import dataclass, replace

from kalshi_tui.core.market import TickGrid
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import Action, yes_price
from kalshi_tui.core.ticket import Draft, Prefix, Size, TicketError, contracts
from kalshi_tui.core.units import ONE_CONTRACT, Count
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.entry import grid_on
from kalshi_tui.ui.paint.ticket import FIELDS, Field

_TIFS = tuple(TimeInForce)


@dataclass(slots=True)
class Form:
    """The ticket's own state; the draft itself lives in the entry."""

    field: Field = Field.SIZE
    typed: str = ""
    """Shown instead of the draft's figure until it is one."""

    def move(self, step: int) -> None:
        """Go to another field, round the ends."""
        self.field = FIELDS[(FIELDS.index(self.field) + step) % len(FIELDS)]
        self.typed = ""

    def type(self, key: str, draft: Draft, ladder: LadderView) -> Draft:
        """Take one key into the price or the size; elsewhere it goes to the size."""
        if self.field is Field.PRICE:
            return self._type_price(key, draft, ladder)
        if self.field is not Field.SIZE:
            self.field, self.typed = Field.SIZE, ""
        text = self.typed + key
        size = Prefix(self.typed).typed(key).size
        changed = draft if size is None else self._sized(size, draft, ladder)
        self.typed = text
        return changed

    def _sized(self, size: Size, draft: Draft, ladder: LadderView) -> Draft:
        terms = draft.terms
        return replace(draft, count=contracts(size, terms.side, terms.price, ladder))

    def _type_price(self, key: str, draft: Draft, ladder: LadderView) -> Draft:
        if key in "$%@":
            raise TicketError("A price is in cents: digits and one point.")
        grid = _grid(draft, ladder)
        prefix = Prefix("@" + self.typed).typed(key, grid)
        self.typed += key
        price = prefix.price
        return draft if price is None or price not in grid else replace(draft, price=price)

    def erase(self, draft: Draft, ladder: LadderView) -> Draft:
        """Take back the last key of the field."""
        text, self.typed = self.typed[:-1], ""
        for key in text:
            draft = self.type(key, draft, ladder)
        return draft

    def unfinished(self, draft: Draft, ladder: LadderView) -> str:
        """Return why the typed text is no figure yet, or empty."""
        if not self.typed:
            return ""
        if self.field is Field.PRICE:
            price = Prefix("@" + self.typed).price
            if price is None:
                return "Type a price in cents."
            return _grid(draft, ladder).refusal(price) or ""
        return "" if Prefix(self.typed).size is not None else "Type a size."

    def adjust(self, step: int, draft: Draft, ladder: LadderView) -> Draft:
        """Step the field: ticks, contracts, or the next choice of a switch."""
        self.typed = ""
        if self.field is Field.OUTCOME:
            return flipped(draft)
        if self.field is Field.SIDE:
            return replace(draft, action=draft.action.other)
        if self.field is Field.TIF:
            at = (_TIFS.index(draft.time_in_force) + (1 if step > 0 else -1)) % len(_TIFS)
            return with_tif(draft, _TIFS[at])
        if self.field is Field.POST_ONLY:
            return with_post_only(draft)
        if self.field is Field.PRICE:
            grid = _grid(draft, ladder)
            price = grid.up(draft.price, step) if step > 0 else grid.down(draft.price, -step)
            return replace(draft, price=price)
        return replace(draft, count=_stepped(draft.count, step))


def _stepped(count: Count, step: int) -> Count:
    """Return the next whole contract up or down, never below one."""
    whole = count // ONE_CONTRACT if step > 0 else -(-count // ONE_CONTRACT)
    return Count(max(whole + step, 1) * ONE_CONTRACT)


def flipped(draft: Draft) -> Draft:
    """Return the same action on the other outcome, at the same row of the book."""
    price = yes_price(draft.price, draft.outcome)
    return replace(draft, outcome=draft.outcome.other, price=yes_price(price, draft.outcome.other))


def with_action(draft: Draft, action: Action) -> Draft:
    """Return the draft as a BUY or a SELL."""
    return replace(draft, action=action)


def with_tif(draft: Draft, time_in_force: TimeInForce) -> Draft:
    """Return the draft with another time in force; what never rests is not post-only."""
    resting = time_in_force is TimeInForce.GTC
    return replace(draft, time_in_force=time_in_force, post_only=draft.post_only and resting)


def with_post_only(draft: Draft) -> Draft:
    """Flip post-only. Raises `TicketError` where it cannot apply."""
    if draft.time_in_force is not TimeInForce.GTC:
        raise TicketError(f"{draft.time_in_force.name} never rests: post-only does not apply.")
    return replace(draft, post_only=not draft.post_only)


def _grid(draft: Draft, ladder: LadderView) -> TickGrid:
    grid = ladder.market.grid
    if grid is None:
        raise TicketError(ladder.market.trade_refusal() or "This market is view-only.")
    return grid_on(draft.outcome, grid)
