"""A naive practice exchange: lists, full scans, trial and error. The oracle for the real one.

It knows only what the rules say, in the most obvious way: every command is tried, judged, and kept
or undone from a copy; what is due is found by looking at everything.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import floor

from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.practice.orders import Amendment, NewOrder
from tests.support.naive_floor import (
    DOLLAR,
    SECOND,
    NaiveFloor,
    NaiveMarket,
    NaiveOrder,
    RefusedError,
)


class NaiveExchange(NaiveFloor):
    """The commands."""

    # Time

    def advance(self, now: int) -> None:
        """Do what is due, the earliest first, found by looking at everything."""
        while due := [each for each in self._due() if each[0] <= now]:
            self.now, deed = min(due, key=lambda each: each[0])
            deed()
        self.now = now
        self.world.trades, self.world.matches = [], []

    def _due(self) -> list[tuple[int, Callable[[], None]]]:
        due: list[tuple[int, Callable[[], None]]] = [
            (order.expires_s * SECOND, partial(self._expire, order))
            for order in self.world.resting
            if order.expires_s
        ]
        due += [(each[0], partial(self._arrive, each)) for each in self.transfers]
        for market in self.markets.values():
            if market.clears_at:
                due.append((market.clears_at, partial(self._clear, market)))
            if market.pays_at:
                due.append((market.pays_at, partial(self._pay, market)))
        return due

    def _expire(self, order: NaiveOrder) -> None:
        self.world.resting.remove(order)

    def _arrive(self, transfer: tuple[int, str, int, int]) -> None:
        self.transfers.remove(transfer)
        _, account, shard, amount = transfer
        self.world.cash[account, shard] += amount

    def _clear(self, market: NaiveMarket) -> None:
        market.clears_at = 0
        if market.status not in ("active", "inactive", "finalized"):
            self._empty(market)

    def _empty(self, market: NaiveMarket) -> None:
        kept = [o for o in self.world.resting if self.markets[o.ticker] is not market]
        self.world.resting = kept

    def _pay(self, market: NaiveMarket) -> None:
        self._empty(market)
        market.status, market.pays_at = "finalized", 0
        for (account, ticker), net in list(self.world.nets.items()):
            if self.markets[ticker] is not market:
                continue
            exact = sum((market.value if net > 0 else DOLLAR - market.value,) * abs(net))
            del self.world.nets[account, ticker]
            if account in self.house:
                self.world.cash[account, 0] += exact
                continue
            cents = floor(Fraction(exact, 10_000))
            self.world.cash[account, market.shard] += cents * 10_000
            self.world.fees += exact - cents * 10_000

    # Orders

    def place(self, account: str, order: NewOrder, group: int = 0) -> tuple[int, int, int]:
        """Return (order number, filled, resting). Raises `RefusedError`."""
        market = self.markets[order.ticker]
        if order.exchange_index not in (-1, market.shard):
            raise RefusedError("not_found")
        name = (account, order.client_order_id)
        if account not in self.house and name in self.used:
            raise RefusedError("order_already_exists")
        self._check_trading(market)
        self._check_terms(order, market)
        if group and account not in self.house:
            found = self.groups.get(group)
            if found is None or found.account != account:
                raise RefusedError("not_found")
            if found.triggered or found.shard != market.shard:
                raise RefusedError("invalid_order")
        kept = self.world.copy()
        try:
            answer = self._try(account, order, group)
        except RefusedError:
            self.world = kept
            raise
        if order.client_order_id:
            self.used.add(name)
        self._trip(answer[0])
        rests = [o.remaining for o in self.world.resting if o.number == answer[0]]
        return answer[0], answer[1], sum(rests)

    def amend(self, account: str, number: int, change: Amendment) -> tuple[int, int]:
        """Return (filled by this, resting). Raises `RefusedError`."""
        order = self._own(account, number)
        market = self.markets[order.ticker]
        self._check_trading(market)
        if (change.ticker, change.side) != (order.ticker, order.side):
            raise RefusedError("invalid_order")
        if change.price != order.price and change.price not in market.grid.prices:
            raise RefusedError("invalid_price")
        past = change.expires_s and change.expires_s * SECOND <= self.now
        if change.total < 1 or change.total < order.filled or past:
            raise RefusedError("invalid_order")
        name = (account, change.updated_client_order_id)
        if name[1] and name[1] != order.terms.client_order_id and name in self.used:
            raise RefusedError("order_already_exists")
        kept = self.world.copy()
        order = self._own(account, number)
        before = order.filled
        try:
            self._change(order, change)
        except RefusedError:
            self.world = kept
            raise
        if name[1]:
            self.used.add(name)
            order.terms = order.terms._replace(client_order_id=name[1])
        if change.expires_s is not None:
            order.expires_s = change.expires_s or None
        self._trip(number)
        rests = [o.remaining for o in self.world.resting if o.number == number]
        return order.filled - before, sum(rests)

    def _change(self, order: NaiveOrder, change: Amendment) -> None:
        left = int(change.total) - order.filled
        if not left or (change.price == order.price and left <= order.remaining):
            order.remaining = left
            if not left:
                self.world.resting.remove(order)
            return
        before = self.available(order.account, self.markets[order.ticker].shard)
        self.world.resting.remove(order)
        order.price, order.remaining = change.price, left
        self.arrival += 1
        order.arrival = self.arrival
        facing = self._facing(order)
        if facing and order.terms.post_only:
            return
        _, saved, stopped = self._trade(order, order.terms.self_trade_prevention, facing)
        if order.remaining and not stopped:
            self.world.resting.append(order)
        self._check_cash(order, before, saved)

    def decrease(self, account: str, number: int, by: int | None, to: int | None) -> int:
        """Return what rests. Raises `RefusedError`."""
        order = self._own(account, number)
        self._check_trading(self.markets[order.ticker])
        left = order.remaining - by if by is not None else to
        assert left is not None
        if (by is not None and by < 1) or left > order.remaining:
            raise RefusedError("invalid_order")
        order.remaining = max(left, 0)
        if not order.remaining:
            self.world.resting.remove(order)
        return order.remaining

    def cancel(self, account: str, number: int) -> int:
        """Return what was left. Raises `RefusedError`."""
        order = self._own(account, number)
        if self.markets[order.ticker].shard in self.no_exchange:
            raise RefusedError("exchange_is_paused")
        if not self._takes_cancels(order):
            raise RefusedError("market_inactive")
        self.world.resting.remove(order)
        return order.remaining

    def cancel_all(self, account: str) -> int:
        """Return how many orders went."""
        return self._cancel_where(lambda order: order.account == account)

    def _own(self, account: str, number: int) -> NaiveOrder:
        for order in self.world.resting:
            if order.number == number and order.account == account:
                return order
        raise RefusedError("not_found")

    def _check_trading(self, market: NaiveMarket) -> None:
        if market.shard in self.no_exchange:
            raise RefusedError("exchange_is_paused")
        if market.shard in self.no_trading:
            raise RefusedError("trading_is_paused")
        if market.status != "active":
            raise RefusedError("market_inactive")

    def _check_terms(self, order: NewOrder, market: NaiveMarket) -> None:
        if order.price not in market.grid.prices:
            raise RefusedError("invalid_price")
        gtc = order.time_in_force is TimeInForce.GTC
        if order.size < 1 or (order.post_only and not gtc):
            raise RefusedError("invalid_order")
        if order.reduce_only and order.time_in_force is not TimeInForce.IOC:
            raise RefusedError("invalid_order")
        late = order.expires_s is not None and order.expires_s * SECOND <= self.now
        if late or (order.expires_s is not None and not gtc):
            raise RefusedError("invalid_order")

    def _try(self, account: str, order: NewOrder, group: int) -> tuple[int, int]:
        before = self.available(account, self.markets[order.ticker].shard)
        size = int(order.size)
        if order.reduce_only and account not in self.house:
            net = self.world.nets.get((account, order.ticker), 0)
            size = max(0, min(size, -net if order.side is BookSide.BID else net))
        self.number += 1
        self.arrival += 1
        terms = order._replace(order_group_id=str(group) if group else "")
        taker = NaiveOrder(
            self.number, account, order.ticker, order.side, order.price, size, self.arrival, terms
        )
        taker.expires_s = order.expires_s
        facing = self._facing(taker)
        if order.post_only and facing:
            self.number -= 1
            raise RefusedError("invalid_order")
        self._check_kill(taker, facing, size)
        filled, saved, stopped = self._trade(taker, order.self_trade_prevention, facing)
        if order.time_in_force is TimeInForce.GTC and not stopped and taker.remaining:
            self.world.resting.append(taker)
        self._check_cash(taker, before, saved)
        return taker.number, filled

    def _check_kill(self, taker: NaiveOrder, facing: list[NaiveOrder], size: int) -> None:
        if taker.terms.time_in_force is not TimeInForce.FOK:
            return
        maker = taker.terms.self_trade_prevention is SelfTradePrevention.MAKER
        reachable = [each for each in facing if not (maker and each.account == taker.account)]
        if sum(each.remaining for each in reachable) < size:
            raise RefusedError("fill_or_kill_insufficient_resting_volume")

    def transfer(self, account: str, source: int, destination: int, amount: int) -> int:
        """Send cash to another shard; return how much. Raises `RefusedError`."""
        if amount <= 0 or amount % 100 or source == destination:
            raise RefusedError("invalid_parameters")
        if {source, destination} & self.no_exchange:
            raise RefusedError("exchange_is_paused")
        if self.available(account, source) < amount:
            raise RefusedError("insufficient_balance")
        self.world.cash[account, source] -= amount
        self.transfers.append((self.now + SECOND // 2, account, destination, amount))
        return amount

    # Groups

    def trigger(self, number: int) -> None:
        """Cancel what a group holds and block it."""
        self.groups[number].triggered = True
        self._cancel_where(lambda order: order.terms.order_group_id == str(number))

    def _trip(self, number: int) -> None:
        """Trigger the groups whose limit the matches of this command reached."""
        for group, size in self.world.matches:
            self.groups[group].matches.append((self.now, size))
        for group in dict.fromkeys(each for each, _ in self.world.matches):
            if not self.groups[group].triggered and self.matched(group) >= self.groups[group].limit:
                self.trigger(group)

    def matched(self, group: int) -> int:
        """Return what a group matched in the last fifteen seconds."""
        since = self.now - 15 * SECOND
        return sum(size for at, size in self.groups[group].matches if at > since)

    # Markets

    def determine(self, ticker: str, value: int, timer_s: int) -> None:
        """Say what a YES contract pays."""
        market = self.markets[ticker]
        if market.status in ("active", "inactive"):
            self.close(ticker)
        market.status, market.value = "determined", value
        market.pays_at = self.now + timer_s * SECOND

    def close(self, ticker: str) -> None:
        """Close a market; its orders go 0.7 s later."""
        market = self.markets[ticker]
        market.status = "closed"
        market.clears_at = self.now + 7 * SECOND // 10

    def reactivate(self, ticker: str) -> None:
        """End the pause of a market, which cancels its orders."""
        market = self.markets[ticker]
        market.status = "active"
        self._empty(market)

    def pause(self, shard: int, kind: set[int]) -> None:
        """Begin a pause: orders that asked for it go."""
        kind.add(shard)
        self.world.resting = [
            each
            for each in self.world.resting
            if not (each.terms.cancel_on_pause and self.markets[each.ticker].shard == shard)
            or each.account in self.house
        ]
