"""Intents: everything the user can ask of the engine, as frozen values."""

from dataclasses import dataclass

from kalshi_tui.core.environments import Mode
from kalshi_tui.core.orders import OrderTerms
from kalshi_tui.core.sides import BookSide


@dataclass(frozen=True, slots=True)
class Watch:
    """Keep this market's book and make it the one on the ladder."""

    ticker: str


@dataclass(frozen=True, slots=True)
class Place:
    """Send one order. The id was minted when the ticket opened, so a repeat is not a second one."""

    client_order_id: str
    terms: OrderTerms


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
class CancelLast:
    """Cancel what was placed last and may still be live."""


@dataclass(frozen=True, slots=True)
class Kill:
    """Stop sending, drop to VIEW, cancel everything."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Change how much the keyboard may do."""

    mode: Mode


Command = Watch | Place | Cancel | CancelMarket | CancelLast | Kill | Arm
