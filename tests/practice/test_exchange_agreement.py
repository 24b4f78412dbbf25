"""The practice exchange and a naive one agree, command by command, to the micro-dollar."""

from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kalshi_tui.core.book import Book
from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR, Count, Money, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.happenings import BookChanged, FillMade, TradePrinted
from kalshi_tui.practice.orders import NewOrder
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import NOW, listing
from tests.support.naive_exchange import NaiveExchange, RefusedError

CUSTOMERS = {"ann": 60_000_000, "bob": 9_000_000}
HOUSE = {"crowd-1", "crowd-2"}
MARKETS = {
    "CENT": (PUBLISHED_GRIDS["linear_cent"], FeeSchedule()),
    "DECI": (
        PUBLISHED_GRIDS["deci_cent"],
        FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES, 500_000),
    ),
}


class Pair:
    """The real exchange and the naive one, driven together and compared."""

    def __init__(self) -> None:
        self.real = Exchange()
        for ticker, (grid, fees) in MARKETS.items():
            self.real.list_market(listing(ticker, grid=grid, fees=fees), NOW)
        for name, cash in CUSTOMERS.items():
            self.real.open_account(name, {0: Money(cash)})
        for name in HOUSE:
            self.real.open_house(name)
        self.real.take_happenings()
        self.naive = NaiveExchange(MARKETS, CUSTOMERS, HOUSE)
        self.numbers: dict[str, int] = {}
        self.owners: list[tuple[str, str]] = []
        self.books = {ticker: Book() for ticker in MARKETS}
        self.clocks = dict.fromkeys(MARKETS, 0)
        self.trades = 0
        self.fees = 0

    def place(self, account: str, order: NewOrder) -> None:
        """Place on both; the answers must be the same."""
        before = len(self.naive.world.trades)
        try:
            expected: tuple[int, int, int] | str = self.naive.place(account, order)
        except RefusedError as refused:
            expected = str(refused)
        if isinstance(expected, str):
            with pytest.raises(Rejection, match=f"^{expected}$"):
                self.real.place(account, order, NOW)
            assert self.real.take_happenings() == []
            return
        placed = self.real.place(account, order, NOW)
        number, filled, rests = expected
        assert (placed.filled, placed.remaining) == (filled, rests)
        self.numbers[placed.order_id] = number
        self.owners.append((account, placed.order_id))
        trades = self.naive.world.trades[before:]
        assert placed.cost == sum(price * size for _, price, size in trades)
        self._follow(trades)

    def cancel(self, account: str, order_id: str) -> None:
        """Cancel on both; the answers must be the same."""
        number = self.numbers[order_id]
        try:
            left = self.naive.cancel(account, number)
        except RefusedError:
            with pytest.raises(Rejection) as refused:
                self.real.cancel(account, order_id, NOW)
            assert refused.value.body() == {"error": {"code": "not_found", "message": "not found"}}
            return
        assert self.real.cancel(account, order_id, NOW).reduced_by == left
        self._follow([])

    def _follow(self, trades: list[tuple[str, int, int]]) -> None:
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
        assert printed == trades

    def check(self) -> None:
        """Compare everything, and check what must hold whatever happened."""
        for ticker, market in self.real.markets.items():
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
            assert account.available() == self.naive.available(name)
            for ticker in MARKETS:
                assert account.net(ticker) == self.naive.world.nets.get((name, ticker), 0)
            assert account.available() >= -sum(fill.fee for fill in account.fills)
        self.check_conservation()

    def check_conservation(self) -> None:
        """Money is cash, fees or a dollar a contract; every YES has its NO."""
        total = self.fees
        for account in self.real.accounts.values():
            total += sum(account.cash.values())
        total += sum(house.cash for house in self.real.house.values())
        for ticker, market in self.real.markets.items():
            nets = [account.net(ticker) for account in self.real.accounts.values()]
            nets += [Count(house.nets.get(ticker, 0)) for house in self.real.house.values()]
            assert sum(nets) == 0
            assert market.open_interest == sum(net for net in nets if net > 0)
            total += market.open_interest * ONE_DOLLAR
        assert total == sum(CUSTOMERS.values())
        assert self.fees == self.naive.world.fees


ACCOUNTS = st.sampled_from(sorted([*CUSTOMERS, *HOUSE]))
ORDERS = st.builds(
    NewOrder,
    ticker=st.sampled_from(sorted(MARKETS)),
    side=st.sampled_from(BookSide),
    price=st.sampled_from([4_600, 4_700, 4_800, 4_805, 4_810, 4_900, 5_000]).map(Price),
    size=st.sampled_from([0, 1, 37, 100, 250, 1_000, 3_000]).map(Count),
    time_in_force=st.sampled_from([*[TimeInForce.GTC] * 3, *TimeInForce]),
    self_trade_prevention=st.sampled_from(SelfTradePrevention),
    client_order_id=st.sampled_from(["", "", "", "", "a", "b", "c"]),
    expires_s=st.none(),
    cancel_on_pause=st.just(False),
    order_group_id=st.just(""),
    post_only=st.sampled_from([False, False, False, True]),
    reduce_only=st.sampled_from([False, False, False, True]),
)


class Agreement(RuleBasedStateMachine):
    """Random commands against both exchanges."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()

    @rule(account=ACCOUNTS, order=ORDERS)
    def place(self, account: str, order: NewOrder) -> None:
        if account in HOUSE:
            order = order._replace(client_order_id="", reduce_only=False)
        self.pair.place(account, order)

    @rule(choice=st.integers(0, 1_000))
    def cancel(self, choice: int) -> None:
        if self.pair.owners:
            self.pair.cancel(*self.pair.owners[choice % len(self.pair.owners)])

    @rule(account=st.sampled_from(sorted(CUSTOMERS)), choice=st.integers(0, 1_000))
    def cancel_what_may_be_anothers(self, account: str, choice: int) -> None:
        if self.pair.owners:
            self.pair.cancel(account, self.pair.owners[choice % len(self.pair.owners)][1])

    @invariant()
    def agree(self) -> None:
        self.pair.check()


TestAgreement = Agreement.TestCase
TestAgreement.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def random_order(chance: Random) -> NewOrder:
    """Return an order near the touch, now and then with unusual terms."""
    plain = chance.random() < 0.6
    return NewOrder(
        ticker=chance.choice(sorted(MARKETS)),
        side=chance.choice(list(BookSide)),
        price=Price(chance.randrange(4_500, 5_500, 100 if chance.random() < 0.8 else 5)),
        size=Count(chance.choice([1, 10, 100, 100, 355, 1_000, 2_000])),
        time_in_force=TimeInForce.GTC if plain else chance.choice(list(TimeInForce)),
        self_trade_prevention=chance.choice(list(SelfTradePrevention)),
        post_only=not plain and chance.random() < 0.2,
        reduce_only=not plain and chance.random() < 0.3,
    )


def run_random(seed: int, commands: int, every: int) -> None:
    """Drive both exchanges with seeded commands; compare everything `every` commands."""
    chance, pair = Random(seed), Pair()
    names = sorted([*CUSTOMERS, *HOUSE])
    for step in range(commands):
        if pair.owners and chance.random() < 0.45:
            pair.cancel(*pair.owners.pop(chance.randrange(len(pair.owners))))
        else:
            account = chance.choice(names)
            order = random_order(chance)
            if account in HOUSE:
                order = order._replace(reduce_only=False)
            pair.place(account, order)
        if step % every == 0:
            pair.check()
    pair.check()


@pytest.mark.parametrize("seed", [1, 2])
def test_two_thousand_random_commands_end_the_same(seed: int) -> None:
    run_random(seed, 2_000, every=20)
