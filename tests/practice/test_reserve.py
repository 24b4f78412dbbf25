"""The collateral of resting orders, against contract-by-contract counting."""

from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import ONE_DOLLAR, Count, Price
from kalshi_tui.practice.orders import CustomerOrder
from kalshi_tui.practice.reserve import Commitments

SIDES = st.sampled_from(BookSide)
SIZED = st.tuples(st.sampled_from([1_000, 2_500, 2_505, 9_900]), st.integers(1, 12))


def make(side: BookSide, price: int, size: int) -> CustomerOrder:
    """Return a resting order."""
    return CustomerOrder("o", "ann", "RAIN", side, Price(price), Count(size))


def counted(side: BookSide, orders: list[CustomerOrder], closable: int) -> int:
    """Return what the first `closable` contracts need, one contract after the other."""
    sign = -1 if side is BookSide.BID else 1
    contracts = [
        each.price if side is BookSide.BID else ONE_DOLLAR - each.price
        for each in sorted(orders, key=lambda order: sign * order.price)
        for _ in range(each.remaining)
    ]
    return sum(contracts[: max(closable, 0)])


@given(SIDES, st.lists(SIZED, max_size=8), st.lists(st.booleans()), st.integers(-3, 60), SIZED)
def test_the_sums_are_those_of_counting(
    side: BookSide,
    sizes: list[tuple[int, int]],
    gone: list[bool],
    closable: int,
    more: tuple[int, int],
) -> None:
    orders = [make(side, *each) for each in sizes]
    kept = Commitments(side)
    for each in orders:
        kept.add(each)
    assert kept.gross == counted(side, orders, 10_000)
    assert kept.relief(closable) == counted(side, orders, closable)
    without = [each for each, goes in zip(orders, gone, strict=False) if goes]
    left = [each for each in orders if each not in without]
    extra = make(side, *more)
    assert kept.relief(closable, extra, without) == counted(side, [*left, extra], closable)
    for each in without:
        kept.remove(each)
    assert kept.relief(closable) == counted(side, left, closable)
    assert kept.total == sum(each.remaining for each in left)


@given(SIDES, SIZED, st.integers(0, 12))
def test_an_order_shrinks_to_nothing_without_a_trace(
    side: BookSide, sized: tuple[int, int], by: int
) -> None:
    order = make(side, *sized)
    kept = Commitments(side)
    kept.add(order)
    by = min(by, order.remaining)
    kept.shrink(order, by)
    order.remaining = Count(order.remaining - by)
    assert kept.gross == counted(side, [order], 100)
    kept.remove(order)
    assert (kept.total, kept.gross, kept.relief(5)) == (0, 0, 0)
