"""What survives a restart of the practice exchange, and what a damaged state gets."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from kalshi_tui.core.units import ONE_DOLLAR, Money
from kalshi_tui.practice import state
from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.orders import OrderStatus
from kalshi_tui.practice.rejections import Rejection
from tests.support.exchange_world import ASK, BID, NOW, SECOND, listing, place, world


def busy() -> Exchange:
    """Return an exchange with resting, filled and canceled orders of two customers."""
    exchange = world()
    place(exchange, "crowd", ASK, 5_200, 300)
    place(exchange, "ann", BID, 5_200, 155, client_order_id="taker")
    place(exchange, "ann", BID, 4_800, 350, client_order_id="first")
    place(exchange, "bob", BID, 4_800, 200, client_order_id="second")
    gone = place(exchange, "ann", BID, 4_800, 300, client_order_id="gone")
    place(exchange, "ann", BID, 4_800, 100, expires_s=NOW // SECOND + 60)
    place(exchange, "ann", ASK, 6_000, 255)
    exchange.cancel("ann", gone.order_id, NOW)
    return exchange


def restart(exchange: Exchange) -> Exchange:
    """Return a new exchange with the old one's state, through JSON text."""
    kept = json.loads(json.dumps(state.dump(exchange)))
    fresh = Exchange(run=state.next_run(kept))
    for market in exchange.markets.values():
        fresh.list_market(market.listing, NOW)
    state.load(fresh, kept)
    return fresh


def picture(exchange: Exchange) -> dict[str, Any]:
    """Return all that a customer can read."""
    return {
        name: (
            account.available(),
            account.positions(),
            account.fills,
            account.used_ids,
            [each.report() for each in account.orders.values()],
        )
        for name, account in exchange.accounts.items()
    }


def test_everything_a_customer_can_read_outlives_a_restart() -> None:
    before = busy()
    after = restart(before)
    assert picture(after) == picture(before)
    assert after.take_happenings() == []
    assert after.markets["RAIN"].clock > 0


def test_resting_orders_come_back_in_the_order_of_their_arrival() -> None:
    after = restart(busy())
    queue = after.markets["RAIN"].book.orders(BID, after.markets["RAIN"].book.levels(BID)[0][0])
    assert [(each.account_id, each.remaining) for each in queue] == [
        ("ann", 350),
        ("bob", 200),
        ("ann", 100),
    ]


def test_used_ids_stay_burned_and_new_ids_are_new() -> None:
    before = busy()
    after = restart(before)
    for name in ("taker", "gone", "first"):
        with pytest.raises(Rejection, match="order_already_exists"):
            place(after, "ann", BID, 100, 100, client_order_id=name)
    placed = place(after, "ann", BID, 100, 100)
    assert placed.order_id not in before.accounts["ann"].orders
    assert after.run == before.run + 1


def test_contracts_still_add_up_after_a_restart() -> None:
    after = restart(busy())
    market = after.markets["RAIN"]
    assert market.open_interest == 155
    nets = [account.net("RAIN") for account in after.accounts.values()]
    houses = [house.nets.get("RAIN", 0) for house in after.house.values()]
    assert sum(nets) + sum(houses) == 0
    # The crowd sells to close nobody's position: new contracts come into being.
    after.open_house("crowd")
    place(after, "crowd", ASK, 4_800, 100)
    assert market.open_interest == 255


def test_positions_that_face_each_other_count_once_in_open_interest() -> None:
    before = world()
    place(before, "ann", BID, 5_000, 100)
    place(before, "bob", ASK, 5_000, 100)
    place(before, "bob", BID, 5_000, 30)
    place(before, "crowd", ASK, 5_000, 30)
    assert before.markets["RAIN"].open_interest == 100
    assert restart(before).markets["RAIN"].open_interest == 100


def test_an_expiry_that_passed_meanwhile_is_done_at_the_first_advance() -> None:
    after = restart(busy())
    after.advance(NOW + 3_600 * SECOND - 1)
    live = [each.remaining for each in after.accounts["ann"].resting.values()]
    assert live == [350, 255]


def test_an_order_whose_market_is_gone_comes_back_canceled_and_frees_its_cash() -> None:
    before = busy()
    kept = state.dump(before)
    after = Exchange(run=1)
    after.list_market(listing("SNOW"), NOW)
    state.load(after, kept)
    ann = after.accounts["ann"]
    assert not ann.resting
    assert ann.available() == ann.cash[0]
    assert all(each.status is not OrderStatus.RESTING for each in ann.orders.values())
    assert ann.net("RAIN") == 155


@pytest.mark.parametrize("seed", range(3))
def test_random_trading_survives_a_restart_exactly(seed: int) -> None:
    chance, exchange = Random(seed), world()
    for _ in range(200):
        place(
            exchange,
            chance.choice(["ann", "bob", "crowd"]),
            chance.choice([BID, ASK]),
            chance.randrange(4_700, 5_300, 100),
            chance.randrange(1, 500),
        )
    after = restart(exchange)
    assert picture(after) == picture(exchange)
    assert picture(restart(after)) == picture(exchange)
    for name, account in after.accounts.items():
        assert account.cash == exchange.accounts[name].cash


def _schema(kept: Any) -> None:
    kept["schema"] = 99


def _extra(kept: Any) -> None:
    kept["accounts"][0]["gift"] = ONE_DOLLAR


def _missing(kept: Any) -> None:
    del kept["accounts"][0]["orders"][0]["accumulator"]


def _real_number(kept: Any) -> None:
    kept["accounts"][0]["orders"][0]["price"] = 52.0


def _truth_for_number(kept: Any) -> None:
    kept["accounts"][0]["orders"][0]["price"] = True


def _unknown_word(kept: Any) -> None:
    kept["accounts"][0]["orders"][0]["side"] = "sideways"


def _list_for_word(kept: Any) -> None:
    kept["accounts"][0]["orders"][0]["side"] = ["bid"]


def _contradiction(kept: Any) -> None:
    kept["accounts"][0]["orders"][1]["status"] = "executed"


def _too_much_filled(kept: Any) -> None:
    kept["accounts"][0]["orders"][1]["filled"] = 10_000


def _twice(kept: Any) -> None:
    kept["accounts"].append(kept["accounts"][0])


def _no_list(kept: Any) -> None:
    kept["accounts"][0]["fills"] = {}


def _no_object(kept: Any) -> None:
    kept["accounts"][0]["fills"] = [3]


def _no_pair(kept: Any) -> None:
    kept["accounts"][0]["cash"] = [[0, "1.00"]]


def _negative_cost(kept: Any) -> None:
    kept["accounts"][0]["holdings"][0]["cost"] = -1


@pytest.mark.parametrize(
    "damage",
    [
        _schema,
        _extra,
        _missing,
        _real_number,
        _truth_for_number,
        _unknown_word,
        _list_for_word,
        _contradiction,
        _too_much_filled,
        _twice,
        _no_list,
        _no_object,
        _no_pair,
        _negative_cost,
    ],
)
def test_a_damaged_state_is_refused_in_one_sentence_and_changes_nothing(
    damage: Callable[[Any], None],
) -> None:
    kept = json.loads(json.dumps(state.dump(busy())))
    damage(kept)
    fresh = Exchange()
    fresh.list_market(listing(), NOW)
    with pytest.raises(state.StateError) as refused:
        state.load(fresh, kept)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "--reset-practice" in sentence
    assert fresh.accounts == {}
    assert fresh.markets["RAIN"].book.all_orders() == []


def test_a_state_does_not_overwrite_accounts_that_exist() -> None:
    exchange = world()
    exchange.open_account("ann", {0: Money(1)})
    with pytest.raises(state.StateError):
        state.load(exchange, state.dump(exchange))
