"""What an account has done, as frozen records: fills, settlements, payments, orders, positions.

Owns the words of the account's history and each record's stable identity, by which two readings of
one record are known to be the same. Times are wall nanoseconds of the exchange. Knows no wire, no
store and no rule of accounting.
Source: openapi.yaml `Fill`, `Settlement`, `Deposit`, `Withdrawal`, `Order`, `MarketPosition`.
"""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from kalshi_tui.core.events import ReportedStatus
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price


class Result(Enum):
    """How a market ended."""

    YES = "yes"
    NO = "no"
    SCALAR = "scalar"
    """At a value between; a void at a fair price is one of these."""


class PaymentKind(Enum):
    """Which way money moved between the account and the outside."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"


class PaymentStatus(Enum):
    """How far a deposit or withdrawal has come. Only APPLIED ones are in the balance."""

    PENDING = "pending"
    APPLIED = "applied"
    FAILED = "failed"
    RETURNED = "returned"
    UNKNOWN = "unknown"
    """A word that is not known here: counted nowhere and shown."""


class FillRecord(NamedTuple):
    """One fill of one order. `price` is the YES price, `fee` what was charged, rebate off."""

    at_ns: int
    fill_id: str
    order_id: str
    ticker: str
    side: BookSide
    price: Price
    size: Count
    fee: Money
    is_taker: bool
    subaccount: int = 0
    exchange_index: int = 0

    @property
    def key(self) -> str:
        """The identity: a trade between two of our own orders has two fills under one fill id."""
        return f"{self.fill_id}/{self.order_id}"


class SettlementRecord(NamedTuple):
    """What one market paid to one (sub)account.

    Counts and costs are of all that was ever bought on each leg; `yes_count - no_count` is the net
    position that was paid. `fees` are all fees of the market, the rounding of the payment included.
    """

    at_ns: int
    ticker: str
    event_ticker: str
    result: Result
    yes_count: Count
    yes_cost: Money
    no_count: Count
    no_cost: Money
    revenue: Money
    """What the balance gained: whole cents."""
    fees: Money
    value: Price | None
    """Payment of one YES contract, exactly, or None where only its whole cents are known."""
    subaccount: int = 0
    exchange_index: int = 0
    is_rebuilt: bool = False
    """True where no endpoint gives the record and it was worked out from fills and the market."""

    @property
    def key(self) -> str:
        """The identity. A market that is settled anew at another time is another record."""
        return f"{self.subaccount}/{self.ticker}/{self.at_ns}"

    @property
    def net(self) -> Count:
        """The position that was paid: + YES, - NO."""
        return Count(self.yes_count - self.no_count)


class PaymentRecord(NamedTuple):
    """A deposit or a withdrawal."""

    at_ns: int
    """When it was finished, or made where it is not finished."""
    payment_id: str
    kind: PaymentKind
    status: PaymentStatus
    method: str
    amount: Money
    fee: Money
    created_ns: int

    @property
    def key(self) -> str:
        """The identity; a deposit and a withdrawal may share an id."""
        return f"{self.kind.value}/{self.payment_id}"


class OrderRecord(NamedTuple):
    """An order as last reported."""

    at_ns: int
    """When it was made."""
    order_id: str
    client_order_id: str
    ticker: str
    side: BookSide
    price: Price
    status: ReportedStatus
    initial: Count
    filled: Count
    remaining: Count
    taker_cost: Money
    maker_cost: Money
    taker_fees: Money
    maker_fees: Money
    updated_ns: int
    subaccount: int = 0
    exchange_index: int = 0

    @property
    def key(self) -> str:
        """The identity."""
        return self.order_id

    @property
    def is_done(self) -> bool:
        """True where nothing of the order can change any more."""
        return self.status in (ReportedStatus.CANCELED, ReportedStatus.EXECUTED)


class PositionRecord(NamedTuple):
    """A market position as the exchange states it."""

    at_ns: int
    """When it last changed."""
    ticker: str
    position: Count
    cost: Money
    realized: Money
    fees: Money
    traded: Money
    subaccount: int = 0
    exchange_index: int = 0

    @property
    def key(self) -> str:
        """The identity: each change of a position is a record of its own."""
        return f"{self.subaccount}/{self.ticker}/{self.at_ns}"


Record = FillRecord | SettlementRecord
"""What changes a position."""


def in_order(records: Iterable[Record]) -> list[Record]:
    """Return each record once, oldest first: the same list for every order of the input.

    At one instant fills come before settlements, and fills by id: what cannot be known from the
    stamps is at least always decided alike.
    """
    unique = {(type(each), each.key): each for each in records}
    return sorted(unique.values(), key=_place)


def _place(record: Record) -> tuple[int, bool, str]:
    return (record.at_ns, isinstance(record, SettlementRecord), record.key)
