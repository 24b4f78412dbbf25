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
that the exchange's time never runs back; what the exchange's calendar has due in between is done
on the way. `run_until(now_ns, most=500)` returns after that many
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
from kalshi_tui.practice.listings import Catalogue, ListedEvent, successor
from kalshi_tui.practice.makers import ACCOUNTS, Maker
from kalshi_tui.practice.pit import NOISE, STOCK, TAKER, Pit
from kalshi_tui.practice.stock import Stock
from kalshi_tui.practice.takers import Passers

_SECOND = 10**9
_WATCH_NS = _SECOND
_SLOW_WATCH_NS = 10 * _SECOND
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
        "event",
        "pit",
    )

    def __init__(self, pit: Pit, seed: int, event: ListedEvent) -> None:
        profile, ticker = pit.profile, pit.ticker
        self.pit = pit
        self.event = event
        self._rate = profile.rate
        self._random = stream(seed, ticker, "flow")
        self._watch = stream(seed, ticker, "watch")
        self._activity = Activity(
            stream(seed, ticker, "activity"),
            event.start_ns,
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
        self._per_second = profile.rate * self._kinds[-1]
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
        self._listed = listed
        self._seed = seed
        self._heap: list[tuple[int, int, int, Callable[[int], None]]] = []
        self._entries: list[int] = []
        rates_of = _wanted(listed, rate, rates or {})
        self._trading: list[Trading] = []
        self._asleep: set[int] = set()
        self._followed: set[str] = set()
        for account in (*ACCOUNTS, STOCK, NOISE, TAKER):
            exchange.open_house(account)
        for event in listed.events:
            self._meet(event, rates_of)

    def open(self, at_ns: int) -> None:
        """Lay out every market's opening book at `at_ns` and start the clock of each trader."""
        for number in range(len(self._trading)):
            self._begin(number, at_ns)

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
            calendar = self._exchange.next_due_ns()
            if calendar is not None and calendar <= due:
                self._exchange.advance(due)
            deed(due)
        return False

    def _meet(self, event: ListedEvent, rates: Mapping[str, float]) -> None:
        latent = Latent(self._seed, event.ticker, event.motion, event.start_ns)
        for traded in event.markets:
            pit = Pit(
                self._exchange,
                self._exchange.markets[traded.listing.ticker],
                latent,
                traded.outcome,
                replace(traded.profile, rate=rates[traded.listing.ticker]),
                partial(self._later, len(self._trading)),
            )
            self._entries.append(0)
            self._trading.append(Trading(pit, self._seed, event))

    def _begin(self, number: int, at_ns: int) -> None:
        trading = self._trading[number]
        trading.open(self._seed, at_ns)
        self._plan_flow(number, at_ns)
        phase = stream(self._seed, trading.pit.ticker, "phase").randrange(_WATCH_NS)
        self._enter(number, at_ns + phase, partial(self._watch, number))

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
        trading = self._trading[number]
        if trading.pit.is_over():
            self._asleep.add(number)
            return
        trading.flow(at_ns)
        self._plan_flow(number, at_ns)

    def _watch(self, number: int, at_ns: int) -> None:
        trading = self._trading[number]
        if trading.pit.is_over():
            self._follow(trading, at_ns)
            self._enter(number, at_ns + _SLOW_WATCH_NS, partial(self._watch, number))
            return
        if number in self._asleep:
            self._asleep.discard(number)
            self._plan_flow(number, at_ns)
        trading.watch(at_ns)
        self._enter(number, at_ns + _WATCH_NS, partial(self._watch, number))

    def _follow(self, over: Trading, at_ns: int) -> None:
        """List the event that follows one that has closed, once."""
        if over.event.ticker in self._followed:
            return
        self._followed.add(over.event.ticker)
        event = successor(over.event, at_ns)
        if event is None or event.markets[0].listing.ticker in self._exchange.markets:
            return
        first = len(self._trading)
        self._listed.events.append(event)
        for traded in event.markets:
            self._exchange.list_market(traded.listing, at_ns)
        rate = over.pit.profile.rate
        self._meet(event, {each.listing.ticker: rate for each in event.markets})
        for number in range(first, len(self._trading)):
            self._begin(number, at_ns)


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
