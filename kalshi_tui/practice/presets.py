"""How lively a practice market is: the figures of the crowd, as data.

Owns the profiles that markets, and the presets that `--preset`, are made of. Holds no behaviour.
Rates are a market's mean over time, sizes are whole contracts, distances are ticks.
Source: recordings of 15-minute markets, of sports markets and of quiet ones; where the default
profiles differ it is on purpose: a calm screen that still trades every few seconds.
"""

from dataclasses import dataclass, replace
from enum import Enum


class Sides(Enum):
    """Which sides of its YES book the crowd keeps filled."""

    BOTH = "both"
    YES_BIDS = "yes bids"
    NO_BIDS = "no bids"
    """Only asks on the YES book."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The crowd of one market."""

    rate: float
    """Wanted book deltas a second."""
    makers: int
    slots: int
    """Orders that each maker keeps on each side."""
    half_spread: float
    """Half of what a maker wants between bid and ask, in ticks, before volatility."""
    lots: tuple[float, ...]
    """Each maker's habitual size is one of these."""
    stock_levels: int
    """Price levels of patient orders on each side."""
    stock_size: int
    """Median contracts on one of those levels."""
    taker_share: float
    """Takers for each delta."""
    noise_share: float
    """Share of the deltas that short-lived limit orders make."""
    noise_life_s: float
    """Median life of such an order."""
    fast: float
    slow: float
    """Standard deviations of the logarithm of the activity, over 2 s and over 2 minutes."""
    sides: Sides = Sides.BOTH
    patience: float = 1.5
    """How far stock keeps from the fair price, in standard deviations of one second."""
    variety: float = 0.6
    """How much makers differ in what they want between bid and ask."""
    caution: float = 0.5
    """Further half spread, in standard deviations of the price over a maker's reaction time."""
    nerves: float = 0.0
    """Standard deviation of the logarithm of all makers' half spreads, over a minute."""
    herd: float = 0.0
    """Chance that another trader acts within milliseconds of one."""
    follows_news: bool = False
    """True for a market whose pace is the hidden price's own; `fast` and `slow` do not matter."""


LIVELY = Profile(
    rate=9.0,
    makers=4,
    slots=5,
    half_spread=0.6,
    lots=(10, 25, 40, 100, 250, 400),
    stock_levels=26,
    stock_size=900,
    taker_share=0.03,
    noise_share=0.15,
    noise_life_s=2.0,
    fast=0.5,
    slow=0.2,
)
STEADY = replace(
    LIVELY, rate=1.2, makers=3, slots=4, half_spread=0.7, stock_levels=18, stock_size=400
)
TAIL = replace(
    LIVELY,
    rate=0.4,
    makers=2,
    slots=4,
    half_spread=0.6,
    lots=(20, 100, 400),
    stock_levels=20,
    stock_size=1_500,
)
QUIET = Profile(
    rate=0.05,
    makers=1,
    slots=3,
    half_spread=1.5,
    lots=(10, 50, 150),
    stock_levels=12,
    stock_size=120,
    taker_share=0.04,
    noise_share=0.1,
    noise_life_s=60.0,
    fast=0.5,
    slow=0.2,
)
DEAD = replace(QUIET, rate=0.003, makers=0, stock_levels=4, stock_size=50, taker_share=0.0)
ONLY_NO = replace(DEAD, sides=Sides.NO_BIDS, stock_levels=6)
ONLY_YES = replace(DEAD, sides=Sides.YES_BIDS, stock_levels=5)
SPORTS = Profile(
    rate=2.0,
    makers=5,
    slots=6,
    half_spread=0.5,
    lots=(100, 250, 500, 1_000, 2_500),
    stock_levels=45,
    stock_size=2_000,
    taker_share=0.02,
    noise_share=0.15,
    noise_life_s=1.0,
    fast=0.6,
    slow=0.4,
)
QUARTER_HOUR = Profile(
    rate=60.0,
    makers=9,
    slots=3,
    half_spread=0.6,
    lots=(*(0.1, 0.1, 0.1, 1, 10, 10, 12, 15, 20, 25, 30, 33, 40, 50, 100) * 3, 200, 2_000),
    stock_levels=18,
    stock_size=60,
    taker_share=0.0115,
    noise_share=1.1,
    noise_life_s=0.05,
    fast=0.8,
    slow=0.8,
    patience=3.0,
    variety=1.2,
    caution=1.0,
    nerves=0.5,
    herd=0.6,
    follows_news=True,
)
CALM_QUARTER_HOUR = replace(
    QUARTER_HOUR,
    rate=11.0,
    makers=3,
    taker_share=0.03,
    noise_life_s=1.0,
    fast=0.5,
    slow=0.2,
    follows_news=False,
    nerves=0.0,
    herd=0.0,
    caution=0.5,
    variety=0.6,
)

PRESETS: dict[str, Profile] = {
    "dead": DEAD,
    "quiet": QUIET,
    "sports": SPORTS,
    "15m": QUARTER_HOUR,
}
"""The words of `--preset`: every market gets this crowd, one-sided markets keep their side."""

# The tables below are rounded from the recordings' quantiles.

PLACEMENT: tuple[tuple[float, int], ...] = (
    (0.17, 0),
    (0.31, 1),
    (0.43, 2),
    (0.54, 3),
    (0.62, 4),
    (0.68, 5),
    (0.73, 6),
    (0.77, 7),
    (0.82, 8),
    (0.86, 9),
    (0.91, 12),
    (0.95, 16),
    (1.0, 24),
)
"""How many ticks behind the best a new order stands: (share at most so far, ticks)."""

REQUOTES = 0.55
"""Chance that a canceled short-lived order is placed again, with the same size, in a moment."""

IMPROVES = 0.056
"""Share of new orders that better the best price."""

NOISE_SIZES: tuple[tuple[float, float], ...] = (
    (0.12, 0.1),
    (0.17, 1.0),
    (0.20, 5.0),
    (0.33, 10.0),
    (0.39, 15.0),
    (0.44, 20.0),
    (0.50, 25.0),
    (0.57, 32.0),
    (0.64, 40.0),
    (0.70, 50.0),
    (0.80, 83.0),
    (0.91, 100.0),
    (0.94, 200.0),
    (0.965, 400.0),
    (0.995, 2_000.0),
    (1.0, 3_000.0),
)
"""Sizes of short-lived limit orders in contracts: (share at most so far, contracts)."""

TAKER_MEDIAN = 15.0
TAKER_SPREAD = 1.7
"""A taker's size is lognormal with this median and this standard deviation of the logarithm."""

TAKER_FRACTIONAL = 0.6
"""Share of takers that ask for a size in hundredths of a contract."""

TAKER_LARGEST = 6_400.0

TAKER_RESTS = 0.011
"""Share of takers that leave what they could not get resting."""

TAKER_BUYS = 0.524
"""Share of takers that buy YES."""

TAKER_MOODS: tuple[tuple[float, float], ...] = ((0.6, 0.06), (0.98, 0.07))
"""What makes takers' signs alike: (kept from taker to taker, standard deviation of the share that
buys). The recorded autocorrelation is 0.10 for neighbours, 0.04 ten and 0.03 fifty takers apart."""

LONGSHOT_TASTE = 0.54
"""Chance of buying the side that costs less than 15 cents."""
