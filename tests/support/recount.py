"""Exposure worked out from nothing: every order ever known, every position, no memory.

The oracle for `core.exposure`, which works out anew only what moved. It shares the order's worst
forms and the fee bound with it, and no sum, index or record of changes.
"""

from kalshi_tui.core.exposure import Exposure, MarketRisk, fee_bound, shapes
from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.ledger import Ledger
from kalshi_tui.core.market import Market
from kalshi_tui.core.orders import Order, OrderState, RequestState
from kalshi_tui.core.positions import cash_needed
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money

Markets = dict[str, Market]
_FLYING = (OrderState.INTENT, OrderState.SENDING, OrderState.IN_DOUBT)


def counting(ledger: Ledger, without: str = "") -> list[Order]:
    """Return the orders that can still move a position, found by looking at all of them."""
    return [
        order
        for order in ledger.orders()
        if order.client_order_id != without
        and (order.is_live or (order.unbooked > 0 and not order.external))
    ]


def market_risk(ledger: Ledger, markets: Markets, ticker: str, without: str = "") -> MarketRisk:
    """Return the worst case of one market."""
    position = ledger.position(ticker)
    held, spent = int(position.count), int(position.cost) if position.count else 0
    lost = {"yes": spent - 10_000 * max(held, 0), "no": spent + 10_000 * min(held, 0)}
    sizes = {BookSide.BID: 0, BookSide.ASK: 0}
    fees = markets[ticker].fees if ticker in markets else FeeSchedule()
    for order in counting(ledger, without):
        if order.terms.ticker != ticker:
            continue
        side, forms = order.terms.side, shapes(order)
        legs = [(price if side is BookSide.BID else 10_000 - price, n) for price, n in forms]
        costs = [
            leg * n + fee_bound(fees, price, n)
            for (leg, n), (price, _) in zip(legs, forms, strict=True)
        ]
        loses, wins = ("no", "yes") if side is BookSide.BID else ("yes", "no")
        lost[loses] += max(costs)
        lost[wins] += max(
            0, *(cost - 10_000 * n for cost, (_, n) in zip(costs, forms, strict=True))
        )
        sizes[side] += max(n for _, n in forms)
    bids, asks = sizes[BookSide.BID], sizes[BookSide.ASK]
    return MarketRisk(
        if_yes=Money(lost["yes"]),
        if_no=Money(lost["no"]),
        highest=Count(held + bids),
        lowest=Count(held - asks),
        bids=Count(bids),
        asks=Count(asks),
    )


def tickers(ledger: Ledger) -> set[str]:
    """Return every market in which something was ever held or ordered."""
    return {ticker for ticker, _ in ledger.positions()} | {
        order.terms.ticker for order in ledger.orders()
    }


def total_at_risk(ledger: Ledger, markets: Markets) -> Money:
    """Return what the whole account can lose."""
    return Money(sum(market_risk(ledger, markets, each).at_risk for each in tickers(ledger)))


def exposure(ledger: Ledger, markets: Markets, ticker: str, *, without: str = "") -> Exposure:
    """Return what the gate has to know for an order in `ticker`."""
    market = markets.get(ticker)
    others = {each: market_risk(ledger, markets, each) for each in tickers(ledger) - {ticker}}
    siblings = [
        risk.at_risk
        for each, risk in others.items()
        if market and each in markets and markets[each].event_ticker == market.event_ticker
    ]
    here = [
        order
        for order in counting(ledger, without)
        if order.is_live and order.terms.ticker == ticker
    ]
    bids = [p for each in here if each.terms.side is BookSide.BID for p, _ in each.forms()]
    asks = [p for each in here if each.terms.side is BookSide.ASK for p, _ in each.forms()]
    return Exposure(
        market=market_risk(ledger, markets, ticker, without),
        event_others=Money(sum(siblings)),
        others=Money(sum(risk.at_risk for risk in others.values())),
        own_bid=max(bids, default=None),
        own_ask=min(asks, default=None),
        in_doubt=sum(map(_doubtful, here)),
        in_flight=_in_flight(ledger, markets, market.exchange_index if market else 0, without),
    )


def _doubtful(order: Order) -> bool:
    if order.state is OrderState.IN_DOUBT:
        return True
    return order.change is not None and order.change.state is RequestState.IN_DOUBT


def _in_flight(ledger: Ledger, markets: Markets, shard: int, without: str) -> Money:
    total = 0
    for order in counting(ledger, without):
        market = markets.get(order.terms.ticker)
        if order.state in _FLYING and (market.exchange_index if market else 0) == shard:
            held = ledger.position(order.terms.ticker).count
            terms = order.terms
            total += cash_needed(terms.side, terms.price, order.remaining, held)
    return Money(total)
