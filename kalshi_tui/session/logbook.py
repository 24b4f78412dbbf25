"""The program's log: one bounded file that only its user can read, with every secret blotted out.

Owns where log records go and what is taken out of them. Libraries are silent below WARNING, at any
level of ours, because they would log headers. Nothing ever goes to the terminal, which is the
screen's. Records of errors say where and what, never with the values of variables.
"""

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from kalshi_tui.core.redaction import redact

FILE_BYTES = 2_000_000
FILES_KEPT = 4
"""Beside the one that is written: 10 MB in all."""

LIBRARIES = (
    "websockets", "websockets.client", "websockets.server", "httpx", "httpcore", "asyncio",
    "keyring", "hpack", "h11", "urllib3", "concurrent", "jeepney", "secretstorage", "textual",
)  # fmt: skip
"""Loggers of libraries that could see a header, a key or a body."""


class Redacting(logging.Formatter):
    """Formats a record, its error included, and hides secrets in the result."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted line or lines; an argument that cannot be formatted is left out."""
        try:
            text = super().format(record)
        except Exception as error:
            text = f"{record.levelname} a record could not be formatted ({type(error).__name__})"
        # Line by line: what was hidden in one cannot swallow the next.
        return redact(text).replace("\x1b", "\ufffd")


def open_private(path: str | Path) -> TextIOWrapper:
    """Open a file for appending that has mode 0600 whatever the umask; never through a link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    number = os.open(path, flags, 0o600)
    if os.name == "posix":
        os.fchmod(number, 0o600)
    return os.fdopen(number, "a", encoding="utf-8", errors="replace")


class LogFile(RotatingFileHandler):
    """A file with mode 0600, whatever the umask. A full or broken disk is no reason to stop."""

    def _open(self) -> TextIOWrapper:
        return open_private(self.baseFilename)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say nothing: standard error is the screen."""


def open_logbook(directory: Path, *, level: int = logging.INFO) -> logging.Handler:
    """Send every log record to `directory`/kalshi-tui.log; returns the handler for `close`.

    Where the file cannot be opened records go nowhere, and the program goes on.
    """
    handler: logging.Handler
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = LogFile(directory / "kalshi-tui.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT)
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    logging.getLogger("kalshi_tui").setLevel(level)
    for name in LIBRARIES:
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
        logger.addHandler(handler)
    # A library that gives itself a lower level later still cannot write below a warning.
    handler.addFilter(_is_wanted)
    # The last resort of logging is standard error.
    logging.lastResort = None
    logging.raiseExceptions = False
    return handler


def close_logbook(handler: logging.Handler) -> None:
    """Take the handler away again."""
    for name in ("", *LIBRARIES):
        logging.getLogger(name).removeHandler(handler)
    handler.close()


def _is_wanted(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.startswith("kalshi_tui")
