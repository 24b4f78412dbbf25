"""A listed market of the practice exchange: what never changes, and what trading changes.

`Listing` is written by whoever lists markets; `ListedMarket` is the exchange's running record.
Owns no rule. Times are nanoseconds, prices YES prices.
Source: openapi.yaml `Market`.
"""

from dataclasses import dataclass, field

from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import MarketStatus, TickGrid
from kalshi_tui.core.units import NO_COUNT, Count, Price
from kalshi_tui.practice.happenings import MarketResult
from kalshi_tui.practice.matching import OrderBook


@dataclass(frozen=True, slots=True)
class Listing:
    """The facts of one market at the time it is listed."""

    ticker: str
    event_ticker: str
    series_ticker: str
    title: str
    yes_sub_title: str
    no_sub_title: str
    rules: str
    structure: str
    """Label of the tick grid (`price_level_structure`); the grid itself is the truth."""
    grid: TickGrid
    fees: FeeSchedule
    open_ns: int
    close_ns: int
    exchange_index: int = 0
    market_id: str = ""
    """A UUID, or empty: then the exchange derives none and the server decides."""
    settlement_timer_s: int = 60
    """Seconds from the determination to the payment."""


@dataclass(slots=True, eq=False)
class ListedMarket:
    """A market with its book and the figures that its trades make."""

    listing: Listing
    status: MarketStatus
    grid: TickGrid
    fees: FeeSchedule
    close_ns: int
    book: OrderBook = field(default_factory=OrderBook)
    clock: int = 0
    """Grows with each book change; 0 means the book never changed."""
    last_price: Price | None = None
    """None until the first trade."""
    last_size: Count = NO_COUNT
    volume: Count = NO_COUNT
    open_interest: Count = NO_COUNT
    """Contracts outstanding: the sum of all YES positions; stays as it was at the settlement."""
    last_trade_ns: int = 0
    updated_ns: int = 0
    """When something else than trading changed the market last; 0 for never."""
    structure: str = ""
    """Label of the grid in force."""
    created_ns: int = 0
    result: MarketResult | None = None
    """None until the market is determined."""
    value: Price | None = None
    """What one YES contract pays; None until the market is determined."""
    determined_ns: int = 0
    finalizes_ns: int = 0
    """When the settlement timer runs out; 0 while it does not run."""
    settled_ns: int = 0

    @property
    def ticker(self) -> str:
        """The market's own name."""
        return self.listing.ticker
