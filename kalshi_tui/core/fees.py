"""Trading fees, exact to the micro-dollar, with the per-order rounding accumulator.

Owns the fee model and the rounding rule; knows no account and no order. Every rate is an integer
ratio: a fee is computed in 1e-18 dollars and rounded once, upwards, to 1e-6.
Source: openapi.yaml `Series.fee_type`, `fee_multiplier`; kalshi `fee_rounding` (six-decimal rule).
"""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.core.units import ONE_DOLLAR, Count, Money, Price

ALIGNMENT_DIRECT = Money(100)
"""Balance precision of a direct member: $0.0001."""

ALIGNMENT_BROKERED = Money(10_000)
"""Balance precision of an account held through a broker: $0.01."""

_TAKER_PERCENT = 7
_MULTIPLIER_ONE = 1_000_000
_TO_MICRO = 10**12


class FeeType(Enum):
    """The fee model of a series or of an event that overrides it."""

    QUADRATIC = "quadratic"
    QUADRATIC_WITH_MAKER_FEES = "quadratic_with_maker_fees"
    QUADRATIC_WITH_COMBO_MAKER_FEES = "quadratic_with_combo_maker_fees"
    FLAT = "flat"
    UNKNOWN = "unknown"
    """A model whose formula is not published: the fee is said to be unknown, never guessed."""


class Role(Enum):
    """Which side of a trade an order was."""

    TAKER = "taker"
    MAKER = "maker"


_MAKER_QUARTERS = {
    FeeType.QUADRATIC: 0,
    FeeType.QUADRATIC_WITH_MAKER_FEES: 1,
    FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES: 2,
}


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """What a market charges: a model and a multiplier in millionths (1,000,000 is x1)."""

    fee_type: FeeType = FeeType.QUADRATIC
    multiplier: int = _MULTIPLIER_ONE

    @property
    def is_known(self) -> bool:
        """True where the formula is published, so that a fee can be stated."""
        return self.fee_type in _MAKER_QUARTERS


def trade_fee(schedule: FeeSchedule, role: Role, price: Price, count: Count) -> Money:
    """Return the model fee of one fill, rounded up to $0.000001.

    `price` is the YES price (the model is symmetric), `count` is positive. Raises `ValueError`
    where the formula is not published.
    """
    if not schedule.is_known:
        raise ValueError(f"The fee formula of type {schedule.fee_type.value} is not published.")
    quarters = 4 if role is Role.TAKER else _MAKER_QUARTERS[schedule.fee_type]
    # count 1e-2 x price 1e-4 x (1 - price) 1e-4 x percent 1e-2 x multiplier 1e-6 = 1e-18 dollars,
    # and quarters: hence the 4 in the divisor.
    numerator = count * price * (ONE_DOLLAR - price) * _TAKER_PERCENT * schedule.multiplier
    return Money(-(-numerator * quarters // (4 * _TO_MICRO)))


@dataclass(frozen=True, slots=True)
class FillCharge:
    """What one fill costs in fees and moves in cash."""

    fee: Money
    """Net fee: model fee plus rounding, less the rebate. Never negative."""
    cash: Money
    """Change of the balance, fee included."""
    accumulator: Money
    """Rounding held back for this order after the fill."""


def charge_fill(
    revenue: Money,
    fee: Money,
    accumulator: Money,
    alignment: Money = ALIGNMENT_DIRECT,
) -> FillCharge:
    """Apply the rounding rule to one fill.

    `revenue` is the cash of the fill before fees (negative when it costs), `fee` the model fee,
    `accumulator` the order's rounding so far. The balance moves in multiples of `alignment`; what
    rounding takes is paid back once it amounts to a whole multiple.
    """
    aligned = (revenue - fee) // alignment * alignment
    rounding = (revenue - fee) - aligned
    held = accumulator + rounding
    rebate = min(held, fee + rounding) // alignment * alignment
    return FillCharge(
        fee=Money(fee + rounding - rebate),
        cash=Money(aligned + rebate),
        accumulator=Money(held - rebate),
    )


def taker_fee_bound(schedule: FeeSchedule, price: Price, count: Count, fills: int = 1) -> Money:
    """Return the most that `count` taken at `price` can cost in fees over `fills` fills.

    The exact model fee plus one alignment step for each fill; what a preview calls "up to".
    """
    return Money(trade_fee(schedule, Role.TAKER, price, count) + fills * ALIGNMENT_DIRECT)
