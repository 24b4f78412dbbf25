"""Orders as lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.orders import LIVE, CancelState, OrderState
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.core.views import OrderRow
from kalshi_tui.ui.paint.glyphs import ASCII
from kalshi_tui.ui.paint.line import span_width
from kalshi_tui.ui.paint.orders import order_line, orders_title
from tests.support import sample


def text(row: OrderRow, width: int = 28) -> str:
    line = order_line(row, sample.TICKER, width, ASCII)
    assert span_width(line) == width
    return "".join(each for each, _ in line).rstrip()


def test_a_resting_order_shows_side_size_price_and_queue() -> None:
    assert text(sample.order()) == " B     10 @36   q300"
    ask = sample.order(
        side=BookSide.ASK, price=Price(950), remaining=Count(5_050), queue=Count(41_000),
        queue_is_estimate=True,
    )  # fmt: skip
    assert text(ask) == " S  50.50 @9.5  q~410"


def test_an_order_of_another_market_always_names_it() -> None:
    row = sample.order(ticker="KXHURNYC-26-CAT3")
    assert text(row) == " B     10 @36   q300 ~6-CAT3"
    assert text(row, 60).endswith("KXHURNYC-26-CAT3")


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (OrderState.EXECUTED, " B     10 @36   filled ~CAT3"),
        (OrderState.CANCELED, " B     10 @36   canceled ~T3"),
        (OrderState.IN_DOUBT, " B     10 @36   IN DOUBT ~T3"),
        (OrderState.PROVEN_ABSENT, "~B     10 @36   never arrive"),
    ],
)
def test_the_state_goes_before_the_name_of_another_market(state: OrderState, line: str) -> None:
    assert text(sample.order(ticker="KXHURNYC-26-CAT3", state=state)) == line


def test_a_queue_is_an_estimate_while_the_book_is_doubtful() -> None:
    line = order_line(sample.order(), sample.TICKER, 28, ASCII, doubtful=True)
    assert "q~300" in "".join(each for each, _ in line)


@pytest.mark.parametrize("state", list(OrderState))
@pytest.mark.parametrize("cancel", list(CancelState))
def test_every_state_has_a_word_at_28_columns(state: OrderState, cancel: CancelState) -> None:
    words = {
        OrderState.INTENT: "recorded",
        OrderState.SENDING: "sending",
        OrderState.IN_DOUBT: "IN DOUBT",
        OrderState.RESTING: "q300",
        OrderState.EXECUTED: "filled",
        OrderState.CANCELED: "canceled",
        OrderState.REJECTED: "REJECTED",
        OrderState.NOT_SENT: "not sent",
        OrderState.PROVEN_ABSENT: "never arrive",
    }
    expected = words[state]
    if state in LIVE and cancel is CancelState.IN_DOUBT:
        expected = "cxl IN DOUBT"
    elif state in LIVE and cancel is CancelState.PENDING and state is not OrderState.IN_DOUBT:
        expected = "canceling"
    assert expected in text(sample.order(state=state, cancel=cancel))


def test_a_doubt_is_a_badge_and_not_only_a_colour() -> None:
    line = order_line(sample.order(state=OrderState.IN_DOUBT), sample.TICKER, 40, ASCII)
    assert ("IN DOUBT", "doubt") in line


def test_a_wide_pane_adds_fills_and_the_reason_of_a_refusal() -> None:
    partly = sample.order(filled=Count(400), remaining=Count(600))
    assert "      6 @36   q300 filled 4" in text(partly, 48)
    refused = sample.order(state=OrderState.REJECTED, detail="Not enough cash.")
    assert "REJECTED Not enough cash." in text(refused, 48)
    assert "not ours" in text(sample.order(external=True), 48)


def test_the_title_counts_live_orders_and_doubts() -> None:
    line = orders_title(sample.orders(), "F4", 28, ASCII)
    assert "".join(each for each, _ in line) == "ORDERS 5   1 IN DOUBT     F4"
    unknown = orders_title(None, "F4", 28, ASCII)
    assert "".join(each for each, _ in unknown).startswith("ORDERS --")


@given(
    st.integers(1, 10**8), st.integers(1, 9_999), st.none() | st.integers(0, 10**8),
    st.sampled_from(list(OrderState)), st.integers(20, 120), st.text(max_size=40),
)  # fmt: skip
def test_any_order_fits_exactly(
    count: int, price: int, queue: int | None, state: OrderState, width: int, detail: str
) -> None:
    text(
        sample.order(
            remaining=Count(count),
            price=Price(price),
            queue=queue,
            state=state,
            detail=detail,
            ticker="KXHURNYC-26-CAT3",
        ),
        width,
    )
