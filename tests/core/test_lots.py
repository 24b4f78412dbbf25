"""One holding: what closes first, at what cost, with which share of the fee."""

from kalshi_tui.core.lots import Basis, Holding, Lot
from kalshi_tui.core.sides import BookSide, Outcome
from kalshi_tui.core.units import Count, Money, Price


def bought(basis: Basis) -> Holding:
    holding = Holding("KX-E-M", basis)
    assert holding.trade(BookSide.BID, Price(3_000), Count(100), Money(10), 1) == []
    assert holding.trade(BookSide.BID, Price(4_000), Count(200), Money(21), 2) == []
    return holding


def test_first_in_is_first_out() -> None:
    holding = bought(Basis.FIFO)
    first, second = holding.trade(BookSide.ASK, Price(5_000), Count(150), Money(7), 3)
    assert (first.opened_ns, first.size, first.cost, first.proceeds) == (1, 100, 300_000, 500_000)
    assert (second.opened_ns, second.size, second.cost) == (2, 50, 200_000)
    assert first.fees == 10 + 4
    assert second.fees == 5 + 3
    assert first.outcome is Outcome.YES
    assert first.profit == 200_000 - 14
    assert list(holding.lots) == [Lot(2, Count(150), Price(4_000), Money(16))]
    assert (holding.net, holding.cost, holding.fee_cost, holding.realized) == (
        150,
        600_000,
        16,
        250_000,
    )


def test_average_cost_spreads_what_was_paid() -> None:
    holding = bought(Basis.AVERAGE)
    (closed,) = holding.trade(BookSide.ASK, Price(5_000), Count(150), Money(7), 3)
    assert closed.opened_ns is None
    assert (closed.size, closed.cost, closed.proceeds, closed.fees) == (150, 550_000, 750_000, 22)
    assert (holding.net, holding.cost, holding.fee_cost) == (150, 550_000, 16)


def test_a_trade_through_zero_closes_then_opens_the_other_leg() -> None:
    for basis in Basis:
        holding = bought(basis)
        closed = holding.trade(BookSide.ASK, Price(5_000), Count(500), Money(100), 3)
        assert sum(each.size for each in closed) == 300
        assert sum(each.fees for each in closed) == 31 + 60
        assert (holding.net, holding.cost, holding.fee_cost) == (-200, 1_000_000, 40)
        (back,) = holding.trade(BookSide.BID, Price(4_900), Count(200), Money(0), 4)
        assert back.outcome is Outcome.NO
        assert back.profit == 200 * 5_100 - 1_000_000 - 40
        assert (holding.net, holding.cost, holding.fee_cost) == (0, 0, 0)


def test_the_indivisible_rest_of_an_average_stays_with_what_is_held() -> None:
    holding = Holding("KX-E-M", Basis.AVERAGE)
    holding.trade(BookSide.BID, Price(1), Count(1), Money(0), 1)
    holding.trade(BookSide.BID, Price(2), Count(2), Money(0), 1)
    costs = [holding.trade(BookSide.ASK, Price(3), Count(1), Money(0), 2)[0].cost for _ in "123"]
    assert costs == [1, 2, 2]
    assert holding.cost == 0


def test_settling_nothing_closes_nothing() -> None:
    holding = Holding("KX-E-M", Basis.FIFO)
    assert holding.settle(Money(0), Money(0), 9) == []
    assert (holding.net, holding.realized, holding.fees) == (0, 0, 0)
