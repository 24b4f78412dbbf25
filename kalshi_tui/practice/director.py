"""Carries out what a programme says, at the time the crowd's calendar calls it.

Owns the translation of cues into the exchange's own commands and into orders to the crowd. A cue
that finds its market in another state (a person got there first) does nothing. Reads no clock.
"""

from collections.abc import Iterable
from typing import Protocol

from kalshi_tui.core.market import PUBLISHED_GRIDS, MarketStatus
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import MarketResult
from kalshi_tui.practice.programme import Act, Cue
from kalshi_tui.practice.rejections import Rejection

_SECOND = 10**9


class Hands(Protocol):
    """The crowd, as far as a director orders it about."""

    def withdraw_makers(
        self, tickers: Iterable[str] | None, until_ns: int, now_ns: int
    ) -> None: ...

    def gap(self, tickers: Iterable[str] | None, ticks: int, now_ns: int) -> None: ...

    def decide(self, ticker: str, at_ns: int) -> None: ...


class Director:
    """One programme's way into one exchange."""

    def __init__(self, exchange: Exchange, crowd: Hands) -> None:
        self._exchange = exchange
        self._crowd = crowd

    def perform(self, cue: Cue, at_ns: int) -> None:
        """Let a cue happen."""
        if cue.act in _SHARDS:
            self._switch(cue, at_ns)
        elif cue.act is Act.WITHDRAW:
            until_ns = at_ns + cue.amount * _SECOND
            self._crowd.withdraw_makers(self._targets(cue.target), until_ns, at_ns)
        elif cue.act is Act.NEWS:
            self._crowd.gap(self._targets(cue.target), cue.amount, at_ns)
        else:
            for ticker in self._targets(cue.target):
                try:
                    self._govern(cue, ticker, at_ns)
                except Rejection:
                    continue

    def _targets(self, target: str) -> list[str]:
        return [
            market.ticker
            for market in self._exchange.markets.values()
            if target in ("", market.ticker, market.listing.event_ticker)
        ]

    def _switch(self, cue: Cue, at_ns: int) -> None:
        index = None if cue.amount < 0 else cue.amount
        begins = cue.act in (Act.HALT, Act.SHUT)
        if cue.act in (Act.HALT, Act.RESUME):
            self._exchange.set_trading(not begins, at_ns, index)
        else:
            self._exchange.set_exchange(not begins, at_ns, index)

    def _govern(self, cue: Cue, ticker: str, at_ns: int) -> None:
        exchange = self._exchange
        if cue.act is Act.PAUSE:
            exchange.pause_market(ticker, at_ns)
        elif cue.act is Act.REACTIVATE:
            exchange.reactivate_market(ticker, at_ns)
        elif cue.act is Act.CLOSE:
            exchange.close_market(ticker, at_ns)
        elif cue.act is Act.EXTEND:
            exchange.move_close(ticker, at_ns + cue.amount * _SECOND, at_ns)
        elif cue.act is Act.TICKS:
            exchange.change_ticks(ticker, cue.word, PUBLISHED_GRIDS[cue.word], at_ns)
        elif cue.act is Act.DISPUTE:
            self._dispute(ticker, cue.amount, at_ns)

    def _dispute(self, ticker: str, seconds: int, at_ns: int) -> None:
        if self._exchange.markets[ticker].status is MarketStatus.DETERMINED:
            self._exchange.dispute(ticker, at_ns)
            self._crowd.decide(ticker, at_ns + seconds * _SECOND)


_SHARDS = (Act.HALT, Act.RESUME, Act.SHUT, Act.OPEN)

RESULTS = {True: MarketResult.YES, False: MarketResult.NO}
"""What the exchange calls an outcome that came true, and one that did not."""
