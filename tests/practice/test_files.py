"""Files that are whole or not there, folders that are private, locks that hold."""

import os
import stat
from pathlib import Path

import pytest

from kalshi_tui.practice.files import (
    DirectoryLock,
    FileError,
    make_private_directory,
    write_atomically,
)

posix = pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX")


@posix
def test_a_private_folder_and_its_files_are_the_owners(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "state"
    make_private_directory(directory)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    path = directory / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_atomically(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"new"
    assert [each.name for each in directory.iterdir()] == ["secret"]


@posix
def test_a_wider_folder_is_made_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private_directory(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_what_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written"):
        write_atomically(tmp_path / "nowhere" / "file", b"x")
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    with pytest.raises(FileError, match="cannot be used"):
        make_private_directory(blocker / "state")


def test_a_folder_is_used_by_one_at_a_time(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="no advisory locks on this system")
    lock = DirectoryLock(tmp_path)
    with pytest.raises(FileError, match="Another practice exchange"):
        DirectoryLock(tmp_path)
    lock.release()
    DirectoryLock(tmp_path).release()
