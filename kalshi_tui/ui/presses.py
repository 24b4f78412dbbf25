"""The keys of one trade screen as they come: when each was pressed, and whether to believe it.

Owns the moment of the last key; the rules are `core.keyboard`'s. Knows no time of its own.
"""

from kalshi_tui.core.keyboard import Keyboard, Verdict


class Presses:
    """Remembers the last keys."""

    def __init__(self) -> None:
        self._keyboard = Keyboard()
        self._pressed_ns = self._handled_ns = 0

    def note(self, key: str, pressed_ns: int, handled_ns: int, *, sends: bool) -> str:
        """Take note of a key, and return a warning about it or an empty string.

        `pressed_ns` is when the terminal delivered it and `handled_ns` the present, both on the
        screen's own clock. One that `sends` at once is judged when it does.
        """
        self._pressed_ns, self._handled_ns = pressed_ns, handled_ns
        was_caps = self._keyboard.is_caps_lock
        if not sends:
            self._keyboard.other(key, pressed_ns)
        if self._keyboard.is_caps_lock and not was_caps:
            return "CAPS? Three capitals in a row: capitals trade at the touch."
        return ""

    def judge(self, key: str) -> Verdict:
        """Judge the key that was noted last: it would send an order at once."""
        return self._keyboard.opening(key, self._pressed_ns, self._handled_ns)
