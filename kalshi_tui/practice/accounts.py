"""Customers' money and positions on the practice exchange.

Owns cash per exchange index, the reserve of resting orders, netting at trade time and fees. Must
not know the book, the time or the wire. Nothing is ever rounded but by the fee rule and, when part
of a position closes, the share of its cost (downwards; the last close takes all that is left).

Cash of a fill (position x, size q, YES price p; c closes, o opens):
    bid: c = min(q, max(-x, 0)), o = q - c, revenue = c(1 - p) - o p
    ask: c = min(q, max( x, 0)), o = q - c, revenue = c p - o(1 - p)
Reserve: an account's resting orders of one market and side stand in the order in which they would
be served (best price first; `reserve`). The first |x| contracts on the side that closes the
position need no collateral; every other one reserves its limit price (bid p, ask 1 - p). An
account's own orders fill in just this order, so a maker fill never needs more cash than was
reserved, save its fee: fees of maker fills are not reserved, and can take the available cash below
zero by their own amount.
Source: trading API reference, exact cash model and fee rounding.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from kalshi_tui.core.fees import FeeSchedule, Role, charge_fill, trade_fee
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import CENT, NO_MONEY, ONE_DOLLAR, Count, Money, Price
from kalshi_tui.practice.happenings import Fill, MarketResult, PositionReport, Settlement
from kalshi_tui.practice.orders import CustomerOrder, Order
from kalshi_tui.practice.reserve import Commitments


class Leg(NamedTuple):
    """What one fill does to one account, worked out before anything is booked."""

    price: Price
    size: Count
    closing: int
    revenue: Money
    fee: Money
    cash: Money
    accumulator: Money


class Holding:
    """One account in one market: the position and what rests."""

    __slots__ = (
        "asks",
        "bids",
        "cost",
        "exchange_index",
        "fee_cost",
        "fees_paid",
        "net",
        "realized_pnl",
        "reserved",
        "settled_ns",
        "ticker",
        "total_traded",
        "updated_ns",
        "volume",
        "yes_cost",
        "yes_count",
    )

    def __init__(self, ticker: str, exchange_index: int) -> None:
        self.ticker = ticker
        self.exchange_index = exchange_index
        self.net = 0
        self.cost = 0
        self.realized_pnl = 0
        self.fees_paid = 0
        self.fee_cost = 0
        self.total_traded = 0
        self.volume = 0
        self.yes_count = 0
        """All that was ever bought as YES; the rest of `volume` was bought as NO."""
        self.yes_cost = 0
        self.updated_ns = 0
        self.settled_ns = 0
        """When the position was paid out; 0 while it was not."""
        self.reserved = 0
        self.bids = Commitments(BookSide.BID)
        self.asks = Commitments(BookSide.ASK)

    def commitments(self, side: BookSide) -> Commitments:
        """Return what rests on one side."""
        return self.bids if side is BookSide.BID else self.asks

    def closable(self, side: BookSide) -> int:
        """Return how many contracts of the position an order on `side` would close."""
        return max(-self.net if side is BookSide.BID else self.net, 0)

    def reserve(self) -> int:
        """Return the collateral that the resting orders need now."""
        return (
            self.bids.gross
            + self.asks.gross
            - self.bids.relief(-self.net)
            - self.asks.relief(self.net)
        )

    def reserve_if(self, net: int, extra: CustomerOrder | None, without: Collection[Order]) -> int:
        """Return the collateral needed at another position, with and without some orders."""
        total = 0
        for side, closable in ((BookSide.BID, -net), (BookSide.ASK, net)):
            kept = self.commitments(side)
            gone = sum(
                each.unit_collateral * each.remaining
                for each in without
                if isinstance(each, CustomerOrder) and each.side is side
            )
            added = extra if extra is not None and extra.side is side else None
            more = 0 if added is None else added.unit_collateral * added.remaining
            here = [each for each in without if each.side is side]
            total += kept.gross - gone + more - kept.relief(closable, added, here)
        return total

    def leg(
        self,
        net: int,
        side: BookSide,
        price: Price,
        size: Count,
        fees: FeeSchedule,
        role: Role,
        accumulator: Money,
    ) -> Leg:
        """Work out one fill at position `net`. A fee whose formula is unpublished counts as 0."""
        bought = side is BookSide.BID
        closing = min(size, max(-net if bought else net, 0))
        leg_price = price if bought else ONE_DOLLAR - price
        revenue = Money(closing * (ONE_DOLLAR - leg_price) - (size - closing) * leg_price)
        fee = trade_fee(fees, role, price, size) if fees.is_known else NO_MONEY
        charge = charge_fill(revenue, fee, accumulator)
        return Leg(price, size, closing, revenue, charge.fee, charge.cash, charge.accumulator)

    def book(self, side: BookSide, leg: Leg, now_ns: int) -> None:
        """Change the position by one fill."""
        leg_price = leg.price if side is BookSide.BID else ONE_DOLLAR - leg.price
        held, closing = abs(self.net), leg.closing
        opening = leg.size - closing
        if closing:
            removed = self.cost * closing // held
            self.realized_pnl += closing * (ONE_DOLLAR - leg_price) - removed
            self.cost -= removed
            self.fee_cost -= self.fee_cost * closing // held
        self.cost += opening * leg_price
        self.fee_cost += leg.fee * opening // leg.size
        self.fees_paid += leg.fee
        self.total_traded += leg.size * leg_price
        self.volume += leg.size
        if side is BookSide.BID:
            self.yes_count += leg.size
            self.yes_cost += leg.size * leg_price
        self.net += leg.size if side is BookSide.BID else -leg.size
        self.updated_ns = now_ns

    def report(self) -> PositionReport:
        """Return the position as it stands now."""
        return PositionReport(
            self.ticker,
            self.exchange_index,
            Count(self.net),
            Money(self.cost),
            Money(self.realized_pnl),
            Money(self.fees_paid),
            Money(self.fee_cost),
            Money(self.total_traded),
            Count(self.volume),
            self.updated_ns,
            self.settled_ns,
        )

    def settle(self, value: Price, now_ns: int) -> tuple[Money, Money]:
        """Pay the position out; return the revenue in whole cents and what rounding it took."""
        exact = self.net * value if self.net > 0 else -self.net * (ONE_DOLLAR - value)
        revenue = exact // (100 * CENT) * (100 * CENT)
        self.realized_pnl += exact - self.cost
        self.fees_paid += exact - revenue
        self.net = self.cost = self.fee_cost = 0
        self.updated_ns = self.settled_ns = now_ns
        return Money(revenue), Money(exact - revenue)


class Account:
    """One customer."""

    def __init__(self, account_id: str, deposits: Mapping[int, Money]) -> None:
        self.account_id = account_id
        self.cash: dict[int, int] = dict(deposits)
        """Cash per exchange index with the reserves still in it."""
        self._reserved: dict[int, int] = {}
        self._unsure: dict[str, Holding] = {}
        """Holdings whose reserve has to be worked out again when somebody asks for cash."""
        self.holdings: dict[str, Holding] = {}
        self.orders: dict[str, CustomerOrder] = {}
        """Live and done, oldest first."""
        self.resting: dict[str, CustomerOrder] = {}
        """The live ones, oldest first."""
        self.fills: list[Fill] = []
        """Oldest first."""
        self.settlements: list[Settlement] = []
        """Oldest first."""
        self.used_ids: dict[str, str] = {}
        """Burned `client_order_id` -> order_id."""

    def available(self, exchange_index: int | None = None) -> Money:
        """Return cash net of reserves, of one shard or of all: the wire's `balance_dollars`."""
        if self._unsure:
            self._work_out_reserves()
        if exchange_index is None:
            return Money(sum(self.cash.values()) - sum(self._reserved.values()))
        return Money(self.cash.get(exchange_index, 0) - self._reserved.get(exchange_index, 0))

    def positions(self) -> list[PositionReport]:
        """Return every position ever held, flat ones too, in order of first fill or order."""
        return [each.report() for each in self.holdings.values() if each.volume]

    def net(self, ticker: str) -> Count:
        """Return the signed position in one market."""
        holding = self.holdings.get(ticker)
        return Count(0 if holding is None else holding.net)

    def holding(self, ticker: str, exchange_index: int) -> Holding:
        """Return the account's record in one market, made at first use."""
        holding = self.holdings.get(ticker)
        if holding is None:
            holding = self.holdings[ticker] = Holding(ticker, exchange_index)
        return holding

    def can_afford(
        self,
        holding: Holding,
        order: CustomerOrder,
        legs: Collection[Leg],
        rest: CustomerOrder | None,
        without: Collection[Order],
    ) -> bool:
        """Return True when fills, their fees and all reserves are covered, or nothing gets worse.

        What opens a position is checked at the order's limit, as if it rested, although it is
        booked at the better price of its fill: the exchange must hold the collateral beforehand.
        """
        bought = order.side is BookSide.BID
        spent, filled = 0, 0
        for leg in legs:
            better = order.price - leg.price if bought else leg.price - order.price
            spent += leg.cash - (leg.size - leg.closing) * better
            filled += leg.size
        net = holding.net + (filled if bought else -filled)
        index = holding.exchange_index
        reserve = holding.reserve_if(net, rest, without)
        before = self.available(index)
        return before + holding.reserved + spent - reserve >= min(before, 0)

    def open(self, order: CustomerOrder) -> None:
        """Note a new order, and burn its client order id."""
        self.orders[order.order_id] = order
        if order.client_order_id:
            self.used_ids[order.client_order_id] = order.order_id

    def rest(self, order: CustomerOrder) -> None:
        """Reserve for an order that has just taken its place in the book."""
        holding = self.holding(order.ticker, order.exchange_index)
        holding.commitments(order.side).add(order)
        self.resting[order.order_id] = order
        self._unsure[holding.ticker] = holding

    def release(self, order: CustomerOrder) -> None:
        """Let go of a resting order. Call it before what remains of the order is changed."""
        holding = self.holdings[order.ticker]
        holding.commitments(order.side).remove(order)
        del self.resting[order.order_id]
        self._unsure[holding.ticker] = holding

    def shrink(self, order: CustomerOrder, by: int) -> None:
        """Note that a resting order becomes smaller by `by` (already taken off the order)."""
        holding = self.holdings[order.ticker]
        holding.commitments(order.side).shrink(order, by)
        self._unsure[holding.ticker] = holding

    def book(self, order: CustomerOrder, leg: Leg, role: Role, trade_id: str, now_ns: int) -> Fill:
        """Book one fill: position, cash, fees and the order's own sums."""
        holding = self.holding(order.ticker, order.exchange_index)
        holding.book(order.side, leg, now_ns)
        index = order.exchange_index
        self.cash[index] = self.cash.get(index, 0) + leg.cash
        leg_price = leg.price if order.side is BookSide.BID else ONE_DOLLAR - leg.price
        cost = leg_price * leg.size
        if role is Role.TAKER:
            order.taker_cost = Money(order.taker_cost + cost)
            order.taker_fees = Money(order.taker_fees + leg.fee)
        else:
            order.maker_cost = Money(order.maker_cost + cost)
            order.maker_fees = Money(order.maker_fees + leg.fee)
        order.filled = Count(order.filled + leg.size)
        order.accumulator = leg.accumulator
        order.updated_ns = now_ns
        fill = Fill(
            trade_id,
            order.order_id,
            order.client_order_id,
            order.ticker,
            index,
            order.side,
            leg.price,
            leg.size,
            role is Role.TAKER,
            leg.fee,
            Count(holding.net),
            now_ns,
        )
        self.fills.append(fill)
        self._unsure[holding.ticker] = holding
        return fill

    def settle(
        self, ticker: str, event_ticker: str, result: MarketResult, value: Price, now_ns: int
    ) -> Settlement:
        """Pay out the position in one market; it must have been traded."""
        holding = self.holdings[ticker]
        net = Count(holding.net)
        revenue, _ = holding.settle(value, now_ns)
        index = holding.exchange_index
        self.cash[index] = self.cash.get(index, 0) + revenue
        self._unsure[ticker] = holding
        settlement = Settlement(
            ticker,
            event_ticker,
            index,
            result,
            value,
            Count(holding.yes_count),
            Money(holding.yes_cost),
            Count(holding.volume - holding.yes_count),
            Money(holding.total_traded - holding.yes_cost),
            revenue,
            Money(holding.fees_paid),
            net,
            now_ns,
        )
        self.settlements.append(settlement)
        return settlement

    def committed(self, exchange_index: int) -> list[int]:
        """Return the gross collateral of each side of each market of a shard."""
        return [
            side.gross
            for holding in self.holdings.values()
            if holding.exchange_index == exchange_index
            for side in (holding.bids, holding.asks)
        ]

    def _work_out_reserves(self) -> None:
        # Late and once, because a cancel of thousands of orders needs only the last sum.
        for holding in self._unsure.values():
            needed = holding.reserve()
            index = holding.exchange_index
            self._reserved[index] = self._reserved.get(index, 0) + needed - holding.reserved
            holding.reserved = needed
        self._unsure.clear()
