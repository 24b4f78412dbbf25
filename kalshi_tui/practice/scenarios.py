"""The scenarios of `--scenario`: each a few markets and what happens in them, within minutes.

Owns words, odds and times; `programme` has the words for what happens and `director` carries it
out. Everything follows from the seed. Times are seconds from the start; the exchange opens some
seconds in the past, so that nothing happens before a client has looked.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.practice.chance import stream
from kalshi_tui.practice.latent import Shape
from kalshi_tui.practice.presets import LIVELY, ONLY_NO, ONLY_YES, QUIET, SPORTS, STEADY, TAIL
from kalshi_tui.practice.programme import Act, Cue
from kalshi_tui.practice.templates import GAME, WEATHER, Choice, EventTemplate, SeriesTemplate

_MINUTE = 1.0 / 60.0
"""In hours, the unit of a template's life."""

_BUSY = replace(LIVELY, rate=15.0, makers=6)
_GAME = replace(SPORTS, rate=12.0, fast=0.6, slow=0.4)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named piece: what it is, which events it lists, what happens when."""

    sentence: str
    events: tuple[EventTemplate, ...]
    cues: Callable[[int], tuple[Cue, ...]]
    """From the seed."""


_GOVERNOR = SeriesTemplate(
    "KXGOVNJ",
    "New Jersey governor",
    "Elections",
    "custom",
    ("Elections", "Governor"),
    "the Associated Press",
    FeeSchedule(),
    verdict_s=(10, 20),
    timer_s=30,
)
_PRICES = SeriesTemplate(
    "KXCPI",
    "CPI month over month",
    "Economics",
    "monthly",
    ("Inflation", "CPI"),
    "Bureau of Labor Statistics",
    FeeSchedule(),
    verdict_s=(5, 15),
    timer_s=20,
)
_DRILL = SeriesTemplate(
    "KXDRILL",
    "Practice drill",
    "Exotics",
    "custom",
    ("Practice",),
    "the practice exchange",
    FeeSchedule(),
    verdict_s=(3, 8),
    timer_s=10,
)


def _event(
    series: SeriesTemplate,
    suffix: str,
    title: str,
    question: str,
    shape: Shape,
    minutes: float,
    *choices: Choice,
    structure: str = "linear_cent",
) -> EventTemplate:
    return EventTemplate(
        series=series,
        suffix=suffix,
        title=title,
        sub_title="Practice scenario",
        question=question,
        rules="If the answer to this question is {name}, then the market resolves to Yes.",
        shape=shape,
        structure=structure,
        hours=minutes * _MINUTE,
        choices=choices,
    )


_ELECTION = _event(
    _GOVERNOR,
    "27NOV02",
    "Who wins the governor's race?",
    "Will {name} win the governor's race?",
    Shape.CONTEST,
    14.0,
    Choice("SHE", "Sherrill", 52.0, _BUSY),
    Choice("CIA", "Ciattarelli", 45.0, _BUSY),
    Choice("OTH", "someone else", 3.0, TAIL),
)


def _election(seed: int) -> tuple[Cue, ...]:
    """Counties come in, the night is called, the market closes before its time."""
    draws = stream(seed, "election-night")
    lead, leader = f"{_ELECTION_TICKER}-SHE", 1 if draws.random() < 0.5 else -1
    cues = []
    for at_s in (60, 120, 180, 240, 300):
        size = draws.randint(3, 9) * (1 if draws.random() < 0.6 else -1)
        cues.append(Cue(at_s, Act.NEWS, lead, size * leader))
    cues += [
        Cue(355, Act.WITHDRAW, _ELECTION_TICKER, 20),
        Cue(360, Act.NEWS, lead, 40 * leader),
        Cue(480, Act.NEWS, lead, 30 * leader),
        Cue(600, Act.CLOSE, _ELECTION_TICKER),
    ]
    return tuple(cues)


_ELECTION_TICKER = "KXGOVNJ-27NOV02"

_CPI = _event(
    _PRICES,
    "27JAN",
    "CPI in January?",
    "Will CPI rise more than {name} in January?",
    Shape.THRESHOLDS,
    10.0,
    Choice("T0.1", "0.1%", 93.0, TAIL),
    Choice("T0.2", "0.2%", 71.0, _BUSY),
    Choice("T0.3", "0.3%", 38.0, _BUSY),
    Choice("T0.4", "0.4%", 9.0, STEADY),
    structure="tapered_deci_cent",
)


def _cpi(seed: int) -> tuple[Cue, ...]:
    """Quotes vanish before the release; at the second of it every threshold jumps."""
    sign = 1 if stream(seed, "cpi").random() < 0.5 else -1
    return (
        Cue(170, Act.WITHDRAW, "KXCPI-27JAN", 13),
        Cue(180, Act.NEWS, "KXCPI-27JAN-T0.3", 28 * sign),
        Cue(190, Act.NEWS, "KXCPI-27JAN-T0.3", -5 * sign),
        Cue(300, Act.NEWS, "KXCPI-27JAN-T0.3", 4 * sign),
    )


_MATCH = _event(
    GAME,
    "27FEB03NYKBOS",
    "New York at Boston",
    "Will {name} win the game?",
    Shape.CONTEST,
    12.0,
    Choice("NYK", "New York", 47.0, _GAME),
    Choice("BOS", "Boston", 53.0, _GAME),
)
_MATCH_TICKER = "KXNBAGAME-27FEB03NYKBOS"


def _match(seed: int) -> tuple[Cue, ...]:
    """Baskets and runs at random times, a review that empties the book, a hot last minute."""
    draws = stream(seed, "game-clock")
    cues, at_s = [], 30.0
    while at_s < 680.0:
        up, down = draws.randint(1, 4), draws.randint(1, 4)
        rises = draws.random() * (up + down) < down
        cues.append(Cue(at_s, Act.NEWS, f"{_MATCH_TICKER}-BOS", up if rises else -down))
        at_s += draws.uniform(8.0, 25.0) if at_s < 600.0 else draws.uniform(2.0, 7.0)
    cues += [
        Cue(330, Act.WITHDRAW, _MATCH_TICKER, 60),
        Cue(385, Act.NEWS, f"{_MATCH_TICKER}-BOS", draws.choice((-12, 12))),
    ]
    return tuple(sorted(cues, key=lambda cue: cue.at_s))


_DAY = _event(
    WEATHER,
    "27FEB03",
    "Highest temperature in NYC today?",
    "Will the highest temperature in NYC today be {name}?",
    Shape.BRACKETS,
    20.0,
    Choice("T36", "35° or below", 3.0, ONLY_NO),
    Choice("B36.5", "36° to 37°", 22.0, QUIET),
    Choice("B38.5", "38° to 39°", 49.0, QUIET),
    Choice("B40.5", "40° to 41°", 21.0, ONLY_YES),
    Choice("T41", "42° or above", 5.0, ONLY_NO),
)


def _weather(seed: int) -> tuple[Cue, ...]:
    """A reading every two minutes moves thin, wide and half-empty books."""
    draws = stream(seed, "thin-weather")
    return tuple(
        Cue(at_s, Act.NEWS, "KXHIGHNY-27FEB03-B38.5", draws.choice((-6, -4, -3, 3, 4, 6)))
        for at_s in range(90, 1_100, 120)
    )


_HALTED = _event(
    _DRILL,
    "HALT",
    "Will trading go on?",
    "Will trading in {name} go on?",
    Shape.THRESHOLDS,
    30.0,
    Choice("A", "the first market", 62.0, _BUSY),
    Choice("B", "the second market", 41.0, STEADY),
)


def _halt(_: int) -> tuple[Cue, ...]:
    """One market pauses, then trading, then the whole exchange, then one shard."""
    return (
        Cue(60, Act.PAUSE, "KXDRILL-HALT-A"),
        Cue(90, Act.REACTIVATE, "KXDRILL-HALT-A"),
        Cue(150, Act.HALT, amount=-1),
        Cue(190, Act.RESUME, amount=-1),
        Cue(250, Act.SHUT, amount=-1),
        Cue(280, Act.OPEN, amount=-1),
        Cue(340, Act.SHUT, amount=2),
        Cue(370, Act.OPEN, amount=2),
        Cue(430, Act.TICKS, "KXDRILL-HALT-B", word="tapered_deci_cent"),
    )


def _ending(
    suffix: str, name: str, minutes: float, odds: float, *, is_void: bool = False
) -> EventTemplate:
    event = _event(
        _DRILL,
        suffix,
        f"An event that {name}",
        "Will YES be right in the event that {name}?",
        Shape.THRESHOLDS,
        minutes,
        Choice("Q", name, odds, STEADY, 3.0, is_void),
    )
    # What cannot be judged is not known at the close either: its price stays between 0 and 1.
    return replace(event, known_hours=10.0 * event.hours) if is_void else event


_ENDINGS = (
    _ending("YES", "is likely", 2.0, 96.0),
    _ending("NO", "is unlikely", 3.0, 4.0),
    _ending("VOID", "cannot be judged", 4.0, 63.0, is_void=True),
    _ending("EARLY", "ends early", 20.0, 45.0),
    _ending("AGAIN", "opens again", 6.0, 55.0),
    _ending("DISPUTE", "is disputed", 8.0, 70.0),
)


def _settlement(_: int) -> tuple[Cue, ...]:
    """Closes at their time and before it, a reopening, a dispute; all paid out in the end."""
    return (
        Cue(300, Act.CLOSE, "KXDRILL-EARLY-Q"),
        Cue(361, Act.EXTEND, "KXDRILL-AGAIN-Q", 59),
        Cue(492, Act.DISPUTE, "KXDRILL-DISPUTE-Q", 20),
    )


SCENARIOS: dict[str, Scenario] = {
    "election-night": Scenario(
        "counties come in, quotes vanish at the call, the race closes early and settles",
        (_ELECTION,),
        _election,
    ),
    "cpi": Scenario(
        "quiet thresholds, then a release at 3:00: makers gone, a jump, a new level",
        (_CPI,),
        _cpi,
    ),
    "game-clock": Scenario(
        "a game in 12 minutes: a score every few seconds, a review at 5:30, a hot last minute",
        (_MATCH,),
        _match,
    ),
    "thin-weather": Scenario(
        "wide, half-empty books that a reading moves every two minutes",
        (_DAY,),
        _weather,
    ),
    "halt": Scenario(
        "one market pauses at 1:00, trading at 2:30, the exchange at 4:10, one shard at 5:40",
        (_HALTED,),
        _halt,
    ),
    "settlement": Scenario(
        "markets close every minute or two: yes, no, void, early, reopened, disputed; all are paid",
        _ENDINGS,
        _settlement,
    ),
}
"""The words of `--scenario`. A 15-minute market is always listed beside them."""


def described() -> str:
    """Return all scenarios in one sentence each, for the help text."""
    return "; ".join(f"{name}: {each.sentence}" for name, each in SCENARIOS.items())
