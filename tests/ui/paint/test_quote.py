"""The market line."""

import pytest

from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.sides import BookSide, Outcome
from kalshi_tui.core.views import LadderView
from kalshi_tui.ui.paint.glyphs import ASCII
from kalshi_tui.ui.paint.line import span_width
from kalshi_tui.ui.paint.quote import market_line
from tests.support import sample


def text(view: LadderView | None, outcome: Outcome = Outcome.YES, width: int = 80) -> str:
    line = market_line(view, sample.WALL_NS, outcome, width, ASCII)
    assert span_width(line) == width
    return "".join(each for each, _ in line).rstrip()


def test_all_of_it_fits_80_columns() -> None:
    assert text(sample.ladder()) == (
        " YES 37 x 120 / 38 x 95  spr 1  mid 37.5%  last 38^ 12  vol 48,210  closes 18d"
    )


def test_the_no_view_turns_touch_and_last() -> None:
    assert text(sample.ladder(), Outcome.NO).startswith(
        " NO 62 x 95 / 63 x 120  spr 1  mid 62.5%  last 62v 12"
    )


def test_a_side_without_quotes_has_no_spread_and_no_mid() -> None:
    line = text(sample.ladder(bids=()))
    assert line.startswith(" YES -- / 38 x 95  last 38^ 12")
    assert "mid" not in line


def test_sizes_of_a_stale_book_carry_a_question_mark() -> None:
    assert "37 x ?120 / 38 x ?95" in text(sample.ladder(status=BookStatus.STALE))


def test_a_crossed_book_says_so() -> None:
    view = sample.ladder(bids=sample.levels((3900, 100)), asks=sample.levels((3800, 100)))
    assert "CROSSED 1" in text(view)


def test_a_sub_cent_market_prints_its_decimals() -> None:
    view = sample.tapered()
    assert text(view).startswith(" YES 9.6 x 340 / 9.8 x 210.25  spr 0.2  mid 9.7%  last 9.8^ 12")


def test_a_market_past_its_close_is_closed() -> None:
    line = market_line(sample.ladder(), 2 * sample.WALL_NS, Outcome.YES, 80, ASCII)
    assert ("closed", "dim") in line or "closed" in "".join(each for each, _ in line)


@pytest.mark.parametrize("width", [20, 40, 79, 200])
def test_any_width_is_filled_exactly(width: int) -> None:
    text(sample.ladder(), width=width)
    text(None, width=width)


def test_a_sale_at_the_bid_points_down() -> None:
    view = sample.ladder(last=sample.trade(3700, 550, BookSide.ASK))
    assert "last 37v 5.50" in text(view)
