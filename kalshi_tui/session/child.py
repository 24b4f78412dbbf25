"""The practice exchange as a child process: started early, watched, restarted, and ended.

The child holds the read end of a pipe that only this process can write to, so it ends however this
process dies. Its ready line names addresses and keys. Light on imports: it is spawned before the
screen is loaded. Owns the process, not what is said to it.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import kalshi_tui

READY_S = 10.0
"""How long a child may take until it is ready."""

TERM_S = 2.0
"""How long it may take to end after SIGTERM; then it is killed."""

_WORKSTATION_ACCOUNT = 2
_LOG_KEPT = 256_000
_READY_FILE = "ready.json"
_LOOK_S = 1.0


class ChildError(RuntimeError):
    """The practice exchange could not be started. The message is one sentence with the cure."""


@dataclass(frozen=True, slots=True)
class ReadyExchange:
    """What the child said when it was ready."""

    rest_url: str
    socket_url: str
    key_id: str
    key_path: Path
    pid: int


def practice_command(state_dir: Path) -> list[str]:
    """Return the command that serves the practice exchange from `state_dir`.

    `-P` keeps the current directory, in which anything may lie, out of the import path.
    """
    return [
        sys.executable,
        "-P",
        "-m",
        "kalshi_tui",
        "exchange",
        "--state",
        str(state_dir),
        "--ready-file",
        str(state_dir / _READY_FILE),
        "--parent-fd",
        "0",
    ]


class PracticeChild:
    """One child at a time. `spawn` returns at once; the rest is awaited on the session's loop."""

    def __init__(self, state_dir: Path, command: Sequence[str] | None = None) -> None:
        self._state_dir = state_dir
        self._command = list(command or practice_command(state_dir))
        self._process: subprocess.Popen[bytes] | None = None
        self._last_ready: ReadyExchange | None = None
        self._is_shared = False

    @property
    def state_dir(self) -> Path:
        """Where the exchange keeps accounts, orders and keys."""
        return self._state_dir

    @property
    def last_ready(self) -> ReadyExchange | None:
        """What the exchange said when it was last ready."""
        return self._last_ready

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._process.pid if self._process else None

    @property
    def log_path(self) -> Path:
        """Where the child's error output goes."""
        return self._state_dir / "exchange.log"

    def spawn(self) -> None:
        """Start the child without waiting; one that still runs is ended. Raises `ChildError`."""
        self.kill()
        command = self._command
        ports = _ports(self._last_ready)
        if ports is not None:
            # The same addresses again, so that every client finds the exchange where it was.
            port, socket_port = ports
            command = [*command, "--port", str(port), "--ws-port", str(socket_port)]
        try:
            self._state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _open_log(self.log_path) as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=_environment(),
                    # Ctrl-C in the terminal is for the workstation alone.
                    start_new_session=True,
                )
        except OSError as error:
            reason = error.strerror or "it failed"
            raise ChildError(
                f"The practice exchange cannot be started in {self._state_dir} ({reason}); "
                "make that directory writable."
            ) from error

    async def ready(self) -> ReadyExchange:
        """Wait for the ready line. Raises `ChildError`; the child is ended then.

        Where another workstation runs the exchange of this directory already, that one is used.
        """
        process = self._running()
        assert process.stdout is not None
        try:
            async with asyncio.timeout(READY_S):
                line = await asyncio.to_thread(process.stdout.readline)
            found = _parse(line)
        except TimeoutError:
            self.kill()
            raise ChildError(
                f"The practice exchange was not ready in {READY_S:.0f} s; see {self.log_path}."
            ) from None
        except ValueError:
            self.kill()
            found = await self._shared()
        self._last_ready = found
        return found

    async def _shared(self) -> ReadyExchange:
        """Return the exchange that another workstation runs here. Raises `ChildError`."""
        try:
            found = _parse((self._state_dir / _READY_FILE).read_bytes())
        except (OSError, ValueError):
            found = None
        if found is None or not await _answers(found):
            raise ChildError(f"The practice exchange ended at its start; see {self.log_path}.")
        self._is_shared = True
        return found

    async def ended(self) -> int:
        """Wait until the exchange is gone and return its exit code."""
        if self._is_shared:
            while True:
                await asyncio.sleep(_LOOK_S)
                if not await _answers(self._last_ready):
                    self._is_shared = False
                    return 0
        process = self._running()
        assert process.stdout is not None
        # Only the child holds the other end: end of file is its death.
        await asyncio.to_thread(process.stdout.read)
        return await asyncio.to_thread(process.wait)

    async def stop(self, within_s: float = TERM_S) -> None:
        """End the child: it saves its state on SIGTERM; where that takes too long it is killed."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)
        self._close_pipes()

    def kill(self) -> None:
        """End the child at once, without a loop. For the last resort and for a failed start."""
        process = self._process
        if process is not None:
            process.kill()
            process.wait()
            self._close_pipes()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the child was not spawned")
        return self._process

    def _close_pipes(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _parse(line: bytes) -> ReadyExchange:
    try:
        found = json.loads(line)
        account = found["accounts"][_WORKSTATION_ACCOUNT]
        return ReadyExchange(
            rest_url=str(found["rest"]),
            socket_url=str(found["ws"]),
            key_id=str(account["key_id"]),
            key_path=Path(account["private_key_path"]),
            pid=int(found["pid"]),
        )
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("not a ready line") from error


def _ports(found: ReadyExchange | None) -> tuple[int, int] | None:
    if found is None:
        return None
    rest, socket = urlsplit(found.rest_url).port, urlsplit(found.socket_url).port
    return (rest, socket) if rest and socket else None


async def _answers(found: ReadyExchange | None) -> bool:
    """Return whether somebody listens there."""
    ports = _ports(found)
    if ports is None:
        return False
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", ports[0])
    except OSError:
        return False
    writer.close()
    return True


def _environment() -> dict[str, str]:
    """Return the child's variables, with the package importable where it is not installed."""
    variables = dict(os.environ)
    root = Path(kalshi_tui.__file__).parents[1]
    if root.name not in ("site-packages", "dist-packages"):
        others = variables.get("PYTHONPATH")
        variables["PYTHONPATH"] = os.pathsep.join([str(root), *([others] if others else [])])
    return variables


def _open_log(path: Path) -> IO[bytes]:
    """Open the log for appending, private; one that has grown large starts anew."""
    grown = path.exists() and path.stat().st_size > _LOG_KEPT
    mode = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if grown else os.O_APPEND)
    return os.fdopen(os.open(path, mode, 0o600), "wb")
