"""Start-up and idleness of the real program in a real pseudo-terminal.

`python -m tests.benchmarks.bench_start` prints three lines; aims: first frame <= 0.4 s, live
practice ladder <= 1.5 s after process start, idle CPU <= 2 % of a core on a quiet exchange (Linux:
read from /proc). The first run makes the practice state and is not counted.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.support.pty import Terminal

RUNS = 5
IDLE_S = 10.0
PROGRAM = [sys.executable, "-m", "kalshi_tui"]


def until(terminal: Terminal, marks: Sequence[bytes], started: float) -> list[float]:
    """Return the seconds after `started` at which each mark was first on the terminal."""
    seen, found = b"", []
    for mark in marks:
        while mark not in seen:
            if not select.select([terminal.master], [], [], 15)[0]:
                raise SystemExit(f"{mark!r} never came")
            seen += os.read(terminal.master, 65_536)
        found.append(time.monotonic() - started)
    return found


def start(home: str, columns: int, lines: int) -> list[float]:
    """Start once and return the times of the first frame and of the live ladder."""
    started = time.monotonic()
    env = {"KALSHI_TUI_HOME": home}
    with Terminal.run(PROGRAM, columns=columns, lines=lines, env=env) as terminal:
        return until(terminal, (b"PRACTICE", b"LIVE"), started)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drain(terminal: Terminal, seconds: float) -> int:
    """Read the terminal for a while and return how many bytes came."""
    end, count = time.monotonic() + seconds, 0
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal.master], [], [], left)[0]:
            count += len(os.read(terminal.master, 65_536))
    return count


def idle(home: str) -> tuple[float, int]:
    """Return percent of a core and bytes a second on an exchange where nothing happens."""
    exchange = subprocess.Popen(
        [*PROGRAM, "exchange", "--preset", "dead"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert exchange.stdout is not None
        ready = json.loads(exchange.stdout.readline())
        account = ready["accounts"][2]
        command = [*PROGRAM, "--rest", ready["rest"], "--ws", ready["ws"]]
        command += ["--key-id", account["key_id"], "--key-file", account["private_key_path"]]
        env = {"KALSHI_TUI_HOME": home}
        with Terminal.run(command, columns=120, lines=40, env=env) as terminal:
            until(terminal, (b"LIVE",), time.monotonic())
            drain(terminal, 3)
            before = cpu_seconds(terminal.process.pid)
            count = drain(terminal, IDLE_S)
            used = cpu_seconds(terminal.process.pid) - before
    finally:
        exchange.send_signal(signal.SIGTERM)
        exchange.communicate()
    return 100 * used / IDLE_S, round(count / IDLE_S)


def main() -> None:
    """Print the figures of one run."""
    with TemporaryDirectory() as home:
        start(home, 120, 40)
        for columns, lines in ((120, 40), (80, 24)):
            runs = [start(home, columns, lines) for _ in range(RUNS)]
            frames, lives = zip(*runs, strict=True)
            print(
                f"start {columns}x{lines}, median (worst) of {RUNS}: "
                f"first frame {median(frames):.2f} ({max(frames):.2f}) s, aim 0.4; "
                f"live ladder {median(lives):.2f} ({max(lives):.2f}) s, aim 1.5"
            )
    with TemporaryDirectory() as home:
        percent, rate = idle(home)
        print(f"idle 120x40 over {IDLE_S:.0f} s: {percent:.1f} % of a core, aim 2; {rate} bytes/s")


if __name__ == "__main__":
    main()
