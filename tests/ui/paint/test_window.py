"""The window over the axis: what is shown, kept in sight and centred."""

from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.ui.paint.window import EDGE_ROWS, at_edge, centred, clamp, keeping

lengths = st.integers(1, 300)
heights = st.integers(1, 60)


@given(st.integers(-100, 400), heights, lengths)
def test_a_window_never_leaves_the_axis(top: int, height: int, length: int) -> None:
    first = clamp(top, height, length)
    assert 0 <= first <= max(length - height, 0)


@given(st.data(), heights, lengths)
def test_the_kept_row_is_in_sight_and_the_window_moves_no_further_than_it_must(
    data: st.DataObject, height: int, length: int
) -> None:
    row = data.draw(st.integers(0, length - 1))
    top = data.draw(st.integers(0, max(length - height, 0)))
    kept = keeping(row, top, height, length)
    assert kept <= row < kept + height
    if top <= row < top + height:
        assert kept == top


@given(st.data(), st.integers(2 * EDGE_ROWS + 2, 60), lengths)
def test_after_centring_the_touch_is_at_no_edge(
    data: st.DataObject, height: int, length: int
) -> None:
    upper = data.draw(st.integers(0, length - 1))
    lower = data.draw(st.integers(upper, length - 1))
    top = centred((upper, lower), height, length)
    assert not at_edge((upper, lower), top, height, length)


def test_the_touch_two_rows_from_the_edge_asks_for_centring_and_three_rows_do_not() -> None:
    assert at_edge((51, 52), 50, 20, 200)
    assert not at_edge((52, 53), 50, 20, 200)
    assert at_edge((60, 68), 50, 20, 200)
    assert not at_edge((60, 67), 50, 20, 200)


def test_a_spread_wider_than_the_window_counts_with_its_middle() -> None:
    assert not at_edge((10, 110), 50, 20, 200)
    assert at_edge((60, 160), 50, 20, 200)
