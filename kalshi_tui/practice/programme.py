"""What happens on the practice exchange at set times: the words of a scenario.

Plain data; `director` carries it out. Times are seconds from the start of the catalogue.
"""

from dataclasses import dataclass
from enum import Enum


class Act(Enum):
    """What a cue lets happen."""

    NEWS = "news"
    """The fair price of the target jumps by `amount` ticks; its rivals move with it."""
    WITHDRAW = "withdraw"
    """The crowd takes its quotes out of the target for `amount` seconds, and comes back wider."""
    PAUSE = "pause"
    """The target becomes inactive: orders stay and may be canceled."""
    REACTIVATE = "reactivate"
    """The target trades again, which cancels its orders."""
    HALT = "halt"
    """Shard `amount`, or every shard for -1, takes no orders; cancels work."""
    RESUME = "resume"
    """The end of a halt."""
    SHUT = "shut"
    """Shard `amount`, or every shard for -1, takes nothing at all."""
    OPEN = "open"
    """The end of a shut."""
    CLOSE = "close"
    """The target closes before its time."""
    EXTEND = "extend"
    """The target closes `amount` seconds from now instead; a closed one trades again."""
    DISPUTE = "dispute"
    """The target's settlement stops until it is determined once more, `amount` seconds later."""
    TICKS = "ticks"
    """The target trades on the grid named `word`."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One thing at one time."""

    at_s: float
    act: Act
    target: str = ""
    """A market's or an event's ticker; empty for all markets."""
    amount: int = 0
    word: str = ""
