"""Recordings: every line format is read, and what cannot be played is refused in one sentence."""

from pathlib import Path

import pytest

from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.practice.recording import RecordingError, Step, read_recordings
from tests.support.reel import TICKER, delta, snapshot, trade, write

BID, ASK = BookSide.BID, BookSide.ASK
MS = 1_000_000
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "recordings" / "ws"

FRAMES = [
    snapshot([["0.4000", "10.00"], ["0.4200", "5.50"]], [["0.5500", "7.00"]]),
    delta(0, "yes", "0.4300", "2.00"),
    delta(100, "no", "0.5500", "-3.00"),
    trade(100, "0.4500", "3.00", "bid"),
    delta(900, "yes", "0.4300", "-2.00"),
    {"type": "ticker", "sid": 3, "msg": {"market_ticker": TICKER}},
]


@pytest.mark.parametrize("key", ["event", "frame", ""])
@pytest.mark.parametrize("packed", [False, True])
def test_every_line_format_gives_the_same_steps(tmp_path: Path, key: str, packed: bool) -> None:
    (found,) = read_recordings(write(tmp_path / "reel", FRAMES, key, packed))
    assert found.ticker == TICKER
    assert found.structure == "linear_cent"
    assert found.steps == (
        Step(0, BID, Price(4_000), Count(1_000)),
        Step(0, BID, Price(4_200), Count(550)),
        Step(0, ASK, Price(4_500), Count(700)),
        Step(0, BID, Price(4_300), Count(200)),
        Step(100 * MS, ASK, Price(4_500), Count(-300), True),
        Step(900 * MS, BID, Price(4_300), Count(-200)),
    )
    assert found.length_ns == 900 * MS
    assert found.unmatched_trades == 0
    assert not found.ended_yes


def test_a_trade_without_its_delta_is_counted_and_left_out(tmp_path: Path) -> None:
    frames = [*FRAMES[:2], trade(50, "0.4500", "1.00", "bid")]
    (found,) = read_recordings(write(tmp_path / "reel", frames))
    assert found.unmatched_trades == 1
    assert not any(step.is_trade for step in found.steps)


def test_a_second_snapshot_leads_the_book_over_by_what_is_missing(tmp_path: Path) -> None:
    frames = [
        snapshot([["0.4000", "10.00"], ["0.4100", "1.00"]], []),
        delta(10, "yes", "0.4000", "5.00"),
        snapshot([["0.4000", "12.00"], ["0.3900", "2.00"]], [["0.5000", "1.00"]]),
    ]
    (found,) = read_recordings(write(tmp_path / "reel", frames))
    assert [(step.side, step.price, step.change) for step in found.steps[3:]] == [
        (BID, 4_100, -100),
        (BID, 4_000, -300),
        (BID, 3_900, 200),
        (ASK, 5_000, 100),
    ]


def test_markets_of_one_file_keep_their_distance(tmp_path: Path) -> None:
    other = "KXREEL-27JAN01-T2"
    frames = [
        snapshot([["0.4000", "1.00"]], []),
        delta(0, "yes", "0.4100", "1.00"),
        snapshot([["0.0010", "1.00"]], [], other),
        delta(5_000, "yes", "0.0020", "1.00", other),
    ]
    first, second = read_recordings(write(tmp_path / "reel", frames))
    assert (first.ticker, second.ticker) == (TICKER, other)
    assert first.length_ns == 0
    assert second.length_ns == 5_000 * MS
    assert second.structure == "tapered_deci_cent"


def test_deltas_before_the_first_snapshot_are_passed_over(tmp_path: Path) -> None:
    frames = [delta(0, "yes", "0.4000", "-1.00"), *FRAMES]
    (found,) = read_recordings(write(tmp_path / "reel", frames))
    assert len(found.steps) == 6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense\n", "Line 1 of .* is not a recorded frame: give a file"),
        ("[1, 2]\n", "Line 1 of .* is not a recorded frame"),
        ('{"frame": 3}\n', "Line 1 of .* is not a recorded frame"),
        ('{"frame": {"type": "trade"}}\n', "Line 1 of .* is not a recorded frame"),
        ('{"frame": {"type": "trade", "msg": {"market_ticker": []}}}\n', "Line 1 of"),
        ("", "holds no order book snapshot"),
        ('{"frame": {"type": "ticker"}}\n', "holds no order book snapshot"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "reel"
    path.write_text(text)
    with pytest.raises(RecordingError, match=words):
        read_recordings(path)


def test_a_removal_of_more_than_there_is_names_its_line(tmp_path: Path) -> None:
    frames = [*FRAMES[:1], delta(5, "yes", "0.4000", "-99.00")]
    with pytest.raises(RecordingError, match=r"Line 2 of .* takes more out of the book"):
        read_recordings(write(tmp_path / "reel", frames))


def test_a_missing_or_broken_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"cannot be read .*: check the path"):
        read_recordings(tmp_path / "nothing")
    broken = write(tmp_path / "reel", FRAMES, packed=True)
    broken.write_bytes(broken.read_bytes()[:-20])
    with pytest.raises(RecordingError, match="cannot be read"):
        read_recordings(broken)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not here")
def test_a_real_recording_is_read_whole() -> None:
    (found,) = read_recordings(SHARED / "gold15m-0800.ndjson.gz")
    assert found.unmatched_trades == 0
    assert sum(step.is_trade for step in found.steps) == 399
    assert 860 < found.length_ns / 10**9 < 870
