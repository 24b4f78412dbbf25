"""The plan of a flatten, said before Enter: never through zero, never beyond the collar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core import risk
from kalshi_tui.core.caps import collar_of, exit_price
from kalshi_tui.core.environments import Mode
from kalshi_tui.core.exits import ExitPlan, exit_plan
from kalshi_tui.core.market import PUBLISHED_GRIDS
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import LadderView
from tests.support.desk import cents, count, fed, status

LIMITS = risk.Limits()


def plan(view: LadderView, **more: object) -> ExitPlan:
    cancels = 50 if more.pop("many", False) else 3
    return exit_plan(view, cancels, risk.situation(status(**more), view, cancels), LIMITS)


def test_a_long_position_is_sold_down_to_the_collar() -> None:
    found = plan(fed())
    assert (found.side, found.count, found.price) == (BookSide.ASK, count("40"), cents("34"))
    assert found.refusal == ""


def test_a_short_position_is_bought_back() -> None:
    found = plan(fed(position=Count(-4_000)))
    assert (found.side, found.count, found.price) == (BookSide.BID, count("40"), cents("41"))


def test_what_is_canceled_first_does_not_count_against_the_exit() -> None:
    assert plan(fed(), many=True).refusal == ""


@pytest.mark.parametrize(
    ("view", "more", "words"),
    [
        (fed(bids=()), {}, "There is no bid"),
        (fed(), {"trading_active": False}, "Trading is paused"),
        (fed(), {"read_only": "Another workstation holds it."}, "Another workstation"),
    ],
)
def test_what_would_be_refused_is_said_before_anything_is_canceled(
    view: LadderView, more: dict[str, object], words: str
) -> None:
    assert words in plan(view, **more).refusal


@pytest.mark.parametrize(
    "more",
    [{"mode": Mode.VIEW}, {"mode": Mode.VIEW, "killed_wall_ns": 1, "purge_until_ns": 1 << 62}],
)
def test_FK09_a_flatten_is_offered_in_view_and_after_a_kill_a_reverse_is_not(
    more: dict[str, object],
) -> None:
    assert plan(fed(), **more).refusal == ""
    now = risk.situation(status(**more), fed(), 0)
    assert "press A" in exit_plan(fed(), 0, now, LIMITS, reverses=True).refusal


def test_one_order_closes_no_more_than_its_cap() -> None:
    found = plan(fed(position=count("900")))
    assert found.count == LIMITS.order_count
    assert plan(fed(position=count("900")), mode=Mode.ONE_KEY).count == LIMITS.order_count // 4


@given(
    st.sampled_from(sorted(PUBLISHED_GRIDS)), st.data(), st.sampled_from(list(BookSide)),
)  # fmt: skip
def test_the_price_is_on_the_grid_within_the_collar_and_through_the_touch(
    name: str, data: st.DataObject, side: BookSide
) -> None:
    grid = PUBLISHED_GRIDS[name]
    touch = data.draw(st.sampled_from(grid.prices))
    price = exit_price(grid, side, touch, LIMITS)
    assert grid.refusal(price) is None
    beyond = touch - price if side is BookSide.ASK else price - touch
    assert 0 <= beyond <= collar_of(touch, LIMITS)
    assert isinstance(Price(price), int)
