"""Public reads: the exchange's state and hours, markets, order books and trades.

No signature is needed for any of them. Owns filters and paging; changes nothing.
Source: openapi.yaml; recorded bodies.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.practice import answers, rejections, wire
from kalshi_tui.practice.archive import Cutoff, market_is_old, trade_is_old
from kalshi_tui.practice.happenings import TradePrinted
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.parameters import ParameterError, Query, page
from kalshi_tui.practice.venue import Venue
from kalshi_tui.practice.wire import stamp

_NS_PER_S = 1_000_000_000
_WEEK_NS = 7 * 24 * 3600 * _NS_PER_S

_SETTLING = (MarketStatus.DETERMINED, MarketStatus.DISPUTED, MarketStatus.AMENDED)
FILTERS: dict[str, frozenset[MarketStatus]] = {
    "unopened": frozenset({MarketStatus.INITIALIZED}),
    "open": frozenset({MarketStatus.ACTIVE}),
    "paused": frozenset({MarketStatus.INACTIVE}),
    "closed": frozenset({MarketStatus.CLOSED, *_SETTLING}),
    "settled": frozenset({MarketStatus.FINALIZED}),
}
"""The filter words differ from the status of a market object (openapi.yaml `MarketStatus`)."""

_SHARD_NAMES = {0: "Default", 1: "Combos", 2: "Crypto & Commodities", 3: "Tennis/Baseball"}

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ALL_DAY = [{"open_time": "00:00", "close_time": "24:00"}]
_HOURS = {
    "thursday": [
        {"open_time": "00:00", "close_time": "03:00"},
        {"open_time": "05:00", "close_time": "24:00"},
    ]
}
"""Eastern time. The weekly maintenance is a trading pause; here it is only made on request."""


def answer(body: object, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(wire.encode(body), status_code=status, media_type="application/json")


class MarketData:
    """The public reads of one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def status(self, request: Request) -> Response:
        """GET /exchange/status."""
        exchange = self._venue.exchange
        indexes = [
            wire.IndexStatus(
                exchange_index=index,
                description=_SHARD_NAMES.get(index, f"Exchange {index}"),
                exchange_active=exchange.is_open(index),
                trading_active=exchange.is_trading(index),
                intra_exchange_transfers_active=exchange.is_open(index),
            )
            for index in exchange.shards
        ]
        first = indexes[0]
        return answer(
            wire.ExchangeStatus(
                exchange_active=first.exchange_active,
                trading_active=first.trading_active,
                intra_exchange_transfers_active=all(each.exchange_active for each in indexes),
                exchange_index_statuses=indexes,
            )
        )

    async def user_data_timestamp(self, request: Request) -> Response:
        """GET /exchange/user_data_timestamp: earlier than now by the most that reads may lag."""
        lag_ns = self._venue.hindsight.lag_ms[1] * 1_000_000
        return answer({"as_of_time": stamp(self._venue.clock.now_ns() - lag_ns)})

    async def schedule(self, request: Request) -> Response:
        """GET /exchange/schedule: around the clock, but for the maintenance early on Thursdays."""
        now_ns = self._venue.clock.now_ns()
        week_ns = now_ns // _WEEK_NS * _WEEK_NS
        return answer(
            {
                "schedule": {
                    "standard_hours": [
                        {
                            "start_time": stamp(week_ns - _WEEK_NS),
                            "end_time": stamp(week_ns + 52 * _WEEK_NS),
                            **{day: _HOURS.get(day, _ALL_DAY) for day in _DAYS},
                        }
                    ],
                    "maintenance_windows": [],
                }
            }
        )

    async def markets(self, request: Request) -> Response:
        """GET /markets."""
        query = Query("GetMarkets", request.query_params)
        limit = query.limit(100, 1_000, least=0, tags="gte lte")
        found = self._filtered(query)
        chosen, cursor = page(found, lambda each: each.ticker, query.text("cursor"), limit)
        return answer({"markets": [answers.market(each) for each in chosen], "cursor": cursor})

    async def market(self, request: Request) -> Response:
        """GET /markets/{ticker}."""
        return answer({"market": answers.market(self._listed(request.path_params["ticker"]))})

    async def orderbook(self, request: Request) -> Response:
        """GET /markets/{ticker}/orderbook."""
        query = Query("GetMarketOrderbook", request.query_params)
        depth = query.whole("depth") or 0
        if not 0 <= depth <= 100:
            raise query.refused("Depth", "gte" if depth < 0 else "lte")
        listed = self._listed(request.path_params["ticker"])
        return answer({"orderbook_fp": answers.levels(listed.book, depth)})

    async def orderbooks(self, request: Request) -> Response:
        """GET /markets/orderbooks: `tickers` is repeated, not comma-separated."""
        query = Query("GetMarketOrderbooks", request.query_params)
        tickers = request.query_params.getlist("tickers")
        if not 1 <= len(tickers) <= 100:
            raise query.refused("Tickers", "min" if not tickers else "max")
        markets = self._venue.exchange.markets
        found = [markets[each] for each in dict.fromkeys(tickers) if each in markets]
        return answer(
            {
                "orderbooks": [
                    wire.MarketLevels(each.ticker, answers.levels(each.book)) for each in found
                ]
            }
        )

    async def trades(self, request: Request) -> Response:
        """GET /markets/trades: newest first."""
        query = Query("GetTrades", request.query_params)
        ticker = query.text("ticker")
        cutoff = self._cutoff()
        found = self._venue.trades([ticker] if ticker else None)
        return trades_page(query, [each for each in found if not trade_is_old(each, cutoff)])

    def _cutoff(self) -> Cutoff:
        return self._venue.exchange.cutoff(self._venue.clock.now_ns())

    def _listed(self, ticker: str) -> ListedMarket:
        listed = self._venue.exchange.markets.get(ticker)
        if listed is None or market_is_old(listed, self._cutoff()):
            raise rejections.not_found()
        return listed

    def _filtered(self, query: Query) -> list[ListedMarket]:
        status = query.choice("status", tuple(FILTERS))
        mve = query.choice("mve_filter", ("only", "exclude"))
        spans = _spans(query)
        _check_together(query, status, mve, set(spans))
        tickers, events = query.words("tickers"), query.words("event_ticker")
        series, allowed = query.text("series_ticker"), FILTERS.get(status)
        if mve == "only":
            return []  # no multivariate market is listed here
        cutoff = self._cutoff()
        return [
            each
            for each in self._venue.exchange.markets.values()
            if (allowed is None or each.status in allowed)
            and (not tickers or each.ticker in tickers)
            and (not events or each.listing.event_ticker in events)
            and series in ("", each.listing.series_ticker)
            and all(_lies_in(_MOMENTS[name](each), span) for name, span in spans.items())
            and not market_is_old(each, cutoff)
        ]


Span: TypeAlias = tuple[int | None, int | None]
"""Least and most Unix seconds."""

_MOMENTS: Mapping[str, Callable[[ListedMarket], int]] = {
    "created": lambda each: each.created_ns or each.listing.open_ns,
    "close": lambda each: each.close_ns,
    "settled": lambda each: each.settled_ns,
    "updated": answers.updated_ns,
}
"""What each pair of timestamp filters looks at."""

_STATUSES_WITH: Mapping[str, frozenset[str]] = {
    "created": frozenset({"", "unopened", "open"}),
    "close": frozenset({"", "closed"}),
    "settled": frozenset({"", "settled"}),
    "updated": frozenset({""}),
}


def _spans(query: Query) -> dict[str, Span]:
    """Return the timestamp filters that are given, by name."""
    found = {}
    for name in _MOMENTS:
        span = (query.whole(f"min_{name}_ts"), query.whole(f"max_{name}_ts"))
        if span != (None, None):
            found[name] = span
    return found


def _check_together(query: Query, status: str, mve: str, names: set[str]) -> None:
    """Refuse filters that exclude each other (openapi.yaml `GetMarkets`)."""
    if len(names) > 1:
        raise ParameterError("only one kind of timestamp filter may be given")
    for name in names:
        if status not in _STATUSES_WITH[name]:
            raise ParameterError(f"status {status} cannot be combined with {name} timestamps")
    if "updated" not in names:
        return
    if query.text("tickers") or query.text("event_ticker") or mve == "only":
        raise ParameterError("updated timestamps can be combined with mve_filter=exclude only")
    if query.text("series_ticker") and mve != "exclude":
        raise ParameterError("updated timestamps with series_ticker require mve_filter=exclude")


def _lies_in(at_ns: int, span: Span) -> bool:
    least, most = span
    return (least is None or at_ns >= least * _NS_PER_S) and (
        most is None or 0 < at_ns <= most * _NS_PER_S
    )


def trades_page(query: Query, trades: Sequence[TradePrinted]) -> Response:
    """Return one page of public trades, filtered by time; `trades` come newest first."""
    limit = query.limit(100, 1_000, least=0, tags="gte lte")
    least, most = query.whole("min_ts"), query.whole("max_ts")
    blocks_only = query.maybe_flag("is_block_trade") is True
    found = [
        each
        for each in trades
        if (least is None or each.at_ns >= least * _NS_PER_S)
        and (most is None or each.at_ns <= most * _NS_PER_S)
        and not blocks_only  # no block trade happens here
    ]
    chosen, cursor = page(found, lambda each: each.trade_id, query.text("cursor"), limit)
    return answer({"trades": [answers.trade(each) for each in chosen], "cursor": cursor})
