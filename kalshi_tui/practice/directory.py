"""Public reads about what is listed: series, events, their metadata, fee changes and tags.

No signature is needed for any of them. Owns filters and paging; changes nothing.
Source: openapi.yaml, tags market and events; recorded bodies.
"""

import msgspec
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.units import NO_COUNT, Count, count_to_wire
from kalshi_tui.practice import answers, rejections, wire
from kalshi_tui.practice.archive import market_is_old
from kalshi_tui.practice.listings import ListedEvent
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.marketdata import FILTERS, answer
from kalshi_tui.practice.parameters import Query, page
from kalshi_tui.practice.tariff import FeeChange
from kalshi_tui.practice.templates import SeriesTemplate
from kalshi_tui.practice.venue import Venue
from kalshi_tui.practice.wire import stamp

_NS_PER_S = 1_000_000_000
_EVENT_STATUSES = ("unopened", "open", "closed", "settled")


class Directory:
    """The catalogue of one venue as REST shows it."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def series_list(self, request: Request) -> Response:
        """GET /series: all of them, without pages."""
        query = Query("GetSeriesList", request.query_params)
        category, tags = query.text("category"), set(query.words("tags"))
        query.flag("include_product_metadata")
        volume, since = query.flag("include_volume"), query.whole("min_updated_ts")
        found = [
            self._series(each, volume)
            for each in self._venue.catalogue.series
            if category in ("", each.category)
            and (not tags or tags & set(each.tags))
            and (since is None or self._series_updated_ns(each) > since * _NS_PER_S)
        ]
        return answer({"series": found})

    async def series(self, request: Request) -> Response:
        """GET /series/{ticker}."""
        query = Query("GetSeries", request.query_params)
        volume = query.flag("include_volume")
        wanted = request.path_params["ticker"]
        for each in self._venue.catalogue.series:
            if each.ticker == wanted:
                return answer({"series": self._series(each, volume)})
        raise rejections.not_found()

    async def events(self, request: Request) -> Response:
        """GET /events."""
        query = Query("GetEvents", request.query_params)
        limit = query.limit(200, 200)
        status = query.choice("status", _EVENT_STATUSES)
        series, tickers = query.text("series_ticker"), query.words("tickers")
        closes, since = query.whole("min_close_ts"), query.whole("min_updated_ts")
        nested, milestones = query.flag("with_nested_markets"), query.flag("with_milestones")
        found = [
            each
            for each in self._venue.catalogue.events
            if series in ("", each.series.ticker)
            and (not tickers or each.ticker in tickers)
            and self._matches(each, status, closes)
            and (since is None or each.start_ns > since * _NS_PER_S)
        ]
        chosen, cursor = page(found, lambda each: each.ticker, query.text("cursor"), limit)
        body: dict[str, object] = {"events": [self._event(each, nested) for each in chosen]}
        if milestones:
            body["milestones"] = []
        return answer({**body, "cursor": cursor})

    async def event(self, request: Request) -> Response:
        """GET /events/{ticker}: the markets beside the event, or inside it when asked."""
        query = Query("GetEvent", request.query_params)
        nested = query.flag("with_nested_markets")
        skip = query.flag("exclude_markets")
        found = self._find(request.path_params["ticker"])
        beside = [] if nested or skip else self._markets_of(found)
        return answer({"event": self._event(found, nested and not skip), "markets": beside})

    async def metadata(self, request: Request) -> Response:
        """GET /events/{ticker}/metadata: practice events have no pictures and no colours."""
        found = self._find(request.path_params["ticker"])
        details = [
            {"market_ticker": each.ticker, "image_url": "", "color_code": ""}
            for each in self._children(found)
        ]
        return answer(
            {
                "image_url": "",
                "featured_image_url": "",
                "market_details": details,
                "settlement_sources": [wire.SettlementSource(found.series.source, "")],
                "competition": None,
                "competition_scope": None,
            }
        )

    async def series_fee_changes(self, request: Request) -> Response:
        """GET /series/fee_changes: those to come; with `show_historical` the past ones too."""
        query = Query("GetSeriesFeeChanges", request.query_params)
        series, past = query.text("series_ticker"), query.flag("show_historical")
        now_ns = self._venue.begin()
        found = [
            wire.SeriesFeeChange(
                each.change_id,
                each.ticker,
                each.schedule.fee_type.value,
                msgspec.Raw(answers.multiplier_text(each.schedule)),
                stamp(each.at_ns),
            )
            for each in self._venue.exchange.series_fee_changes
            if each.schedule is not None
            and series in ("", each.ticker)
            and (past or each.at_ns > now_ns)
        ]
        return answer({"series_fee_change_arr": found})

    async def event_fee_changes(self, request: Request) -> Response:
        """GET /events/fee_changes: of one event or of all, oldest first."""
        query = Query("GetEventFeeChanges", request.query_params)
        limit, event = query.limit(100, 1_000), query.text("event_ticker")
        self._venue.begin()
        found = [
            each for each in self._venue.exchange.event_fee_changes if event in ("", each.ticker)
        ]
        chosen, cursor = page(found, lambda each: each.change_id, query.text("cursor"), limit)
        changes = [self._event_fee_change(each) for each in chosen]
        return answer({"event_fee_changes": changes, "cursor": cursor})

    async def tags(self, request: Request) -> Response:
        """GET /search/tags_by_categories."""
        found: dict[str, list[str]] = {}
        for each in self._venue.catalogue.series:
            known = found.setdefault(each.category, [])
            known.extend(tag for tag in each.tags if tag not in known)
        return answer({"tags_by_categories": found})

    def _find(self, ticker: str) -> ListedEvent:
        for each in self._venue.catalogue.events:
            if each.ticker == ticker:
                return each
        raise rejections.not_found()

    def _matches(self, event: ListedEvent, status: str, closes: int | None) -> bool:
        allowed = FILTERS.get(status)
        children = self._children(event)
        return (allowed is None or any(each.status in allowed for each in children)) and (
            closes is None or any(each.close_ns > closes * _NS_PER_S for each in children)
        )

    def _children(self, event: ListedEvent) -> list[ListedMarket]:
        markets = self._venue.exchange.markets
        return [
            markets[each.listing.ticker] for each in event.markets if each.listing.ticker in markets
        ]

    def _markets_of(self, event: ListedEvent) -> list[wire.Market]:
        cutoff = self._venue.exchange.cutoff(self._venue.clock.now_ns())
        return [
            answers.market(each)
            for each in self._children(event)
            if not market_is_old(each, cutoff)
        ]

    def _event(self, event: ListedEvent, nested: bool) -> wire.Event:
        children = self._children(event)
        override = self._venue.exchange.tariff.override_of(event.ticker)
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
            last_updated_ts=stamp(event.start_ns),
            fee_type_override=None if override is None else override.fee_type.value,
            fee_multiplier_override=(
                None if override is None else msgspec.Raw(answers.multiplier_text(override))
            ),
            markets=self._markets_of(event) if nested else UNSET,
        )

    def _series(self, series: SeriesTemplate, volume: bool) -> wire.Series:
        fees = self._fees(series)
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
            fee_type=fees.fee_type.value,
            fee_multiplier=msgspec.Raw(answers.multiplier_text(fees)),
            additional_prohibitions=[],
            exchange_index=self._series_shard(series),
            last_updated_ts=stamp(self._series_updated_ns(series)),
            volume_fp=count_to_wire(self._series_volume(series)) if volume else UNSET,
        )

    def _fees(self, series: SeriesTemplate) -> FeeSchedule:
        return self._venue.exchange.tariff.series_schedule(series.ticker, series.fees)

    def _listed_in(self, series: SeriesTemplate) -> list[ListedMarket]:
        return [
            each
            for each in self._venue.exchange.markets.values()
            if each.listing.series_ticker == series.ticker
        ]

    def _series_shard(self, series: SeriesTemplate) -> int:
        listed = self._listed_in(series)
        return listed[0].listing.exchange_index if listed else 0

    def _series_volume(self, series: SeriesTemplate) -> Count:
        return Count(sum((each.volume for each in self._listed_in(series)), NO_COUNT))

    def _series_updated_ns(self, series: SeriesTemplate) -> int:
        events = self._venue.catalogue.events
        return min((each.start_ns for each in events if each.series is series), default=0)

    def _event_fee_change(self, change: FeeChange) -> wire.EventFeeChange:
        series = ""
        for each in self._venue.catalogue.events:
            if each.ticker == change.ticker:
                series = each.series.ticker
        fees = change.schedule
        return wire.EventFeeChange(
            change.change_id,
            change.ticker,
            series,
            None if fees is None else fees.fee_type.value,
            None if fees is None else msgspec.Raw(answers.multiplier_text(fees)),
            stamp(change.at_ns),
        )
