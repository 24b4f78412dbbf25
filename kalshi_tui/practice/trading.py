"""All traders of one market: who acts when, and the budget of deltas that they share.

Owns the market's streams and its random clock. Knows no other market, no calendar and no clock.
"""

from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from math import exp, sqrt

from kalshi_tui.practice.chance import Draws, stream
from kalshi_tui.practice.latent import RESTLESS, Activity
from kalshi_tui.practice.listings import ListedEvent
from kalshi_tui.practice.makers import ACCOUNTS, Maker
from kalshi_tui.practice.pit import Pit
from kalshi_tui.practice.presets import REQUOTES
from kalshi_tui.practice.stock import Stock
from kalshi_tui.practice.takers import Passers

_ACTIVITY_STEP_MS = 250
_PULSES = 0.5
_TENDS = 0.03
_TENDS_A_SECOND = 0.3
_INFORMED = 0.012
_NERVES_KEPT = 0.985
_HERD_NS = 2_500_000
_SECOND = 10**9
_MOST_MOVES = 6
_WATCHES = 5.0
_WHOLE_LADDER = 1_000
_RUSH = 20
_PATIENT = 0.25
"""Seconds of its rate that a market may lag behind before makers move quotes at will."""

_ROOM = 0.5
"""Seconds of its rate that a market may run ahead and still see new passers."""


class Trading:
    """All traders of one market, and the budget of deltas that they share."""

    __slots__ = (
        "_activity",
        "_away_until",
        "_budget_from",
        "_deeds",
        "_kinds",
        "_makers",
        "_mood",
        "_passers",
        "_per_second",
        "_random",
        "_rate",
        "_seen",
        "_spent",
        "_stock",
        "_watch",
        "event",
        "is_void",
        "pit",
        "watch_ns",
    )

    def __init__(self, pit: Pit, seed: int, event: ListedEvent, *, is_void: bool = False) -> None:
        profile, ticker = pit.profile, pit.ticker
        self.pit = pit
        self.event = event
        self.is_void = is_void
        """True for a market that settles at its last fair price."""
        self._rate = profile.rate
        self._random = stream(seed, ticker, "flow")
        self._watch = stream(seed, ticker, "watch")
        self._activity = _activity(seed, pit, event, event.start_ns)
        self._stock = Stock(pit)
        self._passers = Passers(pit)
        makers = Draws(stream(seed, ticker, "makers").getrandbits(64))
        self._makers = [Maker(pit, account, makers) for account in ACCOUNTS[: profile.makers]]
        tends = min(_TENDS, _TENDS_A_SECOND / max(profile.rate, 1e-6))
        chains = profile.noise_share * (1.0 - REQUOTES) / 2.0
        lone = 1.0 - profile.herd
        shares = (_PULSES * lone, profile.taker_share, chains * lone, tends, _INFORMED)
        self._kinds = list(accumulate(shares))
        self._deeds = (
            self._pulse,
            self._passers.retail,
            self._noise,
            self._stock.tend,
            self._passers.informed,
        )
        self._per_second = profile.rate * self._kinds[-1]
        self.watch_ns = int(_SECOND / max(1.0, min(_WATCHES, profile.rate / 12.0)))
        """How often to call `watch`."""
        self._mood = 0.0
        self._seen = 0.0
        self._budget_from = 0.0
        self._spent = 0
        self._away_until = 0

    def open(self, seed: int, at_ns: int) -> None:
        """Lay out the opening book."""
        draws = Draws(stream(seed, self.pit.ticker, "open").getrandbits(64))
        if self.pit.is_open():
            self._stock.open(draws, at_ns)
            for maker in self._makers:
                maker.open(draws, at_ns)
        if at_ns != self.event.start_ns:
            self._activity = _activity(seed, self.pit, self.event, at_ns)
        self._budget_from = self._activity.reading(at_ns)

    def next_flow(self, at_ns: int) -> int | None:
        """Draw the time of the next thing that happens by itself; None if nothing ever does."""
        if self._per_second <= 0.0:
            return None
        return self._activity.after(at_ns, self._random.expovariate(self._per_second))

    def flow(self, at_ns: int) -> None:
        """Let one thing happen. Takes one word from the market's stream, whatever it is."""
        draws = Draws(self._random.getrandbits(64))
        if at_ns < self._away_until or not self.pit.is_open():
            return
        before = self.pit.market.clock
        kind = bisect_right(self._kinds, draws.unit() * self._kinds[-1])
        self._deeds[kind](draws, at_ns)
        self._spent += self.pit.market.clock - before

    def late(self, deed: Callable[[int], None], at_ns: int) -> None:
        """Do what was put off, and count it."""
        if self.pit.is_open():
            before = self.pit.market.clock
            deed(at_ns)
            self._spent += self.pit.market.clock - before

    def watch(self, at_ns: int) -> None:
        """Now and then: follow the price, mend a book that trades or the price have torn."""
        pit, profile = self.pit, self.pit.profile
        draws = Draws(self._watch.getrandbits(64))
        kept = _NERVES_KEPT ** (self.watch_ns / _SECOND)
        self._mood = self._mood * kept + draws.normal() * sqrt(1.0 - kept * kept)
        pit.nerves = exp(profile.nerves * self._mood)
        if at_ns < self._away_until or not pit.is_open():
            return
        before = pit.market.clock
        if draws.unit() < 2.0 * self._rate:
            self._passers.informed(draws, at_ns)
        fair = pit.fair(at_ns)
        if pit.is_torn(at_ns):
            self._stock.repair(draws, at_ns)
            for maker in self._makers:
                maker.pulse(draws, at_ns, _MOST_MOVES)
        elif profile.follows_news and abs(fair - self._seen) > 0.5 * pit.tick(fair):
            self._seen = fair
            for maker in self._makers:
                maker.pulse(draws, at_ns, 0)
        self._spent += pit.market.clock - before

    def withdraw(self, until_ns: int, at_ns: int) -> None:
        """Take every order of makers and stock out, and quote nothing until `until_ns`."""
        if not self.pit.is_open():
            return
        self._away_until = max(self._away_until, until_ns)
        for maker in self._makers:
            maker.withdraw(until_ns, at_ns)
        self._stock.withdraw(at_ns)

    def react(self, at_ns: int) -> None:
        """Follow a price that has jumped, all at once: what is quick withdraws, the rest is hit."""
        draws = Draws(self._watch.getrandbits(64))
        if at_ns < self._away_until or not self.pit.is_open():
            return
        before = self.pit.market.clock
        self._passers.informed(draws, at_ns)
        self._stock.repair(draws, at_ns, _WHOLE_LADDER)
        for maker in self._makers:
            maker.pulse(draws, at_ns, 0)
        for _ in range(_RUSH):
            self._passers.informed(draws, at_ns)
        self._spent += self.pit.market.clock - before

    def _pulse(self, draws: Draws, at_ns: int) -> None:
        self._passers.shun(at_ns)
        owed = self._owed(at_ns)
        moves = min(_MOST_MOVES, max(0, int((owed - _PATIENT * self._rate) / 2.0)))
        if self._makers:
            maker = self._makers[draws.below(len(self._makers))]
            maker.pulse(draws, at_ns, moves)
        elif moves:
            self._stock.tend(draws, at_ns)
        self._herd(self._pulse, draws, at_ns)

    def _noise(self, draws: Draws, at_ns: int) -> None:
        if self._owed(at_ns) > -_ROOM * self._rate:
            self._passers.noise(draws, at_ns)
        self._herd(self._noise, draws, at_ns)

    def _herd(self, deed: Callable[[Draws, int], None], draws: Draws, at_ns: int) -> None:
        """Have another one do the same within milliseconds, as often as this crowd does."""
        herd = self.pit.profile.herd
        if herd > 0.0 and draws.unit() < herd:
            wait = 1 + int(_HERD_NS * draws.unit() ** 2)
            self.pit.later(at_ns + wait, partial(deed, Draws(draws.word())))

    def _owed(self, at_ns: int) -> float:
        """Return how many deltas the market is behind its rate; old debts are forgiven."""
        earned = (self._activity.reading(at_ns) - self._budget_from) * self._rate
        owed = earned - self._spent
        slack = max(20.0, 5.0 * self._rate)
        if not -slack <= owed <= slack:
            forgiven = owed - max(-slack, min(slack, owed))
            self._spent += int(forgiven)
            owed -= int(forgiven)
        return owed


def _activity(seed: int, pit: Pit, event: ListedEvent, start_ns: int) -> Activity:
    """Return the random clock of one market's traders: the event's own one where news rules."""
    profile = pit.profile
    if profile.follows_news:
        return Activity(
            stream(seed, event.ticker, "time"), start_ns, event.motion.step_ms, *RESTLESS
        )
    random = stream(seed, pit.ticker, "activity")
    return Activity(random, start_ns, _ACTIVITY_STEP_MS, profile.fast, profile.slow)
