"""The practice exchange's events, as data: invented questions in the shapes of real ones.

Owns words, odds and which crowd trades each market; holds no behaviour. Odds are percentages of
YES at the start; where an event is exclusive they sum to 100. Durations are hours from the start.
"""

from dataclasses import dataclass

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.practice.latent import Shape
from kalshi_tui.practice.presets import (
    LIVELY,
    ONLY_NO,
    ONLY_YES,
    QUIET,
    STEADY,
    TAIL,
    Profile,
)


@dataclass(frozen=True, slots=True)
class SeriesTemplate:
    """What the events of one series share."""

    ticker: str
    title: str
    category: str
    frequency: str
    tags: tuple[str, ...]
    source: str
    fees: FeeSchedule
    exchange_index: int = 0
    """The shard that its markets trade on."""
    verdict_s: tuple[int, int] = (20, 120)
    """Least and most seconds from a close to its determination."""
    timer_s: int = 60
    """Seconds from the determination to the payment."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One market of an event: the end of its ticker, what YES means, and who trades it."""

    suffix: str
    name: str
    odds: float
    profile: Profile
    rate: float | None = None
    """Wanted deltas a second where they differ from the profile's."""
    is_void: bool = False
    """True where the question cannot be answered: it settles at its last fair price."""


@dataclass(frozen=True, slots=True)
class EventTemplate:
    """One event with its markets."""

    series: SeriesTemplate
    suffix: str
    title: str
    sub_title: str
    question: str
    """A market's title; {name} stands for the choice."""
    rules: str
    shape: Shape
    structure: str
    hours: float
    choices: tuple[Choice, ...]
    news_share: float = 0.0
    news_per_hour: float = 2.0
    step_ms: int = 250
    known_hours: float | None = None
    """When everything is known, if that is not at the close."""
    fees: FeeSchedule | None = None
    """The event's own fees, instead of its series'."""


COMBO_SHARD, CRYPTO_SHARD, GAME_SHARD = 1, 2, 3
"""The exchange indexes beside the default one, 0, as Kalshi numbers them."""

_PLAIN = FeeSchedule()
_HALF = FeeSchedule(FeeType.QUADRATIC, 500_000)
_HALF_WITH_MAKER = FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES, 500_000)
_WITH_MAKER = FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES)
_COMBO = FeeSchedule(FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES)

FED = SeriesTemplate(
    "KXFEDDECISION",
    "Fed meeting",
    "Economics",
    "custom",
    ("Fed", "Interest rates"),
    "Federal Reserve",
    _PLAIN,
)
BITCOIN = SeriesTemplate(
    "KXBTC15M",
    "Bitcoin price up or down in 15 minutes",
    "Crypto",
    "fifteen_min",
    ("BTC", "15 min"),
    "CF Benchmarks",
    _PLAIN,
    CRYPTO_SHARD,
    (1, 9),
    5,
)
INDEX = SeriesTemplate(
    "KXINXU",
    "S&P 500 closing price above",
    "Financials",
    "daily",
    ("S&P", "Daily"),
    "S&P Dow Jones Indices",
    _HALF,
)
HOCKEY = SeriesTemplate(
    "KXNHL",
    "Pro Hockey champion",
    "Sports",
    "annual",
    ("Hockey",),
    "the Governing League",
    _HALF_WITH_MAKER,
)
WEATHER = SeriesTemplate(
    "KXHIGHNY",
    "Highest temperature in NYC",
    "Climate and Weather",
    "daily",
    ("Daily temperature",),
    "National Weather Service",
    _PLAIN,
)
COMBO = SeriesTemplate(
    "KXMVESPORTS",
    "Sports combination",
    "Sports",
    "custom",
    ("Combos",),
    "the Governing League",
    _COMBO,
    COMBO_SHARD,
)
GAME = SeriesTemplate(
    "KXNBAGAME",
    "Professional Basketball Game",
    "Sports",
    "custom",
    ("Basketball",),
    "the Governing League",
    _WITH_MAKER,
    GAME_SHARD,
    (10, 60),
    120,
)
GAS = SeriesTemplate(
    "KXAAAGASW",
    "US gas prices",
    "Economics",
    "weekly",
    ("Gas prices",),
    "AAA",
    _PLAIN,
)

EVENTS: tuple[EventTemplate, ...] = (
    EventTemplate(
        FED,
        "27JAN",
        "Fed decision in January?",
        "On Jan 27, 2027",
        "Will the Federal Reserve {name} at its January 2027 meeting?",
        "If the upper bound of the target federal funds rate after the January 2027 meeting means "
        "{name}, then the market resolves to Yes.",
        Shape.BRACKETS,
        "linear_cent",
        26.0,
        (
            Choice("C26", "cut by more than 25bps", 4.0, TAIL, 0.5),
            Choice("C25", "cut by 25bps", 38.0, LIVELY, 4.5),
            Choice("H0", "maintain the rate", 53.0, LIVELY),
            Choice("H25", "hike by 25bps", 5.0, TAIL, 0.4),
        ),
    ),
    EventTemplate(
        INDEX,
        "26DEC31H1600",
        "S&P 500 close?",
        "Today at 4pm EST",
        "Will the S&P 500 close above {name}?",
        "If the S&P 500 index closes above {name}, then the market resolves to Yes.",
        Shape.THRESHOLDS,
        "tapered_deci_cent",
        7.0,
        (
            Choice("T6799.9999", "6,799.99", 95.5, TAIL),
            Choice("T6849.9999", "6,849.99", 78.0, STEADY),
            Choice("T6899.9999", "6,899.99", 44.0, LIVELY, 2.5),
            Choice("T6949.9999", "6,949.99", 14.0, STEADY),
            Choice("T6999.9999", "6,999.99", 3.4, TAIL, 0.6),
        ),
    ),
    EventTemplate(
        HOCKEY,
        "27",
        "Pro Hockey champion",
        "2026-27 season",
        "Will {name} win the 2027 Pro Hockey Finals?",
        "If {name} wins the 2027 Pro Hockey Finals, then the market resolves to Yes.",
        Shape.CONTEST,
        "linear_cent",
        72.0,
        (
            Choice("COL", "Colorado", 34.0, STEADY),
            Choice("EDM", "Edmonton", 26.0, STEADY, 0.8),
            Choice("CAR", "Carolina", 19.0, STEADY, 0.6),
            Choice("FLA", "Florida", 13.0, STEADY, 0.4),
            Choice("DAL", "Dallas", 8.0, QUIET, 0.2),
        ),
        news_share=0.5,
        news_per_hour=0.5,
        step_ms=1_000,
    ),
    EventTemplate(
        WEATHER,
        "27JAN15",
        "Highest temperature in NYC tomorrow?",
        "Tomorrow",
        "Will the highest temperature in NYC tomorrow be {name}?",
        "If the highest temperature recorded in Central Park, New York tomorrow is {name}, then "
        "the market resolves to Yes.",
        Shape.BRACKETS,
        "linear_cent",
        30.0,
        (
            Choice("T41", "40° or below", 2.0, ONLY_NO),
            Choice("B41.5", "41° to 42°", 31.0, QUIET),
            Choice("B43.5", "43° to 44°", 58.0, QUIET),
            Choice("B45.5", "45° to 46°", 7.0, ONLY_YES),
            Choice("T46", "47° or above", 2.0, ONLY_NO),
        ),
        step_ms=1_000,
        fees=_HALF,
    ),
    EventTemplate(
        COMBO,
        "S2027A1C0FFEE204",
        "Denver and over 224.5 points",
        "Combination",
        "{name}",
        "If every leg of this combination resolves to Yes, then the market resolves to Yes.",
        Shape.THRESHOLDS,
        "center_deci_edge_centi_cent",
        5.0,
        (Choice("B7D41E09A52", "yes Denver,yes Over 224.5 points scored", 31.4, QUIET, 0.3, True),),
        step_ms=1_000,
        known_hours=10.0,
    ),
)
"""In the order of the catalogue, except that the liveliest whole-cent market comes first."""

CITIES: tuple[tuple[str, str], ...] = (
    ("ATL", "Atlanta"),
    ("BOS", "Boston"),
    ("BKN", "Brooklyn"),
    ("CHA", "Charlotte"),
    ("CHI", "Chicago"),
    ("CLE", "Cleveland"),
    ("DAL", "Dallas"),
    ("DEN", "Denver"),
    ("DET", "Detroit"),
    ("HOU", "Houston"),
    ("IND", "Indiana"),
    ("MEM", "Memphis"),
    ("MIA", "Miami"),
    ("MIL", "Milwaukee"),
    ("MIN", "Minnesota"),
    ("ORL", "Orlando"),
    ("PHI", "Philadelphia"),
    ("PHX", "Phoenix"),
    ("POR", "Portland"),
    ("SAC", "Sacramento"),
    ("SAS", "San Antonio"),
    ("TOR", "Toronto"),
    ("UTA", "Utah"),
    ("WAS", "Washington"),
)
"""Home towns for the games that `--markets` adds."""
