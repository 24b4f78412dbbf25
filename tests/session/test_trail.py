"""The trail is written elsewhere, bounded, readable after a crash, and never in the way."""

import threading
from pathlib import Path

import pytest

from kalshi_tui.core.effects import TrailKind, WriteTrail
from kalshi_tui.session.trail import Trail, read_trail, tickers, trail_file


def entry(number: int, ticker: str = "KX-A") -> WriteTrail:
    return WriteTrail(ticker, TrailKind.COUNT, number, 0xBEEF, 3, number, 7, number, "")


def test_what_was_written_is_read_back_in_order(tmp_path: Path) -> None:
    trail = Trail(tmp_path / "books")
    for number in range(50):
        trail.write(entry(number))
    trail.write(entry(1, "KX-B"))
    trail.close(5)
    lines = read_trail(tmp_path / "books", "KX-A")
    assert [line.changes for line in lines] == list(range(50))
    assert (lines[3].kind, lines[3].checksum, lines[3].seq) == ("count", 0xBEEF, 3)
    assert tickers(tmp_path / "books") == ("KX-A", "KX-B")


def test_the_files_of_a_market_are_bounded_and_the_newest_lines_stay(tmp_path: Path) -> None:
    trail = Trail(tmp_path, file_bytes=1_000)
    for number in range(500):
        trail.write(entry(number))
    trail.close(10)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2_500
    lines = read_trail(tmp_path, "KX-A")
    assert lines[-1].changes == 499
    assert [line.changes for line in lines] == list(range(500 - len(lines), 500))


def test_a_line_cut_short_by_a_crash_is_left_out(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    trail.write(entry(1))
    trail.close(5)
    with trail_file(tmp_path, "KX-A").open("a", encoding="utf-8") as file:
        file.write('{"wall_ns":2,"ki')
    assert [line.changes for line in read_trail(tmp_path, "KX-A")] == [1]


def test_FH_a_directory_that_cannot_be_written_is_said_once_and_stops_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "books").write_text("a file stands in the way", encoding="utf-8")
    said: list[str] = []
    trail = Trail(tmp_path / "books", failed=said.append)
    for number in range(10):
        trail.write(entry(number))
    trail.close(5)
    assert len(said) == 1
    assert "cannot be written" in said[0]


def hold(event: threading.Event) -> None:
    event.wait(5)


def test_writing_never_waits_for_the_disk_and_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    blocked = threading.Event()
    (tmp_path / "books").write_text("", encoding="utf-8")
    trail = Trail(tmp_path / "books", failed=lambda _: hold(blocked), waiting=4)
    for number in range(100):
        trail.write(entry(number))
    assert trail.dropped >= 90
    blocked.set()
    trail.close(5)


@pytest.mark.parametrize("ticker", ["", "../KX", "KX/A", "KX A", "KX\n"])
def test_what_is_not_a_ticker_names_no_file(tmp_path: Path, ticker: str) -> None:
    with pytest.raises(ValueError, match="is not a ticker"):
        trail_file(tmp_path, ticker)


def test_a_market_without_a_trail_has_no_lines(tmp_path: Path) -> None:
    assert read_trail(tmp_path, "KX-A") == ()
    assert tickers(tmp_path / "nowhere") == ()
