"""The end that nobody planned: what is kept of it, and the one sentence the user gets.

Owns the report file and the interpreter's hooks for errors that nobody caught. A report says where
and what, redacted, without the value of any variable. Decides nothing about orders: they stay at
the exchange as they are, and the ledger has had every one before it was sent.
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from kalshi_tui.core.text import clean
from kalshi_tui.session.clock import Clock, SystemClock

REPORTS_KEPT = 10
_SAFE = (
    "Working orders stay at the exchange; each is in the ledger, and the next start checks them."
)


class CrashReports:
    """Writes reports into one directory."""

    def __init__(self, directory: Path, clock: Clock | None = None) -> None:
        self._directory = directory
        self._clock = clock or SystemClock()

    def write(self, error: BaseException) -> str:
        """Keep a report of `error` and return one sentence for the user. Never raises."""
        kind = clean(type(error).__name__, 60)
        try:
            path = self._keep(described(error))
        except OSError:
            return f"kalshi-tui ended because of an internal error ({kind}). {_SAFE}"
        return f"kalshi-tui ended because of an internal error ({kind}). {_SAFE} Report: {path}"

    def _keep(self, text: str) -> Path:
        # Loaded when there is a crash: every start would pay for it.
        from kalshi_tui.session.logbook import open_private

        directory = self._directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / f"crash-{self._clock.wall_ns() // 1_000_000}.txt"
        with open_private(path) as file:
            file.write(text)
        for old in sorted(directory.glob("crash-*.txt"))[:-REPORTS_KEPT]:
            old.unlink(missing_ok=True)
        return path


def described(error: BaseException) -> str:
    """Return an error with everything that caused it, redacted, without local variables."""
    import traceback

    from kalshi_tui.core.redaction import redact

    found = traceback.TracebackException.from_exception(error, capture_locals=False, compact=True)
    return redact("".join(found.format())).replace("\x1b", "\ufffd")


def catch_the_rest(reports: CrashReports, say: Callable[[str], None]) -> None:
    """Report what nobody caught, on any thread, instead of printing a traceback."""

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            say("Interrupted.")
            return
        say(reports.write(error))

    def thread_ended(what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None and not issubclass(what.exc_type, SystemExit):
            # The screen may be up: only the report is kept.
            reports.write(what.exc_value)

    sys.excepthook = ended
    threading.excepthook = thread_ended
    sys.unraisablehook = lambda what: None
