"""The seeded traders of the practice exchange: what makes its markets live.

Calling contract (sans-IO; the server owns time and sockets):

    listed = catalogue(start_ns, seed=..., markets=..., preset=...)
    for listing in listed.listings: exchange.list_market(listing, start_ns)
    ... restore accounts and resting customer orders ...
    crowd = Crowd(exchange, listed, seed=..., rate=...)
    crowd.open(start_ns)                 # the whole opening book, at one timestamp
    then, for ever:
        crowd.run_until(now_ns)          # everything that is due, each thing at its own time
        exchange.take_happenings()       # what to tell the clients
        sleep until crowd.next_time() or exchange.next_due_ns(), whichever comes first

Before every customer command call `run_until(now_ns)` and use the same `now_ns` for the command, so
that the exchange's time never runs back. `run_until(now_ns, most=500)` returns after that many
things, True while more is due: yield to the sockets in between. Opening some seconds in the past
and running up to now gives the tape a history. `next_time()` always has an answer: a crowd keeps
watch over every market for ever.

One heap orders everything by (time, market number, entry within the market). The same seed,
catalogue and customer commands give the same happenings; a market's draws depend on the seed and
its ticker alone. Reads no clock; customer orders change the book, never the draws.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from heapq import heappop, heappush
from itertools import accumulate

from kalshi_tui.practice.chance import Draws, stream
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.latent import Activity, Latent
from kalshi_tui.practice.listings import Catalogue, ListedEvent, Traded
from kalshi_tui.practice.makers import ACCOUNTS, Maker
from kalshi_tui.practice.pit import NOISE, STOCK, TAKER, Pit
from kalshi_tui.practice.stock import Stock
from kalshi_tui.practice.takers import Passers

_SECOND = 10**9
_WATCH_NS = _SECOND
_ACTIVITY_STEP_MS = 250
_PULSES = 0.5
_TENDS = 0.03
_INFORMED = 0.02
_MOST_MOVES = 6


class Trading:
    """All traders of one market, and the budget of deltas that they share."""

    __slots__ = (
        "_activity",
        "_budget_from",
        "_kinds",
        "_makers",
        "_passers",
        "_per_second",
        "_random",
        "_rate",
        "_spent",
        "_stock",
        "_watch",
        "pit",
    )

    def __init__(self, pit: Pit, seed: int, start_ns: int, rate: float) -> None:
        profile, ticker = pit.profile, pit.ticker
        self.pit = pit
        self._rate = rate
        self._random = stream(seed, ticker, "flow")
        self._watch = stream(seed, ticker, "watch")
        self._activity = Activity(
            stream(seed, ticker, "activity"),
            start_ns,
            _ACTIVITY_STEP_MS,
            profile.fast,
            profile.slow,
        )
        self._stock = Stock(pit)
        self._passers = Passers(pit)
        makers = Draws(stream(seed, ticker, "makers").getrandbits(64))
        self._makers = [Maker(pit, account, makers) for account in ACCOUNTS[: profile.makers]]
        shares = (_PULSES, profile.taker_share, profile.noise_share / 2, _TENDS, _INFORMED)
        self._kinds = list(accumulate(shares))
        self._per_second = rate * self._kinds[-1]
        self._budget_from = 0.0
        self._spent = 0

    def open(self, seed: int, at_ns: int) -> None:
        """Lay out the opening book."""
        draws = Draws(stream(seed, self.pit.ticker, "open").getrandbits(64))
        if self.pit.is_open():
            self._stock.open(draws, at_ns)
            for maker in self._makers:
                maker.open(draws, at_ns)
        self._budget_from = self._activity.reading(at_ns)

    def next_flow(self, at_ns: int) -> int | None:
        """Draw the time of the next thing that happens by itself; None if nothing ever does."""
        if self._per_second <= 0.0:
            return None
        return self._activity.after(at_ns, self._random.expovariate(self._per_second))

    def flow(self, at_ns: int) -> None:
        """Let one thing happen. Takes one word from the market's stream, whatever it is."""
        draws = Draws(self._random.getrandbits(64))
        if not self.pit.is_open():
            return
        before = self.pit.market.clock
        kind = bisect_right(self._kinds, draws.unit() * self._kinds[-1])
        if kind == 0:
            self._pulse(draws, at_ns)
        elif kind == 1:
            self._passers.retail(draws, at_ns)
        elif kind == 2:
            self._passers.noise(draws, at_ns)
        elif kind == 3:
            self._stock.tend(draws, at_ns)
        else:
            self._passers.informed(draws, at_ns)
        self._spent += self.pit.market.clock - before

    def late(self, deed: Callable[[int], None], at_ns: int) -> None:
        """Do what was put off, and count it."""
        if self.pit.is_open():
            before = self.pit.market.clock
            deed(at_ns)
            self._spent += self.pit.market.clock - before

    def watch(self, at_ns: int) -> None:
        """Once a second: mend a book that trades or the fair price have left behind."""
        draws = Draws(self._watch.getrandbits(64))
        if not self.pit.is_open():
            return
        market = self.pit.market
        before = market.clock
        if draws.unit() < 2.0 * self._rate:
            self._passers.informed(draws, at_ns)
        if self.pit.is_torn(at_ns):
            self._stock.repair(draws, at_ns)
            for maker in self._makers:
                maker.pulse(draws, at_ns, _MOST_MOVES)
        self._spent += market.clock - before

    def _pulse(self, draws: Draws, at_ns: int) -> None:
        owed = self._owed(at_ns)
        moves = min(_MOST_MOVES, max(0, int(owed / 2.0)))
        if self._makers:
            maker = self._makers[draws.below(len(self._makers))]
            maker.pulse(draws, at_ns, moves)
        elif moves:
            self._stock.tend(draws, at_ns)

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


class Crowd:
    """The traders of all markets, driven by one heap."""

    def __init__(
        self,
        exchange: Exchange,
        listed: Catalogue,
        *,
        seed: int = 0,
        rate: float | None = None,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        """Meet the markets of the catalogue, which the exchange has listed already.

        `rate` is the wanted number of deltas a second over all markets, `rates` the wanted number
        for single tickers; without them every market keeps its profile's.
        """
        self._exchange = exchange
        self._seed = seed
        self._heap: list[tuple[int, int, int, Callable[[int], None]]] = []
        self._entries: list[int] = []
        self._rates = _wanted(listed, rate, rates or {})
        self._trading: list[Trading] = []
        for account in (*ACCOUNTS, STOCK, NOISE, TAKER):
            exchange.open_house(account)
        for event in listed.events:
            self._meet(event)

    def open(self, at_ns: int) -> None:
        """Lay out every market's opening book at `at_ns` and start the clock of each trader."""
        for number, trading in enumerate(self._trading):
            trading.open(self._seed, at_ns)
            self._plan_flow(number, at_ns)
            phase = stream(self._seed, trading.pit.ticker, "phase").randrange(_WATCH_NS)
            self._enter(number, at_ns + phase, partial(self._watch, number))

    def next_time(self) -> int:
        """Return when the next thing happens, in the exchange's nanoseconds."""
        return self._heap[0][0]

    def run_until(self, at_ns: int, most: int | None = None) -> bool:
        """Do what is due up to and including `at_ns`.

        Return True when `most` things were done and more is due.
        """
        heap, left = self._heap, most
        while heap and heap[0][0] <= at_ns:
            if left is not None:
                if left <= 0:
                    return True
                left -= 1
            due, _, _, deed = heappop(heap)
            deed(due)
        return False

    def _meet(self, event: ListedEvent) -> None:
        latent = Latent(self._seed, event.ticker, event.motion, event.start_ns)
        for traded in event.markets:
            number = len(self._trading)
            self._entries.append(0)
            self._trading.append(self._trading_in(traded, latent, number, event.start_ns))

    def _trading_in(self, traded: Traded, latent: Latent, number: int, start_ns: int) -> Trading:
        ticker = traded.listing.ticker
        rate = self._rates[ticker]
        pit = Pit(
            self._exchange,
            self._exchange.markets[ticker],
            latent,
            traded.outcome,
            replace(traded.profile, rate=rate),
            partial(self._later, number),
        )
        return Trading(pit, self._seed, start_ns, rate)

    def _enter(self, number: int, at_ns: int, deed: Callable[[int], None]) -> None:
        self._entries[number] += 1
        heappush(self._heap, (at_ns, number, self._entries[number], deed))

    def _later(self, number: int, at_ns: int, deed: Callable[[int], None]) -> None:
        self._enter(number, at_ns, partial(self._trading[number].late, deed))

    def _plan_flow(self, number: int, at_ns: int) -> None:
        following = self._trading[number].next_flow(at_ns)
        if following is not None:
            self._enter(number, following, partial(self._flow, number))

    def _flow(self, number: int, at_ns: int) -> None:
        self._trading[number].flow(at_ns)
        self._plan_flow(number, at_ns)

    def _watch(self, number: int, at_ns: int) -> None:
        self._trading[number].watch(at_ns)
        self._enter(number, at_ns + _WATCH_NS, partial(self._watch, number))


def _wanted(listed: Catalogue, rate: float | None, rates: Mapping[str, float]) -> dict[str, float]:
    """Return the wanted deltas a second of each market."""
    own = {each.listing.ticker: each.profile.rate for each in listed.markets}
    total = sum(own.values())
    if rate is not None:
        factor = rate / total if total > 0.0 else 0.0
        own = {
            ticker: each * factor if total > 0.0 else rate / len(own)
            for ticker, each in own.items()
        }
    return {**own, **{ticker: each for ticker, each in rates.items() if ticker in own}}
