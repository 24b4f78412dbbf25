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
on the way. `run_until(now_ns, most=500)` returns after that many things, True while more is due:
yield to the sockets in between. Opening some seconds in the past and running up to now gives the
tape a history. `next_time()` always has an answer. The crowd also says how a market came out, some
time after its close, and carries out the catalogue's programme.

One heap orders everything by (time, market number, entry within the market). The same seed,
catalogue and customer commands give the same happenings; a market's draws depend on the seed and
its ticker alone. Reads no clock; customer orders change the book, never the draws.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from heapq import heappop, heappush

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.units import CENT, Price
from kalshi_tui.practice.chance import stream
from kalshi_tui.practice.director import RESULTS, Director
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import MarketResult
from kalshi_tui.practice.latent import Latent, LatentMark
from kalshi_tui.practice.listings import Catalogue, ListedEvent, successor
from kalshi_tui.practice.makers import ACCOUNTS
from kalshi_tui.practice.pit import NOISE, STOCK, TAKER, Pit
from kalshi_tui.practice.playback import Player
from kalshi_tui.practice.trading import Trading

_SECOND = 10**9
_SLOW_WATCH_NS = 10 * _SECOND
_UNDECIDED = (MarketStatus.CLOSED, MarketStatus.DISPUTED)
_NEVER = 1 << 62
_OFFICE = -1
"""The number under which what belongs to no market's traders stands in the heap."""

_RECORDED_VERDICT_S = (1, 9)
_REACTION_NS = 50_000_000


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
        marks: Mapping[str, LatentMark] | None = None,
    ) -> None:
        """Meet the markets of the catalogue, which the exchange has listed already.

        `rate` is the wanted number of deltas a second over all markets, `rates` the wanted number
        for single tickers; without them every market keeps its profile's. `marks` (by event
        ticker) say where hidden prices of an earlier run stood; they go on from there at `open`.
        """
        self._exchange = exchange
        self._listed = listed
        self._seed = seed
        self._heap: list[tuple[int, int, int, Callable[[int], None]]] = []
        self._entries: list[int] = []
        rates_of = _wanted(listed, rate, rates or {})
        self._trading: list[Trading] = []
        self._of: dict[str, Trading] = {}
        self._latents: dict[str, Latent] = {}
        self._marks = dict(marks or {})
        self._asleep: set[int] = set()
        self._judged: dict[str, int] = {}
        self._errands = 0
        self._director = Director(exchange, self)
        self._followed: set[str] = set()
        self._players = {
            ticker: Player(exchange, exchange.markets[ticker], recording)
            for ticker, recording in listed.recordings.items()
            if ticker in exchange.markets
        }
        for account in (*ACCOUNTS, STOCK, NOISE, TAKER):
            exchange.open_house(account)
        for event in listed.events:
            if event.markets[0].listing.ticker not in self._players:
                self._meet(event, rates_of)

    def open(self, at_ns: int) -> None:
        """Lay out every market's opening book at `at_ns` and start the clock of each trader."""
        for ticker, mark in self._marks.items():
            if ticker in self._latents:
                self._latents[ticker].resume(mark, at_ns)
        self._charge(self._listed.events, at_ns)
        for number in range(len(self._trading)):
            self._begin(number, at_ns)
        self._catch_up(at_ns)
        for ticker, player in self._players.items():
            player.open(at_ns)
            self._play(ticker, at_ns)
            self._attend(ticker, at_ns)
        for cue in self._listed.programme:
            due_ns = self._listed.start_ns + int(cue.at_s * _SECOND)
            if due_ns >= at_ns:
                self._enter(_OFFICE, due_ns, partial(self._director.perform, cue))

    def next_time(self) -> int:
        """Return when the next thing happens, in the exchange's nanoseconds; far off for never."""
        return self._heap[0][0] if self._heap else _NEVER

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

    def withdraw_makers(self, tickers: Iterable[str] | None, until_ns: int, now_ns: int) -> None:
        """Take the crowd's quotes out of some markets, or of all, until `until_ns`.

        They come back wider. Unknown tickers are passed over.
        """
        for trading in self._chosen(tickers):
            trading.withdraw(until_ns, now_ns)

    def gap(self, tickers: Iterable[str] | None, ticks: int, now_ns: int) -> None:
        """Let the fair price of some markets, or of all, jump by `ticks`; the books follow.

        In an event whose outcomes hang together the first one named jumps, the others move with it.
        """
        moved = []
        for trading in self._chosen(tickers):
            if trading.pit.latent not in moved:
                trading.pit.jump(ticks, now_ns)
                moved.append(trading.pit.latent)
        for number, trading in enumerate(self._trading):
            if trading.pit.latent in moved:
                self._enter(number, now_ns + _REACTION_NS, trading.react)

    def outcome(self, ticker: str) -> bool:
        """Return whether YES came true in a market that has closed.

        What was not known at its close is decided now by the odds of that moment. Raises
        `KeyError` for a market that this crowd does not trade.
        """
        if ticker in self._players:
            return self._listed.recordings[ticker].ended_yes
        trading = self._of[ticker]
        return trading.pit.is_right(trading.pit.market.close_ns)

    def decide(self, ticker: str, at_ns: int) -> None:
        """Have a market that is closed or disputed determined at a time."""
        self._enter(_OFFICE, at_ns, partial(self._determine, ticker))

    def marks(self) -> dict[str, LatentMark]:
        """Return where the hidden price of every event stands, by event ticker."""
        return {ticker: latent.mark() for ticker, latent in self._latents.items()}

    def _chosen(self, tickers: Iterable[str] | None) -> list[Trading]:
        if tickers is None:
            return list(self._trading)
        return [self._of[each] for each in tickers if each in self._of]

    def _meet(self, event: ListedEvent, rates: Mapping[str, float]) -> None:
        latent = Latent(self._seed, event.ticker, event.motion, event.start_ns)
        self._latents[event.ticker] = latent
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
            trading = Trading(pit, self._seed, event, is_void=traded.is_void)
            self._trading.append(trading)
            self._of[pit.ticker] = trading

    def _begin(self, number: int, at_ns: int) -> None:
        trading = self._trading[number]
        trading.open(self._seed, at_ns)
        self._plan_flow(number, at_ns)
        phase = stream(self._seed, trading.pit.ticker, "phase").randrange(_SECOND)
        self._enter(number, at_ns + phase, partial(self._watch, number))

    def _charge(self, events: Iterable[ListedEvent], at_ns: int) -> None:
        """Announce the fees of events that override their series'."""
        for event in events:
            if event.fees is not None and self._exchange.override_of(event.ticker) is None:
                self._exchange.override_fees(event.ticker, event.fees, at_ns)

    def _enter(self, number: int, at_ns: int, deed: Callable[[int], None]) -> None:
        if number == _OFFICE:
            self._errands += 1
            entry = self._errands
        else:
            self._entries[number] += 1
            entry = self._entries[number]
        heappush(self._heap, (at_ns, number, entry, deed))

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
            self._judge(trading.pit.ticker, trading.event.series.verdict_s, at_ns)
            if trading.pit.market.status is not MarketStatus.FINALIZED:
                self._enter(number, at_ns + _SLOW_WATCH_NS, partial(self._watch, number))
            return
        if number in self._asleep:
            self._asleep.discard(number)
            self._plan_flow(number, at_ns)
        trading.watch(at_ns)
        self._enter(number, at_ns + trading.watch_ns, partial(self._watch, number))

    def _judge(self, ticker: str, verdict_s: tuple[int, int], at_ns: int) -> None:
        """Plan the determination of a market that has closed, once for each close."""
        market = self._exchange.markets[ticker]
        if market.status is not MarketStatus.CLOSED or self._judged.get(ticker) == market.close_ns:
            return
        self._judged[ticker] = market.close_ns
        least, most = verdict_s
        draw = stream(self._seed, ticker, "verdict", str(market.close_ns)).random()
        wait = int((least + (most - least) * draw) * _SECOND)
        self.decide(ticker, max(at_ns, market.close_ns + wait))

    def _catch_up(self, at_ns: int) -> None:
        """Settle what closed so long ago that its verdict and its payment are both due."""
        for event in self._listed.events:
            for traded in event.markets:
                market = self._exchange.markets.get(traded.listing.ticker)
                if market is None or market.status is not MarketStatus.CLOSED:
                    continue
                due_s = event.series.verdict_s[1] + market.listing.settlement_timer_s
                if market.close_ns + due_s * _SECOND <= at_ns:
                    self._determine(market.ticker, at_ns)
                    self._exchange.settle(market.ticker, at_ns)

    def _determine(self, ticker: str, at_ns: int) -> None:
        if self._exchange.markets[ticker].status not in _UNDECIDED:
            return
        trading = self._of.get(ticker)
        if trading is not None and trading.is_void:
            cents = round(trading.pit.fair(trading.pit.market.close_ns) / CENT)
            value = Price(min(max(cents, 1), 99) * CENT)
            self._exchange.determine(ticker, MarketResult.SCALAR, at_ns, value)
        else:
            self._exchange.determine(ticker, RESULTS[self.outcome(ticker)], at_ns)

    def _play(self, ticker: str, at_ns: int) -> None:
        player = self._players[ticker]
        while (due := player.next_ns()) is not None:
            if due > at_ns:
                self._enter(_OFFICE, due, partial(self._play, ticker))
                return
            player.play(at_ns)

    def _attend(self, ticker: str, at_ns: int) -> None:
        """Look after the end of a recorded market."""
        self._judge(ticker, _RECORDED_VERDICT_S, at_ns)
        if self._exchange.markets[ticker].status is not MarketStatus.FINALIZED:
            self._enter(_OFFICE, at_ns + _SECOND, partial(self._attend, ticker))

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
