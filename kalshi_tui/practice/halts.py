"""Pauses of the practice exchange, one switch of each kind for every exchange index.

Owns which shard trades and which is open at all. A trading pause refuses new orders and changes and
lets cancels through; an exchange pause refuses everything. Must not know orders.
Source: trading API reference, pauses; openapi.yaml `ExchangeIndexStatus`.
"""

from kalshi_tui.practice import rejections


class Halts:
    """Which shards are paused."""

    __slots__ = ("_closed", "_quiet", "any")

    def __init__(self) -> None:
        self._quiet: set[int] = set()
        self._closed: set[int] = set()
        self.any = False
        """True while some shard is paused in some way: the one look of the hot path."""

    def is_trading(self, index: int) -> bool:
        """Return True while a shard permits trading."""
        return index not in self._quiet

    def is_open(self, index: int) -> bool:
        """Return True while a shard takes any change at all."""
        return index not in self._closed

    def set_trading(self, index: int, active: bool) -> None:
        """Begin or end a trading pause of one shard."""
        (self._quiet.discard if active else self._quiet.add)(index)
        self.any = bool(self._quiet or self._closed)

    def set_open(self, index: int, active: bool) -> None:
        """Begin or end an exchange pause of one shard."""
        (self._closed.discard if active else self._closed.add)(index)
        self.any = bool(self._quiet or self._closed)

    def check_trading(self, index: int) -> None:
        """Refuse a new or changed order. Raises `Rejection` (409)."""
        if index in self._closed:
            raise rejections.exchange_is_paused()
        if index in self._quiet:
            raise rejections.trading_is_paused()

    def check_open(self, index: int) -> None:
        """Refuse a cancel. Raises `Rejection` (409)."""
        if index in self._closed:
            raise rejections.exchange_is_paused()
