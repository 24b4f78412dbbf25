"""What everything held and everything live can still cost, in the worst case.

Owns the arithmetic of exposure: for each market the loss under either outcome when exactly those of
our live orders fill that hurt most, each at its limit price with the most it can cost in fees. An
order in flight or in doubt counts as if it were live. What was worked out stands until the ledger
says what moved: then that order and that market alone are worked out anew. Decides nothing.
Source: reliability §3.1 (what counts), INV-8, INV-11; kalshi `market_settlement` (nets settle).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from kalshi_tui.core.fees import ALIGNMENT_DIRECT, FeeSchedule
from kalshi_tui.core.ledger import Ledger
from kalshi_tui.core.market import Market
from kalshi_tui.core.orders import Order, OrderState, RequestState
from kalshi_tui.core.positions import cash_needed, leg_price, split
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import NO_COUNT, NO_MONEY, ONE_DOLLAR, Count, Money, Price

_IN_FLIGHT = frozenset({OrderState.INTENT, OrderState.SENDING, OrderState.IN_DOUBT})
# An enum's member costs a look-up in its class and its hash a call; this runs at every order.
_RESTING = OrderState.RESTING
_BID = BookSide.BID
_DEFAULT_FEES = FeeSchedule()
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

    Two forms while it is being changed (TO28), and a third for what may have filled at the old
    price before the rest does at the new one. Fills that are known of and not booked yet are still
    to come, so they count as well, also where the order itself is over.
    """
    terms = order.terms
    if order.state is not _RESTING and not order.is_live:
        found: tuple[tuple[Price, Count], ...] = ((terms.price, order.unbooked),)
    else:
        # What an adopted order had filled before it was seen is in the position that was stated.
        gone = order.filled if order.external else order.booked
        if order.change is None and order.dearest is None:
            return ((terms.price, Count(max(terms.count - gone, 0))),)
        found = tuple((price, Count(max(total - gone, 0))) for price, total in order.forms())
    worse = max if terms.side is _BID else min
    earlier = terms.price if order.dearest is None else worse(terms.price, order.dearest)
    if worse(earlier, found[-1][0]) == found[-1][0]:
        return found
    return (*found, (earlier, max(size for _, size in found)))


class _Line(NamedTuple):
    """What one order adds to its market, in plain integers."""

    is_bid: bool
    size: int
    cost: int
    spare: int
    """What it can cost where its outcome wins: only fees could make that a loss."""
    price: Price | None
    """The price that a crossing order could meet; None where it is over."""
    is_doubt: bool
    in_flight: Order | None
    """The order itself, where the exchange's balance cannot contain it yet."""


def _line(order: Order, fees: FeeSchedule) -> _Line:
    is_bid = order.terms.side is _BID
    forms = shapes(order)
    count = cost = spare = 0
    for price, size in forms:
        each = (price if is_bid else ONE_DOLLAR - price) * size + fee_bound(fees, price, size)
        count, cost = max(count, size), max(cost, each)
        spare = max(spare, each - ONE_DOLLAR * size)
    prices = [price for price, _ in order.forms()]
    is_live = order.is_live
    return _Line(
        is_bid,
        count,
        cost,
        spare,
        (max(prices) if is_bid else min(prices)) if is_live else None,
        is_live and _is_in_doubt(order),
        order if order.state in _IN_FLIGHT else None,
    )


def _is_in_doubt(order: Order) -> bool:
    # A cancel in doubt opens nothing: the order counts as live until that is known.
    is_change = order.change is not None and order.change.state is RequestState.IN_DOUBT
    return order.state is OrderState.IN_DOUBT or is_change


class _Share(NamedTuple):
    """What one market adds to the account."""

    risk: MarketRisk
    at_risk: int
    in_doubt: int
    in_flight: int
    own_bid: Price | None
    own_ask: Price | None


class _Place(NamedTuple):
    """What a listing says that exposure depends on."""

    event: str | None
    shard: int
    fees: FeeSchedule


_NOWHERE = _Place(None, 0, _DEFAULT_FEES)
_EMPTY = _Share(MarketRisk(), 0, 0, 0, None, None)


class _Account:
    """One market: the lines of its orders, what they come to, and where that was added."""

    __slots__ = ("lines", "place", "share")

    def __init__(self, place: _Place) -> None:
        self.lines: dict[str, _Line] = {}
        self.place = place
        self.share = _EMPTY


def _share(lines: Iterable[_Line], held: int, spent: int) -> _Share:
    """Add up a market in which `held` is held, signed, at a cost of `spent`."""
    spent = spent if held else 0
    if_yes = spent - max(held, 0) * ONE_DOLLAR
    if_no = spent + min(held, 0) * ONE_DOLLAR
    bids = asks = in_doubt = in_flight = 0
    own_bid: Price | None = None
    own_ask: Price | None = None
    for is_bid, count, cost, spare, price, is_doubt, order in lines:
        if is_bid:
            bids += count
            if_no += cost
            if_yes += spare
            if price is not None and (own_bid is None or price > own_bid):
                own_bid = price
        else:
            asks += count
            if_yes += cost
            if_no += spare
            if price is not None and (own_ask is None or price < own_ask):
                own_ask = price
        in_doubt += is_doubt
        if order is not None:
            terms = order.terms
            in_flight += cash_needed(terms.side, terms.price, order.remaining, Count(held))
    risk = MarketRisk(
        Money(if_yes),
        Money(if_no),
        Count(held + bids),
        Count(held - asks),
        Count(bids),
        Count(asks),
    )
    return _Share(risk, max(if_yes, if_no, 0), in_doubt, in_flight, own_bid, own_ask)


class Listings(Protocol):
    """The markets that are known, and a number that grows where their fees or events may change."""

    markets: dict[str, Market]
    revision: int


class Exposures:
    """What the account can lose, kept up to date market by market."""

    def __init__(self, ledger: Ledger, board: Listings) -> None:
        self._ledger = ledger
        self._board = board
        self._touched = ledger.watch()
        self._revision = board.revision
        self._accounts: dict[str, _Account] = {}
        self._known: dict[str, Exposure] = {}
        self._total = 0
        self._events: dict[str, int] = {}
        self._flights: dict[int, int] = {}

    def of(self, ticker: str, *, without: str = "") -> Exposure:
        """Return what the gate has to know for an order in `ticker`.

        `without` leaves one order out, by its client order id: it is about to be replaced.
        """
        self._refresh()
        if without:
            return self._exposure(ticker, without)
        found = self._known.get(ticker)
        if found is None:
            found = self._known[ticker] = self._exposure(ticker, "")
        return found

    def total(self) -> Money:
        """Return what the account can lose, each market by itself: no netting within events."""
        self._refresh()
        return Money(self._total)

    def _exposure(self, ticker: str, without: str) -> Exposure:
        account = self._accounts.get(ticker)
        place = account.place if account else self._place(ticker)
        was = mine = account.share if account else _EMPTY
        if account is not None and without in account.lines:
            lines = (line for key, line in account.lines.items() if key != without)
            mine = self._sum(ticker, lines)
        others = self._total - was.at_risk
        in_event = 0 if place.event is None else self._events.get(place.event, 0) - was.at_risk
        in_flight = self._flights.get(place.shard, 0) - was.in_flight + mine.in_flight
        return Exposure(
            market=mine.risk,
            event_others=Money(in_event),
            others=Money(others),
            own_bid=mine.own_bid,
            own_ask=mine.own_ask,
            in_doubt=mine.in_doubt,
            in_flight=Money(in_flight),
        )

    def _refresh(self) -> None:
        is_listed = self._board.revision != self._revision
        if is_listed:
            self._revision = self._board.revision
            self._relist()
        if not self._touched and not is_listed:
            return
        self._known.clear()
        for ticker, keys in self._touched.items():
            self._rework(ticker, keys)
        self._touched.clear()

    def _relist(self) -> None:
        """Work out anew the markets whose fees, event or shard are other ones."""
        for ticker, account in list(self._accounts.items()):
            place = self._place(ticker)
            if place != account.place:
                self._add(account, -1)
                account.place, account.share = place, _EMPTY
                self._touched.setdefault(ticker, set()).update(account.lines)

    def _rework(self, ticker: str, keys: Iterable[str]) -> None:
        """Work out the orders `keys` of a market anew, and what it comes to."""
        account = self._accounts.get(ticker)
        if account is None:
            account = self._accounts[ticker] = _Account(self._place(ticker))
        counting = self._ledger.counting(ticker)
        for key in keys:
            order = counting.get(key)
            if order is None:
                account.lines.pop(key, None)
            else:
                account.lines[key] = _line(order, account.place.fees)
        self._add(account, -1)
        account.share = self._sum(ticker, account.lines.values())
        self._add(account, 1)
        if account.share == _EMPTY and not account.lines:
            del self._accounts[ticker]

    def _sum(self, ticker: str, lines: Iterable[_Line]) -> _Share:
        position = self._ledger.position(ticker)
        return _share(lines, position.count, position.cost)

    def _add(self, account: _Account, sign: int) -> None:
        place, share = account.place, account.share
        self._total += sign * share.at_risk
        self._flights[place.shard] = self._flights.get(place.shard, 0) + sign * share.in_flight
        if place.event is not None:
            self._events[place.event] = self._events.get(place.event, 0) + sign * share.at_risk

    def _place(self, ticker: str) -> _Place:
        market = self._board.markets.get(ticker)
        if market is None:
            return _NOWHERE
        return _Place(market.event_ticker, market.exchange_index, market.fees)
