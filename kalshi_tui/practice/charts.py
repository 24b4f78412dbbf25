"""Candlesticks over REST: of one market, of many, of an event.

Owns the parameters and the shapes; the candles are `candles`'. Changes nothing.
Source: openapi.yaml, candlestick operations; recorded production candles (no trade: only
`previous_dollars`).
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.units import Price, count_to_wire, price_to_wire
from kalshi_tui.practice import rejections, shapes
from kalshi_tui.practice.archive import market_is_old
from kalshi_tui.practice.candles import Candle, Span
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.parameters import Query
from kalshi_tui.practice.venue import Venue

_NS_PER_S = 1_000_000_000
_INTERVALS = (1, 60, 1440)
_MOST_TICKERS = 100
_MOST_CANDLES = 10_000
"""Of all markets of one batch or event together."""


class Period(NamedTuple):
    """What a request asks for: Unix seconds, both ends inclusive, and minutes of one candle."""

    start_s: int
    end_s: int
    minutes: int
    synthetic: bool = False


class Charts:
    """The candle endpoints of one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def market(self, request: Request) -> Response:
        """GET /series/{series}/markets/{ticker}/candlesticks: of a market that is not archived."""
        query = Query("GetMarketCandlesticks", request.query_params)
        period = _period(query)
        ticker = request.path_params["ticker"]
        self._check_listed(ticker, request.path_params["series_ticker"])
        found = [candlestick(each) for each in self._candles(ticker, period)]
        return answer({"ticker": ticker, "candlesticks": found})

    async def batch(self, request: Request) -> Response:
        """GET /markets/candlesticks: markets that are not listed are left out."""
        query = Query("BatchGetMarketCandlesticks", request.query_params)
        tickers = list(dict.fromkeys(query.words("market_tickers")))
        if not tickers:
            raise query.refused("MarketTickers", "required")
        if len(tickers) > _MOST_TICKERS:
            raise query.refused("MarketTickers", "max")
        period = _period(query)
        left, found = _MOST_CANDLES, []
        for ticker in tickers:
            if self._is_live(ticker):
                candles = _first(self._candles(ticker, period), left)
                left -= len(candles)
                found.append({"market_ticker": ticker, "candlesticks": candles})
        return answer({"markets": found})

    async def event(self, request: Request) -> Response:
        """GET /series/{series}/events/{ticker}/candlesticks: `adjusted_end_ts` says how far."""
        query = Query("GetMarketCandlesticksByEvent", request.query_params)
        period = _period(query)
        path = request.path_params
        for each in self._venue.catalogue.events:
            if each.ticker == path["ticker"] and each.series.ticker == path["series_ticker"]:
                break
        else:
            raise rejections.not_found()
        tickers = [market.listing.ticker for market in each.markets]
        tickers = [ticker for ticker in tickers if self._is_live(ticker)]
        share = max(1, _MOST_CANDLES // max(1, len(tickers)))
        end_s = min(period.end_s, period.start_s + share * period.minutes * 60)
        period = period._replace(end_s=end_s)
        candles = [
            [candlestick(one) for one in self._candles(ticker, period)] for ticker in tickers
        ]
        return answer(
            {
                "market_tickers": tickers,
                "market_candlesticks": candles,
                "adjusted_end_ts": end_s,
            }
        )

    async def archived(self, request: Request) -> Response:
        """GET /historical/markets/{ticker}/candlesticks: the same with unsuffixed names."""
        period = _period(Query("GetMarketCandlesticksHistorical", request.query_params))
        ticker = request.path_params["ticker"]
        if ticker not in self._venue.exchange.markets or self._is_live(ticker):
            raise rejections.not_found()
        found = [old_candlestick(each) for each in self._candles(ticker, period)]
        return answer({"ticker": ticker, "candlesticks": found})

    def _candles(self, ticker: str, period: Period) -> Iterator[Candle]:
        candles = self._venue.candles
        if period.synthetic:
            before = candles.latest_before(ticker, period.start_s, period.minutes)
            if before is not None:
                yield before
        now_s = self._venue.clock.now_ns() // _NS_PER_S
        yield from candles.read(ticker, period.start_s, period.end_s, period.minutes, now_s)

    def _check_listed(self, ticker: str, series: str) -> None:
        listed = self._venue.exchange.markets.get(ticker)
        if listed is None or listed.listing.series_ticker != series or not self._is_live(ticker):
            raise rejections.not_found()

    def _is_live(self, ticker: str) -> bool:
        exchange = self._venue.exchange
        listed = exchange.markets.get(ticker)
        cutoff = exchange.cutoff(self._venue.clock.now_ns())
        return listed is not None and not market_is_old(listed, cutoff)


def candlestick(candle: Candle) -> shapes.Candlestick:
    """Return a live candle."""
    return shapes.Candlestick(
        candle.end_s,
        _prices(candle.bid),
        _prices(candle.ask),
        _trade_prices(candle),
        count_to_wire(candle.volume),
        count_to_wire(candle.open_interest),
    )


def old_candlestick(candle: Candle) -> shapes.OldCandlestick:
    """Return an archived candle; what did not trade is null."""
    price = shapes.OldTradePrices(mean=_maybe(candle.mean), previous=_maybe(candle.previous))
    if candle.trades is not None:
        price.open, price.low, price.high, price.close = _four(candle.trades)
    return shapes.OldCandlestick(
        candle.end_s,
        shapes.OldPrices(*_four(candle.bid)),
        shapes.OldPrices(*_four(candle.ask)),
        price,
        count_to_wire(candle.volume),
        count_to_wire(candle.open_interest),
    )


def _period(query: Query) -> Period:
    start_s, end_s = query.need("start_ts"), query.need("end_ts")
    minutes = query.need("period_interval")
    if minutes not in _INTERVALS:
        raise query.refused("PeriodInterval", "oneof")
    if end_s < start_s:
        raise query.refused("EndTs", "gtefield")
    return Period(start_s, end_s, minutes, query.flag("include_latest_before_start"))


def _first(candles: Iterable[Candle], most: int) -> list[shapes.Candlestick]:
    return [candlestick(each) for each in islice(candles, most)]


def _four(span: Span) -> tuple[str, str, str, str]:
    return (
        price_to_wire(span.open),
        price_to_wire(span.low),
        price_to_wire(span.high),
        price_to_wire(span.close),
    )


def _prices(span: Span) -> shapes.Prices:
    return shapes.Prices(*_four(span))


def _trade_prices(candle: Candle) -> shapes.TradePrices:
    previous = UNSET if candle.previous is None else price_to_wire(candle.previous)
    if candle.trades is None:
        return shapes.TradePrices(previous_dollars=previous)
    return shapes.TradePrices(*_four(candle.trades), _maybe(candle.mean), previous)


def _maybe(price: Price | None) -> str | None:
    return None if price is None else price_to_wire(price)
