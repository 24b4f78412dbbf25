"""The end of a market: its result, the settlement timer, and the payment of every position.

Owns determination, dispute and settlement and the order of the steps; acts on the floor. The
arithmetic of one payment is the account's. YES gets the value, NO the rest of the dollar.
    closed -> determined -> finalized, and between them disputed and amended:
    a dispute stops the timer; determining again starts it, with the same result (determined) or
    with another one (amended).
Source: trading API reference, market status and settlements; recorded production settlements.
"""

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.core.units import ONE_DOLLAR, ZERO_PRICE, Price
from kalshi_tui.practice import rejections
from kalshi_tui.practice.floor import Floor
from kalshi_tui.practice.happenings import (
    MarketDetermined,
    MarketResult,
    MarketSettled,
    PositionUpdated,
    SettlementPaid,
)
from kalshi_tui.practice.lifecycle import BEFORE_CLOSE, Lifecycle
from kalshi_tui.practice.market import ListedMarket

_NS_PER_S = 1_000_000_000

_SAID = (MarketStatus.DETERMINED, MarketStatus.AMENDED)

SCALAR_VALUE = "a scalar result needs a value from 0 to 1"


class Clearing:
    """Determines markets and pays out positions."""

    def __init__(self, floor: Floor, lifecycle: Lifecycle) -> None:
        self._floor = floor
        self._lifecycle = lifecycle
        lifecycle.deeds["settle"] = self._due

    def determine(
        self, market: ListedMarket, result: MarketResult, value: Price | None, now_ns: int
    ) -> None:
        """Say how a market came out; one that is open is closed first. Raises `Rejection`."""
        paid = _value(result, value)
        if market.status in BEFORE_CLOSE:
            self._lifecycle.close(market, now_ns)
        if market.status is MarketStatus.FINALIZED:
            raise rejections.market_inactive()
        again = market.result is not None and (market.result, market.value) != (result, paid)
        market.result, market.value, market.determined_ns = result, paid, now_ns
        status = MarketStatus.AMENDED if again else MarketStatus.DETERMINED
        self._lifecycle.turn(market, status, now_ns)
        self._floor.outbox.append(MarketDetermined(market.ticker, result, paid, now_ns))
        market.finalizes_ns = now_ns + market.listing.settlement_timer_s * _NS_PER_S
        self._lifecycle.enter(market.finalizes_ns, "settle", market.ticker)

    def dispute(self, market: ListedMarket, now_ns: int) -> None:
        """Stop the settlement timer of a determined market. Raises `Rejection`."""
        if market.status not in _SAID:
            raise rejections.market_inactive()
        market.finalizes_ns = 0
        self._lifecycle.turn(market, MarketStatus.DISPUTED, now_ns)

    def settle(self, market: ListedMarket, now_ns: int) -> None:
        """Pay out a determined market now. Raises `Rejection`."""
        if market.status not in _SAID:
            raise rejections.market_inactive()
        self._pay(market, now_ns)

    def _due(self, ticker: str, at_ns: int) -> None:
        market = self._floor.markets[ticker]
        if market.status in _SAID and market.finalizes_ns == at_ns:
            self._pay(market, at_ns)

    def _pay(self, market: ListedMarket, at_ns: int) -> None:
        assert market.result is not None
        assert market.value is not None
        self._lifecycle.clear(market, at_ns)
        market.finalizes_ns, market.settled_ns = 0, at_ns
        outbox = self._floor.outbox
        for house in self._floor.house.values():
            house.settle(market.ticker, market.value)
        for account in self._floor.accounts.values():
            holding = account.holdings.get(market.ticker)
            if holding is None or not holding.volume:
                continue
            event = market.listing.event_ticker
            paid = account.settle(market.ticker, event, market.result, market.value, at_ns)
            outbox.append(SettlementPaid(account.account_id, paid))
            outbox.append(PositionUpdated(account.account_id, holding.report()))
        self._lifecycle.turn(market, MarketStatus.FINALIZED, at_ns)
        outbox.append(MarketSettled(market.ticker, at_ns))


def _value(result: MarketResult, value: Price | None) -> Price:
    """Return what a YES contract pays. Raises `Rejection`."""
    if result is MarketResult.YES:
        return ONE_DOLLAR
    if result is MarketResult.NO:
        return ZERO_PRICE
    if value is None or not 0 <= value <= ONE_DOLLAR:
        raise rejections.invalid_parameters(SCALAR_VALUE)
    return value
