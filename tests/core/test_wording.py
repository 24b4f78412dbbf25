"""An order in one line."""

import pytest

from kalshi_tui.core.orders import Order, OrderState
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count
from kalshi_tui.core.wording import orders_words, outcome_words, terms_words
from tests.support.facts import terms


def test_side_size_and_price_stand_in_one_line() -> None:
    assert terms_words(terms()) == "B 10 @36"
    assert terms_words(terms(side=BookSide.ASK, count=Count(155))) == "S 1.55 @36"


@pytest.mark.parametrize(
    ("state", "filled", "words"),
    [
        (OrderState.EXECUTED, 1000, "filled"),
        (OrderState.RESTING, 0, "rests"),
        (OrderState.RESTING, 400, "4 filled, rests"),
        (OrderState.CANCELED, 0, "0 filled, the rest canceled"),
    ],
)
def test_what_became_of_it(state: OrderState, filled: int, words: str) -> None:
    order = Order("mine-1", terms(), state, 0, reported_filled=Count(filled))
    assert outcome_words(order) == words


def test_one_order_is_not_many() -> None:
    assert (orders_words(1), orders_words(1200)) == ("1 order", "1,200 orders")
