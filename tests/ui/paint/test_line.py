"""Fitting pieces to a width: always exact, the least important goes first."""

from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.ui.paint.line import Piece, exact, fit, merged, pack, shorten, span_width

pieces = st.lists(
    st.builds(
        Piece,
        text=st.text(max_size=20),
        part=st.sampled_from(["text", "bid"]),
        rank=st.integers(0, 4),
        floor=st.integers(0, 8),
        gap=st.integers(0, 2),
    ),
    max_size=6,
)


def text_of(line: tuple[tuple[str, str], ...]) -> str:
    return "".join(text for text, _ in line)


@given(pieces, pieces, st.integers(0, 120))
def test_a_packed_line_is_exactly_as_wide_as_asked(
    left: list[Piece], right: list[Piece], width: int
) -> None:
    assert span_width(pack(left, right, width, ellipsis="~")) == width


@given(st.text(max_size=30), st.integers(0, 40))
def test_a_fitted_text_takes_exactly_its_cells_wide_characters_included(
    text: str, width: int
) -> None:
    assert span_width([(fit(text, width), "text")]) == width
    assert span_width([(shorten(text, width, "~"), "text")]) <= width


def test_the_highest_rank_is_dropped_first_and_rank_zero_stays() -> None:
    left = [Piece("STALE", rank=0), Piece("reason", rank=2), Piece("title", rank=3)]
    assert text_of(pack(left, [Piece("12:00", rank=1)], 20, ellipsis="~")) == "STALE  reason  12:00"
    assert text_of(pack(left, [Piece("12:00", rank=1)], 16, ellipsis="~")) == "STALE      12:00"
    assert text_of(pack(left, [Piece("12:00", rank=1)], 8, ellipsis="~")) == "STALE   "


def test_a_piece_with_a_floor_is_cut_before_another_is_dropped() -> None:
    left = [Piece("A"), Piece("a long reason", rank=1, floor=6)]
    assert text_of(pack(left, [Piece("end", rank=2)], 15, ellipsis="~")) == "A  a long~  end"
    assert text_of(pack(left, [Piece("end", rank=2)], 10, ellipsis="~")) == "A  a long~"


def test_neighbours_of_one_part_become_one_span() -> None:
    spans = [("a", "x"), ("", "y"), ("b", "x"), ("c", "y")]
    assert merged(spans) == (("ab", "x"), ("c", "y"))


def test_a_line_too_long_is_cut_and_one_too_short_is_padded() -> None:
    assert exact([("abc", "x"), ("def", "y")], 4) == (("abc", "x"), ("d", "y"))
    assert exact([("ab", "x")], 4, "r") == (("ab", "x"), ("  ", "r"))
