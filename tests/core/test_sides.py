"""The direction table, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.sides import Action, BookSide, Outcome, action_on, book_side, yes_price
from kalshi_tui.core.units import Price


@pytest.mark.parametrize(
    ("action", "outcome", "side"),
    [
        (Action.BUY, Outcome.YES, BookSide.BID),
        (Action.SELL, Outcome.NO, BookSide.BID),
        (Action.BUY, Outcome.NO, BookSide.ASK),
        (Action.SELL, Outcome.YES, BookSide.ASK),
    ],
)
def test_the_users_words_land_on_one_book_side(
    action: Action, outcome: Outcome, side: BookSide
) -> None:
    assert book_side(action, outcome) is side
    assert action_on(side, outcome) is action


@given(st.integers(0, 10_000).map(Price), st.sampled_from(Outcome))
def test_FG07_buying_no_at_q_is_an_ask_at_one_minus_q(price: Price, outcome: Outcome) -> None:
    assert yes_price(yes_price(price, outcome), outcome) == price
    assert yes_price(price, Outcome.YES) == price
    assert yes_price(price, Outcome.NO) == 10_000 - price


def test_other_is_its_own_inverse() -> None:
    for kind in (*Outcome, *Action, *BookSide):
        assert kind.other is not kind
        assert kind.other.other is kind
