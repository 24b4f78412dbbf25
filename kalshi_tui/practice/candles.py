"""The market's history in minutes: quotes, trades, volume and open interest, and their summaries.

Fed with happenings in the order they took place; a quote is read when the book settles, so a price
that stood for less than one batch of events leaves no trace. A minute in which nothing changed is
not stored: it is the one before it, carried on. Owns no wire format and no clock.
Source: openapi.yaml `MarketCandlestick`; recorded production candles (quiet minutes are there;
their price holds nothing but `previous`).
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kalshi_tui.core.units import NO_COUNT, ONE_DOLLAR, ZERO_PRICE, Count, Price
from kalshi_tui.practice.happenings import BookChanged, Happening, TradePrinted
from kalshi_tui.practice.market import ListedMarket

_NS_PER_S = 1_000_000_000
_MINUTE_S = 60

MINUTES_KEPT = 2 * 24 * 60
"""Minutes with a change that are kept of one market."""

MOST_CANDLES = 5_000
"""Candles of one market in one answer."""


@dataclass(slots=True)
class Span:
    """The first, lowest, highest and last price of a period."""

    open: Price
    low: Price
    high: Price
    close: Price

    def add(self, price: Price) -> None:
        """Take in one more price."""
        self.close = price
        if price < self.low:
            self.low = price
        elif price > self.high:
            self.high = price

    def join(self, later: "Span") -> None:
        """Take in the period that follows."""
        self.low = min(self.low, later.low)
        self.high = max(self.high, later.high)
        self.close = later.close


@dataclass(slots=True)
class Candle:
    """One period of one market."""

    end_s: int
    """Inclusive end, Unix seconds; a multiple of the period."""
    bid: Span
    ask: Span
    open_interest: Count
    trades: Span | None = None
    """None where nothing traded."""
    value: int = 0
    """Sum of price x count of the trades, in micro-dollars."""
    volume: Count = NO_COUNT
    previous: Price | None = None
    """The last trade's price before the period."""

    @property
    def mean(self) -> Price | None:
        """The mean price of the contracts traded, cut to the price unit."""
        return Price(self.value // self.volume) if self.volume else None

    def after(self, end_s: int) -> "Candle":
        """Return a quiet period that follows this one."""
        bid, ask = self.bid.close, self.ask.close
        last = self.previous if self.trades is None else self.trades.close
        return Candle(
            end_s,
            Span(bid, bid, bid, bid),
            Span(ask, ask, ask, ask),
            self.open_interest,
            previous=last,
        )

    def join(self, later: "Candle") -> None:
        """Take in the period that follows."""
        self.bid.join(later.bid)
        self.ask.join(later.ask)
        if later.trades is not None:
            if self.trades is None:
                self.trades = replace(later.trades)
            else:
                self.trades.join(later.trades)
        self.value += later.value
        self.volume = Count(self.volume + later.volume)
        self.open_interest = later.open_interest

    def copy(self, end_s: int) -> "Candle":
        """Return this candle as the beginning of a period that ends at `end_s`."""
        return replace(
            self,
            end_s=end_s,
            bid=replace(self.bid),
            ask=replace(self.ask),
            trades=None if self.trades is None else replace(self.trades),
        )


class Candles:
    """The minutes of every market."""

    def __init__(self) -> None:
        self._minutes: dict[str, deque[Candle]] = {}

    def note(self, happenings: Iterable[Happening], markets: Mapping[str, ListedMarket]) -> None:
        """Take in what happened."""
        changed: dict[str, int] = {}
        for each in happenings:
            kind = type(each)
            if kind is BookChanged:
                changed[each.ticker] = each.at_ns  # type: ignore[union-attr]
            elif isinstance(each, TradePrinted):
                self._trade(markets[each.ticker], each)
        for ticker, at_ns in changed.items():
            self._quote(markets[ticker], at_ns)

    def read(
        self, ticker: str, start_s: int, end_s: int, minutes: int, now_s: int
    ) -> Iterator[Candle]:
        """Yield the periods that end in [start_s, end_s], oldest first, up to the one of now.

        At most `MOST_CANDLES`.
        """
        period = minutes * _MINUTE_S
        known = list(self._minutes.get(ticker, ()))
        if not known:
            return
        first = _period_end(max(start_s, known[0].end_s), period)
        last = min(end_s, _period_end(now_s, period))
        count = 0
        place = bisect_left(known, first - period + _MINUTE_S, key=lambda each: each.end_s)
        before = known[place - 1] if place else None
        for end in range(first, last + 1, period):
            found = None if before is None else before.after(end)
            while place < len(known) and known[place].end_s <= end:
                before = known[place]
                if found is None:
                    found = before.copy(end)
                else:
                    found.join(before)
                place += 1
            if found is not None:
                yield found
                count += 1
            if count == MOST_CANDLES:
                return

    def latest_before(self, ticker: str, start_s: int, minutes: int) -> Candle | None:
        """Return the synthetic candle that carries on what was before `start_s`, if anything was.

        It ends at the first boundary after `start_s` and has no trade.
        """
        period = minutes * _MINUTE_S
        earlier = [each for each in self._minutes.get(ticker, ()) if each.end_s < start_s]
        return earlier[-1].after(start_s // period * period + period) if earlier else None

    def _minute(self, market: ListedMarket, at_ns: int) -> Candle:
        end_s = _period_end(-(-at_ns // _NS_PER_S), _MINUTE_S)
        minutes = self._minutes.get(market.ticker)
        if minutes is None:
            minutes = self._minutes[market.ticker] = deque(maxlen=MINUTES_KEPT)
        if minutes:
            last = minutes[-1]
            if last.end_s >= end_s:
                return last
            candle = last.after(end_s)
        else:
            bid, ask = _best(market)
            candle = Candle(
                end_s, Span(bid, bid, bid, bid), Span(ask, ask, ask, ask), market.open_interest
            )
        minutes.append(candle)
        return candle

    def _quote(self, market: ListedMarket, at_ns: int) -> None:
        candle = self._minute(market, at_ns)
        bid, ask = _best(market)
        if candle.bid.close != bid:
            candle.bid.add(bid)
        if candle.ask.close != ask:
            candle.ask.add(ask)

    def _trade(self, market: ListedMarket, trade: TradePrinted) -> None:
        candle = self._minute(market, trade.at_ns)
        price = trade.price
        if candle.trades is None:
            candle.trades = Span(price, price, price, price)
        else:
            candle.trades.add(price)
        candle.value += price * trade.size
        candle.volume = Count(candle.volume + trade.size)
        candle.open_interest = market.open_interest


def _best(market: ListedMarket) -> tuple[Price, Price]:
    bid, ask = market.book.best_bid, market.book.best_ask
    return ZERO_PRICE if bid is None else bid, ONE_DOLLAR if ask is None else ask


def _period_end(at_s: int, period: int) -> int:
    """Return the end of the period that holds `at_s`: an end belongs to its own period."""
    return -(-at_s // period) * period
