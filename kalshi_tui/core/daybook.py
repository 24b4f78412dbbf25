"""What the account has won or lost since the trading day began in New York.

Owns that sum: fills with their fees, and what is held at the price at which it could be closed.
What was carried into the day, and what comes or goes without a fill (settlement, another program
before its fills are read), counts from the price at which it was first seen. Decides nothing.
Source: reliability FK14; openapi.yaml (Kalshi's days are New York's).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from kalshi_tui.core.events import Filled
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price

_HOUR_S = 3_600
_DAY_S = 24 * _HOUR_S
_LONGEST_DAY_NS = 25 * _HOUR_S * 1_000_000_000
_EPOCH = date(1970, 1, 1).toordinal()


def eastern_offset_s(unix_s: int) -> int:
    """Return New York's distance from UTC in seconds, by the rule in force since 2007.

    Summer time lasts from 2:00 on the second Sunday of March to 2:00 on the first of November.
    """
    year = date.fromordinal(_EPOCH + unix_s // _DAY_S).year
    begins = _sunday(year, 3, 8) + 7 * _HOUR_S
    ends = _sunday(year, 11, 1) + 6 * _HOUR_S
    return -4 * _HOUR_S if begins <= unix_s < ends else -5 * _HOUR_S


def _sunday(year: int, month: int, day: int) -> int:
    """Return midnight UTC of the first Sunday on or after a day."""
    first = date(year, month, day)
    return (first.toordinal() - _EPOCH + (6 - first.weekday())) * _DAY_S


def trading_day(wall_ns: int, start_minute: int = 0) -> int:
    """Return the number of the trading day that a moment belongs to."""
    unix_s = wall_ns // 1_000_000_000
    return (unix_s + eastern_offset_s(unix_s) - start_minute * 60) // _DAY_S


@dataclass(slots=True)
class _Account:
    """One market since the day began. `cash` counts a YES contract bought at p as -p."""

    held: int = 0
    cash: int = 0
    mark: Price | None = None


class DayBook:
    """The day's account, market by market. `start_minute` after midnight the day begins."""

    def __init__(self, start_minute: int = 0) -> None:
        self._start_minute = start_minute
        self._day: int | None = None
        self._accounts: dict[str, _Account] = {}
        self._read = 0
        self._since_ns: int | None = None
        self._has_carried = False

    @property
    def note(self) -> str:
        """Say since when what was held before counts, where that is later than the day's begin.

        A program that was started within the day knows the day's fills, and not what everything
        else was worth when the day began.
        """
        if self._since_ns is None or not self._has_carried:
            return ""
        minute = (self._since_ns // 1_000_000_000 + eastern_offset_s(self._since_ns // 10**9)) // 60
        clock = f"{minute // 60 % 24}:{minute % 60:02d}"
        return (
            "The loss of the day counts all fills of the day; what was held before them counts"
            f" from its price at {clock} in New York, when this program first saw it."
        )

    def look(
        self,
        wall_ns: int,
        fills: Iterable[Filled],
        positions: Iterable[tuple[str, Count]],
        mark: Callable[[str, Count], Price | None],
    ) -> tuple[Money, bool]:
        """Return (the day's result, whether a new day has just begun).

        `fills` are all that were ever booked, in the order of booking; `mark` gives the price at
        which a position could be closed now, or None.
        """
        day = trading_day(wall_ns, self._start_minute)
        is_new = day != self._day
        if is_new:
            self._since_ns = wall_ns if self._day is None else None
            self._day, self._accounts, self._read = day, {}, 0
        self._book(fills, day, wall_ns - _LONGEST_DAY_NS)
        result = 0
        for ticker, count in positions:
            account = self._accounts.get(ticker)
            if count or account:
                account = self._accounts.setdefault(ticker, _Account())
                self._has_carried |= _mark(account, count, mark(ticker, count))
        for account in self._accounts.values():
            result += account.cash + account.held * (account.mark or 0)
        return Money(result), is_new

    def _book(self, fills: Iterable[Filled], day: int, oldest_ns: int) -> None:
        for number, fill in enumerate(fills):
            if number < self._read:
                continue
            self._read = number + 1
            if fill.ts_ms * 1_000_000 < oldest_ns:
                continue
            if trading_day(fill.ts_ms * 1_000_000, self._start_minute) != day:
                continue
            account = self._accounts.setdefault(fill.ticker, _Account())
            signed = fill.count if fill.side is BookSide.BID else -fill.count
            account.cash -= signed * fill.price + fill.fee
            account.held += signed
            account.mark = account.mark or fill.price


def _mark(account: _Account, count: Count, price: Price | None) -> bool:
    """Value a position; a difference to what the fills say came at this price.

    Returns True where there was one.
    """
    account.mark = price if price is not None else account.mark
    if account.mark is None:
        # Nothing is known to value it by: it begins to count with its first price.
        return False
    carried = count - account.held
    account.cash -= carried * account.mark
    account.held = count
    return carried != 0
