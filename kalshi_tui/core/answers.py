"""Answers to what this program wrote: orders, changes of them, cancels and order groups.

Every write ends in exactly one of these, however it went; "unknown" is an outcome of its own and is
never read as a failure. Belongs to `core.events`, where the rest of the program finds it.
Source: kalshi order_errors (a 408, any 5xx or a dropped connection leaves the outcome unknown).
"""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.core.text import NO_TEXT, SafeText
from kalshi_tui.core.units import Count, Price


@dataclass(frozen=True, slots=True)
class Sending:
    """An order was signed and recorded; its first byte may leave now."""

    client_order_id: str
    sign_wall_ns: int


@dataclass(frozen=True, slots=True)
class Acked:
    """A create was answered 201."""

    client_order_id: str
    order_id: str
    filled: Count
    remaining: Count
    average_price: Price | None
    ts_ms: int
    round_trip_ns: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A create was refused, definitely. `code` and `detail` are the exchange's words."""

    client_order_id: str
    status: int
    code: str
    detail: SafeText = NO_TEXT


@dataclass(frozen=True, slots=True)
class NotSent:
    """A create provably never left this machine."""

    client_order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """A create was sent and its answer is lost or unreadable."""

    client_order_id: str
    reason: str
    exists: bool = False
    """True for 409 order_already_exists: absence is impossible."""


@dataclass(frozen=True, slots=True)
class JournalFailed:
    """An intent could not be committed; nothing was sent."""

    client_order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CancelAcked:
    order_id: str
    reduced_by: Count
    ts_ms: int
    round_trip_ns: int


@dataclass(frozen=True, slots=True)
class CancelRefused:
    """A cancel was refused. 404 means "not live any more", not "never existed"."""

    order_id: str
    status: int
    code: str


@dataclass(frozen=True, slots=True)
class CancelUnknown:
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CancelAllAnswered:
    """Cancel-all was answered (204) or failed (`error` is one sentence)."""

    error: str = ""


@dataclass(frozen=True, slots=True)
class AmendAcked:
    """An amend was answered 200. Counts are None where the exchange leaves them out."""

    request_id: str
    order_id: str
    remaining: Count | None
    """Contracts that rest after it."""
    filled: Count | None
    """Contracts that the amend itself matched, not the total."""
    ts_ms: int
    round_trip_ns: int


@dataclass(frozen=True, slots=True)
class AmendRefused:
    """An amend was refused, definitely; status 0 where it provably never left this machine."""

    request_id: str
    order_id: str
    status: int
    code: str
    detail: SafeText = NO_TEXT


@dataclass(frozen=True, slots=True)
class AmendUnknown:
    """An amend was sent and its answer is lost or unreadable."""

    request_id: str
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class DecreaseAcked:
    """A decrease was answered 200."""

    request_id: str
    order_id: str
    remaining: Count
    ts_ms: int
    round_trip_ns: int


@dataclass(frozen=True, slots=True)
class DecreaseRefused:
    """A decrease was refused, definitely; status 0 where it provably never left this machine."""

    request_id: str
    order_id: str
    status: int
    code: str
    detail: SafeText = NO_TEXT


@dataclass(frozen=True, slots=True)
class DecreaseUnknown:
    """A decrease was sent and its answer is lost or unreadable."""

    request_id: str
    order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProvenAbsent:
    """The proof of absence is complete: the exchange never had this order."""

    client_order_id: str
    as_of_ns: int
    """To when the exchange's reads were current, on its clock."""


@dataclass(frozen=True, slots=True)
class OrderNotFound:
    """A read of one order by its id was answered 404. Errors are never told this way."""

    order_id: str
    as_of_ns: int
    """To when the exchange's reads were current, on its clock."""
    history: bool = False
    """True where the historical orders were read as well, and it is not there either."""


class GroupChange(Enum):
    """What can happen to an order group (asyncapi.yaml `order_group_updates`)."""

    TRIGGERED = "triggered"
    RESET = "reset"
    DELETED = "deleted"
    LIMITED = "limit_updated"


@dataclass(frozen=True, slots=True)
class GroupMade:
    """An order group exists on a shard."""

    shard: int
    group_id: str


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """An order group changed, by our request or by itself."""

    group_id: str
    change: GroupChange


@dataclass(frozen=True, slots=True)
class GroupFailed:
    """A request about an order group failed; `group_id` is empty where none could be made."""

    shard: int
    group_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class BudgetReported:
    """What is left of the account's rate limits, in tokens."""

    write_left: int
    write_capacity: int
    write_refill: int
    """Tokens a second."""
    read_left: int
    read_capacity: int
    read_refill: int
    reserve: int
    """Write tokens that only cancels may use."""
    throttled: bool = False
    """True while the exchange answers 429."""
