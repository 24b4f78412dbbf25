"""What each fill should have been charged, beside what it was: model, rounding, rebate.

Walks the fills of every order through the published rule, the accumulator of the order carried
along. Owns the comparison; the rule is `core.fees`', the charged fee is the exchange's and is what
the books use. A difference is listed and never corrected.
Source: kalshi `fee_rounding`; reliability catalogue FE11.
"""

from dataclasses import dataclass
from typing import NamedTuple

from kalshi_tui.core.fees import ALIGNMENT_DIRECT, FeeSchedule, Role, charge_fill, trade_fee
from kalshi_tui.core.records import FillRecord
from kalshi_tui.core.units import NO_MONEY, Money


class Charge(NamedTuple):
    """One fill's fee taken apart. `model + rounding - rebate` is what the rule asks."""

    key: str
    model: Money
    rounding: Money
    rebate: Money
    charged: Money

    @property
    def expected(self) -> Money:
        """The fee by the published rule."""
        return Money(self.model + self.rounding - self.rebate)

    @property
    def difference(self) -> Money:
        """What was charged beyond the rule."""
        return Money(self.charged - self.expected)


@dataclass(slots=True)
class Breakdown:
    """Sums of charges. `unknown` fees are of series whose formula is not published."""

    model: int = 0
    rounding: int = 0
    rebate: int = 0
    charged: int = 0
    unknown: int = 0
    odd: int = 0
    """Fills whose fee is not what the rule asks."""


class Charges:
    """The fees of an account, fill by fill in order of time."""

    def __init__(self, alignment: Money = ALIGNMENT_DIRECT) -> None:
        """`alignment` is the precision of the balance: $0.0001, or $0.01 through a broker."""
        self.alignment = alignment
        self.total = Breakdown()
        self._held: dict[str, Money] = {}

    def take(self, fill: FillRecord, revenue: Money, schedule: FeeSchedule) -> Charge | None:
        """Return the fee of a fill that moved `revenue`, taken apart; None where it is unknown."""
        self.total.charged += fill.fee
        if not schedule.is_known:
            self.total.unknown += fill.fee
            return None
        role = Role.TAKER if fill.is_taker else Role.MAKER
        model = trade_fee(schedule, role, fill.price, fill.size)
        held = self._held.get(fill.order_id, NO_MONEY)
        rule = charge_fill(revenue, model, held, self.alignment)
        self._held[fill.order_id] = rule.accumulator
        rounding = Money((revenue - model) % self.alignment)
        rebate = Money(held + rounding - rule.accumulator)
        charge = Charge(fill.key, model, rounding, rebate, fill.fee)
        self.total.model += model
        self.total.rounding += rounding
        self.total.rebate += rebate
        self.total.odd += charge.difference != 0
        return charge
