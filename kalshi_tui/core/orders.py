"""What an order asks for, and its life as a table.

Rule 1: everything about which state follows which stands in `TRANSITIONS`.
Rule 2: an event that the table does not list raises and changes nothing.
An order whose answer was lost is IN_DOUBT until proven; it is never "failed" by assumption.
Partial fills are a quantity, not a state. A cancel and a change are sub-states with tables of their
own. Owns no bookkeeping (`core.ledger`) and no wire. Source: reliability 3.1, 3.2.
"""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, Count, Price


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
    RESEND = "resend"
    """The user sends it again, under its own id; it is an intent as before."""


class IllegalTransitionError(RuntimeError):
    """An event that cannot happen in a state. Nothing was changed."""


_S, _E = OrderState, OrderEvent

TRANSITIONS: dict[tuple[OrderState, OrderEvent], OrderState] = {
    (_S.INTENT, _E.SEND): _S.SENDING,
    (_S.INTENT, _E.NOT_SENT): _S.NOT_SENT,
    (_S.NOT_SENT, _E.RESEND): _S.INTENT,
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
    (_S.PROVEN_ABSENT, _E.RESEND): _S.INTENT,
    # What was proven is false: the order exists after all (TO19). It is booked, with an alarm.
    **{
        (state, event): reached
        for state in (_S.PROVEN_ABSENT, _S.NOT_SENT, _S.REJECTED, _S.INTENT)
        for event, reached in (
            (_E.RESTS, _S.RESTING),
            (_E.EXECUTES, _S.EXECUTED),
            (_E.CANCELS, _S.CANCELED),
        )
    },
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

UNSETTLED = frozenset({_S.INTENT, _S.SENDING, _S.IN_DOUBT})
"""States in which the exchange has not said what it did."""

LIVE = frozenset({_S.INTENT, _S.SENDING, _S.IN_DOUBT, _S.RESTING})
"""States in which an order may still trade: they count as exposure."""


BREACHED = frozenset({_S.PROVEN_ABSENT, _S.NOT_SENT, _S.REJECTED, _S.INTENT})
"""States that say the exchange does not have the order: a report of it is a breach of that."""

HELD = frozenset({_S.RESTING, _S.EXECUTED})
"""States in which the exchange has taken an order as it was meant."""


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
    """Lost, answered 404, part of a cancel-all, or waiting for the order's id."""


class CancelEvent(Enum):
    """What can happen to a cancel request."""

    ASKED = "asked"
    NAMELESS = "nameless"
    """Asked for an order whose id is not known yet: it is sent once it is."""
    SWEPT_UP = "swept up"
    """Cancel-all was answered 204: every live order is expected to go (TO37)."""
    GONE = "gone"
    """404: not live any more, which may mean executed."""
    LOST = "lost"
    DENIED = "denied"
    """Refused while the order is live."""


_C, _V = CancelState, CancelEvent

CANCELS: dict[tuple[CancelState, CancelEvent], CancelState] = {
    **{(state, _V.ASKED): _C.PENDING for state in _C},
    **{(state, _V.NAMELESS): _C.IN_DOUBT for state in _C},
    **{(state, _V.SWEPT_UP): _C.IN_DOUBT for state in _C},
    **{(state, _V.GONE): _C.IN_DOUBT for state in _C},
    **{(state, _V.LOST): _C.IN_DOUBT for state in _C},
    **{(state, _V.DENIED): _C.NONE for state in _C},
}
"""The cancel sub-state of a live order (TO22, TO24-TO26, TO37). An order that ends drops it."""


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


class RequestEvent(Enum):
    """What can happen to an amend or a decrease."""

    ACKED = "acked"
    REFUSED = "refused"
    NOT_SENT = "not sent"
    LOST = "lost"
    SEEN = "seen"
    """A report of the order shows what was asked for."""
    UNCHANGED = "unchanged"
    """A report from after the barrier shows that nothing came of it."""
    ENDED = "ended"
    """The order itself is over."""


_R, _Q = RequestState, RequestEvent

REQUESTS: dict[tuple[RequestState, RequestEvent], RequestState] = {
    (_R.PENDING, _Q.ACKED): _R.DONE,
    (_R.PENDING, _Q.REFUSED): _R.REFUSED,
    (_R.PENDING, _Q.NOT_SENT): _R.NOT_SENT,
    (_R.PENDING, _Q.LOST): _R.IN_DOUBT,
    (_R.PENDING, _Q.SEEN): _R.DONE,
    # Its own answer is still to come and decides.
    (_R.PENDING, _Q.UNCHANGED): _R.PENDING,
    (_R.PENDING, _Q.ENDED): _R.DONE,
    (_R.IN_DOUBT, _Q.ACKED): _R.DONE,
    (_R.IN_DOUBT, _Q.LOST): _R.IN_DOUBT,
    (_R.IN_DOUBT, _Q.SEEN): _R.DONE,
    (_R.IN_DOUBT, _Q.UNCHANGED): _R.REFUSED,
    (_R.IN_DOUBT, _Q.ENDED): _R.DONE,
}
"""An amend or decrease (TO27-TO29). What the table does not list changes nothing and is an error of
this program."""


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
    """Of an amend the total, those already filled included; of a decrease what remains."""
    expires_s: int | None
    asked_wall_ns: int


SAID_TO_EXIST = "the exchange says that it has this order"
"""Why an order is in doubt after 409 order_already_exists; kept in the ledger over a restart."""


@dataclass(slots=True)
class Order:
    """One order as this program knows it. Mutable, and never handed to another layer."""

    client_order_id: str
    terms: OrderTerms
    state: OrderState
    created_wall_ns: int
    order_id: str = ""
    cancel: CancelState = CancelState.NONE
    reported_filled: Count = NO_COUNT
    """The largest fill count the exchange has stated."""
    booked: Count = NO_COUNT
    """Sum of the fills booked here."""
    updated_ms: int = 0
    amended_ms: int = 0
    """The exchange's stamp of the last amend from here: older reports have older terms."""
    detail: str = ""
    external: bool = False
    queue: Count | None = None
    queue_is_estimate: bool = False
    change: Change | None = None
    due: Due = Due.NONE
    doubt_wall_ns: int | None = None
    """Since when it, its cancel or its change is in doubt."""
    abandoned: bool = False
    aliases: tuple[str, ...] = ()
    """Client order ids that amends gave it after its own; the last is what the exchange says."""
    guarded: bool = False
    """Lives by the dead-man's switch."""
    rests_at_most: Count | None = None
    """After a decrease, until a report says how much was filled before it."""
    is_recorded: bool = True
    """False while its intent could not be committed."""
    fills_at_most: Count = NO_COUNT
    """After a cancel while its size was being changed: what may have filled, until a report."""
    dearest: Price | None = None
    """Of the prices it had before, the worst at which a fill may not have been told yet."""

    @property
    def is_said_to_exist(self) -> bool:
        """True while it is in doubt although its absence is impossible (TO13)."""
        return self.state is OrderState.IN_DOUBT and self.detail == SAID_TO_EXIST

    @property
    def filled(self) -> Count:
        return max(self.reported_filled, self.booked)

    @property
    def is_filled_as_stated(self) -> bool:
        """True where our fills add up to what was stated, and nothing else may have been filled."""
        return self.booked == self.reported_filled and self.fills_at_most <= self.booked

    @property
    def unbooked(self) -> Count:
        """Contracts that were filled, or may have been, and are not in the position yet."""
        return Count(max(self.reported_filled, self.fills_at_most, self.booked) - self.booked)

    @property
    def remaining(self) -> Count:
        """Contracts that may still trade."""
        if self.state in TERMINAL:
            return NO_COUNT
        left = Count(max(self.terms.count - self.filled, 0))
        return left if self.rests_at_most is None else min(left, self.rests_at_most)

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def is_unsettled(self) -> bool:
        """True while something about it is in flight, in doubt or overdue."""
        return (
            self.state in UNSETTLED
            or self.cancel is not CancelState.NONE
            or self.change is not None
            or self.due is not Due.NONE
        )

    @property
    def is_in_doubt(self) -> bool:
        """True while the outcome of the order, of its cancel or of its change is unknown."""
        return self.is_live and (
            self.state is OrderState.IN_DOUBT
            or self.cancel is CancelState.IN_DOUBT
            or (self.change is not None and self.change.state is RequestState.IN_DOUBT)
            or self.due is Due.UNKNOWN
        )

    @property
    def exchange_client_id(self) -> str:
        """What the exchange calls our id of it now; empty for an external order without one."""
        if self.aliases:
            return self.aliases[-1]
        return "" if self.client_order_id.startswith(EXTERNAL) else self.client_order_id

    def forms(self) -> tuple[tuple[Price, Count], ...]:
        """Return each (price, total count) that it may have now: two while a change is open."""
        now = (self.terms.price, self.terms.count)
        if self.change is None or self.change.kind is not RequestKind.AMEND:
            return (now,)
        return (now, (self.change.price, self.change.count))


EXTERNAL = "external:"
"""Begins the key of an order that carries no client order id."""
