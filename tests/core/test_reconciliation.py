"""Positions follow from fill to fill in any order; differences open, change and close once."""

from itertools import pairwise, permutations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.events import Filled
from kalshi_tui.core.reconciliation import Chain, Difference, DifferenceKind, Register
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Money, Price

KEY = (DifferenceKind.FILLS, "o1")


def fill(ts_ms: int, signed: int, after: int | None = None) -> Filled:
    return Filled(
        trade_id=f"t{ts_ms}",
        order_id="o1",
        client_order_id="",
        ticker="KX-A",
        side=BookSide.BID if signed > 0 else BookSide.ASK,
        price=Price(5600),
        count=Count(abs(signed)),
        fee=Money(0),
        is_taker=True,
        ts_ms=ts_ms,
        position_after=None if after is None else Count(after),
    )


def item(ours: str, theirs: str, since_ns: int = 1) -> Difference:
    return Difference(DifferenceKind.FILLS, "KX-A", "o1", ours, theirs, since_ns)


def test_fills_lead_from_the_first_statement_to_the_next() -> None:
    chain = Chain()
    chain.stated(Count(10), 100)
    chain.filled(fill(110, 5))
    chain.filled(fill(120, -3))
    chain.stated(Count(12), 120)
    assert chain.difference() is None


def test_FE01_a_lost_fill_shows_at_the_next_one_by_the_position_it_states() -> None:
    chain = Chain()
    chain.filled(fill(100, 5, after=5))
    chain.filled(fill(120, 5, after=20))
    assert chain.difference() == (10, 20)
    chain.filled(fill(110, 10, after=15))
    assert chain.difference() is None


def test_fills_before_the_first_statement_are_in_it() -> None:
    chain = Chain()
    chain.filled(fill(90, 5))
    chain.filled(fill(130, 7))
    chain.stated(Count(5), 100)
    chain.stated(Count(12), 130)
    assert chain.difference() is None


def test_FE04_an_older_statement_says_nothing_new() -> None:
    chain = Chain()
    chain.stated(Count(0), 100)
    chain.filled(fill(110, 5))
    chain.stated(Count(5), 110)
    chain.stated(Count(0), 105)
    assert chain.difference() is None


def test_two_fills_of_one_millisecond_are_no_difference_in_either_order() -> None:
    first, second = fill(100, 5, after=5), fill(100, 5, after=10)
    for pair in permutations([first, second]):
        chain = Chain()
        chain.stated(Count(0), 50)
        for each in pair:
            chain.filled(each)
        assert chain.difference() is None


def test_a_position_that_is_stamped_before_its_fill_is_no_difference() -> None:
    chain = Chain()
    chain.stated(Count(0), 50)
    chain.filled(fill(101, 5))
    chain.stated(Count(5), 100)
    assert chain.difference() is None


def test_FE07_what_no_fill_explains_is_taken_over_only_when_asked() -> None:
    chain = Chain()
    chain.stated(Count(5), 100)
    chain.stated(Count(0), 200)
    assert chain.difference() == (5, 0)
    chain.adjust()
    assert chain.difference() is None
    chain.filled(fill(300, 2, after=2))
    assert chain.difference() is None


@given(st.lists(st.integers(-9, 9).filter(bool), min_size=1, max_size=5), st.randoms())
def test_FE03_fills_in_any_order_give_no_difference_and_a_lost_one_does(
    changes: list[int], chance: Random
) -> None:
    position, fills = 0, []
    for number, change in enumerate(changes):
        position += change
        fills.append(fill(1_000 * (number + 1), change, after=position))
    shuffled = list(fills)
    chance.shuffle(shuffled)
    chain, lossy = Chain(), Chain()
    for each in (chain, lossy):
        each.stated(Count(0), 1)
    for one in shuffled:
        chain.filled(one)
    assert chain.difference() is None
    for one in fills[1:]:
        lossy.filled(one)
    assert (lossy.difference() is not None) == (len(fills) > 1)


def test_an_item_opens_once_follows_its_figures_and_closes_once() -> None:
    register = Register()
    assert register.differ(item("1", "2"))
    assert not register.differ(item("1", "3", since_ns=9))
    (row,) = register.rows()
    assert (row.theirs, row.since_wall_ns) == ("3", 1)
    assert len(register) == 1
    closed = register.agree(KEY, 5, "explained")
    assert closed is not None
    assert (closed.resolved_wall_ns, closed.note) == (5, "explained")
    assert register.agree(KEY, 6) is None
    assert len(register) == 0
    assert register.rows() == (closed,)


def test_open_items_come_first_and_the_newest_of_them_before_the_others() -> None:
    register = Register()
    register.differ(item("1", "2"))
    register.agree(KEY, 2)
    for number in range(3):
        register.differ(
            Difference(DifferenceKind.POSITION, f"KX-{number}", "", "0", "1", 10 + number)
        )
    rows = register.rows()
    assert [row.resolved_wall_ns for row in rows] == [None, None, None, 2]
    assert all(one.since_wall_ns > two.since_wall_ns for one, two in pairwise(rows[:3]))
