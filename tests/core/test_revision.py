"""What a change would do, said before Enter: against the rule of the exchange and a naive book."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core import risk
from kalshi_tui.core.book import Level
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.orders import OrderState
from kalshi_tui.core.revision import Review, Revision, Road, queue_words, review
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView, OrderRow
from tests.support.desk import cents, count, fed, levels, order, status

LIMITS = risk.Limits()


def seen(
    price: str, remaining: str, *, row: OrderRow | None = None, anyway: bool = False,
    ladder: LadderView | None = None, **more: object,
) -> Review:  # fmt: skip
    view = ladder or fed()
    row = row or order("one", BookSide.BID, "36", "10", queue="300")
    wish = Revision(row, cents(price), count(remaining), anyway)
    return review(wish, view, risk.situation(status(**more), view, 3), LIMITS)


@pytest.mark.parametrize(
    ("price", "remaining", "anyway", "road", "keeps"),
    [
        ("36", "10", False, Road.NOTHING, True),
        ("36", "5", False, Road.DECREASE, True),
        ("36", "15", False, Road.SECOND, True),
        ("36", "15", True, Road.AMEND, False),
        ("35", "10", False, Road.AMEND, False),
        ("37", "5", False, Road.AMEND, False),
    ],
)
def test_only_less_at_the_same_price_keeps_the_place(
    price: str, remaining: str, anyway: bool, road: Road, keeps: bool
) -> None:
    found = seen(price, remaining, anyway=anyway)
    assert (found.road, found.keeps_queue) == (road, keeps)


def test_the_words_name_the_queue_before_and_after() -> None:
    assert queue_words(seen("36", "5")) == "keeps queue q300"
    assert queue_words(seen("35", "10")) == "LOSES queue q300 -> q1,200"
    assert queue_words(seen("36", "15", anyway=True)) == "LOSES queue q300 -> q440.50"


def test_a_post_only_order_is_not_moved_across() -> None:
    found = seen("38", "10")
    assert found.refusal is not None
    assert found.refusal.guard == "post_only"


def test_more_than_the_cap_is_refused_with_both_numbers() -> None:
    found = seen("35", "600")
    assert found.refusal is not None
    assert "600 contracts is over your cap of 500" in found.refusal.text


@pytest.mark.parametrize("remaining", ["0", "5", "20"])
def test_nothing_is_changed_in_VIEW_or_where_it_cannot_be(remaining: str) -> None:
    assert seen("36", remaining, mode=Mode.VIEW).refusal is not None
    assert seen("36", remaining, read_only="Another workstation holds it.").refusal is not None
    gone = order("one", BookSide.BID, "36", "10", state=OrderState.IN_DOUBT)
    assert seen("36", remaining, row=gone).refusal is not None


def test_less_may_be_asked_for_while_the_book_is_doubtful_and_another_price_not() -> None:
    stale = fed(status=BookStatus.STALE)
    assert seen("36", "5", ladder=stale).refusal is None
    assert seen("35", "10", ladder=stale).refusal is not None


def test_nothing_left_is_a_cancel_and_not_a_change() -> None:
    found = seen("36", "0")
    assert found.refusal is not None
    assert "x cancels" in found.refusal.text


@given(
    st.lists(st.tuples(st.integers(1, 99), st.integers(1, 50)), min_size=1, max_size=6),
    st.integers(1, 99), st.integers(1, 60), st.sampled_from(list(BookSide)),
)  # fmt: skip
def test_what_would_fill_is_what_a_naive_book_would_fill(
    other: list[tuple[int, int]], price: int, remaining: int, side: BookSide
) -> None:
    levels_by_price = {cent * 100: size * 100 for cent, size in other}
    book = tuple(Level(Price(at), Count(size)) for at, size in sorted(levels_by_price.items()))
    is_bid = side is BookSide.BID
    view = fed(asks=book, bids=()) if is_bid else fed(bids=book[::-1], asks=())
    row = order("one", side, "50", "10", queue="0")
    wish = Revision(row, Price(price * 100), Count(remaining * 100), anyway=True)
    found = review(wish, view, risk.situation(status(), view, 3), LIMITS)
    met = sum(
        size for at, size in levels_by_price.items()
        if (at <= price * 100 if is_bid else at >= price * 100)
    )  # fmt: skip
    expected = 0 if found.keeps_queue else min(met, remaining * 100)
    assert found.fills == expected


def test_what_is_filled_already_counts_in_the_total_and_never_in_what_is_typed() -> None:
    row = order("one", BookSide.BID, "36", "10")
    partly = OrderRow(
        **{
            **{name: getattr(row, name) for name in OrderRow.__slots__},
            "filled": count("4"),
            "remaining": count("6"),
        }
    )
    assert Revision(partly, cents("35"), count("5")).total == count("9")
    assert levels("35x5")[0].price == cents("35")
