"""Customers' money and positions on the practice exchange."""

from kalshi_tui.core.units import Money
from kalshi_tui.practice.happenings import Fill, PositionReport
from kalshi_tui.practice.orders import CustomerOrder


class Account:
    """One customer: cash per exchange index, positions, orders, fills and burned ids."""

    account_id: str
    orders: dict[str, CustomerOrder]
    """Live and done, oldest first."""
    fills: list[Fill]
    """Oldest first."""
    used_ids: dict[str, str]
    """Burned `client_order_id` -> order_id."""

    def available(self, exchange_index: int | None = None) -> Money:
        """Cash net of reserves, of one shard or of all: the wire's `balance_dollars`."""
        raise NotImplementedError

    def positions(self) -> list[PositionReport]:
        """Every position ever held, flat ones too, in order of first fill."""
        raise NotImplementedError
