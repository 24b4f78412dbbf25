"""How much the keyboard may do: VIEW, CONFIRM, ONE-KEY, and what takes it back.

Owns the rules of arming as one small machine; every time is an argument. Production begins in VIEW
and needs its word; ONE-KEY is reached from CONFIRM alone, and falls back by itself. Nothing here
ever raises a mode without `ask`. What keys in themselves betray is `core.keyboard`.
Source: ladder-ux §4.6; design §5b (the word for production is PROD).
"""

from dataclasses import dataclass
from enum import Enum

from kalshi_tui.core.environments import Mode

IDLE_NS = 5 * 60 * 1_000_000_000
"""ONE-KEY falls back after so long without a command."""

_RANK = {Mode.VIEW: 0, Mode.CONFIRM: 1, Mode.ONE_KEY: 2}


class Fall(Enum):
    """What takes a mode back. Values say why, as the end of a sentence."""

    IDLE = "5 minutes without a command"
    SWITCHED = "another market is on the ladder"
    STALE = "the book is not LIVE"
    RECONNECT = "the connection was lost"
    SLEPT = "this computer was asleep"
    REJECTED = "an order was refused"
    BURST = "keys came faster than a hand presses them"
    KILLED = "KILL"
    DAY_STOP = "the day's loss has reached its limit"
    ACCOUNT = "another account"


_TO_VIEW = frozenset({Fall.KILLED, Fall.DAY_STOP, Fall.ACCOUNT})


@dataclass(frozen=True, slots=True)
class Armed:
    """What an attempt to change the mode came to."""

    mode: Mode
    refusal: str = ""
    """One sentence with the cure where the mode stays, or empty."""


class Arming:
    """The mode of one session. Begins at `start`; `word` has to be typed to leave VIEW."""

    def __init__(self, start: Mode, word: str = "") -> None:
        self.mode = start if not word else Mode.VIEW
        self.word = word
        self._start = self.mode
        self._acted_ns = 0

    def ask(self, wanted: Mode, word: str, now_ns: int) -> Armed:
        """Change the mode as the user asks. Downwards always; upwards one level at a time."""
        if _RANK[wanted] > _RANK[self.mode]:
            refusal = self._refusal(wanted, word)
            if refusal:
                return Armed(self.mode, refusal)
        self.mode = wanted
        self._acted_ns = now_ns
        return Armed(wanted)

    def _refusal(self, wanted: Mode, word: str) -> str:
        if self.mode is Mode.VIEW and wanted is Mode.ONE_KEY:
            return "ONE-KEY is armed from CONFIRM: press A once more there."
        if self.mode is Mode.VIEW and self.word and word.strip() != self.word:
            return f"Type {self.word} to arm the keyboard: orders are real money here."
        return ""

    def acted(self, now_ns: int) -> None:
        """Note a command of the user: it is not idle."""
        self._acted_ns = now_ns

    def idle(self, now_ns: int) -> bool:
        """True once ONE-KEY has gone without a command for too long."""
        return self.mode is Mode.ONE_KEY and now_ns - self._acted_ns >= IDLE_NS

    def idle_left_ns(self, now_ns: int) -> int | None:
        """Return how long ONE-KEY still holds without a command; None in other modes."""
        if self.mode is not Mode.ONE_KEY:
            return None
        return max(IDLE_NS - (now_ns - self._acted_ns), 0)

    def fall(self, why: Fall) -> bool:
        """Take the mode back where `why` demands it. Returns True where it changed."""
        lowest = Mode.VIEW if why in _TO_VIEW else Mode.CONFIRM
        if why is Fall.SLEPT:
            # Production is armed by its word each time; asleep, somebody else may have sat down.
            lowest = min(lowest, self._start, key=_RANK.__getitem__)
        if _RANK[self.mode] <= _RANK[lowest]:
            return False
        self.mode = lowest
        return True
