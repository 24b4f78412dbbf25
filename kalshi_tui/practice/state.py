"""What a practice exchange remembers over a restart, as keys and values of its journal.

Owns which thing stands under which key, and which of them a command has changed; `restart` reads
them back. Kept: accounts with cash, orders, fills, positions, settlements, burned ids, groups,
payments and transfers; the markets and events; where every hidden price stands. Not kept: the
crowd's orders (its books are made anew), the public tape, pauses. Must not touch files.

    exchange                  account ID cash           order ID ORDER_ID
    event EVENT_TICKER        account ID allocation     holding ID TICKER
    mark EVENT_TICKER         fill ID NUMBER            used ID CLIENT_ORDER_ID
    market TICKER             settlement ID NUMBER      transfer ID TRANSFER_ID
    group GROUP_ID            deposit ID NUMBER         withdrawal ID NUMBER
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from kalshi_tui.practice.accounts import Account, Holding
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.forms import Form, write_whole
from kalshi_tui.practice.groups import OrderGroup
from kalshi_tui.practice.happenings import (
    BookChanged,
    CashMoved,
    CloseMoved,
    EventFeesChanged,
    Fill,
    FillMade,
    GroupUpdated,
    Happening,
    MarketDetermined,
    MarketListed,
    MarketSettled,
    OrderUpdated,
    PositionUpdated,
    Settlement,
    SettlementPaid,
    StatusChanged,
    TicksChanged,
    TradePrinted,
)
from kalshi_tui.practice.journal import Key, Put
from kalshi_tui.practice.latent import LatentMark
from kalshi_tui.practice.listings import Catalogue, ListedEvent
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import CustomerOrder
from kalshi_tui.practice.treasury import Payment, Purse, Reservation, Transfer


class Run(NamedTuple):
    """The exchange itself."""

    run: int
    """The number of the start that wrote this; it stands in the ids of that start."""
    seen_ns: int
    """The latest virtual time that anyone was told: the next start may not begin before it."""


class Sums(NamedTuple):
    """What is kept of a `Holding`; what rests follows from the orders."""

    ticker: str
    exchange_index: int
    net: int
    cost: int
    realized_pnl: int
    fees_paid: int
    fee_cost: int
    total_traded: int
    volume: int
    yes_count: int
    yes_cost: int
    updated_ns: int
    settled_ns: int


class Shares(NamedTuple):
    """An account's target allocation and when it is next worked out."""

    percents: dict[int, int]
    reservation: Reservation
    rebalances_at_ns: int


RUN = Form(Run)
EVENT = Form(ListedEvent)
MARK = Form(LatentMark)
MARKET = Form(ListedMarket, without=("listing", "book"))
ORDER = Form(CustomerOrder, without=("before", "after", "account_id"))
HOLDING = Form(Sums)
FILL = Form(Fill)
SETTLEMENT = Form(Settlement)
PAYMENT = Form(Payment)
TRANSFER = Form(Transfer)
SHARES = Form(Shares)
GROUP = Form(OrderGroup)

_OF_MARKET = (
    StatusChanged,
    CloseMoved,
    MarketDetermined,
    MarketSettled,
    TicksChanged,
)
_NOBODYS = frozenset({BookChanged, TradePrinted})
"""The crowd's doings, thousands a second: nothing of them is kept."""


class _Touched:
    """What the happenings of one command say has changed. Dicts, for their order."""

    def __init__(self) -> None:
        self.accounts: dict[str, None] = {}
        self.orders: dict[tuple[str, str], None] = {}
        self.holdings: dict[tuple[str, str], None] = {}
        self.groups: dict[str, None] = {}
        self.markets: dict[str, None] = {}
        self.listed: dict[str, None] = {}
        self.events: dict[str, None] = {}

    def see(self, happening: Happening) -> None:
        """Note what one happening is about."""
        if isinstance(happening, OrderUpdated):
            self.accounts[happening.account_id] = None
            self.orders[happening.account_id, happening.order.order_id] = None
        elif isinstance(happening, FillMade):
            self.accounts[happening.account_id] = None
            self.orders[happening.account_id, happening.fill.order_id] = None
            self.holdings[happening.account_id, happening.fill.ticker] = None
            self.markets[happening.fill.ticker] = None
        elif isinstance(happening, PositionUpdated):
            self.accounts[happening.account_id] = None
            self.holdings[happening.account_id, happening.position.ticker] = None
        elif isinstance(happening, SettlementPaid | CashMoved):
            self.accounts[happening.account_id] = None
        elif isinstance(happening, GroupUpdated):
            self.groups[happening.group_id] = None
        elif isinstance(happening, MarketListed):
            self.listed[happening.ticker] = None
            self.markets[happening.ticker] = None
        elif isinstance(happening, EventFeesChanged):
            self.events[happening.event_ticker] = None
        elif isinstance(happening, _OF_MARKET):
            self.markets[happening.ticker] = None


class State:
    """Turns an exchange into puts: all of it, or what a command has changed."""

    def __init__(self, exchange: Exchange, catalogue: Catalogue) -> None:
        """Take the exchange as it is for known: `changes` tells what comes after."""
        self._exchange = exchange
        self._catalogue = catalogue
        self._reached: dict[Key, int] = {}
        self._pending: dict[str, set[str]] = {}
        self._shares: dict[str, msgspec.Raw] = {}
        for account in exchange.accounts.values():
            for _ in self._new_of(account):
                pass

    def everything(self, now_ns: int, marks: Mapping[str, LatentMark]) -> dict[Key, msgspec.Raw]:
        """Return the value of every key."""
        exchange = self._exchange
        self._reached.clear()
        self._pending.clear()
        self._shares.clear()
        found: list[Put] = [self.clock(now_ns)]
        found += [(("event", each.ticker), EVENT.pack(each)) for each in self._catalogue.events]
        found += self.marks(marks)
        found += [_market(each) for each in exchange.markets.values()]
        for account in exchange.accounts.values():
            found += self._new_of(account)
            found += [_order(account, each) for each in account.orders.values()]
            found += [_holding(account, each) for each in account.holdings.values() if each.volume]
            found += [_group(each) for each in exchange.groups(account.account_id)]
        return dict(found)

    def clock(self, now_ns: int) -> Put:
        """Return what every commit carries: the run, and the time that was reached."""
        return ("exchange",), RUN.pack(Run(self._exchange.run, now_ns))

    def marks(self, marks: Mapping[str, LatentMark]) -> list[Put]:
        """Return where the hidden prices stand."""
        return [(("mark", event), MARK.pack(mark)) for event, mark in marks.items()]

    def changes(self, happenings: Iterable[Happening]) -> list[Put]:
        """Return what is different since the last call, by what is said to have happened."""
        theirs = [each for each in happenings if type(each) not in _NOBODYS]
        if not theirs:
            return []
        touched = _Touched()
        for each in theirs:
            touched.see(each)
        exchange = self._exchange
        puts: list[Put] = list(self._listed(touched))
        puts += [_market(exchange.markets[each]) for each in touched.markets]
        for account_id in touched.accounts:
            puts += self._new_of(exchange.accounts[account_id])
        for account_id, order_id in touched.orders:
            account = exchange.accounts[account_id]
            order = account.orders[order_id]
            puts.append(_order(account, order))
            if order.order_group_id:
                touched.groups[order.order_group_id] = None
        for account_id, ticker in touched.holdings:
            account = exchange.accounts[account_id]
            puts.append(_holding(account, account.holdings[ticker]))
        puts += [self._group_or_none(each) for each in touched.groups]
        return puts

    def _listed(self, touched: _Touched) -> Iterator[Put]:
        markets = self._exchange.markets
        events = {markets[each].listing.event_ticker for each in touched.listed}
        for event in self._catalogue.events:
            if event.ticker in events:
                yield ("event", event.ticker), EVENT.pack(event)
        for market in markets.values() if touched.events else ():
            if market.listing.event_ticker in touched.events:
                touched.markets[market.ticker] = None

    def _group_or_none(self, group_id: str) -> Put:
        group = self._exchange.find_group(group_id)
        return (("group", group_id), None) if group is None else _group(group)

    def _new_of(self, account: Account) -> Iterator[Put]:
        """Yield an account's cash and what its lists have grown by."""
        name = account.account_id
        yield ("account", name, "cash"), write_whole(account.cash)
        yield from self._grown("fill", name, account.fills, FILL)
        yield from self._grown("settlement", name, account.settlements, SETTLEMENT)
        known = self._reached.get(("used", name), 0)
        fresh = len(account.used_ids) - known
        self._reached["used", name] = known + fresh
        for client_order_id, order_id in islice(reversed(account.used_ids.items()), fresh):
            yield ("used", name, client_order_id), write_whole(order_id)
        yield from self._money(name, self._exchange.purse(name))

    def _money(self, name: str, purse: Purse) -> Iterator[Put]:
        yield from self._grown("deposit", name, purse.deposits, PAYMENT)
        yield from self._grown("withdrawal", name, purse.withdrawals, PAYMENT)
        known = self._reached.get(("transfer", name), 0)
        fresh = len(purse.transfers) - known
        self._reached["transfer", name] = known + fresh
        pending = self._pending.setdefault(name, set())
        pending.update(islice(reversed(purse.transfers), fresh))
        for transfer_id in sorted(pending):
            transfer = purse.transfers[transfer_id]
            yield ("transfer", name, transfer_id), TRANSFER.pack(transfer)
            if transfer.complete:
                pending.discard(transfer_id)
        wanted = purse.allocation
        percents = dict(wanted.percents)
        shares = SHARES.pack(Shares(percents, wanted.reservation, purse.rebalances_at_ns))
        if self._shares.get(name) != shares and (percents or name in self._shares):
            self._shares[name] = shares
            yield ("account", name, "allocation"), shares

    def _grown(
        self, kind: str, name: str, things: Sequence[object], form: Form[Any]
    ) -> Iterator[Put]:
        known = self._reached.get((kind, name), 0)
        self._reached[kind, name] = len(things)
        for number in range(known, len(things)):
            yield (kind, name, f"{number:08d}"), form.pack(things[number])


def _order(account: Account, order: CustomerOrder) -> Put:
    return ("order", account.account_id, order.order_id), ORDER.pack(order)


def _holding(account: Account, holding: Holding) -> Put:
    return ("holding", account.account_id, holding.ticker), HOLDING.pack(holding)


def _market(market: ListedMarket) -> Put:
    return ("market", market.ticker), MARKET.pack(market)


def _group(group: OrderGroup) -> Put:
    return ("group", group.group_id), GROUP.pack(group)
