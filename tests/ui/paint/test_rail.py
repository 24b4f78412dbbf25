"""Fills, tape, positions and log as lines."""

from datetime import UTC

import pytest

from kalshi_tui.core.effects import NoticeLevel, Notify
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.fees import FeeSchedule, FeeType
from kalshi_tui.core.sides import BookSide, Outcome
from kalshi_tui.core.units import Count, Money, Price
from kalshi_tui.core.views import LadderView, PositionRow, TapeView
from kalshi_tui.ui.paint.entry import selected, ticker_tail
from kalshi_tui.ui.paint.fills import fill_line, fills_title
from kalshi_tui.ui.paint.glyphs import ASCII
from kalshi_tui.ui.paint.line import Line, span_width
from kalshi_tui.ui.paint.log import notice_lines
from kalshi_tui.ui.paint.positions import (
    open_gain,
    position_entries,
    position_line,
    positions_title,
)
from kalshi_tui.ui.paint.tape import tape_decimals, tape_title, trade_line
from tests.support import sample


def text(line: Line, width: int) -> str:
    assert span_width(line) == width
    return "".join(each for each, _ in line).rstrip()


def fill_text(number: int, width: int, **changes: object) -> str:
    row = sample.fill(number, **changes)
    return text(fill_line(row, sample.TICKER, width, ASCII, UTC), width)


def test_a_fill_shows_time_side_size_price_and_role() -> None:
    assert fill_text(1, 28) == " 14:31:05 B     40 @34.2 M"
    assert fill_text(1, 28, is_taker=True, side=BookSide.ASK) == " 14:31:05 S     40 @34.2 T"


def test_a_wide_fill_shows_role_fee_and_other_market() -> None:
    assert fill_text(1, 70, fee=Money(161_700), ticker="KXHURNYC-26-CAT3") == (
        " 14:31:05 B     40 @34.2 maker fee $0.1617            KXHURNYC-26-CAT3"
    )


def test_a_narrow_fill_of_another_market_gives_up_its_time_and_keeps_the_market() -> None:
    assert fill_text(1, 28, ticker="KXHURNYC-26-CAT3").endswith("~6-CAT3")


def test_titles_count() -> None:
    assert text(fills_title(sample.fills(), "F6", 28, ASCII), 28) == "FILLS 3                   F6"
    assert text(positions_title(sample.positions(), "", 28, ASCII), 28) == "POSITIONS 3"
    assert text(tape_title(Outcome.NO, "F6", 40, ASCII), 40).startswith("TAPE NO  ^lift vhit")


def test_the_tape_points_where_the_taker_went_in_the_viewed_outcome() -> None:
    lift = sample.trade(3800, 1_200, BookSide.BID)
    yes = trade_line(lift, Outcome.YES, 0, 28, ASCII, UTC)
    no = trade_line(lift, Outcome.NO, 0, 28, ASCII, UTC)
    assert text(yes, 28) == " 14:32:05 ^38     12"
    assert text(no, 28) == " 14:32:05 v62     12"


def test_the_tape_aligns_sub_cent_prices() -> None:
    view = TapeView(
        sample.TICKER,
        (sample.trade(980, 1_200, BookSide.BID), sample.trade(1000, 25, BookSide.ASK, 1)),
    )
    decimals = tape_decimals(view)
    lines = [text(trade_line(row, Outcome.YES, decimals, 28, ASCII, UTC), 28) for row in view.rows]
    assert lines == [" 14:32:05 ^ 9.8     12", " 14:32:04 v10        0.25"]


def watched(view: LadderView, width: int = 28) -> list[str]:
    return [text(line, width) for _, line in position_entries(None, view, width, ASCII)]


def test_the_watched_position_tells_exit_and_both_endings() -> None:
    assert watched(sample.ladder()) == [
        " 40 YES  avg 34.20",
        " exit@37 +0.46 net of fee",
        " if YES +26.32  if NO -13.68",
    ]


def test_a_no_position_is_left_at_the_ask_and_paid_by_no() -> None:
    view = sample.ladder(position=-5_000, cost=32_500_000)
    lines = watched(view, 48)
    assert lines[0] == " 50 NO  avg 65.00  cost $32.50"
    assert lines[1].startswith(" exit@38 -2.33")
    assert lines[2] == " if YES -32.50  if NO +17.50"


def test_a_fee_that_is_not_known_is_not_guessed() -> None:
    view = sample.ladder()
    market = sample.market()
    object.__setattr__(market, "fees", FeeSchedule(FeeType.UNKNOWN))
    object.__setattr__(view, "market", market)
    assert watched(view)[1] == " exit@37 +1.12 before fee"


def test_an_exit_on_a_stale_book_is_doubtful() -> None:
    assert watched(sample.ladder(status=BookStatus.STALE))[1].startswith(" exit@?37")


def test_nothing_held_is_flat_and_no_bid_means_no_exit() -> None:
    assert watched(sample.ladder(position=0, cost=0)) == [" flat"]
    assert watched(sample.ladder(bids=()))[1] == " no one to close with"


def test_other_markets_follow_and_the_watched_one_is_not_repeated() -> None:
    entries = position_entries(sample.positions(), sample.ladder(), 28, ASCII)
    assert [identity for identity, _ in entries if identity] == [
        sample.TICKER,
        "KXHURNYC-26-CAT1",
        "KXCPI-26NOV-T3",
    ]


def test_a_position_line_names_size_average_gain_and_market() -> None:
    row = PositionRow(
        "KXCPI-26NOV-T3", Count(1_500), Money(9_150_000), Money(0), Money(0), Price(6_200), None
    )
    assert text(position_line(row, 28, ASCII), 28) == " 15 YES @61.00 +0.15 ~NOV-T3"


@pytest.mark.parametrize(
    ("position", "cost", "price", "gain"),
    [
        (100, 400_000, 5_000, 100_000),
        (-100, 400_000, 5_000, 100_000),
        (-100, 400_000, 7_000, -100_000),
    ],
)
def test_the_open_gain_is_exact_on_both_outcomes(
    position: int, cost: int, price: int, gain: int
) -> None:
    assert open_gain(Count(position), Money(cost), Price(price)) == gain


def test_the_end_of_a_ticker_is_kept() -> None:
    assert ticker_tail("KXHURNYC-26-CAT3", 8, "~") == "~26-CAT3"
    assert ticker_tail("SHORT", 8, "~") == "SHORT"


def test_a_selected_row_is_marked_by_a_character_and_keeps_its_width() -> None:
    line: Line = ((" B", "bid"), (" 10", "text"))
    assert selected(line) == ((">B", "bid+selected"), (" 10", "text+selected"))


def test_a_notice_is_stamped_marked_and_cut_or_wrapped() -> None:
    notice = Notify(NoticeLevel.WARNING, "The book was read anew.", sample.WALL_NS)
    cut = notice_lines(notice, 24, ASCII, UTC, wrap=False)
    assert [text(line, 24) for line in cut] == [" 14:32:05 ! The book wa~"]
    wrapped = notice_lines(notice, 24, ASCII, UTC, wrap=True)
    assert [text(line, 24) for line in wrapped] == [
        " 14:32:05 ! The book was",
        "          read anew.",
    ]
    error = Notify(NoticeLevel.ERROR, "No.", sample.WALL_NS)
    assert "ERROR No." in text(notice_lines(error, 40, ASCII, UTC, wrap=False)[0], 40)
