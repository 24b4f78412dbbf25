"""Order entry without a screen: from keys to exactly the terms that were shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core import risk
from kalshi_tui.core.sides import BookSide, Outcome
from kalshi_tui.core.ticket import TicketError
from kalshi_tui.core.units import ONE_DOLLAR, Price
from kalshi_tui.ui.entry import Answer, Entry, grid_on
from tests.support.desk import cents, fed, hurricane, levels, status

CURSOR = cents("36")
KEYS = st.sampled_from([*"0123456789.$%@bsBSLHvpP-=", "enter", "escape", "backspace"])


def press(entry: Entry, key: str) -> list[object]:
    """Do what the trade screen does for a key; returns what would be sent."""
    ladder = fed()
    try:
        if key in "bsBSLH":
            entry.arm_verb(key, ladder, CURSOR)
        elif key == "v":
            entry.outcome = entry.outcome.other
            entry.clear_prefix()
        elif key == "p":
            entry.toggle_post_only()
        elif key == "P":
            entry.toggle_sticky_post_only()
        elif key in "-=":
            entry.step_preset(1 if key == "=" else -1)
        elif key == "escape":
            entry.drop()
        elif key == "backspace":
            entry.erase()
        elif key == "enter":
            return _enter(entry)
        else:
            entry.type(key, ladder)
    except TicketError:
        return []
    entry.look(ladder, risk.situation(status(), ladder, 0), risk.Limits())
    return []


def _enter(entry: Entry) -> list[object]:
    if not entry.is_armed or entry.enter() is not Answer.SEND:
        return []
    shown = entry.preview
    assert shown is not None
    assert shown.refusal is None
    assert shown.terms == entry.sent().terms
    return [shown.terms]


@given(st.lists(KEYS, max_size=40))
def test_whatever_is_typed_only_what_was_shown_and_allowed_is_sent_and_only_once(
    keys: list[str],
) -> None:
    entry = Entry()
    for key in keys:
        if press(entry, key):
            assert not entry.is_armed
            assert press(entry, "enter") == []


@given(st.lists(KEYS, max_size=40))
def test_a_join_never_crosses_and_a_take_never_pays_beyond_the_touch(keys: list[str]) -> None:
    entry = Entry()
    for key in keys:
        press(entry, key)
        if entry.is_armed and entry.draft is not None:
            terms = entry.draft.terms
            if terms.post_only and entry.preview and not entry.preview.refusal:
                assert entry.preview.fills == 0
            if key in ("L", "H"):
                assert terms.price == (cents("38") if terms.side is BookSide.BID else cents("37"))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_grid_of_an_outcome_is_the_markets_seen_from_that_side(outcome: Outcome) -> None:
    grid = hurricane().market.grid
    assert grid is not None
    seen = grid_on(outcome, grid)
    mirrored = {Price(ONE_DOLLAR - price) for price in grid.prices}
    assert set(seen.prices) == (set(grid.prices) if outcome is Outcome.YES else mirrored)


def test_an_empty_side_has_no_touch_to_join() -> None:
    with pytest.raises(TicketError, match="no bid in the book"):
        Entry().arm_verb("B", fed(bids=()), CURSOR)


def test_a_crossing_that_goes_away_needs_no_second_enter() -> None:
    entry = Entry()
    entry.post_only = False
    limits = risk.Limits()
    for ladder in (fed(), fed(bids=levels("20x5"), asks=levels("35x5")), fed()):
        if entry.draft is None:
            entry.arm_verb("b", ladder, CURSOR)
        entry.look(ladder, risk.situation(status(), ladder, 0), limits)
    assert entry.enter() is Answer.SEND
