"""The ladder as text: golden rows, exact widths at every size, and values that read back."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_tui.core.book import Level
from kalshi_tui.core.events import BookStatus
from kalshi_tui.core.market import PUBLISHED_GRIDS, MarketStatus
from kalshi_tui.core.sides import BookSide, Outcome
from kalshi_tui.core.units import Count, Price, parse_count
from kalshi_tui.core.views import LadderView, OwnLevel
from kalshi_tui.ui.paint.axis import make_axis
from kalshi_tui.ui.paint.glyphs import ASCII, UNICODE
from kalshi_tui.ui.paint.ladder import (
    DividerRow,
    Frame,
    OwnCell,
    PriceRow,
    geometry_of,
    headline,
    ladder_rows,
    notice,
    own_text,
    paint_row,
    titles,
)
from kalshi_tui.ui.paint.line import Line, span_width
from tests.support import sample


def text_of(line: Line) -> str:
    return "".join(text for text, _ in line)


def frame_of(
    view: LadderView,
    top_price: int,
    height: int,
    *,
    cursor: int = 3600,
    outcome: Outcome = Outcome.YES,
) -> Frame:
    axis = make_axis(view.market.grid, outcome, [level.price for level in view.own])
    return Frame(axis, axis.nearest(Price(top_price)), height, outcome, Price(cursor))


def painted(view: LadderView, frame: Frame, width: int = 51) -> list[str]:
    shape = geometry_of(width, frame.axis.decimals)
    return [text_of(paint_row(row, shape, ASCII)) for row in ladder_rows(view, frame)]


def test_a_cent_market_at_80_columns() -> None:
    view = sample.ladder()
    assert painted(view, frame_of(view, 4200, 9)) == [
        "           |         | 42    | 5,000   |           ",
        "           |         | 41    |   220   |     10 q20",
        "           |         | 40    | 1,500   |           ",
        "           |         | 39    |   310.75|           ",
        "           |         | 38  ^ |    95   |           ",
        "           |   120   | 37    |         |           ",
        "    10 q300|   450.50|>36   <|         |           ",
        "   25 q~410| 1,200   | 35    |         |           ",
        "           |    80.25| 34    |         |           ",
    ]


def test_a_sub_cent_market_aligns_its_decimals_and_marks_where_the_tick_changes() -> None:
    view = sample.tapered()
    assert painted(view, frame_of(view, 1100, 7, cursor=960), 57) == [
        "           |         | 11    |89   | 2,150   |           ",
        "           |         | 10    |90   | 6,400   |           ",
        "...........|.........| 1c up |.....|.........|...........",
        "           |         |  9.9  |90.1 | 1,000   |           ",
        "           |         |  9.8^ |90.2 |   210.25|           ",
        "           |         |  9.7  |90.3 |         |           ",
        "           |   340   |> 9.6 <|90.4 |         |           ",
    ]


def test_the_no_view_complements_prices_swaps_columns_and_turns_the_arrow() -> None:
    view = sample.ladder()
    rows = painted(view, frame_of(view, 3500, 5, outcome=Outcome.NO))
    assert rows == [
        "           |         | 65    | 1,200   |   25 q~410",
        "           |         |>64   <|   450.50|    10 q300",
        "           |         | 63    |   120   |           ",
        "           |    95   | 62  v |         |           ",
        "           |   310.75| 61    |         |           ",
    ]


def test_a_stale_book_marks_every_size_and_every_queue() -> None:
    view = sample.ladder(status=BookStatus.STALE)
    rows = painted(view, frame_of(view, 3800, 3))
    assert rows == [
        "           |         | 38  ^ |   ?95   |           ",
        "           |  ?120   | 37    |         |           ",
        "   10 q~300|  ?450.50|>36   <|         |           ",
    ]


def test_the_touch_is_bold_and_the_cursor_row_is_marked_by_more_than_colour() -> None:
    view = sample.ladder()
    rows = ladder_rows(view, frame_of(view, 3800, 3))
    shape = geometry_of(51, 0)
    parts = [{part for _, part in paint_row(row, shape, ASCII)} for row in rows]
    assert "ask+best" in parts[0]
    assert "bid+best" in parts[1]
    assert "cursor" in parts[2]
    assert "own+row" in parts[2]


def test_the_headline_says_live_stale_and_syncing_in_words() -> None:
    live = sample.ladder()
    frame = frame_of(live, 4200, 9)

    def head(view: LadderView, width: int = 51) -> str:
        line = headline(view, frame, width, ASCII, centring="edge", mono_ns=sample.MONO_NS)
        return text_of(line).rstrip()

    assert head(live) == "LIVE  center:edge  tick 1c"
    stale = sample.ladder(status=BookStatus.STALE, reason="A message of the feed was lost.")
    assert head(stale) == " STALE 3.2s  A message of the feed was lost."
    assert head(stale, 30) == " STALE 3.2s  A message of the~"
    assert head(sample.ladder(status=BookStatus.SYNCING)).startswith(" SYNCING 3.2s ")


def test_a_closed_market_says_so_once_and_a_paid_one_says_both() -> None:
    def head(status: MarketStatus) -> str:
        view = sample.ladder(status=BookStatus.CLOSED, reason="The market is closed.")
        view = replace(view, market=replace(view.market, status=status))
        line = headline(
            view, frame_of(view, 4200, 9), 60, ASCII, centring="edge", mono_ns=sample.MONO_NS
        )
        return text_of(line).rstrip()

    assert head(MarketStatus.CLOSED) == " CLOSED 3.2s  The market is closed."
    assert head(MarketStatus.FINALIZED).endswith("FINALIZED")


def test_own_orders_and_a_cursor_out_of_sight_are_told_at_the_edges() -> None:
    view = sample.ladder()
    frame = frame_of(view, 4000, 5, cursor=3500)
    line = headline(view, frame, 51, ASCII, centring="off", mono_ns=sample.MONO_NS)
    assert text_of(line) == "LIVE  center:off  tick 1c      own ^1 v1  cur 35 v1"
    above = frame_of(view, 3000, 5, cursor=3600)
    assert text_of(
        headline(view, above, 51, ASCII, centring="off", mono_ns=sample.MONO_NS)
    ).endswith("own ^3  cur 36 ^6")


def test_column_names_follow_the_viewed_outcome() -> None:
    shape = geometry_of(51, 0)
    assert text_of(titles(shape, Outcome.YES, ASCII)) == (
        "  MY BIDS q|   BID   | YES c |   ASK   |  MY ASKS q"
    )
    assert " NO c " in text_of(titles(shape, Outcome.NO, ASCII))
    assert "YES c" in text_of(titles(geometry_of(57, 0), Outcome.NO, ASCII))


def test_several_own_orders_at_a_price_show_the_first_queue_and_how_many_more() -> None:
    cell = OwnCell(Count(1_500), 3, Count(30_000), estimate=False, unsettled=False)
    assert own_text(cell, 11) == "15 q300 +2"


def test_an_order_that_is_not_proven_to_rest_waits() -> None:
    cell = OwnCell(Count(1_000), 1, None, estimate=False, unsettled=True)
    assert own_text(cell, 11) == "10 wait"


def test_a_queue_that_does_not_fit_is_shortened_and_marked() -> None:
    cell = OwnCell(Count(10_025), 2, Count(190_050), estimate=False, unsettled=False)
    assert own_text(cell, 20) == "100.25 q1,900.50 +1"
    assert own_text(cell, 13) == "100.25 q~1.9k"
    assert own_text(cell, 6) == "100.25"


@given(
    st.integers(1, 10**9),
    st.integers(1, 30),
    st.none() | st.integers(0, 10**9),
    st.booleans(),
    st.booleans(),
    st.integers(1, 30),
)
def test_an_own_cell_never_overflows(
    held: int, orders: int, queue: int | None, estimate: bool, unsettled: bool, width: int
) -> None:
    place = None if queue is None else Count(queue)
    assert len(own_text(OwnCell(Count(held), orders, place, estimate, unsettled), width)) <= width


counts = st.integers(1, 20_000_000).map(Count)


@st.composite
def books(draw: st.DrawFn) -> LadderView:
    """Any uncrossed book on any published grid, with own orders anywhere."""
    grid = PUBLISHED_GRIDS[draw(st.sampled_from(sorted(PUBLISHED_GRIDS)))]
    prices = draw(st.lists(st.sampled_from(grid.prices), max_size=24, unique=True).map(sorted))
    cut = draw(st.integers(0, len(prices)))
    bids = [Level(price, draw(counts)) for price in reversed(prices[:cut])]
    asks = [Level(price, draw(counts)) for price in prices[cut:]]
    own = [
        OwnLevel(
            price, draw(st.sampled_from(list(BookSide))), draw(counts), 1, draw(st.none() | counts),
            draw(st.booleans()), draw(st.booleans()),
        )
        for price in draw(st.lists(st.sampled_from(grid.prices), max_size=3, unique=True))
    ]  # fmt: skip
    return sample.ladder(
        bids=bids,
        asks=asks,
        own_levels=own,
        grid=grid,
        status=draw(st.sampled_from(list(BookStatus))),
    )


@settings(max_examples=60, deadline=None)
@given(books(), st.integers(20, 130), st.sampled_from(list(Outcome)), st.data())
def test_every_line_is_exactly_as_wide_as_the_pane(
    view: LadderView, width: int, outcome: Outcome, data: st.DataObject
) -> None:
    axis = make_axis(view.market.grid, outcome, [level.price for level in view.own])
    height = data.draw(st.integers(1, 60))
    top = data.draw(st.integers(0, max(len(axis) - height, 0)))
    cursor = data.draw(st.sampled_from(sorted(axis.at)))
    frame = Frame(axis, top, height, outcome, cursor)
    shape = geometry_of(width, axis.decimals)
    lines = [paint_row(row, shape, UNICODE) for row in ladder_rows(view, frame)]
    lines.append(titles(shape, outcome, UNICODE))
    lines.append(headline(view, frame, width, UNICODE, centring="edge", mono_ns=sample.MONO_NS))
    assert {span_width(line) for line in lines} == {width}


@settings(max_examples=60, deadline=None)
@given(books(), st.sampled_from(list(Outcome)))
def test_the_whole_axis_reads_back_as_the_book(view: LadderView, outcome: Outcome) -> None:
    axis = make_axis(view.market.grid, outcome)
    frame = Frame(axis, 0, len(axis), outcome, None)
    shape = geometry_of(69, axis.decimals)
    found: dict[str, dict[int, int]] = {"left": {}, "right": {}}
    for row in ladder_rows(view, frame):
        if isinstance(row, DividerRow):
            continue
        cells = text_of(paint_row(row, shape, ASCII)).split("|")
        whole, _, rest = cells[2].strip("<> ^v").partition(".")
        price = int(whole) * 100 + int(rest.ljust(2, "0"))
        price = price if outcome is Outcome.YES else 10_000 - price
        for name, text in (("left", cells[1]), ("right", cells[4])):
            size = text.strip(" ?").replace(",", "")
            if size and not size.endswith(("k", "M")):
                found[name][price] = parse_count(size)
    left, right = (view.bids, view.asks) if outcome is Outcome.YES else (view.asks, view.bids)
    for name, side in (("left", left), ("right", right)):
        expected = {price: size for price, size in side if size <= 9_999_999}
        assert found[name].items() >= expected.items()
        assert len(found[name]) >= len(expected)


def test_geometry_gives_up_the_other_price_then_own_orders_and_never_the_book() -> None:
    assert geometry_of(51, 0)[:4] == (11, 9, 7, 0)
    assert geometry_of(57, 0)[:4] == (11, 9, 7, 5)
    assert geometry_of(69, 0)[:4] == (16, 10, 7, 5)
    assert geometry_of(30, 0).own == 0
    assert geometry_of(20, 0).size == 5


def test_rows_of_an_unchanged_price_are_equal_so_that_they_are_not_painted_again() -> None:
    view = sample.ladder()
    frame = frame_of(view, 4200, 9)
    asks = [level if level.price != 3900 else Level(level.price, Count(1)) for level in view.asks]
    changed = ladder_rows(sample.ladder(asks=asks), frame)
    different = [a for a, b in zip(ladder_rows(view, frame), changed, strict=True) if a != b]
    assert [row.price for row in different if isinstance(row, PriceRow)] == [3900]


def test_a_notice_is_centred_in_its_window() -> None:
    lines = [text_of(line) for line in notice([("SYNCING", "warning")], 11, 5)]
    assert lines == [" " * 11, " " * 11, "  SYNCING  ", " " * 11, " " * 11]
