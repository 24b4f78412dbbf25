"""Texts that somebody might put into a title to drive a terminal, a layout or a reader.

The rows of the catalogue by name, and as many seeded mixtures of them as are wanted.
"""

import random
import unicodedata

BY_FAULT: dict[str, tuple[str, ...]] = {
    "FJ01": (
        "\x1b]52;c;cm0gLXJm\x07paste", "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
        "\x1b[2J\x1b[Hgone", "\x1bP+q544e\x1b\\dcs", "\x1b]0;new title\x07", "\x1b[?1003h mouse",
        "\x9b31mred", "\x9d52;c;YQ==\x9c", "\x90dcs\x9c", "a\x7f\x08\x08b", "\x00\x01\x02\x1f",
        "\x1b[?1049l", "\x1bc", "\x1b[6n", "\x1b[>c", "\x1b_Gi=1;AAAA\x1b\\", "\x0e\x0f", "\x1b[5i",
    ),
    "FJ02": tuple(f"YES{mark}ON{mark}" for mark in
        "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
    "FJ03": (
        "a\u200bb\u200cc\u2060d\ufeffe", "\U000e0041\U000e0042\U000e007f", "V\ufe0fS\ufe0e\u180b",
        "\u3164\u115f\uffa0 empty", "co\u00adop", "\u2061\u2062\u2063\u206a\ufff9\ufffb", "\u034f",
    ),
    "FJ04": ("q" + "\u0323" * 200, "\u0301" * 200, "Z" + "\u0489\u20dd\u0f7e" * 66),
    "FJ05": ("a\ud800b", "\udc1b[31m", "\udfff\ud83d"),
    "FJ06": (
        "[red]x", "[/", "[$primary]x", "[@click=app.quit]quit[/]", "[link=file:///etc/passwd]y[/]",
        "\\[", "100% [YES] or [NO]", "[/b][b]", "[on red", "[[[[", "]]", "$primary", ":smile:",
        "[@click=screen.dismiss]Esc[/]", "[bold", "[not a tag]",
    ),
    "FJ07": (
        "東京で雪が降る", "👨‍👩‍👧‍👦 family", "🇺🇸🇨🇦 flags", "👍🏽 tone", "±×°…─■ wide?", "각각 한글",
        "ᅡᅡᅡ",
        "ﷺ﷽", "नमस्ते दुनिया", "ก็ำ ไทย", "❤️ ✈️", "🀄🃏", "ｆｕｌｌ ﾊﾝｶｸ", "𒐫𒈙꧅", "e\u0301e\u0301",
    ),
    "FJ08": ("KXВTC or KXBTC", "Will Тrump win", "ΑPPLE above 200", "pаypal"),
    "FJ09": ("word " * 2_000, "東" * 10_000, "q\u0323" * 5_000),
    "FJ10": ("a\nb\tc\r\nd\x0be\x0cf\x85g\u2028h\u2029i", "\r\rover", "\n" * 50 + "down"),
    "FJ11": ("[CONFIRMED] FILLED 100", "PROD ARMED  SENT", "Enter=send  KILL", "! ERROR now"),
}  # fmt: skip
"""Bad inputs by the id of their row."""

_ALPHABET = (
    *(chr(code) for code in (*range(32), *range(0x7F, 0xA0))),
    *"\u200b\u200d\u202e\u2066\u2069\ufeff\u00ad\ufe0f\u3164\ud800\udfff\u0301\u0323\u20dd",
    *"[]()\\$@:;?&=<>\"'`~", *"abcXYZ012 ", *"東한🎉🇺🏽√Жñ", "\x1b[", "\x1b]", "[/", "[$",
)  # fmt: skip


def is_only_drawn(text: str) -> bool:
    """True where no character of `text` is one that a terminal acts on. Knows no sanitiser."""
    bad = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return not any(unicodedata.category(char) in bad for char in text)


def strings(count: int, seed: int = 1) -> tuple[str, ...]:
    """Return `count` different texts: every one of the rows, then mixtures. The same each time."""
    named = [text for texts in BY_FAULT.values() for text in texts]
    chance = random.Random(seed)
    found = dict.fromkeys(named)
    while len(found) < count:
        parts = [
            chance.choice(named)[:40] if chance.random() < 0.4 else chance.choice(_ALPHABET)
            for _ in range(chance.randint(1, 12))
        ]
        found["".join(parts)] = None
    return tuple(found)[:count]
