"""Whether a key can have been pressed at what the screen shows.

A terminal that stops reading (a dead line, a suspended window) freezes the picture, and keys typed
meanwhile are read when it goes on: aimed at prices of then, sent at prices of now. Such keys open
nothing. Owns that judgement and the count of what was dropped; reads no clock and knows no widget.
"""

from kalshi_tui.ui.actions import ACTIONS, Risk

LATE_S = 0.5
"""A message that waited this long: the screen stood still meanwhile."""
SETTLE_S = 0.25
"""After it stood still, the time until what is typed is aimed at the new picture."""

_OPENING = {action.id for action in ACTIONS if action.risk in (Risk.OPEN, Risk.TAKE)}
_OPENING |= {"order.send", "size.type", "arm.up"}
"""Actions that open risk, or are part of a sequence of keys that does."""


class Sight:
    """Every moment is of one clock that never runs backwards, in seconds."""

    def __init__(self) -> None:
        self._blind_until = float("-inf")
        self._full_since: float | None = None
        self._dropped = 0

    def handle(self, made: float, now: float, *, is_taken: bool) -> None:
        """A message made at `made` is handled; `is_taken`: the terminal takes output."""
        if now - made >= LATE_S or (is_taken and self._is_full(now)):
            self._blind_until = now + SETTLE_S
        if is_taken:
            self._full_since = None
        elif self._full_since is None:
            self._full_since = now

    def is_blind(self, made: float, now: float) -> bool:
        """Return whether a key made at `made` was typed at a picture of the past."""
        return made < self._blind_until or self._is_full(now)

    def drops(self, action: str, key: str) -> bool:
        """Return whether a key that was typed blind is to be dropped, and count it if so.

        `action` is what the key is bound to where the focus is, or empty. Enter agrees to
        something wherever it is pressed.
        """
        is_dropped = action in _OPENING or key == "enter"
        self._dropped += is_dropped
        return is_dropped

    def take_words(self) -> str:
        """Return one sentence about keys that were dropped since the last call, or empty."""
        count, self._dropped = self._dropped, 0
        if not count:
            return ""
        what = "A key was" if count == 1 else f"{count} keys were"
        return f"{what} typed while the screen stood still and dropped: look, then press again."

    def _is_full(self, now: float) -> bool:
        return self._full_since is not None and now - self._full_since >= LATE_S
