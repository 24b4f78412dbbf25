"""Each market's trail of checksums: files of their own that let a drift be dated afterwards.

One line of JSON an entry, appended by a thread of its own so that a slow disk never delays an
order; where it cannot keep up, entries are dropped and counted. Two files a market, each bounded.
A trail that cannot be written is said once and is no reason to stop. Owns no book and no rule.
Source: design §5 (bulk data in files of their own).
"""

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kalshi_tui.core.effects import TrailKind, WriteTrail

FILE_BYTES = 512 * 1024
"""Size at which a file becomes the older one of the two; about 4,000 entries."""

WAITING = 4_096
"""Entries that may wait for the disk."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One entry as it is read back. Times are wall nanoseconds."""

    wall_ns: int
    kind: str
    checksum: int
    sid: int
    seq: int
    clock: int
    changes: int
    detail: str


class Trail:
    """Call `write` from the session thread; the file is written elsewhere. Call `close` once."""

    def __init__(
        self,
        directory: Path,
        *,
        failed: Callable[[str], None] = lambda text: None,
        file_bytes: int = FILE_BYTES,
        waiting: int = WAITING,
    ) -> None:
        """`failed` hears once, on the writing thread, why nothing is written."""
        self._directory = directory
        self._failed = failed
        self._file_bytes = file_bytes
        self._queue: queue.Queue[WriteTrail | None] = queue.Queue(waiting)
        self._has_failed = False
        self.dropped = 0
        """Entries for which there was no room in the queue."""
        # A daemon: a disk that hangs must not keep the program.
        self._thread = threading.Thread(target=self._run, name="trail", daemon=True)
        self._thread.start()

    def write(self, entry: WriteTrail) -> None:
        """Hand an entry over; never waits."""
        try:
            self._queue.put_nowait(entry)
        except queue.Full:
            self.dropped += 1

    def close(self, within_s: float = 0.5) -> None:
        """Write what waits and end, within a time."""
        try:
            self._queue.put(None, timeout=within_s)
        except queue.Full:
            return
        self._thread.join(within_s)

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            try:
                self._append(entry)
            except OSError as error:
                if not self._has_failed:
                    self._has_failed = True
                    _log.error("the trail cannot be written: %s", error)
                    words = error.strerror or type(error).__name__
                    self._failed(f"The trail of checksums cannot be written ({words}).")

    def _append(self, entry: WriteTrail) -> None:
        path = trail_file(self._directory, entry.ticker)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(_text_of(entry) + "\n")
            size = file.tell()
        if size >= self._file_bytes:
            path.replace(_older(path))


def trail_file(directory: Path, ticker: str) -> Path:
    """Return where a market's trail lies. Raises `ValueError` for what is not a ticker."""
    if not ticker or not set(ticker) <= _TICKER:
        raise ValueError(f"{ticker!r} is not a ticker.")
    return directory / f"{ticker}.jsonl"


_TICKER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def read_trail(directory: Path, ticker: str) -> tuple[TrailLine, ...]:
    """Return what is kept of a market, oldest first; a line cut short by a crash is left out.

    Raises `ValueError` for what is not a ticker, and `OSError`.
    """
    path = trail_file(directory, ticker)
    return tuple(line for each in (_older(path), path) for line in _lines(each))


def tickers(directory: Path) -> tuple[str, ...]:
    """Return the markets of which there is a trail."""
    if not directory.is_dir():
        return ()
    return tuple(sorted(path.name.removesuffix(".jsonl") for path in directory.glob("*.jsonl")))


def _older(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")


def _text_of(entry: WriteTrail) -> str:
    values: dict[str, Any] = {
        "wall_ns": entry.wall_ns,
        "kind": entry.kind.value,
        "checksum": entry.checksum,
        "sid": entry.sid,
        "seq": entry.seq,
        "clock": entry.clock,
        "changes": entry.changes,
        "detail": entry.detail,
    }
    return json.dumps(values, separators=(",", ":"))


def _lines(path: Path) -> Iterator[TrailLine]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        try:
            yield TrailLine(**json.loads(line))
        except (ValueError, TypeError):
            continue


KINDS = tuple(kind.value for kind in TrailKind)
"""The words that may stand in `kind`."""
