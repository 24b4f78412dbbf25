"""Tries the installed program as a user would: version, help, the exchange alone, the workstation.

Usage: smoke.py PATH-OF-kalshi-tui. Ends with a sentence and exit code 1 at the first surprise.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import urllib.request
from pathlib import Path

PROGRAM = sys.argv[1]


def expect(condition: bool, sentence: str) -> None:
    if not condition:
        sys.exit(f"smoke: {sentence}")


def run(*arguments: str, home: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "KALSHI_TUI_HOME": home}
    return subprocess.run(
        [PROGRAM, *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def commands(home: str) -> None:
    version = run("--version", home=home)
    expect(version.returncode == 0 and "kalshi-tui" in version.stdout, "--version says nothing")
    shown = run("--help", home=home)
    expect(
        shown.returncode == 0 and "exchange" in shown.stdout, "--help does not name the exchange"
    )
    expect(run("--no-such-flag", home=home).returncode == 2, "wrong usage does not exit with 2")
    for words in (
        ["settings", "check"],
        ["settings", "show"],
        ["settings", "keys"],
        ["keys", "list"],
        ["completion", "bash"],
        ["doctor"],
    ):
        done = run(*words, home=home)
        expect(done.returncode == 0 and bool(done.stdout), f"{words}: {done.stdout}{done.stderr}")
    for arguments in ([], ["--env", "demo"], ["--env", "prod"]):
        refused = run(*arguments, home=home)
        lines = refused.stderr.strip().splitlines()
        expect(refused.returncode == 1, f"{arguments} without a terminal does not exit with 1")
        expect(len(lines) == 1, f"{arguments} does not say one sentence: {lines}")


def exchange(home: str) -> None:
    ready_file = Path(home) / "ready.json"
    child = subprocess.Popen(
        [PROGRAM, "exchange", "--port", "0", "--ready-file", str(ready_file)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        ready = json.loads(child.stdout.readline())
        expect(ready == json.loads(ready_file.read_text()), "the ready file is not the ready line")
        with urllib.request.urlopen(ready["rest"] + "/markets", timeout=5) as answer:
            expect(len(json.load(answer)["markets"]) >= 12, "there are fewer than 12 markets")
    finally:
        child.send_signal(signal.SIGTERM)
    expect(child.wait(timeout=10) == 0, "the exchange does not end cleanly on SIGTERM")


def workstation(home: str) -> None:
    started = time.monotonic()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(KALSHI_TUI_HOME=home, TERM="xterm-256color", LANG="C.UTF-8")
        os.execv(PROGRAM, [PROGRAM])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    try:
        while b"LIVE" not in seen:
            expect(time.monotonic() - started < 20, "the ladder is not live within 20 s")
            if select.select([terminal], [], [], 0.5)[0]:
                seen += os.read(terminal, 65_536)
        print(f"smoke: live ladder {time.monotonic() - started:.2f} s after the start")
        os.kill(pid, signal.SIGTERM)
        while True:
            expect(time.monotonic() - started < 30, "the workstation does not end on SIGTERM")
            try:
                if not os.read(terminal, 65_536):
                    break
            except OSError:
                break
    finally:
        os.close(terminal)
    _, status = os.waitpid(pid, 0)
    expect(os.WIFEXITED(status), "the workstation was killed by its signal")


with tempfile.TemporaryDirectory() as directory:
    commands(directory)
    exchange(directory)
    workstation(directory)
print("smoke: the wheel works")
