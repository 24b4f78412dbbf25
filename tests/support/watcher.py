"""Reads the terminal of a running workstation frame by frame, each with its moment.

Answers as a terminal that knows synchronized output, so that a frame has a beginning and an end.
Moments are `perf_counter`'s, in seconds.
"""

import fcntl
import os
import re
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.support.pty import Terminal

_BEGIN, _END = b"\x1b[?2026h", b"\x1b[?2026l"
_ASK, _YES = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_PATIENCE_S = 20.0


class Painted(NamedTuple):
    """One frame as it came."""

    at: float
    data: bytes

    @property
    def text(self) -> bytes:
        """The frame without its colours."""
        return _COLOUR.sub(b"", self.data)


class Watcher:
    """Reads on a thread of its own until the program ends."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.frames: list[Painted] = []
        self.other = 0
        """Bytes outside frames."""
        self._news = threading.Condition()
        self._reading = threading.Event()
        self._reading.set()
        self._rest = b""
        threading.Thread(target=self._read, name="watcher", daemon=True).start()

    def _read(self) -> None:
        master = self.terminal.master
        while self._reading.wait():
            try:
                if not select.select([master], [], [], 0.05)[0]:
                    continue
                chunk = os.read(master, 65_536)
            except (OSError, ValueError):
                return
            if _ASK in chunk:
                os.write(master, _YES)
            self._take(self._rest + chunk, time.perf_counter())

    def _take(self, data: bytes, now: float) -> None:
        found: list[Painted] = []
        while (end := data.find(_END)) >= 0:
            begin = max(data.rfind(_BEGIN, 0, end), 0)
            self.other += begin
            found.append(Painted(now, data[begin : end + len(_END)]))
            data = data[end + len(_END) :]
        self._rest = data
        if found:
            with self._news:
                self.frames += found
                self._news.notify_all()

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Read nothing for a while, as a terminal over a dead line does."""
        self._reading.clear()
        try:
            yield
        finally:
            self._reading.set()

    def send(self, keys: str) -> float:
        """Send keys and return when."""
        now = time.perf_counter()
        self.terminal.send(keys)
        return now

    def resize(self, columns: int, lines: int) -> float:
        """Change the terminal's size and return when."""
        now = time.perf_counter()
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.terminal.master, termios.TIOCSWINSZ, size)
        # The program is not the terminal's foreground job, which alone is told by the kernel.
        os.kill(self.terminal.process.pid, signal.SIGWINCH)
        return now

    def seen(self, mark: bytes, since: float, patience_s: float = _PATIENCE_S) -> float:
        """Wait for a frame that shows `mark` after `since`; returns when it came.

        Raises `TimeoutError` when none comes.
        """
        end = time.perf_counter() + patience_s
        looked = 0
        with self._news:
            while True:
                frames = self.frames[looked:]
                for frame in frames:
                    if frame.at >= since and (mark in frame.text or mark in frame.data):
                        return frame.at
                looked += len(frames)
                left = end - time.perf_counter()
                if left <= 0:
                    raise TimeoutError(f"{mark!r} was never shown")
                self._news.wait(left)

    def since(self, began: float) -> list[Painted]:
        """Return the frames that came after a moment."""
        with self._news:
            return [frame for frame in self.frames if frame.at >= began]
