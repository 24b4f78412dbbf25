"""KILL as a state machine: halt, trigger, cancel all, verify by scan, verify again after the tail.

Rule 1: everything about which phase follows which stands in `TRANSITIONS`.
Rule 2: it is done only when a complete read, current to after the last cancel, lists nothing that
rests, both at once and after the minute in which the exchange may still cancel or accept.
Owns the phases and figures; sends nothing and reads no clock. Source: reliability 8.3, TO37, FK09.
"""

from dataclasses import dataclass
from enum import Enum


class KillPhase(Enum):
    """How far a KILL is."""

    CANCELING = "canceling"
    """Group trigger and cancel-all are on their way."""
    VERIFYING = "verifying"
    """Answered; a complete read has to show that nothing rests."""
    TAIL = "waiting for the tail"
    """Nothing rests; the exchange may still move orders for up to a minute."""
    DOUBT = "waiting for orders in doubt"
    """The tail has passed; an order in doubt may still appear until its barrier."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class KillProgress:
    """What the screen shows of a KILL."""

    phase: KillPhase
    begun_wall_ns: int
    known: int
    """Orders that were live when it was pressed."""
    acknowledged: int
    """Orders that the exchange has confirmed as gone since."""
    left: int
    """Orders that may still be live."""
    detail: str = ""
    """What went wrong last, in one sentence."""
