"""Where customers' money comes from and moves to: deposits, withdrawals, transfers, target shares.

Owns these records and the arithmetic of a rebalance. Must not know markets, orders or the wire.
Money leaves the source of a transfer when it is accepted and reaches the destination `TRANSFER_NS`
later; how long Kalshi takes is not documented. Source: openapi.yaml, intra-exchange transfers,
`TargetBalanceAllocation`, `RestingMarginReservation`, `Deposit`, `Withdrawal`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from kalshi_tui.core.units import Money

TRANSFER_NS = 500_000_000
"""From the acceptance of a transfer to its completion."""

REBALANCE_NS = 10_000_000_000
"""Documented: an allocation is worked out every ten seconds."""

CENTICENT = Money(100)
"""$0.0001, the unit of a transfer's amount on the wire."""


class Reservation(Enum):
    """What a rebalance leaves behind for resting orders; the words of the wire."""

    NONE = "none"
    MAX = "max"
    SUM = "sum"


@dataclass(slots=True, eq=False)
class Transfer:
    """Money on its way from one exchange index to another."""

    transfer_id: str
    client_transfer_id: str
    source_index: int
    destination_index: int
    amount: Money
    created_ns: int
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """A deposit or a withdrawal, applied at once."""

    payment_id: str
    amount: Money
    exchange_index: int
    created_ns: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The shares that an account wants its cash kept in; no shares means no rebalance."""

    percents: Mapping[int, int] = field(default_factory=dict)
    reservation: Reservation = Reservation.SUM


class Purse:
    """One account's records. The cash itself is the account's."""

    def __init__(self) -> None:
        self.deposits: list[Payment] = []
        """Oldest first, as everything here."""
        self.withdrawals: list[Payment] = []
        self.transfers: dict[str, Transfer] = {}
        self.used_ids: set[tuple[int, str]] = set()
        """Accepted (source index, client transfer id)."""
        self.allocation = Allocation()
        self.rebalances_at_ns = 0
        """When the next rebalance is due; 0 while none is wanted."""

    @property
    def in_transit(self) -> Money:
        """What has left one shard and not reached the other."""
        return Money(sum(each.amount for each in self.transfers.values() if not each.complete))


def kept(commitments: Sequence[int], reservation: Reservation) -> int:
    """Return what a rebalance leaves on a shard, given each side of each market's collateral."""
    if reservation is Reservation.NONE:
        return 0
    if reservation is Reservation.MAX:
        return max(commitments, default=0)
    return sum(commitments)


def rebalanced(
    cash: Mapping[int, int], left: Mapping[int, int], percents: Mapping[int, int]
) -> dict[int, int]:
    """Return the cash of each shard after a rebalance; the sum stays the same.

    `left` is what each shard keeps beforehand. Shares are rounded down to whole centicents and the
    remainder goes to the first shard that has a share.
    """
    shards = sorted({*cash, *percents})
    sweepable = {each: max(cash.get(each, 0) - left.get(each, 0), 0) for each in shards}
    total = sum(sweepable.values())
    after = {each: cash.get(each, 0) - sweepable[each] for each in shards}
    spread = 0
    for index in shards:
        share = total * percents.get(index, 0) // 100 // CENTICENT * CENTICENT
        after[index] += share
        spread += share
    first = min(each for each in shards if percents.get(each, 0))
    after[first] += total - spread
    return after
