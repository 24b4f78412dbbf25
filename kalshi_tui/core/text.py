"""Untrusted text made safe to show, once, where it enters.

Owns what a title, a rule or an error text may contain on a screen. Terminals act on control and
format characters, fake words hide in bidirectional and zero-width ones, and columns slip where
terminals do not agree how wide a character is, so all of them become U+FFFD here and nowhere else.
Knows no markup: the result is literal text. What is kept is as wide as the sum of its characters.
"""

import re
import unicodedata
from typing import NewType

SafeText = NewType("SafeText", str)
"""Text of somebody else's that has come through this module: a terminal only draws it. Made by the
functions below and nowhere else (a test looks), so that a field of this type cannot hold more."""

NO_TEXT = SafeText("")

TEXT_LIMIT = 2_000
"""Most characters kept of any text."""

TITLE_LIMIT = 200
"""Most characters kept of a title or of an error text."""

REPLACEMENT = "\ufffd"
_ELLIPSIS = "\u2026"
_MARKS_PER_BASE = 4
_IDENTITY = re.compile(r"[!-~]{1,128}", re.ASCII)
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,63}", re.ASCII)

# Cn is unassigned and Co private: no one can say how wide they are. Cs is a lone surrogate. Mc are
# marks with a place of their own (vowel signs of Indic scripts): no cell here, one in tmux.
_BAD_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mc"})
# Letters and marks by category, but drawn as nothing: Hangul fillers, variation selectors.
_INVISIBLE = frozenset((0x034F, 0x115F, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)).union(
    range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)
)
# Flags and skin tones: one cell here, two or four there. Vowels and finals of Hangul that NFC left
# alone: no cell, and nothing before them to be drawn on.
_UNSTEADY = frozenset(range(0x1F1E6, 0x1F200)).union(
    range(0x1F3FB, 0x1F400), range(0x1160, 0x1200), range(0xD7B0, 0xD800)
)
_REPLACED = _INVISIBLE | _UNSTEADY
_LOOKALIKES = ("LATIN ", "CYRILLIC ", "GREEK ", "ARMENIAN ", "CHEROKEE ")
MIXED = "[mixed alphabets] "
"""Stands before a title in which one word is spelled from two alphabets that look alike."""


def clean(text: str, limit: int = TEXT_LIMIT) -> SafeText:
    """Return `text` in at most `limit` characters that a terminal only draws.

    White space of every kind becomes single spaces; controls, format characters, surrogates,
    invisible letters and marks with nothing to stand on become U+FFFD; of a pile of combining marks
    the first four are kept.
    """
    # A hostile megabyte is cut before it costs anything.
    raw = text[: 8 * limit]
    if raw.isascii() and raw.isprintable():
        plain = raw if "  " not in raw else " ".join(raw.split())
        return _cut(plain.strip(), limit, truncated=len(text) > len(raw))
    normal = unicodedata.normalize("NFC", " ".join(raw.split()))
    return _cut(_replace(normal), limit, truncated=len(text) > len(raw))


def clean_typed(text: str) -> SafeText:
    """Return what may be typed of `text`: blanks stay, what `clean` would replace is left out."""
    spaced = "".join(" " if char.isspace() else char for char in text[:TEXT_LIMIT])
    kept = _replace(unicodedata.normalize("NFC", spaced)).replace(REPLACEMENT, "")
    return SafeText(kept)


def clean_title(text: str) -> SafeText:
    """Return `clean(text)` in at most 200 characters."""
    return clean(text, TITLE_LIMIT)


def clean_heading(text: str) -> SafeText:
    """Return `clean_title(text)`, marked where a word is spelled from two alphabets.

    A Cyrillic letter in a Latin word is how one market is made to look like another.
    """
    title = clean_title(text)
    if title.isascii() or title.startswith(MIXED):
        return title
    return clean_title(MIXED + title) if any(map(_is_mixed, title.split())) else title


def is_safe(text: str) -> bool:
    """True where `text` is as `clean` would leave it, at any length."""
    return clean(text, max(len(text), 1)) == text


def is_ticker(text: str) -> bool:
    """True where `text` can only be read as one ticker: ASCII capitals, digits, `.`, `_`, `-`."""
    return _TICKER.fullmatch(text) is not None


def is_identity(text: str) -> bool:
    """True where `text` can stand in a path and a line: 1 to 128 ASCII characters, no blanks."""
    return _IDENTITY.fullmatch(text) is not None


def _is_mixed(word: str) -> bool:
    names = (unicodedata.name(char, "") for char in word if char.isalpha())
    found = {each for name in names for each in _LOOKALIKES if name.startswith(each)}
    return len(found) > 1


def _replace(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in _BAD_CATEGORIES or ord(char) in _REPLACED:
            marks = 0
            kept.append(REPLACEMENT)
        elif category[0] == "M":
            marks += 1
            if not kept:
                # It would be drawn on whatever stands before this text.
                kept.append(REPLACEMENT)
            elif marks <= _MARKS_PER_BASE:
                kept.append(char)
        else:
            marks = 0
            kept.append(char)
    return "".join(kept)


def _cut(text: str, limit: int, *, truncated: bool) -> SafeText:
    if len(text) <= limit and not truncated:
        return SafeText(text)
    end = min(limit - 1, len(text))
    # Never between a letter and its marks.
    while 0 < end < len(text) and unicodedata.category(text[end])[0] == "M":
        end -= 1
    return SafeText(text[:end].rstrip() + _ELLIPSIS)
