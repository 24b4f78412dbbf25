"""Positions by market: fills booked one by one, and what the exchange states of itself.

Owns the merge of the two: a stated figure contains the fills up to its stamp, an older one never
undoes a newer fill (FE04). The arithmetic of one position is `core.positions`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from kalshi_tui.core.events import Filled, PositionReported
from kalshi_tui.core.positions import Position
from kalshi_tui.core.units import NO_COUNT, NO_MONEY


@dataclass(slots=True)
class _Holding:
    position: Position = field(default_factory=Position)
    stamp_ms: int = 0
    """The exchange's time up to which the position is known to be complete."""
    later: list[Filled] = field(default_factory=list)
    """Fills after that; an older read must not undo them (FE04)."""


class Holdings:
    """What is held in each market. A fill is told once; the ledger sees to that."""

    def __init__(self) -> None:
        self._holdings: dict[str, _Holding] = {}

    def filled(self, fill: Filled) -> None:
        """Book a new fill; one that a stated position contains already changes nothing."""
        holding = self._holdings.setdefault(fill.ticker, _Holding())
        # A stated position of the same or a later time already contains this fill.
        if holding.stamp_ms < fill.ts_ms:
            holding.later.append(fill)
            holding.position = holding.position.traded(fill.side, fill.price, fill.count, fill.fee)

    def stated(self, report: PositionReported) -> None:
        """Take the exchange's own figure of a position, unless a newer one is known.

        One without a stamp (the private feed's) may be older or newer than any fill: it is only
        believed where it says what is booked. Fills and reads tell the rest.
        """
        holding = self._holdings.setdefault(report.ticker, _Holding())
        if not report.ts_ms:
            if report.position == holding.position.count:
                stated = (report.cost, report.realized, report.fees)
                holding.position = Position(report.position, *stated)
            return
        if report.ts_ms < holding.stamp_ms:
            return
        holding.stamp_ms = report.ts_ms
        position = Position(report.position, report.cost, report.realized, report.fees)
        # Stamps of a position and its fill may differ: one that is what we have includes them all.
        is_ours = report.position == holding.position.count
        holding.later = [
            fill for fill in holding.later if fill.ts_ms > report.ts_ms and not is_ours
        ]
        for fill in holding.later:
            position = position.traded(fill.side, fill.price, fill.count, fill.fee)
        holding.position = position

    def flatten_missing(self, stated: Iterable[str], before_ms: int) -> list[str]:
        """Positions that a complete read did not list are flat, unless they are newer than it.

        Returns the markets that went flat.
        """
        listed, gone = set(stated), []
        for ticker, holding in self._holdings.items():
            is_newer = holding.stamp_ms > before_ms or any(
                fill.ts_ms > before_ms for fill in holding.later
            )
            if ticker not in listed and not is_newer and holding.position.count:
                holding.position = replace(holding.position, count=NO_COUNT, cost=NO_MONEY)
                gone.append(ticker)
        return gone

    def position(self, ticker: str) -> Position:
        """Return the net holding in a market."""
        holding = self._holdings.get(ticker)
        return holding.position if holding else Position()

    def positions(self) -> Iterator[tuple[str, Position]]:
        """Yield (ticker, position) of every market ever held."""
        for ticker, holding in self._holdings.items():
            yield ticker, holding.position
