"""Private reads: balance, positions, orders, fills, settlements and queue positions.

Every call is answered for the account whose key signed it. Owns filters and paging; changes
nothing.
Source: openapi.yaml; recorded bodies.
"""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.core.units import (
    NO_COUNT,
    NO_MONEY,
    Count,
    Money,
    count_to_wire,
    money_to_wire,
)
from kalshi_tui.practice import answers, rejections, wire
from kalshi_tui.practice.accounts import Account
from kalshi_tui.practice.happenings import PositionReport
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.orders import CustomerOrder, OrderStatus
from kalshi_tui.practice.parameters import Query, page
from kalshi_tui.practice.venue import Venue

_NS_PER_S = 1_000_000_000
_STATUSES = tuple(each.value for each in OrderStatus)


class Portfolio:
    """The private reads of one venue. `key_id` names the account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def balance(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/balance: cash net of what resting orders reserve."""
        account = self._account(key_id)
        query = Query("GetBalance", request.query_params)
        index = query.whole("exchange_index")
        cash = account.available(index)
        shards = self._venue.shards() if index is None else (index,)
        return answer(
            wire.Balance(
                balance=answers.cents(cash),
                balance_dollars=answers.cash(cash),
                portfolio_value=answers.cents(self._portfolio_value(account)),
                updated_ts=self._venue.clock.now_ns() // _NS_PER_S,
                balance_breakdown=[
                    wire.IndexedBalance(each, answers.cash(account.available(each)))
                    for each in shards
                ],
            )
        )

    async def positions(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/positions."""
        query = Query("GetPositions", request.query_params)
        limit = query.limit(100, 1_000)
        settlement = query.choice("settlement_status", ("unsettled", "settled", "all"))
        found = [] if settlement == "settled" else self._account(key_id).positions()
        ticker, event = query.text("ticker"), query.text("event_ticker")
        filters = query.words("count_filter")
        found = [
            each
            for each in found
            if ticker in ("", each.ticker)
            and event in ("", self._event_ticker(each.ticker))
            and ("position" not in filters or each.net)
            and ("total_traded" not in filters or each.total_traded)
        ]
        chosen, cursor = page(found, lambda each: each.ticker, query.text("cursor"), limit)
        return answer(
            {
                "cursor": cursor,
                "market_positions": [answers.position(each) for each in chosen],
                "event_positions": self._event_positions(chosen),
            }
        )

    async def orders(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/orders: newest first."""
        query = Query("GetOrders", request.query_params)
        limit = query.limit(100, 1_000)
        status = query.choice("status", _STATUSES)
        tickers, events = query.words("ticker"), query.words("event_ticker")
        least, most = query.whole("min_ts"), query.whole("max_ts")
        self._account(key_id)
        found = [
            each
            for each in self._venue.exchange.orders(key_id)
            if status in ("", each.status.value)
            and (not tickers or each.ticker in tickers)
            and (not events or self._event_ticker(each.ticker) in events)
            and (least is None or each.created_ns >= least * _NS_PER_S)
            and (most is None or each.created_ns <= most * _NS_PER_S)
        ]
        chosen, cursor = page(found, lambda each: each.order_id, query.text("cursor"), limit)
        return answer(
            {"orders": [answers.order(each.report()) for each in chosen], "cursor": cursor}
        )

    async def order(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/orders/{order_id}."""
        found = self._venue.exchange.order(key_id, request.path_params["order_id"])
        return answer({"order": answers.order(found.report())})

    async def fills(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/fills: newest first."""
        query = Query("GetFills", request.query_params)
        limit = query.limit(100, 1_000)
        tickers, order_id = query.words("ticker"), query.text("order_id")
        least, most = query.whole("min_ts"), query.whole("max_ts")
        found = [
            each
            for each in reversed(self._account(key_id).fills)
            if (not tickers or each.ticker in tickers)
            and order_id in ("", each.order_id)
            and (least is None or each.at_ns >= least * _NS_PER_S)
            and (most is None or each.at_ns <= most * _NS_PER_S)
        ]
        chosen, cursor = page(
            found, lambda each: f"{each.trade_id}/{each.order_id}", query.text("cursor"), limit
        )
        return answer({"cursor": cursor, "fills": [answers.fill(each) for each in chosen]})

    async def settlements(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/settlements: nothing settles here yet."""
        Query("GetSettlements", request.query_params).limit(100, 1_000)
        return answer({"cursor": "", "settlements": []})

    async def queue_positions(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/orders/queue_positions: of all resting orders."""
        query = Query("GetOrderQueuePositions", request.query_params)
        tickers, event = query.words("market_tickers"), query.text("event_ticker")
        found = [
            self._queue_position(each)
            for each in self._account(key_id).resting.values()
            if (not tickers or each.ticker in tickers)
            and event in ("", self._event_ticker(each.ticker))
        ]
        return answer({"queue_positions": found})

    async def queue_position(self, request: Request, key_id: str) -> Response:
        """GET /portfolio/orders/{order_id}/queue_position."""
        order = self._account(key_id).resting.get(request.path_params["order_id"])
        if order is None:
            raise rejections.not_found()
        return answer({"queue_position_fp": self._queue_position(order).queue_position_fp})

    async def limits(self, request: Request, key_id: str) -> Response:
        """GET /account/limits: the tier of a new account, with the bursts seen live."""
        return answer(
            {
                "usage_tier": "basic",
                "read": {"refill_rate": 200, "bucket_capacity": 600},
                "write": {"refill_rate": 100, "bucket_capacity": 100},
                "grants": [],
            }
        )

    def _account(self, key_id: str) -> Account:
        return self._venue.exchange.accounts[key_id]

    def _event_ticker(self, ticker: str) -> str:
        listed = self._venue.exchange.markets.get(ticker)
        return "" if listed is None else listed.listing.event_ticker

    def _queue_position(self, order: CustomerOrder) -> wire.QueuePosition:
        ahead = self._venue.exchange.queue_ahead(order.order_id)
        return wire.QueuePosition(order.order_id, order.ticker, count_to_wire(ahead))

    def _portfolio_value(self, account: Account) -> Money:
        total = 0
        for each in account.positions():
            listed = self._venue.exchange.markets.get(each.ticker)
            last = None if listed is None else listed.last_price
            total += answers.marked_value(each.net, last, each.cost)
        return Money(total)

    def _event_positions(self, reports: Iterable[PositionReport]) -> list[wire.EventPosition]:
        grouped: dict[str, list[PositionReport]] = {}
        for each in reports:
            grouped.setdefault(self._event_ticker(each.ticker), []).append(each)
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
