"""What everything held and everything live can still cost, in the worst case.

Owns the arithmetic of exposure: for each market the loss under either outcome when exactly those of
our live orders fill that hurt most, each at its limit price with the most it can cost in fees. An
order in flight or in doubt counts as if it were live. Decides nothing.
Source: reliability §3.1 (what counts), INV-8, INV-11; kalshi `market_settlement` (nets settle).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from kalshi_tui.core.fees import ALIGNMENT_DIRECT, FeeSchedule
from kalshi_tui.core.ledger import Ledger
from kalshi_tui.core.market import Market
from kalshi_tui.core.orders import Order, OrderState, RequestState
from kalshi_tui.core.positions import Position, cash_needed, leg_price, split
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, NO_MONEY, ONE_DOLLAR, Count, Money, Price

_IN_FLIGHT = frozenset({OrderState.INTENT, OrderState.SENDING, OrderState.IN_DOUBT})
# An enum's member costs a look-up in its class and its hash a call; this runs at every order.
_RESTING = OrderState.RESTING
_BID = BookSide.BID
_DEFAULT_FEES = FeeSchedule()
_FLAT = Position()
_Markets = Mapping[str, Market]
_FEE_DIVISOR = 10**12


def fee_bound(fees: FeeSchedule, price: Price, count: int) -> int:
    """Return the most in fees that an order for `count` at `price` can cost.

    The published taker formula at the limit price, also where the formula is not known; a better
    price never costs more in price and fee together. One alignment step for the rounding.
    """
    rate = price * (ONE_DOLLAR - price) * 7 * fees.multiplier
    return -(-count * rate // _FEE_DIVISOR) + ALIGNMENT_DIRECT if rate else 0


@dataclass(frozen=True, slots=True)
class MarketRisk:
    """One market's worst case. All amounts are losses: negative where it cannot be lost."""

    if_yes: Money = NO_MONEY
    """The most that is lost if it settles YES."""
    if_no: Money = NO_MONEY
    highest: Count = NO_COUNT
    """The signed position if every live bid fills and no ask does."""
    lowest: Count = NO_COUNT
    """The signed position if every live ask fills and no bid does."""
    bids: Count = NO_COUNT
    """Contracts of our live bids."""
    asks: Count = NO_COUNT

    @property
    def at_risk(self) -> Money:
        """The most that this market can cost."""
        return max(self.if_yes, self.if_no, NO_MONEY)

    @property
    def largest(self) -> Count:
        """The largest position, either way, that may come of it."""
        return Count(max(self.highest, -self.lowest, 0))

    def with_order(
        self, side: BookSide, price: Price, count: Count, fees: FeeSchedule
    ) -> "MarketRisk":
        """Return the worst case with one more order."""
        leg = leg_price(side, price)
        cost = leg * count + fee_bound(fees, price, count)
        # Where its outcome wins it pays back a dollar each; only fees could make that a loss.
        spare = max(cost - ONE_DOLLAR * count, 0)
        is_bid = side is _BID
        return MarketRisk(
            if_yes=Money(self.if_yes + (spare if is_bid else cost)),
            if_no=Money(self.if_no + (cost if is_bid else spare)),
            highest=Count(self.highest + (count if is_bid else 0)),
            lowest=Count(self.lowest - (0 if is_bid else count)),
            bids=Count(self.bids + (count if is_bid else 0)),
            asks=Count(self.asks + (0 if is_bid else count)),
        )

    def closable(self, side: BookSide, position: Count) -> Count:
        """Return how much an order on `side` can close that no live order closes already."""
        live = self.bids if side is _BID else self.asks
        return Count(max(split(side, Count(abs(position)), position).closes - live, 0))


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the gate has to know of the account for an order in one market."""

    market: MarketRisk = MarketRisk()
    event_others: Money = NO_MONEY
    """At risk in the other markets of the same event."""
    others: Money = NO_MONEY
    """At risk in all other markets of the account, the event's included."""
    own_bid: Price | None = None
    """The highest live bid of ours in this market."""
    own_ask: Price | None = None
    in_doubt: int = 0
    """Orders in this market whose outcome is unknown."""
    in_flight: Money = NO_MONEY
    """Cash that orders on this shard need which the exchange's balance cannot contain yet."""

    @property
    def total(self) -> Money:
        """At risk in the whole account."""
        return Money(self.market.at_risk + self.others)


NO_EXPOSURE = Exposure()


def shapes(order: Order) -> tuple[tuple[Price, Count], ...]:
    """Return (price, contracts that may still move the position), for each form it may have now.

    Two forms while it is being changed (TO28). Fills that were stated and are not booked yet are
    still to come, so they count as well, also where the order itself is over.
    """
    state = order.state
    if state is not _RESTING and not order.is_live:
        return ((order.terms.price, Count(order.reported_filled - order.booked)),)
    # What an adopted order had filled before it was seen is in the position that was stated.
    gone = order.filled if order.external else order.booked
    if order.change is None:
        return ((order.terms.price, Count(max(order.terms.count - gone, 0))),)
    return tuple((price, Count(max(total - gone, 0))) for price, total in order.forms())


class _Sum:
    """A `MarketRisk` while it is added up, in plain integers: this runs before every order."""

    __slots__ = ("asks", "bids", "held", "if_no", "if_yes")

    def __init__(self, position: Position) -> None:
        self.held = int(position.count)
        self.if_yes = position.cost - max(self.held, 0) * ONE_DOLLAR
        self.if_no = position.cost + min(self.held, 0) * ONE_DOLLAR
        self.bids = self.asks = 0

    def add(self, order: Order, fees: FeeSchedule) -> None:
        is_bid = order.terms.side is _BID
        most = cost = spare = 0
        for price, count in shapes(order):
            each = (price if is_bid else ONE_DOLLAR - price) * count
            each += fee_bound(fees, price, count)
            most, cost = max(most, count), max(cost, each)
            spare = max(spare, each - ONE_DOLLAR * count)
        if is_bid:
            self.bids += most
            self.if_no += cost
            self.if_yes += spare
        else:
            self.asks += most
            self.if_yes += cost
            self.if_no += spare

    @property
    def at_risk(self) -> int:
        return max(self.if_yes, self.if_no, 0)

    def risk(self) -> MarketRisk:
        return MarketRisk(
            if_yes=Money(self.if_yes),
            if_no=Money(self.if_no),
            highest=Count(self.held + self.bids),
            lowest=Count(self.held - self.asks),
            bids=Count(self.bids),
            asks=Count(self.asks),
        )


def _sums(orders: Iterable[Order], ledger: Ledger, markets: _Markets) -> dict[str, _Sum]:
    sums = {ticker: _Sum(position) for ticker, position in ledger.positions() if position.count}
    for order in orders:
        ticker = order.terms.ticker
        found = sums.get(ticker)
        if found is None:
            found = sums[ticker] = _Sum(_FLAT)
        market = markets.get(ticker)
        found.add(order, market.fees if market else _DEFAULT_FEES)
    return sums


class Listings(Protocol):
    """The markets that are known, and a number that grows where their fees or events may change."""

    markets: dict[str, Market]
    revision: int


class Exposures:
    """Remembers what was worked out for as long as nothing has changed."""

    def __init__(self, ledger: Ledger, board: Listings) -> None:
        self._ledger = ledger
        self._board = board
        self._revision = (-1, -1)
        self._known: dict[str, Exposure] = {}
        self._total: Money | None = None

    def of(self, ticker: str) -> Exposure:
        """Return what the gate has to know for an order in `ticker`."""
        self._forget()
        found = self._known.get(ticker)
        if found is None:
            found = self._known[ticker] = exposure(self._ledger, self._board.markets, ticker)
        return found

    def total(self) -> Money:
        """Return what the whole account can lose."""
        self._forget()
        if self._total is None:
            self._total = total_at_risk(self._ledger, self._board.markets)
        return self._total

    def _forget(self) -> None:
        revision = (self._ledger.revision, self._board.revision)
        if revision != self._revision:
            self._revision = revision
            self._known.clear()
            self._total = None


def total_at_risk(ledger: Ledger, markets: _Markets) -> Money:
    """Return what the whole account can lose, each market by itself: no netting within events."""
    sums = _sums([*ledger.live(), *ledger.owing()], ledger, markets)
    return Money(sum(each.at_risk for each in sums.values()))


def exposure(ledger: Ledger, markets: _Markets, ticker: str, *, without: str = "") -> Exposure:
    """Return what the gate has to know for an order in `ticker`.

    `without` leaves one order out, by its client order id: it is about to be replaced.
    """
    orders = [each for each in ledger.live() if each.client_order_id != without]
    sums = _sums([*orders, *ledger.owing()], ledger, markets)
    mine = sums.pop(ticker, None)
    market = markets.get(ticker)
    event = market.event_ticker if market else ""
    total = in_event = 0
    for other, found in sums.items():
        at_risk = found.at_risk
        total += at_risk
        known = markets.get(other)
        if known is not None and known.event_ticker == event:
            in_event += at_risk
    here = [each for each in orders if each.terms.ticker == ticker]
    bids = [price for each in here if each.terms.side is _BID for price, _ in shapes(each)]
    asks = [price for each in here if each.terms.side is not _BID for price, _ in shapes(each)]
    return Exposure(
        market=mine.risk() if mine else MarketRisk(),
        event_others=Money(in_event),
        others=Money(total),
        own_bid=max(bids, default=None),
        own_ask=min(asks, default=None),
        in_doubt=sum(_is_in_doubt(each) for each in here),
        in_flight=_in_flight(orders, ledger, markets, market.exchange_index if market else 0),
    )


def _is_in_doubt(order: Order) -> bool:
    # A cancel in doubt opens nothing: the order counts as live until that is known.
    is_change = order.change is not None and order.change.state is RequestState.IN_DOUBT
    return order.state is OrderState.IN_DOUBT or is_change


def _in_flight(orders: Iterable[Order], ledger: Ledger, markets: _Markets, shard: int) -> Money:
    total = 0
    for order in orders:
        if order.state is _RESTING or order.state not in _IN_FLIGHT:
            continue
        terms = order.terms
        market = markets.get(terms.ticker)
        if (market.exchange_index if market else 0) == shard:
            held = ledger.position(terms.ticker).count
            total += cash_needed(terms.side, terms.price, order.remaining, held)
    return Money(total)
