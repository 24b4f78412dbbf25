"""Untrusted text: what a terminal would act on never comes through."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.text import (
    REPLACEMENT,
    TITLE_LIMIT,
    clean,
    clean_title,
    is_ticker,
)

ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=400)


@given(ANYTHING)
def test_FJ01_FJ02_FJ03_nothing_a_terminal_acts_on_is_left(text: str) -> None:
    for char in clean(text):
        category = unicodedata.category(char)
        assert category not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(ANYTHING)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=200))
def test_FJ06_plain_text_and_markup_stay_literal(text: str) -> None:
    assert clean_title(text) == text


def test_FJ01_escape_sequences_lose_their_escape() -> None:
    assert clean("\x1b]52;c;aGk=\x07hi") == f"{REPLACEMENT}]52;c;aGk={REPLACEMENT}hi"
    assert clean("a\x9b2Jb") == f"a{REPLACEMENT}2Jb"
    assert clean("x\x7fy\x00z") == f"x{REPLACEMENT}y{REPLACEMENT}z"


def test_FJ02_FJ03_direction_and_invisible_characters_are_replaced() -> None:
    for char in "\u202e\u2066\u200b\u200d\u00ad\ufe0f\u3164\u115f\U000e0041\U000e0100":
        assert clean(f"a{char}b") == f"a{REPLACEMENT}b"


def test_FJ04_a_pile_of_combining_marks_keeps_four() -> None:
    cleaned = clean("q" + "\u0323" * 200)
    assert cleaned == "q" + "\u0323" * 4


def test_FJ05_lone_surrogates_can_be_encoded_afterwards() -> None:
    assert clean("a\ud800b").encode() == f"a{REPLACEMENT}b".encode()


def test_FJ10_white_space_of_every_kind_is_one_space() -> None:
    assert clean(" a\n\tb\u2028\u00a0c  d ") == "a b c d"


def test_FJ09_a_long_title_is_cut_and_says_so() -> None:
    cut = clean_title("word " * 5_000)
    assert len(cut) <= TITLE_LIMIT
    assert cut.endswith("…")


def test_FJ09_the_cut_falls_before_a_letter_not_before_its_mark() -> None:
    cut = clean("a" * 8 + "q\u0323\u0307" + "tail", 10)
    assert cut == "a" * 8 + "…"


def test_a_text_of_exactly_the_limit_is_whole() -> None:
    assert clean("a" * 10, 10) == "a" * 10
    assert clean("a" * 11, 10) == "a" * 9 + "…"


def test_FG11_a_megabyte_is_cut_before_it_is_read() -> None:
    assert len(clean("\u0301" * 1_000_000)) <= 2_000


def test_letters_are_composed_so_that_equal_names_look_equal() -> None:
    assert clean("Cafe\u0301") == "Café"


def test_FJ08_a_ticker_is_ascii_capitals_only() -> None:
    assert is_ticker("KXMLBGAME-26AUG071840TORPHI-TOR")
    assert is_ticker("KXBTC-26.5_B")
    for text in ("", "KX\u041a", "kx-1", "KX 1", "-KX", "KX\n", "K" * 65, "KX\u202e"):
        assert not is_ticker(text)
