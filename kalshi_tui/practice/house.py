"""The crowd's accounts on the practice exchange: cheap, without limits and without a private feed.

Owns what a house trader has resting, its cash (which may be negative: the house is never short of
it) and its positions, so that money and contracts can be shown to be conserved. No fees.
"""

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR, Money, Price
from kalshi_tui.practice.orders import Order


class HouseAccount:
    """One trader of the crowd. A plain record: it is on the hot path."""

    __slots__ = ("account_id", "cash", "nets", "orders")

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.cash = Money(0)
        """Signed sum of all its trades."""
        self.nets: dict[str, int] = {}
        """Signed position per market, in 1/100 contract."""
        self.orders: dict[str, Order] = {}
        """What rests, by order id, oldest first."""

    def book(self, ticker: str, side: BookSide, price: Price, size: int) -> tuple[int, int]:
        """Book one fill; return the position before and after."""
        before = self.nets.get(ticker, 0)
        if side is BookSide.BID:
            after = before + size
            closing = min(size, -before) if before < 0 else 0
            leg_price: int = price
        else:
            after = before - size
            closing = min(size, before) if before > 0 else 0
            leg_price = ONE_DOLLAR - price
        self.nets[ticker] = after
        change = closing * (ONE_DOLLAR - leg_price) - (size - closing) * leg_price
        self.cash = Money(self.cash + change)
        return before, after

    def settle(self, ticker: str, value: Price) -> None:
        """Pay out the position in a market; nothing of the house is rounded."""
        net = self.nets.pop(ticker, 0)
        paid = net * value if net > 0 else -net * (ONE_DOLLAR - value)
        self.cash = Money(self.cash + paid)
