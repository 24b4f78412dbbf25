"""Measures a public tape the way the recordings were measured: the figures of a crowd.

A tape is one market's life: what was in the book at first, every book change and every print. The
same code measures the practice crowd and, where they are at hand, the recordings themselves.
"""

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log, sqrt
from statistics import fmean, pvariance
from typing import NamedTuple

from kalshi_tui.core.book import Book
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price

SECOND = 10**9
MS = 10**6
_REQUOTE_NS = 250 * MS
_SAMPLE = 10
"""Spread, sizes and levels are looked at after every tenth change."""

_CLEARED = 200
"""More removals than this under one stamp at the end are the exchange's, not the traders'."""


class Row(NamedTuple):
    """One book change."""

    at_ns: int
    side: BookSide
    price: int
    change: int


class Print(NamedTuple):
    """One public trade."""

    at_ns: int
    price: int
    size: int
    taker: BookSide


@dataclass(slots=True)
class Tape:
    """One market from some moment to its close."""

    first_ns: int
    close_ns: int
    opening: list[Row]
    rows: list[Row]
    prints: list[Print]


@dataclass(slots=True)
class Figures:
    """Everything that was counted, over all tapes."""

    seconds: list[int] = field(default_factory=list)
    print_seconds: list[int] = field(default_factory=list)
    windows: list[tuple[int, int]] = field(default_factory=list)
    """Where each tape's seconds begin and end."""
    gaps: list[int] = field(default_factory=list)
    lives: list[int] = field(default_factory=list)
    cancels: int = 0
    requoted: int = 0
    canceled_volume: int = 0
    placed: Counter[int] = field(default_factory=Counter)
    """Adds by ticks behind the best; -1 betters it."""
    adds: list[int] = field(default_factory=list)
    spreads: list[tuple[int, int]] = field(default_factory=list)
    """(seconds to the close, spread in price units)."""
    tops: list[int] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    moves: list[tuple[int, float]] = field(default_factory=list)
    """(seconds to the close, change of the middle's logit in one second)."""
    prints: list[int] = field(default_factory=list)
    takers: list[int] = field(default_factory=list)
    """Sizes of what one taker traded."""
    prints_each: list[int] = field(default_factory=list)
    levels_each: list[int] = field(default_factory=list)
    signs: list[int] = field(default_factory=list)
    taker_gaps: list[int] = field(default_factory=list)
    unmatched: int = 0
    """Prints without a book change of their own."""

    def add(self, tape: Tape) -> None:
        """Count one tape."""
        sold = self._match(tape)
        self._walk(tape, sold)
        self._count_seconds(tape)
        self._count_takers(tape)

    def _match(self, tape: Tape) -> set[int]:
        """Return which rows are trades: each print takes the one change that equals it."""
        found: defaultdict[tuple[int, int, int, BookSide], deque[int]] = defaultdict(deque)
        for number, row in enumerate(tape.rows):
            if row.change < 0:
                found[row.at_ns // MS, row.price, -row.change, row.side].append(number)
        sold = set()
        for each in tape.prints:
            key = (each.at_ns // MS, each.price, each.size, each.taker.other)
            if found[key]:
                sold.add(found[key].popleft())
            else:
                self.unmatched += 1
        return sold

    def _walk(self, tape: Tape, sold: set[int]) -> None:
        book = Book()
        for row in tape.opening:
            book.apply(row.side, Price(row.price), Count(row.change))
        born: defaultdict[tuple[BookSide, int, int], list[int]] = defaultdict(list)
        gone: defaultdict[tuple[BookSide, int], deque[int]] = defaultdict(deque)
        second, logit = 0, None
        for number, row in enumerate(tape.rows):
            now = (row.at_ns - tape.first_ns) // SECOND
            if now != second:
                seen = _logit(book)
                if logit is not None and seen is not None:
                    left = (tape.close_ns - row.at_ns) // SECOND
                    self.moves += [(left, 0.0)] * (now - second - 1)
                    self.moves.append((left, seen - logit))
                second, logit = now, seen
            if row.change > 0:
                self._count_add(row, book, born, gone)
            elif number not in sold:
                self._count_cancel(row, born, gone)
            book.apply(row.side, Price(row.price), Count(row.change))
            if number % _SAMPLE == 0:
                self._sample(book, (tape.close_ns - row.at_ns) // SECOND)

    def _count_add(
        self,
        row: Row,
        book: Book,
        born: dict[tuple[BookSide, int, int], list[int]],
        gone: dict[tuple[BookSide, int], deque[int]],
    ) -> None:
        self.adds.append(row.change)
        born[row.side, row.price, row.change].append(row.at_ns)
        waiting = gone[row.side, row.change]
        while waiting and row.at_ns - waiting[0] > _REQUOTE_NS:
            waiting.popleft()
        if waiting:
            waiting.popleft()
            self.requoted += 1
        best = book.best_bid if row.side is BookSide.BID else book.best_ask
        if best is not None:
            behind = best - row.price if row.side is BookSide.BID else row.price - best
            self.placed[max(-1, behind // 100)] += 1

    def _count_cancel(
        self,
        row: Row,
        born: dict[tuple[BookSide, int, int], list[int]],
        gone: dict[tuple[BookSide, int], deque[int]],
    ) -> None:
        self.cancels += 1
        self.canceled_volume -= row.change
        gone[row.side, -row.change].append(row.at_ns)
        births = born[row.side, row.price, -row.change]
        if births:
            self.lives.append(row.at_ns - births.pop())

    def _sample(self, book: Book, left: int) -> None:
        bid, ask = book.best_bid, book.best_ask
        if bid is None or ask is None or bid >= ask:
            return
        self.spreads.append((left, ask - bid))
        for side in BookSide:
            levels = book.levels(side)
            self.levels.append(len(levels))
            self.tops.append(levels[0][1])

    def _count_seconds(self, tape: Tape) -> None:
        length = max(1, (tape.close_ns - tape.first_ns) // SECOND)
        for events, found in ((tape.rows, self.seconds), (tape.prints, self.print_seconds)):
            counts = [0] * length
            for each in events:
                index = (each.at_ns - tape.first_ns) // SECOND
                if 0 <= index < length:
                    counts[index] += 1
            found += counts
        self.windows.append((len(self.seconds) - length, len(self.seconds)))
        self.gaps += [after.at_ns - row.at_ns for row, after in pairwise(tape.rows)]

    def _count_takers(self, tape: Tape) -> None:
        self.prints += [each.size for each in tape.prints]
        last: int | None = None
        for group in _takers(tape.prints):
            self.takers.append(sum(each.size for each in group))
            self.prints_each.append(len(group))
            self.levels_each.append(len({each.price for each in group}))
            self.signs.append(1 if group[0].taker is BookSide.BID else -1)
            if last is not None:
                self.taker_gaps.append(group[0].at_ns - last)
            last = group[0].at_ns


def _takers(prints: Iterable[Print]) -> list[list[Print]]:
    """Return the prints of each taker: one stamp, one direction."""
    groups: list[list[Print]] = []
    for each in prints:
        if groups and (groups[-1][0].at_ns, groups[-1][0].taker) == (each.at_ns, each.taker):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _logit(book: Book) -> float | None:
    bid, ask = book.best_bid, book.best_ask
    if bid is None or ask is None:
        return None
    middle = (bid + ask) / 2 / 10_000
    return log(middle / (1.0 - middle)) if 0.03 <= middle <= 0.97 else None


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile of a list; 0 of an empty one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def fano(counts: Sequence[int]) -> float:
    """Return variance over mean."""
    mean = fmean(counts)
    return pvariance(counts, mean) / mean if mean else 0.0


def autocorrelation(
    values: Sequence[float], lag: int, windows: Iterable[tuple[int, int]] | None = None
) -> float:
    """Return the correlation of values `lag` apart, within the windows."""
    mean, variance = fmean(values), pvariance(values)
    bounds = list(windows) if windows is not None else [(0, len(values))]
    products = [
        (values[n] - mean) * (values[n + lag] - mean)
        for low, high in bounds
        for n in range(low, high - lag)
    ]
    return fmean(products) / variance if products and variance else 0.0


def restlessness(moves: Iterable[tuple[int, float]], least_s: int, most_s: int) -> float:
    """Return the standard deviation of one second's logit change times the root of what is left."""
    chosen = [(left, change) for left, change in moves if least_s <= left < most_s]
    return sqrt(fmean(change * change * left for left, change in chosen)) if chosen else 0.0


def share_below(values: Sequence[float], limit: float) -> float:
    """Return which share of the values is smaller than a limit."""
    return bisect_left(sorted(values), limit) / len(values) if values else 0.0
