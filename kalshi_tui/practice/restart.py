"""Takes up what the journal of an earlier run holds: events, markets, accounts and their orders.

Owns which events go on after a restart and the order in which things come back; `state` owns what
stands under which key. Whatever contradicts itself is refused, and nothing is guessed. Reads no
clock and no file.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from kalshi_tui.core.market import MarketStatus
from kalshi_tui.practice import state
from kalshi_tui.practice.accounts import Account, Holding
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.forms import StateError, read_whole
from kalshi_tui.practice.journal import Key
from kalshi_tui.practice.latent import LatentMark
from kalshi_tui.practice.listings import Catalogue, ListedEvent
from kalshi_tui.practice.market import ListedMarket
from kalshi_tui.practice.orders import CustomerOrder, OrderStatus
from kalshi_tui.practice.treasury import Allocation, Purse

_OVER = (
    MarketStatus.CLOSED,
    MarketStatus.DETERMINED,
    MarketStatus.DISPUTED,
    MarketStatus.AMENDED,
    MarketStatus.FINALIZED,
)
_OF_MARKETS = ("order", "holding", "fill", "settlement")


class Restart:
    """The values of a journal, on their way into a new exchange."""

    def __init__(self, kept: Mapping[Key, msgspec.Raw]) -> None:
        """Sort the values. Raises `StateError`."""
        self._kept: dict[str, list[tuple[Key, msgspec.Raw]]] = {}
        for key, value in kept.items():
            self._kept.setdefault(key[0], []).append((key, value))
        if ("exchange",) not in kept:
            raise StateError("the exchange itself is missing")
        self.run = state.RUN.unpack(kept["exchange",])
        """The start that wrote the journal, and how far its time had come."""
        self._markets = {key[1]: state.MARKET.fields(value) for key, value in self._of("market")}
        self._events = [state.EVENT.unpack(value) for _, value in self._of("event")]
        self.marks: dict[str, LatentMark] = {
            key[1]: state.MARK.unpack(value) for key, value in self._of("mark")
        }
        """Where the hidden price of each event stood."""
        self._accounts: list[Account] = []
        self._purses: dict[str, Purse] = {}
        for key, value in self._of("account"):
            self._take_account(key, value)
        self._take_belongings()

    def merge(self, fresh: Catalogue, now_ns: int) -> Catalogue:
        """Return the catalogue of the new run: `fresh`, with what goes on in place of its own.

        An event that has not closed goes on as it was; a recording is played from its beginning
        again. An event that has closed is kept while a customer has something in it, and the fresh
        one of its name gets another.
        """
        held = {event.ticker: event for event in self._events if self._is_held(event)}
        live = {event.ticker: event for event in self._events if self._is_live(event, now_ns)}
        chosen: list[ListedEvent] = []
        start_ns, recordings = fresh.start_ns, dict(fresh.recordings)
        for event in reversed(fresh.events):
            number, named = 1, event
            while named.ticker not in live and named.ticker in held:
                number += 1
                named = _renamed(event, f"{event.ticker}R{number}")
            played = recordings.pop(event.markets[0].listing.ticker, None)
            if played is not None:
                ticker = named.markets[0].listing.ticker
                recordings[ticker] = dataclasses.replace(played, ticker=ticker)
            elif named.ticker in live:
                # A programme goes on with the event that it is about: the first of the catalogue.
                kept = live[named.ticker]
                start_ns, named = kept.start_ns, _with_crowd(kept, named)
            chosen.insert(0, named)
        taken = {event.ticker for event in chosen}
        chosen += [event for event in self._events if event.ticker in held.keys() - taken]
        return Catalogue(chosen, fresh.programme, start_ns, tuple(reversed(recordings.values())))

    def restore(self, exchange: Exchange, listed: Catalogue, now_ns: int) -> None:
        """Fill an empty exchange as it stood at `now_ns`, when the earlier run ended.

        `advance` does afterwards what became due while the exchange was off. Raises `StateError`.
        """
        kept = {each.listing.ticker for event in self._events_in(listed) for each in event.markets}
        for listing in listed.listings:
            fields = self._markets.get(listing.ticker)
            if fields is None or listing.ticker not in kept:
                exchange.list_market(listing, now_ns)
            else:
                market = ListedMarket(listing=listing, **fields)
                exchange.restore_market(market, now_ns)
        for account in self._accounts:
            exchange.restore_account(account)
            exchange.restore_purse(account.account_id, self._purses[account.account_id], now_ns)
        for _, value in self._of("group"):
            exchange.restore_group(state.GROUP.unpack(value))
        live = [each for account in self._accounts for each in account.orders.values()]
        live = [each for each in live if each.remaining]
        for order in sorted(live, key=lambda each: (each.ticker, each.place)):
            exchange.restore_order(order)

    def _events_in(self, listed: Catalogue) -> list[ListedEvent]:
        """Return the kept events that go on in a catalogue: the others of it are new."""
        starts = {event.ticker: event.start_ns for event in listed.events}
        return [each for each in self._events if starts.get(each.ticker) == each.start_ns]

    def _of(self, kind: str) -> Iterator[tuple[Key, msgspec.Raw]]:
        yield from self._kept.get(kind, ())

    def _is_live(self, event: ListedEvent, now_ns: int) -> bool:
        return any(
            self._closes_ns(each.listing.ticker, each.listing.close_ns) > now_ns
            for each in event.markets
        )

    def _closes_ns(self, ticker: str, listed_ns: int) -> int:
        fields = self._markets.get(ticker)
        if fields is None:
            return listed_ns
        return 0 if fields["status"] in _OVER else int(fields["close_ns"])

    def _is_held(self, event: ListedEvent) -> bool:
        tickers = {each.listing.ticker for each in event.markets}
        return bool(tickers & self._touched)

    def _take_account(self, key: Key, value: msgspec.Raw) -> None:
        name, what = key[1], key[2]
        purse = self._purses.setdefault(name, Purse())
        if what == "allocation":
            shares = state.SHARES.unpack(value)
            purse.allocation = Allocation(shares.percents, shares.reservation)
            purse.rebalances_at_ns = shares.rebalances_at_ns
            return
        account = Account(name, {})
        account.cash = read_whole(value, dict[int, int])
        self._accounts.append(account)

    def _take_belongings(self) -> None:
        self._touched: set[str] = set()
        for account in self._accounts:
            account.orders = {each.order_id: each for each in self._orders(account.account_id)}
            account.fills = self._list("fill", account.account_id, state.FILL)
            account.settlements = self._list("settlement", account.account_id, state.SETTLEMENT)
            account.used_ids = {
                key[2]: read_whole(value, str)
                for key, value in self._theirs("used", account.account_id)
            }
            for _, value in self._theirs("holding", account.account_id):
                holding = _holding(state.HOLDING.unpack(value))
                account.holdings[holding.ticker] = holding
            self._touched.update(each.ticker for each in account.orders.values())
            self._touched.update(account.holdings)
            self._take_purse(account.account_id)

    def _take_purse(self, name: str) -> None:
        purse = self._purses[name]
        purse.deposits = self._list("deposit", name, state.PAYMENT)
        purse.withdrawals = self._list("withdrawal", name, state.PAYMENT)
        for _, value in self._theirs("transfer", name):
            transfer = state.TRANSFER.unpack(value)
            purse.transfers[transfer.transfer_id] = transfer
            if transfer.client_transfer_id:
                purse.used_ids.add((transfer.source_index, transfer.client_transfer_id))

    def _orders(self, account_id: str) -> Iterator[CustomerOrder]:
        for _, value in self._theirs("order", account_id):
            order = state.ORDER.unpack(value, account_id=account_id)
            rests = order.status is OrderStatus.RESTING
            if rests != (order.remaining > 0) or not 0 <= order.filled <= order.initial:
                raise StateError("an order's counts contradict its status")
            if order.remaining < 0 or order.filled + order.remaining > order.initial:
                raise StateError("an order's counts do not add up")
            yield order

    def _theirs(self, kind: str, account_id: str) -> Iterator[tuple[Key, msgspec.Raw]]:
        for key, value in self._of(kind):
            if key[1] == account_id:
                yield key, value

    def _list(self, kind: str, account_id: str, form: Any) -> list[Any]:
        found = list(self._theirs(kind, account_id))
        if [key[2] for key, _ in found] != [f"{number:08d}" for number in range(len(found))]:
            raise StateError(f"a {kind} is missing")
        return [form.unpack(value) for _, value in found]


def _holding(sums: state.Sums) -> Holding:
    if sums.cost < 0 or sums.volume <= 0:
        raise StateError("a position has an impossible sum")
    holding = Holding(sums.ticker, sums.exchange_index)
    for name in state.Sums._fields:
        setattr(holding, name, getattr(sums, name))
    return holding


def _renamed(event: ListedEvent, ticker: str) -> ListedEvent:
    """Return an event under another ticker, its markets and their ids with it."""
    traded = tuple(
        dataclasses.replace(
            each,
            listing=dataclasses.replace(
                each.listing,
                event_ticker=ticker,
                ticker=ticker + each.listing.ticker.removeprefix(event.ticker),
                market_id="",
            ),
        )
        for each in event.markets
    )
    return dataclasses.replace(event, ticker=ticker, markets=traded)


def _with_crowd(kept: ListedEvent, fresh: ListedEvent) -> ListedEvent:
    """Return an event that goes on, with the crowd that the new start asks for."""
    profiles = {each.listing.ticker: each.profile for each in fresh.markets}
    traded = tuple(
        dataclasses.replace(each, profile=profiles.get(each.listing.ticker, each.profile))
        for each in kept.markets
    )
    return dataclasses.replace(kept, markets=traded)
