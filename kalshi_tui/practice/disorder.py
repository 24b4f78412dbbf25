"""Faults in the order of what is told: a trade before its deltas, a book crossed for a moment.

Pure: happenings in, happenings out. What it adds cancels itself out under one timestamp, so that
every book is right again once the timestamp changes. Source: practice-exchange reference; recorded
traffic (books locked or crossed inside one timestamp; channels not ordered against each other).
"""

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.faults import Registry, Target
from kalshi_tui.practice.happenings import BookChanged, Happening, TradePrinted

_HIGH, _LOW = Price(9_900), Price(100)
"""Whole cents are valid on every grid."""

_ONE = Count(100)


def disturb(happenings: list[Happening], faults: Registry, now_ns: int) -> list[Happening]:
    """Return what is told instead when a fault strikes; otherwise the happenings as they are."""
    traded = dict.fromkeys(each.ticker for each in happenings if isinstance(each, TradePrinted))
    for ticker in traded:
        if faults.ask("trade_before_delta", Target(market=ticker), now_ns):
            first = [each for each in happenings if _is_trade(each, ticker)]
            happenings = first + [each for each in happenings if not _is_trade(each, ticker)]
    changed = dict.fromkeys(each.ticker for each in happenings if isinstance(each, BookChanged))
    for ticker in changed:
        if faults.ask("crossed_burst", Target(market=ticker), now_ns):
            happenings = _crossed(happenings, ticker)
    return happenings


def _is_trade(happening: Happening, ticker: str) -> bool:
    return isinstance(happening, TradePrinted) and happening.ticker == ticker


def _crossed(happenings: list[Happening], ticker: str) -> list[Happening]:
    """Put a high bid and a low ask around the market's first change, and take them away again."""
    for place, each in enumerate(happenings):
        if isinstance(each, BookChanged) and each.ticker == ticker:
            bid, ask = _ghost(each, BookSide.BID, _HIGH), _ghost(each, BookSide.ASK, _LOW)
            gone = [one._replace(change=Count(-one.change)) for one in (bid, ask)]
            return [*happenings[:place], bid, ask, each, *gone, *happenings[place + 1 :]]
    return happenings


def _ghost(like: BookChanged, side: BookSide, price: Price) -> BookChanged:
    return like._replace(side=side, price=price, change=_ONE, account_id="", client_order_id="")
