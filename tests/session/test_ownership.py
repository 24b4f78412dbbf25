"""Who holds a ledger is told without getting in anybody's way."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kalshi_tui.session.ownership import HeldError, Holder, Ownership, holder_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.lock"


def sign(path: Path, pid: int, host: str) -> None:
    name = {"pid": pid, "host": host, "started": 7}
    path.write_bytes(b"\0" * 16 + json.dumps(name).encode())


def test_a_held_lock_names_its_holder_and_a_released_one_nobody(path: Path) -> None:
    assert holder_of(path) is None
    lock = Ownership(path, 7)
    assert holder_of(path) == Holder(os.getpid(), socket.gethostname(), 7)
    lock.release()
    assert holder_of(path) is None


def test_the_question_keeps_nobody_out_and_lets_nobody_in(path: Path) -> None:
    lock = Ownership(path, 7)
    holder_of(path)
    with pytest.raises(HeldError):
        Ownership(path, 8)
    lock.release()
    holder_of(path)
    Ownership(path, 9).release()


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the lock itself is asked")
def test_the_name_of_a_program_that_was_killed_is_not_believed(path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    sign(path, gone.pid, socket.gethostname())
    assert holder_of(path) is None


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the lock itself is asked")
def test_a_name_from_another_machine_is_believed(path: Path) -> None:
    sign(path, 1, "elsewhere")
    assert holder_of(path) == Holder(1, "elsewhere", 7)


@pytest.mark.parametrize("text", [b"", b"\0" * 16, b"\0" * 16 + b"{}", b"\xff" * 40])
def test_a_lock_without_a_readable_name_names_nobody(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    assert holder_of(path) is None
