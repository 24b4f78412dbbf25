"""Profit and cash of an account, posting by posting, from its fills and settlements.

Each record becomes one posting: what it realised, what it cost in fees, what it moved in cash.
Totals of a market, an event, a series or a day are sums of postings and nothing else. Where a
settlement does not agree with the fills, its cash is booked as paid and the difference is listed.
Owns no store, no clock and no time zone: a day is what the caller's function makes of a time.
Source: kalshi `market_settlement`: yes and no pay without a fee; a sub-cent payment is cut to whole
cents and the rest is a fee.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kalshi_tui.core.lots import Basis, Closed, Holding
from kalshi_tui.core.records import FillRecord, Record, SettlementRecord, in_order
from kalshi_tui.core.settlements import Difference, differences, exact_payment
from kalshi_tui.core.units import Count, Money, Price


class Posting(NamedTuple):
    """What one record did. `cash` is `revenue - fee`: what the balance moved by."""

    at_ns: int
    ticker: str
    key: str
    is_settlement: bool
    size: Count
    """Contracts traded, or paid out."""
    realized: Money
    """Profit of what this closed, fees not counted."""
    revenue: Money
    """Cash before fees; negative where it cost."""
    fee: Money
    subaccount: int

    @property
    def cash(self) -> Money:
        """Change of the balance."""
        return Money(self.revenue - self.fee)


@dataclass(slots=True)
class Totals:
    """Sums of postings."""

    realized: int = 0
    fees: int = 0
    cash: int = 0
    traded: int = 0
    fills: int = 0
    settlements: int = 0

    @property
    def profit(self) -> Money:
        """Realised profit, fees taken off."""
        return Money(self.realized - self.fees)

    def add(self, posting: Posting) -> None:
        """Count one posting in."""
        self.realized += posting.realized
        self.fees += posting.fee
        self.cash += posting.cash
        if posting.is_settlement:
            self.settlements += 1
        else:
            self.fills += 1
            self.traded += posting.size


class Books:
    """Every market of an account in one basis. Feed records in order of time, each once."""

    def __init__(self, basis: Basis = Basis.AVERAGE) -> None:
        self.basis = basis
        self.holdings: dict[tuple[int, str], Holding] = {}
        """By subaccount and ticker: subaccounts do not net against each other."""
        self.closed: list[Closed] = []
        """What was closed since the caller last emptied the list."""
        self.differences: list[Difference] = []
        self.events: dict[str, str] = {}
        """The event of each market whose settlement named it."""

    def holding(self, ticker: str, subaccount: int = 0) -> Holding:
        """Return the holding of a market, an empty one where nothing was ever traded."""
        found = self.holdings.get((subaccount, ticker))
        if found is None:
            found = self.holdings[subaccount, ticker] = Holding(ticker, self.basis)
        return found

    def take(self, record: Record) -> Posting:
        """Book one record."""
        if isinstance(record, FillRecord):
            return self._fill(record)
        return self._settlement(record)

    def take_all(self, records: Iterable[Record]) -> Iterator[Posting]:
        """Book records given in any order, repeats left out, and yield their postings."""
        for each in in_order(records):
            yield self.take(each)

    def unrealized(self, marks: Callable[[str], Price | None]) -> tuple[Money, tuple[str, ...]]:
        """Return the open profit at the marks, and the tickers that have none and are left out."""
        total, unmarked = 0, []
        for holding in self.holdings.values():
            if holding.net:
                mark = marks(holding.ticker)
                if mark is None:
                    unmarked.append(holding.ticker)
                else:
                    total += holding.unrealized(mark)
        return Money(total), tuple(sorted(set(unmarked)))

    def _fill(self, fill: FillRecord) -> Posting:
        at_ns, _, _, ticker, side, price, size, fee, _, subaccount, _ = fill
        holding = self.holding(ticker, subaccount)
        realized, cost = holding.realized, holding.cost
        closed = holding.trade(side, price, size, fee, at_ns)
        if closed:
            self.closed += closed
        gained = holding.realized - realized
        # Cost goes up by what opened and down by what was released; profit holds the rest.
        revenue = gained - (holding.cost - cost)
        return Posting(
            at_ns,
            ticker,
            fill.key,
            False,
            size,
            Money(gained),
            Money(revenue),
            fee,
            subaccount,
        )

    def _settlement(self, paid: SettlementRecord) -> Posting:
        holding = self.holding(paid.ticker, paid.subaccount)
        self.events[paid.ticker] = paid.event_ticker
        self.differences += differences(holding, paid)
        exact = exact_payment(holding, paid)
        rounding = Money(exact - paid.revenue)
        realized, count = holding.realized, abs(paid.net)
        self.closed += holding.settle(exact, rounding, paid.at_ns)
        return Posting(
            paid.at_ns,
            paid.ticker,
            paid.key,
            True,
            Count(count),
            Money(holding.realized - realized),
            exact,
            rounding,
            paid.subaccount,
        )


Key = Callable[[Posting], str]


def by_market(posting: Posting) -> str:
    """Group by market."""
    return posting.ticker


def event_of(ticker: str) -> str:
    """Return the event that a market's ticker names: all but its last part.

    A convention of the exchange and no promise; a settlement states its event.
    """
    head, dash, _ = ticker.rpartition("-")
    return head if dash else ticker


def series_of(ticker: str) -> str:
    """Return the series that a market's or an event's ticker names: its first part."""
    return ticker.partition("-")[0]


def by_event(events: Mapping[str, str]) -> Key:
    """Group by event; `events` names those that are known, the ticker tells the others."""
    return lambda posting: events.get(posting.ticker) or event_of(posting.ticker)


def by_series(series: Mapping[str, str]) -> Key:
    """Group by series; `series` names those of markets that are known."""
    return lambda posting: series.get(posting.ticker) or series_of(posting.ticker)


def by_day(day: Callable[[int], str]) -> Key:
    """Group by day; `day` names the day of a time and owns the time zone."""
    return lambda posting: day(posting.at_ns)


def grouped(postings: Iterable[Posting], key: Key) -> dict[str, Totals]:
    """Return the totals of each group, in order of first posting."""
    found: dict[str, Totals] = {}
    for each in postings:
        name = key(each)
        totals = found.get(name)
        if totals is None:
            totals = found[name] = Totals()
        totals.add(each)
    return found
