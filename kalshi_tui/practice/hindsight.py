"""What a customer's reads show when they lag behind what happened.

Owns a short memory of each account's changes, so that a read can be answered as of a moment ago.
It remembers only while something lags; otherwise every view is the present. Changes nothing.
Source: trading API reference (reads trail the matching engine by 0.3 to 1 s; an order just created
is not found, one just canceled still rests); faults read_lag, stale_get, not_found_then_visible.
"""

import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from kalshi_tui.core.units import Money
from kalshi_tui.practice.accounts import Account
from kalshi_tui.practice.faults import Registry, Target
from kalshi_tui.practice.happenings import (
    Fill,
    FillMade,
    Happening,
    OrderUpdated,
    PositionReport,
    PositionUpdated,
)
from kalshi_tui.practice.orders import CustomerOrder, OrderReport

_NS_PER_MS = 1_000_000

MEMORY_NS = 60_000_000_000
"""Nothing lags longer than this; older changes are forgotten."""

_FAULTS = ("read_lag", "stale_get", "not_found_then_visible")

_Key: TypeAlias = tuple[str, str]


class _Change(NamedTuple):
    """One change of one account, and what was there before."""

    at_ns: int
    shown_ns: int
    """When the standing lag lets reads show it."""
    kind: str
    """order, position, fill or cash."""
    name: str
    before: OrderReport | PositionReport | Mapping[int, Money] | None
    first: OrderReport | None = None
    """The order as it was created, where this change created it."""


class View:
    """An account as its owner reads it now. The present, where nothing lags."""

    def __init__(self) -> None:
        self.hides_below_ns: int | None = None
        """An order read by itself is not found when it was created after this time."""
        self.orders: dict[str, OrderReport | None] = {}
        """Orders that are shown otherwise than they are; None is not shown."""
        self.places: dict[str, PositionReport | None] = {}
        self.cash: Mapping[int, Money] | None = None
        self.unseen = 0
        """How many of the newest fills are not shown."""

    @property
    def is_plain(self) -> bool:
        """True when everything is shown as it is."""
        return not self.orders and not self.places and not self.unseen and self.cash is None

    def order(self, order: CustomerOrder) -> OrderReport | None:
        """Return an order as a list shows it; None while it is not there yet."""
        if order.order_id in self.orders:
            return self.orders[order.order_id]
        return order.report()

    def single(self, order: CustomerOrder) -> OrderReport | None:
        """Return an order as it is shown by itself; None (404) while it is not found."""
        if self.hides_below_ns is not None and order.created_ns > self.hides_below_ns:
            return None
        return self.order(order)

    def fills(self, fills: Sequence[Fill]) -> Sequence[Fill]:
        """Return an account's fills (oldest first) without those that are not shown yet."""
        return fills[: len(fills) - self.unseen] if self.unseen else fills

    def positions(self, reports: Iterable[PositionReport]) -> list[PositionReport]:
        """Return positions as they are shown."""
        shown = (self.places.get(each.ticker, each) for each in reports)
        return [each for each in shown if each is not None]

    def available(self, account: Account, exchange_index: int | None = None) -> Money:
        """Return free cash as it is shown, of one shard or of all."""
        if self.cash is None:
            return account.available(exchange_index)
        if exchange_index is None:
            return Money(sum(self.cash.values()))
        return self.cash.get(exchange_index, Money(0))


class Hindsight:
    """The short memory of one exchange's accounts."""

    def __init__(self, accounts: Mapping[str, Account], faults: Registry, seed: int = 0) -> None:
        self.lag_ms = (0, 0)
        """The standing lag: least and most, drawn for each write. (0, 0) is none."""
        self._accounts = accounts
        self._faults = faults
        self._random = random.Random(seed)
        self._active = False
        self._log: dict[str, deque[_Change]] = {}
        self._orders: dict[str, OrderReport] = {}
        self._positions: dict[_Key, PositionReport] = {}
        self._cash: dict[str, dict[int, Money]] = {}

    def watch(self) -> None:
        """Begin or end to remember. Call it before anything is done."""
        wanted = self.lag_ms != (0, 0) or any(self._faults.knows(name) for name in _FAULTS)
        if wanted is self._active:
            return
        self._active = wanted
        for memory in (self._log, self._orders, self._positions, self._cash):
            memory.clear()
        if wanted:
            for account_id, account in self._accounts.items():
                self._cash[account_id] = _cash(account)
                self._orders.update({each.order_id: each.report() for each in _orders(account)})
                for report in account.positions():
                    self._positions[account_id, report.ticker] = report

    def note(self, happenings: Iterable[Happening], now_ns: int) -> None:
        """Remember what happened to customers, and what was there before."""
        if not self._active:
            return
        shown = self._shown(now_ns)
        for happening in happenings:
            if isinstance(happening, OrderUpdated):
                report = happening.order
                before = self._orders.get(report.order_id)
                first = report if before is None else None
                change = _Change(now_ns, shown, "order", report.order_id, before, first)
                self._orders[report.order_id] = report
            elif isinstance(happening, PositionUpdated):
                place = happening.position
                key = (happening.account_id, place.ticker)
                change = _Change(now_ns, shown, "position", place.ticker, self._positions.get(key))
                self._positions[key] = place
            elif isinstance(happening, FillMade):
                change = _Change(now_ns, shown, "fill", "", None)
            else:
                continue
            self._enter(happening.account_id, change)
        self._note_cash(now_ns, shown)

    def view(self, account_id: str, now_ns: int) -> View:
        """Return an account as its owner reads it now."""
        view = View()
        if not self._active:
            return view
        target = Target(account=account_id)
        lag, stale, hidden = (self._lag(name, target, now_ns) for name in _FAULTS)
        if hidden:
            view.hides_below_ns = now_ns - hidden
        for change in reversed(self._log.get(account_id, ())):
            if max(change.shown_ns, change.at_ns + lag) > now_ns:
                _undo(view, change)
            elif change.kind == "order" and change.at_ns + stale > now_ns:
                view.orders[change.name] = change.first or _report(change)
        return view

    def _lag(self, name: str, target: Target, now_ns: int) -> int:
        fault = self._faults.standing(name, target, now_ns)
        return 0 if fault is None else fault.whole("ms") * _NS_PER_MS

    def _shown(self, now_ns: int) -> int:
        least, most = self.lag_ms
        return now_ns + self._random.randint(least, most) * _NS_PER_MS if most else now_ns

    def _enter(self, account_id: str, change: _Change) -> None:
        log = self._log.setdefault(account_id, deque())
        while log and log[0].at_ns < change.at_ns - MEMORY_NS:
            log.popleft()
        if log and log[-1].shown_ns > change.shown_ns:
            change = change._replace(shown_ns=log[-1].shown_ns)  # nothing overtakes
        log.append(change)

    def _note_cash(self, now_ns: int, shown_ns: int) -> None:
        for account_id, account in self._accounts.items():
            cash = _cash(account)
            before = self._cash.get(account_id)
            if before != cash:
                self._enter(account_id, _Change(now_ns, shown_ns, "cash", "", before))
                self._cash[account_id] = cash


def _undo(view: View, change: _Change) -> None:
    if change.kind == "fill":
        view.unseen += 1
    elif change.kind == "order":
        view.orders[change.name] = _report(change)
    elif isinstance(change.before, Mapping):
        view.cash = change.before
    else:
        before = change.before
        view.places[change.name] = before if isinstance(before, PositionReport) else None


def _report(change: _Change) -> OrderReport | None:
    return change.before if isinstance(change.before, OrderReport) else None


def _cash(account: Account) -> dict[int, Money]:
    return {index: account.available(index) for index in account.cash}


def _orders(account: Account) -> Iterable[CustomerOrder]:
    return account.orders.values()
