"""A pasted key ends by itself, whatever the terminal makes of the line ends."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.auth import is_same_key, load_private_key, unsealed
from kalshi_tui.session.keys import KeyUnusableError
from kalshi_tui.session.paste import MOST_BYTES, read_key

KEY = Ed25519PrivateKey.generate()
PEM = unsealed(KEY)


def pieces(*texts: bytes) -> Iterator[bytes]:
    yield from texts


@given(st.lists(st.integers(0, len(PEM)), max_size=6), st.sampled_from([b"\n", b"\r", b" "]))
def test_a_key_is_whole_however_it_arrives(cuts: list[int], line_end: bytes) -> None:
    text = PEM.strip().replace(b"\n", line_end)
    edges = [0, *sorted(cuts), len(text)]
    parts = [text[a:b] for a, b in pairwise(edges) if a < b]
    found = read_key(pieces(*parts, b"the rest").__next__)
    assert is_same_key(load_private_key(found), KEY)


def test_bracketed_paste_marks_are_dropped() -> None:
    found = read_key(pieces(b"\x1b[200~" + PEM.replace(b"\n", b"\r") + b"\x1b[201~").__next__)
    assert b"\x1b" not in found


@pytest.mark.parametrize("end", [b"", b"\x03", b"\x04"])
def test_giving_up_is_one_sentence_without_the_text(end: bytes) -> None:
    with pytest.raises(KeyUnusableError, match="ended before") as caught:
        read_key(pieces(PEM[:60], end).__next__)
    assert PEM[28:40].decode() not in str(caught.value)


def test_a_flood_is_given_up() -> None:
    with pytest.raises(KeyUnusableError):
        read_key(lambda: b"x" * (MOST_BYTES // 2))
