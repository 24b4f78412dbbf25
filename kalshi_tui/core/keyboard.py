"""What keys in themselves betray: held keys, stale keys, bursts, Caps Lock.

Owns the rules for keys that open risk where one key sends at once; every time is an argument. Keys
that reduce risk are never held back here. A bracketed paste is no key at all: the screen drops it,
and a paste that arrives as keys is a burst.
Source: ladder-ux §4.6 (guards; strict is the default for a held key).
"""

from enum import Enum

MILLI = 1_000_000
REPEAT_NS = 2_000 * MILLI
"""The same opening key again within this needs any other key between."""
STALE_NS = 250 * MILLI
"""An opening key that is handled later than this after it was pressed is dropped."""
BURST_NS = 250 * MILLI
BURST_KEYS = 4
"""So many opening keys within `BURST_NS` are no hand's."""
ANSWER_NS = 200 * MILLI
"""A question is answered by a key pressed so long after it was shown: nobody reads it sooner."""
CAPITALS = frozenset("JKONVWZ")
"""Capitals whose lower case is ordinary: three capitals in a row with one of these betray it."""


class Verdict(Enum):
    """What becomes of an opening key."""

    GOOD = "good"
    HELD = "held"
    STALE = "stale"
    QUICK = "quick"
    """Within a burst's span of another opening key: nothing after the first is sent."""
    BURST = "burst"
    """The burst is proven: nothing is sent, and the keyboard falls back to CONFIRM."""


WORDS = {
    Verdict.HELD: "Same order again? Press space, then the key.",
    Verdict.STALE: "The key was late: nothing was sent. Press it again.",
    Verdict.QUICK: "Two order keys at once: only the first counts.",
    Verdict.BURST: "Keys faster than a hand: only the first counts, the keyboard is in CONFIRM.",
}
"""What the screen says of a key that was held back."""


def answers(pressed_ns: int, shown_ns: int) -> bool:
    """Tell whether a key may confirm a question shown at `shown_ns` (FK16).

    One that was pressed before, or while the question came up, was meant for something else.
    """
    return pressed_ns - shown_ns >= ANSWER_NS


class Keyboard:
    """Remembers the last keys of one screen."""

    def __init__(self) -> None:
        self._last = ""
        self._last_ns = 0
        self._openings: list[int] = []
        self._capitals = ""

    def opening(self, key: str, pressed_ns: int, now_ns: int) -> Verdict:
        """Judge a key that would send an opening order at once.

        `pressed_ns` is when the terminal delivered it, `now_ns` when it is handled.
        """
        again = key == self._last and pressed_ns - self._last_ns < REPEAT_NS
        self.other(key, pressed_ns)
        recent = [each for each in self._openings if pressed_ns - each < BURST_NS]
        self._openings = [*recent, pressed_ns][-BURST_KEYS:]
        if len(self._openings) >= BURST_KEYS:
            return Verdict.BURST
        if now_ns - pressed_ns > STALE_NS:
            return Verdict.STALE
        if again:
            return Verdict.HELD
        return Verdict.QUICK if recent else Verdict.GOOD

    def other(self, key: str, pressed_ns: int) -> None:
        """Take note of any other key: it stands between two equal ones."""
        self._last, self._last_ns = key, pressed_ns
        is_capital = len(key) == 1 and key.isascii() and key.isupper()
        self._capitals = (self._capitals + key)[-3:] if is_capital else ""

    @property
    def is_caps_lock(self) -> bool:
        """True when the last three keys look like Caps Lock."""
        return len(self._capitals) == 3 and not CAPITALS.isdisjoint(self._capitals)
