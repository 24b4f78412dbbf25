"""Untrusted text: what a terminal would act on never comes through."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from wcwidth import wcwidth

from kalshi_tui.core.text import (
    MIXED,
    REPLACEMENT,
    TITLE_LIMIT,
    clean,
    clean_heading,
    clean_title,
    is_identity,
    is_safe,
    is_ticker,
)
from tests.support.hostile import BY_FAULT, strings

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


@pytest.mark.parametrize("fault", BY_FAULT)
def test_FJ01_to_FJ11_every_bad_input_comes_out_safe(fault: str) -> None:
    for text in BY_FAULT[fault]:
        assert is_safe(clean(text))
        assert is_safe(clean_heading(text))
        assert len(clean_heading(text)) <= TITLE_LIMIT


def test_FJ07_every_character_that_is_kept_is_as_wide_for_us_as_for_a_terminal() -> None:
    kept = [char for char in map(chr, range(32, sys.maxunicode + 1)) if clean(char) == char]
    assert len(kept) > 100_000
    assert [char for char in kept if cell_len(char) != wcwidth(char)] == []


@given(ANYTHING)
def test_FJ07_a_text_is_as_wide_as_its_characters(text: str) -> None:
    cleaned = clean(text)
    assert cell_len(cleaned) == sum(wcwidth(char) for char in cleaned)


def test_FJ07_ten_thousand_texts_keep_their_columns() -> None:
    for text in strings(10_000, seed=7):
        cleaned = clean_title(text)
        assert cell_len(cleaned) == sum(wcwidth(char) for char in cleaned)


def test_FJ07_flags_and_skin_tones_are_replaced_because_terminals_disagree() -> None:
    assert clean("🇺🇸") == REPLACEMENT * 2
    assert clean("👍🏽") == f"👍{REPLACEMENT}"
    assert clean("👨\u200d👩") == f"👨{REPLACEMENT}👩"


def test_FJ07_marks_with_a_place_of_their_own_are_replaced_because_terminals_disagree() -> None:
    # Measured: tmux 3.3a gives each of them a cell, the tables of Rich and wcwidth none.
    assert clean("\u0926\u0941\u0928\u093f") == f"\u0926\u0941\u0928{REPLACEMENT}"


def test_FJ04_a_mark_with_nothing_to_stand_on_does_not_reach_what_is_before_it() -> None:
    assert clean("\u0301abc") == f"{REPLACEMENT}abc"
    assert clean("\u1161") == REPLACEMENT


def test_FJ08_a_word_of_two_alphabets_is_flagged_and_a_title_of_two_languages_is_not() -> None:
    assert clean_heading("KXВTC") == f"{MIXED}KXВTC"
    assert clean_heading(f"{MIXED}KXВTC") == f"{MIXED}KXВTC"
    for text in ("Bitcoin above $100k", "Москва or Paris", "café", "東京 2026", "Δ 5%"):
        assert clean_heading(text) == text


def test_FJ11_an_identity_has_no_blanks() -> None:
    assert is_identity("0197fa9e-1f5b-7f0a")
    for text in ("", "FILLED 100", "a\n", "é", "a" * 129, "\x1b"):
        assert not is_identity(text)
