"""The proof that every micro-dollar of cash is explained: opening + movements = closing.

Turns postings and payments into movements and adds them up. Owns the sum and what is said when it
does not close; books nothing, and never invents a movement to make it close.
Source: openapi.yaml `Deposit.status` (applied is in the balance); kalshi `fee_rounding`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from kalshi_tui.core.profit import Posting
from kalshi_tui.core.records import PaymentKind, PaymentRecord, PaymentStatus
from kalshi_tui.core.units import NO_MONEY, Money, money_text


class MovementKind(Enum):
    """Why cash moved."""

    TRADE = "trade"
    FEE = "fee"
    SETTLEMENT = "settlement"
    SETTLEMENT_FEE = "settlement fee"
    DEPOSIT = "deposit"
    DEPOSIT_FEE = "deposit fee"
    WITHDRAWAL = "withdrawal"
    WITHDRAWAL_FEE = "withdrawal fee"


class Movement(NamedTuple):
    """One change of the balance; negative where it fell. `key` is the record that caused it."""

    at_ns: int
    kind: MovementKind
    amount: Money
    key: str


@dataclass(frozen=True, slots=True)
class CashProof:
    """Opening balance, what moved it, what the exchange says it is."""

    opening: Money
    closing: Money
    """Cash as the exchange states it, what resting orders reserve added back."""
    moved: Mapping[MovementKind, Money] = field(default_factory=dict)
    pending: Money = NO_MONEY
    """Payments that are not applied: in no balance yet, and a likely cause of a difference."""

    @property
    def expected(self) -> Money:
        """What the closing balance must be."""
        return Money(self.opening + sum(self.moved.values()))

    @property
    def difference(self) -> Money:
        """What the exchange has beyond what is explained; 0 where the proof closes."""
        return Money(self.closing - self.expected)

    @property
    def is_closed(self) -> bool:
        """True where every micro-dollar is explained."""
        return self.difference == 0

    def sentence(self) -> str:
        """Say the result, and where to look when it does not close."""
        if self.is_closed:
            return f"Cash proof closes: {money_text(self.expected)}, every movement explained."
        words = f"Cash proof is off by {money_text(self.difference, signed=True)}: expected "
        words += f"{money_text(self.expected)}, the exchange says {money_text(self.closing)}."
        if suspect := self._suspect():
            words += f" This is exactly the {suspect}."
        return words

    def _suspect(self) -> str:
        """Name the sum that the difference equals: a movement counted twice or not at all."""
        if self.pending and abs(self.difference) == abs(self.pending):
            return "payments that are pending"
        for kind, amount in self.moved.items():
            if amount and abs(self.difference) == abs(amount):
                return f"sum of every {kind.value}"
        return ""


def movements_of(posting: Posting) -> Iterator[Movement]:
    """Yield what one posting moved; nothing for what moved nothing."""
    if posting.is_settlement:
        first, second = MovementKind.SETTLEMENT, MovementKind.SETTLEMENT_FEE
    else:
        first, second = MovementKind.TRADE, MovementKind.FEE
    if posting.revenue:
        yield Movement(posting.at_ns, first, posting.revenue, posting.key)
    if posting.fee:
        yield Movement(posting.at_ns, second, Money(-posting.fee), posting.key)


def movements_of_payment(paid: PaymentRecord) -> Iterator[Movement]:
    """Yield what a deposit or withdrawal moved; nothing before it is applied.

    The fee is taken besides the amount. Where the exchange means otherwise, the proof is off by
    exactly the fees and says so.
    """
    if paid.status is not PaymentStatus.APPLIED:
        return
    if paid.kind is PaymentKind.DEPOSIT:
        kind, fee_kind, sign = MovementKind.DEPOSIT, MovementKind.DEPOSIT_FEE, 1
    else:
        kind, fee_kind, sign = MovementKind.WITHDRAWAL, MovementKind.WITHDRAWAL_FEE, -1
    yield Movement(paid.at_ns, kind, Money(sign * paid.amount), paid.key)
    if paid.fee:
        yield Movement(paid.at_ns, fee_kind, Money(-paid.fee), paid.key)


def cash_proof(
    opening: Money,
    postings: Iterable[Posting],
    payments: Iterable[PaymentRecord],
    available: Money,
    reserved: Money = NO_MONEY,
) -> CashProof:
    """Add everything up.

    `available` is the balance as the exchange states it, `reserved` what resting orders hold of it.
    A repeated payment counts once.
    """
    sums: dict[MovementKind, int] = {}
    for posting in postings:
        for each in movements_of(posting):
            sums[each.kind] = sums.get(each.kind, 0) + each.amount
    pending = 0
    for paid in {each.key: each for each in payments}.values():
        if paid.status is PaymentStatus.PENDING:
            pending += paid.amount if paid.kind is PaymentKind.DEPOSIT else -paid.amount
        for each in movements_of_payment(paid):
            sums[each.kind] = sums.get(each.kind, 0) + each.amount
    moved = {kind: Money(amount) for kind, amount in sums.items()}
    return CashProof(opening, Money(available + reserved), moved, Money(pending))
