"""The catalogue of the practice exchange: series, events and markets with their traders.

Turns the templates into listings: grids, fees, close times counted from the start, stable ids.
Owns no behaviour after that; must not know orders or random walks. Tickers do not depend on the
start time (only the 15-minute market's does), so that what a customer held finds its market again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from uuid import UUID

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.practice.chance import Draws, stream
from kalshi_tui.practice.latent import Motion, Shape
from kalshi_tui.practice.market import Listing
from kalshi_tui.practice.presets import (
    CALM_QUARTER_HOUR,
    DEAD,
    PRESETS,
    QUIET,
    STEADY,
    Profile,
    Sides,
)
from kalshi_tui.practice.programme import Act, Cue
from kalshi_tui.practice.recording import Recording
from kalshi_tui.practice.scenarios import SCENARIOS
from kalshi_tui.practice.templates import (
    BITCOIN,
    CITIES,
    EVENTS,
    GAME,
    GAS,
    Choice,
    EventTemplate,
    SeriesTemplate,
)

FIRST = "KXFEDDECISION-27JAN-H0"
"""The market that a workstation opens first: the liveliest whole-cent one."""

LISTED_BEFORE_NS = 10 * 24 * 3600 * 10**9
"""How long ago the markets opened when the exchange starts."""

PROGRAMME = (Cue(1_200, Act.TICKS, "KXNHL-27-DAL", word="tapered_deci_cent"),)
"""What happens by itself without a scenario: after twenty minutes one market changes its grid."""

_SECOND = 10**9
_AFTER_RECORDING_NS = 2 * _SECOND
_QUARTER = 15 * 60 * _SECOND
_NEW_YORK = timezone(timedelta(hours=-5))
_SHORTEST_S = 600


@dataclass(frozen=True, slots=True)
class Traded:
    """One market of the catalogue and who trades it."""

    listing: Listing
    profile: Profile
    outcome: int
    """The market's place in the event's motion."""
    is_void: bool = False
    """True for a market that settles at its last fair price."""


@dataclass(frozen=True, slots=True)
class ListedEvent:
    """An event with its markets, and how their fair prices move."""

    ticker: str
    series: SeriesTemplate
    title: str
    sub_title: str
    mutually_exclusive: bool
    motion: Motion
    start_ns: int
    """When the motion starts."""
    markets: tuple[Traded, ...]
    """In the order of the outcomes; a shortened catalogue may leave some out."""
    fees: FeeSchedule | None = None
    """What overrides the series' fees."""


class Catalogue:
    """Everything that is listed. Grows while the exchange runs; nothing is ever taken out."""

    def __init__(
        self,
        events: list[ListedEvent],
        programme: tuple[Cue, ...] = (),
        start_ns: int = 0,
        recordings: Sequence[Recording] = (),
    ) -> None:
        self.events = events
        """A new 15-minute event is added when one closes (by the crowd)."""
        self.programme = programme
        """What happens at set times, counted from `start_ns`."""
        self.start_ns = start_ns
        self.recordings = {each.ticker: each for each in recordings}
        """What is played back: the crowd has no traders in these markets."""
        self._first = next(iter(self.recordings), FIRST)

    @property
    def series(self) -> tuple[SeriesTemplate, ...]:
        """The series of all events, in order of first appearance."""
        return tuple(dict.fromkeys(event.series for event in self.events))

    @property
    def markets(self) -> tuple[Traded, ...]:
        """All markets; the one to open first stands first."""
        found = [market for event in self.events for market in event.markets]
        return tuple(sorted(found, key=lambda market: market.listing.ticker != self._first))

    @property
    def listings(self) -> tuple[Listing, ...]:
        """What the exchange has to list, in the order of `markets`."""
        return tuple(market.listing for market in self.markets)


def catalogue(
    now_ns: int,
    *,
    seed: int = 0,
    markets: int | None = None,
    preset: str | None = None,
    scenario: str | None = None,
) -> Catalogue:
    """Return the practice catalogue at `now_ns` (wall or virtual nanoseconds).

    `markets` shortens it (the first one is always there) or adds seeded games and gas prices;
    None means the written catalogue. `preset` gives every market that crowd, one of
    `presets.PRESETS`. `scenario`, one of `scenarios.SCENARIOS`, lists its own events and the
    15-minute market in place of the written ones. Raises `ValueError`, one sentence, for an unknown
    word or fewer markets than one.
    """
    if markets is not None and markets < 1:
        raise ValueError("An exchange needs at least one market.")
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"{preset!r} is not a preset; there are {', '.join(PRESETS)}.")
    if scenario is not None and scenario not in SCENARIOS:
        raise ValueError(f"{scenario!r} is not a scenario; there are {', '.join(SCENARIOS)}.")
    piece = None if scenario is None else SCENARIOS[scenario]
    written = [_event(template, now_ns) for template in (EVENTS if piece is None else piece.events)]
    written.insert(1, quarter_hour(now_ns))
    events = written if markets is None else _sized(written, markets, seed, now_ns)
    if preset is not None:
        events = [_with_profile(event, PRESETS[preset]) for event in events]
    return Catalogue(events, PROGRAMME if piece is None else piece.cues(seed), now_ns)


def with_recordings(listed: Catalogue, recordings: Sequence[Recording], now_ns: int) -> Catalogue:
    """Return a catalogue that also plays recordings, from `now_ns` on."""
    played = [_recorded(each, now_ns) for each in recordings]
    return Catalogue([*played, *listed.events], listed.programme, listed.start_ns, recordings)


def _recorded(recording: Recording, now_ns: int) -> ListedEvent:
    event_ticker = recording.ticker.rpartition("-")[0] or recording.ticker
    template = EventTemplate(
        SeriesTemplate(
            recording.ticker.partition("-")[0],
            "Recorded market",
            "Recordings",
            "custom",
            ("Recording",),
            "the recording",
            FeeSchedule(),
            verdict_s=(1, 9),
            timer_s=5,
        ),
        "",
        f"Recording of {event_ticker}",
        "Played back",
        "Will {name} be right?",
        "If YES cost more than half a dollar at the end of the recording, then the market resolves "
        "to Yes.",
        Shape.THRESHOLDS,
        recording.structure,
        0.0,
        (Choice("", recording.ticker, 50.0, DEAD),),
    )
    close_ns = now_ns + recording.length_ns + _AFTER_RECORDING_NS
    event = _event(template, now_ns, close_ns)
    market = event.markets[0]
    listing = replace(market.listing, ticker=recording.ticker, event_ticker=event_ticker)
    return replace(event, ticker=event_ticker, markets=(replace(market, listing=listing),))


def successor(event: ListedEvent, now_ns: int) -> ListedEvent | None:
    """Return the event that follows one that closed, with the same crowd; None for most."""
    if event.series is not BITCOIN:
        return None
    return _with_profile(quarter_hour(now_ns), event.markets[0].profile)


def quarter_hour(now_ns: int) -> ListedEvent:
    """Return the 15-minute Bitcoin event that closes next, at least ten minutes from now."""
    close_ns = (now_ns + _SHORTEST_S * _SECOND + _QUARTER - 1) // _QUARTER * _QUARTER
    stamp = datetime.fromtimestamp(close_ns // _SECOND, UTC).astimezone(_NEW_YORK)
    template = EventTemplate(
        BITCOIN,
        stamp.strftime("%y%b%d%H%M").upper(),
        "BTC price up in next 15 mins?",
        f"Closes at {stamp:%H:%M} EST",
        "BTC price up in next 15 mins?",
        "If the average of the sixty seconds of the Bitcoin index before the close is at least "
        "that of the sixty seconds before the open, then the market resolves to Yes.",
        Shape.THRESHOLDS,
        "tapered_deci_cent",
        (close_ns - now_ns) / _SECOND / 3600,
        (Choice(f"{stamp:%M}", "Price to beat", 50.0, CALM_QUARTER_HOUR),),
        step_ms=100,
    )
    return _event(template, now_ns, close_ns)


def _event(template: EventTemplate, now_ns: int, close_ns: int | None = None) -> ListedEvent:
    series = template.series
    ticker = f"{series.ticker}-{template.suffix}"
    if close_ns is None:
        close_ns = now_ns + round(template.hours * 3600) * _SECOND
    traded = tuple(
        Traded(
            _listing(template, choice, now_ns, close_ns),
            choice.profile if choice.rate is None else replace(choice.profile, rate=choice.rate),
            outcome,
            choice.is_void,
        )
        for outcome, choice in enumerate(template.choices)
    )
    motion = Motion(
        template.shape,
        tuple(choice.odds / 100 for choice in template.choices),
        (close_ns - now_ns) / _SECOND
        if template.known_hours is None
        else template.known_hours * 3600,
        template.step_ms,
        template.news_share,
        template.news_per_hour,
    )
    exclusive = template.shape is not Shape.THRESHOLDS
    return ListedEvent(
        ticker,
        series,
        template.title,
        template.sub_title,
        exclusive,
        motion,
        now_ns,
        traded,
        template.fees,
    )


def _listing(template: EventTemplate, choice: Choice, now_ns: int, close_ns: int) -> Listing:
    event_ticker = f"{template.series.ticker}-{template.suffix}"
    ticker = f"{event_ticker}-{choice.suffix}"
    return Listing(
        ticker=ticker,
        event_ticker=event_ticker,
        series_ticker=template.series.ticker,
        title=template.question.format(name=choice.name),
        yes_sub_title=choice.name[:1].upper() + choice.name[1:],
        no_sub_title=choice.name[:1].upper() + choice.name[1:],
        rules=template.rules.format(name=choice.name),
        structure=template.structure,
        grid=PUBLISHED_GRIDS[template.structure],
        fees=template.series.fees,
        open_ns=now_ns - LISTED_BEFORE_NS,
        close_ns=close_ns,
        exchange_index=template.series.exchange_index,
        settlement_timer_s=template.series.timer_s,
        market_id=str(UUID(bytes=blake2b(ticker.encode(), digest_size=16).digest(), version=4)),
    )


def _sized(events: list[ListedEvent], count: int, seed: int, now_ns: int) -> list[ListedEvent]:
    found = list(events)
    held = sum(len(event.markets) for event in found)
    extra = _more(seed, now_ns)
    while held < count:
        event = next(extra)
        found.append(event)
        held += len(event.markets)
    keep = {market.listing.ticker for market in Catalogue(found).markets[:count]}
    shortened = (
        replace(
            event,
            markets=tuple(each for each in event.markets if each.listing.ticker in keep),
        )
        for event in found
    )
    return [event for event in shortened if event.markets]


def _more(seed: int, now_ns: int) -> Iterator[ListedEvent]:
    number = 0
    while True:
        number += 1
        draws = Draws(stream(seed, "catalogue", str(number)).getrandbits(64))
        template = _gas(number, draws) if number % 4 == 0 else _game(number, draws)
        yield _event(template, now_ns)


def _game(number: int, draws: Draws) -> EventTemplate:
    home = draws.below(len(CITIES))
    away = (home + 1 + draws.below(len(CITIES) - 1)) % len(CITIES)
    odds = 20.0 + draws.below(61)
    profile = STEADY if draws.below(4) == 0 else QUIET
    sides = (CITIES[away], CITIES[home])
    return EventTemplate(
        GAME,
        f"G{number:04d}{sides[0][0]}{sides[1][0]}",
        f"{sides[0][1]} at {sides[1][1]}",
        f"Game {number}",
        "Will {name} win the game?",
        f"If {{name}} wins game {number}, {sides[0][1]} at {sides[1][1]}, then the market "
        "resolves to Yes.",
        Shape.CONTEST,
        "linear_cent",
        3.0 + draws.below(40),
        (
            Choice(sides[0][0], sides[0][1], odds, profile),
            Choice(sides[1][0], sides[1][1], 100.0 - odds, profile),
        ),
        news_share=0.6,
        news_per_hour=6.0,
        step_ms=1_000,
    )


def _gas(number: int, draws: Draws) -> EventTemplate:
    base = 290 + draws.below(40)
    start = 75.0 + draws.below(20)
    names = [(base + 3 * step, start - 24.0 * step) for step in range(4)]
    return EventTemplate(
        GAS,
        f"W{number:04d}",
        "US gas prices this week?",
        f"Week {number}",
        "Will average gas prices be above {name}?",
        "If the average price of regular gas in the US is above {name}, then the market resolves "
        "to Yes.",
        Shape.THRESHOLDS,
        "tapered_deci_cent" if draws.below(2) else "deci_cent",
        40.0 + draws.below(100),
        tuple(
            Choice(f"{cents / 100:.3f}", f"${cents / 100:.3f}", max(odds, 1.2), QUIET)
            for cents, odds in names
        ),
        step_ms=1_000,
    )


def _with_profile(event: ListedEvent, profile: Profile) -> ListedEvent:
    markets = tuple(
        replace(
            each,
            profile=profile
            if each.profile.sides is Sides.BOTH
            else replace(profile, sides=each.profile.sides),
        )
        for each in event.markets
    )
    return replace(event, markets=markets)
