"""Keeps a running exchange's state on the disk: every command before anyone is told of it.

What "acknowledged" covers: whatever an answer or a private frame has told a customer was written
and synced before that answer or frame was made, because `keep` is called between the command and
the telling. One commit holds all that one command changed, or all that the crowd and the calendar
did to customers in one turn of the loop. Where the hidden prices stand is written every few
seconds, so that they go on near where they were.

Owns when the journal is written; what stands in it is `state`'s business. A journal that cannot be
written ends the exchange: going on would acknowledge what may be lost.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kalshi_tui.practice.exchange import Exchange
from kalshi_tui.practice.files import FileError
from kalshi_tui.practice.happenings import Happening
from kalshi_tui.practice.journal import LEAST_BYTES, Journal
from kalshi_tui.practice.latent import LatentMark
from kalshi_tui.practice.listings import Catalogue
from kalshi_tui.practice.state import State

MARKS_NS = 10_000_000_000
"""How often it is written where the hidden prices stand."""


def _no_marks() -> Mapping[str, LatentMark]:
    return {}


class Keeper:
    """Writes one exchange's state into one folder."""

    def __init__(
        self,
        directory: Path,
        exchange: Exchange,
        catalogue: Catalogue,
        now_ns: int,
        marks: Callable[[], Mapping[str, LatentMark]] = _no_marks,
        on_failure: Callable[[FileError], None] = lambda _: None,
        least_bytes: int = LEAST_BYTES,
    ) -> None:
        """Write everything as it is now. Raises `FileError`.

        `on_failure` is told when the journal cannot be written later: then nothing may be
        acknowledged any more.
        """
        self._state = State(exchange, catalogue)
        self._marks = marks
        self._marked_ns = now_ns
        self._on_failure = on_failure
        self._journal = Journal(directory, self._state.everything(now_ns, marks()), least_bytes)

    def keep(self, happenings: Sequence[Happening], now_ns: int) -> None:
        """Write what these changed. Raises `FileError`: then nobody may be told."""
        puts = self._state.changes(happenings)
        if now_ns - self._marked_ns >= MARKS_NS:
            self._marked_ns = now_ns
            puts += self._state.marks(self._marks())
        if not puts:
            return
        try:
            self._journal.append([*puts, self._state.clock(now_ns)])
            if self._journal.is_long:
                self.save(now_ns)
        except FileError as error:
            self._on_failure(error)
            raise

    def save(self, now_ns: int) -> None:
        """Write everything anew. Raises `FileError`."""
        self._journal.renew(self._state.everything(now_ns, self._marks()))

    def close(self) -> None:
        """Let the file go."""
        self._journal.close()
