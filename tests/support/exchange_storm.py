"""Random commands of every kind against both practice exchanges, seeded."""

from random import Random

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.orders import Amendment, NewOrder
from tests.support.exchange_pair import CUSTOMERS, HOUSE, Pair

GRIDS = [PUBLISHED_GRIDS[name] for name in ("linear_cent", "deci_cent", "tapered_deci_cent")]
FEES = [
    FeeSchedule(),
    FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES, 500_000),
    FeeSchedule(FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES, 1_250_000),
]
OPEN_MARKETS = 4
MOST_ORDERS = 80
"""With more than so many orders the storm only cancels."""


class Storm:
    """A seeded sequence of commands."""

    def __init__(self, seed: int, real: Exchange | None = None) -> None:
        """`real` may be an exchange that somebody watches; it must be empty."""
        self.chance = Random(seed)
        self.pair = Pair(real)
        self.listed = 0
        self.open: list[str] = []
        self.names = sorted([*CUSTOMERS, *HOUSE])
        self.renamed = 0

    def step(self) -> None:
        """Give one command."""
        chance, pair = self.chance, self.pair
        pair.now += chance.randrange(1, 200_000_000)
        while len(self.open) < OPEN_MARKETS:
            self._list()
        draw = chance.random()
        if draw < 0.70:
            self._place()
        elif draw < 0.78 or len(pair.owners) > MOST_ORDERS:
            self._cancel()
        elif draw < 0.92:
            self._change()
        elif draw < 0.96:
            self._group()
        elif draw < 0.98:
            account, shard = chance.choice(sorted(CUSTOMERS)), chance.randrange(2)
            pair.transfer(account, shard, chance.choice([100, 5_000_000, 20_000_000, 0, 77]))
            if pair.naive.available(account, shard) < 5_000_000:
                pair.deposit(account, shard, 20_000_000)
        elif draw < 0.981:
            pair.cancel_all(chance.choice(self.names))
        else:
            self._govern()

    def _list(self) -> None:
        self.listed += 1
        ticker = f"M{self.listed}"
        grid, fees = self.chance.choice(GRIDS), self.chance.choice(FEES)
        self.pair.list_market(ticker, grid, fees, self.listed % 2)
        self.open.append(ticker)

    def _price(self) -> Price:
        step = 100 if self.chance.random() < 0.93 else 5
        return Price(self.chance.randrange(4_500, 5_500, step))

    def _order(self, account: str) -> NewOrder:
        chance = self.chance
        plain = chance.random() < 0.7
        order = NewOrder(
            ticker=chance.choice(self.open),
            side=chance.choice(list(BookSide)),
            price=self._price(),
            size=Count(
                chance.choice([0 if chance.random() < 0.1 else 1, 10, 100, 355, 355, 1_000, 2_000])
            ),
            time_in_force=TimeInForce.GTC if plain else chance.choice(list(TimeInForce)),
            self_trade_prevention=chance.choice(list(SelfTradePrevention)),
            post_only=plain and chance.random() < 0.1,
            exchange_index=chance.choice([*[-1] * 19, 0]),
        )
        if account in HOUSE:
            return order
        if chance.random() < 0.2:
            order = order._replace(expires_s=self._soon())
        return order._replace(
            client_order_id=f"c{chance.randrange(10**5)}" if chance.random() < 0.5 else "",
            reduce_only=order.time_in_force is TimeInForce.IOC and chance.random() < 0.4,
            cancel_on_pause=chance.random() < 0.2,
        )

    def _soon(self) -> int:
        return self.pair.now // 1_000_000_000 + self.chance.randrange(-1, 30)

    def _place(self) -> None:
        account = self.chance.choice(self.names)
        mine = [n for n, (owner, _) in self.pair.groups.items() if owner == account]
        group = self.chance.choice(mine[-4:]) if mine and self.chance.random() < 0.4 else 0
        self.pair.place(account, self._order(account), group)

    def _cancel(self) -> None:
        pair, chance = self.pair, self.chance
        if chance.random() < 0.9:
            resting = {each.number for each in pair.naive.world.resting}
            pair.owners = [each for each in pair.owners if pair.numbers[each[1]] in resting]
        if pair.owners:
            pair.cancel(*pair.owners.pop(chance.randrange(len(pair.owners))))

    def _change(self) -> None:
        chance, pair = self.chance, self.pair
        mine = [each for each in pair.owners if each[0] in CUSTOMERS]
        if not mine:
            return
        account, order_id = chance.choice(mine)
        order = pair.real.order(account, order_id)
        if chance.random() < 0.3:
            amount = chance.choice([0, 1, 50, 100, 5_000])
            by_amount = chance.random() < 0.5
            pair.decrease(
                account, order_id, amount if by_amount else None, None if by_amount else amount
            )
            return
        self.renamed += 1
        change = Amendment(
            ticker=order.ticker,
            side=order.side if chance.random() < 0.97 else order.side.other,
            price=order.price if chance.random() < 0.5 else self._price(),
            total=Count(order.filled + chance.choice([0, 1, 60, order.remaining, 500, -1])),
            updated_client_order_id=f"r{self.renamed}" if chance.random() < 0.2 else "",
            expires_s=chance.choice([None, None, 0, self._soon()]),
        )
        pair.amend(account, order_id, change)

    def _group(self) -> None:
        chance, pair = self.chance, self.pair
        if not pair.groups or chance.random() < 0.3:
            limit = chance.choice([100, 300, 1_000])
            pair.create_group(chance.choice(sorted(CUSTOMERS)), limit, chance.randrange(2))
            return
        latest = sorted(pair.groups)[-6:]
        what = chance.choice(["reset", "reset", "trigger", "limit"])
        pair.change_group(chance.choice(latest), what, chance.choice([100, 2_000]))

    def _govern(self) -> None:
        chance, pair = self.chance, self.pair
        draw = chance.random()
        ticker = chance.choice(self.open)
        if draw < 0.3:
            trading, shard = chance.random() < 0.5, chance.randrange(2)
            pair.pause(shard, trading=trading, active=False)
            pair.pass_time(chance.randrange(10**9))
            self._cancel()
            self._place()
            pair.pause(shard, trading=trading, active=True)
        elif draw < 0.5:
            pair.change_terms(ticker, chance.choice(GRIDS), chance.choice(FEES))
        elif draw < 0.9:
            pair.govern(ticker, chance.choice(["pause", "close"]), 0)
            pair.pass_time(chance.randrange(2 * 10**9))
            self._place()
            self._cancel()
            pair.govern(ticker, "reactivate", 0)
            pair.govern(ticker, "reopen", 0)
        else:
            pair.govern(ticker, "determine", chance.choice([0, 10_000, 10_000, 4_555, 3_333]))
            self.open.remove(ticker)
