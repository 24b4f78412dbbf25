"""What has left the live endpoints: the cutoff, and the records before it.

A record is live or historical, never both. Owns filters and paging; the cutoff is `archive`'s.
Changes nothing.
Source: openapi.yaml, tag historical.
"""

from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.practice import answers, rejections
from kalshi_tui.practice.archive import (
    Cutoff,
    events_of,
    fill_is_old,
    market_is_old,
    old_positions,
    order_is_old,
    trade_is_old,
)
from kalshi_tui.practice.bodies import check_subaccount
from kalshi_tui.practice.marketdata import answer, trades_page
from kalshi_tui.practice.parameters import ParameterError, Query, page
from kalshi_tui.practice.portfolio import event_positions, within
from kalshi_tui.practice.venue import Venue
from kalshi_tui.practice.wire import stamp

_EXCLUSIVE = ("tickers", "event_ticker", "series_ticker", "mve_filter")


class Historical:
    """The historical endpoints of one venue. `key_id` names the account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def cutoff(self, request: Request) -> Response:
        """GET /historical/cutoff."""
        cutoff = self._cutoff()
        return answer(
            {
                "market_settled_ts": stamp(cutoff.market_settled_ns),
                "trades_created_ts": stamp(cutoff.trades_created_ns),
                "orders_updated_ts": stamp(cutoff.orders_updated_ns),
                "market_positions_last_updated_ts": stamp(cutoff.positions_updated_ns),
            }
        )

    async def markets(self, request: Request) -> Response:
        """GET /historical/markets: at most one filter."""
        query = Query("GetHistoricalMarkets", request.query_params)
        limit = query.limit(100, 1_000, least=0, tags="gte lte")
        query.choice("mve_filter", ("exclude",))
        if sum(bool(query.text(name)) for name in _EXCLUSIVE) > 1:
            raise ParameterError(f"only one of {', '.join(_EXCLUSIVE)} may be given")
        tickers, event = query.words("tickers"), query.text("event_ticker")
        series, cutoff = query.text("series_ticker"), self._cutoff()
        found = [
            each
            for each in self._venue.exchange.markets.values()
            if market_is_old(each, cutoff)
            and (not tickers or each.ticker in tickers)
            and event in ("", each.listing.event_ticker)
            and series in ("", each.listing.series_ticker)
        ]
        chosen, cursor = page(found, lambda each: each.ticker, query.text("cursor"), limit)
        return answer({"markets": [answers.market(each) for each in chosen], "cursor": cursor})

    async def market(self, request: Request) -> Response:
        """GET /historical/markets/{ticker}."""
        listed = self._venue.exchange.markets.get(request.path_params["ticker"])
        if listed is None or not market_is_old(listed, self._cutoff()):
            raise rejections.not_found()
        return answer({"market": answers.market(listed)})

    async def trades(self, request: Request) -> Response:
        """GET /historical/trades: newest first."""
        query = Query("GetTradesHistorical", request.query_params)
        cutoff = self._cutoff()
        ticker = query.text("ticker")
        found = self._venue.trades([ticker] if ticker else None)
        return trades_page(query, [each for each in found if trade_is_old(each, cutoff)])

    async def fills(self, request: Request, key_id: str) -> Response:
        """GET /historical/fills: newest first."""
        query = Query("GetFillsHistorical", request.query_params)
        limit, cutoff = query.limit(100, 1_000), self._cutoff()
        check_subaccount(query.at_least("subaccount", 0))
        ticker, span = query.text("ticker"), within(query)
        found = [
            each
            for each in reversed(self._venue.exchange.accounts[key_id].fills)
            if fill_is_old(each, cutoff) and ticker in ("", each.ticker) and span(each.at_ns)
        ]
        chosen, cursor = page(
            found, lambda each: f"{each.trade_id}/{each.order_id}", query.text("cursor"), limit
        )
        return answer({"fills": [answers.fill(each) for each in chosen], "cursor": cursor})

    async def orders(self, request: Request, key_id: str) -> Response:
        """GET /historical/orders: newest first, canceled or executed ones only."""
        query = Query("GetHistoricalOrders", request.query_params)
        limit, cutoff = query.limit(100, 1_000), self._cutoff()
        check_subaccount(query.at_least("subaccount", 0))
        ticker, span = query.text("ticker"), within(query)
        found = [
            each
            for each in self._venue.exchange.orders(key_id)
            if order_is_old(each, cutoff) and ticker in ("", each.ticker) and span(each.created_ns)
        ]
        chosen, cursor = page(found, lambda each: each.order_id, query.text("cursor"), limit)
        return answer(
            {"orders": [answers.order(each.report()) for each in chosen], "cursor": cursor}
        )

    async def positions(self, request: Request, key_id: str) -> Response:
        """GET /historical/positions: of events that were handed over whole."""
        query = Query("GetHistoricalPositions", request.query_params)
        limit = query.limit(100, 1_000)
        check_subaccount(query.at_least("subaccount", 0))
        ticker, event = query.text("ticker"), query.text("event_ticker")
        exchange = self._venue.exchange
        events = events_of(exchange.markets.values())
        found = [
            each
            for each in old_positions(exchange.accounts[key_id], events, self._cutoff())
            if ticker in ("", each.ticker) and event in ("", events.get(each.ticker))
        ]
        chosen, cursor = page(found, lambda each: each.ticker, query.text("cursor"), limit)
        return answer(
            {
                "market_positions": [answers.position(each) for each in chosen],
                "event_positions": event_positions(chosen, events),
                "cursor": cursor,
            }
        )

    def _cutoff(self) -> Cutoff:
        return self._venue.exchange.cutoff(self._venue.begin())
