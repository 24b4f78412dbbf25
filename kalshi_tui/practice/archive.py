"""Which records the practice exchange has handed over to its historical endpoints.

Owns the cutoff and the question, for each kind of record, on which side of it a record lies. Pure;
must not page, filter or know the wire. A record is on one side or the other, never on both.
Source: trading API reference, live/historical; openapi.yaml `GetHistoricalCutoffResponse`.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kalshi_tui.practice.accounts import Account
from kalshi_tui.practice.happenings import Fill, PositionReport, TradePrinted
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import CustomerOrder, OrderStatus

DAY_NS = 86_400 * 1_000_000_000

LIVE_WINDOW_NS = 90 * DAY_NS
"""How long records stay live: documented as three months."""


class Cutoff(NamedTuple):
    """Everything before these moments is history."""

    market_settled_ns: int
    trades_created_ns: int
    orders_updated_ns: int
    positions_updated_ns: int


def cutoff_at(now_ns: int, window_ns: int = LIVE_WINDOW_NS) -> Cutoff:
    """Return the cutoff: a midnight (UTC), as recorded, that lies `window_ns` or a bit more back.

    A window shorter than a day is for rehearsals and is not rounded.
    """
    at_ns = max(now_ns - window_ns, 0)
    if window_ns >= DAY_NS:
        at_ns = at_ns // DAY_NS * DAY_NS
    return Cutoff(at_ns, at_ns, at_ns, at_ns)


def order_is_old(order: CustomerOrder, cutoff: Cutoff) -> bool:
    """Return True for an order that was canceled or executed before the cutoff."""
    return order.status is not OrderStatus.RESTING and order.updated_ns < cutoff.orders_updated_ns


def fill_is_old(fill: Fill, cutoff: Cutoff) -> bool:
    """Return True for a fill before the cutoff."""
    return fill.at_ns < cutoff.trades_created_ns


def trade_is_old(trade: TradePrinted, cutoff: Cutoff) -> bool:
    """Return True for a public trade before the cutoff."""
    return trade.at_ns < cutoff.trades_created_ns


def market_is_old(market: ListedMarket, cutoff: Cutoff) -> bool:
    """Return True for a market that was settled before the cutoff, and so for its candles."""
    return 0 < market.settled_ns < cutoff.market_settled_ns


def old_positions(
    account: Account, events: Mapping[str, str], cutoff: Cutoff
) -> list[PositionReport]:
    """Return the settled positions that have been handed over: whole events, never parts of one.

    `events` maps every known ticker to its event; a market that is not known any more stands alone.
    """
    reports = account.positions()
    waiting = {
        events.get(each.ticker, each.ticker)
        for each in reports
        if not 0 < each.settled_ns < cutoff.positions_updated_ns
    }
    return [each for each in reports if events.get(each.ticker, each.ticker) not in waiting]


def live_positions(
    account: Account, events: Mapping[str, str], cutoff: Cutoff
) -> list[PositionReport]:
    """Return the positions that are not handed over, settled ones among them."""
    old = {each.ticker for each in old_positions(account, events, cutoff)}
    return [each for each in account.positions() if each.ticker not in old]


def events_of(markets: Iterable[ListedMarket]) -> dict[str, str]:
    """Return the event of each market by ticker."""
    return {each.ticker: each.listing.event_ticker for each in markets}
