"""What Enter can do besides sending a new order: a change of one that rests, a way out.

Owns the shape alone. Whatever is in hand shows itself on the strip first, is previewed against the
latest views, and is asked of the desk once.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import Price
from kalshi_tui.ui.store import Store

if TYPE_CHECKING:
    from kalshi_tui.session.desk import DeskPort


@dataclass(frozen=True, slots=True)
class ActRow:
    """What the strip says of it."""

    head: str
    """What it is and which order: "MOVE BUY 10 YES @36c to @38c"."""
    effect: str = ""
    effect_part: str = "strong"
    warning: str = ""
    refusal: str = ""
    """Why Enter would do nothing; it takes the place of the effect."""
    enter: str = "Enter=send"
    """What Enter does, in a word."""


class Hand(Protocol):
    """Something in hand. Its own keys raise `TicketError` and change nothing."""

    carries: bool
    """Whether it has a price and a size of its own, which keys change."""

    def look(self, store: Store, limits: Limits) -> None:
        """Work out against the latest views what it would do."""
        ...

    def row(self) -> ActRow:
        """Return what the strip says."""
        ...

    def type(self, key: str) -> None:
        """Take one key of a size or a price."""
        ...

    def erase(self) -> None:
        """Take back the last key."""
        ...

    def carry(self, price: Price) -> None:
        """The cursor went to another YES price."""
        ...

    def again(self) -> None:
        """The key that began it was pressed once more."""
        ...

    def enter(self) -> str:
        """Return why it cannot be done yet, in one sentence, or an empty string."""
        ...

    def do(self, desk: "DeskPort") -> str:
        """Ask it of the desk; returns what the strip says afterwards."""
        ...
