"""The practice exchange and the naive one, driven together and compared command by command."""

from collections.abc import Callable

import pytest

from kalshi_tui.core.book import Book
from kalshi_tui.core.fees import FeeSchedule
from kalshi_tui.core.market import TickGrid
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR, Count, Money, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import (
    BookChanged,
    FillMade,
    MarketResult,
    SettlementPaid,
    TradePrinted,
)
from kalshi_tui.practice.orders import Amendment, NewOrder
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import NOW, listing
from tests.support.naive_exchange import NaiveExchange
from tests.support.naive_floor import NaiveGroup, NaiveMarket, RefusedError

CUSTOMERS = {
    "ann": {0: 60_000_000, 1: 20_000_000},
    "bob": {0: 9_000_000, 1: 3_000_000},
}
HOUSE = {"crowd-1", "crowd-2"}
FOREVER = NOW + 10**18
TIMER_S = 3


class Pair:
    """Both exchanges. Every command moves the time and must be answered alike."""

    def __init__(self, real: Exchange | None = None) -> None:
        self.real = Exchange() if real is None else real
        self.naive = NaiveExchange(CUSTOMERS, HOUSE)
        for name, cash in CUSTOMERS.items():
            deposits = {index: Money(amount) for index, amount in cash.items()}
            self.real.open_account(name, deposits, NOW)
        for name in HOUSE:
            self.real.open_house(name)
        self.now = NOW
        self.numbers: dict[str, int] = {}
        self.owners: list[tuple[str, str]] = []
        self.groups: dict[int, tuple[str, str]] = {}
        self.books: dict[str, Book] = {}
        self.clocks: dict[str, int] = {}
        self.fees = 0
        self.deposited = sum(sum(cash.values()) for cash in CUSTOMERS.values())
        self.refused = self.trades = 0

    def list_market(
        self, ticker: str, grid: TickGrid, fees: FeeSchedule, exchange_index: int
    ) -> None:
        """List a market on both, open for ever."""
        self.real.list_market(
            listing(
                ticker,
                grid=grid,
                fees=fees,
                close_ns=FOREVER,
                exchange_index=exchange_index,
                settlement_timer_s=TIMER_S,
            ),
            self.now,
        )
        self.naive.markets[ticker] = NaiveMarket(grid, fees, exchange_index)
        self.books[ticker] = Book()
        self.clocks[ticker] = 0
        self._follow()

    def pass_time(self, nanoseconds: int) -> None:
        """Let time pass on both."""
        self.now += nanoseconds
        self._meet()

    def place(self, account: str, order: NewOrder, group: int = 0) -> None:
        """Place on both."""
        if group:
            order = order._replace(order_group_id=self.groups[group][1])
        expected = self._expect(lambda: self.naive.place(account, order, group))
        if expected is None:
            self._refuse(lambda: self.real.place(account, order, self.now))
            return
        placed = self.real.place(account, order, self.now)
        number, filled, rests = expected
        assert (placed.filled, placed.remaining) == (filled, rests)
        assert placed.cost == sum(price * size for _, price, size in self.naive.world.trades)
        self.numbers[placed.order_id] = number
        if account in CUSTOMERS:
            status = self.real.order(account, placed.order_id).status.value
            done = "executed" if filled == order.size else "canceled"
            assert status == ("resting" if rests else done)
        self.owners.append((account, placed.order_id))
        self._follow()

    def amend(self, account: str, order_id: str, change: Amendment) -> None:
        """Amend on both."""
        number = self.numbers[order_id]
        expected = self._expect(lambda: self.naive.amend(account, number, change))
        if expected is None:
            self._refuse(lambda: self.real.amend(account, order_id, change, self.now))
            return
        amended = self.real.amend(account, order_id, change, self.now)
        assert (amended.filled, amended.remaining) == expected
        self._follow()

    def decrease(self, account: str, order_id: str, by: int | None, to: int | None) -> None:
        """Decrease on both."""
        number = self.numbers[order_id]
        expected = self._expect(lambda: self.naive.decrease(account, number, by, to))
        terms = {
            "reduce_by": None if by is None else Count(by),
            "reduce_to": None if to is None else Count(to),
        }
        if expected is None:
            self._refuse(lambda: self.real.decrease(account, order_id, self.now, **terms))
            return
        assert self.real.decrease(account, order_id, self.now, **terms).remaining == expected
        self._follow()

    def cancel(self, account: str, order_id: str) -> None:
        """Cancel on both."""
        number = self.numbers[order_id]
        expected = self._expect(lambda: self.naive.cancel(account, number))
        if expected is None:
            self._refuse(lambda: self.real.cancel(account, order_id, self.now))
            return
        assert self.real.cancel(account, order_id, self.now).reduced_by == expected
        self._follow()

    def cancel_all(self, account: str) -> None:
        """Cancel everything of an account on both."""
        self._meet()
        if self.naive.no_exchange >= {0, 1}:
            self._refuse(lambda: self.real.cancel_all(account, self.now), "exchange_is_paused")
            return
        expected = self.naive.cancel_all(account)
        assert len(self.real.cancel_all(account, self.now)) == expected
        self._follow()

    def transfer(self, account: str, source: int, amount: int) -> None:
        """Send cash to the other shard on both."""
        there = 1 - source
        expected = self._expect(lambda: self.naive.transfer(account, source, there, amount))
        if expected is None:
            self._refuse(
                lambda: self.real.transfer(account, source, there, Money(amount), self.now)
            )
            return
        self.real.transfer(account, source, there, Money(amount), self.now)
        self._follow()

    def deposit(self, account: str, shard: int, amount: int) -> None:
        """Give an account cash on both."""
        self._meet()
        self.naive.world.cash[account, shard] += amount
        self.real.deposit(account, Money(amount), self.now, shard)
        self.deposited += amount
        self._follow()

    def create_group(self, account: str, limit: int, shard: int) -> None:
        """Create a group on both."""
        self._meet()
        if shard in self.naive.no_exchange:
            return
        group = self.real.create_group(account, Count(limit), self.now, shard)
        number = len(self.groups) + 1
        self.groups[number] = (account, group.group_id)
        self.naive.groups[number] = NaiveGroup(account, shard, limit)
        self._follow()

    def change_group(self, number: int, what: str, limit: int) -> None:
        """Reset, trigger or limit a group on both."""
        self._meet()
        account, group_id = self.groups[number]
        naive = self.naive.groups[number]
        if naive.shard in self.naive.no_exchange:
            return
        if what == "reset":
            naive.triggered, naive.matches = False, []
            self.real.reset_group(account, group_id, self.now)
        elif what == "trigger":
            self.naive.trigger(number)
            self.real.trigger_group(account, group_id, self.now)
        else:
            naive.limit = limit
            if not naive.triggered and self.naive.matched(number) >= limit:
                self.naive.trigger(number)
            self.real.limit_group(account, group_id, Count(limit), self.now)
        assert self.real.group(account, group_id).triggered == naive.triggered
        self._follow()

    def govern(self, ticker: str, what: str, value: int) -> None:
        """Let the exchange do something to a market, where its state allows it, on both."""
        self._meet()
        market = self.naive.markets[ticker]
        real, now = self.real, self.now
        if what == "pause" and market.status == "active":
            market.status = "inactive"
            real.pause_market(ticker, now)
        elif what == "reactivate" and market.status == "inactive":
            self.naive.reactivate(ticker)
            real.reactivate_market(ticker, now)
        elif what == "close" and market.status == "active":
            self.naive.close(ticker)
            real.close_market(ticker, now)
        elif what == "reopen" and market.status == "closed":
            market.status = "active"
            real.move_close(ticker, FOREVER, now)
        elif what == "determine" and market.status in ("active", "inactive", "closed"):
            self.naive.determine(ticker, value, TIMER_S)
            results = {0: MarketResult.NO, ONE_DOLLAR: MarketResult.YES}
            result = results.get(Price(value), MarketResult.SCALAR)
            real.determine(ticker, result, now, Price(value))
        self._follow()

    def pause(self, shard: int, *, trading: bool, active: bool) -> None:
        """Begin or end a pause of a shard on both."""
        self._meet()
        kind = self.naive.no_trading if trading else self.naive.no_exchange
        if active:
            kind.discard(shard)
        else:
            self.naive.pause(shard, kind)
        change = self.real.set_trading if trading else self.real.set_exchange
        change(active, self.now, shard)
        self._follow()

    def change_terms(self, ticker: str, grid: TickGrid, fees: FeeSchedule) -> None:
        """Put a market on another grid and its event on other fees, on both."""
        self._meet()
        self.naive.markets[ticker].grid = grid
        self.naive.markets[ticker].fees = fees
        self.real.change_ticks(ticker, "", grid, self.now)
        self.real.override_fees(f"{ticker}-EVENT", fees, self.now)
        self._follow()

    def _meet(self) -> None:
        """Do what is due on both, so that a refusal afterwards has nothing to tell."""
        self.real.advance(self.now)
        self.naive.advance(self.now)
        self._follow()

    def _expect(self, command: Callable[[], object]):  # type: ignore[no-untyped-def]
        """Return the naive answer, or None after a refusal whose code is then kept."""
        self._meet()
        try:
            return command()
        except RefusedError as refused:
            self._code = str(refused)
            return None

    def _refuse(self, command: Callable[[], object], code: str = "") -> None:
        with pytest.raises(Rejection, match=f"^{code or self._code}$"):
            command()
        self.refused += 1
        assert self.real.take_happenings() == []

    def _follow(self) -> None:
        """Apply the public happenings as a client would."""
        printed = []
        for each in self.real.take_happenings():
            if isinstance(each, BookChanged):
                self.clocks[each.ticker] += 1
                assert each.clock == self.clocks[each.ticker]
                self.books[each.ticker].apply(each.side, each.price, each.change)
            elif isinstance(each, TradePrinted):
                printed.append((each.ticker, each.price, each.size))
            elif isinstance(each, FillMade):
                self.fees += each.fill.fee
            elif isinstance(each, SettlementPaid):
                paid = each.settlement
                short = paid.value if paid.net > 0 else ONE_DOLLAR - paid.value
                self.fees += abs(paid.net) * short - paid.revenue
        assert printed == self.naive.world.trades
        self.naive.world.trades = []
        self.trades += len(printed)

    def check(self) -> None:
        """Compare everything, and check what must hold whatever happened."""
        for ticker, market in self.real.markets.items():
            if self.naive.markets[ticker].status == "finalized":
                assert not market.book.all_orders()
                continue
            assert market.status.value == self.naive.markets[ticker].status
            for side in BookSide:
                queue = [
                    (price, self.numbers[order.order_id], order.remaining)
                    for price, _ in market.book.levels(side)
                    for order in market.book.orders(side, price)
                ]
                assert queue == self.naive.queue(ticker, side)
                levels = tuple(market.book.levels(side))
                assert levels == tuple(map(tuple, self.books[ticker].levels(side)))
            assert not self.books[ticker].is_crossed
        for name, account in self.real.accounts.items():
            for shard in (0, 1):
                assert account.available(shard) == self.naive.available(name, shard)
            for ticker in self.real.markets:
                assert account.net(ticker) == self.naive.world.nets.get((name, ticker), 0)
        self.check_conservation()

    def check_conservation(self) -> None:
        """Money is cash, on its way, fees or a dollar a contract; every YES has its NO."""
        total = self.fees
        for name, account in self.real.accounts.items():
            total += sum(account.cash.values()) + self.real.purse(name).in_transit
        total += sum(house.cash for house in self.real.house.values())
        for ticker, market in self.real.markets.items():
            if market.settled_ns:
                continue
            nets = [account.net(ticker) for account in self.real.accounts.values()]
            nets += [Count(house.nets.get(ticker, 0)) for house in self.real.house.values()]
            assert sum(nets) == 0
            assert market.open_interest == sum(net for net in nets if net > 0)
            total += market.open_interest * ONE_DOLLAR
        assert total == self.deposited
        assert self.fees == self.naive.world.fees
