"""What a market's own events do to its book: closed, open again, on another grid.

Owns that table. The market's data itself goes on to the engine; nothing is read or sent here.
Source: reliability TB17, FC20, FF14; asyncapi.yaml `market_lifecycle_v2`.
"""

from kalshi_tui.api.audits import Audits
from kalshi_tui.api.books import Books
from kalshi_tui.api.reconciler import Reconciler
from kalshi_tui.core.events import MarketChanged
from kalshi_tui.core.market import MarketStatus

_ENDED = frozenset({MarketStatus.DETERMINED, MarketStatus.FINALIZED, MarketStatus.CLOSED})


def take_event(fact: MarketChanged, books: Books, subs: Reconciler, audits: Audits) -> None:
    """Let the book of a market follow what happened to the market."""
    if fact.status is MarketStatus.ACTIVE:
        # The exchange cancels what rests in a market when it reactivates it.
        subs.sweep_wanted = True
    book = books.by_ticker.get(fact.ticker)
    if book is None:
        return
    if fact.status is not None and fact.status in _ENDED:
        books.close(book, f"The market is {fact.status.value}.")
    elif fact.status is MarketStatus.ACTIVE:
        books.reopen(book)
    if fact.grid is not None:
        audits.hurry(book)
    subs.is_dirty = True
