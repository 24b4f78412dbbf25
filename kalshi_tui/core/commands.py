"""Intents: everything the user can ask of the engine, as frozen values."""

from dataclasses import dataclass

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price


@dataclass(frozen=True, slots=True)
class Watch:
    """Keep this market's book and make it the one on the ladder."""

    ticker: str


@dataclass(frozen=True, slots=True)
class Place:
    """Send one order. The id was minted when the ticket opened, so a repeat is not a second one."""

    client_order_id: str
    terms: OrderTerms
    confirmed: frozenset[str] = frozenset()
    """Names of the guards that the user confirmed explicitly (only those that can be)."""


@dataclass(frozen=True, slots=True)
class PlaceBatch:
    """Send several orders in one request. Each passes the gate by itself, after those before it."""

    orders: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Amend:
    """Change the price, the count or the expiry of a resting order."""

    client_order_id: str
    price: Price
    count: Count
    """Total contracts, those already filled included (openapi.yaml `AmendOrderV2Request`)."""
    expires_s: int | None = None
    """Unix seconds; None keeps what it is, 0 takes the expiry away."""
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decrease:
    """Leave fewer contracts of an order resting; it keeps its place in the queue."""

    client_order_id: str
    count: Count
    """Contracts that remain (`reduce_to`): saying it twice takes nothing away twice."""


@dataclass(frozen=True, slots=True)
class Resend:
    """Send an order again, unchanged and under its own id: only one that provably never arrived."""

    client_order_id: str
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Abandon:
    """Stop waiting for an order in doubt. It is kept, counts, and is matched if it appears."""

    client_order_id: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel orders by client order id."""

    client_order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CancelMarket:
    """Cancel every live order in a market, or those on one side of its book."""

    ticker: str
    side: BookSide | None = None


@dataclass(frozen=True, slots=True)
class CancelEverything:
    """Cancel every live order of the account; the keyboard stays as it is."""


@dataclass(frozen=True, slots=True)
class CancelLast:
    """Cancel what was placed last and may still be live."""


@dataclass(frozen=True, slots=True)
class Kill:
    """Stop sending, drop to VIEW, cancel everything."""


@dataclass(frozen=True, slots=True)
class Flatten:
    """Cancel what rests in a market, then close the position with one reduce-only IOC."""

    ticker: str
    client_order_id: str
    """Of the exit order, minted with the key."""


@dataclass(frozen=True, slots=True)
class Reverse:
    """Flatten a market and open the same size on the other side of it."""

    ticker: str
    client_order_id: str
    """Of the exit; the entry's is the same with `-r` behind it."""
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DeadMan:
    """Switch the dead-man's expiry of new orders on or off."""

    on: bool


@dataclass(frozen=True, slots=True)
class Arm:
    """Change how much the keyboard may do."""

    mode: Mode
    word: str = ""
    """What was typed to confirm it, where a word is needed."""


Command = (
    Watch
    | Place
    | PlaceBatch
    | Amend
    | Decrease
    | Resend
    | Abandon
    | Cancel
    | CancelMarket
    | CancelEverything
    | CancelLast
    | Kill
    | Flatten
    | Reverse
    | DeadMan
    | Arm
)
