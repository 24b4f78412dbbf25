"""KILL as a table: cancel all, verify by a complete read, wait for the tail, verify again.

Rule 1: everything about which phase follows which stands in `TRANSITIONS`.
Rule 2: it is done only when a complete read, current to after the last cancel, lists nothing that
rests, both at once and after the minute in which the exchange may still cancel, and no order that
was in doubt is left. There is no other road to DONE.
Owns phases and figures; `core.killswitch` runs them. Source: reliability 8.3, TO37, FK09, FK10.
"""

from dataclasses import dataclass
from enum import Enum


class KillPhase(Enum):
    """How far a KILL is."""

    CANCELING = "canceling"
    """Group trigger and cancel-all are on their way."""
    VERIFYING = "verifying"
    """Answered, or failed and asked order by order: a complete read has to show that none rests."""
    TAIL = "waiting for the tail"
    """Nothing rests; the exchange may still move orders for up to a minute."""
    RECHECKING = "verifying again"
    """The tail has passed: a complete read has to show it once more."""
    DOUBT = "waiting for orders in doubt"
    """Nothing rests; an order in doubt may still appear until its barrier."""
    DONE = "done"


class KillEvent(Enum):
    """What can happen to a KILL."""

    ASKED = "asked"
    ANSWERED = "answered"
    """Cancel-all was answered 204. That proves nothing yet."""
    FAILED = "failed"
    """Cancel-all failed: what is known is canceled order by order."""
    CLEAR = "clear"
    """A complete read, current to after the cancels, lists nothing that rests."""
    LEFT = "left"
    """It lists orders; they are canceled by their ids."""
    TAIL_OVER = "tail over"
    SETTLED = "settled"
    """No order that the KILL knows of can trade any more."""


_P, _E = KillPhase, KillEvent

TRANSITIONS: dict[tuple[KillPhase, KillEvent], KillPhase] = {
    # A second press begins anew: the first one's cancels may be the ones that were lost.
    **{(phase, _E.ASKED): _P.CANCELING for phase in _P},
    (_P.CANCELING, _E.ANSWERED): _P.VERIFYING,
    (_P.CANCELING, _E.FAILED): _P.VERIFYING,
    (_P.VERIFYING, _E.CLEAR): _P.TAIL,
    (_P.VERIFYING, _E.LEFT): _P.VERIFYING,
    (_P.TAIL, _E.TAIL_OVER): _P.RECHECKING,
    (_P.RECHECKING, _E.CLEAR): _P.DOUBT,
    (_P.RECHECKING, _E.LEFT): _P.RECHECKING,
    (_P.DOUBT, _E.SETTLED): _P.DONE,
}
"""What the table does not list leaves the phase as it is."""

FORBIDS = frozenset({_P.CANCELING, _P.VERIFYING, _P.TAIL, _P.RECHECKING})
"""Phases in which no order may be placed: it would be canceled, or taken for one that is left."""


def advance(phase: KillPhase, event: KillEvent) -> KillPhase:
    """Return the phase after `event`."""
    return TRANSITIONS.get((phase, event), phase)


@dataclass(frozen=True, slots=True)
class KillProgress:
    """What the screen shows of a KILL."""

    phase: KillPhase
    begun_wall_ns: int
    known: int
    """Orders that were live when it was pressed, or were found since."""
    acknowledged: int
    """Those of them that the exchange has confirmed as over."""
    left: int
    """Those of them that may still be live."""
    detail: str = ""
    """What went wrong last, in one sentence."""
