"""Books whose best bid stands at or above their best ask, and for how long.

An exchange matches such orders, so a book that stays crossed is wrong. One that is crossed only
between two changes of the same action is not. Owns when a crossing began; knows no book's contents
and no repair.
Source: reliability TB09, FD27.
"""

CROSSED_NS = 250_000_000
"""How long a book may be crossed while changes of later stamps arrive."""

QUIET_NS = 1_000_000_000
"""How long it may be crossed while nothing arrives: then no change of the same action is due."""


class Crossings:
    """Crossed books by ticker."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[int, int]] = {}
        self._moved: set[str] = set()

    def look(self, ticker: str, is_crossed: bool, stamp: int, now: int) -> None:
        """Tell of a LIVE book after a change; `stamp` is the change's exchange clock or time."""
        if not is_crossed:
            if self._since.pop(ticker, None) is not None:
                self._moved.discard(ticker)
            return
        begun = self._since.setdefault(ticker, (stamp, now))
        if begun[0] != stamp:
            self._moved.add(ticker)

    def forget(self, ticker: str) -> None:
        """The book is not LIVE any more."""
        self._since.pop(ticker, None)
        self._moved.discard(ticker)

    def due(self, now: int) -> list[str]:
        """Take the markets whose book has been crossed for too long."""
        if not self._since:
            return []
        found = [
            ticker
            for ticker, (_, since) in self._since.items()
            if now - since > (CROSSED_NS if ticker in self._moved else QUIET_NS)
        ]
        for ticker in found:
            self.forget(ticker)
        return found
