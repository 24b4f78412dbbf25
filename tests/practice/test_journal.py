"""What a journal file gives back: all that was appended, and nothing that was half written."""

import os
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.practice.files import FileError
from kalshi_tui.practice.journal import JOURNAL_FILE, VERSION, Journal, Key, Put, read


def values(directory: Path) -> dict[Key, Any]:
    found = read(directory)
    assert found is not None
    return {key: msgspec.json.decode(value) for key, value in found.items()}


def written(directory: Path, *commits: list[Put], kept: dict[Key, Any] | None = None) -> bytes:
    """Append commits to a new journal and return the file."""
    journal = Journal(directory, kept or {})
    for each in commits:
        journal.append(each)
    journal.close()
    return (directory / JOURNAL_FILE).read_bytes()


def test_there_is_nothing_before_the_first_start(tmp_path: Path) -> None:
    assert read(tmp_path) is None


def test_later_values_replace_earlier_ones_and_null_takes_away(tmp_path: Path) -> None:
    written(
        tmp_path,
        [(("order", "a"), {"left": 3}), (("cash",), 5)],
        [(("order", "b"), {"left": 1}), (("order", "a"), {"left": 2})],
        [(("order", "b"), None)],
        kept={("run",): 4, ("cash",): 9},
    )
    assert values(tmp_path) == {("run",): 4, ("cash",): 5, ("order", "a"): {"left": 2}}


KEYS = st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"))
COMMITS = st.lists(
    st.lists(st.tuples(KEYS, st.one_of(st.none(), st.integers(), st.text(max_size=5))), max_size=3),
    max_size=6,
)


@given(commits=COMMITS, cut=st.integers(0, 400), noise=st.binary(max_size=12))
def test_a_file_cut_anywhere_gives_back_the_commits_that_are_whole(
    tmp_path_factory: pytest.TempPathFactory, commits: list[list[Put]], cut: int, noise: bytes
) -> None:
    """The oracle folds the commits whose lines survive the cut; noise after it changes nothing."""
    directory = tmp_path_factory.mktemp("journal")
    whole = written(directory, *commits)
    head = whole.index(b"\n") + 1
    kept = whole[: max(head, len(whole) - cut)]
    survivors = kept.count(b"\n") - 1
    (directory / JOURNAL_FILE).write_bytes(kept + (noise if cut else b""))
    expected: dict[Key, Any] = {}
    for commit in commits[:survivors]:
        for key, value in commit:
            expected[key] = value
            if value is None:
                del expected[key]
    assert values(directory) == expected
    if survivors < len(commits):
        # The torn end must not swallow what follows a restart.
        follower = Journal(directory, read(directory) or {})
        follower.append([(("new",), 1)])
        follower.close()
        assert values(directory) == {**expected, ("new",): 1}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no practice state"),
        (b"{}", "holds no practice state"),
        (b'{"schema":1}\n', "holds no practice state"),
        (b"\x00" * 100, "holds no practice state"),
    ],
)
def test_a_foreign_file_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / JOURNAL_FILE).write_bytes(content)
    with pytest.raises(FileError, match=sentence) as refused:
        read(tmp_path)
    assert "--reset-practice" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("version", [VERSION - 1, VERSION + 1])
def test_another_version_is_refused_in_one_sentence(tmp_path: Path, version: int) -> None:
    body = b'["kalshi-tui practice state",%d]' % version
    (tmp_path / JOURNAL_FILE).write_bytes(b"%08x %s\n" % (zlib.crc32(body), body))
    with pytest.raises(FileError, match=f"has version {version} .* reads version {VERSION}"):
        read(tmp_path)


def test_the_file_of_the_first_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"schema": 1}')
    with pytest.raises(FileError, match=f"has version 1 .* reads version {VERSION}"):
        read(tmp_path)


def test_damage_in_the_middle_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path, [(("a",), 1)], [(("b",), 2)])
    (tmp_path / JOURNAL_FILE).write_bytes(whole.replace(b'[[["a"],1]]', b'[[["a"],7]]'))
    with pytest.raises(FileError, match="damaged in its middle"):
        read(tmp_path)


def test_renewing_keeps_the_values_and_drops_the_past(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {("run",): 1}, least=2_000)
    count = 0
    while not journal.is_long:
        count += 1
        journal.append([(("count",), count)])
    long = (tmp_path / JOURNAL_FILE).stat().st_size
    journal.renew({("run",): 1, ("count",): count})
    assert not journal.is_long
    assert (tmp_path / JOURNAL_FILE).stat().st_size < long / 10
    journal.append([(("after",), True)])
    journal.close()
    assert values(tmp_path) == {("run",): 1, ("count",): count, ("after",): True}


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="needs a folder it cannot write"
)
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(FileError, match="cannot be written"):
            Journal(tmp_path, {})
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_is_told_and_not_swallowed(tmp_path: Path) -> None:
    journal = Journal(tmp_path, {})
    journal.close()
    with pytest.raises(FileError, match="cannot be written"):
        journal.append([(("a",), 1)])
