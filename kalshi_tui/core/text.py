"""Untrusted text made safe to show, once, where it enters.

Owns what a title, a rule or an error text may contain on a screen. Terminals act on control and
format characters, and fake words hide in bidirectional and zero-width ones, so all of them become
U+FFFD here and nowhere else. Knows no markup: the result is literal text.
"""

import re
import unicodedata

TEXT_LIMIT = 2_000
"""Most characters kept of any text."""

TITLE_LIMIT = 200
"""Most characters kept of a title or of an error text."""

REPLACEMENT = "\ufffd"
_ELLIPSIS = "\u2026"
_MARKS_PER_BASE = 4
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,63}", re.ASCII)

# Cn is unassigned and Co private: no one can say how wide they are. Cs is a lone surrogate.
_BAD_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
# Letters and marks by category, but drawn as nothing: Hangul fillers, variation selectors.
_INVISIBLE = frozenset((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)).union(
    range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)
)


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return `text` in at most `limit` characters that a terminal only draws.

    White space of every kind becomes single spaces, controls, format characters, surrogates and
    invisible letters become U+FFFD, and of a pile of combining marks the first four are kept.
    """
    # A hostile megabyte is cut before it costs anything.
    raw = text[: 8 * limit]
    if raw.isascii() and raw.isprintable():
        plain = raw if "  " not in raw else " ".join(raw.split())
        return _cut(plain.strip(), limit, truncated=len(text) > len(raw))
    normal = unicodedata.normalize("NFC", " ".join(raw.split()))
    return _cut(_replace(normal), limit, truncated=len(text) > len(raw))


def clean_title(text: str) -> str:
    """Return `clean(text)` in at most 200 characters."""
    return clean(text, TITLE_LIMIT)


def is_ticker(text: str) -> bool:
    """True where `text` can only be read as one ticker: ASCII capitals, digits, `.`, `_`, `-`."""
    return _TICKER.fullmatch(text) is not None


def _replace(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in _BAD_CATEGORIES or ord(char) in _INVISIBLE:
            marks = 0
            kept.append(REPLACEMENT)
        elif category[0] == "M":
            marks += 1
            if marks <= _MARKS_PER_BASE:
                kept.append(char)
        else:
            marks = 0
            kept.append(char)
    return "".join(kept)


def _cut(text: str, limit: int, *, truncated: bool) -> str:
    if len(text) <= limit and not truncated:
        return text
    end = min(limit - 1, len(text))
    # Never between a letter and its marks.
    while 0 < end < len(text) and unicodedata.category(text[end])[0] == "M":
        end -= 1
    return text[:end].rstrip() + _ELLIPSIS
