"""Public reads: exchange status, series, events, markets, order books and trades.

No signature is needed for any of them. Owns filters and paging; changes nothing.
Source: openapi.yaml; recorded bodies.
"""

import msgspec
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.practice import answers, rejections, wire
from kalshi_tui.practice.listings import ListedEvent
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.parameters import Query, page
from kalshi_tui.practice.templates import SeriesTemplate
from kalshi_tui.practice.venue import Venue
from kalshi_tui.practice.wire import stamp

_NS_PER_S = 1_000_000_000
_LIVE_WINDOW_NS = 90 * 24 * 3600 * _NS_PER_S

_SETTLING = (MarketStatus.DETERMINED, MarketStatus.DISPUTED, MarketStatus.AMENDED)
_FILTERS: dict[str, frozenset[MarketStatus]] = {
    "unopened": frozenset({MarketStatus.INITIALIZED}),
    "open": frozenset({MarketStatus.ACTIVE}),
    "paused": frozenset({MarketStatus.INACTIVE}),
    "closed": frozenset({MarketStatus.CLOSED, *_SETTLING}),
    "settled": frozenset({MarketStatus.FINALIZED}),
}
"""The filter words differ from the status of a market object (openapi.yaml `MarketStatus`)."""

_SHARD_NAMES = {0: "Default", 1: "Combos", 2: "Crypto & Commodities", 3: "Tennis/Baseball"}

_COSTS = [
    {"method": "DELETE", "path": "/trade-api/v2/portfolio/events/orders", "cost": 2},
    {"method": "DELETE", "path": "/trade-api/v2/portfolio/events/orders/:order_id", "cost": 2},
    {"method": "GET", "path": "/trade-api/v2/portfolio/orders/:order_id", "cost": 2},
]


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
                exchange_active=exchange.exchange_active,
                trading_active=exchange.trading_active,
                intra_exchange_transfers_active=exchange.exchange_active,
            )
            for index in self._venue.shards()
        ]
        return answer(
            wire.ExchangeStatus(
                exchange_active=exchange.exchange_active,
                trading_active=exchange.trading_active,
                intra_exchange_transfers_active=exchange.exchange_active,
                exchange_index_statuses=indexes,
            )
        )

    async def user_data_timestamp(self, request: Request) -> Response:
        """GET /exchange/user_data_timestamp."""
        return answer({"as_of_time": stamp(self._venue.clock.now_ns())})

    async def endpoint_costs(self, request: Request) -> Response:
        """GET /account/endpoint_costs: the calls that do not cost the default."""
        return answer({"default_cost": 10, "endpoint_costs": _COSTS})

    async def historical_cutoff(self, request: Request) -> Response:
        """GET /historical/cutoff: everything this exchange has is live."""
        at = stamp((self._venue.clock.now_ns() - _LIVE_WINDOW_NS) // _NS_PER_S * _NS_PER_S)
        return answer(
            {
                "market_settled_ts": at,
                "trades_created_ts": at,
                "orders_updated_ts": at,
                "market_positions_last_updated_ts": at,
            }
        )

    async def series_list(self, request: Request) -> Response:
        """GET /series."""
        query = Query("GetSeriesList", request.query_params)
        category, tags = query.text("category"), set(query.words("tags"))
        found = [
            _series(each)
            for each in self._venue.catalogue.series
            if category in ("", each.category) and (not tags or tags & set(each.tags))
        ]
        return answer({"series": found})

    async def series(self, request: Request) -> Response:
        """GET /series/{ticker}."""
        wanted = request.path_params["ticker"]
        for each in self._venue.catalogue.series:
            if each.ticker == wanted:
                return answer({"series": _series(each)})
        raise rejections.not_found()

    async def events(self, request: Request) -> Response:
        """GET /events."""
        query = Query("GetEvents", request.query_params)
        limit = query.limit(200, 200)
        status = query.choice("status", ("unopened", "open", "closed", "settled"))
        series, tickers = query.text("series_ticker"), query.words("tickers")
        nested = query.flag("with_nested_markets")
        found = [
            each
            for each in self._venue.catalogue.events
            if series in ("", each.series.ticker)
            and (not tickers or each.ticker in tickers)
            and self._matches(each, status)
        ]
        chosen, cursor = page(found, lambda each: each.ticker, query.text("cursor"), limit)
        return answer({"events": [self._event(each, nested) for each in chosen], "cursor": cursor})

    async def event(self, request: Request) -> Response:
        """GET /events/{ticker}: the markets beside the event, or inside it when asked."""
        query = Query("GetEvent", request.query_params)
        nested = query.flag("with_nested_markets")
        for each in self._venue.catalogue.events:
            if each.ticker == request.path_params["ticker"]:
                skip = nested or query.flag("exclude_markets")
                beside = [] if skip else self._markets_of(each)
                return answer({"event": self._event(each, nested), "markets": beside})
        raise rejections.not_found()

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
        limit = query.limit(100, 1_000, least=0, tags="gte lte")
        ticker = query.text("ticker")
        least, most = query.whole("min_ts"), query.whole("max_ts")
        found = [
            each
            for each in self._venue.trades([ticker] if ticker else None)
            if (least is None or each.at_ns >= least * _NS_PER_S)
            and (most is None or each.at_ns <= most * _NS_PER_S)
        ]
        if query.flag("is_block_trade"):
            found = []
        chosen, cursor = page(found, lambda each: each.trade_id, query.text("cursor"), limit)
        return answer({"trades": [answers.trade(each) for each in chosen], "cursor": cursor})

    def _listed(self, ticker: str) -> ListedMarket:
        listed = self._venue.exchange.markets.get(ticker)
        if listed is None:
            raise rejections.not_found()
        return listed

    def _filtered(self, query: Query) -> list[ListedMarket]:
        allowed = _FILTERS.get(query.choice("status", tuple(_FILTERS)))
        tickers, events = query.words("tickers"), query.words("event_ticker")
        series = query.text("series_ticker")
        if query.choice("mve_filter", ("only", "exclude")) == "only":
            return []  # no multivariate market is listed here
        least, most = query.whole("min_close_ts"), query.whole("max_close_ts")
        return [
            each
            for each in self._venue.exchange.markets.values()
            if (allowed is None or each.status in allowed)
            and (not tickers or each.ticker in tickers)
            and (not events or each.listing.event_ticker in events)
            and series in ("", each.listing.series_ticker)
            and (least is None or each.close_ns >= least * _NS_PER_S)
            and (most is None or each.close_ns <= most * _NS_PER_S)
        ]

    def _matches(self, event: ListedEvent, status: str) -> bool:
        allowed = _FILTERS.get(status)
        return allowed is None or any(each.status in allowed for each in self._children(event))

    def _children(self, event: ListedEvent) -> list[ListedMarket]:
        markets = self._venue.exchange.markets
        return [
            markets[each.listing.ticker] for each in event.markets if each.listing.ticker in markets
        ]

    def _markets_of(self, event: ListedEvent) -> list[wire.Market]:
        return [answers.market(each) for each in self._children(event)]

    def _event(self, event: ListedEvent, nested: bool) -> wire.Event:
        children = self._children(event)
        return wire.Event(
            event_ticker=event.ticker,
            series_ticker=event.series.ticker,
            sub_title=event.sub_title,
            title=event.title,
            collateral_return_type="MECNET" if event.mutually_exclusive else "",
            mutually_exclusive=event.mutually_exclusive,
            category=event.series.category,
            settlement_sources=[wire.SettlementSource(event.series.source, "")],
            exchange_index=children[0].listing.exchange_index if children else 0,
            markets=self._markets_of(event) if nested else UNSET,
        )


def _series(series: SeriesTemplate) -> wire.Series:
    return wire.Series(
        ticker=series.ticker,
        frequency=series.frequency,
        title=series.title,
        category=series.category,
        categories=[series.category],
        tags=list(series.tags),
        settlement_sources=[wire.SettlementSource(series.source, "")],
        contract_url="",
        contract_terms_url="",
        fee_type=series.fees.fee_type.value,
        fee_multiplier=msgspec.Raw(answers.multiplier_text(series.fees)),
        additional_prohibitions=[],
        exchange_index=0,
    )
