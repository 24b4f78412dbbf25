"""The practice exchange and a naive one agree, command by command, to the micro-dollar."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.orders import SelfTradePrevention, TimeInForce
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.orders import Amendment, NewOrder
from tests.support.exchange_pair import CUSTOMERS, HOUSE, Pair
from tests.support.exchange_storm import Storm

MARKETS = {
    "CENT": (PUBLISHED_GRIDS["linear_cent"], FeeSchedule()),
    "DECI": (
        PUBLISHED_GRIDS["deci_cent"],
        FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES, 500_000),
    ),
}
PRICES = st.sampled_from([4_600, 4_700, 4_800, 4_805, 4_810, 4_900, 5_000]).map(Price)
ACCOUNTS = st.sampled_from(sorted([*CUSTOMERS, *HOUSE]))
ORDERS = st.builds(
    NewOrder,
    ticker=st.sampled_from(sorted(MARKETS)),
    side=st.sampled_from(BookSide),
    price=PRICES,
    size=st.sampled_from([0, 1, 37, 100, 250, 1_000, 3_000]).map(Count),
    time_in_force=st.sampled_from([*[TimeInForce.GTC] * 3, *TimeInForce]),
    self_trade_prevention=st.sampled_from(SelfTradePrevention),
    client_order_id=st.sampled_from(["", "", "", "", "a", "b", "c"]),
    expires_s=st.none(),
    cancel_on_pause=st.just(False),
    order_group_id=st.just(""),
    post_only=st.sampled_from([False, False, False, True]),
    reduce_only=st.sampled_from([False, False, False, True]),
    exchange_index=st.just(-1),
)


class Agreement(RuleBasedStateMachine):
    """Random commands against both exchanges, made small by hypothesis where they disagree."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()
        for index, (ticker, (grid, fees)) in enumerate(sorted(MARKETS.items())):
            self.pair.list_market(ticker, grid, fees, index)

    @rule(account=ACCOUNTS, order=ORDERS)
    def place(self, account: str, order: NewOrder) -> None:
        if account in HOUSE:
            order = order._replace(client_order_id="", reduce_only=False)
        self.pair.place(account, order)

    @rule(choice=st.integers(0, 1_000))
    def cancel(self, choice: int) -> None:
        if self.pair.owners:
            self.pair.cancel(*self.pair.owners[choice % len(self.pair.owners)])

    @rule(choice=st.integers(0, 1_000), price=PRICES, more=st.integers(-50, 400))
    def amend(self, choice: int, price: Price, more: int) -> None:
        mine = [each for each in self.pair.owners if each[0] in CUSTOMERS]
        if mine:
            account, order_id = mine[choice % len(mine)]
            order = self.pair.real.order(account, order_id)
            change = Amendment(order.ticker, order.side, price, Count(order.initial + more))
            self.pair.amend(account, order_id, change)

    @rule(account=st.sampled_from(sorted(CUSTOMERS)), choice=st.integers(0, 1_000))
    def cancel_what_may_be_anothers(self, account: str, choice: int) -> None:
        if self.pair.owners:
            self.pair.cancel(account, self.pair.owners[choice % len(self.pair.owners)][1])

    @invariant()
    def agree(self) -> None:
        self.pair.check()


TestAgreement = Agreement.TestCase
TestAgreement.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


def storm(seed: int, commands: int) -> Storm:
    """Drive both exchanges with seeded commands; compare everything after each."""
    made = Storm(seed)
    for _ in range(commands):
        made.step()
        made.pair.check()
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_five_hundred_commands_of_every_kind_end_the_same(seed: int) -> None:
    assert storm(seed, 500).pair.trades > 50


@pytest.mark.simulation
def test_a_hundred_thousand_commands_of_every_kind_end_the_same(
    request: pytest.FixtureRequest,
) -> None:
    seed = 20_261_122
    full = request.config.getoption("markexpr") == "simulation"
    commands = 100_000 if full else 300
    made = storm(seed, commands).pair
    request.config.get_terminal_writer().line(
        f"seed {seed}: {commands:,} commands ({made.refused:,} refused), {made.trades:,} trades, "
        f"{len(made.real.markets)} markets: same fills, books and cash, all conserved"
    )
