"""Private reads: balance, positions, orders, fills, settlements and queue positions.

Every call is answered for the account whose key signed it. Owns filters and paging; changes
nothing. What the cutoff has made history is left out (`historical`).
Source: openapi.yaml; recorded bodies.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.units import NO_COUNT, NO_MONEY, Count, Money, count_to_wire, money_to_wire
from kalshi_tui.practice import answers, rejections, wire
from kalshi_tui.practice.accounts import Account
from kalshi_tui.practice.archive import Cutoff, events_of, fill_is_old, live_positions, order_is_old
from kalshi_tui.practice.bodies import check_subaccount
from kalshi_tui.practice.happenings import PositionReport
from kalshi_tui.practice.hindsight import View
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.orders import CustomerOrder, OrderReport, OrderStatus
from kalshi_tui.practice.parameters import Query, page
from kalshi_tui.practice.venue import Venue

_NS_PER_S = 1_000_000_000
_STATUSES = tuple(each.value for each in OrderStatus)
_MOST_TICKERS = 100
_MONEY_FIELDS = frozenset({"position", "total_traded"})


class Portfolio:
    """The private reads of one venue. `key_id` names the account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def balance(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/balance: cash net of what resting orders reserve."""
        query = Query("GetBalance", request.query_params)
        check_subaccount(query.at_least("subaccount", 0))
        index = query.at_least("exchange_index", -1)
        view = self._view(key_id)
        account = self._account(key_id)
        shard = None if index == -1 else index
        cash = view.available(account, shard)
        shards = self._venue.exchange.shards if shard is None else (shard,)
        return answer(
            wire.Balance(
                balance=answers.cents(cash),
                balance_dollars=answers.cash(cash),
                portfolio_value=answers.cents(self._portfolio_value(view, account, shard)),
                updated_ts=self._venue.clock.now_ns() // _NS_PER_S,
                balance_breakdown=[
                    wire.IndexedBalance(each, answers.cash(view.available(account, each)))
                    for each in shards
                ],
            )
        )

    async def positions(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/positions: settled ones, and all of them, in pages by event."""
        query = Query("GetPositions", request.query_params)
        limit = query.limit(100, 1_000)
        status = query.choice("settlement_status", ("unsettled", "settled", "all")) or "unsettled"
        check_subaccount(query.at_least("subaccount", 0))
        ticker, event = query.text("ticker"), query.text("event_ticker")
        fields, index = query.words("count_filter"), query.at_least("exchange_index", 0)
        if not _MONEY_FIELDS.issuperset(fields):
            raise query.refused("CountFilter", "oneof")
        events = events_of(self._venue.exchange.markets.values())
        found = [
            each
            for each in self._view(key_id).positions(
                live_positions(self._account(key_id), events, self._cutoff())
            )
            if status in ("all", "settled" if each.settled_ns else "unsettled")
            and ticker in ("", each.ticker)
            and event in ("", events.get(each.ticker))
            and index in (None, each.exchange_index)
            and ("position" not in fields or each.net)
            and ("total_traded" not in fields or each.total_traded)
        ]
        if status != "unsettled":
            found.sort(key=lambda each: events.get(each.ticker, each.ticker))
        chosen, cursor = page(
            found, lambda each: f"{status}/{each.ticker}", query.text("cursor"), limit
        )
        return answer(
            {
                "cursor": cursor,
                "market_positions": [answers.position(each) for each in chosen],
                "event_positions": event_positions(chosen, events),
            }
        )

    async def orders(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/orders: newest first."""
        query = Query("GetOrders", request.query_params)
        limit = query.limit(100, 1_000)
        status = query.choice("status", _STATUSES)
        check_subaccount(query.at_least("subaccount", 0))
        tickers, events = query.words("ticker"), query.words("event_ticker")
        index, span = query.at_least("exchange_index", 0), within(query)
        if len(events) > _MOST_TICKERS:
            raise query.refused("EventTicker", "max")
        found = [
            each
            for each in self._orders(key_id)
            if status in ("", each.status.value)
            and (not tickers or each.ticker in tickers)
            and (not events or self._event_ticker(each.ticker) in events)
            and index in (None, each.exchange_index)
            and span(each.created_ns)
        ]
        chosen, cursor = page(found, lambda each: each.order_id, query.text("cursor"), limit)
        return answer(
            {"orders": [answers.order(_report(each)) for each in chosen], "cursor": cursor}
        )

    async def order(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/orders/{order_id}."""
        cutoff = self._cutoff()
        found = self._venue.exchange.order(key_id, request.path_params["order_id"])
        shown = self._view(key_id).single(found)
        if shown is None or order_is_old(found, cutoff):
            raise rejections.not_found()
        return answer({"order": answers.order(shown)})

    async def fills(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/fills: newest first, of one market or of up to a hundred."""
        query = Query("GetFills", request.query_params)
        limit = query.limit(100, 1_000)
        check_subaccount(query.at_least("subaccount", 0))
        tickers, order_id = query.words("ticker"), query.text("order_id")
        index, span = query.at_least("exchange_index", 0), within(query)
        if len(tickers) > _MOST_TICKERS:
            raise query.refused("Ticker", "max")
        cutoff = self._cutoff()
        found = [
            each
            for each in reversed(self._view(key_id).fills(self._account(key_id).fills))
            if (not tickers or each.ticker in tickers)
            and order_id in ("", each.order_id)
            and index in (None, each.exchange_index)
            and span(each.at_ns)
            and not fill_is_old(each, cutoff)
        ]
        chosen, cursor = page(
            found, lambda each: f"{each.trade_id}/{each.order_id}", query.text("cursor"), limit
        )
        return answer({"cursor": cursor, "fills": [answers.fill(each) for each in chosen]})

    async def settlements(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/settlements: newest first."""
        query = Query("GetSettlements", request.query_params)
        limit = query.limit(100, 1_000)
        check_subaccount(query.at_least("subaccount", 0))
        ticker, event = query.text("ticker"), query.text("event_ticker")
        span, cutoff = within(query), self._cutoff()
        found = [
            each
            for each in reversed(self._account(key_id).settlements)
            if ticker in ("", each.ticker)
            and event in ("", each.event_ticker)
            and span(each.at_ns)
            and each.at_ns >= cutoff.positions_updated_ns
        ]
        chosen, cursor = page(
            found, lambda each: f"{each.ticker}/{each.at_ns}", query.text("cursor"), limit
        )
        return answer(
            {"cursor": cursor, "settlements": [answers.settlement(each) for each in chosen]}
        )

    async def queue_positions(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/orders/queue_positions: of all resting orders."""
        query = Query("GetOrderQueuePositions", request.query_params)
        check_subaccount(query.at_least("subaccount", 0))
        tickers, event = query.words("market_tickers"), query.text("event_ticker")
        self._venue.begin()
        found = [
            wire.QueuePosition(order.order_id, order.ticker, count_to_wire(ahead))
            for order, ahead in self._venue.exchange.queue_positions(key_id, tickers or None)
            if event in ("", self._event_ticker(order.ticker))
        ]
        return answer({"queue_positions": found})

    async def queue_position(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/orders/{order_id}/queue_position."""
        self._venue.begin()
        order = self._account(key_id).resting.get(request.path_params["order_id"])
        if order is None:
            raise rejections.not_found()
        ahead = self._venue.exchange.queue_ahead(order.order_id)
        return answer({"queue_position_fp": count_to_wire(ahead)})

    def _account(self, key_id: str) -> Account:
        return self._venue.exchange.accounts[key_id]

    def _cutoff(self) -> Cutoff:
        """Do what is due and return what is history now."""
        return self._venue.exchange.cutoff(self._venue.begin())

    def _view(self, key_id: str) -> View:
        """Do what is due and return how the account is shown now."""
        return self._venue.hindsight.view(key_id, self._venue.begin())

    def _orders(self, key_id: str) -> Iterator[CustomerOrder | OrderReport]:
        """Yield the orders that are not history yet, newest first, as they are shown."""
        view, cutoff = self._view(key_id), self._cutoff()
        for each in self._venue.exchange.orders(key_id):
            if order_is_old(each, cutoff):
                continue
            shown = each if view.is_plain else view.order(each)
            if shown is not None:
                yield shown

    def _event_ticker(self, ticker: str) -> str:
        listed = self._venue.exchange.markets.get(ticker)
        return "" if listed is None else listed.listing.event_ticker

    def _portfolio_value(self, view: View, account: Account, shard: int | None) -> Money:
        total = 0
        for each in view.positions(account.positions()):
            if shard in (None, each.exchange_index):
                listed = self._venue.exchange.markets.get(each.ticker)
                last = None if listed is None else listed.last_price
                total += answers.marked_value(each.net, last, each.cost)
        return Money(total)


def _report(order: CustomerOrder | OrderReport) -> OrderReport:
    return order if isinstance(order, OrderReport) else order.report()


def within(query: Query) -> Callable[[int], bool]:
    """Return the test for `min_ts` and `max_ts`: nanoseconds within the asked Unix seconds."""
    least, most = query.whole("min_ts"), query.whole("max_ts")

    def lies_within(at_ns: int) -> bool:
        return (least is None or at_ns >= least * _NS_PER_S) and (
            most is None or at_ns <= most * _NS_PER_S
        )

    return lies_within


def event_positions(
    reports: Iterable[PositionReport], events: Mapping[str, str]
) -> list[wire.EventPosition]:
    """Return positions summed by event; `events` names the event of each market."""
    grouped: dict[str, list[PositionReport]] = {}
    for each in reports:
        grouped.setdefault(events.get(each.ticker, ""), []).append(each)
    return [_event_position(event, each) for event, each in grouped.items() if event]


def _event_position(event: str, reports: list[PositionReport]) -> wire.EventPosition:
    traded = Money(sum((each.total_traded for each in reports), NO_MONEY))
    shares = Count(sum((each.volume for each in reports), NO_COUNT))
    return wire.EventPosition(
        event_ticker=event,
        total_cost_dollars=money_to_wire(traded),
        total_cost_shares_fp=count_to_wire(shares),
        event_exposure_dollars=money_to_wire(Money(sum(each.cost for each in reports))),
        realized_pnl_dollars=money_to_wire(Money(sum(each.realized_pnl for each in reports))),
        fees_paid_dollars=money_to_wire(Money(sum(each.fees_paid for each in reports))),
    )
