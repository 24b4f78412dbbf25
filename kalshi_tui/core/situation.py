"""What the gate looks at and what it says: the user's limits, the situation, a refusal.

Owns the shapes and what a mode does to the limits. Decides nothing: the guards are `core.guards`
and `core.caps`, their order is `core.risk`.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus, ConnectionState, ShardStatus
from kalshi_tui.core.exposure import NO_EXPOSURE, Exposure
from kalshi_tui.core.market import Market
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import DOLLAR, NO_MONEY, ONE_CONTRACT, Count, Money, Price


@dataclass(frozen=True, slots=True)
class Limits:
    """The user's own caps. There is no override key; they change only in the settings."""

    order_count: Count = Count(500 * ONE_CONTRACT)
    """Contracts in one order."""
    order_cost: Money = Money(250 * DOLLAR)
    """Cash that one order may need at its limit price, fees not counted."""
    open_orders: int = 50
    """Orders that may be live at once."""
    position_count: Count = Count(5_000 * ONE_CONTRACT)
    """Contracts held in one market, either way, if everything live there fills."""
    event_risk: Money = Money(2_000 * DOLLAR)
    """What one event may cost at worst, all its markets together, fees counted."""
    total_risk: Money = Money(10_000 * DOLLAR)
    """What the whole account may cost at worst, fees counted."""
    day_loss: Money = Money(1_000 * DOLLAR)
    """Loss since the trading day began, after which orders may only reduce."""
    day_start: int = 0
    """Minutes after midnight in New York at which the trading day begins."""
    collar: Price = Price(500)
    """The most that an order may go through the best price of the other side..."""
    collar_percent: int = 10
    """... and the most of that price or of its complement, whichever is less; never below 1c."""
    orders_per_second: int = 5
    """Orders that may go out within a second, held keys included."""
    orders_per_minute: int = 60
    """Orders that may go out within a minute."""

    def in_mode(self, mode: Mode) -> "Limits":
        """Return the limits that hold in a mode: ONE-KEY has a quarter of both caps of an order.

        Source: ladder-ux §4.6.
        """
        if mode is not Mode.ONE_KEY:
            return self
        return replace(
            self,
            order_count=Count(self.order_count // ONE_KEY_SHARE),
            order_cost=Money(self.order_cost // ONE_KEY_SHARE),
        )


ONE_KEY_SHARE = 4


class Placed(NamedTuple):
    """An order that passed the gate, for the guards on rate and repetition."""

    mono_ns: int
    ticker: str
    side: BookSide
    price: Price


def shard_cash(
    cash: Money | None, shards: tuple[tuple[int, Money], ...], index: int
) -> Money | None:
    """Return what is available on a shard; the whole balance where it was not split."""
    if cash is None or not shards:
        return cash
    return dict(shards).get(index, NO_MONEY)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the guards look at."""

    mode: Mode
    read_only: str
    killed: bool
    connection: ConnectionState
    exchange_active: bool
    trading_active: bool
    market: Market | None
    book: BookStatus
    book_reason: str
    best_bid: Price | None
    best_ask: Price | None
    position: Count
    cash: Money | None
    """Available on the market's shard, as the exchange last stated it."""
    open_orders: int
    wall_ns: int
    lagging_ns: int | None = None
    drift: str = ""
    """Why this market is read-only since the wire changed, or empty."""
    mono_ns: int = 0
    last: Price | None = None
    """The price of the last public trade."""
    exposure: Exposure = NO_EXPOSURE
    reducing: str = ""
    """Why only orders that reduce may go out until the next trading day, or empty."""
    day_loss: Money = NO_MONEY
    """Lost since the trading day began; negative for a gain."""
    placed: tuple[Placed, ...] = ()
    """What passed the gate in the last minute, oldest first."""
    purge_until_ns: int | None = None
    """Wall time until which the exchange may still cancel new orders after a cancel-all."""
    ledger_fault: str = ""
    """Why the ledger cannot take an intent now, or empty."""
    shard_states: tuple[ShardStatus, ...] = ()
    """Each shard by itself, where the exchange said so; else its own status is everybody's."""
    offset_ns: int | None = 0
    """What to add to our wall clock to get the exchange's; None until it was measured."""
    is_exit: bool = False
    """It is asked for the exit of a flatten, which VIEW and KILL let pass."""

    @property
    def exchange_ns(self) -> int:
        """The exchange's wall time, by which markets close and orders expire."""
        return self.wall_ns + (self.offset_ns or 0)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order may not go out: the guard's name and one sentence with its number."""

    guard: str
    text: str
    confirmable: bool = False
    """True where the user may let this very order pass by confirming this guard."""
    word: str = ""
    """What has to be typed to confirm it; empty where a key is enough."""
