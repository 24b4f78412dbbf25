"""The program in a real pseudo-terminal: what is left behind when it ends."""

import os
import select
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pty import Terminal

PROGRAM = [sys.executable, "-m", "kalshi_tui"]
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l")
"""Main screen, cursor shown, mouse off."""


def read_until(terminal: Terminal, mark: bytes) -> bytes:
    seen = b""
    while mark not in seen:
        assert select.select([terminal.master], [], [], 20)[0], f"{mark!r} never came"
        seen += os.read(terminal.master, 65_536)
    return seen


def read_to_the_end(terminal: Terminal) -> bytes:
    seen = b""
    while select.select([terminal.master], [], [], 20)[0]:
        try:
            chunk = os.read(terminal.master, 65_536)
        except OSError:
            break
        seen += chunk
    return seen


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, "\x11"], ids=["TERM", "HUP", "^q"])
def test_FH11_the_terminal_is_given_back_and_the_ledger_is_whole(
    tmp_path: Path, size: tuple[int, int], end: signal.Signals | str
) -> None:
    env = {"KALSHI_TUI_HOME": str(tmp_path)}
    with Terminal.run(PROGRAM, columns=size[0], lines=size[1], env=env) as terminal:
        read_until(terminal, b"LIVE")
        if isinstance(end, str):
            terminal.send(end)
        else:
            os.kill(terminal.process.pid, end)
        tail = read_to_the_end(terminal)
        assert terminal.process.wait(10) == 0
    for sequence in RESTORED:
        assert sequence in tail
    (ledger,) = tmp_path.rglob("orders-*.sqlite3")
    connection = sqlite3.connect(ledger)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connection.close()


def test_FH11_a_window_that_closes_ends_the_program(tmp_path: Path) -> None:
    env = {"KALSHI_TUI_HOME": str(tmp_path)}
    with Terminal.run(PROGRAM, columns=80, lines=24, env=env) as terminal:
        read_until(terminal, b"LIVE")
        os.close(terminal.master)
        terminal.master = os.open(os.devnull, os.O_RDWR)
        # What a shell does to its jobs when its window is closed, at the worst moment: the writer
        # of the screen has died, and its queue has filled.
        os.kill(terminal.process.pid, signal.SIGCONT)
        with pytest.raises(subprocess.TimeoutExpired):
            terminal.process.wait(2)
        os.kill(terminal.process.pid, signal.SIGHUP)
        assert terminal.process.wait(15) == 0


def test_without_utf8_the_screen_is_ascii(tmp_path: Path) -> None:
    env = {
        "KALSHI_TUI_HOME": str(tmp_path),
        "LANG": "C",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    }
    with Terminal.run(PROGRAM, columns=120, lines=40, env=env) as terminal:
        seen = read_until(terminal, b"LIVE")
        seen += read_until(terminal, b"last")
    assert seen.isascii()


def test_a_state_directory_that_cannot_be_written_opens_in_view(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a directory should be")
    env = {"KALSHI_TUI_HOME": str(tmp_path)}
    with Terminal.run(PROGRAM, columns=120, lines=40, env=env) as terminal:
        seen = read_until(terminal, b"LIVE")
    assert b"VIEW" in seen
    assert b"CONFIRM" not in seen
