"""What an order asks for, and its life as a table.

Rule 1: everything about which state follows which stands in `TRANSITIONS`.
Rule 2: an event that the table does not list raises and changes nothing.
An order whose answer was lost is IN_DOUBT until proven; it is never "failed" by assumption.
Partial fills are a quantity, not a state. Owns no quantity bookkeeping (`core.ledger`) and no wire.
"""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price


class TimeInForce(Enum):
    """How long an order lives. Values are the wire's (openapi.yaml `CreateOrderV2Request`)."""

    GTC = "good_till_canceled"
    IOC = "immediate_or_cancel"
    FOK = "fill_or_kill"


class SelfTradePrevention(Enum):
    """Which of two own orders gives way. Values are the wire's."""

    TAKER_AT_CROSS = "taker_at_cross"
    MAKER = "maker"


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """Exactly what is sent: a side of the YES book and a YES price."""

    ticker: str
    side: BookSide
    price: Price
    count: Count
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    expires_s: int | None = None
    """Unix seconds; only with GTC."""
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.TAKER_AT_CROSS
    cancel_on_pause: bool = False
    """The exchange cancels it when trading pauses (`cancel_order_on_pause`)."""
    group_id: str = ""
    """The order group that it belongs to; the engine fills it in, the screen leaves it empty."""


class OrderState(Enum):
    """Where an order stands, as far as this program can prove."""

    INTENT = "intent"
    """Committed to the journal; no byte has left."""
    SENDING = "sending"
    """Signed and handed to the socket."""
    IN_DOUBT = "in doubt"
    """Sent, and the answer is unknown. Counts as exposure."""
    RESTING = "resting"
    EXECUTED = "executed"
    CANCELED = "canceled"
    """No longer live with something unfilled; earlier fills stand."""
    REJECTED = "rejected"
    """Refused by the exchange, definitely."""
    NOT_SENT = "not sent"
    """Proven that no byte left."""
    PROVEN_ABSENT = "proven absent"
    """Was in doubt; the exchange provably never had it."""


class OrderEvent(Enum):
    """What can happen to an order."""

    SEND = "send"
    NOT_SENT = "not sent"
    LOST = "lost"
    REFUSED = "refused"
    EXISTS = "exists"
    """409 order_already_exists: it is there, and has to be looked up."""
    RESTS = "rests"
    EXECUTES = "executes"
    CANCELS = "cancels"
    ABSENT = "absent"


class IllegalTransitionError(RuntimeError):
    """An event that cannot happen in a state. Nothing was changed."""


_S, _E = OrderState, OrderEvent

TRANSITIONS: dict[tuple[OrderState, OrderEvent], OrderState] = {
    (_S.INTENT, _E.SEND): _S.SENDING,
    (_S.INTENT, _E.NOT_SENT): _S.NOT_SENT,
    (_S.NOT_SENT, _E.SEND): _S.SENDING,
    (_S.SENDING, _E.NOT_SENT): _S.NOT_SENT,
    (_S.SENDING, _E.LOST): _S.IN_DOUBT,
    (_S.SENDING, _E.EXISTS): _S.IN_DOUBT,
    (_S.SENDING, _E.REFUSED): _S.REJECTED,
    (_S.SENDING, _E.RESTS): _S.RESTING,
    (_S.SENDING, _E.EXECUTES): _S.EXECUTED,
    (_S.SENDING, _E.CANCELS): _S.CANCELED,
    (_S.IN_DOUBT, _E.LOST): _S.IN_DOUBT,
    (_S.IN_DOUBT, _E.EXISTS): _S.IN_DOUBT,
    (_S.IN_DOUBT, _E.RESTS): _S.RESTING,
    (_S.IN_DOUBT, _E.EXECUTES): _S.EXECUTED,
    (_S.IN_DOUBT, _E.CANCELS): _S.CANCELED,
    (_S.IN_DOUBT, _E.ABSENT): _S.PROVEN_ABSENT,
    (_S.PROVEN_ABSENT, _E.SEND): _S.SENDING,
    # The barrier was violated: the order exists after all. The ledger raises the alarm.
    (_S.PROVEN_ABSENT, _E.RESTS): _S.RESTING,
    (_S.PROVEN_ABSENT, _E.EXECUTES): _S.EXECUTED,
    (_S.PROVEN_ABSENT, _E.CANCELS): _S.CANCELED,
    (_S.RESTING, _E.RESTS): _S.RESTING,
    (_S.RESTING, _E.EXECUTES): _S.EXECUTED,
    (_S.RESTING, _E.CANCELS): _S.CANCELED,
    # The private feed was quicker than the answer: a late answer overrides nothing.
    **{
        (state, event): state
        for state in (_S.RESTING, _S.EXECUTED, _S.CANCELED)
        for event in (_E.LOST, _E.EXISTS, _E.NOT_SENT, _E.REFUSED)
    },
    # Terminal states absorb late reports; a late "resting" never resurrects an order.
    **{
        (state, event): state
        for state in (_S.EXECUTED, _S.CANCELED)
        for event in (_E.RESTS, _E.EXECUTES, _E.CANCELS)
    },
}

TERMINAL = frozenset({_S.EXECUTED, _S.CANCELED, _S.REJECTED, _S.NOT_SENT, _S.PROVEN_ABSENT})
"""States in which an order holds no exposure any more (fills already booked stand)."""

LIVE = frozenset({_S.INTENT, _S.SENDING, _S.IN_DOUBT, _S.RESTING})
"""States in which an order may still trade: they count as exposure."""


def advance(state: OrderState, event: OrderEvent) -> OrderState:
    """Return the state after `event`. Raises `IllegalTransitionError`."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransitionError(
            f"an order that is {state.value} cannot see {event.value!r}"
        ) from None


class CancelState(Enum):
    """A cancel request under way; the order keeps its own state underneath."""

    NONE = "none"
    PENDING = "pending"
    IN_DOUBT = "in doubt"


class RequestKind(Enum):
    """What was asked about an order that exists, or about all of them."""

    AMEND = "amend"
    DECREASE = "decrease"
    RESEND = "resend"
    ABANDON = "abandon"
    KILL = "kill"


class RequestState(Enum):
    """How far such a request is."""

    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    NOT_SENT = "not sent"
    IN_DOUBT = "in doubt"


class Due(Enum):
    """What the order should have heard by now and has not; it counts until that is known."""

    NONE = ""
    EXPIRY = "expiry due"
    CANCEL = "cancel due"
    MISSING = "missing"
    """A complete read does not list it; it is looked for by its id."""
    UNKNOWN = "unknown"
    """Looked for everywhere and found nowhere: an alarm, never an assumption."""


@dataclass(frozen=True, slots=True)
class Change:
    """An amend or decrease under way; until it is settled the worse of old and new counts."""

    request_id: str
    kind: RequestKind
    state: RequestState
    price: Price
    count: Count
    """Total contracts after it, those already filled included."""
    expires_s: int | None
    asked_wall_ns: int
