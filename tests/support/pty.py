"""Runs a program in a pseudo-terminal of a given size and reads what it writes there.

For what a headless pilot cannot see: escape sequences, bytes and the terminal's state at the end.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

_CHUNK = 65_536


@dataclass
class Terminal:
    """A running program and its terminal. A context manager: leaving it ends the program."""

    process: subprocess.Popen[bytes]
    master: int
    output: bytearray = field(default_factory=bytearray)

    @classmethod
    def run(
        cls, command: Sequence[str], *, columns: int, lines: int, env: Mapping[str, str]
    ) -> "Terminal":
        """Start `command` with a terminal of `columns` x `lines` as its standard streams."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        # Where the tests run says nothing of this terminal's size.
        inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        surroundings = {
            **inherited,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            **env,
        }
        try:
            process = subprocess.Popen(
                command,
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=surroundings,
                start_new_session=True,
            )
        finally:
            os.close(slave)
        return cls(process, master)

    def read(self, seconds: float) -> bytes:
        """Return what comes within `seconds`, stopping early when the program ends its output."""
        got = bytearray()
        while select.select([self.master], [], [], seconds)[0]:
            try:
                chunk = os.read(self.master, _CHUNK)
            except OSError:  # Linux: the other end is closed.
                break
            if not chunk:
                break
            got += chunk
        self.output += got
        return bytes(got)

    def send(self, keys: str) -> None:
        """Send keys as a terminal would."""
        os.write(self.master, keys.encode())

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        os.close(self.master)
