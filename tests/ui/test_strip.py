"""The strip and the size line: in words, true to the preview, the essentials at 80 columns."""

from dataclasses import replace

import pytest

from kalshi_tui.core import risk
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.orders import TimeInForce
from kalshi_tui.core.sides import Action, BookSide, Outcome
from kalshi_tui.core.ticket import Draft, Preview, preview
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import LadderView, OwnLevel
from kalshi_tui.ui.entry import PRESETS
from kalshi_tui.ui.paint.line import span_width
from kalshi_tui.ui.paint.strip import IDLE, SizeRow, StripRow, size_line, strip_line
from tests.support.desk import FED, cents, count, fed, market, status


def draft(
    action: Action = Action.BUY, outcome: Outcome = Outcome.YES, price: str = "36",
    size: str = "10", **more: object,
) -> Draft:  # fmt: skip
    return Draft(FED, action, outcome, cents(price), count(size), **more)  # type: ignore[arg-type]


def look(order: Draft, ladder: LadderView | None = None) -> Preview:
    ladder = ladder or fed(position=Count(0), own=())
    # One of the orders looked at is meant to go far through the book.
    limits = risk.Limits(collar=Price(9_000), collar_percent=100)
    return preview(order, ladder, risk.situation(status(), ladder, 0), limits)


def words(row: StripRow, width: int = 80) -> str:
    line = strip_line(row, width, "|", "~")
    assert span_width(line) == width
    return "".join(text for text, _ in line).rstrip()


def test_a_resting_buy_is_said_in_full_at_eighty_columns() -> None:
    assert words(StripRow(look(draft()), armed=True)) == (
        "BUY 10 YES @36c bid | rests, q450.50 | cost $3.60 win +$6.40 fee $0 | Enter=send"
    )


def test_with_room_it_says_time_in_force_and_how_to_leave() -> None:
    shown = words(StripRow(look(draft(post_only=True)), armed=True), 120)
    assert "GTC post-only" in shown
    assert shown.endswith("Enter=send Esc")


@pytest.mark.parametrize(
    ("action", "outcome", "said"),
    [
        (Action.BUY, Outcome.YES, "BUY 10 YES @36c bid"),
        (Action.SELL, Outcome.YES, "SELL 10 YES @36c ask"),
        (Action.BUY, Outcome.NO, "BUY 10 NO @36c ask"),
        (Action.SELL, Outcome.NO, "SELL 10 NO @36c bid"),
    ],
)
def test_the_users_words_stand_beside_the_book_side(
    action: Action, outcome: Outcome, said: str
) -> None:
    assert words(StripRow(look(draft(action, outcome)), armed=True)).startswith(said)


def test_what_fills_and_what_rests_are_told_apart() -> None:
    shown = words(StripRow(look(draft(price="38", size="100")), armed=True), 120)
    assert "fills 95 @38, rests 5 first" in shown


def test_what_an_ioc_order_leaves_is_dropped() -> None:
    order = draft(price="38", size="100", time_in_force=TimeInForce.IOC)
    assert "fills 95 @38, drops 5" in words(StripRow(look(order), armed=True), 120)


def test_money_that_is_not_whole_cents_is_a_bound_and_says_so() -> None:
    shown = look(draft(price="38", size="5", time_in_force=TimeInForce.IOC))
    assert shown.cost % 10_000
    said = words(StripRow(shown, armed=True), 120)
    assert "cost up to $1.99 win +$3.01 fee $0.09" in said
    assert shown.cost <= Money(1_990_000)
    assert shown.fee <= Money(90_000)
    assert shown.max_win >= Money(3_010_000)


def test_an_unpublished_fee_is_said_to_be_unknown() -> None:
    odd = replace(market(), fees=FeeSchedule(FeeType.UNKNOWN))
    shown = look(draft(), fed(market=odd, position=Count(0), own=()))
    assert "fee unknown" in words(StripRow(shown, armed=True))


def test_an_order_that_only_closes_says_what_it_brings() -> None:
    shown = look(draft(Action.SELL, price="45"), fed(own=()))
    said = words(StripRow(shown, armed=True), 120)
    assert "closes 10" in said
    assert "gets $4.50" in said
    assert "win" not in said


def test_an_order_that_closes_and_opens_says_both() -> None:
    shown = look(draft(Action.SELL, price="45", size="50"), fed(own=()))
    assert "closes 40, opens 10 NO" in words(StripRow(shown, armed=True), 120)


def test_an_own_order_in_the_way_is_named() -> None:
    own = (OwnLevel(cents("38"), BookSide.ASK, count("10"), 1, None, False, False),)
    shown = look(draft(price="38", size="5"), fed(position=Count(0), own=own))
    assert "stops at own order @38" in words(StripRow(shown, armed=True), 120)


@pytest.mark.parametrize(
    ("ladder", "order", "reason"),
    [
        (fed(status=BookStatus.STALE, reason="a frame is missing"), draft(), "The book is STALE"),
        (fed(), draft(size="501"), "over your cap of 500 an order."),
        (fed(), draft(size="0.00"), "at least 0.01 contracts."),
        (fed(), draft(price="39", post_only=True), "Post-only would cross the best ask at 38c"),
    ],
)
def test_a_refusal_stands_where_the_order_would_and_is_readable_at_eighty_columns(
    ladder: LadderView, order: Draft, reason: str
) -> None:
    said = words(StripRow(look(order, ladder), armed=True))
    assert reason in said
    assert "Enter" not in said


def test_an_order_that_began_to_cross_asks_for_another_look() -> None:
    shown = look(draft(price="38"))
    said = words(StripRow(shown, armed=True, crossed_since=True))
    assert "NOW fills 10 @38: it rested before" in said
    assert "Enter=agree" in said


def test_nothing_armed_and_notes() -> None:
    assert words(StripRow()) == IDLE
    assert words(StripRow(note="SENT BUY 10 YES @36c bid")) == "SENT BUY 10 YES @36c bid"


@pytest.mark.parametrize("width", range(20, 130, 7))
def test_the_line_is_always_exactly_as_wide_as_asked(width: int) -> None:
    for order in (draft(), draft(price="38", size="310.75"), draft(size="999")):
        for crossed in (False, True):
            words(StripRow(look(order), armed=True, crossed_since=crossed), width)


def sizes(pending: str = "", meaning: str = "", width: int = 80) -> str:
    row = SizeRow(PRESETS, 2, pending, meaning, post_only=True, sticky=True, limits=risk.Limits())
    line = size_line(row, width, "|", "~")
    assert span_width(line) == width
    return "".join(text for text, _ in line).rstrip()


def test_the_size_line_shows_presets_order_default_and_caps() -> None:
    assert sizes() == "size 1 5 [10] 25 100 | pending - | post-only | cap 500/$250"


def test_a_pending_size_is_translated() -> None:
    assert "pending 10@36 = 10 at 36c: $3.60, pays $10" in sizes(
        "10@36", "10 at 36c: $3.60, pays $10"
    )
